/* SPDX-License-Identifier: MIT */
/*
 * fdb_state.h - the inside of the FDB, for the files of the FDB alone
 *
 * Always true between calls:
 *  - each used slot of @table is on exactly one of @rolls
 *  - a seat in use has a dynamic roll; its static roll comes with the first
 *    static entry
 *  - n_dynamic and n_static are the entries on rolls that are not retired
 */
#ifndef FDB_STATE_H
#define FDB_STATE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fdb.h"
#include "fdb_rolls.h"
#include "fdb_table.h"
#include "mtime.h"

/* When static entries were heard: further away than any now. */
#define FDB_HEARD_NEVER_AGES (UINT64_C(1) << 62)

#define FDB_SEAT_NONE UINT32_MAX

/* What a port handle stands for. */
struct fdb_seat {
	struct port *port; /* NULL: free */
	uint32_t dynamic_roll;
	uint32_t static_roll;
	uint32_t next_free;
};

struct fdb {
	struct fdb_table table;
	struct fdb_rolls rolls;
	uint64_t max_age_us;
	uint64_t dead_before_us; /* see fdb_set_max_age() */
	struct fdb_seat *seats;
	uint32_t n_seats; /* seats from here on were never used */
	uint32_t max_seats;
	uint32_t free_seat;
	uint32_t sweep_seat; /* the next one to sweep */
	size_t max_entries;
	size_t n_dynamic;
	size_t n_static;
	struct fdb_counters counters;
};

static inline const struct fdb_roll *fdb_entry_roll(const struct fdb *fdb,
						    const struct fdb_entry *e)
{
	return &fdb->rolls.rolls[e->roll];
}

static inline bool fdb_entry_expired(const struct fdb *fdb,
				     const struct fdb_entry *entry, mtime_t now)
{
	return now.us >= entry->heard_us + fdb->max_age_us ||
	       entry->heard_us < fdb->dead_before_us;
}

static inline void fdb_spend(size_t *budget, size_t cost)
{
	*budget -= cost < *budget ? cost : *budget;
}

static inline struct fdb_seat *fdb_seat_of(const struct fdb *fdb,
					   uint32_t handle)
{
	struct fdb_seat *seat = &fdb->seats[handle];

	assert(handle < fdb->n_seats && seat->port);
	return seat;
}

uint32_t fdb_entry_place(struct fdb *fdb, uint32_t hash, uint64_t key,
			 mtime_t now);
void fdb_entry_drop(struct fdb *fdb, uint32_t slot);
void fdb_entry_drop_counted(struct fdb *fdb, uint32_t slot, mtime_t now);
uint32_t fdb_roll_begin(struct fdb *fdb, struct port *port, bool is_static);
size_t fdb_seat_flush(struct fdb *fdb, struct fdb_seat *seat);

#endif /* FDB_STATE_H */
