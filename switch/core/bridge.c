/* SPDX-License-Identifier: MIT */
/* bridge.c - the switch itself: ports, stations, and the way of a frame */

#include "bridge.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "drop_log.h"
#include "egress.h"
#include "err.h"
#include "fdb.h"
#include "forward.h"
#include "frame.h"
#include "mirror.h"
#include "port.h"

/**
 * bridge_new() - Make a switch without ports
 * @fdb:	Its stations; stays the caller's, and has to outlive the bridge
 *
 * Return: the bridge, or NULL if memory ran out
 */
struct bridge *bridge_new(struct fdb *fdb)
{
	struct bridge *bridge = calloc(1, sizeof(*bridge));

	if (!bridge)
		return NULL;

	bridge->fdb = fdb;
	bridge->segment = malloc(FRAME_HEADROOM + FRAME_SIZE_MAX);
	if (!bridge->segment) {
		free(bridge);
		return NULL;
	}

	return bridge;
}

/**
 * bridge_free() - Free a bridge and all its ports
 * @bridge:	Bridge, or NULL
 */
void bridge_free(struct bridge *bridge)
{
	if (!bridge)
		return;

	while (bridge->n_ports) {
		struct port *port = bridge->ports[bridge->n_ports - 1];

		bridge_remove_port(bridge, port);
		port->ops->free(port);
	}

	free(bridge->segment);
	port_index_fini(&bridge->names);
	free(bridge->ports);
	free(bridge);
}

/**
 * bridge_add_port() - Make a port part of the switch
 * @bridge:	Bridge
 * @port:	Port with its ops, name, MTU and state set; stays the caller's
 * @err:	On failure, one sentence
 *
 * Return: 0; -EEXIST if the name is taken; -ENOSPC if there are too many
 * ports; -ENOMEM
 */
int bridge_add_port(struct bridge *bridge, struct port *port, struct err *err)
{
	int r;

	if (bridge_find_port(bridge, port->name))
		return err_set(err, -EEXIST, "there is a port '%s' already",
			       port->name);
	if (bridge->n_ports == BRIDGE_MAX_PORTS)
		return err_set(err, -ENOSPC, "all %d ports are in use",
			       BRIDGE_MAX_PORTS);

	if (bridge->n_ports == bridge->room_for_ports) {
		size_t room = bridge->n_ports ? 2 * bridge->n_ports : 16;
		struct port **ports;

		ports = reallocarray(bridge->ports, room, sizeof(ports[0]));
		if (!ports)
			return err_set(err, -ENOMEM, "out of memory");
		bridge->ports = ports;
		bridge->room_for_ports = room;
	}

	if (port_index_add(&bridge->names, port) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	r = fdb_port_add(bridge->fdb, port, &port->fdb_handle);
	if (r < 0) {
		port_index_remove(&bridge->names, port);
		return err_set(err, r, "the FDB has no room for another port");
	}

	port->id = ++bridge->last_port_id;
	bridge->ports[bridge->n_ports++] = port;
	mirror_port_added(bridge, port);
	return 0;
}

/**
 * bridge_remove_port() - Take a port out of the switch
 * @bridge:	Bridge
 * @port:	Port of this bridge; the caller frees it
 *
 * Its stations are forgotten, pinned ones included; so is the mirror whose
 * port it was.
 */
void bridge_remove_port(struct bridge *bridge, struct port *port)
{
	for (size_t i = 0; i < bridge->n_ports; i++) {
		if (bridge->ports[i] != port)
			continue;

		bridge->n_ports--;
		memmove(&bridge->ports[i], &bridge->ports[i + 1],
			(bridge->n_ports - i) * sizeof(bridge->ports[0]));
		port_index_remove(&bridge->names, port);
		fdb_port_forget(bridge->fdb, port->fdb_handle);
		drop_log_free(port);
		mirror_port_removed(bridge, port);
		if (bridge->events)
			bridge->events->on_port_removed(bridge->events, port);
		return;
	}
}

/**
 * bridge_first_after() - Where to go on in a listing of ports
 * @bridge:	Bridge
 * @id:		The last port that was listed, which may be gone
 *
 * Return: index of the first port attached after it, n_ports if there is none
 */
size_t bridge_first_after(const struct bridge *bridge, uint64_t id)
{
	size_t low = 0, high = bridge->n_ports;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (bridge->ports[middle]->id <= id)
			low = middle + 1;
		else
			high = middle;
	}

	return low;
}

