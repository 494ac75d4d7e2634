/* SPDX-License-Identifier: MIT */
/* test_fdb.c - the forwarding database, rule by rule */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fdb.h"
#include "macros.h"

enum {
	MAX_ENTRIES = 64,
	MAX_AGE_MS = 300,
	PLENTY = 1 << 20, /* a budget that is never used up */
};

struct port {
	uint32_t handle;
};

struct env {
	struct fdb *fdb;
	struct port red;
	struct port green;
	struct port blue;
};

static const struct siphash_key hash_key = { { 42 } };
static const struct eth_addr alice = { { 2, 0, 0, 0, 0, 0xa } };
static const struct eth_addr bob = { { 2, 0, 0, 0, 0, 0xb } };

static mtime_t ms(uint64_t value)
{
	return mtime_from_ms(value);
}

static struct eth_addr nth(uint32_t i)
{
	return (struct eth_addr){ { 6, 0, 0, (uint8_t)(i >> 16),
				    (uint8_t)(i >> 8), (uint8_t)i } };
}

static void env_open(struct env *env, size_t max_entries, size_t max_ports)
{
	const struct fdb_config config = {
		.max_entries = max_entries,
		.max_ports = max_ports,
		.max_age = ms(MAX_AGE_MS),
		.key = hash_key,
	};

	env->fdb = fdb_new(&config);
	assert_non_null(env->fdb);
	assert_int_equal(fdb_port_add(env->fdb, &env->red, &env->red.handle),
			 0);
	assert_int_equal(
		fdb_port_add(env->fdb, &env->green, &env->green.handle), 0);
	assert_int_equal(fdb_port_add(env->fdb, &env->blue, &env->blue.handle),
			 0);
}

static int setup(void **state)
{
	struct env *env = calloc(1, sizeof(*env));

	*state = env;
	env_open(env, MAX_ENTRIES, 8);
	return 0;
}

static int teardown(void **state)
{
	struct env *env = *state;

	fdb_free(env->fdb);
	free(env);
	return 0;
}

static enum fdb_learned learn(struct env *env, struct eth_addr addr,
			      struct port *port, uint64_t at_ms)
{
	return fdb_learn(env->fdb, addr, 1, port->handle, ms(at_ms), NULL);
}

static struct port *lookup(struct env *env, struct eth_addr addr,
			   uint64_t at_ms)
{
	return fdb_lookup(env->fdb, addr, 1, ms(at_ms));
}

static size_t flush(struct env *env, struct fdb_filter filter, size_t budget)
{
	uint64_t cursor = FDB_CURSOR_START;
	size_t n = 0;

	while (cursor != FDB_CURSOR_END)
		n += fdb_flush(env->fdb, &filter, &cursor, budget);
	return n;
}

static size_t walk(struct env *env, struct fdb_filter filter, uint64_t at_ms,
		   struct fdb_row *ret_rows)
{
	uint64_t cursor = FDB_CURSOR_START;
	size_t n = fdb_walk(env->fdb, &filter, ms(at_ms), &cursor, ret_rows,
			    MAX_ENTRIES + 1, PLENTY);

	assert_true(cursor == FDB_CURSOR_END);
	return n;
}

static void assert_n(struct env *env, size_t n_dynamic, size_t n_static)
{
	struct fdb_counts counts = fdb_counts(env->fdb);

	assert_int_equal(counts.n_dynamic, n_dynamic);
	assert_int_equal(counts.n_static, n_static);
}

static void assert_counters(struct env *env, struct fdb_counters expected)
{
	const struct fdb_counters *counters = fdb_counters(env->fdb);

	assert_int_equal(counters->learned, expected.learned);
	assert_int_equal(counters->moved, expected.moved);
	assert_int_equal(counters->aged, expected.aged);
	assert_int_equal(counters->evicted, expected.evicted);
	assert_int_equal(counters->refused, expected.refused);
}

