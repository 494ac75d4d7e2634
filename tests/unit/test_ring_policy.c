/* SPDX-License-Identifier: MIT */
/* test_ring_policy.c - which port is to have a ring */

#include "ring_policy.h"
#include "unit.h"

enum {
	MANY = 10000,
	BIG = 190000,
	LARGE = 60000,
	SMALL = 64
};

static void note(struct ring_meter *meter, size_t n_frames, size_t size,
		 size_t batch)
{
	const size_t big = size > RING_BULK_MAX ? size : 0;

	for (; n_frames > batch; n_frames -= batch)
		ring_meter_note(meter, batch, batch * size, batch * big);
	ring_meter_note(meter, n_frames, n_frames * size, n_frames * big);
	ring_meter_note(meter, 0, 0, 0); /* woken for nothing */
}

static enum ring_advice tick(struct ring_meter *meter, enum ring_shape has,
			     size_t n_frames, size_t size)
{
	note(meter, n_frames, size, 64);
	return ring_meter_tick(meter, has);
}

/* Ticks until the advice is given, all with the same traffic; 0: never. */
static unsigned ticks_until(struct ring_meter *meter, enum ring_advice advice,
			    enum ring_shape has, size_t n_frames, size_t size)
{
	for (unsigned n = 1; n <= 1000; n++) {
		if (tick(meter, has, n_frames, size) == advice)
			return n;
	}

	return 0;
}

static void a_stream_of_super_frames_gets_a_ring_of_large_slots(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	assert_int_equal(ticks_until(&meter, RING_GET, RING_NONE, 100, LARGE),
			 3);
	assert_int_equal(meter.liked, RING_BULK);
}

static void a_stream_of_small_frames_gets_a_ring_of_small_slots(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	assert_int_equal(ticks_until(&meter, RING_GET, RING_NONE, MANY, SMALL),
			 3);
	assert_int_equal(meter.liked, RING_SMALL);
}

static void longer_frames_than_ip_can_tell_get_longer_slots(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	assert_int_equal(ticks_until(&meter, RING_GET, RING_NONE, 100, BIG), 3);
	assert_int_equal(meter.liked, RING_BIG);
	assert_int_equal(ticks_until(&meter, RING_LEAVE, RING_BIG, 100, LARGE),
			 6);
	assert_int_equal(meter.liked, RING_BULK);
	meter = (struct ring_meter){ 0 };
	assert_int_equal(ticks_until(&meter, RING_LEAVE, RING_BULK, 100, BIG),
			 6);
}

static void half_of_the_bytes_are_worth_long_slots_and_an_eighth_keeps_them(
	void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	/* Answers in between, however many, are few bytes. */
	for (int i = 0; i < 3; i++) {
		note(&meter, 100, BIG, 1);
		note(&meter, 1000, SMALL, 1);
		ring_meter_tick(&meter, RING_NONE);
	}
	assert_int_equal(meter.liked, RING_BIG);
	for (int i = 0; i < 100; i++) {
		note(&meter, 13, BIG, 1);
		note(&meter, 13 * BIG / LARGE * 6, LARGE, 1);
		assert_int_equal(ring_meter_tick(&meter, RING_BIG),
				 RING_AS_IT_IS);
	}
	for (int i = 1; i <= 6; i++) {
		note(&meter, 13, BIG, 1);
		note(&meter, 13 * BIG / LARGE * 8, LARGE, 1);
		assert_int_equal(ring_meter_tick(&meter, RING_BIG),
				 i < 6 ? RING_AS_IT_IS : RING_LEAVE);
	}
	for (int i = 0; i < 100; i++) {
		note(&meter, 13, BIG, 1);
		note(&meter, 13 * BIG / LARGE * 2, LARGE, 1);
		assert_int_equal(ring_meter_tick(&meter, RING_BULK),
				 RING_AS_IT_IS);
	}
}

