/* SPDX-License-Identifier: MIT */
/* flaps.c - stations that don't stop moving */

#include "flaps.h"

#include <stdio.h>
#include <string.h>

static mtime_t window_end(mtime_t begun)
{
	return mtime_add(begun, mtime_from_ms(FLAPS_WINDOW_MS));
}

static struct flap *set_of(struct flaps *flaps, struct eth_addr addr,
			   uint16_t vid)
{
	uint64_t key = vid;

	for (size_t i = 0; i < sizeof(addr.b); i++)
		key = key << 8 | addr.b[i];

	/* Fibonacci hashing: the upper bits depend on all of the key. */
	return flaps->sets[key * UINT64_C(0x9e3779b97f4a7c15) >> 58];
}

/* The station's place, or that of whoever has to make way; NULL if none. */
static struct flap *find(struct flaps *flaps, struct eth_addr addr,
			 uint16_t vid, mtime_t now)
{
	struct flap *set = set_of(flaps, addr, vid), *oldest = NULL;

	for (int i = 0; i < FLAPS_WAYS; i++) {
		struct flap *flap = &set[i];

		if (flap->used && flap->vid == vid &&
		    eth_addr_equal(flap->addr, addr))
			return flap;
		if (!flap->flapping &&
		    (!oldest || flap->last.us < oldest->last.us))
			oldest = flap;
	}

	if (oldest)
		*oldest = (struct flap){
			.addr = addr,
			.vid = vid,
			.used = true,
			.begun = now,
		};
	return oldest;
}

/**
 * flaps_note() - Note that a station has moved
 * @flaps:	Flaps, all zero at first
 * @addr:	Station
 * @vid:	Its VLAN
 * @from:	Name of the port it was at
 * @to:		Name of the port it is at now
 * @now:	Current time
 * @ret_moves:	With FLAPS_BEGUN, how often it has moved
 *
 * Return: what that makes of it
 */
enum flaps_verdict flaps_note(struct flaps *flaps, struct eth_addr addr,
			      uint16_t vid, const char *from, const char *to,
			      mtime_t now, uint64_t *ret_moves)
{
	struct flap *flap = find(flaps, addr, vid, now);

	if (!flap)
		return FLAPS_MOVED;

	if (!flap->flapping && mtime_reached(now, window_end(flap->begun))) {
		flap->begun = now;
		flap->n = 0;
	}
	flap->last = now;
	flap->n++;
	snprintf(flap->from, sizeof(flap->from), "%s", from);
	snprintf(flap->to, sizeof(flap->to), "%s", to);
	if (flap->flapping)
		return FLAPS_GOES_ON;
	if (flap->n <= FLAPS_MOVES)
		return FLAPS_MOVED;

	flap->flapping = true;
	*ret_moves = flap->n;
	return FLAPS_BEGUN;
}

/**
 * flaps_sweep() - Find stations that have come to rest
 * @flaps:	Flaps
 * @now:	Current time
 * @on_rest:	Told of each that has not moved for FLAPS_WINDOW_MS
 * @user:	For @on_rest
 *
 * Return: whether others are still flapping
 */
bool flaps_sweep(struct flaps *flaps, mtime_t now,
		 void (*on_rest)(const struct flap *flap, void *user),
		 void *user)
{
	bool flapping = false;

	for (int i = 0; i < FLAPS_MAX; i++) {
		struct flap *flap =
			&flaps->sets[i / FLAPS_WAYS][i % FLAPS_WAYS];

		if (!flap->flapping)
			continue;
		if (!mtime_reached(now, window_end(flap->last))) {
			flapping = true;
			continue;
		}
		on_rest(flap, user);
		*flap = (struct flap){ .used = false };
	}

	return flapping;
}