static void a_station_is_found_where_it_was_heard(void **state)
{
	struct env *env = *state;

	assert_null(lookup(env, alice, 1000));
	assert_int_equal(learn(env, alice, &env->red, 1000), FDB_LEARNED_NEW);
	assert_int_equal(learn(env, alice, &env->red, 1001), FDB_LEARNED_AGAIN);
	assert_ptr_equal(lookup(env, alice, 1001), &env->red);
	assert_null(lookup(env, bob, 1001));
	assert_n(env, 1, 0);
	assert_counters(env, (struct fdb_counters){ .learned = 1 });
}

static void vlans_do_not_know_of_each_other(void **state)
{
	struct env *env = *state;
	mtime_t now = ms(1);

	fdb_learn(env->fdb, alice, 0, env->red.handle, now, NULL);
	fdb_learn(env->fdb, alice, 1, env->green.handle, now, NULL);
	fdb_learn(env->fdb, alice, 4094, env->blue.handle, now, NULL);
	assert_ptr_equal(fdb_lookup(env->fdb, alice, 0, now), &env->red);
	assert_ptr_equal(fdb_lookup(env->fdb, alice, 1, now), &env->green);
	assert_ptr_equal(fdb_lookup(env->fdb, alice, 4094, now), &env->blue);
	assert_null(fdb_lookup(env->fdb, alice, 2, now));
	assert_n(env, 3, 0);
}

static void a_silent_station_is_forgotten(void **state)
{
	struct env *env = *state;
	struct fdb_row row;

	learn(env, alice, &env->red, 1000);
	assert_ptr_equal(lookup(env, alice, 1299), &env->red);
	assert_int_equal(walk(env, (struct fdb_filter){ 0 }, 1299, &row), 1);
	assert_ptr_equal(fdb_lookup(env->fdb, alice, 1, (mtime_t){ 1299999 }),
			 &env->red);
	assert_null(lookup(env, alice, 1300));
	assert_int_equal(walk(env, (struct fdb_filter){ 0 }, 1300, &row), 0);
	assert_true(fdb_sweep(env->fdb, ms(1299), PLENTY));
	assert_n(env, 1, 0);
	assert_true(fdb_sweep(env->fdb, ms(1300), PLENTY));
	assert_n(env, 0, 0);
	assert_counters(env, (struct fdb_counters){ .learned = 1, .aged = 1 });
}

static void a_station_that_talks_is_remembered(void **state)
{
	struct env *env = *state;

	for (uint64_t t = 1000; t < 9000; t += 299) {
		learn(env, alice, &env->red, t);
		fdb_sweep(env->fdb, ms(t + 298), PLENTY);
		assert_ptr_equal(lookup(env, alice, t + 299), &env->red);
	}
	assert_counters(env, (struct fdb_counters){ .learned = 1 });
}

static void an_expired_station_is_new_when_heard_again(void **state)
{
	struct env *env = *state;

	learn(env, alice, &env->red, 1000);
	assert_int_equal(learn(env, alice, &env->green, 1300), FDB_LEARNED_NEW);
	assert_ptr_equal(lookup(env, alice, 1300), &env->green);
	assert_n(env, 1, 0);
	assert_counters(env, (struct fdb_counters){ .learned = 2, .aged = 1 });
}

static void the_age_can_be_changed(void **state)
{
	struct env *env = *state;

	learn(env, alice, &env->red, 1000);
	fdb_set_max_age(env->fdb, ms(100), ms(1050));
	assert_int_equal(fdb_max_age(env->fdb).us, 100000);
	assert_ptr_equal(lookup(env, alice, 1099), &env->red);
	assert_null(lookup(env, alice, 1100));
	fdb_set_max_age(env->fdb, ms(1000), ms(1099));
	assert_ptr_equal(lookup(env, alice, 1100), &env->red);
	assert_null(lookup(env, alice, 2000));
}

static void a_longer_age_does_not_bring_back_the_expired(void **state)
{
	struct env *env = *state;

	learn(env, alice, &env->red, 1000);
	learn(env, bob, &env->red, 1001);
	fdb_set_max_age(env->fdb, ms(5000), ms(1300));
	assert_null(lookup(env, alice, 1300));
	assert_ptr_equal(lookup(env, bob, 1300), &env->red);
	fdb_set_max_age(env->fdb, (mtime_t){ UINT64_MAX }, ms(1300));
	assert_null(lookup(env, alice, 1300));
	assert_ptr_equal(lookup(env, bob, UINT64_C(1) << 40), &env->red);
	assert_int_equal(learn(env, alice, &env->red, 1300), FDB_LEARNED_NEW);
	assert_ptr_equal(lookup(env, alice, 1300), &env->red);
}

