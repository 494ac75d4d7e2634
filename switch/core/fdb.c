/* SPDX-License-Identifier: MIT */
/*
 * fdb.c - forwarding database: (VLAN, station) -> port
 *
 * fdb_table finds entries, fdb_rolls knows which port's they are and in which
 * order they were heard, and this file decides who comes in, who stays and who
 * goes. fdb_entry makes room, fdb_port and fdb_static are what their names say,
 * fdb_walk shows and flushes in slices.
 *
 * A station that talks all the time would be moved to the front of its
 * port's roll with each frame, which touches three other entries. It is moved
 * with the first frame of each tick (about a second) only. So a roll is in
 * order of ticks, and within a tick in order of first being heard: whoever is
 * evicted as the oldest was heard at most one tick after the true oldest. The
 * sweep stops at the first entry that hasn't expired yet, so it may find an
 * expired one behind it a tick late, which nobody but the memory notices.
 */
#include "fdb.h"

#include <assert.h>
#include <stdlib.h>

#include "fdb_rolls.h"
#include "fdb_state.h"
#include "fdb_table.h"

enum {
	TICK_SHIFT = 20, /* a tick is 2^20 us, 1.05 s */
	PREFETCH_FROM = 128 * 1024, /* stations: more than caches hold */
};

/* Their sum must not overflow, and HEARD_NEVER_AGES must exceed any now. */
#define MAX_AGE_US       (UINT64_C(1) << 61)
#define HEARD_NEVER_AGES (UINT64_C(1) << 62)

static uint64_t age_clamp(mtime_t max_age)
{
	return max_age.us < MAX_AGE_US ? max_age.us : MAX_AGE_US;
}

/**
 * fdb_new() - create a forwarding database
 * @config: its limits, age and key
 *
 * Takes all the memory it will ever need, as address space: pages are only
 * used up as stations come.
 *
 * Return: it, or NULL when out of memory
 */
struct fdb *fdb_new(const struct fdb_config *config)
{
	size_t max_entries =
		config->max_entries ? config->max_entries : FDB_DEFAULT_ENTRIES;
	size_t max_ports =
		config->max_ports ? config->max_ports : FDB_DEFAULT_PORTS;
	struct fdb *fdb;

	assert(max_entries <= FDB_LIMIT_ENTRIES);
	assert(max_ports <= FDB_LIMIT_PORTS);
	fdb = calloc(1, sizeof(*fdb));
	if (!fdb)
		return NULL;
	fdb->max_entries = max_entries;
	fdb->max_seats = (uint32_t)max_ports;
	fdb->max_age_us = age_clamp(config->max_age);
	fdb->free_seat = FDB_SEAT_NONE;
	fdb->seats = calloc(max_ports, sizeof(*fdb->seats));
	/* Two for each port, and as many that wait for the sweep. */
	if (!fdb->seats ||
	    fdb_table_init(&fdb->table, max_entries, &config->key) < 0 ||
	    fdb_rolls_init(&fdb->rolls, &fdb->table, fdb->max_seats * 4) < 0) {
		fdb_free(fdb);
		return NULL;
	}
	return fdb;
}

/**
 * fdb_free() - destroy a forwarding database
 * @fdb: database, or NULL
 */
void fdb_free(struct fdb *fdb)
{
	if (!fdb)
		return;
	fdb_rolls_fini(&fdb->rolls);
	fdb_table_fini(&fdb->table);
	free(fdb->seats);
	free(fdb);
}

/**
 * fdb_set_max_age() - change how long a silent station is remembered
 * @fdb: database
 * @max_age: the new age, for the stations already known, too
 * @now: current time
 *
 * What has expired by the old age stays so: a station must not come back
 * because a longer age was set before the sweep got to it.
 */
void fdb_set_max_age(struct fdb *fdb, mtime_t max_age, mtime_t now)
{
	if (now.us >= fdb->max_age_us) {
		uint64_t dead_before_us = now.us - fdb->max_age_us + 1;

		if (dead_before_us > fdb->dead_before_us)
			fdb->dead_before_us = dead_before_us;
	}
	fdb->max_age_us = age_clamp(max_age);
}

