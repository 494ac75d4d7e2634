/* SPDX-License-Identifier: MIT */
/*
 * fdb_walk.c - going over the FDB in slices: show and flush
 *
 * A cursor is a place in the table (in the list of ports, for the flushes
 * that go by port), not a pointer: what comes and goes between two slices
 * can't hurt. What a filter names exactly is looked up, not searched for.
 */
#include "fdb.h"

#include "fdb_rolls.h"
#include "fdb_state.h"
#include "fdb_table.h"

static bool filter_matches(const struct fdb *fdb,
			   const struct fdb_filter *filter,
			   const struct fdb_entry *entry)
{
	const struct fdb_roll *roll = fdb_entry_roll(fdb, entry);

	if (!roll->port)
		return false;
	if (filter->type == FDB_TYPE_STATIC && !roll->is_static)
		return false;
	if (filter->type == FDB_TYPE_DYNAMIC && roll->is_static)
		return false;
	if (filter->port && filter->port != roll->port)
		return false;
	if (filter->by_vid && filter->vid != fdb_key_vid(entry->key))
		return false;
	return !filter->by_addr ||
	       eth_addr_equal(filter->addr, fdb_key_addr(entry->key));
}

static uint32_t find_exact(const struct fdb *fdb,
			   const struct fdb_filter *filter)
{
	uint64_t key = fdb_key(filter->addr, filter->vid);

	return fdb_table_find(&fdb->table, fdb_table_hash(&fdb->table, key),
			      key);
}

/* The next entry that matches, dead or alive. FDB_SLOT_NONE: @cursor tells
 * whether that was all or the budget is gone. */
static uint32_t next_match(const struct fdb *fdb,
			   const struct fdb_filter *filter, uint64_t *cursor,
			   size_t *budget)
{
	uint32_t slot;

	if (filter->by_addr && filter->by_vid) {
		slot = *cursor == FDB_CURSOR_START ? find_exact(fdb, filter)
						   : FDB_SLOT_NONE;
		*cursor = FDB_CURSOR_END;
		if (slot != FDB_SLOT_NONE &&
		    !filter_matches(fdb, filter, &fdb->table.entries[slot]))
			return FDB_SLOT_NONE;
		return slot;
	}
	do {
		slot = fdb_table_next(&fdb->table, cursor, budget);
		if (slot == FDB_SLOT_NONE) {
			if (*budget)
				*cursor = FDB_CURSOR_END;
			return FDB_SLOT_NONE;
		}
	} while (!filter_matches(fdb, filter, &fdb->table.entries[slot]));
	return slot;
}

static void fill_row(const struct fdb *fdb, const struct fdb_entry *entry,
		     mtime_t now, struct fdb_row *ret_row)
{
	const struct fdb_roll *roll = fdb_entry_roll(fdb, entry);

	*ret_row = (struct fdb_row){
		.port = roll->port,
		.n_moves = entry->n_moves,
		.vid = fdb_key_vid(entry->key),
		.addr = fdb_key_addr(entry->key),
		.is_static = roll->is_static,
	};
	if (!roll->is_static)
		ret_row->age.us = now.us - entry->heard_us;
}

/**
 * fdb_walk() - show some entries
 * @fdb: database
 * @filter: which ones
 * @now: current time
 * @cursor: FDB_CURSOR_START at first; FDB_CURSOR_END when that was all
 * @ret_rows: where to put them
 * @max_rows: how many
 * @budget: how much may be done, see fdb.h
 *
 * An entry that lives from the first slice to the last is shown exactly once;
 * one that comes or goes meanwhile, at most once. The filter must stay the
 * same. A cursor out of somebody else's hands is fine, whatever it says.
 *
 * Return: how many were put into @ret_rows; may be 0 before the end, too
 */
size_t fdb_walk(const struct fdb *fdb, const struct fdb_filter *filter,
		mtime_t now, uint64_t *cursor, struct fdb_row *ret_rows,
		size_t max_rows, size_t budget)
{
	size_t n_rows = 0;

	while (n_rows < max_rows && *cursor != FDB_CURSOR_END) {
		uint32_t slot = next_match(fdb, filter, cursor, &budget);

		if (slot == FDB_SLOT_NONE)
			break;
		if (fdb_entry_expired(fdb, &fdb->table.entries[slot], now))
			continue;
		fill_row(fdb, &fdb->table.entries[slot], now,
			 &ret_rows[n_rows++]);
		fdb_spend(&budget, FDB_COST_ROW);
	}
	return n_rows;
}

static size_t flush_ports(struct fdb *fdb, const struct port *port,
			  uint64_t *cursor, size_t budget)
{
	size_t n_flushed = 0;

	for (; *cursor < fdb->n_seats; (*cursor)++) {
		struct fdb_seat *seat = &fdb->seats[*cursor];
		size_t n;

		if (!budget)
			return n_flushed;
		fdb_spend(&budget, 1);
		if (!seat->port || (port && seat->port != port))
			continue;
		n = fdb_seat_flush(fdb, seat);
		if (n)
			fdb_spend(&budget, FDB_COST_FREE);
		n_flushed += n;
	}
	*cursor = FDB_CURSOR_END;
	return n_flushed;
}

/**
 * fdb_flush() - forget dynamic entries
 * @fdb: database
 * @filter: which ones; @type is ignored, static entries stay
 * @cursor: FDB_CURSOR_START at first; FDB_CURSOR_END when that was all
 * @budget: how much may be done, see fdb.h
 *
 * By port or all of them, it goes port by port; one address in one VLAN is
 * looked up; by VLAN, and one address in all of them, it goes over the table.
 * A station learned anew between two slices may or may not be flushed, too.
 *
 * Return: how many were forgotten by this call
 */
size_t fdb_flush(struct fdb *fdb, const struct fdb_filter *filter,
		 uint64_t *cursor, size_t budget)
{
	struct fdb_filter dynamic = *filter;
	size_t n_flushed = 0;

	if (*cursor == FDB_CURSOR_END)
		return 0;
	if (!filter->by_addr && !filter->by_vid)
		return flush_ports(fdb, filter->port, cursor, budget);
	dynamic.type = FDB_TYPE_DYNAMIC;
	for (;;) {
		uint32_t slot = next_match(fdb, &dynamic, cursor, &budget);

		if (slot == FDB_SLOT_NONE)
			return n_flushed;
		fdb_entry_drop(fdb, slot);
		fdb_spend(&budget, FDB_COST_FREE);
		n_flushed++;
	}
}
