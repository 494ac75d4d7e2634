/* SPDX-License-Identifier: MIT */
/*
 * fdb.c - how long the forwarding database takes
 *
 * usage: fdb [--once]
 *
 * Prints ns per operation for tables of 1 k, 64 k and 1 M stations, each the
 * median and the best of several runs, with stations drawn uniformly and by
 * Zipf's law (exponent 1); then the longest slice of each control operation
 * with the largest table. Needs neither root nor another process. With --once
 * everything is done once and small, so that a test keeps this alive.
 *
 * "hit" lookups don't wait for each other, as those of a batch of frames;
 * "hit, chained" ones do: each needs the result of the one before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fdb.h"
#include "macros.h"

enum {
	N_PORTS = 64,
	MAX_RUNS = 9,
	BATCH = 32,
	BUDGET = 8192, /* of a control slice */
	PAGE_ROWS = 1000,
};

struct port {
	uint32_t handle;
};

struct bench {
	struct fdb *fdb;
	struct port ports[N_PORTS];
	uint32_t n_stations;
	struct eth_addr *draws; /* which station to take next */
	uint32_t n_draws;
	uint32_t n_runs;
	mtime_t now;
	uintptr_t found; /* so that the compiler can't leave lookups out */
};

struct scenario {
	const char *name;
	void (*run)(struct bench *bench);
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Stations as a hypervisor numbers them: one vendor, counting up. */
static struct eth_addr station(uint32_t i)
{
	return (struct eth_addr){ { 0x02, 0, (uint8_t)(i >> 24),
				    (uint8_t)(i >> 16), (uint8_t)(i >> 8),
				    (uint8_t)i } };
}

static void draw_uniform(struct bench *bench)
{
	uint64_t state = 1;

	for (uint32_t i = 0; i < bench->n_draws; i++)
		bench->draws[i] = station(
			(uint32_t)(random_next(&state) % bench->n_stations));
}

static void draw_zipf(struct bench *bench)
{
	double *sums = malloc(bench->n_stations * sizeof(*sums));
	uint64_t state = 2;
	double sum = 0;

	if (!sums)
		abort();
	for (uint32_t i = 0; i < bench->n_stations; i++)
		sums[i] = sum += 1.0 / (i + 1);
	for (uint32_t i = 0; i < bench->n_draws; i++) {
		double at = (double)(random_next(&state) >> 11) / 0x1p53 * sum;
		uint32_t low = 0, high = bench->n_stations - 1;

		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (sums[middle] < at)
				low = middle + 1;
			else
				high = middle;
		}
		bench->draws[i] = station(low);
	}
	free(sums);
}

static uint32_t port_of(const struct bench *bench, uint32_t i)
{
	return bench->ports[i % N_PORTS].handle;
}

static void setup(struct bench *bench, size_t max_entries)
{
	struct fdb_config config = {
		.max_entries = max_entries,
		.max_age = mtime_from_ms(FDB_DEFAULT_AGE_MS),
		.key = { { 1, 2, 3, 4, 5, 6, 7, 8 } },
	};

	fdb_free(bench->fdb);
	bench->fdb = fdb_new(&config);
	if (!bench->fdb)
		abort();
	for (uint32_t i = 0; i < N_PORTS; i++)
		fdb_port_add(bench->fdb, &bench->ports[i],
			     &bench->ports[i].handle);
	bench->now = mtime_from_ms(1000);
}

static void learn(struct bench *bench, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++)
		fdb_learn(bench->fdb, station(i), 1, port_of(bench, i),
			  bench->now, NULL);
}

static void run_hit(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n_draws; i++)
		bench->found += (uintptr_t)fdb_lookup(
			bench->fdb, bench->draws[i], 1, bench->now);
}

/* The same, with all the time in the world to fetch each: see fdb_prefetch() */
static void run_batch(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n_draws; i += BATCH) {
		for (uint32_t j = i; j < i + BATCH; j++)
			fdb_prefetch(bench->fdb, bench->draws[j], 1);
		for (uint32_t j = i; j < i + BATCH; j++)
			bench->found += (uintptr_t)fdb_lookup(
				bench->fdb, bench->draws[j], 1, bench->now);
	}
}

static void run_chained(struct bench *bench)
{
	size_t after = 0;

	for (uint32_t i = 0; i < bench->n_draws; i++) {
		const struct port *port = fdb_lookup(
			bench->fdb, bench->draws[i + after], 1, bench->now);

		after = port ? port->handle >> 31 : 0;
		bench->found += after;
	}
}

static void run_miss(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n_draws; i++)
		bench->found += (uintptr_t)fdb_lookup(
			bench->fdb, bench->draws[i], 2, bench->now);
}

static void run_again(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n_draws; i++) {
		struct eth_addr addr = bench->draws[i];

		fdb_learn(bench->fdb, addr, 1, port_of(bench, addr.b[5]),
			  bench->now, NULL);
	}
}

static void run_move(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n_draws; i++)
		fdb_learn(bench->fdb, bench->draws[i], 1, port_of(bench, i),
			  bench->now, NULL);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_result(const struct bench *bench, const char *name,
			 const char *drawn, double *ns)
{
	qsort(ns, bench->n_runs, sizeof(*ns), compare);
	printf("%9u  %-14s %-8s %8.1f %8.1f\n", bench->n_stations, name, drawn,
	       ns[bench->n_runs / 2], ns[0]);
}

static void measure(struct bench *bench, const struct scenario *scenario,
		    const char *drawn)
{
	double ns[MAX_RUNS];

	for (uint32_t run = 0; run < bench->n_runs; run++) {
		uint64_t start = now_ns();

		scenario->run(bench);
		ns[run] = (double)(now_ns() - start) / bench->n_draws;
	}
	print_result(bench, scenario->name, drawn, ns);
}

