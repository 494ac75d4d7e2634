/* SPDX-License-Identifier: MIT */
/* test_bridge.c - which frame leaves by which port, and which by none */

#include "fake_switch.h"

#include <errno.h>
#include <stdbool.h>

#include "bridge.h"
#include "err.h"
#include "fdb.h"
#include "macros.h"
#include "superframe.h"
#include "unit.h"

enum {
	TO_BCD = TO_B | TO_C | TO_D,
};

/* Stations. */

static void an_unknown_destination_is_flooded_to_all_others(void **state)
{
	const struct arrival arrival = arrival_new(alice, bob);

	fake_switch_expect(*state, PORT_A, &arrival, TO_BCD);
	fake_switch_expect(*state, PORT_C, &arrival, TO_A | TO_B | TO_D);
}

static void groups_are_flooded_even_if_somebody_posed_as_one(void **state)
{
	static const struct eth_addr group = { { 1, 0, 0x5e, 0, 0, 1 } };
	const struct arrival to_all = arrival_new(alice, everybody);
	const struct arrival to_some = arrival_new(alice, group);

	fake_switch_hear(*state, PORT_B, group);
	fake_switch_expect(*state, PORT_A, &to_all, TO_BCD);
	fake_switch_expect(*state, PORT_A, &to_some, TO_BCD);
}

static void a_learned_station_gets_its_frames_alone(void **state)
{
	const struct arrival arrival = arrival_new(alice, bob);
	const struct arrival answer = arrival_new(bob, alice);

	fake_switch_hear(*state, PORT_B, bob);
	fake_switch_expect(*state, PORT_A, &arrival, TO_B);
	fake_switch_expect(*state, PORT_D, &arrival, TO_B);
	fake_switch_expect(*state, PORT_B, &answer, TO_D);
}

static void a_moved_station_is_followed_at_once(void **state)
{
	const struct arrival arrival = arrival_new(alice, bob);

	fake_switch_hear(*state, PORT_B, bob);
	fake_switch_expect(*state, PORT_A, &arrival, TO_B);
	fake_switch_hear(*state, PORT_C, bob);
	fake_switch_expect(*state, PORT_A, &arrival, TO_C);
}

static void a_station_is_known_to_the_next_frame_of_its_batch(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival batch[] = {
		arrival_new(bob, carol),
		arrival_new(alice, bob),
	};

	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_hear(sw, PORT_C, carol);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_D, batch, ARRAY_SIZE(batch));

	fake_switch_expect_only(sw, PORT_C, &batch[0]);
	fake_switch_expect_silence(sw, ~(unsigned)TO_C);
	assert_int_equal(
		sw->ports[PORT_D]->port.counters.rx_dropped[DROP_SAME_PORT], 1);
}

static void a_station_silent_for_the_ageing_time_is_flooded_again(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, bob);

	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_pass_us(sw, FAKE_MAX_AGE_MS * 1000 - 1);
	fake_switch_expect(sw, PORT_A, &arrival, TO_B);
	fake_switch_pass_us(sw, 1);
	fake_switch_expect(sw, PORT_A, &arrival, TO_BCD);
}

static void a_station_that_talks_does_not_age(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, bob);

	for (int i = 0; i < 5; i++) {
		fake_switch_hear(sw, PORT_B, bob);
		fake_switch_pass_us(sw, FAKE_MAX_AGE_MS * 1000 - 1);
		fake_switch_expect(sw, PORT_A, &arrival, TO_B);
	}
}

static void a_vlan_knows_only_its_own_stations(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival untagged = arrival_new(alice, bob);
	const struct arrival in_10 = arrival_in_vlan(alice, bob, 10);
	const struct arrival in_20 = arrival_in_vlan(alice, bob, 20);
	const struct arrival from_10 = arrival_in_vlan(bob, everybody, 10);
	const struct arrival from_20 = arrival_in_vlan(bob, everybody, 20);

	fake_switch_arrive(sw, PORT_B, &from_10, 1);
	fake_switch_expect(sw, PORT_A, &in_10, TO_B);
	fake_switch_expect(sw, PORT_A, &in_20, TO_BCD);
	fake_switch_expect(sw, PORT_A, &untagged, TO_BCD);

	fake_switch_arrive(sw, PORT_C, &from_20, 1);
	fake_switch_hear(sw, PORT_D, bob);
	fake_switch_expect(sw, PORT_A, &in_10, TO_B);
	fake_switch_expect(sw, PORT_A, &in_20, TO_C);
	fake_switch_expect(sw, PORT_A, &untagged, TO_D);
}

