/* SPDX-License-Identifier: MIT */
/*
 * throttle.h - so many at once, so many a second, and the rest counted
 *
 * A token bucket that keeps count of those it did not let pass, so that they
 * can be told together. State only: callers say what time it is.
 */
#ifndef THROTTLE_H
#define THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "mtime.h"

struct throttle {
	uint64_t price_us; /* of one: a second, divided by the rate */
	uint64_t credit_us, max_credit_us;
	mtime_t last;
	uint64_t excess; /* not let pass, and not told yet */
};

void throttle_init(struct throttle *throttle, unsigned burst, unsigned per_s,
		   mtime_t now);
bool throttle_pass(struct throttle *throttle, mtime_t now);
uint64_t throttle_take_excess(struct throttle *throttle);

#endif /* THROTTLE_H */
