/* SPDX-License-Identifier: MIT */
/* test_event_limits.c - what happens often is told seldom, and all is counted */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "drop_watch.h"
#include "flaps.h"
#include "port.h"
#include "throttle.h"

static mtime_t at_ms(uint64_t ms)
{
	return mtime_from_ms(1000000 + ms);
}

/* Throttle */

static void a_burst_passes_and_then_so_many_a_second(void **state)
{
	struct throttle throttle;
	int passed = 0;

	(void)state;
	throttle_init(&throttle, 4, 2, at_ms(0));
	for (int i = 0; i < 10; i++)
		passed += throttle_pass(&throttle, at_ms(0));
	assert_int_equal(passed, 4);
	assert_int_equal(throttle_take_excess(&throttle), 6);
	assert_int_equal(throttle_take_excess(&throttle), 0);

	assert_false(throttle_pass(&throttle, at_ms(499)));
	assert_true(throttle_pass(&throttle, at_ms(500)));
	assert_false(throttle_pass(&throttle, at_ms(999)));
	assert_true(throttle_pass(&throttle, at_ms(1000)));
	assert_int_equal(throttle_take_excess(&throttle), 2);
}

static void credit_has_a_limit_however_long_it_is_quiet(void **state)
{
	struct throttle throttle;
	int passed = 0;

	(void)state;
	throttle_init(&throttle, 3, 1, at_ms(0));
	for (int i = 0; i < 10; i++)
		passed += throttle_pass(&throttle, at_ms(1000000000));
	assert_int_equal(passed, 3);
}

/* Stations that move */

static const struct eth_addr alice = { { 2, 0, 0, 0, 0, 0xa } };

static struct flaps *new_flaps(void)
{
	struct flaps *flaps = calloc(1, sizeof(*flaps));

	assert_non_null(flaps);
	return flaps;
}

static enum flaps_verdict move(struct flaps *flaps, struct eth_addr addr,
			       mtime_t now)
{
	uint64_t moves;

	return flaps_note(flaps, addr, 0, "a", "b", now, &moves);
}

struct rested {
	int n;
	uint64_t moves;
};

static void on_rest(const struct flap *flap, void *user)
{
	struct rested *rested = user;

	rested->n++;
	rested->moves = flap->n;
	assert_string_equal(flap->to, "b");
}

static void a_station_that_moves_now_and_then_does_not_flap(void **state)
{
	struct flaps *flaps = new_flaps();

	(void)state;
	for (uint64_t i = 0; i < 50; i++)
		assert_int_equal(move(flaps, alice, at_ms(i * 2001)),
				 FLAPS_MOVED);
	free(flaps);
}

static void the_sixth_move_in_ten_seconds_is_flapping(void **state)
{
	struct flaps *flaps = new_flaps();
	struct rested rested = { .n = 0 };
	uint64_t moves = 0;

	(void)state;
	for (uint64_t i = 0; i < FLAPS_MOVES; i++)
		assert_int_equal(move(flaps, alice, at_ms(i)), FLAPS_MOVED);
	assert_int_equal(
		flaps_note(flaps, alice, 0, "a", "b", at_ms(9999), &moves),
		FLAPS_BEGUN);
	assert_int_equal(moves, FLAPS_MOVES + 1);
	assert_int_equal(move(flaps, alice, at_ms(10000)), FLAPS_GOES_ON);
	assert_int_equal(move(flaps, alice, at_ms(15000)), FLAPS_GOES_ON);

	assert_true(flaps_sweep(flaps, at_ms(24999), on_rest, &rested));
	assert_int_equal(rested.n, 0);
	assert_false(flaps_sweep(flaps, at_ms(25000), on_rest, &rested));
	assert_int_equal(rested.n, 1);
	assert_int_equal(rested.moves, FLAPS_MOVES + 3);
	assert_int_equal(move(flaps, alice, at_ms(25000)), FLAPS_MOVED);
	free(flaps);
}

static void another_vlan_is_another_station(void **state)
{
	struct flaps *flaps = new_flaps();
	uint64_t moves;

	(void)state;
	for (uint16_t vid = 0; vid < 20; vid++)
		assert_int_equal(flaps_note(flaps, alice, vid, "a", "b",
					    at_ms(0), &moves),
				 FLAPS_MOVED);
	free(flaps);
}

