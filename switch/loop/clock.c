/* SPDX-License-Identifier: MIT */
/* clock.c - the time, read once per wake-up */

#include "clock.h"

#include <time.h>

#include "macros.h"

static uint64_t read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void on_clock_woken(struct ev_loop *loop, struct ev_check *w,
			   int revents)
{
	struct clock *clock = container_of(w, struct clock, woken);

	(void)loop;
	(void)revents;
	clock->now = (mtime_t){ read_ns(CLOCK_MONOTONIC) / 1000 };
	clock->wall_ns = read_ns(CLOCK_REALTIME);
}

/**
 * clock_start() - Read the time now, and after each wait of the loop
 * @clock:	Clock in the caller's memory
 * @loop:	Event loop
 */
void clock_start(struct clock *clock, struct ev_loop *loop)
{
	ev_check_init(&clock->woken, on_clock_woken);
	ev_set_priority(&clock->woken, EV_MAXPRI); /* before all others */
	ev_check_start(loop, &clock->woken);
	on_clock_woken(loop, &clock->woken, 0);
}

/**
 * clock_stop() - Read the time no more
 * @clock:	Clock
 * @loop:	Event loop it was started in
 */
void clock_stop(struct clock *clock, struct ev_loop *loop)
{
	ev_check_stop(loop, &clock->woken);
}
