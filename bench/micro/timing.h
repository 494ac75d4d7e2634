/* SPDX-License-Identifier: MIT */
/*
 * timing.h - how long a piece of work takes, for programs in this folder
 *
 *	static void work(void *user, uint64_t n)	does it n times
 *	timing_run(&timing, "csum, 1500 bytes", work, &user);
 *
 * prints the median and the best of several runs, in nanoseconds a time. How
 * often a run repeats the work is found out first, unless it is --once.
 */
#ifndef TIMING_H
#define TIMING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	TIMING_RUNS = 9,
	TIMING_RUN_NS = 20 * 1000 * 1000,
	TIMING_QUICK_RUNS = 3,
	TIMING_QUICK_NS = 2 * 1000 * 1000,
};

struct timing {
	int n_runs;
	uint64_t run_ns; /* 0: do the work once */
};

static inline uint64_t timing_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline int timing_compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* --once, --quick, or nothing */
static inline struct timing timing_init(int argc, char **argv)
{
	printf("%-40s %10s %10s\n", "ns", "median", "best");
	if (argc > 1 && !strcmp(argv[1], "--once"))
		return (struct timing){ 1, 0 };
	if (argc > 1 && !strcmp(argv[1], "--quick"))
		return (struct timing){ TIMING_QUICK_RUNS, TIMING_QUICK_NS };
	return (struct timing){ TIMING_RUNS, TIMING_RUN_NS };
}

static inline void timing_run(const struct timing *timing, const char *name,
			      void (*work)(void *user, uint64_t n), void *user)
{
	double ns[TIMING_RUNS];
	uint64_t n = 1;

	while (timing->run_ns && n < UINT64_C(1) << 32) {
		const uint64_t start = timing_now_ns();

		work(user, n);
		if (timing_now_ns() - start > timing->run_ns)
			break;
		n *= 2;
	}
	for (int run = 0; run < timing->n_runs; run++) {
		const uint64_t start = timing_now_ns();

		work(user, n);
		ns[run] = (double)(timing_now_ns() - start) / (double)n;
	}

	qsort(ns, (size_t)timing->n_runs, sizeof(*ns), timing_compare);
	printf("%-40s %10.1f %10.1f\n", name, ns[timing->n_runs / 2], ns[0]);
}

#endif /* TIMING_H */