static enum fdb_learned learn_known(struct fdb *fdb, struct fdb_seat *seat,
				    uint32_t slot, mtime_t now,
				    struct port **ret_moved_from)
{
	struct fdb_entry *entry = &fdb->table.entries[slot];
	const struct fdb_roll *roll = fdb_entry_roll(fdb, entry);
	uint64_t tick = entry->heard_us >> TICK_SHIFT;

	if (roll->is_static)
		return FDB_LEARNED_STATIC;
	entry->heard_us = now.us;
	if (entry->roll == seat->dynamic_roll) {
		if (tick != now.us >> TICK_SHIFT)
			fdb_rolls_renew(&fdb->rolls, slot);
		return FDB_LEARNED_AGAIN;
	}
	if (ret_moved_from)
		*ret_moved_from = roll->port;
	fdb_rolls_leave(&fdb->rolls, slot);
	fdb_rolls_enter(&fdb->rolls, seat->dynamic_roll, slot);
	if (entry->n_moves < UINT32_MAX)
		entry->n_moves++;
	fdb->counters.moved++;
	return FDB_LEARNED_MOVED;
}

/**
 * fdb_learn() - note that a station was heard on a port
 * @fdb: database
 * @addr: its address
 * @vid: VLAN it was heard in
 * @handle: the port
 * @now: current time
 * @ret_moved_from: with FDB_LEARNED_MOVED, where it was; may be NULL
 *
 * Group addresses and the zero address are no stations and refused, whatever
 * the caller has checked already.
 *
 * Return: what that was to us
 */
enum fdb_learned fdb_learn(struct fdb *fdb, struct eth_addr addr, uint16_t vid,
			   uint32_t handle, mtime_t now,
			   struct port **ret_moved_from)
{
	struct fdb_seat *seat = fdb_seat_of(fdb, handle);
	uint64_t key = fdb_key(addr, vid);
	uint32_t hash = fdb_table_hash(&fdb->table, key);
	uint32_t slot;

	if (eth_addr_is_group(addr) || eth_addr_is_zero(addr)) {
		fdb->counters.refused++;
		return FDB_LEARNED_REFUSED;
	}
	slot = fdb_table_find(&fdb->table, hash, key);
	if (slot != FDB_SLOT_NONE) {
		const struct fdb_entry *entry = &fdb->table.entries[slot];

		if (fdb_entry_roll(fdb, entry)->port &&
		    !fdb_entry_expired(fdb, entry, now))
			return learn_known(fdb, seat, slot, now,
					   ret_moved_from);
		fdb_entry_drop_counted(fdb, slot, now);
	}
	slot = fdb_entry_place(fdb, hash, key, now);
	if (slot == FDB_SLOT_NONE) {
		fdb->counters.refused++;
		return FDB_LEARNED_REFUSED;
	}
	fdb->table.entries[slot].heard_us = now.us;
	fdb_rolls_enter(&fdb->rolls, seat->dynamic_roll, slot);
	fdb->n_dynamic++;
	fdb->counters.learned++;
	return FDB_LEARNED_NEW;
}

/**
 * fdb_prefetch() - say that a station will be learned or looked up soon
 * @fdb: database
 * @addr: its address
 * @vid: VLAN
 *
 * For all frames of a batch before the first is decided, so that the memory
 * they need is fetched at the same time: among a million stations that
 * halves the cost of a lookup, with 64 k it would cost more than it saves,
 * and nothing is done.
 */
void fdb_prefetch(const struct fdb *fdb, struct eth_addr addr, uint16_t vid)
{
	if (fdb->table.n_used < PREFETCH_FROM)
		return;

	fdb_table_prefetch(&fdb->table,
			   fdb_table_hash(&fdb->table, fdb_key(addr, vid)));
}

/**
 * fdb_lookup() - tell where a station is
 * @fdb: database
 * @addr: its address
 * @vid: VLAN
 * @now: current time
 *
 * Return: its port, NULL when nobody knows
 */
