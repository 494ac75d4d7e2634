/* SPDX-License-Identifier: MIT */
/* test_drop_log.c - the newest dropped frame of each reason, and its cost */

#include "drop_log.h"

#include <malloc.h>
#include <string.h>

#include "frame.h"
#include "unit.h"

enum {
	LEN = 300,
	PORT_MEMORY_MAX = 40 * 1024,
};

struct fixture {
	struct port web, db;
	uint8_t data[LEN];
	struct frame frame;
};

static void set_up(struct fixture *f)
{
	*f = (struct fixture){
		.web = { .name = "web", .state = PORT_STATE_UP, .mtu = 9000 },
		.db = { .name = "db", .state = PORT_STATE_DOWN, .mtu = 1500 },
		.frame = { .len = LEN, .wire_len = LEN, .overhead = 18 },
	};
	f->frame.data = f->data;
	f->frame.offload.gso_size = 77;
	for (size_t i = 0; i < LEN; i++)
		f->data[i] = (uint8_t)i;
}

static void keep(struct port *port, enum direction direction,
		 const struct port *other, const struct frame *frame,
		 enum drop_reason reason, uint64_t wall_ns)
{
	struct drop_record *list = NULL;

	drop_log_note(&list, port, direction, other, frame, reason);
	drop_log_write(&list, wall_ns);
	assert_null(list);
}

static void nothing_is_kept_of_a_port_without_drops(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	for (enum drop_reason r = DROP_NONE; r < DROP_COUNT; r++) {
		assert_null(drop_log_get(&f.web, DIRECTION_IN, r));
		assert_null(drop_log_get(&f.web, DIRECTION_OUT, r));
	}
	assert_null(drop_log_newest(&f.web));
	drop_log_free(&f.web);
}

static void a_frame_that_came_in_is_kept_with_its_egress_port(void **state)
{
	const struct drop_record *record;
	struct fixture f;

	(void)state;
	set_up(&f);
	keep(&f.web, DIRECTION_IN, &f.db, &f.frame, DROP_TOO_BIG, 42);
	assert_null(drop_log_get(&f.web, DIRECTION_OUT, DROP_TOO_BIG));
	assert_null(drop_log_get(&f.web, DIRECTION_IN, DROP_QUEUE_FULL));
	record = drop_log_get(&f.web, DIRECTION_IN, DROP_TOO_BIG);
	assert_non_null(record);
	assert_int_equal(record->wall_ns, 42);
	assert_int_equal(record->reason, DROP_TOO_BIG);
	assert_int_equal(record->direction, DIRECTION_IN);
	assert_string_equal(record->other, "db");
	assert_int_equal(record->in_state, PORT_STATE_UP);
	assert_int_equal(record->out_state, PORT_STATE_DOWN);
	assert_int_equal(record->mtu, 1500);
	assert_int_equal(record->payload, LEN - 18);
	assert_int_equal(record->len, LEN);
	assert_int_equal(record->offload.gso_size, 77);
	assert_int_equal(record->n_bytes, DROP_RECORD_BYTES);
	assert_memory_equal(record->bytes, f.data, DROP_RECORD_BYTES);
	drop_log_free(&f.web);
}

static void a_frame_going_out_is_kept_with_its_ingress_port(void **state)
{
	const struct drop_record *record;
	struct fixture f;

	(void)state;
	set_up(&f);
	keep(&f.db, DIRECTION_OUT, &f.web, &f.frame, DROP_LINK_DOWN, 7);
	record = drop_log_get(&f.db, DIRECTION_OUT, DROP_LINK_DOWN);
	assert_string_equal(record->other, "web");
	assert_int_equal(record->in_state, PORT_STATE_UP);
	assert_int_equal(record->out_state, PORT_STATE_DOWN);
	assert_int_equal(record->mtu, 1500);
	drop_log_free(&f.db);
}

static void the_newest_takes_the_place_of_the_one_before(void **state)
{
	const struct drop_record *record;
	struct fixture f;

	(void)state;
	set_up(&f);
	keep(&f.web, DIRECTION_IN, &f.db, &f.frame, DROP_TOO_BIG, 1);
	f.data[0] = 0xee;
	f.frame.len = 20;
	keep(&f.web, DIRECTION_IN, NULL, &f.frame, DROP_TOO_BIG, 2);
	record = drop_log_get(&f.web, DIRECTION_IN, DROP_TOO_BIG);
	assert_int_equal(record->wall_ns, 2);
	assert_string_equal(record->other, "");
	assert_int_equal(record->len, 20);
	assert_int_equal(record->n_bytes, 20);
	assert_int_equal(record->bytes[0], 0xee);
	drop_log_free(&f.web);
}

