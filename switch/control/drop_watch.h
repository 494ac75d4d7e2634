/* SPDX-License-Identifier: MIT */
/*
 * drop_watch.h - drops that go on
 *
 * Frames that a port drops for one reason are one piece of news when they
 * begin and another when none came for DROP_WATCH_QUIET_MS, with their number.
 * While they go on, the data path compares a bit and nothing more: how many
 * they are is read from the port's counters, about once a second.
 *
 * Fixed memory: when DROP_WATCH_MAX go on at once, the next are not watched,
 * and the data path goes on asking.
 */
#ifndef DROP_WATCH_H
#define DROP_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge.h"
#include "drop.h"
#include "mtime.h"

struct port;

enum {
	DROP_WATCH_MAX = 1024,
	DROP_WATCH_QUIET_MS = 3000,
};

struct dropping {
	struct port *port;
	enum direction direction;
	enum drop_reason reason;
	uint64_t before; /* the counter, before the first */
	uint64_t seen; /* the counter, when it was read last ... */
	mtime_t changed; /* ... and was another than before */
};

struct drop_watch {
	struct dropping list[DROP_WATCH_MAX];
	size_t n;
};

typedef void drop_watch_on_end(const struct dropping *dropping, uint64_t n,
			       void *user);

bool drop_watch_begin(struct drop_watch *watch, struct port *port,
		      enum direction direction, enum drop_reason reason,
		      mtime_t now);
void drop_watch_sweep(struct drop_watch *watch, mtime_t now,
		      drop_watch_on_end *on_end, void *user);
void drop_watch_forget(struct drop_watch *watch, const struct port *port,
		       drop_watch_on_end *on_end, void *user);

#endif /* DROP_WATCH_H */