static void a_station_moves(void **state)
{
	struct env *env = *state;
	struct port *from = NULL;
	struct fdb_row row;

	learn(env, alice, &env->red, 1000);
	assert_int_equal(fdb_learn(env->fdb, alice, 1, env->green.handle,
				   ms(1200), &from),
			 FDB_LEARNED_MOVED);
	assert_ptr_equal(from, &env->red);
	assert_ptr_equal(lookup(env, alice, 1499), &env->green);
	learn(env, alice, &env->red, 1201);
	assert_int_equal(walk(env, (struct fdb_filter){ 0 }, 1211, &row), 1);
	assert_ptr_equal(row.port, &env->red);
	assert_int_equal(row.n_moves, 2);
	assert_int_equal(row.age.us, 10000);
	assert_n(env, 1, 0);
	assert_counters(env, (struct fdb_counters){ .learned = 1, .moved = 2 });
}

static void no_station_has_a_group_address(void **state)
{
	static const struct eth_addr broadcast = { { 0xff, 0xff, 0xff, 0xff,
						     0xff, 0xff } };
	static const struct eth_addr group = { { 1, 0, 0x5e, 0, 0, 1 } };
	static const struct eth_addr zero = { { 0 } };
	struct env *env = *state;

	assert_int_equal(learn(env, broadcast, &env->red, 1),
			 FDB_LEARNED_REFUSED);
	assert_int_equal(learn(env, group, &env->red, 1), FDB_LEARNED_REFUSED);
	assert_int_equal(learn(env, zero, &env->red, 1), FDB_LEARNED_REFUSED);
	assert_int_equal(
		fdb_static_add(env->fdb, group, 1, env->red.handle, ms(1)),
		-EINVAL);
	assert_int_equal(
		fdb_static_add(env->fdb, zero, 1, env->red.handle, ms(1)),
		-EINVAL);
	assert_null(lookup(env, broadcast, 1));
	assert_null(lookup(env, zero, 1));
	assert_null(fdb_lookup(env->fdb, zero, 0, ms(1)));
	assert_n(env, 0, 0);
	assert_counters(env, (struct fdb_counters){ .refused = 3 });
}

static void a_static_entry_stays_whatever_happens(void **state)
{
	struct env *env = *state;
	struct fdb_row row;

	assert_int_equal(
		fdb_static_add(env->fdb, alice, 1, env->red.handle, ms(1)), 0);
	assert_int_equal(learn(env, alice, &env->green, 2), FDB_LEARNED_STATIC);
	assert_int_equal(learn(env, alice, &env->red, 2), FDB_LEARNED_STATIC);
	for (uint32_t i = 0; i < 5 * MAX_ENTRIES; i++)
		learn(env, nth(i), &env->red, 3);
	assert_int_equal(flush(env, (struct fdb_filter){ 0 }, 1),
			 MAX_ENTRIES - 1);
	flush(env, (struct fdb_filter){ .port = &env->red }, 1);
	flush(env, (struct fdb_filter){ .by_vid = true, .vid = 1 }, 1);
	flush(env, (struct fdb_filter){ .by_addr = true, .addr = alice }, 1);
	flush(env,
	      (struct fdb_filter){ .by_vid = true,
				   .vid = 1,
				   .by_addr = true,
				   .addr = alice },
	      1);
	fdb_set_max_age(env->fdb, ms(0), ms(UINT64_C(1) << 50));
	fdb_sweep(env->fdb, ms(UINT64_C(1) << 50), PLENTY);
	assert_ptr_equal(lookup(env, alice, UINT64_C(1) << 50), &env->red);
	assert_int_equal(walk(env, (struct fdb_filter){ 0 }, 9999999, &row), 1);
	assert_true(row.is_static);
	assert_int_equal(row.age.us, 0);
	assert_n(env, 0, 1);
}

