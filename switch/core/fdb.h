/* SPDX-License-Identifier: MIT */
/*
 * fdb.h - forwarding database: (VLAN, station) -> port
 *
 * Remembers the port each station was last heard on. State only: no I/O, no
 * clock (callers pass @now), no logging, no chance (the hash key is given).
 *
 * Always true between calls:
 *  - what a lookup returns is a live port: fdb_port_forget() comes before
 *    free(), and from then on no entry leads there
 *  - an entry past its deadline is neither used nor shown, swept or not
 *  - at most @max_entries stations, so a MAC flood costs learning, not memory
 *  - a lookup neither allocates nor fails, and nothing ever resizes
 *  - an entry stays in its place as long as it lives, so a walk interrupted
 *    by learning and forgetting shows each lasting entry exactly once
 *
 * Nothing here takes longer the more stations there are. Forgetting a port
 * and flushing one make their stations invisible at once and leave the memory
 * to fdb_sweep(); sweep, walk and the other flushes take a budget of work:
 * one unit (some 5 ns) for a slot or port looked at, more where more is done
 * (FDB_COST_*). A budget of 8,192 is over in well under 100 us.
 *
 * VLAN id 0 means untagged.
 */
#ifndef FDB_H
#define FDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "eth.h"
#include "mtime.h"
#include "siphash.h"

struct fdb;
struct port;

enum {
	FDB_DEFAULT_ENTRIES = 65536,
	FDB_DEFAULT_PORTS = 32768,
	FDB_DEFAULT_AGE_MS = 300 * 1000,
	FDB_LIMIT_ENTRIES = 1 << 26,
	FDB_LIMIT_PORTS = 1 << 24,
	FDB_COST_ROW = 4, /* budget spent on showing an entry */
	FDB_COST_FREE = 24, /* budget spent on freeing one */
};

/* Where a walk or flush starts, and where it is when it is done. */
#define FDB_CURSOR_START UINT64_C(0)
#define FDB_CURSOR_END   UINT64_MAX

struct fdb_config {
	size_t max_entries; /* up to FDB_LIMIT_ENTRIES; 0: the default */
	size_t max_ports; /* up to FDB_LIMIT_PORTS; 0: the default */
	mtime_t max_age;
	struct siphash_key key; /* secret and random, against hash floods */
};

/* Of stations learned: static entries are not in these figures. */
struct fdb_counters {
	uint64_t learned; /* new stations */
	uint64_t moved; /* known ones heard on another port */
	uint64_t aged; /* freed after their deadline */
	uint64_t evicted; /* freed before it, for want of room */
	uint64_t refused; /* not learned: no room, or no station's address */
};

struct fdb_counts {
	size_t n_dynamic; /* may hold expired ones the sweep has yet to see */
	size_t n_static;
	size_t max_entries;
};

enum fdb_learned {
	FDB_LEARNED_NEW,
	FDB_LEARNED_AGAIN,
	FDB_LEARNED_MOVED,
	FDB_LEARNED_STATIC, /* a static entry says where it is, unimpressed */
	FDB_LEARNED_REFUSED,
};

enum fdb_type {
	FDB_TYPE_ANY,
	FDB_TYPE_DYNAMIC,
	FDB_TYPE_STATIC,
};

/* Which entries; all zero: every one. */
struct fdb_filter {
	bool by_addr;
	bool by_vid;
	struct eth_addr addr;
	uint16_t vid;
	enum fdb_type type;
	const struct port *port; /* NULL: any */
};

struct fdb_row {
	struct port *port;
	mtime_t age; /* since last heard; 0 when static */
	uint32_t n_moves;
	uint16_t vid;
	struct eth_addr addr;
	bool is_static;
};

struct fdb *fdb_new(const struct fdb_config *config);
void fdb_free(struct fdb *fdb);
void fdb_set_max_age(struct fdb *fdb, mtime_t max_age, mtime_t now);

int fdb_port_add(struct fdb *fdb, struct port *port, uint32_t *ret_handle);
size_t fdb_port_forget(struct fdb *fdb, uint32_t handle);
size_t fdb_port_count(const struct fdb *fdb, uint32_t handle);

enum fdb_learned fdb_learn(struct fdb *fdb, struct eth_addr addr, uint16_t vid,
			   uint32_t handle, mtime_t now,
			   struct port **ret_moved_from);
struct port *fdb_lookup(const struct fdb *fdb, struct eth_addr addr,
			uint16_t vid, mtime_t now);
uint32_t fdb_moves(const struct fdb *fdb, struct eth_addr addr, uint16_t vid);
void fdb_prefetch(const struct fdb *fdb, struct eth_addr addr, uint16_t vid);
int fdb_static_add(struct fdb *fdb, struct eth_addr addr, uint16_t vid,
		   uint32_t handle, mtime_t now);
int fdb_static_del(struct fdb *fdb, struct eth_addr addr, uint16_t vid);

bool fdb_sweep(struct fdb *fdb, mtime_t now, size_t budget);
size_t fdb_flush(struct fdb *fdb, const struct fdb_filter *filter,
		 uint64_t *cursor, size_t budget);
size_t fdb_walk(const struct fdb *fdb, const struct fdb_filter *filter,
		mtime_t now, uint64_t *cursor, struct fdb_row *ret_rows,
		size_t max_rows, size_t budget);

mtime_t fdb_max_age(const struct fdb *fdb);
struct fdb_counts fdb_counts(const struct fdb *fdb);
const struct fdb_counters *fdb_counters(const struct fdb *fdb);
size_t fdb_mem_size(const struct fdb *fdb);

#endif /* FDB_H */
