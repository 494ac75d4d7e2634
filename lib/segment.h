/* SPDX-License-Identifier: MIT */
/*
 * segment.h - cut a super-frame into the frames it stands for
 *
 * The result is the one of the kernel (tcp_gso_segment(), __udp_gso_segment(),
 * inet_gso_segment(), ipv6_gso_segment()), byte for byte;
 * tests/netns/segment_vs_kernel.c holds the two against each other.
 *
 *	fault = segmenter_init(&seg, frame, len, &hdr);
 *	if (fault)
 *		return drop(fault);
 *	while ((n = segmenter_next(&seg, buf, sizeof(buf))) > 0)
 *		send(fd, buf, n, 0);
 *
 * Frames that are not super-frames go through as well, and come out once with
 * their checksum completed: "give me what a wire can take" is one loop.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "offload.h"

/* Belongs to segment.c. The frame must stay as it is until the last segment. */
struct segmenter {
	const uint8_t *data;
	size_t len;
	struct virtio_net_hdr hdr;
	struct offload_layout at;
	size_t headers_len; /* of every segment */
	size_t payload; /* where in @data that begins which is cut */
	size_t max_payload; /* of a segment */
	size_t done; /* payload that earlier segments carried */
	unsigned int n_done; /* segments so far */
	uint32_t pseudo; /* sum of the pseudo header, without its length */
	bool split;
};

enum offload_fault segmenter_init(struct segmenter *seg, const uint8_t *data,
				  size_t len, const struct virtio_net_hdr *hdr);
int segmenter_next(struct segmenter *seg, uint8_t *buf, size_t size);

#endif /* SEGMENT_H */
