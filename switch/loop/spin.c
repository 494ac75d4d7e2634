/* SPDX-License-Identifier: MIT */
/* spin.c - look once more before going to sleep? */

#include "spin.h"

/**
 * spin_served() - There were frames
 * @spin:	State
 * @now:	When the loop found them
 */
void spin_served(struct spin *spin, mtime_t now)
{
	if (now.us - spin->served.us <= SPIN_BUDGET_US)
		spin->worth_it = true;
	spin->served = now;
	spin->polled = now;
}

/**
 * spin_once_more() - There is nothing to do: poll again, or sleep?
 * @spin:	State
 * @now:	When the loop looked
 *
 * Return: true to poll
 */
bool spin_once_more(struct spin *spin, mtime_t now)
{
	const bool in_time = now.us - spin->served.us <= SPIN_BUDGET_US;
	const bool alone = now.us - spin->polled.us <= SPIN_GAP_US;

	if (spin->always)
		return true;

	spin->polled = now;
	if (!in_time || !alone)
		spin->worth_it = false;
	return spin->worth_it;
}
