/* SPDX-License-Identifier: MIT */
/* fdb_entry.c - FDB entries: which one goes when there is no room for more */
#include "fdb.h"

#include "fdb_rolls.h"
#include "fdb_state.h"
#include "fdb_table.h"

/**
 * fdb_entry_drop() - free an entry, whatever it is
 * @fdb: database
 * @slot: the entry
 */
void fdb_entry_drop(struct fdb *fdb, uint32_t slot)
{
	const struct fdb_roll *roll =
		fdb_entry_roll(fdb, &fdb->table.entries[slot]);

	if (roll->port && roll->is_static)
		fdb->n_static--;
	else if (roll->port)
		fdb->n_dynamic--;
	fdb_rolls_leave(&fdb->rolls, slot);
	fdb_table_remove(&fdb->table, slot);
}

/**
 * fdb_entry_drop_counted() - free an entry for want of room or of use
 * @fdb: database
 * @slot: the entry, not a static one unless its port is forgotten
 * @now: current time
 *
 * Counts it as aged or as evicted, whichever it was.
 */
void fdb_entry_drop_counted(struct fdb *fdb, uint32_t slot, mtime_t now)
{
	const struct fdb_entry *entry = &fdb->table.entries[slot];

	if (fdb_entry_roll(fdb, entry)->port) {
		if (fdb_entry_expired(fdb, entry, now))
			fdb->counters.aged++;
		else
			fdb->counters.evicted++;
	}
	fdb_entry_drop(fdb, slot);
}

/* Free one entry: a forgotten one, else the oldest of the fullest port. */
static bool make_room(struct fdb *fdb, mtime_t now)
{
	uint32_t slot = fdb_rolls_retired_slot(&fdb->rolls);
	uint32_t id;

	if (slot == FDB_SLOT_NONE) {
		id = fdb_rolls_fullest(&fdb->rolls);
		if (id == FDB_ROLL_NONE)
			return false;
		slot = fdb->rolls.rolls[id].oldest;
	}
	fdb_entry_drop_counted(fdb, slot, now);
	return true;
}

/* Count who has how many dynamic entries in the slots a key may lie in, all
 * of them used. Return: an entry that is dead anyway, FDB_SLOT_NONE */
static uint32_t count_near(struct fdb *fdb, uint32_t hash, mtime_t now)
{
	const struct fdb_entry *entries = fdb->table.entries;
	struct fdb_roll *rolls = fdb->rolls.rolls;
	uint32_t i, slot;

	for (i = 0; (slot = fdb_table_neighbour(&fdb->table, hash, i)) !=
		    FDB_SLOT_NONE;
	     i++)
		rolls[entries[slot].roll].n_near = 0;
	for (i = 0; (slot = fdb_table_neighbour(&fdb->table, hash, i)) !=
		    FDB_SLOT_NONE;
	     i++) {
		struct fdb_roll *roll = &rolls[entries[slot].roll];

		if (!roll->port || fdb_entry_expired(fdb, &entries[slot], now))
			return slot;
		if (!roll->is_static)
			roll->n_near++;
	}
	return FDB_SLOT_NONE;
}

/* Whether @a had rather go than @b by the rule of make_room_near(). */
static bool goes_before(const struct fdb *fdb, const struct fdb_entry *a,
			const struct fdb_entry *b)
{
	uint16_t n_a = fdb_entry_roll(fdb, a)->n_near;
	uint16_t n_b = fdb_entry_roll(fdb, b)->n_near;

	if (n_a != n_b)
		return n_a > n_b;
	return a->heard_us < b->heard_us;
}

/*
 * Free one of the slots a key may lie in, all of them used. The port with the
 * most entries among them loses its oldest one there. It takes 240 keys that
 * were chosen knowing the hash key, so what matters is that it is bounded, and
 * that it hits the port they come from.
 */
static bool make_room_near(struct fdb *fdb, uint32_t hash, mtime_t now)
{
	const struct fdb_entry *entries = fdb->table.entries;
	uint32_t victim = count_near(fdb, hash, now);
	uint32_t i = 0, slot;

	if (victim != FDB_SLOT_NONE) {
		fdb_entry_drop_counted(fdb, victim, now);
		return true;
	}
	while ((slot = fdb_table_neighbour(&fdb->table, hash, i++)) !=
	       FDB_SLOT_NONE) {
		if (!fdb_entry_roll(fdb, &entries[slot])->n_near)
			continue; /* static */
		if (victim == FDB_SLOT_NONE ||
		    goes_before(fdb, &entries[slot], &entries[victim]))
			victim = slot;
	}
	if (victim == FDB_SLOT_NONE)
		return false;
	fdb_entry_drop_counted(fdb, victim, now);
	return true;
}

/**
 * fdb_entry_place() - find a slot for a key, at another's expense if need be
 * @fdb: database
 * @hash: fdb_table_hash() of @key
 * @key: key, not there yet
 * @now: current time
 *
 * Return: the slot, to be put on a roll; FDB_SLOT_NONE when all that would
 * have to go is static
 */
uint32_t fdb_entry_place(struct fdb *fdb, uint32_t hash, uint64_t key,
			 mtime_t now)
{
	struct fdb_table *table = &fdb->table;
	uint32_t slot = fdb_table_insert(table, hash, key);

	if (slot == FDB_SLOT_NONE) {
		if (!make_room_near(fdb, hash, now))
			return FDB_SLOT_NONE;
		return fdb_table_insert(table, hash, key);
	}
	/* Not on a roll yet, so it can't be the one that goes. */
	if (table->n_used > fdb->max_entries && !make_room(fdb, now)) {
		fdb_table_remove(table, slot);
		return FDB_SLOT_NONE;
	}
	return slot;
}
