/* SPDX-License-Identifier: MIT */
/* deadline.c - how long the client is still prepared to wait */

#include "deadline.h"

#include <poll.h>
#include <stddef.h>
#include <time.h>

static mtime_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (mtime_t){ (uint64_t)ts.tv_sec * 1000000 +
			  (uint64_t)ts.tv_nsec / 1000 };
}

/**
 * deadline_in() - When it will be too late
 * @duration:	Time from now
 *
 * Return: the deadline
 */
mtime_t deadline_in(mtime_t duration)
{
	return mtime_add(now(), duration);
}

/**
 * deadline_passed() - Is it too late?
 * @deadline:	Deadline
 *
 * Return: true if it is
 */
bool deadline_passed(mtime_t deadline)
{
	return mtime_reached(now(), deadline);
}

/**
 * deadline_left_ms() - How long it is until then
 * @deadline:	Deadline
 *
 * Return: milliseconds, rounded up so that nobody spins through the last one
 */
int deadline_left_ms(mtime_t deadline)
{
	const mtime_t t = now();
	uint64_t ms;

	if (mtime_reached(t, deadline))
		return 0;

	ms = (deadline.us - t.us + 999) / 1000;
	return ms > 1000000 ? 1000000 : (int)ms;
}

/**
 * deadline_wait() - Wait for a descriptor, but no longer than that
 * @deadline:	Deadline
 * @fd:		Descriptor
 * @events:	What to wait for, as for poll()
 *
 * Returns early now and then: callers try, and wait again.
 *
 * Return: false if the deadline has passed before anything happened
 */
bool deadline_wait(mtime_t deadline, int fd, short events)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	if (poll(&pollfd, 1, deadline_left_ms(deadline)) > 0)
		return true;

	return !deadline_passed(deadline);
}

/**
 * deadline_pause() - Let some time pass, but not beyond the deadline
 * @deadline:	Deadline
 * @pause_ms:	Milliseconds
 */
void deadline_pause(mtime_t deadline, unsigned pause_ms)
{
	const int left = deadline_left_ms(deadline);

	poll(NULL, 0, left < (int)pause_ms ? left : (int)pause_ms);
}
