/* SPDX-License-Identifier: MIT */
/* fdb_table.c - the hash table under the FDB */
#include "fdb_table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum {
	CACHE_LINE = 64,
};

/*
 * Zeroed, and pages nobody touches cost nothing: calloc() asks mmap(). Huge
 * pages were tried: a tenth less for a lookup among a million stations, not
 * worth 2 MiB for each first touch and the time it takes to clear them.
 */
static void *alloc_aligned(size_t size, void **ret_mem)
{
	char *mem = calloc(1, size + CACHE_LINE - 1);

	if (!mem)
		return NULL;
	*ret_mem = mem;
	return mem + -(uintptr_t)mem % CACHE_LINE;
}

/**
 * fdb_table_init() - allocate a table, once and for all
 * @table: where to
 * @max_entries: how many keys it must hold; one more always fits
 * @key: key of the hash
 *
 * Return: 0 or -ENOMEM
 */
int fdb_table_init(struct fdb_table *table, size_t max_entries,
		   const struct siphash_key *key)
{
	size_t n_slots = max_entries * 100 / FDB_LOAD_PERCENT + 1;
	size_t n_groups = n_slots / FDB_GROUP_SLOTS + 1;
	size_t groups_size = n_groups * sizeof(struct fdb_group);
	size_t entries_size =
		n_groups * FDB_GROUP_SLOTS * sizeof(struct fdb_entry);

	*table = (struct fdb_table){
		.n_groups = (uint32_t)n_groups,
		.n_probes = FDB_PROBE_MAX,
		.mem_size = groups_size + entries_size,
	};
	for (uint32_t i = 0; i < 8 * 256; i++)
		table->chance[i / 256][i % 256] = (uint32_t)siphash_u64(key, i);
	if (table->n_probes > n_groups)
		table->n_probes = (uint32_t)n_groups;
	table->groups = alloc_aligned(groups_size, &table->groups_mem);
	table->entries = alloc_aligned(entries_size, &table->entries_mem);
	if (!table->groups || !table->entries) {
		fdb_table_fini(table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * fdb_table_fini() - free what a table holds
 * @table: table
 */
void fdb_table_fini(struct fdb_table *table)
{
	free(table->entries_mem);
	free(table->groups_mem);
	*table = (struct fdb_table){ 0 };
}

static uint32_t group_after(const struct fdb_table *table, uint32_t g)
{
	return g + 1 == table->n_groups ? 0 : g + 1;
}

/* Count a key that lives @dist groups past @g in those it had to pass. */
static void count_passed(struct fdb_table *table, uint32_t g, uint32_t dist,
			 int delta)
{
	for (; dist; dist--) {
		struct fdb_group *group = &table->groups[g];

		group->n_passed = (uint8_t)(group->n_passed + delta);
		g = group_after(table, g);
	}
}

/**
 * fdb_table_insert() - give a key a slot
 * @table: table to change
 * @hash: fdb_table_hash() of @key
 * @key: key; it must not be there yet
 *
 * Return: its slot, everything but the key zero; FDB_SLOT_NONE when all
 * groups the key might go to are full
 */
uint32_t fdb_table_insert(struct fdb_table *table, uint32_t hash, uint64_t key)
{
	uint32_t home = fdb_table_home(table, hash);
	uint32_t g = home;

	for (uint32_t dist = 0; dist < table->n_probes; dist++) {
		struct fdb_group *group = &table->groups[g];
		uint32_t free_slots = fdb_table_match(group, 0);
		uint32_t i, slot;

		if (free_slots) {
			i = (uint32_t)__builtin_ctz(free_slots);
			slot = g * FDB_GROUP_SLOTS + i;
			count_passed(table, home, dist, 1);
			group->tags[i] = fdb_table_tag(hash);
			table->entries[slot] = (struct fdb_entry){ .key = key };
			table->n_used++;
			return slot;
		}
		g = group_after(table, g);
	}
	return FDB_SLOT_NONE;
}

/**
 * fdb_table_remove() - free a slot
 * @table: table to change
 * @slot: a used slot
 */
void fdb_table_remove(struct fdb_table *table, uint32_t slot)
{
	uint32_t hash = fdb_table_hash(table, table->entries[slot].key);
	uint32_t home = fdb_table_home(table, hash);
	uint32_t g = slot / FDB_GROUP_SLOTS;
	uint32_t dist = g - home;

	assert(table->groups[g].tags[slot % FDB_GROUP_SLOTS]);
	if (g < home)
		dist += table->n_groups;
	count_passed(table, home, dist, -1);
	table->groups[g].tags[slot % FDB_GROUP_SLOTS] = 0;
	table->n_used--;
}

/**
 * fdb_table_neighbour() - list the slots a key may lie in
 * @table: table
 * @hash: fdb_table_hash() of the key
 * @i: 0, 1, 2...
 *
 * For when fdb_table_insert() found them all used.
 *
 * Return: the @i-th slot, FDB_SLOT_NONE after the last
 */
uint32_t fdb_table_neighbour(const struct fdb_table *table, uint32_t hash,
			     uint32_t i)
{
	uint32_t g = fdb_table_home(table, hash) + i / FDB_GROUP_SLOTS;

	if (i / FDB_GROUP_SLOTS >= table->n_probes)
		return FDB_SLOT_NONE;
	if (g >= table->n_groups)
		g -= table->n_groups;
	return g * FDB_GROUP_SLOTS + i % FDB_GROUP_SLOTS;
}

/**
 * fdb_table_next() - go to the next used slot
 * @table: table
 * @slot: where to start, itself included; set to the first slot not looked at
 * @budget: slots that may be looked at; reduced by those that were
 *
 * Return: the used slot found; FDB_SLOT_NONE at the end of the table (@slot
 * is then past it) and when the budget ran out before
 */
uint32_t fdb_table_next(const struct fdb_table *table, uint64_t *slot,
			size_t *budget)
{
	uint64_t n_slots = (uint64_t)table->n_groups * FDB_GROUP_SLOTS;

	while (*budget > 0 && *slot < n_slots) {
		uint32_t at = (uint32_t)(*slot)++;

		(*budget)--;
		if (table->groups[at / FDB_GROUP_SLOTS]
			    .tags[at % FDB_GROUP_SLOTS])
			return at;
	}
	return FDB_SLOT_NONE;
}