static void static_entries_are_added_and_deleted_by_name(void **state)
{
	struct env *env = *state;
	struct fdb *fdb = env->fdb;
	uint32_t red = env->red.handle;

	assert_int_equal(fdb_static_del(fdb, alice, 1), -ENOENT);
	learn(env, alice, &env->green, 1);
	assert_int_equal(fdb_static_del(fdb, alice, 1), -ENOENT);
	assert_int_equal(fdb_static_add(fdb, alice, 1, red, ms(1)), 0);
	assert_n(env, 0, 1);
	assert_ptr_equal(lookup(env, alice, 1), &env->red);
	assert_int_equal(fdb_static_add(fdb, alice, 1, red, ms(1)), -EEXIST);
	assert_int_equal(
		fdb_static_add(fdb, alice, 1, env->green.handle, ms(1)),
		-EEXIST);
	assert_int_equal(fdb_static_del(fdb, alice, 2), -ENOENT);
	assert_int_equal(fdb_static_del(fdb, alice, 1), 0);
	assert_null(lookup(env, alice, 1));
	assert_n(env, 0, 0);
	assert_int_equal(learn(env, alice, &env->green, 2), FDB_LEARNED_NEW);
}

static void the_fullest_port_loses_its_oldest(void **state)
{
	struct env *env = *state;

	learn(env, alice, &env->green, 1);
	for (uint32_t i = 0; i < MAX_ENTRIES - 1; i++)
		learn(env, nth(i), &env->red, 2 + i);
	assert_n(env, MAX_ENTRIES, 0);
	assert_int_equal(learn(env, bob, &env->blue, 100), FDB_LEARNED_NEW);
	assert_null(lookup(env, nth(0), 100));
	assert_ptr_equal(lookup(env, nth(1), 100), &env->red);
	/* A flood costs the flooder. */
	for (uint32_t i = 0; i < 10 * MAX_ENTRIES; i++)
		assert_int_equal(learn(env, nth(1000 + i), &env->red, 101),
				 FDB_LEARNED_NEW);
	assert_ptr_equal(lookup(env, alice, 101), &env->green);
	assert_ptr_equal(lookup(env, bob, 101), &env->blue);
	assert_n(env, MAX_ENTRIES, 0);
	assert_int_equal(fdb_counters(env->fdb)->evicted, 10 * MAX_ENTRIES + 1);
}

static void the_next_fullest_takes_the_place_of_a_forgotten_one(void **state)
{
	static const uint32_t n_stations[] = { 20, 15, 10, 8, 5 };
	struct env *env = *state;
	struct port ports[ARRAY_SIZE(n_stations)];
	uint32_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		fdb_port_add(env->fdb, &ports[i], &ports[i].handle);
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		for (uint32_t j = 0; j < n_stations[i]; j++)
			learn(env, nth(n++), &ports[i], 1);
	assert_int_equal(fdb_port_forget(env->fdb, ports[0].handle), 20);
	while (n < 20 + MAX_ENTRIES)
		fdb_static_add(env->fdb, nth(n++), 1, env->blue.handle, ms(1));
	assert_int_equal(learn(env, alice, &ports[3], 1), FDB_LEARNED_NEW);
	assert_null(lookup(env, nth(20), 1));
	assert_int_equal(fdb_counters(env->fdb)->evicted, 1);
}

static void being_heard_saves_from_eviction_within_a_second(void **state)
{
	struct env *env = *state;
	uint64_t t = 10000;

	fdb_set_max_age(env->fdb, ms(60000), ms(0));
	for (uint32_t i = 0; i < MAX_ENTRIES; i++)
		learn(env, nth(i), &env->red, t);
	t += 1100;
	for (uint32_t i = 0; i < MAX_ENTRIES; i += 2)
		learn(env, nth(i), &env->red, t);
	for (uint32_t i = 0; i < MAX_ENTRIES / 2; i++)
		learn(env, nth(1000 + i), &env->red, t);
	for (uint32_t i = 0; i < MAX_ENTRIES; i++)
		assert_ptr_equal(lookup(env, nth(i), t),
				 i % 2 ? NULL : &env->red);
}

