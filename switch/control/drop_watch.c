/* SPDX-License-Identifier: MIT */
/* drop_watch.c - drops that go on */

#include "drop_watch.h"

#include "port.h"

static uint64_t counter_of(const struct dropping *dropping)
{
	return port_dropped(dropping->port, dropping->direction,
			    dropping->reason);
}

/**
 * drop_watch_begin() - Watch drops of which the first was just counted
 * @watch:	Watch, all zero at first
 * @port:	Their port; drop_watch_forget() it before it goes
 * @direction:	Received by the port, or to be sent
 * @reason:	Why
 * @now:	Current time
 *
 * Return: true, or false if there is no room
 */
bool drop_watch_begin(struct drop_watch *watch, struct port *port,
		      enum direction direction, enum drop_reason reason,
		      mtime_t now)
{
	struct dropping *dropping = &watch->list[watch->n];

	if (watch->n == DROP_WATCH_MAX)
		return false;

	*dropping = (struct dropping){
		.port = port,
		.direction = direction,
		.reason = reason,
		.changed = now,
	};
	dropping->seen = counter_of(dropping);
	dropping->before = dropping->seen - 1;
	watch->n++;
	return true;
}

static void end(struct drop_watch *watch, size_t i, drop_watch_on_end *on_end,
		void *user)
{
	const struct dropping dropping = watch->list[i];

	dropping.port->told_drops[dropping.direction] &=
		~(UINT64_C(1) << dropping.reason);
	watch->list[i] = watch->list[--watch->n];
	on_end(&dropping, counter_of(&dropping) - dropping.before, user);
}

/**
 * drop_watch_sweep() - Find drops that have ended
 * @watch:	Watch
 * @now:	Current time; to be called about once a second
 * @on_end:	Told of each, with the number of frames
 * @user:	For @on_end
 */
void drop_watch_sweep(struct drop_watch *watch, mtime_t now,
		      drop_watch_on_end *on_end, void *user)
{
	const mtime_t quiet = mtime_from_ms(DROP_WATCH_QUIET_MS);

	for (size_t i = watch->n; i-- > 0;) {
		struct dropping *dropping = &watch->list[i];
		const uint64_t count = counter_of(dropping);

		if (count != dropping->seen) {
			dropping->seen = count;
			dropping->changed = now;
		} else if (mtime_reached(now,
					 mtime_add(dropping->changed, quiet))) {
			end(watch, i, on_end, user);
		}
	}
}

/**
 * drop_watch_forget() - A port goes away, and its drops end with it
 * @watch:	Watch
 * @port:	Port
 * @on_end:	Told of each, with the number of frames
 * @user:	For @on_end
 */
void drop_watch_forget(struct drop_watch *watch, const struct port *port,
		       drop_watch_on_end *on_end, void *user)
{
	for (size_t i = watch->n; i-- > 0;) {
		if (watch->list[i].port == port)
			end(watch, i, on_end, user);
	}
}
