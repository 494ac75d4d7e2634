/* SPDX-License-Identifier: MIT */
/*
 * flaps.h - stations that don't stop moving
 *
 * A station that moves is news; one that moves for the sixth time within ten
 * seconds flaps, which is one piece of news however long it goes on, and
 * another when it is over. Usually it is a loop, or an address used twice.
 *
 * Fixed memory: FLAPS_MAX stations, in sets by a hash of their address. In a
 * full set the one that moved longest ago makes way; one that flaps stays
 * until it has come to rest. State only: callers say what time it is.
 */
#ifndef FLAPS_H
#define FLAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "eth.h"
#include "mtime.h"
#include "name.h"

enum {
	FLAPS_SETS = 64,
	FLAPS_WAYS = 4,
	FLAPS_MAX = FLAPS_SETS * FLAPS_WAYS,
	FLAPS_MOVES = 5, /* more than these ... */
	FLAPS_WINDOW_MS = 10 * 1000, /* ... within this is flapping */
};

struct flap {
	struct eth_addr addr;
	uint16_t vid;
	bool used, flapping;
	mtime_t begun; /* of the window */
	mtime_t last; /* move */
	uint64_t n; /* moves in the window; while flapping, since it began */
	char from[NAME_SIZE], to[NAME_SIZE]; /* ports of the newest move */
};

struct flaps {
	struct flap sets[FLAPS_SETS][FLAPS_WAYS];
};

enum flaps_verdict {
	FLAPS_MOVED, /* as it may */
	FLAPS_BEGUN,
	FLAPS_GOES_ON,
};

enum flaps_verdict flaps_note(struct flaps *flaps, struct eth_addr addr,
			      uint16_t vid, const char *from, const char *to,
			      mtime_t now, uint64_t *ret_moves);
bool flaps_sweep(struct flaps *flaps, mtime_t now,
		 void (*on_rest)(const struct flap *flap, void *user),
		 void *user);

#endif /* FLAPS_H */
