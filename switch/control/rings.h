/* SPDX-License-Identifier: MIT */
/*
 * rings.h - rings lent to the ports that are busy, and taken back
 *
 * There are a few places for rings. A ring is made, turned into, turned away
 * from and closed by the worker, one job each, since all of it waits for the
 * kernel; between the jobs its port takes the step that belongs there. Without
 * a worker, ports stay as they are.
 *
 * The clock ticks only while some port is busy or has a ring.
 */
#ifndef RINGS_H
#define RINGS_H

#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "ring.h"
#include "worker.h"

struct attachment;
struct ring_gate;
struct vswitch;

/* What has been asked of the worker, or is next. */
enum ring_step {
	RING_STEP_FREE,
	RING_STEP_OPENING,
	RING_STEP_ENTERING,
	RING_STEP_IN,
	RING_STEP_LEAVING,
	RING_STEP_DRAINING, /* nothing comes any longer; what is in it goes */
	RING_STEP_CLOSING,
};

struct ring_place {
	struct rings *rings;
	enum ring_step step;
	enum ring_shape shape;
	struct ring_gate *gate; /* until the ring is there, which owns it */
	bool is_leaving; /* its gate is shut, for good */
	bool is_settled; /* nobody is at a frame for the queue any longer */
	uint64_t n_taken, n_missed; /* up to the last tick */
	struct attachment *attachment; /* NULL: its port is no more */
};

struct rings {
	struct vswitch *sw;
	struct ev_timer tick;
	TAILQ_HEAD(ring_customers, attachment) busy; /* or with a ring */
	struct ring_place places[WORKER_MAX_RINGS];
	bool is_refused; /* the kernel doesn't want to: told once */
};

void rings_init(struct rings *rings, struct vswitch *sw);
void rings_fini(struct rings *rings);
void rings_note_busy(struct rings *rings, struct attachment *attachment);
void rings_forget(struct rings *rings, struct attachment *attachment);

#endif /* RINGS_H */
