/* SPDX-License-Identifier: MIT */
/*
 * pace.h - when is the next frame due?
 *
 * A schedule by which a sender sleeps between small bursts. Sleeping less
 * than PACE_NAP_NS isn't possible anyway, so what is due within that time
 * goes out together. A sender that was held up must not make up for it with
 * one huge burst, since no switch could take that without loss: it drops the
 * part of the schedule it has missed, and says how much.
 */
#ifndef PACE_H
#define PACE_H

#include <stdint.h>

enum {
	PACE_NAP_NS = 50 * 1000,
	PACE_BURST_NS = 1000 * 1000, /* the most that is ever made up for */
	PACE_BURST_MIN = 16, /* frames, at rates where that is longer */
};

struct pace {
	double per_ns; /* frames; 0: as many as possible */
	uint64_t at_once; /* frames worth waking up for */
	uint64_t start_ns;
	uint64_t n_due; /* frames that were due so far, given up ones too */
	uint64_t n_given_up;
};

void pace_start(struct pace *pace, uint64_t per_s, uint64_t at_once,
		uint64_t now_ns);
uint64_t pace_take(struct pace *pace, uint64_t now_ns, uint64_t max);
uint64_t pace_next_ns(const struct pace *pace);

#endif /* PACE_H */