static void an_expired_victim_has_aged(void **state)
{
	struct env *env = *state;

	for (uint32_t i = 0; i < MAX_ENTRIES; i++)
		learn(env, nth(i), &env->red, 1000);
	learn(env, alice, &env->green, 1300);
	assert_counters(env, (struct fdb_counters){ .learned = MAX_ENTRIES + 1,
						    .aged = 1 });
}

static void statics_may_fill_the_table_and_nothing_more(void **state)
{
	struct env *env = *state;
	struct fdb *fdb = env->fdb;

	learn(env, bob, &env->green, 1);
	for (uint32_t i = 0; i < MAX_ENTRIES; i++)
		assert_int_equal(
			fdb_static_add(fdb, nth(i), 1, env->red.handle, ms(1)),
			0);
	assert_n(env, 0, MAX_ENTRIES);
	assert_counters(env,
			(struct fdb_counters){ .learned = 1, .evicted = 1 });
	assert_int_equal(fdb_static_add(fdb, alice, 1, env->red.handle, ms(1)),
			 -ENOSPC);
	assert_int_equal(learn(env, alice, &env->green, 1),
			 FDB_LEARNED_REFUSED);
	assert_null(lookup(env, alice, 1));
	assert_int_equal(fdb_counters(fdb)->refused, 1);
	assert_int_equal(fdb_static_del(fdb, nth(7), 1), 0);
	assert_int_equal(learn(env, alice, &env->green, 1), FDB_LEARNED_NEW);
	assert_ptr_equal(lookup(env, alice, 1), &env->green);
}

static void a_flush_takes_what_it_names(void **state)
{
	struct env *env = *state;
	struct fdb *fdb = env->fdb;

	for (size_t budget = 1; budget < 10000; budget *= 20) {
		mtime_t now = ms(1);

		for (uint32_t i = 0; i < 20; i++) {
			fdb_learn(fdb, nth(i), (uint16_t)(i % 2),
				  i < 5 ? env->red.handle : env->green.handle,
				  now, NULL);
			fdb_learn(fdb, nth(i), 7, env->blue.handle, now, NULL);
		}
		assert_int_equal(flush(env,
				       (struct fdb_filter){ .by_addr = true,
							    .addr = nth(3),
							    .by_vid = true,
							    .vid = 7 },
				       budget),
				 1);
		assert_null(fdb_lookup(fdb, nth(3), 7, now));
		assert_ptr_equal(fdb_lookup(fdb, nth(3), 1, now), &env->red);
		assert_int_equal(flush(env,
				       (struct fdb_filter){ .by_addr = true,
							    .addr = nth(4) },
				       budget),
				 2);
		assert_int_equal(flush(env,
				       (struct fdb_filter){ .port = &env->red },
				       budget),
				 4);
		assert_null(fdb_lookup(fdb, nth(3), 1, now));
		assert_int_equal(flush(env,
				       (struct fdb_filter){ .by_vid = true },
				       budget),
				 7);
		assert_n(env, 8 + 18, 0);
		assert_int_equal(flush(env, (struct fdb_filter){ 0 }, budget),
				 26);
		assert_n(env, 0, 0);
	}
	assert_int_equal(fdb_counters(fdb)->aged, 0);
	assert_int_equal(fdb_counters(fdb)->evicted, 0);
}

static void what_was_flushed_makes_room_without_eviction(void **state)
{
	struct env *env = *state;

	for (uint32_t round = 0; round < 100; round++) {
		for (uint32_t i = 0; i < MAX_ENTRIES; i++)
			assert_int_equal(
				learn(env, nth(i + round), &env->red, 1),
				FDB_LEARNED_NEW);
		flush(env, (struct fdb_filter){ .port = &env->red }, 1);
		assert_null(lookup(env, nth(round), 1));
		assert_n(env, 0, 0);
	}
	assert_counters(env,
			(struct fdb_counters){ .learned = 100 * MAX_ENTRIES });
}

