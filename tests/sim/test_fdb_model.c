/* SPDX-License-Identifier: MIT */
/*
 * test_fdb_model.c - the FDB against an obvious one, on random operations
 *
 * usage: test_fdb_model [SEED]        (or VSW_SEED=SEED in the environment)
 *
 * The model is an array of all stations there are, gone through from end to
 * end for everything. Results have to agree after each operation, counts and
 * counters every few, all entries now and then. Where the FDB has a choice
 * (which of two equally full ports loses a station, which of the expired the
 * sweep gets to), we look inside to see what it chose, and check that it was
 * allowed to.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fdb.h"
#include "fdb_state.h"

enum {
	N_ADDRS = 100,
	N_VIDS = 4,
	N_KEYS = N_ADDRS * N_VIDS,
	N_PORTS = 16,
	N_STEPS = 51000, /* for each of four table sizes */
	COUNT_EVERY = 4,
	CHECK_ALL_EVERY = 64,
	TICK_SHIFT = 20,
};

struct port {
	uint32_t handle;
	bool is_known;
};

/* What the FDB must hold for a station, expired or not. */
struct held {
	struct port *port; /* NULL: nothing */
	bool is_static;
	bool is_expired; /* for good, whatever age is set */
	uint64_t heard_us;
	uint64_t order; /* on its port's list */
	uint32_t n_moves;
};

struct model {
	struct held held[N_KEYS];
	struct port ports[N_PORTS];
	struct fdb_counters counters;
	size_t max_entries;
	uint64_t max_age_us;
	uint64_t order;
	mtime_t now;
	struct fdb *fdb;
	uint64_t seed;
	uint64_t chance;
	uint32_t step;
};

#define CHECK(model, condition)                                                \
	do {                                                                   \
		if (!(condition))                                              \
			failed(model, __LINE__, #condition);                   \
	} while (0)

static void failed(const struct model *m, int line, const char *what)
{
	fprintf(stderr, "line %d: %s: seed %" PRIu64 ", size %zu, step %u\n",
		line, what, m->seed, m->max_entries, m->step);
	exit(1);
}

static uint32_t chance(struct model *m, uint32_t n)
{
	uint64_t z = m->chance += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) % n);
}

static struct eth_addr key_addr(uint32_t key)
{
	return (struct eth_addr){ { 2, 0, 0, 0, 1, (uint8_t)(key % N_ADDRS) } };
}

static uint16_t key_vid(uint32_t key)
{
	return (uint16_t)(key / N_ADDRS);
}

static bool is_expired(const struct model *m, const struct held *held)
{
	if (!held->port || held->is_static)
		return false;
	return held->is_expired || m->now.us - held->heard_us >= m->max_age_us;
}

static size_t count_held(const struct model *m, const struct port *port,
			 bool is_static)
{
	size_t n = 0;

	for (uint32_t i = 0; i < N_KEYS; i++)
		n += m->held[i].port && m->held[i].is_static == is_static &&
		     (!port || m->held[i].port == port);
	return n;
}

static bool really_held(const struct model *m, uint32_t key)
{
	const struct fdb *fdb = m->fdb;
	uint64_t k = fdb_key(key_addr(key), key_vid(key));
	uint32_t slot =
		fdb_table_find(&fdb->table, fdb_table_hash(&fdb->table, k), k);

	return slot != FDB_SLOT_NONE &&
	       fdb_entry_roll(fdb, &fdb->table.entries[slot])->port;
}

static struct held *oldest_of(struct model *m, const struct port *port)
{
	struct held *oldest = NULL;

	for (uint32_t i = 0; i < N_KEYS; i++) {
		struct held *held = &m->held[i];

		if (held->port == port && !held->is_static &&
		    (!oldest || held->order < oldest->order))
			oldest = held;
	}
	return oldest;
}

static void check_fair(const struct model *m, const struct held *victim)
{
	for (uint32_t i = 0; i < N_KEYS; i++) {
		const struct held *held = &m->held[i];

		if (held->port == victim->port && !held->is_static)
			CHECK(m, victim->heard_us <=
					 held->heard_us + (1U << TICK_SHIFT));
	}
}

