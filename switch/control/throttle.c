/* SPDX-License-Identifier: MIT */
/* throttle.c - so many at once, so many a second, and the rest counted */

#include "throttle.h"

enum {
	SECOND_US = 1000000,
};

/**
 * throttle_init() - Begin with all credit there can be
 * @throttle:	In the caller's memory
 * @burst:	How many may pass at once, at least 1
 * @per_s:	How many may pass in a second when that is used up, at least 1
 * @now:	Current time
 */
void throttle_init(struct throttle *throttle, unsigned burst, unsigned per_s,
		   mtime_t now)
{
	const uint64_t price_us = SECOND_US / per_s;

	*throttle = (struct throttle){
		.price_us = price_us,
		.credit_us = burst * price_us,
		.max_credit_us = burst * price_us,
		.last = now,
	};
}

/**
 * throttle_pass() - May one pass?
 * @throttle:	Throttle
 * @now:	Current time
 *
 * Return: true if it may; otherwise it was counted
 */
bool throttle_pass(struct throttle *throttle, mtime_t now)
{
	const uint64_t room = throttle->max_credit_us - throttle->credit_us;
	const uint64_t passed_us = now.us - throttle->last.us;

	throttle->credit_us += passed_us < room ? passed_us : room;
	throttle->last = now;
	if (throttle->credit_us < throttle->price_us) {
		throttle->excess++;
		return false;
	}

	throttle->credit_us -= throttle->price_us;
	return true;
}

/**
 * throttle_take_excess() - How many did not pass since the last call?
 * @throttle:	Throttle
 *
 * Return: the number, which starts again at 0
 */
uint64_t throttle_take_excess(struct throttle *throttle)
{
	const uint64_t excess = throttle->excess;

	throttle->excess = 0;
	return excess;
}
