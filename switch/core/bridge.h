/* SPDX-License-Identifier: MIT */
/*
 * bridge.h - the switch itself: ports, stations, and the way of a frame
 *
 * bridge_receive() is the data path. It classifies a batch of frames, asks
 * forward_decide() about each, learns, sends by egress port, and accounts for
 * every frame. No I/O but through port_ops, no clock, no logging.
 *
 * Always true between calls:
 *  - every port is in ports[], in order of attachment, can be found by its
 *    name, and is known to the FDB
 *  - no frame is held: what was received has been sent or dropped
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drop.h"
#include "eth.h"
#include "mtime.h"
#include "port.h"
#include "port_index.h"

struct drop_record;
struct err;
struct fdb;
struct frame;
struct mirrors;

enum {
	BRIDGE_MAX_PORTS = 16384,
};

/*
 * Somebody who looks at frames: captures. Must not change or keep them.
 * @on_drop and @on_done may be NULL. A frame that one egress port refuses is
 * dropped there as one that was going out, and once more where it came in if
 * it left by no port at all. @on_done comes last, once for each frame, when it
 * has left by all ports it will ever leave by; @in is where it came in.
 *
 * A super-frame that had to be cut for a port is shown to @as_sent observers
 * as the segments which left, and to all others as it came in.
 */
struct observer {
	bool as_sent;
	void (*on_frame)(struct observer *observer, const struct port *port,
			 enum direction direction, const struct frame *frame,
			 uint64_t wall_ns);
	void (*on_drop)(struct observer *observer, const struct port *port,
			enum direction direction, const struct frame *frame,
			enum drop_reason reason, uint64_t wall_ns);
	void (*on_done)(struct observer *observer, const struct port *in,
			const struct frame *frame, uint64_t wall_ns);
	struct observer *next;
};

/*
 * Somebody who is told what is rare. All functions are there; they are called
 * in the middle of a batch, so they must be quick and leave the bridge alone.
 */
struct bridge_events {
	void (*on_learned)(struct bridge_events *events,
			   const struct port *port, struct eth_addr addr,
			   uint16_t vid);
	void (*on_moved)(struct bridge_events *events, const struct port *from,
			 const struct port *to, struct eth_addr addr,
			 uint16_t vid);
	/* A station had to make way for another one, or was not learned. */
	void (*on_table_full)(struct bridge_events *events);
	/*
	 * A frame was dropped and counted. Returns whether it need not be told
	 * again until the reason's bit in port->told_drops[] is cleared.
	 */
	bool (*on_drop)(struct bridge_events *events, struct port *port,
			enum direction direction, enum drop_reason reason);
	void (*on_port_removed)(struct bridge_events *events,
				const struct port *port);
};

struct bridge {
	struct fdb *fdb; /* owned by the caller of bridge_new() */
	struct port **ports;
	size_t n_ports, room_for_ports;
	struct port_index names; /* of the same ports */
	uint64_t last_port_id;
	struct observer *observers;
	struct port *in; /* whose frames are being forwarded */
	struct drop_record *dropped; /* of these frames, see drop_log.h */
	struct mirrors *mirrors; /* NULL: none, see mirror.c */
	struct bridge_events *events; /* NULL, or the caller's */
	uint64_t n_evicted; /* of these stations @events has been told */
	struct port *groups; /* ports with frames to send, see egress.c */
	uint8_t *segment; /* one segment of a super-frame, see egress.c */
};

struct bridge *bridge_new(struct fdb *fdb);
void bridge_free(struct bridge *bridge);

int bridge_add_port(struct bridge *bridge, struct port *port, struct err *err);
void bridge_remove_port(struct bridge *bridge, struct port *port);
size_t bridge_first_after(const struct bridge *bridge, uint64_t id);
void bridge_forget_stations(struct bridge *bridge, const struct port *port);
struct port *bridge_find_port(const struct bridge *bridge, const char *name);

void bridge_observe(struct bridge *bridge, struct observer *observer);
void bridge_unobserve(struct bridge *bridge, struct observer *observer);

void bridge_drop(struct bridge *bridge, struct port *port,
		 enum direction direction, const struct frame *frame,
		 enum drop_reason reason, uint64_t wall_ns);
void bridge_receive(struct bridge *bridge, struct port *in,
		    struct frame *frames, size_t n, mtime_t now,
		    uint64_t wall_ns);

#endif /* BRIDGE_H */