static void priority_and_inner_tags_do_not_make_a_vlan(void **state)
{
	struct fake_switch *sw = *state;
	struct arrival priority_tagged = arrival_in_vlan(alice, bob, 0xe000);
	struct arrival in_10 = arrival_in_vlan(alice, bob, 0x3000 | 10);
	struct arrival behind_20 = in_10;
	struct arrival from_20 = arrival_in_vlan(bob, everybody, 10);

	arrival_tag(&behind_20, ETH_TYPE_DOT1AD, 20);
	arrival_tag(&from_20, ETH_TYPE_DOT1AD, 20);
	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_arrive(sw, PORT_C, &from_20, 1);
	fake_switch_expect(sw, PORT_A, &priority_tagged, TO_B);
	fake_switch_expect(sw, PORT_A, &behind_20, TO_C);
	fake_switch_expect(sw, PORT_A, &in_10, TO_BCD);
}

static void sources_that_are_no_stations_are_never_learned(void **state)
{
	static const struct eth_addr zero = { { 0 } };
	static const struct eth_addr group = { { 3, 0, 0, 0, 0, 0xb } };
	struct fake_switch *sw = *state;
	const struct arrival from_zero = arrival_new(zero, bob);
	const struct arrival to_zero = arrival_new(bob, zero);
	const struct arrival from_group = arrival_new(group, bob);
	const struct arrival from_all = arrival_new(everybody, bob);

	fake_switch_expect_drop(sw, PORT_B, &from_zero, DROP_SOURCE_ZERO);
	fake_switch_expect_drop(sw, PORT_B, &from_group, DROP_SOURCE_GROUP);
	fake_switch_expect_drop(sw, PORT_B, &from_all, DROP_SOURCE_GROUP);
	assert_int_equal(fdb_counts(sw->fdb).n_dynamic, 0);
	fake_switch_expect(sw, PORT_A, &to_zero, TO_BCD);
}

static void a_static_station_stays_where_it_was_put(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, bob);

	fake_switch_hear(sw, PORT_C, bob);
	assert_int_equal(
		fdb_static_add(sw->fdb, bob, 0,
			       fake_switch_port(sw, PORT_B)->fdb_handle,
			       sw->now),
		0);
	fake_switch_expect(sw, PORT_A, &arrival, TO_B);
	fake_switch_hear(sw, PORT_C, bob);
	fake_switch_expect(sw, PORT_A, &arrival, TO_B);
	fake_switch_pass_us(sw, UINT64_C(10) * FAKE_MAX_AGE_MS * 1000);
	fake_switch_expect(sw, PORT_C, &arrival, TO_B);
	fake_switch_expect_drop(sw, PORT_B, &arrival, DROP_SAME_PORT);

	assert_int_equal(fdb_static_del(sw->fdb, bob, 0), 0);
	fake_switch_expect(sw, PORT_A, &arrival, TO_BCD);
}

/* What never leaves. */

static void reserved_addresses_stay_on_their_link(void **state)
{
	struct eth_addr to = { { 1, 0x80, 0xc2, 0, 0, 0 } };
	struct arrival arrival;

	for (uint8_t i = 0; i < 0x10; i++) {
		to.b[5] = i;
		arrival = arrival_new(alice, to);
		fake_switch_expect_drop(*state, PORT_A, &arrival,
					DROP_RESERVED);
		arrival_tag(&arrival, ETH_TYPE_DOT1Q, 10);
		fake_switch_expect_drop(*state, PORT_A, &arrival,
					DROP_RESERVED);
	}
}

