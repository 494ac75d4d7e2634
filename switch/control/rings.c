/* SPDX-License-Identifier: MIT */
/* rings.c - rings lent to the ports that are busy, and taken back */

#include "rings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "err.h"
#include "log.h"
#include "macros.h"
#include "packet.h"
#include "port.h"
#include "ring_gate.h"
#include "ring_policy.h"
#include "vswitch.h"

static const double TICK_S = RING_TICK_MS / 1000.0;

static void start_tick(struct rings *rings)
{
	if (!ev_is_active(&rings->tick))
		ev_timer_again(rings->sw->loop, &rings->tick);
}

static int submit(struct ring_place *place, struct worker_job *job, int fd,
		  worker_on_done *on_done, enum ring_step step)
{
	struct rings *rings = place->rings;
	struct err err = { 0 };
	int r;

	job->ring.place = (unsigned)(place - rings->places);
	r = worker_submit(&rings->sw->worker, job, fd, on_done, place, &err);
	if (!r)
		place->step = step;
	return r;
}

/* @on_done is called when nobody is at a frame that goes the way before. */
static int settle(struct ring_place *place, worker_on_done *on_done,
		  enum ring_step step)
{
	const struct ring *ring = packet_port_ring(place->attachment->port);
	struct worker_job job = { .task = WORKER_SETTLE_RING };

	return submit(place, &job, ring_gate_program(ring_gate(ring)), on_done,
		      step);
}

static void on_closed(const struct worker_result *result, void *user)
{
	struct ring_place *place = user;

	(void)result;
	place->step = RING_STEP_FREE;
}

static void close_ring(struct ring_place *place)
{
	struct worker_job job = { .task = WORKER_CLOSE_RING };

	place->attachment = NULL;
	if (submit(place, &job, -1, on_closed, RING_STEP_CLOSING) < 0) {
		place->step = RING_STEP_DRAINING; /* the next tick tries it */
		start_tick(place->rings);
	}
}

static void take_away(struct ring_place *place)
{
	struct attachment *attachment = place->attachment;

	datapath_unwatch_ring(&attachment->watch);
	packet_port_remove_ring(attachment->port);
	attachment->ring_place = NULL;
	log_debug(LOG_PORT, "%s: without a ring", attachment->port->name);
	close_ring(place);
}

/* A failure is tried again at the next tick. */
static void on_left(const struct worker_result *result, void *user)
{
	struct ring_place *place = user;

	if (place->attachment)
		place->step =
			result->code < 0 ? RING_STEP_IN : RING_STEP_DRAINING;
}

static void leave(struct ring_place *place)
{
	if (place->step != RING_STEP_IN ||
	    !packet_port_leave(place->attachment->port))
		return;

	place->is_leaving = true;
	settle(place, on_left, RING_STEP_LEAVING);
}

static void on_entered(const struct worker_result *result, void *user)
{
	struct ring_place *place = user;
	struct attachment *attachment = place->attachment;

	if (!attachment)
		return;

	place->step = RING_STEP_IN;
	place->n_taken = UINT64_MAX; /* none of the numbers at the next tick */
	place->is_settled = result->code >= 0;
	if (!place->is_settled)
		return;

	packet_port_settle(attachment->port);
	log_debug(LOG_PORT, "%s: with a ring for %s frames",
		  attachment->port->name, ring_shape_name(place->shape));
}

/* That is how it will be for all ports, until the switch is started anew. */
static bool is_for_good(int error)
{
	return error == -EPERM || error == -EACCES || error == -ENOSYS ||
	       error == -ENOPROTOOPT || error == -EOPNOTSUPP;
}

static void refuse(struct rings *rings, const struct err *err)
{
	if (!rings->is_refused)
		log_info(LOG_PORT, "no rings for busy ports: %s", err->msg);
	rings->is_refused = true;
}

static void enter(struct ring_place *place)
{
	if (settle(place, on_entered, RING_STEP_ENTERING) < 0)
		place->step = RING_STEP_IN; /* the next tick tries it again */
}