static void a_forgotten_port_takes_its_stations_along(void **state)
{
	struct env *env = *state;
	struct fdb *fdb = env->fdb;

	learn(env, alice, &env->red, 1);
	learn(env, bob, &env->green, 1);
	fdb_static_add(fdb, nth(1), 1, env->red.handle, ms(1));
	assert_int_equal(fdb_port_forget(fdb, env->red.handle), 2);
	assert_null(lookup(env, alice, 1));
	assert_null(lookup(env, nth(1), 1));
	assert_ptr_equal(lookup(env, bob, 1), &env->green);
	assert_n(env, 1, 0);
	assert_int_equal(fdb_static_del(fdb, nth(1), 1), -ENOENT);
	assert_int_equal(learn(env, alice, &env->green, 1), FDB_LEARNED_NEW);
	assert_int_equal(
		fdb_static_add(fdb, nth(1), 1, env->green.handle, ms(1)), 0);
	assert_true(fdb_sweep(fdb, ms(1), PLENTY));
	assert_n(env, 2, 1);
	assert_int_equal(fdb_counters(fdb)->aged, 0);
}

static void a_new_port_does_not_inherit_stations(void **state)
{
	struct env *env = *state;
	struct port next;

	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t old = env->red.handle;

		learn(env, nth(i % 50), &env->red, 1);
		fdb_static_add(env->fdb, nth(100 + i % 50), 1, old, ms(1));
		fdb_port_forget(env->fdb, old);
		assert_int_equal(fdb_port_add(env->fdb, &next, &next.handle),
				 0);
		assert_null(lookup(env, nth(i % 50), 1));
		assert_null(lookup(env, nth(100 + i % 50), 1));
		assert_int_equal(fdb_port_forget(env->fdb, next.handle), 0);
		fdb_port_add(env->fdb, &env->red, &env->red.handle);
		if (i % 100 == 99)
			assert_true(fdb_sweep(env->fdb, ms(1), PLENTY));
	}
	assert_n(env, 0, 0);
}

static void too_many_ports_are_refused(void **state)
{
	struct env *env = *state;
	struct port ports[6];
	uint32_t handle = 99;

	for (size_t i = 0; i < 5; i++)
		assert_int_equal(
			fdb_port_add(env->fdb, &ports[i], &ports[i].handle), 0);
	assert_int_equal(fdb_port_add(env->fdb, &ports[5], &handle), -ENOSPC);
	assert_int_equal(handle, 99);
	fdb_port_forget(env->fdb, ports[2].handle);
	assert_int_equal(fdb_port_add(env->fdb, &ports[5], &handle), 0);
	fdb_learn(env->fdb, alice, 1, handle, ms(1), NULL);
	assert_ptr_equal(lookup(env, alice, 1), &ports[5]);
}

static void the_sweep_keeps_to_its_budget(void **state)
{
	struct env *env = *state;
	size_t before, after = MAX_ENTRIES, n_calls = 0;

	for (uint32_t i = 0; i < MAX_ENTRIES; i++)
		learn(env, nth(i), i % 2 ? &env->red : &env->green, 1);
	fdb_port_forget(env->fdb, env->green.handle);
	for (bool done = false; !done; n_calls++) {
		before = after;
		done = fdb_sweep(env->fdb, ms(1000), 1);
		after = fdb_counts(env->fdb).n_dynamic;
		assert_true(before - after <= 1 || n_calls == 0);
		assert_true(n_calls < 3 * MAX_ENTRIES);
	}
	assert_n(env, 0, 0);
	assert_true(n_calls > MAX_ENTRIES);
	assert_false(fdb_sweep(env->fdb, ms(1000), 1)); /* two ports to see */
	assert_int_equal(fdb_counters(env->fdb)->aged, MAX_ENTRIES / 2);
}

