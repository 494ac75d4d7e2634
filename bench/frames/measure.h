/* SPDX-License-Identifier: MIT */
/*
 * measure.h - clocks and distributions for programs that measure
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* What the machine as a whole has done since it was started. */
struct machine_time {
	uint64_t wall_ns;
	uint64_t idle_ns; /* of all processors together */
	uint64_t steal_ns; /* taken by other machines on the same hardware */
	unsigned n_cpus;
};

/* Samples in no order; the memory grows up to a limit, then they are lost. */
struct samples {
	uint32_t *ns;
	size_t n, room, limit;
	uint64_t n_lost;
};

uint64_t measure_now_ns(void);
void measure_sleep_until(uint64_t deadline_ns);
struct machine_time measure_machine(void);
double measure_busy_s(const struct machine_time *from,
		      const struct machine_time *to);

void samples_init(struct samples *samples, size_t limit);
void samples_fini(struct samples *samples);
void samples_add(struct samples *samples, uint64_t ns);
void samples_sort(struct samples *samples);
double samples_us(const struct samples *sorted, double quantile);
double samples_mean_us(const struct samples *samples);

int measure_own_namespace(void);

#endif /* MEASURE_H */
