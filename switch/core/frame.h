/* SPDX-License-Identifier: MIT */
/*
 * frame.h - a frame on its way through the switch
 *
 * Bytes, the port they came in by, and their offload state: the virtio-net
 * header as <linux/virtio_net.h> defines it, in host byte order. A tag that
 * the kernel had taken out is back in its place before the core sees a frame.
 *
 * Whoever received the frame owns its buffer, which has FRAME_HEADROOM bytes
 * in front of what was received. Frames live no longer than the call that
 * hands them to the bridge.
 */
#ifndef FRAME_H
#define FRAME_H

#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdint.h>

#include "drop.h"
#include "eth.h"
#include "offload.h"

enum {
	FRAME_HEADROOM = 64, /* for a tag, and a TAP's offload header */
	FRAME_SIZE_MAX = OFFLOAD_BIG_MAX + ETH_HEADER_LEN + 2 * ETH_TAG_LEN,
	FRAME_BATCH_MAX = 64, /* frames handed over at once */
};

struct port;

struct frame {
	/* Filled in by the backend that received it. */
	uint8_t *data; /* first byte of the destination address */
	uint32_t len; /* bytes from @data on */
	enum drop_reason fault; /* what is wrong with it, or DROP_NONE */
	struct virtio_net_hdr offload;

	/* Filled in by frame_classify(). */
	struct eth_addr dst, src;
	uint16_t vid; /* VLAN; 0 is untagged */
	uint16_t overhead; /* header and tags: what the MTU does not count */
	uint32_t wire_len; /* longest frame a wire would carry of it */

	/* Filled in while it is forwarded. */
	struct frame *next; /* in the same egress group */
	uint32_t copies; /* ports it has left by */
	uint32_t pieces; /* segments cut of it on the way out */
	uint32_t refusals; /* ports it should have left by, and has not */
	enum drop_reason unsent; /* result of the latest port_ops.send() */
	uint16_t place; /* in the batch it came in, from 0 */
	uint16_t mirrored; /* seen by these mirrors already, a bit each */
	const struct port *blocker; /* egress port that @unsent came of, if any;
				       valid if there is an @unsent */
};

void frame_classify(struct frame *frame);

#endif /* FRAME_H */