static void a_walk_shows_what_its_filter_names(void **state)
{
	struct env *env = *state;
	struct fdb_row rows[MAX_ENTRIES + 1];
	uint64_t cursor = 1;

	learn(env, alice, &env->red, 1);
	fdb_learn(env->fdb, alice, 2, env->green.handle, ms(11), NULL);
	fdb_static_add(env->fdb, bob, 2, env->red.handle, ms(1));
	assert_int_equal(walk(env, (struct fdb_filter){ 0 }, 20, rows), 3);
	assert_int_equal(
		walk(env, (struct fdb_filter){ .port = &env->red }, 20, rows),
		2);
	assert_int_equal(walk(env,
			      (struct fdb_filter){ .type = FDB_TYPE_STATIC },
			      20, rows),
			 1);
	assert_memory_equal(&rows[0].addr, &bob, sizeof(bob));
	assert_int_equal(walk(env,
			      (struct fdb_filter){ .type = FDB_TYPE_DYNAMIC },
			      20, rows),
			 2);
	assert_int_equal(
		walk(env, (struct fdb_filter){ .by_addr = true, .addr = alice },
		     20, rows),
		2);
	assert_int_equal(walk(env,
			      (struct fdb_filter){ .by_vid = true, .vid = 2 },
			      20, rows),
			 2);
	assert_int_equal(walk(env,
			      (struct fdb_filter){ .by_vid = true,
						   .vid = 2,
						   .by_addr = true,
						   .addr = alice },
			      20, rows),
			 1);
	assert_ptr_equal(rows[0].port, &env->green);
	assert_int_equal(rows[0].vid, 2);
	assert_int_equal(rows[0].age.us, 9000);
	assert_int_equal(
		walk(env, (struct fdb_filter){ .by_vid = true }, 20, rows), 0);
	/* Somebody else's cursor. */
	cursor = FDB_CURSOR_END - 1;
	assert_int_equal(fdb_walk(env->fdb, &(struct fdb_filter){ 0 }, ms(20),
				  &cursor, rows, 1, PLENTY),
			 0);
	assert_true(cursor == FDB_CURSOR_END);
}

static void a_walk_survives_what_happens_meanwhile(void **state)
{
	struct env *env = *state;
	const struct fdb_filter filter = { .port = &env->red };
	size_t n_seen[20] = { 0 };
	uint64_t cursor = FDB_CURSOR_START;
	uint32_t turn = 0;

	for (uint32_t i = 0; i < 20; i++)
		learn(env, nth(i), &env->red, 1);
	while (cursor != FDB_CURSOR_END) {
		struct fdb_row rows[2];
		size_t n =
			fdb_walk(env->fdb, &filter, ms(2), &cursor, rows, 2, 9);

		for (size_t i = 0; i < n; i++)
			n_seen[rows[i].addr.b[5]]++;
		learn(env, nth(100 + turn), &env->green, 2);
		learn(env, nth(turn % 20), &env->red, 2);
		flush(env, (struct fdb_filter){ .port = &env->green }, 1);
		fdb_sweep(env->fdb, ms(2), 30);
		assert_true(++turn < 1000);
	}
	for (size_t i = 0; i < ARRAY_SIZE(n_seen); i++)
		assert_int_equal(n_seen[i], 1);
	assert_true(turn > 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_station_is_found_where_it_was_heard),
		TEST(vlans_do_not_know_of_each_other),
		TEST(a_silent_station_is_forgotten),
		TEST(a_station_that_talks_is_remembered),
		TEST(an_expired_station_is_new_when_heard_again),
		TEST(the_age_can_be_changed),
		TEST(a_longer_age_does_not_bring_back_the_expired),
		TEST(a_station_moves),
		TEST(no_station_has_a_group_address),
		TEST(a_static_entry_stays_whatever_happens),
		TEST(static_entries_are_added_and_deleted_by_name),
		TEST(the_fullest_port_loses_its_oldest),
		TEST(the_next_fullest_takes_the_place_of_a_forgotten_one),
		TEST(being_heard_saves_from_eviction_within_a_second),
		TEST(an_expired_victim_has_aged),
		TEST(statics_may_fill_the_table_and_nothing_more),
		TEST(a_flush_takes_what_it_names),
		TEST(what_was_flushed_makes_room_without_eviction),
		TEST(a_forgotten_port_takes_its_stations_along),
		TEST(a_new_port_does_not_inherit_stations),
		TEST(too_many_ports_are_refused),
		TEST(the_sweep_keeps_to_its_budget),
		TEST(a_walk_shows_what_its_filter_names),
		TEST(a_walk_survives_what_happens_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
