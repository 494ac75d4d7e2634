/* SPDX-License-Identifier: MIT */
/* ring_policy.c - which port is to have a ring, judged by what it brings */

#include "ring_policy.h"

enum {
	/* In a tick: 50 MB/s, and 20,000 frames/s. */
	BULK_BYTES = 2500000,
	SMALL_FRAMES = 1000,

	/*
	 * Means between the two suit neither ring: too long for the slots of
	 * the one, too many for those of the other.
	 */
	BULK_MEAN = 8192,
	SMALL_MEAN = 1536,

	/*
	 * Frames in a batch. Who keeps up finds few at a time, and by a ring
	 * even fewer, so that each costs more. But a ring is also what makes us
	 * keep up: there, few are fewer.
	 */
	SMALL_BATCH = 32,
	SMALL_BATCH_STAYS = 4,

	STAYS = 4, /* a ring is kept down to this part of the above */
	TICKS_TO_GET = 3,
	TICKS_TO_CHANGE = 6,
	TICKS_TO_LEAVE = 20,
	LOAD_BYTES = 2048, /* as much work as one frame more */
	SMOOTHING = 4,

	/* Of busy ticks: 10 s, and twice as many each time, up to 5 min. */
	PAUSE = 200,
	PAUSE_DOUBLINGS = 5,
};

/* What is it that a ring is worth being got, or kept, for? */
static enum ring_shape suits(const struct ring_meter *meter, bool stays)
{
	const unsigned part = stays ? STAYS : 1;
	const unsigned batch = stays ? SMALL_BATCH_STAYS : SMALL_BATCH;

	if (meter->n_bytes >= BULK_BYTES / part &&
	    meter->n_bytes >= meter->n_frames * BULK_MEAN)
		return meter->n_big >= meter->n_bytes / 2 / part ? RING_BIG
								 : RING_BULK;
	if (meter->n_frames >= SMALL_FRAMES / part &&
	    meter->n_frames >= meter->n_batches * batch &&
	    meter->n_bytes <= meter->n_frames * SMALL_MEAN)
		return RING_SMALL;

	return RING_NONE;
}

static bool is_misfit(struct ring_meter *meter, enum ring_shape has,
		      enum ring_shape now)
{
	const unsigned ticks =
		now == RING_NONE ? TICKS_TO_LEAVE : TICKS_TO_CHANGE;

	if (now == has || suits(meter, true) == has) {
		meter->n_misfits = 0;
		return false;
	}

	meter->n_misfits++;
	return meter->n_misfits >= ticks;
}

/*
 * On a busy machine we are late and early: a tick may see nothing of a steady
 * stream, and the next one twice as much.
 */
static void count(struct ring_meter *meter, enum ring_shape now)
{
	if (now == RING_NONE) {
		meter->n_liked -= meter->n_liked > 0;
		meter->n_idle++;
		return;
	}

	meter->n_idle = 0;
	meter->n_liked = now == meter->liked ? meter->n_liked + 1 : 1;
	if (meter->n_liked > TICKS_TO_GET)
		meter->n_liked = TICKS_TO_GET;
	meter->liked = now;
}

static bool is_paused(const struct ring_meter *meter, enum ring_shape shape)
{
	return meter->n_paused > 0 &&
	       (meter->paused == RING_NONE || meter->paused == shape);
}

/**
 * ring_meter_tick() - Judge a port by what came since the last tick
 * @meter:	The port's
 * @has:	Shape of the ring it has, or RING_NONE
 *
 * A ring is not given for a moment's traffic, nor taken for a moment's pause.
 *
 * Return: what would be good for it
 */
enum ring_advice ring_meter_tick(struct ring_meter *meter, enum ring_shape has)
{
	const enum ring_shape now = suits(meter, false);
	const uint64_t load = meter->n_frames + meter->n_bytes / LOAD_BYTES;
	enum ring_advice advice = RING_AS_IT_IS;

	count(meter, now);
	if (has != RING_NONE) {
		if (is_misfit(meter, has, now))
			advice = RING_LEAVE;
	} else {
		meter->n_misfits = 0;
		if (now != RING_NONE && meter->n_liked >= TICKS_TO_GET &&
		    !meter->is_barred && !is_paused(meter, now))
			advice = RING_GET;
	}

	meter->n_paused -= meter->n_paused > 0;
	meter->load += load / SMOOTHING;
	meter->load -= meter->load / SMOOTHING;
	meter->n_batches = 0;
	meter->n_frames = 0;
	meter->n_bytes = 0;
	meter->n_big = 0;
	return advice;
}

/**
 * ring_meter_pause() - Let a port do without a ring for a while
 * @meter:	The port's
 * @shape:	Of what kind, since it was too small; RING_NONE: of any kind,
 *		since none could be had
 *
 * Longer each time, in ticks in which the port is busy.
 */
void ring_meter_pause(struct ring_meter *meter, enum ring_shape shape)
{
	meter->paused = shape;
	meter->n_paused = (unsigned)PAUSE << meter->n_pauses;
	if (meter->n_pauses < PAUSE_DOUBLINGS)
		meter->n_pauses++;
}

/**
 * ring_meter_is_idle() - Has a port been quiet for so long as makes no matter?
 * @meter:	The port's, just after a tick
 *
 * Return: whether its ticks may be left out until it brings something
 */
bool ring_meter_is_idle(const struct ring_meter *meter)
{
	return meter->is_barred || meter->n_idle >= TICKS_TO_LEAVE;
}

/**
 * ring_meter_beats() - Is a ring better given to another port?
 * @wants:	A port's without a ring
 * @has:	A port's with one
 *
 * Return: whether @wants brings so much more that a change is worth it
 */
bool ring_meter_beats(const struct ring_meter *wants,
		      const struct ring_meter *has)
{
	return wants->load > 2 * has->load;
}
