/* SPDX-License-Identifier: MIT */
/* fdb_rolls.c - who belongs to which port: the rolls of the FDB */
#include "fdb_rolls.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/**
 * fdb_rolls_init() - allocate rolls, once and for all
 * @rolls: where to
 * @table: where the entries are that will be on them
 * @max_rolls: how many
 *
 * Return: 0 or -ENOMEM
 */
int fdb_rolls_init(struct fdb_rolls *rolls, struct fdb_table *table,
		   uint32_t max_rolls)
{
	*rolls = (struct fdb_rolls){
		.table = table,
		.max_rolls = max_rolls,
		.first_free = FDB_ROLL_NONE,
		.first_retired = FDB_ROLL_NONE,
		.last_retired = FDB_ROLL_NONE,
	};
	rolls->rolls = calloc(max_rolls, sizeof(*rolls->rolls));
	rolls->heap = calloc(max_rolls, sizeof(*rolls->heap));
	if (!rolls->rolls || !rolls->heap) {
		fdb_rolls_fini(rolls);
		return -ENOMEM;
	}
	return 0;
}

/**
 * fdb_rolls_fini() - free what the rolls hold
 * @rolls: rolls
 */
void fdb_rolls_fini(struct fdb_rolls *rolls)
{
	free(rolls->heap);
	free(rolls->rolls);
	*rolls = (struct fdb_rolls){ 0 };
}

static void heap_set(struct fdb_rolls *rolls, uint32_t rank, uint32_t id)
{
	rolls->heap[rank] = id;
	rolls->rolls[id].rank = rank;
}

static uint32_t heap_len(const struct fdb_rolls *rolls, uint32_t rank)
{
	return rolls->rolls[rolls->heap[rank]].n_entries;
}

static void heap_up(struct fdb_rolls *rolls, uint32_t id)
{
	uint32_t len = rolls->rolls[id].n_entries;
	uint32_t rank = rolls->rolls[id].rank;

	while (rank > 0 && heap_len(rolls, (rank - 1) / 2) < len) {
		heap_set(rolls, rank, rolls->heap[(rank - 1) / 2]);
		rank = (rank - 1) / 2;
	}
	heap_set(rolls, rank, id);
}

static void heap_down(struct fdb_rolls *rolls, uint32_t id)
{
	uint32_t len = rolls->rolls[id].n_entries;
	uint32_t rank = rolls->rolls[id].rank;

	for (;;) {
		uint32_t child = 2 * rank + 1;

		if (child >= rolls->n_heap)
			break;
		if (child + 1 < rolls->n_heap &&
		    heap_len(rolls, child + 1) > heap_len(rolls, child))
			child++;
		if (heap_len(rolls, child) <= len)
			break;
		heap_set(rolls, rank, rolls->heap[child]);
		rank = child;
	}
	heap_set(rolls, rank, id);
}

static void heap_remove(struct fdb_rolls *rolls, uint32_t id)
{
	uint32_t rank = rolls->rolls[id].rank;
	uint32_t last = rolls->heap[--rolls->n_heap];

	if (last == id)
		return;
	heap_set(rolls, rank, last);
	heap_up(rolls, last);
	heap_down(rolls, last);
}

static bool is_ranked(const struct fdb_roll *roll)
{
	return roll->port && !roll->is_static;
}

/**
 * fdb_rolls_begin() - begin a roll
 * @rolls: rolls
 * @port: whose it is
 * @is_static: whether it is for static entries, which are never evicted
 *
 * Return: its number, FDB_ROLL_NONE when all are in use
 */
uint32_t fdb_rolls_begin(struct fdb_rolls *rolls, struct port *port,
			 bool is_static)
{
	uint32_t id = rolls->first_free;

	if (id != FDB_ROLL_NONE)
		rolls->first_free = rolls->rolls[id].next;
	else if (rolls->n_begun < rolls->max_rolls)
		id = rolls->n_begun++;
	else
		return FDB_ROLL_NONE;
	rolls->rolls[id] = (struct fdb_roll){
		.port = port,
		.newest = FDB_SLOT_NONE,
		.oldest = FDB_SLOT_NONE,
		.next = FDB_ROLL_NONE,
		.is_static = is_static,
	};
	if (!is_static)
		heap_set(rolls, rolls->n_heap++, id);
	return id;
}

static void roll_free(struct fdb_rolls *rolls, uint32_t id)
{
	rolls->rolls[id].next = rolls->first_free;
	rolls->first_free = id;
}

