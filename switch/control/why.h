/* SPDX-License-Identifier: MIT */
/*
 * why.h - the reasons for drops in sentences, and what would change them
 *
 * The one place for these words: what show-drops says of a frame that was
 * dropped and what explain says of one that would be are the same.
 * docs/drops.md has the reasons in general; here they are about one frame.
 */
#ifndef WHY_H
#define WHY_H

#include <stddef.h>
#include <stdint.h>

#include "bridge.h"
#include "drop.h"
#include "eth.h"
#include "port.h"

struct drop_record;
struct frame;
struct vswitch;

enum {
	WHY_SIZE = 400, /* holds any sentence or command, and NUL */
};

/* A drop, and what it came of. Names may be "", where no port is at fault. */
struct why {
	enum drop_reason reason;
	const char *in, *out; /* ingress and egress port */
	enum port_state in_state, out_state;
	unsigned mtu; /* of the egress port */
	unsigned payload; /* what an MTU would have to be for the frame */
	struct eth_addr dst; /* where the frame was going ... */
	uint16_t vid; /* ... and in which VLAN */
};

struct why why_of(enum drop_reason reason, const struct port *in,
		  const struct port *out, const struct frame *frame);
struct why why_of_record(const struct drop_record *record,
			 const struct port *port);
void why_cause(const struct why *why, char text[WHY_SIZE]);
void why_remedy(const struct vswitch *sw, const struct why *why,
		char text[WHY_SIZE]);
void why_missed(const struct vswitch *sw, const struct port *port,
		char cause[WHY_SIZE], char remedy[WHY_SIZE]);

#endif /* WHY_H */