struct port *fdb_lookup(const struct fdb *fdb, struct eth_addr addr,
			uint16_t vid, mtime_t now)
{
	uint64_t key = fdb_key(addr, vid);
	uint32_t hash = fdb_table_hash(&fdb->table, key);
	uint32_t slot = fdb_table_find(&fdb->table, hash, key);
	const struct fdb_entry *entry;

	if (slot == FDB_SLOT_NONE)
		return NULL;
	entry = &fdb->table.entries[slot];
	if (fdb_entry_expired(fdb, entry, now))
		return NULL;
	return fdb_entry_roll(fdb, entry)->port;
}

/**
 * fdb_moves() - tell how often a station has moved
 * @fdb: database
 * @addr: its address
 * @vid: VLAN
 *
 * Return: how often since it was learned, 0 when nobody knows it
 */
uint32_t fdb_moves(const struct fdb *fdb, struct eth_addr addr, uint16_t vid)
{
	uint64_t key = fdb_key(addr, vid);
	uint32_t hash = fdb_table_hash(&fdb->table, key);
	uint32_t slot = fdb_table_find(&fdb->table, hash, key);

	return slot == FDB_SLOT_NONE ? 0 : fdb->table.entries[slot].n_moves;
}

/* Free the expired at the end of a port's roll. Return: whether all of them */
static bool sweep_seat(struct fdb *fdb, const struct fdb_seat *seat,
		       mtime_t now, size_t *budget)
{
	const struct fdb_roll *roll = &fdb->rolls.rolls[seat->dynamic_roll];

	while (roll->n_entries) {
		const struct fdb_entry *oldest =
			&fdb->table.entries[roll->oldest];

		if (!fdb_entry_expired(fdb, oldest, now))
			break;
		if (!*budget)
			return false;
		fdb_spend(budget, FDB_COST_FREE);
		fdb_entry_drop_counted(fdb, roll->oldest, now);
	}
	return true;
}

/**
 * fdb_sweep() - free some of the entries that are forgotten or expired
 * @fdb: database
 * @now: current time
 * @budget: how much may be done, see fdb.h
 *
 * Only memory and counters depend on it, no lookup does. It looks at the
 * oldest entry of each port, not at all entries, so with nothing to free it
 * costs next to nothing. A round goes once over all ports, in as many calls
 * as it takes.
 *
 * Return: true at the end of a round, when the next one can wait for a
 * second or so; false when @budget was used up before
 */
bool fdb_sweep(struct fdb *fdb, mtime_t now, size_t budget)
{
	uint32_t slot;

	while ((slot = fdb_rolls_retired_slot(&fdb->rolls)) != FDB_SLOT_NONE) {
		if (!budget)
			return false;
		fdb_spend(&budget, FDB_COST_FREE);
		fdb_entry_drop(fdb, slot);
	}
	for (; fdb->sweep_seat < fdb->n_seats; fdb->sweep_seat++) {
		const struct fdb_seat *seat = &fdb->seats[fdb->sweep_seat];

		if (!budget)
			return false;
		if (seat->port && !sweep_seat(fdb, seat, now, &budget))
			return false;
		fdb_spend(&budget, 1);
	}
	fdb->sweep_seat = 0;
	return true;
}

/**
 * fdb_max_age() - tell how long a silent station is remembered
 * @fdb: database
 *
 * Return: how long
 */
mtime_t fdb_max_age(const struct fdb *fdb)
{
	return (mtime_t){ fdb->max_age_us };
}

/**
 * fdb_counts() - tell how many entries there are
 * @fdb: database
 *
 * Return: the numbers
 */
struct fdb_counts fdb_counts(const struct fdb *fdb)
{
	return (struct fdb_counts){
		.n_dynamic = fdb->n_dynamic,
		.n_static = fdb->n_static,
		.max_entries = fdb->max_entries,
	};
}

/**
 * fdb_counters() - tell what has happened so far
 * @fdb: database
 *
 * Return: the counters, which go on counting
 */
const struct fdb_counters *fdb_counters(const struct fdb *fdb)
{
	return &fdb->counters;
}

/**
 * fdb_mem_size() - tell how much memory the entries take when all are used
 * @fdb: database
 *
 * Return: bytes
 */
size_t fdb_mem_size(const struct fdb *fdb)
{
	return fdb->table.mem_size;
}
