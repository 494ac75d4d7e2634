/* SPDX-License-Identifier: MIT */
/* datapath.c - frames from ports to the bridge, as the event loop wakes us */

#include "datapath.h"

#include <errno.h>

#include "batch.h"
#include "bridge.h"
#include "clock.h"
#include "fdb.h"
#include "macros.h"
#include "port.h"

enum {
	BATCHES_PER_TURN = 4, /* of one port */
	TURN_COST = 4096, /* copies sent: some milliseconds' worth */
	BUSY_FRAMES = 8, /* in one batch, ... */
	BUSY_SIZE = 64 * 1024, /* ... or bytes: may be worth a ring */
	BATCH_SIZE = 128 * 1024, /* bytes that stay in a core's own cache */
	SWEEP_BUDGET = 8192, /* well under 100 us, see fdb.h */
};

static const double TICK_S = 1.05; /* so, less than one wake-up a second */
static const double TICK_AGAIN_S = 0.01; /* when one sweep was not enough */

/*
 * How many frames to take next time, judged by those of this time. A batch of
 * 64 super-frames is 4 MiB and more: written to memory when received, and
 * fetched from there to be sent, while whoever waits for the first of them
 * waits for the last. Small frames are best taken by the dozen.
 */
static size_t next_batch(size_t n, size_t size)
{
	size_t fit;

	if (size <= n * (BATCH_SIZE / FRAME_BATCH_MAX))
		return FRAME_BATCH_MAX;

	fit = BATCH_SIZE / (size / n);
	return fit ? fit : 1;
}

static size_t sum_up(const struct frame *frames, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += frames[i].len;

	return size;
}

static size_t sum_up_big(const struct frame *frames, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += frames[i].len > RING_BULK_MAX ? frames[i].len : 0;

	return size;
}

static void meter(struct port_watch *watch, const struct frame *frames,
		  size_t n, size_t size)
{
	const struct datapath *datapath = watch->datapath;
	const size_t big = size > RING_BULK_MAX ? sum_up_big(frames, n) : 0;

	ring_meter_note(&watch->meter, n, size, big);
	if (n >= BUSY_FRAMES || size >= BUSY_SIZE)
		datapath->on_port_busy(watch->port, datapath->user);
}

static void leave_queue(struct port_watch *watch)
{
	if (!watch->queued)
		return;

	TAILQ_REMOVE(&watch->datapath->queue, watch, link);
	watch->queued = false;
}

/* What sending them has cost, in frames sent. */
static size_t count_sent(const struct frame *frames, size_t n)
{
	size_t sent = n;

	for (size_t i = 0; i < n; i++)
		sent += frames[i].copies + frames[i].pieces;

	return sent;
}

/* One batch of a port; returns what it cost, and whether there may be more. */
static size_t carry(struct datapath *datapath, struct port_watch *watch,
		    bool *ret_more)
{
	struct batch *batch = datapath->batch;
	struct port *port = watch->port;
	const size_t wanted = watch->batch;
	int n = port->ops->receive(port, batch->frames, wanted);
	size_t cost, size;

	*ret_more = false;
	if (n < 0) {
		datapath->on_port_failed(port, n, datapath->user);
		return 1;
	}

	bridge_receive(datapath->bridge, port, batch->frames, (size_t)n,
		       datapath->clock->now, datapath->clock->wall_ns);
	cost = 1 + count_sent(batch->frames, (size_t)n);
	size = sum_up(batch->frames, (size_t)n);
	watch->batch = next_batch((size_t)n, size);
	meter(watch, batch->frames, (size_t)n, size);
	if (port->ops->done)
		port->ops->done(port);
	batch_reset(batch, (size_t)n);
	*ret_more = (size_t)n >= wanted;
	return cost;
}

static void join_queue(struct port_watch *watch)
{
	if (watch->queued)
		return;

	TAILQ_INSERT_TAIL(&watch->datapath->queue, watch, link);
	watch->queued = true;
}

static void on_port_readable(struct ev_loop *loop, struct ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	join_queue(container_of(w, struct port_watch, readable));
}

static void on_ring_readable(struct ev_loop *loop, struct ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	join_queue(container_of(w, struct port_watch, ring_readable));
}

static void look_again(struct datapath *datapath, bool at_once)
{
	if (at_once)
		ev_idle_start(datapath->loop, &datapath->hurry);
	else
		ev_idle_stop(datapath->loop, &datapath->hurry);
}

/* All other events of this turn have been handled: now the frames. */
static void on_datapath_serve(struct ev_loop *loop, struct ev_prepare *w,
			      int revents)
{
	struct datapath *datapath = container_of(w, struct datapath, serve);
	const mtime_t now = datapath->clock->now;
	struct port_watch *watch;
	size_t cost = 0;

	(void)loop;
	(void)revents;
	if (TAILQ_EMPTY(&datapath->queue)) {
		look_again(datapath, spin_once_more(&datapath->spin, now));
		return;
	}

	while ((watch = TAILQ_FIRST(&datapath->queue)) && cost < TURN_COST) {
		bool more = true;

		leave_queue(watch);
		for (int i = 0; more && i < BATCHES_PER_TURN; i++)
			cost += carry(datapath, watch, &more);
	}

	datapath_tick(datapath);
	spin_served(&datapath->spin, now);
	look_again(datapath, !TAILQ_EMPTY(&datapath->queue) ||
				     spin_once_more(&datapath->spin, now));
}