/* No ring for the place's port, if it is still there, for the time being. */
static void do_without(struct ring_place *place)
{
	struct attachment *attachment = place->attachment;

	ring_gate_free(place->gate);
	place->gate = NULL;
	if (!attachment)
		return;

	attachment->ring_place = NULL;
	ring_meter_pause(&attachment->watch.meter, RING_NONE);
	close_ring(place);
}

static void on_opened(const struct worker_result *result, void *user)
{
	struct ring_place *place = user;
	struct attachment *attachment = place->attachment;
	struct ring *ring = NULL;

	if (result->fd >= 0 && attachment)
		ring = ring_new(result->fd, place->shape, place->gate);
	if (!ring) {
		if (result->fd >= 0)
			close(result->fd);
		if (is_for_good(result->code))
			refuse(place->rings, &result->err);
		do_without(place);
		return;
	}

	place->gate = NULL;
	datapath_watch_ring(&attachment->watch, ring_fd(ring));
	packet_port_add_ring(attachment->port, ring);
	enter(place);
}

static void open_ring(struct ring_place *place, struct attachment *attachment)
{
	const enum ring_shape shape = attachment->watch.meter.liked;
	struct worker_job job = {
		.task = WORKER_OPEN_RING,
		.cable = attachment->cable,
		.ring = {
			.shape = shape,
			.group = packet_port_group(attachment->port),
		},
	};
	struct err err = { 0 };

	place->gate = ring_gate_new(ring_room(shape), &err);
	if (!place->gate) {
		if (is_for_good(err.code))
			refuse(place->rings, &err);
		ring_meter_pause(&attachment->watch.meter, RING_NONE);
		return;
	}

	if (submit(place, &job, ring_gate_program(place->gate), on_opened,
		   RING_STEP_OPENING) < 0) {
		ring_gate_free(place->gate);
		place->gate = NULL;
		return;
	}

	place->shape = shape;
	place->is_settled = false;
	place->is_leaving = false;
	place->attachment = attachment;
	attachment->ring_place = place;
}

/* All places are taken: a ring that is little used makes way, one at a time. */
static void make_place(struct rings *rings, const struct ring_meter *wants)
{
	struct ring_place *coldest = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rings->places); i++) {
		struct ring_place *place = &rings->places[i];

		if (place->step > RING_STEP_IN)
			return; /* one is just being left */
		if (place->step == RING_STEP_IN &&
		    (!coldest || place->attachment->watch.meter.load <
					 coldest->attachment->watch.meter.load))
			coldest = place;
	}

	if (coldest &&
	    ring_meter_beats(wants, &coldest->attachment->watch.meter))
		leave(coldest);
}

static void find_place(struct rings *rings, struct attachment *attachment)
{
	for (size_t i = 0; i < ARRAY_SIZE(rings->places); i++) {
		if (rings->places[i].step == RING_STEP_FREE) {
			open_ring(&rings->places[i], attachment);
			return;
		}
	}

	make_place(rings, &attachment->watch.meter);
}

/*
 * The kernel has a trap: a frame that no virtio-net header describes is
 * dropped, and its slot is never used again. So when frames are missed while
 * all slots are free and nothing comes, the ring is stuck. A port that such
 * frames come from does not get another.
 */
static void look_if_stuck(struct ring_place *place)
{
	struct attachment *attachment = place->attachment;
	struct port *port = attachment->port;
	const struct ring *ring = packet_port_ring(port);
	const uint64_t n_taken = place->n_taken, n_missed = place->n_missed;

	port_count_missed(port, place->rings->sw->clock.wall_ns);
	place->n_taken = ring_taken(ring);
	place->n_missed = port->counters.rx_missed;
	if (place->n_taken != n_taken || place->n_missed == n_missed ||
	    ring_waiting(ring, 1))
		return;

	log_debug(LOG_PORT, "%s: its ring is stuck", port->name);
	attachment->watch.meter.is_barred = true;
	leave(place);
}

/* The ring was about to be full, and its gate has shut by itself. */
static void look_if_shut(struct ring_place *place)
{
	struct attachment *attachment = place->attachment;
	struct ring *ring = packet_port_ring(attachment->port);

	if (place->step != RING_STEP_IN ||
	    ring_gate_state(ring_gate(ring)) != RING_GATE_SHUT)
		return;

	log_debug(LOG_PORT, "%s: its ring was too small",
		  attachment->port->name);
	ring_meter_pause(&attachment->watch.meter, place->shape);
	leave(place);
}

