/* SPDX-License-Identifier: MIT */
/*
 * ring_policy.h - which port is to have a ring, judged by what it brings
 *
 * State only: the data path notes what came, somebody tells the time by
 * calling ring_meter_tick() every RING_TICK_MS, and gets advice.
 */
#ifndef RING_POLICY_H
#define RING_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"

enum {
	RING_TICK_MS = 50,
};

/* What one port has brought lately. All zero to begin with. */
struct ring_meter {
	uint64_t n_batches, n_frames, n_bytes; /* since the last tick ... */
	uint64_t n_big; /* ... and bytes of those that take RING_BIG */
	uint64_t load; /* smoothed, to compare ports by */
	enum ring_shape liked; /* what has suited lately ... */
	unsigned n_liked; /* ... in so many ticks more than not */
	unsigned n_idle; /* ticks in a row in which no ring was of use */
	unsigned n_misfits; /* ticks in a row in which its ring was no use */
	enum ring_shape paused; /* the shape it must not have, or any ... */
	unsigned n_paused; /* ... for so many ticks */
	unsigned n_pauses; /* so far */
	bool is_barred; /* must not have one, whatever it brings */
};

enum ring_advice {
	RING_AS_IT_IS,
	RING_GET, /* one of shape @liked */
	RING_LEAVE,
};

enum ring_advice ring_meter_tick(struct ring_meter *meter, enum ring_shape has);
void ring_meter_pause(struct ring_meter *meter, enum ring_shape shape);
bool ring_meter_is_idle(const struct ring_meter *meter);
bool ring_meter_beats(const struct ring_meter *wants,
		      const struct ring_meter *has);

/* For every batch, so in place. */
static inline void ring_meter_note(struct ring_meter *meter, size_t n_frames,
				   size_t n_bytes, size_t n_big)
{
	meter->n_batches += n_frames > 0;
	meter->n_frames += n_frames;
	meter->n_bytes += n_bytes;
	meter->n_big += n_big;
}

#endif /* RING_POLICY_H */
