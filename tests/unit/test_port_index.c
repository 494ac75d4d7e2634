/* SPDX-License-Identifier: MIT */
/* test_port_index.c - ports by their names */

#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "port.h"
#include "port_index.h"

enum {
	N = 500, /* with lists that hold several, whatever the hash */
};

static struct port ports[N];

static int begin(void **state)
{
	static struct port_index index;

	memset(ports, 0, sizeof(ports));
	for (int i = 0; i < N; i++)
		snprintf(ports[i].name, sizeof(ports[i].name), "p%d", i);
	*state = &index;
	return 0;
}

static int end(void **state)
{
	port_index_fini(*state);
	return 0;
}

static void assert_has(const struct port_index *index, int from, int to)
{
	for (int i = 0; i < N; i++) {
		struct port *found = port_index_find(index, ports[i].name);

		assert_ptr_equal(found, i >= from && i < to ? &ports[i] : NULL);
	}
}

static void in_an_empty_one_nothing_is_found(void **state)
{
	struct port_index *index = *state;

	assert_null(port_index_find(index, "p1"));
	port_index_remove(index, &ports[1]);
	assert_null(port_index_find(index, ""));
}

static void every_port_is_found_by_its_name(void **state)
{
	struct port_index *index = *state;

	for (int i = 0; i < N; i++) {
		assert_int_equal(port_index_add(index, &ports[i]), 0);
		assert_has(index, 0, i + 1);
	}
	assert_null(port_index_find(index, "p"));
	assert_null(port_index_find(index, "p500"));
}

/* Two to a list, on average, so ports go from the front and from behind. */
static void a_port_that_was_removed_is_not_found_and_others_are(void **state)
{
	struct port_index *index = *state;

	for (int i = 0; i < N; i++)
		port_index_add(index, &ports[i]);
	for (int i = 0; i < N / 2; i++) {
		port_index_remove(index, &ports[i]);
		assert_has(index, i + 1, N);
	}
	port_index_remove(index, &ports[0]); /* once more */
	for (int i = N - 1; i >= N / 2; i--) {
		port_index_remove(index, &ports[i]);
		assert_has(index, N / 2, i);
	}
	assert_int_equal(index->n_ports, 0);
}

static void a_name_can_go_to_another_port(void **state)
{
	struct port_index *index = *state;
	struct port other = { .name = "p7" };

	port_index_add(index, &ports[7]);
	port_index_add(index, &ports[8]);
	port_index_remove(index, &ports[7]);
	port_index_add(index, &other);
	port_index_remove(index, &ports[7]); /* this one it is not any more */
	assert_ptr_equal(port_index_find(index, "p7"), &other);
	assert_ptr_equal(port_index_find(index, "p8"), &ports[8]);
}

/* Or looking for a name would take longer the more ports there are. */
static void there_are_as_many_places_as_ports(void **state)
{
	struct port_index *index = *state;

	for (int i = 0; i < N; i++) {
		port_index_add(index, &ports[i]);
		assert_true(index->n_places >= index->n_ports);
		assert_int_equal(index->n_places & (index->n_places - 1), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			in_an_empty_one_nothing_is_found, begin, end),
		cmocka_unit_test_setup_teardown(every_port_is_found_by_its_name,
						begin, end),
		cmocka_unit_test_setup_teardown(
			a_port_that_was_removed_is_not_found_and_others_are,
			begin, end),
		cmocka_unit_test_setup_teardown(a_name_can_go_to_another_port,
						begin, end),
		cmocka_unit_test_setup_teardown(
			there_are_as_many_places_as_ports, begin, end),
	};

	return cmocka_run_group_tests_name("port_index", tests, NULL, NULL);
}