static void the_neighbours_of_the_reserved_addresses_are_forwarded(void **state)
{
	static const struct eth_addr neighbours[] = {
		{ { 1, 0x80, 0xc2, 0, 0, 0x10 } },
		{ { 1, 0x80, 0xc2, 0, 0, 0xff } },
		{ { 1, 0x80, 0xc2, 0, 1, 0 } },
		{ { 1, 0x80, 0xc3, 0, 0, 0 } },
		{ { 0, 0x80, 0xc2, 0, 0, 0 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++) {
		const struct arrival arrival =
			arrival_new(alice, neighbours[i]);

		fake_switch_expect(*state, PORT_A, &arrival, TO_BCD);
	}
}

static void nothing_goes_back_to_where_it_came_from(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival to_neighbour = arrival_new(alice, bob);
	const struct arrival to_self = arrival_new(carol, carol);

	fake_switch_hear(sw, PORT_A, bob);
	fake_switch_expect_drop(sw, PORT_A, &to_neighbour, DROP_SAME_PORT);
	fake_switch_expect_drop(sw, PORT_A, &to_self, DROP_SAME_PORT);
	/* also while the station is known elsewhere: it is here now */
	fake_switch_expect_drop(sw, PORT_B, &to_self, DROP_SAME_PORT);
	fake_switch_expect(sw, PORT_B, &to_neighbour, TO_A);
}

static void a_frame_that_ends_within_its_header_is_a_runt(void **state)
{
	struct arrival arrival = arrival_new(alice, bob);
	size_t header_len = ETH_HEADER_LEN;

	for (size_t n_tags = 0; n_tags <= 3; n_tags++) {
		for (size_t len = 0; len < header_len; len++) {
			arrival.len = len;
			fake_switch_expect_drop(*state, PORT_A, &arrival,
						DROP_RUNT);
		}
		arrival.len = header_len;
		fake_switch_expect(*state, PORT_A, &arrival, TO_BCD);
		arrival_tag(&arrival, n_tags ? ETH_TYPE_DOT1AD : ETH_TYPE_DOT1Q,
			    5);
		header_len += ETH_TAG_LEN;
	}
}

static void a_length_field_must_not_promise_more_than_there_is(void **state)
{
	static const struct {
		uint16_t length;
		uint16_t payload_len;
		bool good;
	} rows[] = {
		{ 0, 0, true },        { 1, 0, false },
		{ 38, 38, true },      { 38, 46, true }, /* padded */
		{ 39, 38, false },     { 1500, 1500, true },
		{ 1500, 1499, false }, { 1501, 1600, false },
		{ 1535, 1600, false }, { 1536, 10, true },
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		struct arrival arrival = arrival_new(alice, bob);

		put16(arrival.bytes + 12, rows[i / 2].length);
		arrival.len = ETH_HEADER_LEN + rows[i / 2].payload_len;
		if (i % 2)
			arrival_tag(&arrival, ETH_TYPE_DOT1Q, 10);
		if (rows[i / 2].good)
			fake_switch_expect(*state, PORT_A, &arrival, TO_BCD);
		else
			fake_switch_expect_drop(*state, PORT_A, &arrival,
						DROP_BAD_LENGTH);
	}
}

static void what_a_backend_has_found_bad_is_dropped_unread(void **state)
{
	struct arrival cut = { .fault = DROP_OVERSIZE };
	struct arrival lost = arrival_new(alice, bob);

	fake_switch_expect_drop(*state, PORT_A, &cut, DROP_OVERSIZE);
	lost.fault = DROP_UNDESCRIBED;
	fake_switch_expect_drop(*state, PORT_A, &lost, DROP_UNDESCRIBED);
}

/* Ports. */

static void a_port_that_is_not_up_neither_sends_nor_receives(void **state)
{
	static const enum port_state states[] = {
		PORT_STATE_DOWN,
		PORT_STATE_MOVED,
		PORT_STATE_GONE,
	};
	struct fake_switch *sw = *state;
	const struct arrival to_bob = arrival_new(alice, bob);
	const struct arrival to_all = arrival_new(alice, everybody);
	const struct arrival from_bob = arrival_new(bob, alice);
	const struct arrival from_carol = arrival_new(carol, alice);
	const struct arrival to_carol = arrival_new(alice, carol);
	struct port *b = fake_switch_port(sw, PORT_B);

	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_hear(sw, PORT_A, alice);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		b->state = states[i];
		fake_switch_expect_drop(sw, PORT_A, &to_bob, DROP_EGRESS_DOWN);
		fake_switch_expect(sw, PORT_A, &to_all, TO_C | TO_D);
		fake_switch_expect_drop(sw, PORT_B, &from_bob, DROP_PORT_DOWN);
		fake_switch_expect_drop(sw, PORT_B, &from_carol,
					DROP_PORT_DOWN);
		fake_switch_expect(sw, PORT_A, &to_carol, TO_C | TO_D);
		b->state = PORT_STATE_UP;
		fake_switch_expect(sw, PORT_A, &to_bob, TO_B);
	}
}

static void a_flood_that_meets_nobody_is_dropped(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, bob);

	for (size_t i = PORT_B; i <= PORT_D; i++)
		fake_switch_port(sw, i)->state = PORT_STATE_DOWN;
	fake_switch_expect_drop(sw, PORT_A, &arrival, DROP_NO_EGRESS);
	for (size_t i = PORT_B; i <= PORT_D; i++)
		fake_switch_detach(sw, i);
	fake_switch_expect_drop(sw, PORT_A, &arrival, DROP_NO_EGRESS);
}