static void the_last_of_a_batch_is_the_newest(void **state)
{
	struct drop_record *list = NULL;
	const struct drop_record *record;
	struct frame first, second;
	struct fixture f;

	(void)state;
	set_up(&f);
	first = second = f.frame;
	second.len = 99;
	drop_log_note(&list, &f.web, DIRECTION_OUT, NULL, &first, DROP_REFUSED);
	drop_log_note(&list, &f.web, DIRECTION_IN, NULL, &first, DROP_RUNT);
	drop_log_note(&list, &f.db, DIRECTION_IN, &f.web, &first, DROP_RUNT);
	drop_log_note(&list, &f.web, DIRECTION_OUT, &f.db, &second,
		      DROP_REFUSED);
	/* Of a frame only the bytes have to last. */
	memset(&first, 0xa5, sizeof(first));
	second = (struct frame){ .len = 1 };
	drop_log_write(&list, 5);
	assert_null(list);
	assert_int_equal(drop_log_newest(&f.web)->reason, DROP_REFUSED);
	assert_int_equal(drop_log_newest(&f.db)->reason, DROP_RUNT);
	record = drop_log_get(&f.web, DIRECTION_OUT, DROP_REFUSED);
	assert_int_equal(record->len, 99);
	assert_string_equal(record->other, "db");
	assert_int_equal(record->wall_ns, 5);
	record = drop_log_get(&f.web, DIRECTION_IN, DROP_RUNT);
	assert_int_equal(record->len, LEN);

	f.frame.len = 99;
	drop_log_note(&list, &f.web, DIRECTION_IN, NULL, &f.frame, DROP_RUNT);
	drop_log_write(&list, 6);
	assert_int_equal(drop_log_newest(&f.web)->reason, DROP_RUNT);
	assert_int_equal(record->len, 99);
	drop_log_free(&f.web);
	drop_log_free(&f.db);
	assert_null(drop_log_newest(&f.web));
}

/* Not a byte of it came, or what came has no header to measure. */
static void a_frame_without_bytes_is_kept_as_such(void **state)
{
	const struct drop_record *record;
	struct fixture f;

	(void)state;
	set_up(&f);
	f.frame.len = 0;
	f.frame.fault = DROP_UNDESCRIBED;
	keep(&f.web, DIRECTION_IN, NULL, &f.frame, DROP_UNDESCRIBED, 1);
	record = drop_log_get(&f.web, DIRECTION_IN, DROP_UNDESCRIBED);
	assert_int_equal(record->len, 0);
	assert_int_equal(record->n_bytes, 0);
	assert_int_equal(record->payload, 0);
	drop_log_free(&f.web);
}

static void the_worst_that_can_be_costs_little_memory(void **state)
{
	size_t before, after;
	struct fixture f;

	(void)state;
	set_up(&f);
	before = mallinfo2().uordblks;
	for (int i = 0; i < 3; i++) {
		for (enum drop_reason r = DROP_NONE; r < DROP_COUNT; r++) {
			keep(&f.web, DIRECTION_IN, NULL, &f.frame, r, 1);
			keep(&f.web, DIRECTION_OUT, NULL, &f.frame, r, 1);
		}
	}
	after = mallinfo2().uordblks;
	print_message("%zu bytes for each reason in both directions\n",
		      after - before);
	assert_in_range(after - before, 0, PORT_MEMORY_MAX / 4);
	assert_in_range(sizeof(struct drop_record), DROP_RECORD_BYTES, 256);
	drop_log_free(&f.web);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_kept_of_a_port_without_drops),
		cmocka_unit_test(
			a_frame_that_came_in_is_kept_with_its_egress_port),
		cmocka_unit_test(
			a_frame_going_out_is_kept_with_its_ingress_port),
		cmocka_unit_test(the_newest_takes_the_place_of_the_one_before),
		cmocka_unit_test(the_last_of_a_batch_is_the_newest),
		cmocka_unit_test(a_frame_without_bytes_is_kept_as_such),
		cmocka_unit_test(the_worst_that_can_be_costs_little_memory),
	};

	return cmocka_run_group_tests_name("drop_log", tests, NULL, NULL);
}
