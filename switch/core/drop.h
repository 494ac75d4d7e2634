/* SPDX-License-Identifier: MIT */
/*
 * drop.h - why a frame was dropped
 *
 * Every frame that the switch does not pass on has exactly one of these
 * reasons. The names are part of the control protocol; docs/drops.md says
 * for each what causes it and what helps.
 */
#ifndef DROP_H
#define DROP_H

enum drop_reason {
	DROP_NONE, /* not dropped */

	/* The frame itself, found at ingress. */
	DROP_RUNT, /* ends before its header does */
	DROP_BAD_LENGTH, /* 802.3 length field says more than there is */
	DROP_OVERSIZE, /* longer than any buffer of ours */
	DROP_BAD_OFFLOAD, /* offload header contradicts the bytes */
	DROP_UNDESCRIBED, /* super-frame no offload header can describe */
	DROP_SOURCE_GROUP, /* source is a group address */
	DROP_SOURCE_ZERO, /* source is 00:00:00:00:00:00 */

	/* The decision. */
	DROP_PORT_DOWN, /* ingress port does not forward */
	DROP_MIRROR_PORT, /* a mirror port neither talks nor is talked to */
	DROP_RESERVED, /* 01:80:c2:00:00:0x stays on its link (802.1Q 8.6.3) */
	DROP_SAME_PORT, /* destination is where the frame came from */
	DROP_NO_EGRESS, /* flooded, and there was nobody else */
	DROP_EGRESS_DOWN, /* the destination's port does not forward */
	DROP_TOO_BIG, /* longer than the egress MTU allows */

	/* Sending it. */
	DROP_QUEUE_FULL, /* receiver's queue or our send buffer is full */
	DROP_LINK_DOWN, /* egress interface went down meanwhile */
	DROP_LINK_GONE, /* egress interface is gone */
	DROP_REFUSED, /* the kernel would not take it */

	DROP_COUNT,
};

const char *drop_name(enum drop_reason reason);

#endif /* DROP_H */
