/* SPDX-License-Identifier: MIT */
/* fdb_port.c - ports as the FDB knows them: seats, and their rolls */
#include "fdb.h"

#include <assert.h>
#include <errno.h>

#include "fdb_rolls.h"
#include "fdb_state.h"
#include "fdb_table.h"

/**
 * fdb_roll_begin() - begin a roll
 * @fdb: database
 * @port: whose it is
 * @is_static: whether for static entries
 *
 * There are as many rolls for the sweep to empty as ports could use. Should
 * nobody have swept for so many flushes, we do it here, and this once it
 * takes as long as it takes.
 *
 * Return: the roll
 */
uint32_t fdb_roll_begin(struct fdb *fdb, struct port *port, bool is_static)
{
	uint32_t id = fdb_rolls_begin(&fdb->rolls, port, is_static);
	uint32_t slot;

	if (id != FDB_ROLL_NONE)
		return id;
	while ((slot = fdb_rolls_retired_slot(&fdb->rolls)) != FDB_SLOT_NONE)
		fdb_entry_drop(fdb, slot);
	id = fdb_rolls_begin(&fdb->rolls, port, is_static);
	assert(id != FDB_ROLL_NONE);
	return id;
}

/**
 * fdb_port_add() - make a port known, so that stations can be learned on it
 * @fdb: database
 * @port: what lookups will return; must stay until fdb_port_forget()
 * @ret_handle: what to call it from now on
 *
 * Return: 0, or -ENOSPC when there are too many ports
 */
int fdb_port_add(struct fdb *fdb, struct port *port, uint32_t *ret_handle)
{
	uint32_t handle = fdb->free_seat;

	assert(port);
	if (handle != FDB_SEAT_NONE)
		fdb->free_seat = fdb->seats[handle].next_free;
	else if (fdb->n_seats < fdb->max_seats)
		handle = fdb->n_seats++;
	else
		return -ENOSPC;
	fdb->seats[handle] = (struct fdb_seat){
		.port = port,
		.dynamic_roll = fdb_roll_begin(fdb, port, false),
		.static_roll = FDB_ROLL_NONE,
		.next_free = FDB_SEAT_NONE,
	};
	*ret_handle = handle;
	return 0;
}

/**
 * fdb_port_forget() - forget a port with all its entries, static ones too
 * @fdb: database
 * @handle: the port; not to be used any more
 *
 * Return: how many entries were forgotten
 */
size_t fdb_port_forget(struct fdb *fdb, uint32_t handle)
{
	struct fdb_seat *seat = fdb_seat_of(fdb, handle);
	uint32_t n_dynamic, n_static = 0;

	n_dynamic = fdb_rolls_retire(&fdb->rolls, seat->dynamic_roll);
	if (seat->static_roll != FDB_ROLL_NONE)
		n_static = fdb_rolls_retire(&fdb->rolls, seat->static_roll);
	fdb->n_dynamic -= n_dynamic;
	fdb->n_static -= n_static;
	seat->port = NULL;
	seat->next_free = fdb->free_seat;
	fdb->free_seat = handle;
	return (size_t)n_dynamic + n_static;
}

/**
 * fdb_seat_flush() - make a port's dynamic entries invisible
 * @fdb: database
 * @seat: the port
 *
 * Return: how many there were
 */
size_t fdb_seat_flush(struct fdb *fdb, struct fdb_seat *seat)
{
	uint32_t id = seat->dynamic_roll;
	uint32_t n_entries = fdb->rolls.rolls[id].n_entries;

	if (!n_entries)
		return 0;
	fdb_rolls_retire(&fdb->rolls, id);
	seat->dynamic_roll = fdb_roll_begin(fdb, seat->port, false);
	fdb->n_dynamic -= n_entries;
	return n_entries;
}

/**
 * fdb_port_count() - tell how many stations a port has
 * @fdb: database
 * @handle: the port
 *
 * Return: dynamic and static entries; expired ones that the sweep has yet to
 * see are among them
 */
size_t fdb_port_count(const struct fdb *fdb, uint32_t handle)
{
	const struct fdb_seat *seat = fdb_seat_of(fdb, handle);
	size_t n = fdb->rolls.rolls[seat->dynamic_roll].n_entries;

	if (seat->static_roll != FDB_ROLL_NONE)
		n += fdb->rolls.rolls[seat->static_roll].n_entries;

	return n;
}