static void small_frames_that_are_kept_up_with_get_none(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++) {
		note(&meter, MANY, SMALL, 31);
		assert_int_equal(ring_meter_tick(&meter, RING_NONE),
				 RING_AS_IT_IS);
	}
	for (int i = 0; i < 100; i++) {
		note(&meter, MANY, SMALL, 4);
		assert_int_equal(ring_meter_tick(&meter, RING_SMALL),
				 RING_AS_IT_IS);
	}
	for (int i = 1; i < 20; i++) {
		note(&meter, MANY, SMALL, 3);
		assert_int_equal(ring_meter_tick(&meter, RING_SMALL),
				 RING_AS_IT_IS);
	}
	note(&meter, MANY, SMALL, 3);
	assert_int_equal(ring_meter_tick(&meter, RING_SMALL), RING_LEAVE);
}

static void a_burst_gets_none(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(tick(&meter, RING_NONE, MANY, SMALL), 0);
		assert_int_equal(tick(&meter, RING_NONE, MANY, SMALL), 0);
		assert_int_equal(tick(&meter, RING_NONE, 0, 0), 0);
		assert_int_equal(tick(&meter, RING_NONE, 0, 0), 0);
	}
}

static void a_tick_that_comes_too_early_changes_nothing(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	tick(&meter, RING_NONE, MANY, SMALL);
	tick(&meter, RING_NONE, MANY, SMALL);
	tick(&meter, RING_NONE, 0, 0);
	assert_int_equal(tick(&meter, RING_NONE, MANY, SMALL), RING_AS_IT_IS);
	assert_int_equal(tick(&meter, RING_NONE, MANY, SMALL), RING_GET);
}

static void ticks_of_different_kinds_do_not_add_up(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(tick(&meter, RING_NONE, MANY, SMALL), 0);
		assert_int_equal(tick(&meter, RING_NONE, 100, LARGE), 0);
	}
}

static void little_traffic_gets_none(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	assert_int_equal(ticks_until(&meter, RING_GET, RING_NONE, 999, SMALL),
			 0);
	assert_int_equal(ticks_until(&meter, RING_GET, RING_NONE, 20, LARGE),
			 0);
}

static void frames_of_no_shape_get_none(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	assert_int_equal(ticks_until(&meter, RING_GET, RING_NONE, MANY, 4000),
			 0);
}

static void a_ring_stays_while_its_traffic_is_a_quarter(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	assert_int_equal(
		ticks_until(&meter, RING_LEAVE, RING_SMALL, 250, SMALL), 0);
	assert_int_equal(ticks_until(&meter, RING_LEAVE, RING_BULK, 11, LARGE),
			 0);
}

static void a_quiet_port_loses_its_ring_after_a_second(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	assert_int_equal(
		ticks_until(&meter, RING_LEAVE, RING_SMALL, 249, SMALL), 20);
}

static void a_pause_of_less_changes_nothing(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++) {
		for (int k = 0; k < 19; k++)
			assert_int_equal(tick(&meter, RING_BULK, 0, 0), 0);
		assert_int_equal(tick(&meter, RING_BULK, 100, LARGE), 0);
	}
}

static void the_other_kind_of_traffic_ends_it_sooner(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	assert_int_equal(
		ticks_until(&meter, RING_LEAVE, RING_BULK, MANY, SMALL), 6);
	meter = (struct ring_meter){ 0 };
	assert_int_equal(
		ticks_until(&meter, RING_LEAVE, RING_SMALL, 100, LARGE), 6);
}

static void a_port_that_is_barred_gets_none(void **state)
{
	struct ring_meter meter = { .is_barred = true };

	(void)state;
	assert_int_equal(ticks_until(&meter, RING_GET, RING_NONE, MANY, SMALL),
			 0);
	assert_true(ring_meter_is_idle(&meter));
}