/**
 * bridge_forget_stations() - Forget what was learned on a port
 * @bridge:	Bridge
 * @port:	Port of it; stations pinned to it stay
 */
void bridge_forget_stations(struct bridge *bridge, const struct port *port)
{
	const struct fdb_filter filter = { .type = FDB_TYPE_DYNAMIC,
					   .port = port };
	uint64_t cursor = FDB_CURSOR_START;

	while (cursor != FDB_CURSOR_END)
		fdb_flush(bridge->fdb, &filter, &cursor, SIZE_MAX);
}

/**
 * bridge_find_port() - Look a port up by name
 * @bridge:	Bridge
 * @name:	Name
 *
 * Return: the port, or NULL if there is none of that name
 */
struct port *bridge_find_port(const struct bridge *bridge, const char *name)
{
	return port_index_find(&bridge->names, name);
}

/**
 * bridge_observe() - Show every frame to an observer from now on
 * @bridge:	Bridge
 * @observer:	Observer; stays the caller's
 */
void bridge_observe(struct bridge *bridge, struct observer *observer)
{
	observer->next = bridge->observers;
	bridge->observers = observer;
}

/**
 * bridge_unobserve() - Stop showing frames to an observer
 * @bridge:	Bridge
 * @observer:	Observer; nothing happens if it doesn't observe
 *
 * Must not be called from within on_frame().
 */
void bridge_unobserve(struct bridge *bridge, struct observer *observer)
{
	struct observer **link = &bridge->observers;

	while (*link && *link != observer)
		link = &(*link)->next;
	if (*link)
		*link = observer->next;
}

static void show(const struct bridge *bridge, const struct port *in,
		 const struct frame *frame, uint64_t wall_ns)
{
	struct observer *observer = bridge->observers;

	for (; observer; observer = observer->next)
		observer->on_frame(observer, in, DIRECTION_IN, frame, wall_ns);
}

/* Tell of a drop, unless those of its kind are known to go on. */
static void tell_drop(struct bridge *bridge, struct port *port,
		      enum direction direction, enum drop_reason reason)
{
	const uint64_t bit = UINT64_C(1) << reason;

	_Static_assert(DROP_COUNT <= 64, "a bit for each reason");
	if (port->told_drops[direction] & bit)
		return;
	if (bridge->events->on_drop(bridge->events, port, direction, reason))
		port->told_drops[direction] |= bit;
}

/**
 * bridge_drop() - Account for a frame that goes no further
 * @bridge:	Bridge
 * @port:	Port that has received it, or was to send it
 * @direction:	Which of the two
 * @frame:	Frame; if it had come in, its @blocker is set
 * @reason:	Why
 * @wall_ns:	Wall-clock time for observers
 *
 * The one place where drops are counted, kept and shown. To be called while
 * bridge_receive() forwards a batch that @frame belongs to.
 */
void bridge_drop(struct bridge *bridge, struct port *port,
		 enum direction direction, const struct frame *frame,
		 enum drop_reason reason, uint64_t wall_ns)
{
	const bool came_in = direction == DIRECTION_IN;
	struct observer *observer = bridge->observers;

	if (came_in)
		port->counters.rx_dropped[reason]++;
	else
		port->counters.tx_dropped[reason]++;
	drop_log_note(&bridge->dropped, port, direction,
		      came_in ? frame->blocker : bridge->in, frame, reason);

	if (bridge->events)
		tell_drop(bridge, port, direction, reason);
	for (; observer; observer = observer->next) {
		if (observer->on_drop)
			observer->on_drop(observer, port, direction, frame,
					  reason, wall_ns);
	}
}

static void show_done(const struct bridge *bridge, const struct port *in,
		      const struct frame *frame, uint64_t wall_ns)
{
	struct observer *observer = bridge->observers;

	for (; observer; observer = observer->next) {
		if (observer->on_done)
			observer->on_done(observer, in, frame, wall_ns);
	}
}

/* Every frame of a batch ends here: forwarded, or dropped for one reason. */
static void account(struct bridge *bridge, struct port *in,
		    const struct frame *frames, size_t n, uint64_t wall_ns)
{
	struct port_counters *counters = &in->counters;

	for (size_t i = 0; i < n; i++) {
		counters->rx_frames++;
		counters->rx_bytes += frames[i].len;
		if (frames[i].copies)
			counters->rx_forwarded++;
		else
			bridge_drop(bridge, in, DIRECTION_IN, &frames[i],
				    frames[i].unsent, wall_ns);
		if (bridge->observers)
			show_done(bridge, in, &frames[i], wall_ns);
	}
}

