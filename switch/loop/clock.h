/* SPDX-License-Identifier: MIT */
/*
 * clock.h - the time, read once per wake-up
 *
 * Everybody below the loop is told the time. It comes from here: one reading
 * after each wait, which then holds for all that the wake-up brings.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <ev.h>
#include <stdint.h>

#include "mtime.h"

struct clock {
	struct ev_check woken;
	mtime_t now; /* monotonic */
	uint64_t wall_ns; /* since 1970 */
};

void clock_start(struct clock *clock, struct ev_loop *loop);
void clock_stop(struct clock *clock, struct ev_loop *loop);

#endif /* CLOCK_H */