/* The FDB has just made room: for whom? Return: false if it must refuse */
static bool model_make_room(struct model *m)
{
	size_t n_held[N_PORTS] = { 0 };
	size_t n_most = 0;

	if (count_held(m, NULL, false) + count_held(m, NULL, true) <
	    m->max_entries)
		return true;
	for (uint32_t i = 0; i < N_KEYS; i++)
		if (m->held[i].port && !m->held[i].is_static)
			n_held[m->held[i].port - m->ports]++;
	for (uint32_t i = 0; i < N_PORTS; i++)
		if (n_held[i] > n_most)
			n_most = n_held[i];
	if (!n_most)
		return false;
	for (uint32_t i = 0; i < N_PORTS; i++) {
		struct held *oldest;

		if (n_held[i] != n_most)
			continue;
		oldest = oldest_of(m, &m->ports[i]);
		if (really_held(m, (uint32_t)(oldest - m->held)))
			continue;
		check_fair(m, oldest);
		if (is_expired(m, oldest))
			m->counters.aged++;
		else
			m->counters.evicted++;
		*oldest = (struct held){ 0 };
		return true;
	}
	CHECK(m, !"nobody left though the table was full");
	return false;
}

static struct port *some_port(struct model *m)
{
	struct port *port;

	uint32_t loud = m->step / 500 % N_PORTS;

	/* One has most of the traffic, now this, now that; the first is
	 * always there. */
	do {
		port = &m->ports[chance(m, 4) ? chance(m, N_PORTS) : loud];
	} while (!port->is_known);
	return port;
}

static void do_learn(struct model *m)
{
	uint32_t key = chance(m, N_KEYS);
	struct held *held = &m->held[key];
	struct port *port = some_port(m), *from = NULL;
	enum fdb_learned learned;

	if (!is_expired(m, held) && held->port && chance(m, 8))
		port = held->port;
	learned = fdb_learn(m->fdb, key_addr(key), key_vid(key), port->handle,
			    m->now, &from);
	if (is_expired(m, held)) {
		m->counters.aged++;
		*held = (struct held){ 0 };
	}
	if (held->port && held->is_static) {
		CHECK(m, learned == FDB_LEARNED_STATIC);
	} else if (held->port == port) {
		CHECK(m, learned == FDB_LEARNED_AGAIN);
		if (held->heard_us >> TICK_SHIFT != m->now.us >> TICK_SHIFT)
			held->order = ++m->order;
		held->heard_us = m->now.us;
	} else if (held->port) {
		CHECK(m, learned == FDB_LEARNED_MOVED && from == held->port);
		held->port = port;
		held->order = ++m->order;
		held->heard_us = m->now.us;
		held->n_moves++;
		m->counters.moved++;
	} else if (!model_make_room(m)) {
		CHECK(m, learned == FDB_LEARNED_REFUSED);
		m->counters.refused++;
	} else {
		CHECK(m, learned == FDB_LEARNED_NEW);
		*held = (struct held){ .port = port,
				       .heard_us = m->now.us,
				       .order = ++m->order };
		m->counters.learned++;
	}
}

static void do_group(struct model *m)
{
	struct eth_addr addr = { { 0 } };

	addr.b[0] = chance(m, 2) ? 0x33 : 0;
	CHECK(m, fdb_learn(m->fdb, addr, 1, some_port(m)->handle, m->now,
			   NULL) == FDB_LEARNED_REFUSED);
	m->counters.refused++;
}

/* Few stations are ever static, or they would fill the small tables. */
static uint32_t some_static_key(struct model *m)
{
	return chance(m, N_KEYS / 32) * 32;
}

static void do_static(struct model *m)
{
	uint32_t key = some_static_key(m);
	struct held *held = &m->held[key];
	struct port *port = some_port(m);
	int r = fdb_static_add(m->fdb, key_addr(key), key_vid(key),
			       port->handle, m->now);

	if (held->port && held->is_static) {
		CHECK(m, r == -EEXIST);
		return;
	}
	*held = (struct held){ 0 };
	if (!model_make_room(m)) {
		CHECK(m, r == -ENOSPC);
		return;
	}
	CHECK(m, r == 0);
	*held = (struct held){ .port = port, .is_static = true };
}