static void ten_thousand_moving_stations_don_t_hide_one_that_flaps(void **state)
{
	struct flaps *flaps = new_flaps();
	struct rested rested = { .n = 0 };
	struct eth_addr addr = alice;

	(void)state;
	for (int i = 0; i <= FLAPS_MOVES; i++)
		move(flaps, alice, at_ms(0));
	for (unsigned i = 0; i < 10000; i++) {
		addr.b[2] = (uint8_t)(i >> 8);
		addr.b[3] = (uint8_t)i;
		addr.b[4] = 1;
		assert_int_equal(move(flaps, addr, at_ms(1)), FLAPS_MOVED);
	}
	assert_int_equal(move(flaps, alice, at_ms(2)), FLAPS_GOES_ON);
	flaps_sweep(flaps, at_ms(100000), on_rest, &rested);
	assert_int_equal(rested.n, 1);
	free(flaps);
}

/* Drops */

struct ended {
	int n;
	uint64_t count;
	enum direction direction;
};

static void on_end(const struct dropping *dropping, uint64_t n, void *user)
{
	struct ended *ended = user;

	ended->n++;
	ended->count = n;
	ended->direction = dropping->direction;
}

static struct drop_watch *new_watch(void)
{
	struct drop_watch *watch = calloc(1, sizeof(*watch));

	assert_non_null(watch);
	return watch;
}

static void drops_end_when_none_came_for_some_seconds(void **state)
{
	struct drop_watch *watch = new_watch();
	struct port port = { .fd = -1 };
	struct ended ended = { .n = 0 };

	(void)state;
	port.counters.tx_dropped[DROP_QUEUE_FULL] = 8;
	port.told_drops[DIRECTION_OUT] = ~UINT64_C(0);
	assert_true(drop_watch_begin(watch, &port, DIRECTION_OUT,
				     DROP_QUEUE_FULL, at_ms(0)));
	port.counters.tx_dropped[DROP_QUEUE_FULL] = 10;
	port.counters.rx_dropped[DROP_QUEUE_FULL] = 99;
	drop_watch_sweep(watch, at_ms(1000), on_end, &ended);
	drop_watch_sweep(watch, at_ms(3999), on_end, &ended);
	assert_int_equal(ended.n, 0);
	drop_watch_sweep(watch, at_ms(4000), on_end, &ended);
	assert_int_equal(ended.n, 1);
	assert_int_equal(ended.count, 3);
	assert_int_equal(ended.direction, DIRECTION_OUT);
	assert_int_equal(watch->n, 0);
	/* ... and the next one of that kind, and no other, is told again. */
	assert_true(port.told_drops[DIRECTION_OUT] ==
		    ~(UINT64_C(1) << DROP_QUEUE_FULL));
	free(watch);
}

static void a_port_that_goes_takes_its_drops_along(void **state)
{
	struct drop_watch *watch = new_watch();
	struct port gone = { .fd = -1 }, other = { .fd = -1 };
	struct ended ended = { .n = 0 };

	(void)state;
	gone.counters.rx_dropped[DROP_RUNT] = 1;
	other.counters.rx_dropped[DROP_RUNT] = 1;
	drop_watch_begin(watch, &gone, DIRECTION_IN, DROP_RUNT, at_ms(0));
	drop_watch_begin(watch, &other, DIRECTION_IN, DROP_RUNT, at_ms(0));
	drop_watch_begin(watch, &gone, DIRECTION_OUT, DROP_RUNT, at_ms(0));
	drop_watch_forget(watch, &gone, on_end, &ended);
	assert_int_equal(ended.n, 2);
	assert_int_equal(watch->n, 1);
	assert_ptr_equal(watch->list[0].port, &other);
	free(watch);
}

static void more_drops_than_there_is_room_for_are_refused(void **state)
{
	struct drop_watch *watch = new_watch();
	struct port port = { .fd = -1 };

	(void)state;
	for (int i = 0; i < DROP_WATCH_MAX; i++)
		assert_true(drop_watch_begin(watch, &port, DIRECTION_IN,
					     DROP_RUNT, at_ms(0)));
	assert_false(drop_watch_begin(watch, &port, DIRECTION_IN, DROP_RUNT,
				      at_ms(0)));
	free(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_passes_and_then_so_many_a_second),
		cmocka_unit_test(credit_has_a_limit_however_long_it_is_quiet),
		cmocka_unit_test(
			a_station_that_moves_now_and_then_does_not_flap),
		cmocka_unit_test(the_sixth_move_in_ten_seconds_is_flapping),
		cmocka_unit_test(another_vlan_is_another_station),
		cmocka_unit_test(
			ten_thousand_moving_stations_don_t_hide_one_that_flaps),
		cmocka_unit_test(drops_end_when_none_came_for_some_seconds),
		cmocka_unit_test(a_port_that_goes_takes_its_drops_along),
		cmocka_unit_test(more_drops_than_there_is_room_for_are_refused),
	};

	return cmocka_run_group_tests_name("event_limits", tests, NULL, NULL);
}