/*
 * Flooded frames that follow one another go out together. Before and after
 * them the groups are flushed, so that a port sends in the order of arrival.
 */
struct flood {
	struct frame *frames[FRAME_BATCH_MAX];
	size_t n;
};

static void flood_flush(struct bridge *bridge, const struct port *in,
			struct flood *flood, uint64_t wall_ns)
{
	if (!flood->n)
		return;

	egress_flood(bridge, in, flood->frames, flood->n, wall_ns);
	flood->n = 0;
}

/* A station is new, or elsewhere, or has found no room. */
static void tell_learned(struct bridge *bridge, const struct port *in,
			 const struct frame *frame, enum fdb_learned learned,
			 const struct port *moved_from)
{
	struct bridge_events *events = bridge->events;
	const uint64_t n_evicted = fdb_counters(bridge->fdb)->evicted;

	if (!events)
		return;

	switch (learned) {
	case FDB_LEARNED_NEW:
		events->on_learned(events, in, frame->src, frame->vid);
		if (n_evicted != bridge->n_evicted)
			events->on_table_full(events);
		bridge->n_evicted = n_evicted;
		break;
	case FDB_LEARNED_MOVED:
		events->on_moved(events, moved_from, in, frame->src,
				 frame->vid);
		break;
	case FDB_LEARNED_REFUSED:
		events->on_table_full(events);
		break;
	case FDB_LEARNED_AGAIN:
	case FDB_LEARNED_STATIC:
		break;
	}
}

static void learn(struct bridge *bridge, const struct port *in,
		  const struct frame *frame, mtime_t now)
{
	struct port *moved_from = NULL;
	const enum fdb_learned learned =
		fdb_learn(bridge->fdb, frame->src, frame->vid, in->fdb_handle,
			  now, &moved_from);

	if (learned != FDB_LEARNED_AGAIN)
		tell_learned(bridge, in, frame, learned, moved_from);
}

static void execute(struct bridge *bridge, struct port *in,
		    struct frame *frames, size_t n, mtime_t now,
		    uint64_t wall_ns)
{
	struct flood flood = { .n = 0 };

	for (size_t i = 0; i < n; i++) {
		struct frame *frame = &frames[i];
		struct verdict verdict = forward_decide(bridge, in, frame, now);

		if (verdict.learn)
			learn(bridge, in, frame, now);

		switch (verdict.kind) {
		case VERDICT_DROP:
			frame->unsent = verdict.reason;
			frame->blocker = verdict.out;
			break;
		case VERDICT_UNICAST:
			flood_flush(bridge, in, &flood, wall_ns);
			egress_add(bridge, verdict.out, frame);
			break;
		case VERDICT_FLOOD:
			egress_flush(bridge, wall_ns);
			flood.frames[flood.n++] = frame;
			break;
		}
	}

	flood_flush(bridge, in, &flood, wall_ns);
	egress_flush(bridge, wall_ns);
}

/**
 * bridge_receive() - Forward a batch of frames that a port has received
 * @bridge:	Bridge
 * @in:		Ingress port
 * @frames:	Frames as port_ops.receive() filled them in
 * @n:		How many, at most FRAME_BATCH_MAX
 * @now:	Monotonic time
 * @wall_ns:	Wall-clock time for observers, in ns since 1970
 */
void bridge_receive(struct bridge *bridge, struct port *in,
		    struct frame *frames, size_t n, mtime_t now,
		    uint64_t wall_ns)
{
	for (size_t i = 0; i < n; i++) {
		frames[i].place = (uint16_t)i;
		frames[i].copies = 0;
		frames[i].pieces = 0;
		frames[i].mirrored = 0;
		frames[i].refusals = 0;
		frames[i].unsent = DROP_NONE;
		frame_classify(&frames[i]);
		if (n > 1) {
			fdb_prefetch(bridge->fdb, frames[i].src, frames[i].vid);
			fdb_prefetch(bridge->fdb, frames[i].dst, frames[i].vid);
		}
		if (bridge->observers)
			show(bridge, in, &frames[i], wall_ns);
	}

	bridge->in = in;
	if (bridge->mirrors)
		mirror_received(bridge, in, frames, n, now, wall_ns);
	execute(bridge, in, frames, n, now, wall_ns);
	account(bridge, in, frames, n, wall_ns);
	drop_log_write(&bridge->dropped, wall_ns);
}
