/* SPDX-License-Identifier: MIT */
/*
 * datapath.h - frames from ports to the bridge, as the event loop wakes us
 *
 * One watcher per port, and one more while it has a ring. Ports that have frames stand in a queue, and are
 * served in turn: so many batches each, and so many copies sent in all before
 * the loop looks after everything else again. So neither a busy port nor a
 * flood among thousands keeps others waiting, be they ports or clients.
 *
 * A timer sweeps the FDB once a second, as long as there is anything in it or
 * on_tick() has something to do: a switch that carries nothing sleeps.
 */
#ifndef DATAPATH_H
#define DATAPATH_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "ring_policy.h"
#include "spin.h"

struct batch;
struct bridge;
struct clock;
struct port;

struct datapath {
	struct ev_loop *loop;
	struct bridge *bridge;
	const struct clock *clock;
	struct batch *batch;
	struct ev_prepare serve; /* before each wait */
	struct ev_idle hurry; /* active: don't wait, but look again */
	struct spin spin; /* ... although no port is queued */
	TAILQ_HEAD(port_queue, port_watch) queue;
	struct ev_timer tick;

	/* A port's device is gone for good. May unwatch and hang up @port. */
	void (*on_port_failed)(struct port *port, int error, void *user);
	/* At each tick: every second, and more often while much is swept.
	 * Returns whether it is needed again. */
	bool (*on_tick)(void *user);

	/* A port brings many frames at once, or large ones. */
	void (*on_port_busy)(struct port *port, void *user);
	void *user;
};

/* In the memory of whoever owns the port. */
struct port_watch {
	struct ev_io readable;
	struct ev_io ring_readable; /* active while it has a ring */
	TAILQ_ENTRY(port_watch) link; /* in datapath->queue ... */
	bool queued; /* ... if so */
	struct datapath *datapath;
	struct port *port;
	struct ring_meter meter;
	size_t batch; /* frames to take at once: fewer, if they are large */
};

int datapath_init(struct datapath *datapath, struct ev_loop *loop,
		  struct bridge *bridge, const struct clock *clock);
void datapath_fini(struct datapath *datapath);
void datapath_watch(struct datapath *datapath, struct port_watch *watch,
		    struct port *port);
void datapath_unwatch(struct port_watch *watch);
void datapath_watch_ring(struct port_watch *watch, int fd);
void datapath_unwatch_ring(struct port_watch *watch);
void datapath_tick(struct datapath *datapath);

#endif /* DATAPATH_H */