/* Fill an empty table, then go on: each station costs another its place. */
static void measure_new(struct bench *bench)
{
	double fill[MAX_RUNS], evict[MAX_RUNS];
	uint32_t n = bench->n_stations;

	for (uint32_t run = 0; run < bench->n_runs; run++) {
		uint64_t start;

		setup(bench, n);
		start = now_ns();
		learn(bench, 0, n);
		fill[run] = (double)(now_ns() - start) / n;
		start = now_ns();
		learn(bench, n, n);
		evict[run] = (double)(now_ns() - start) / n;
	}
	print_result(bench, "new", "-", fill);
	print_result(bench, "new, evicting", "-", evict);
}

static void measure_table(struct bench *bench)
{
	static const struct scenario scenarios[] = {
		{ "hit", run_hit },
		{ "hit, batch", run_batch },
		{ "hit, chained", run_chained },
		{ "miss", run_miss },
		{ "again", run_again },
		{ "moved", run_move },
	};

	setup(bench, bench->n_stations);
	learn(bench, 0, bench->n_stations);
	draw_uniform(bench);
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		measure(bench, &scenarios[i], "uniform");
	draw_zipf(bench);
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		measure(bench, &scenarios[i], "zipf");
	measure_new(bench);
}

struct slices {
	uint64_t start;
	uint64_t longest;
	uint64_t total;
	uint32_t n;
};

static void slice_start(struct slices *slices)
{
	slices->start = now_ns();
}

static void slice_end(struct slices *slices)
{
	uint64_t ns = now_ns() - slices->start;

	slices->n++;
	slices->total += ns;
	if (ns > slices->longest)
		slices->longest = ns;
}

static void print_slices(const char *name, struct slices *slices)
{
	printf("%-24s %8u %10.1f %10.1f\n", name, slices->n,
	       (double)slices->longest / 1e3, (double)slices->total / 1e3);
	*slices = (struct slices){ 0 };
}

static void slice_sweep(struct bench *bench, const char *name)
{
	struct slices slices = { 0 };
	bool is_done;

	do {
		slice_start(&slices);
		is_done = fdb_sweep(bench->fdb, bench->now, BUDGET);
		slice_end(&slices);
	} while (!is_done);
	print_slices(name, &slices);
}

static void slice_walk(struct bench *bench, const char *name,
		       const struct fdb_filter *filter)
{
	static struct fdb_row rows[PAGE_ROWS];
	uint64_t cursor = FDB_CURSOR_START;
	struct slices slices = { 0 };

	while (cursor != FDB_CURSOR_END) {
		slice_start(&slices);
		bench->found += fdb_walk(bench->fdb, filter, bench->now,
					 &cursor, rows, PAGE_ROWS, BUDGET);
		slice_end(&slices);
	}
	print_slices(name, &slices);
}

static void slice_flush(struct bench *bench, const char *name,
			const struct fdb_filter *filter)
{
	uint64_t cursor = FDB_CURSOR_START;
	struct slices slices = { 0 };

	while (cursor != FDB_CURSOR_END) {
		slice_start(&slices);
		bench->found += fdb_flush(bench->fdb, filter, &cursor, BUDGET);
		slice_end(&slices);
	}
	print_slices(name, &slices);
}

static void measure_slices(struct bench *bench)
{
	const struct fdb_filter all = { 0 };
	const struct fdb_filter vlan = { .by_vid = true, .vid = 1 };
	struct fdb_filter port = { .port = &bench->ports[0] };
	struct slices slices = { 0 };
	uint32_t n = bench->n_stations;

	printf("\n%u stations: slice of   slices longest us   total us\n", n);
	setup(bench, n);
	for (uint32_t i = 0; i < n; i++)
		fdb_learn(bench->fdb, station(i), 1, bench->ports[0].handle,
			  bench->now, NULL);
	slice_walk(bench, "walk, all", &all);
	port.port = &bench->ports[1];
	slice_walk(bench, "walk, none match", &port);
	slice_sweep(bench, "sweep, nothing to do");
	slice_start(&slices);
	fdb_port_forget(bench->fdb, bench->ports[0].handle);
	slice_end(&slices);
	print_slices("forget port with all", &slices);
	slice_sweep(bench, "sweep after that");
	setup(bench, n);
	learn(bench, 0, n);
	slice_flush(bench, "flush, all", &all);
	learn(bench, 0, n); /* into a full table of invisible ones */
	slice_flush(bench, "flush, vlan of all", &vlan);
	learn(bench, 0, n);
	bench->now = mtime_add(bench->now, mtime_from_ms(FDB_DEFAULT_AGE_MS));
	slice_sweep(bench, "sweep, all expired");
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1024, 65536, 1048576 };
	bool once = argc > 1 && !strcmp(argv[1], "--once");
	struct bench bench = {
		.n_draws = once ? 4096 : 1 << 20,
		.n_runs = once ? 1 : MAX_RUNS,
	};

	bench.draws = malloc(bench.n_draws * sizeof(*bench.draws));
	if (!bench.draws)
		abort();
	printf("%9s  %-14s %-8s %8s %8s\n", "stations", "operation", "drawn",
	       "median", "best ns");
	for (size_t i = 0; i < (once ? 1 : ARRAY_SIZE(sizes)); i++) {
		bench.n_stations = sizes[i];
		measure_table(&bench);
	}
	measure_slices(&bench);
	printf("\n%.1f bytes a station\n",
	       (double)fdb_mem_size(bench.fdb) / bench.n_stations);
	fdb_free(bench.fdb);
	free(bench.draws);
	return bench.found == 1; /* never, but the compiler can't know */
}