static void a_removed_port_takes_its_stations_with_it(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival to_bob = arrival_new(alice, bob);
	const struct arrival to_carol = arrival_new(alice, carol);
	const uint64_t id = fake_switch_port(sw, PORT_B)->id;

	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_hear(sw, PORT_C, carol);
	assert_int_equal(
		fdb_static_add(sw->fdb, bob, 7,
			       fake_switch_port(sw, PORT_B)->fdb_handle,
			       sw->now),
		0);
	fake_switch_detach(sw, PORT_B);
	assert_null(bridge_find_port(sw->bridge, "port-1"));
	fake_switch_expect(sw, PORT_A, &to_bob, TO_C | TO_D);
	fake_switch_expect(sw, PORT_A, &to_carol, TO_C);

	/* nor does it come back with them, though the name is the same */
	fake_switch_attach(sw, PORT_B);
	assert_ptr_equal(bridge_find_port(sw->bridge, "port-1"),
			 fake_switch_port(sw, PORT_B));
	assert_true(fake_switch_port(sw, PORT_B)->id > id + 2);
	fake_switch_expect(sw, PORT_A, &to_bob, TO_BCD);
	assert_int_equal(fdb_static_del(sw->fdb, bob, 7), -ENOENT);
	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_expect(sw, PORT_A, &to_bob, TO_B);
}

static void two_ports_cannot_bear_the_same_name(void **state)
{
	struct fake_switch *sw = *state;
	struct port twin = *fake_switch_port(sw, PORT_B);
	const struct arrival arrival = arrival_new(alice, bob);
	struct err err;

	assert_int_equal(bridge_add_port(sw->bridge, &twin, &err), -EEXIST);
	assert_string_equal(err.msg, "there is a port 'port-1' already");
	fake_switch_expect(sw, PORT_A, &arrival, TO_BCD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_SWITCH_TEST(
			an_unknown_destination_is_flooded_to_all_others),
		FAKE_SWITCH_TEST(
			groups_are_flooded_even_if_somebody_posed_as_one),
		FAKE_SWITCH_TEST(a_learned_station_gets_its_frames_alone),
		FAKE_SWITCH_TEST(a_moved_station_is_followed_at_once),
		FAKE_SWITCH_TEST(
			a_station_is_known_to_the_next_frame_of_its_batch),
		FAKE_SWITCH_TEST(
			a_station_silent_for_the_ageing_time_is_flooded_again),
		FAKE_SWITCH_TEST(a_station_that_talks_does_not_age),
		FAKE_SWITCH_TEST(a_vlan_knows_only_its_own_stations),
		FAKE_SWITCH_TEST(priority_and_inner_tags_do_not_make_a_vlan),
		FAKE_SWITCH_TEST(
			sources_that_are_no_stations_are_never_learned),
		FAKE_SWITCH_TEST(a_static_station_stays_where_it_was_put),
		FAKE_SWITCH_TEST(reserved_addresses_stay_on_their_link),
		FAKE_SWITCH_TEST(
			the_neighbours_of_the_reserved_addresses_are_forwarded),
		FAKE_SWITCH_TEST(nothing_goes_back_to_where_it_came_from),
		FAKE_SWITCH_TEST(a_frame_that_ends_within_its_header_is_a_runt),
		FAKE_SWITCH_TEST(
			a_length_field_must_not_promise_more_than_there_is),
		FAKE_SWITCH_TEST(
			what_a_backend_has_found_bad_is_dropped_unread),
		FAKE_SWITCH_TEST(
			a_port_that_is_not_up_neither_sends_nor_receives),
		FAKE_SWITCH_TEST(a_flood_that_meets_nobody_is_dropped),
		FAKE_SWITCH_TEST(a_removed_port_takes_its_stations_with_it),
		FAKE_SWITCH_TEST(two_ports_cannot_bear_the_same_name),
	};

	return cmocka_run_group_tests_name("bridge", tests, NULL, NULL);
}
