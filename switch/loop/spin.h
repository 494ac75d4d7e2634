/* SPDX-License-Identifier: MIT */
/*
 * spin.h - look once more before going to sleep?
 *
 * To be woken takes longer than to forward a frame. So when frames have been
 * following each other closely, the loop polls for a little while instead of
 * sleeping at once. It gives up when that was in vain, and when others had to
 * wait for the processor meanwhile.
 */
#ifndef SPIN_H
#define SPIN_H

#include <stdbool.h>

#include "mtime.h"

enum {
	SPIN_BUDGET_US = 30, /* longest time to poll for one frame */
	SPIN_GAP_US = 20, /* polls so far apart: somebody else was running */
};

/* All zero is a good start. */
struct spin {
	bool always; /* never sleep */
	bool worth_it; /* frames have been following each other closely */
	mtime_t served; /* when there were frames */
	mtime_t polled; /* when we looked */
};

void spin_served(struct spin *spin, mtime_t now);
bool spin_once_more(struct spin *spin, mtime_t now);

#endif /* SPIN_H */