/**
 * fdb_rolls_retire() - take a roll from its port
 * @rolls: rolls
 * @id: a roll in use
 *
 * Return: how many entries became invisible by that
 */
uint32_t fdb_rolls_retire(struct fdb_rolls *rolls, uint32_t id)
{
	struct fdb_roll *roll = &rolls->rolls[id];

	assert(roll->port);
	if (!roll->is_static)
		heap_remove(rolls, id);
	roll->port = NULL;
	if (!roll->n_entries) {
		roll_free(rolls, id);
		return 0;
	}
	if (rolls->first_retired == FDB_ROLL_NONE)
		rolls->first_retired = id;
	else
		rolls->rolls[rolls->last_retired].next = id;
	rolls->last_retired = id;
	return roll->n_entries;
}

static void list_push(struct fdb_rolls *rolls, struct fdb_roll *roll,
		      uint32_t slot)
{
	struct fdb_entry *entries = rolls->table->entries;

	entries[slot].newer = FDB_SLOT_NONE;
	entries[slot].older = roll->newest;
	if (roll->newest == FDB_SLOT_NONE)
		roll->oldest = slot;
	else
		entries[roll->newest].newer = slot;
	roll->newest = slot;
}

static void list_unlink(struct fdb_rolls *rolls, struct fdb_roll *roll,
			uint32_t slot)
{
	struct fdb_entry *entries = rolls->table->entries;
	const struct fdb_entry *entry = &entries[slot];

	if (entry->newer == FDB_SLOT_NONE)
		roll->newest = entry->older;
	else
		entries[entry->newer].older = entry->older;
	if (entry->older == FDB_SLOT_NONE)
		roll->oldest = entry->newer;
	else
		entries[entry->older].newer = entry->newer;
}

/**
 * fdb_rolls_enter() - put an entry on a roll, as the newest
 * @rolls: rolls
 * @id: a roll in use
 * @slot: the entry, on no roll so far
 */
void fdb_rolls_enter(struct fdb_rolls *rolls, uint32_t id, uint32_t slot)
{
	struct fdb_roll *roll = &rolls->rolls[id];

	assert(roll->port);
	rolls->table->entries[slot].roll = id;
	list_push(rolls, roll, slot);
	roll->n_entries++;
	if (is_ranked(roll))
		heap_up(rolls, id);
}

/**
 * fdb_rolls_leave() - take an entry off its roll
 * @rolls: rolls
 * @slot: the entry
 *
 * A retired roll that nobody is left on waits for fdb_rolls_retired_slot() to
 * come by.
 */
void fdb_rolls_leave(struct fdb_rolls *rolls, uint32_t slot)
{
	uint32_t id = rolls->table->entries[slot].roll;
	struct fdb_roll *roll = &rolls->rolls[id];

	list_unlink(rolls, roll, slot);
	roll->n_entries--;
	if (is_ranked(roll))
		heap_down(rolls, id);
}

/**
 * fdb_rolls_renew() - make an entry the newest of its roll
 * @rolls: rolls
 * @slot: the entry
 */
void fdb_rolls_renew(struct fdb_rolls *rolls, uint32_t slot)
{
	struct fdb_roll *roll = &rolls->rolls[rolls->table->entries[slot].roll];

	if (roll->newest == slot)
		return;
	list_unlink(rolls, roll, slot);
	list_push(rolls, roll, slot);
}

/**
 * fdb_rolls_fullest() - tell which port has the most dynamic entries
 * @rolls: rolls
 *
 * Return: its roll, FDB_ROLL_NONE when there are no dynamic entries at all
 */
uint32_t fdb_rolls_fullest(const struct fdb_rolls *rolls)
{
	if (!rolls->n_heap || !heap_len(rolls, 0))
		return FDB_ROLL_NONE;
	return rolls->heap[0];
}

/**
 * fdb_rolls_retired_slot() - find an entry on a retired roll
 * @rolls: rolls
 *
 * Frees the rolls it finds to be empty, so asking until there is none left
 * makes all retired rolls available again.
 *
 * Return: its slot, FDB_SLOT_NONE when there is none
 */
uint32_t fdb_rolls_retired_slot(struct fdb_rolls *rolls)
{
	while (rolls->first_retired != FDB_ROLL_NONE) {
		uint32_t id = rolls->first_retired;
		struct fdb_roll *roll = &rolls->rolls[id];

		if (roll->n_entries)
			return roll->oldest;
		rolls->first_retired = roll->next;
		roll_free(rolls, id);
	}
	return FDB_SLOT_NONE;
}
