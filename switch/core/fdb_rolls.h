/* SPDX-License-Identifier: MIT */
/*
 * fdb_rolls.h - who belongs to which port: the rolls of the FDB
 *
 * A roll is the list of one port's stations, those heard longest ago last.
 * Each port has one of dynamic entries and, when needed, one of static ones.
 * Entries name their roll, and only the roll names the port. So a port loses
 * a million stations in one step: its roll is retired (its port becomes
 * NULL), which makes them invisible, and they are freed one by one later.
 * A roll's number is used again only when nobody is left on it.
 *
 * The dynamic rolls in use form a heap by length, so that the port with the
 * most stations is known when one of them has to go.
 */
#ifndef FDB_ROLLS_H
#define FDB_ROLLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fdb_table.h"

struct port;

#define FDB_ROLL_NONE UINT32_MAX

struct fdb_roll {
	struct port *port; /* NULL: retired, or free */
	uint32_t n_entries;
	uint32_t newest; /* slots */
	uint32_t oldest;
	uint32_t rank; /* place in the heap; dynamic and not retired only */
	uint32_t next; /* of the retired or the free ones */
	uint16_t n_near; /* entries near some slot; fdb_entry.c's scratch */
	bool is_static;
};

struct fdb_rolls {
	struct fdb_table *table;
	struct fdb_roll *rolls;
	uint32_t *heap;
	uint32_t n_heap;
	uint32_t n_begun; /* rolls from here on were never used */
	uint32_t max_rolls;
	uint32_t first_free;
	uint32_t first_retired;
	uint32_t last_retired;
	size_t mem_size;
};

int fdb_rolls_init(struct fdb_rolls *rolls, struct fdb_table *table,
		   uint32_t max_rolls);
void fdb_rolls_fini(struct fdb_rolls *rolls);
uint32_t fdb_rolls_begin(struct fdb_rolls *rolls, struct port *port,
			 bool is_static);
uint32_t fdb_rolls_retire(struct fdb_rolls *rolls, uint32_t id);
void fdb_rolls_enter(struct fdb_rolls *rolls, uint32_t id, uint32_t slot);
void fdb_rolls_leave(struct fdb_rolls *rolls, uint32_t slot);
void fdb_rolls_renew(struct fdb_rolls *rolls, uint32_t slot);
uint32_t fdb_rolls_fullest(const struct fdb_rolls *rolls);
uint32_t fdb_rolls_retired_slot(struct fdb_rolls *rolls);

#endif /* FDB_ROLLS_H */
