/* SPDX-License-Identifier: MIT */
/* fdb_static.c - FDB entries that somebody laid down */
#include "fdb.h"

#include <errno.h>

#include "fdb_rolls.h"
#include "fdb_state.h"
#include "fdb_table.h"

/**
 * fdb_static_add() - say where a station is, whatever it may say itself
 * @fdb: database
 * @addr: its address
 * @vid: VLAN
 * @handle: the port
 * @now: current time
 *
 * Replaces a dynamic entry.
 *
 * Return: 0; -EINVAL for a group address or zero; -EEXIST when there is a
 * static entry for the station, on whichever port; -ENOSPC
 */
int fdb_static_add(struct fdb *fdb, struct eth_addr addr, uint16_t vid,
		   uint32_t handle, mtime_t now)
{
	struct fdb_seat *seat = fdb_seat_of(fdb, handle);
	uint64_t key = fdb_key(addr, vid);
	uint32_t hash = fdb_table_hash(&fdb->table, key);
	uint32_t slot;

	if (eth_addr_is_group(addr) || eth_addr_is_zero(addr))
		return -EINVAL;
	slot = fdb_table_find(&fdb->table, hash, key);
	if (slot != FDB_SLOT_NONE) {
		const struct fdb_roll *roll =
			fdb_entry_roll(fdb, &fdb->table.entries[slot]);

		if (roll->port && roll->is_static)
			return -EEXIST;
		fdb_entry_drop(fdb, slot);
	}
	slot = fdb_entry_place(fdb, hash, key, now);
	if (slot == FDB_SLOT_NONE)
		return -ENOSPC;
	if (seat->static_roll == FDB_ROLL_NONE)
		seat->static_roll = fdb_roll_begin(fdb, seat->port, true);
	fdb->table.entries[slot].heard_us = FDB_HEARD_NEVER_AGES;
	fdb_rolls_enter(&fdb->rolls, seat->static_roll, slot);
	fdb->n_static++;
	return 0;
}

/**
 * fdb_static_del() - take back what fdb_static_add() said
 * @fdb: database
 * @addr: the station's address
 * @vid: VLAN
 *
 * Return: 0, or -ENOENT when there is no static entry for it
 */
int fdb_static_del(struct fdb *fdb, struct eth_addr addr, uint16_t vid)
{
	uint64_t key = fdb_key(addr, vid);
	uint32_t hash = fdb_table_hash(&fdb->table, key);
	uint32_t slot = fdb_table_find(&fdb->table, hash, key);
	const struct fdb_roll *roll;

	if (slot == FDB_SLOT_NONE)
		return -ENOENT;
	roll = fdb_entry_roll(fdb, &fdb->table.entries[slot]);
	if (!roll->port || !roll->is_static)
		return -ENOENT;
	fdb_entry_drop(fdb, slot);
	return 0;
}
