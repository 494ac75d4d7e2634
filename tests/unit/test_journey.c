/* SPDX-License-Identifier: MIT */
/* test_journey.c - where one frame went, in words */

#include "journey.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

static void assert_told(const struct journey *journey, const char *words)
{
	char told[JOURNEY_TEXT_SIZE];

	journey_tell(journey, "web", told);
	assert_string_equal(told, words);
}

static void a_journey_is_told_in_words(void **state)
{
	struct journey journey;

	(void)state;
	memset(&journey, 0xaa, sizeof(journey));
	journey_begin(&journey);
	assert_told(&journey, "from web");
	assert_false(journey_lost_something(&journey));

	journey_add_sent(&journey, "db");
	assert_told(&journey, "from web to db");
	journey_add_sent(&journey, "lan1");
	assert_told(&journey, "from web to db, lan1");
	assert_false(journey_lost_something(&journey));

	journey_add_refused(&journey, "lan2", DROP_QUEUE_FULL);
	journey_add_refused(&journey, "lan3", DROP_TOO_BIG);
	assert_told(&journey, "from web to db, lan1; dropped at "
			      "lan2 (queue-full), lan3 (too-big)");
	assert_true(journey_lost_something(&journey));

	journey_begin(&journey);
	journey.dropped = DROP_NO_EGRESS;
	assert_told(&journey, "from web; dropped: no-egress");
	assert_true(journey_lost_something(&journey));

	/* the reason is said where it happened */
	journey_add_refused(&journey, "db", DROP_QUEUE_FULL);
	journey.dropped = DROP_QUEUE_FULL;
	assert_told(&journey, "from web; dropped at db (queue-full)");
}

static void a_long_list_is_cut_and_counted(void **state)
{
	struct journey journey;
	char told[JOURNEY_TEXT_SIZE];

	(void)state;
	journey_begin(&journey);
	for (int i = 0; i < 1000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "abcdefghijk%04d", i);
		journey_add_sent(&journey, name);
		journey_add_refused(&journey, name, DROP_BAD_OFFLOAD);
	}
	/* a short name that would still fit is not out of its turn */
	journey_add_sent(&journey, "x");
	journey_tell(&journey, "abcdefghijk9999", told);
	assert_string_equal(
		told,
		"from abcdefghijk9999 to abcdefghijk0000, abcdefghijk0001, "
		"abcdefghijk0002, abcdefghijk0003, abcdefghijk0004, "
		"abcdefghijk0005, abcdefghijk0006 and 994 more; dropped at "
		"abcdefghijk0000 (bad-offload), abcdefghijk0001 "
		"(bad-offload), abcdefghijk0002 (bad-offload) and 997 more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_journey_is_told_in_words),
		cmocka_unit_test(a_long_list_is_cut_and_counted),
	};

	return cmocka_run_group_tests_name("journey", tests, NULL, NULL);
}