static void do_static_del(struct model *m)
{
	for (uint32_t tries = 0; tries < 20; tries++) {
		uint32_t key = some_static_key(m);
		struct held *held = &m->held[key];
		int r = fdb_static_del(m->fdb, key_addr(key), key_vid(key));

		CHECK(m, r == (held->port && held->is_static ? 0 : -ENOENT));
		if (!r)
			*held = (struct held){ 0 };
	}
}

static struct fdb_filter some_filter(struct model *m)
{
	uint32_t key = chance(m, N_KEYS);

	return (struct fdb_filter){
		.by_addr = chance(m, 2),
		.by_vid = chance(m, 2),
		.addr = key_addr(key),
		.vid = key_vid(key),
		.type = (enum fdb_type)chance(m, 3),
		.port = chance(m, 2) ? &m->ports[chance(m, N_PORTS)] : NULL,
	};
}

static bool matches(const struct model *m, uint32_t key,
		    const struct fdb_filter *filter)
{
	const struct held *held = &m->held[key];

	return held->port && (!filter->port || filter->port == held->port) &&
	       (!filter->by_vid || filter->vid == key_vid(key)) &&
	       (!filter->by_addr ||
		eth_addr_equal(filter->addr, key_addr(key))) &&
	       (filter->type == FDB_TYPE_ANY ||
		(filter->type == FDB_TYPE_STATIC) == held->is_static);
}

static void do_flush(struct model *m)
{
	struct fdb_filter filter = some_filter(m);
	uint64_t cursor = FDB_CURSOR_START;
	size_t n = 0, n_expected = 0;

	while (cursor != FDB_CURSOR_END)
		n += fdb_flush(m->fdb, &filter, &cursor, 1 + chance(m, 300));
	filter.type = FDB_TYPE_DYNAMIC;
	for (uint32_t i = 0; i < N_KEYS; i++) {
		if (!matches(m, i, &filter))
			continue;
		m->held[i] = (struct held){ 0 };
		n_expected++;
	}
	CHECK(m, n == n_expected);
}

static void do_port(struct model *m)
{
	struct port *port = &m->ports[1 + chance(m, N_PORTS - 1)];
	size_t n_expected;

	if (!port->is_known) {
		CHECK(m, !fdb_port_add(m->fdb, port, &port->handle));
		port->is_known = true;
		return;
	}
	n_expected = count_held(m, port, false) + count_held(m, port, true);
	CHECK(m, fdb_port_forget(m->fdb, port->handle) == n_expected);
	port->is_known = false;
	for (uint32_t i = 0; i < N_KEYS; i++)
		if (m->held[i].port == port)
			m->held[i] = (struct held){ 0 };
}

static void do_sweep(struct model *m)
{
	bool is_thorough = !chance(m, 4);

	/* To the end of the round that is under way, and another whole one. */
	for (int i = 0; i < 2 && is_thorough; i++)
		while (!fdb_sweep(m->fdb, m->now, 1 + chance(m, 200)))
			continue;
	fdb_sweep(m->fdb, m->now, 1 + chance(m, 200));
	for (uint32_t i = 0; i < N_KEYS; i++) {
		struct held *held = &m->held[i];

		if (!held->port || really_held(m, i))
			continue;
		CHECK(m, is_expired(m, held));
		m->counters.aged++;
		*held = (struct held){ 0 };
	}
	for (uint32_t i = 0; is_thorough && i < N_PORTS; i++) {
		const struct held *oldest = oldest_of(m, &m->ports[i]);

		CHECK(m, !oldest || !is_expired(m, oldest));
	}
}

static void do_age(struct model *m)
{
	for (uint32_t i = 0; i < N_KEYS; i++)
		m->held[i].is_expired = is_expired(m, &m->held[i]);
	m->max_age_us = 1 + chance(m, 4000000);
	fdb_set_max_age(m->fdb, (mtime_t){ m->max_age_us }, m->now);
}

static void check_lookup(struct model *m, uint32_t key)
{
	const struct held *held = &m->held[key];

	CHECK(m, fdb_lookup(m->fdb, key_addr(key), key_vid(key), m->now) ==
			 (is_expired(m, held) ? NULL : held->port));
}