/* To be active is all it does: the loop polls, and does not wait. */
static void on_datapath_hurry(struct ev_loop *loop, struct ev_idle *w,
			      int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
}

static void on_datapath_tick(struct ev_loop *loop, struct ev_timer *w,
			     int revents)
{
	struct datapath *datapath = container_of(w, struct datapath, tick);
	struct fdb *fdb = datapath->bridge->fdb;
	const bool wanted = datapath->on_tick(datapath->user);

	(void)revents;
	if (!fdb_sweep(fdb, datapath->clock->now, SWEEP_BUDGET)) {
		w->repeat = TICK_AGAIN_S;
		ev_timer_again(loop, w);
	} else if (!fdb_counts(fdb).n_dynamic && !wanted) {
		ev_timer_stop(loop, w);
	} else {
		w->repeat = TICK_S;
		ev_timer_again(loop, w);
	}
}

/**
 * datapath_init() - Get ready to carry frames
 * @datapath:	In the caller's memory; its callbacks are the caller's to set
 * @loop:	Event loop
 * @bridge:	Where frames go
 * @clock:	What time it is
 *
 * Return: 0, or -ENOMEM
 */
int datapath_init(struct datapath *datapath, struct ev_loop *loop,
		  struct bridge *bridge, const struct clock *clock)
{
	datapath->batch = batch_new();
	if (!datapath->batch)
		return -ENOMEM;

	datapath->loop = loop;
	datapath->bridge = bridge;
	datapath->clock = clock;
	TAILQ_INIT(&datapath->queue);
	ev_idle_init(&datapath->hurry, on_datapath_hurry);
	ev_prepare_init(&datapath->serve, on_datapath_serve);
	ev_prepare_start(loop, &datapath->serve);
	ev_timer_init(&datapath->tick, on_datapath_tick, TICK_S, TICK_S);
	return 0;
}

/**
 * datapath_fini() - Carry no more frames
 * @datapath:	Datapath whose ports are all unwatched, or all zero
 */
void datapath_fini(struct datapath *datapath)
{
	if (!datapath->batch)
		return;

	ev_timer_stop(datapath->loop, &datapath->tick);
	ev_prepare_stop(datapath->loop, &datapath->serve);
	ev_idle_stop(datapath->loop, &datapath->hurry);
	batch_free(datapath->batch);
	datapath->batch = NULL;
}

/**
 * datapath_watch() - Carry what comes in by a port
 * @datapath:	Datapath
 * @watch:	In the memory of the port's owner
 * @port:	Port of the bridge, with a descriptor
 */
void datapath_watch(struct datapath *datapath, struct port_watch *watch,
		    struct port *port)
{
	watch->datapath = datapath;
	watch->port = port;
	watch->batch = FRAME_BATCH_MAX;
	watch->meter = (struct ring_meter){ 0 };
	ev_io_init(&watch->readable, on_port_readable, port->fd, EV_READ);
	ev_io_init(&watch->ring_readable, on_ring_readable, -1, EV_READ);
	ev_io_start(datapath->loop, &watch->readable);
}

/**
 * datapath_unwatch() - Leave a port alone; to be called before it hangs up
 * @watch:	Watch, started or not
 */
void datapath_unwatch(struct port_watch *watch)
{
	if (!watch->datapath)
		return;

	leave_queue(watch);
	ev_io_stop(watch->datapath->loop, &watch->readable);
	datapath_unwatch_ring(watch);
}

/**
 * datapath_watch_ring() - Carry what comes in by a port's ring, too
 * @watch:	Watch of the port
 * @fd:		Readable when a frame waits in the ring
 */
void datapath_watch_ring(struct port_watch *watch, int fd)
{
	ev_io_set(&watch->ring_readable, fd, EV_READ);
	ev_io_start(watch->datapath->loop, &watch->ring_readable);
}

/**
 * datapath_unwatch_ring() - Leave a port's ring alone; before it is closed
 * @watch:	Watch of the port, with a ring or without
 */
void datapath_unwatch_ring(struct port_watch *watch)
{
	ev_io_stop(watch->datapath->loop, &watch->ring_readable);
}

/**
 * datapath_tick() - Make sure that the FDB is swept before long
 * @datapath:	Datapath
 *
 * To be called when stations were learned, or forgotten otherwise than by a
 * frame, and when on_tick() is needed. The timer stops by itself when nothing
 * is left to do.
 */
void datapath_tick(struct datapath *datapath)
{
	if (!ev_is_active(&datapath->tick))
		ev_timer_again(datapath->loop, &datapath->tick);
}
