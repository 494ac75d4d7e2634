/* SPDX-License-Identifier: MIT */
/*
 * port.h - a port as the switch core sees it
 *
 * The core never does I/O: it calls the port_ops of whichever backend
 * (switch/io/) owns the port. Tests bring a backend of their own.
 *
 * Always true between calls:
 *  - rx_frames = rx_forwarded + the sum of rx_dropped[]
 *  - what the port was given to send = tx_frames + the sum of tx_dropped[]
 */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drop.h"
#include "mtime.h"

enum {
	PORT_NAME_SIZE = 16, /* as IFNAMSIZ: the host end bears this name */
};

struct drop_log;
struct frame;
struct port;

enum direction {
	DIRECTION_IN, /* received by the port */
	DIRECTION_OUT, /* sent by it */
};

/* What a port takes as it is; what it lacks is done for it before sending. */
enum port_offload {
	PORT_OFFLOAD_CSUM = 1 << 0, /* checksum still to be filled in */
	PORT_OFFLOAD_TSO4 = 1 << 1, /* TCP super-frames */
	PORT_OFFLOAD_TSO6 = 1 << 2,
	PORT_OFFLOAD_ECN = 1 << 3, /* ... with congestion bits */
	PORT_OFFLOAD_USO = 1 << 4, /* UDP super-frames */
	PORT_OFFLOAD_BIG4 = 1 << 5, /* TCP super-frames of more than 64 KiB */
	PORT_OFFLOAD_BIG6 = 1 << 6,
	PORT_OFFLOAD_ALL = (1 << 7) - 1,
};

struct port_ops {
	const char *kind; /* "veth", "tap" */

	/*
	 * Fill in about @max frames of FRAME_BATCH_MAX, whose data points to
	 * FRAME_SIZE_MAX writable bytes behind FRAME_HEADROOM; or may be made
	 * to point to others that are the backend's, as long as they have such
	 * room in front of them. Return how many, 0 if none
	 * are waiting, or -errno if the device is gone.
	 */
	int (*receive)(struct port *port, struct frame *frames, size_t max);

	/* The frames received have been dealt with. NULL if it's of no use. */
	void (*done)(struct port *port);

	/*
	 * Send @n frames, at most FRAME_BATCH_MAX. Their bytes stay as they
	 * are, the room in front of them need not. Sets the @unsent of each:
	 * DROP_NONE, or why it was not sent.
	 */
	void (*send)(struct port *port, struct frame *const *frames, size_t n);

	/* Add what the kernel could not queue since the last call. Called
	 * whenever somebody asks, so it may wait for nothing. */
	void (*count_missed)(struct port *port);

	/* Let go of the device, now; the port itself stays. */
	void (*hang_up)(struct port *port);

	/* Hang up if need be, and free the port. */
	void (*free)(struct port *port);
};

enum port_state {
	PORT_STATE_DOWN, /* interface or cable is down */
	PORT_STATE_UP, /* forwarding */
	PORT_STATE_MOVED, /* interface was taken to another namespace */
	PORT_STATE_GONE, /* interface or namespace was deleted */
	PORT_STATE_WAITING, /* the same, and it will be made again */
	PORT_STATE_FAILED, /* it could not be made again, so far */
};

struct port_counters {
	uint64_t rx_frames; /* received, whatever became of them */
	uint64_t rx_bytes;
	uint64_t rx_forwarded; /* left by at least one port */
	uint64_t rx_dropped[DROP_COUNT];
	uint64_t rx_missed; /* lost in the kernel, so not in rx_frames */
	uint64_t tx_frames;
	uint64_t tx_bytes;
	uint64_t tx_dropped[DROP_COUNT];
};

struct port {
	const struct port_ops *ops;
	int fd; /* readable when frames wait; -1 after hanging up */
	char name[PORT_NAME_SIZE];
	enum port_state state;
	mtime_t state_since;
	unsigned mtu; /* bytes of payload, tags not counted */
	unsigned offloads; /* enum port_offload */
	uint64_t id; /* never used twice; order of attachment */
	uint32_t fdb_handle; /* how the FDB knows this port */
	struct port_counters counters;
	struct drop_log *drop_log; /* see drop_log.h; NULL: nothing dropped */
	bool is_mirror; /* carries the copies of a mirror, and nothing else */
	uint16_t mirrored_rx, mirrored_tx; /* by which mirrors: see mirror.c */
	uint64_t missed_wall_ns; /* when rx_missed was seen to grow, or 0 */
	uint64_t told_drops[2]; /* by direction, a bit a reason: bridge.c */
	void *owner; /* of the layer that attached it */
	struct port *next_by_name; /* see port_index.c */

	/* Frames waiting for the end of the batch; see egress.c. */
	struct frame *group_first, *group_last;
	struct port *group_next;
};

const char *port_state_name(enum port_state state);
uint64_t port_dropped(const struct port *port, enum direction direction,
		      enum drop_reason reason);
uint64_t port_rx_dropped(const struct port *port);
uint64_t port_tx_dropped(const struct port *port);
void port_count_missed(struct port *port, uint64_t wall_ns);

#endif /* PORT_H */
