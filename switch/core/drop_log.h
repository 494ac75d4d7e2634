/* SPDX-License-Identifier: MIT */
/*
 * drop_log.h - the newest frame that was dropped, per port and reason
 *
 * Counters say how many; this says which, when, and at whose port. Of each
 * reason in each direction the newest frame's beginning is kept, long enough
 * to say what it was.
 *
 * Only the last of a batch counts, so while the batch lasts just where the
 * frame's bytes are is noted, and drop_log_write() copies what is left at its end. So a
 * port that drops every frame is hardly slower than one that forgets them.
 *
 * Always true:
 *  - memory is taken when a reason first occurs at a port, and is bounded: 2 *
 *    DROP_COUNT records of some 250 bytes
 *  - without memory drops are still counted, and nothing else is missing
 *  - a record refers to nothing: ports it names may be gone
 */
#ifndef DROP_LOG_H
#define DROP_LOG_H

#include <linux/virtio_net.h>
#include <stdint.h>

#include "bridge.h"
#include "drop.h"
#include "port.h"

struct frame;

enum {
	DROP_RECORD_BYTES = 128, /* headers up to TCP over tagged IPv6 */
};

struct drop_record {
	uint64_t serial; /* the newer, the higher; never used twice at a port */
	uint64_t wall_ns;
	enum drop_reason reason;
	enum direction direction;
	char other[PORT_NAME_SIZE]; /* egress port of one that came in, ingress
				       port of one going out; "" for none */
	enum port_state in_state, out_state; /* of both, at that time */
	uint32_t mtu; /* of the egress port */
	uint32_t payload; /* what it would have to be; 0 if unknown */
	uint32_t len; /* of the frame */
	uint32_t n_bytes; /* of it that are kept */
	struct virtio_net_hdr offload;
	uint8_t bytes[DROP_RECORD_BYTES];

	/* From drop_log_note() to drop_log_write(). */
	struct drop_record *next;
	const uint8_t *data; /* NULL: nothing is to be written */
	const struct port *in, *out;
};

void drop_log_note(struct drop_record **list, struct port *port,
		   enum direction direction, const struct port *other,
		   const struct frame *frame, enum drop_reason reason);
void drop_log_write(struct drop_record **list, uint64_t wall_ns);
const struct drop_record *drop_log_get(const struct port *port,
				       enum direction direction,
				       enum drop_reason reason);
const struct drop_record *drop_log_newest(const struct port *port);
void drop_log_free(struct port *port);

#endif /* DROP_LOG_H */