static void a_port_whose_ring_was_too_small_waits_longer_each_time(void **state)
{
	struct ring_meter meter = { 0 };

	(void)state;
	/* Doubled five times at most. */
	for (unsigned i = 0; i < 8; i++) {
		ring_meter_pause(&meter, RING_BULK);
		for (unsigned n = 0; n < 200U << (i < 5 ? i : 5); n++)
			assert_int_equal(tick(&meter, RING_NONE, 100, LARGE),
					 RING_AS_IT_IS);
		assert_int_equal(tick(&meter, RING_NONE, 100, LARGE), RING_GET);
	}
	ring_meter_pause(&meter, RING_BULK);
	assert_int_not_equal(
		ticks_until(&meter, RING_GET, RING_NONE, MANY, SMALL), 0);
	ring_meter_pause(&meter, RING_NONE);
	assert_int_equal(tick(&meter, RING_NONE, MANY, SMALL), RING_AS_IT_IS);
}

static void a_port_is_idle_a_second_after_it_was_busy(void **state)
{
	struct ring_meter meter = { 0 };
	unsigned n = 0;

	(void)state;
	tick(&meter, RING_NONE, MANY, SMALL);
	while (!ring_meter_is_idle(&meter)) {
		tick(&meter, RING_NONE, 0, 0);
		n++;
	}
	assert_int_equal(n, 20);
}

static void a_ring_goes_to_whoever_brings_more_than_twice_as_much(void **state)
{
	struct ring_meter has = { 0 }, wants = { 0 };

	(void)state;
	for (int i = 0; i < 40; i++) {
		tick(&has, RING_SMALL, MANY, SMALL);
		tick(&wants, RING_NONE, MANY * 19 / 10, SMALL);
	}
	assert_false(ring_meter_beats(&wants, &has));
	for (int i = 0; i < 40; i++)
		tick(&wants, RING_NONE, MANY * 22 / 10, SMALL);
	assert_true(ring_meter_beats(&wants, &has));
	assert_false(ring_meter_beats(&has, &wants));
}

static void super_frames_count_for_what_they_hold(void **state)
{
	struct ring_meter acks = { 0 }, stream = { 0 };

	(void)state;
	for (int i = 0; i < 40; i++) {
		tick(&acks, RING_SMALL, 1000, SMALL);
		tick(&stream, RING_NONE, 1000, LARGE);
	}
	assert_true(ring_meter_beats(&stream, &acks));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_stream_of_super_frames_gets_a_ring_of_large_slots),
		cmocka_unit_test(
			a_stream_of_small_frames_gets_a_ring_of_small_slots),
		cmocka_unit_test(
			longer_frames_than_ip_can_tell_get_longer_slots),
		cmocka_unit_test(
			half_of_the_bytes_are_worth_long_slots_and_an_eighth_keeps_them),
		cmocka_unit_test(small_frames_that_are_kept_up_with_get_none),
		cmocka_unit_test(a_burst_gets_none),
		cmocka_unit_test(a_tick_that_comes_too_early_changes_nothing),
		cmocka_unit_test(ticks_of_different_kinds_do_not_add_up),
		cmocka_unit_test(little_traffic_gets_none),
		cmocka_unit_test(frames_of_no_shape_get_none),
		cmocka_unit_test(a_ring_stays_while_its_traffic_is_a_quarter),
		cmocka_unit_test(a_quiet_port_loses_its_ring_after_a_second),
		cmocka_unit_test(a_pause_of_less_changes_nothing),
		cmocka_unit_test(the_other_kind_of_traffic_ends_it_sooner),
		cmocka_unit_test(a_port_that_is_barred_gets_none),
		cmocka_unit_test(
			a_port_whose_ring_was_too_small_waits_longer_each_time),
		cmocka_unit_test(a_port_is_idle_a_second_after_it_was_busy),
		cmocka_unit_test(
			a_ring_goes_to_whoever_brings_more_than_twice_as_much),
		cmocka_unit_test(super_frames_count_for_what_they_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