static void serve(struct rings *rings, struct attachment *attachment)
{
	struct ring_place *place = attachment->ring_place;
	struct ring_meter *meter = &attachment->watch.meter;
	const enum ring_advice advice =
		ring_meter_tick(meter, place ? place->shape : RING_NONE);

	if (!place) {
		if (advice == RING_GET && !rings->is_refused)
			find_place(rings, attachment);
		else if (ring_meter_is_idle(meter))
			rings_forget(rings, attachment);
		return;
	}

	if (place->step == RING_STEP_IN && place->is_leaving) {
		leave(place); /* what the worker could not do so far */
	} else if (place->step == RING_STEP_IN && !place->is_settled) {
		enter(place);
	} else if (place->step == RING_STEP_IN) {
		look_if_stuck(place);
		look_if_shut(place);
		if (advice == RING_LEAVE)
			leave(place);
	} else if (place->step == RING_STEP_DRAINING &&
		   !ring_waiting(packet_port_ring(attachment->port), 1)) {
		take_away(place);
	}
}

static void on_rings_tick(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct rings *rings = container_of(w, struct rings, tick);
	struct attachment *attachment = TAILQ_FIRST(&rings->busy);
	bool is_needed;

	(void)revents;
	while (attachment) {
		struct attachment *next = TAILQ_NEXT(attachment, busy_link);

		serve(rings, attachment);
		attachment = next;
	}

	is_needed = !TAILQ_EMPTY(&rings->busy);
	for (size_t i = 0; i < ARRAY_SIZE(rings->places); i++) {
		struct ring_place *place = &rings->places[i];

		if (place->step == RING_STEP_DRAINING && !place->attachment)
			close_ring(place);
		is_needed |= place->step == RING_STEP_DRAINING;
	}

	if (!is_needed)
		ev_timer_stop(loop, w);
}

/**
 * rings_init() - Get ready to lend rings
 * @rings:	In the caller's memory
 * @sw:		Switch whose ports they are for
 */
void rings_init(struct rings *rings, struct vswitch *sw)
{
	rings->sw = sw;
	TAILQ_INIT(&rings->busy);
	ev_timer_init(&rings->tick, on_rings_tick, TICK_S, TICK_S);
	for (size_t i = 0; i < ARRAY_SIZE(rings->places); i++)
		rings->places[i].rings = rings;
}

/**
 * rings_fini() - Lend no more rings
 * @rings:	Rings, or all zero
 *
 * To be called when the worker has stopped. Ports keep theirs to the end.
 */
void rings_fini(struct rings *rings)
{
	if (rings->sw)
		ev_timer_stop(rings->sw->loop, &rings->tick);
}

/**
 * rings_note_busy() - A port may need a ring
 * @rings:	Rings
 * @attachment:	The port's
 */
void rings_note_busy(struct rings *rings, struct attachment *attachment)
{
	const struct err old = { .msg = "they take Linux 6.2 or later" };

	if (attachment->is_busy || rings->is_refused ||
	    attachment->cable.kind != CABLE_VETH ||
	    attachment->watch.meter.is_barred)
		return;

	if (!ring_is_possible()) {
		refuse(rings, &old);
		return;
	}
	if (!packet_port_group(attachment->port)) {
		attachment->watch.meter.is_barred = true;
		return;
	}

	attachment->is_busy = true;
	TAILQ_INSERT_TAIL(&rings->busy, attachment, busy_link);
	start_tick(rings);
}

/**
 * rings_forget() - A port needs no ring, and will have none
 * @rings:	Rings
 * @attachment:	The port's; its port has not hung up yet
 *
 * If it has one, it lets go of it: frames in there are lost.
 */
void rings_forget(struct rings *rings, struct attachment *attachment)
{
	struct ring_place *place = attachment->ring_place;

	if (attachment->is_busy)
		TAILQ_REMOVE(&rings->busy, attachment, busy_link);
	attachment->is_busy = false;
	if (!place)
		return;

	if (packet_port_ring(attachment->port)) {
		take_away(place);
	} else {
		attachment->ring_place = NULL;
		close_ring(place);
	}
}
