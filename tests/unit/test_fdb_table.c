/* SPDX-License-Identifier: MIT */
/* test_fdb_table.c - the hash table under the FDB, and attacks on it */
#include "unit.h"

#include "fdb.h"
#include "fdb_table.h"

struct port {
	uint32_t handle;
};

static const struct siphash_key hash_key = { { 42 } };

static struct eth_addr nth(uint32_t i)
{
	return (struct eth_addr){ { 6, 0, 0, (uint8_t)(i >> 16),
				    (uint8_t)(i >> 8), (uint8_t)i } };
}

/* The next address after the @i-th that wants the same place as the others. */
static uint32_t next_colliding(const struct fdb_table *table, uint32_t home,
			       uint32_t i)
{
	uint32_t hash;

	do {
		hash = fdb_table_hash(table, fdb_key(nth(++i), 1));
	} while (fdb_table_home(table, hash) != home);
	return i;
}

static struct port *lookup(const struct fdb *fdb, uint32_t i)
{
	return fdb_lookup(fdb, nth(i), 1, mtime_from_ms(999));
}

/*
 * Addresses that all want the same place, found with the hash key that no
 * attacker has. More of them than the place has slots. One of the other port's
 * is among them, and the two take turns.
 */
static void collisions_cost_the_collided_and_nobody_else(void **state)
{
	enum {
		N_COLLIDING = 300,
		N_OTHERS = 1000,
		N_SLOTS = 240
	};
	const struct fdb_config config = {
		.max_entries = 65536,
		.max_age = mtime_from_ms(1000),
		.key = hash_key,
	};
	const struct fdb_filter vlan_1 = { .by_vid = true, .vid = 1 };
	uint64_t cursor = FDB_CURSOR_START;
	struct fdb_table table;
	struct port red, green;
	struct fdb *fdb = fdb_new(&config);
	size_t n_before, n_evicted;

	(void)state;
	assert_non_null(fdb);
	fdb_port_add(fdb, &red, &red.handle);
	fdb_port_add(fdb, &green, &green.handle);
	assert_int_equal(fdb_table_init(&table, 65536, &hash_key), 0);
	for (uint32_t i = 0; i < N_OTHERS; i++)
		fdb_learn(fdb, nth(i), 1, green.handle, mtime_from_ms(1), NULL);
	for (uint32_t turn = 1; turn <= 4; turn++) {
		struct port *one = turn % 2 ? &green : &red;
		struct port *many = turn % 2 ? &red : &green;
		uint32_t seen[N_COLLIDING];
		uint32_t i = N_OTHERS;

		n_before = fdb_counts(fdb).n_dynamic;
		n_evicted = fdb_counters(fdb)->evicted;
		for (uint32_t n = 0; n < N_COLLIDING; n++) {
			i = next_colliding(&table, 1000 * turn, i);
			seen[n] = i;
			assert_int_equal(
				fdb_learn(fdb, nth(i), 1,
					  n ? many->handle : one->handle,
					  mtime_from_ms(2 + n), NULL),
				FDB_LEARNED_NEW);
			assert_ptr_equal(lookup(fdb, i), n ? many : one);
		}
		n_evicted = fdb_counters(fdb)->evicted - n_evicted;
		assert_in_range(n_evicted, N_COLLIDING - N_SLOTS,
				N_COLLIDING - N_SLOTS + 10);
		assert_int_equal(fdb_counts(fdb).n_dynamic,
				 n_before + N_COLLIDING - n_evicted);
		assert_ptr_equal(lookup(fdb, seen[0]), one);
		assert_null(lookup(fdb, seen[n_evicted / 2]));
		for (uint32_t n = (uint32_t)n_evicted + 1; n < N_COLLIDING; n++)
			assert_ptr_equal(lookup(fdb, seen[n]), many);
	}
	assert_int_equal(fdb_counters(fdb)->refused, 0);
	fdb_flush(fdb, &vlan_1, &cursor, SIZE_MAX);
	assert_true(cursor == FDB_CURSOR_END);
	assert_int_equal(fdb_counts(fdb).n_dynamic, 0);
	fdb_table_fini(&table);
	fdb_free(fdb);
}

/* Keys come and go in a table that is as full as it may be all the time. */
static void churn_leaves_nothing_behind(void **state)
{
	enum {
		N_KEYS = 1000,
		N_TURNS = 50000
	};
	static uint32_t slots[N_KEYS];
	struct fdb_table table;
	uint64_t cursor = 0;
	size_t budget = SIZE_MAX;

	(void)state;
	assert_int_equal(fdb_table_init(&table, N_KEYS, &hash_key), 0);
	for (uint32_t i = 0; i < N_TURNS; i++) {
		uint64_t old = fdb_key(nth(i - N_KEYS), 1);
		uint64_t key = fdb_key(nth(i), 1);

		if (i >= N_KEYS) {
			assert_int_equal(
				fdb_table_find(&table,
					       fdb_table_hash(&table, old),
					       old),
				slots[i % N_KEYS]);
			fdb_table_remove(&table, slots[i % N_KEYS]);
		}
		slots[i % N_KEYS] = fdb_table_insert(
			&table, fdb_table_hash(&table, key), key);
		assert_int_not_equal(slots[i % N_KEYS], FDB_SLOT_NONE);
	}
	assert_int_equal(table.n_used, N_KEYS);
	for (uint32_t i = 0; i < N_KEYS; i++)
		fdb_table_remove(&table, slots[i]);
	for (uint32_t g = 0; g < table.n_groups; g++)
		assert_int_equal(table.groups[g].n_passed, 0);
	assert_int_equal(fdb_table_next(&table, &cursor, &budget),
			 FDB_SLOT_NONE);
	fdb_table_fini(&table);
}

static void the_plain_search_agrees_with_the_fast_one(void **state)
{
	struct fdb_group group;
	uint64_t seed = 1;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t expected = 0;
		uint8_t tag = (uint8_t)(seed >> 60);

		for (uint32_t j = 0; j < sizeof(group); j++) {
			uint8_t byte;

			seed = seed * UINT64_C(6364136223846793005) + 1442695;
			byte = (uint8_t)(seed >> 61 | (i & 1) << 7);
			((uint8_t *)&group)[j] = byte;
			if (j < FDB_GROUP_SLOTS && byte == tag)
				expected |= 1U << j;
		}
		assert_int_equal(fdb_table_match(&group, tag), expected);
		assert_int_equal(fdb_table_match_plain(&group, tag), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(collisions_cost_the_collided_and_nobody_else),
		cmocka_unit_test(churn_leaves_nothing_behind),
		cmocka_unit_test(the_plain_search_agrees_with_the_fast_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