static void check_counts(const struct model *m)
{
	const struct fdb_counters *counters = fdb_counters(m->fdb);
	struct fdb_counts counts = fdb_counts(m->fdb);

	CHECK(m, counts.n_dynamic == count_held(m, NULL, false));
	CHECK(m, counts.n_static == count_held(m, NULL, true));
	CHECK(m, counts.n_dynamic + counts.n_static <= m->max_entries);
	CHECK(m, !memcmp(counters, &m->counters, sizeof(*counters)));
}

static void check_row(const struct model *m, const struct fdb_row *row,
		      const struct fdb_filter *filter)
{
	uint32_t key = (uint32_t)row->vid * N_ADDRS + row->addr.b[5];
	const struct held *held = &m->held[key];

	CHECK(m, row->vid < N_VIDS && row->addr.b[5] < N_ADDRS);
	CHECK(m, matches(m, key, filter) && !is_expired(m, held));
	CHECK(m, row->port == held->port);
	CHECK(m, row->is_static == held->is_static);
	CHECK(m, row->n_moves == held->n_moves);
	CHECK(m, row->age.us ==
			 (held->is_static ? 0 : m->now.us - held->heard_us));
}

static void check_all(struct model *m)
{
	struct fdb_filter filter = some_filter(m);
	uint64_t cursor = FDB_CURSOR_START;
	size_t n = 0;
	struct fdb_row rows[50];

	for (uint32_t i = 0; i < N_KEYS; i++) {
		check_lookup(m, i);
		n += matches(m, i, &filter) && !is_expired(m, &m->held[i]);
	}
	while (cursor != FDB_CURSOR_END) {
		size_t max_rows = 1 + chance(m, 50);
		size_t n_rows = fdb_walk(m->fdb, &filter, m->now, &cursor, rows,
					 max_rows, 1 + chance(m, 500));

		CHECK(m, n_rows <= max_rows && n_rows <= n);
		n -= n_rows;
		for (size_t i = 0; i < n_rows; i++)
			check_row(m, &rows[i], &filter);
	}
	CHECK(m, n == 0);
}

static void do_step(struct model *m)
{
	uint32_t what = chance(m, 1000);

	m->now.us += chance(m, chance(m, 200) ? 8000 : 2000000);
	if (what < 930)
		do_learn(m);
	else if (what < 935)
		do_group(m);
	else if (what < 950)
		do_static(m);
	else if (what < 955)
		do_static_del(m);
	else if (what < 960)
		do_flush(m);
	else if (what < 967)
		do_port(m);
	else if (what < 998)
		do_sweep(m);
	else
		do_age(m);
}

static void run(uint64_t seed, size_t max_entries)
{
	static struct model m;
	struct fdb_config config = { .max_entries = max_entries,
				     .max_ports = N_PORTS,
				     .max_age = mtime_from_ms(3000) };

	m = (struct model){ .seed = seed,
			    .chance = seed ^ max_entries,
			    .max_entries = max_entries,
			    .max_age_us = config.max_age.us };
	for (size_t i = 0; i < sizeof(config.key.b); i++)
		config.key.b[i] = (uint8_t)chance(&m, 256);
	m.fdb = fdb_new(&config);
	CHECK(&m, m.fdb);
	CHECK(&m, !fdb_port_add(m.fdb, &m.ports[0], &m.ports[0].handle));
	m.ports[0].is_known = true;
	for (m.step = 0; m.step < N_STEPS; m.step++) {
		do_step(&m);
		if (m.step % COUNT_EVERY == 0)
			check_counts(&m);
		check_lookup(&m, chance(&m, N_KEYS));
		if (m.step % CHECK_ALL_EVERY == 0)
			check_all(&m);
	}
	printf("size %zu: learned %" PRIu64 ", moved %" PRIu64 ", aged %" PRIu64
	       ", evicted %" PRIu64 ", refused %" PRIu64 "\n",
	       max_entries, m.counters.learned, m.counters.moved,
	       m.counters.aged, m.counters.evicted, m.counters.refused);
	fdb_free(m.fdb);
}

int main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("VSW_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);

	printf("seed %" PRIu64 "\n", seed);
	fflush(stdout);
	run(seed, 12);
	run(seed, 64);
	run(seed, 200);
	run(seed, 512);
	return 0;
}
