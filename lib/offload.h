/* SPDX-License-Identifier: MIT */
/*
 * offload.h - what is still to be done to a frame before it is on a wire
 *
 * Kernels and virtual machines hand over frames whose TCP or UDP checksum is
 * missing, and super-frames that stand for many frames. A struct
 * virtio_net_hdr (the legacy one of ten bytes, host order) says so. The switch
 * passes both on untouched; this module does the work for those who cannot
 * take them: completing checksums here, cutting super-frames in segment.h.
 *
 * BIG TCP: a super-frame of TCP may be longer than its IP header can tell. That
 * of IPv4 then says 0; that of IPv6 as well, and the length is in a jumbo
 * payload option behind it (RFC 2675), which the kernel puts there, and takes
 * out again when the frame is cut.
 *
 * Trust: header and frame may come from a hostile peer. offload_check() is
 * asked once, when a frame enters; what it accepts is safe for every other
 * function here. Nothing it accepts lets a completed checksum overwrite what
 * the switch decides by: addresses, tags, IP headers, TCP and UDP ports.
 */
#ifndef OFFLOAD_H
#define OFFLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/virtio_net.h>

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5 /* since Linux 6.2 */
#endif

enum {
	OFFLOAD_MAX_SEGMENTS = 8192, /* of one super-frame */
	OFFLOAD_IP_MAX =
		65535, /* longest length an IP header can tell, bytes */
	OFFLOAD_BIG_MAX = 192 * 1024, /* longest packet of BIG TCP, bytes */
};

/* what can be wrong with an offload header */
enum offload_fault {
	OFFLOAD_FAULT_NONE,
	OFFLOAD_FAULT_HDR_LEN, /* hdr_len exceeds the frame */
	OFFLOAD_FAULT_FLAGS, /* unknown flag */
	OFFLOAD_FAULT_GSO_TYPE, /* unknown or unsupported gso_type */
	OFFLOAD_FAULT_GSO_SIZE, /* gso_size 0, or 0xffff (the kernel's magic) */
	OFFLOAD_FAULT_NO_CSUM, /* super-frame that wants no checksum */
	OFFLOAD_FAULT_CSUM_END, /* checksum field is past the end */
	OFFLOAD_FAULT_CSUM_PLACE, /* checksum field is no checksum field */
	OFFLOAD_FAULT_TRUNCATED, /* frame ends inside its headers */
	OFFLOAD_FAULT_MALFORMED, /* headers contradict themselves */
	OFFLOAD_FAULT_FRAGMENT, /* IP fragment */
	OFFLOAD_FAULT_PROTOCOL, /* headers do not match the gso_type */
	OFFLOAD_FAULT_TUNNEL, /* super-frame inside a tunnel */
	OFFLOAD_FAULT_TOO_LONG, /* of more than 64 KiB, but not of BIG TCP */
	OFFLOAD_FAULT_SEGMENTS, /* more than OFFLOAD_MAX_SEGMENTS */
	OFFLOAD_FAULT_COUNT,
};

/* where things are in a frame, as offsets */
struct offload_layout {
	uint16_t ethertype; /* behind the tags */
	uint16_t l3;
	uint16_t l4; /* behind IPv4 options and IPv6 extension headers */
	uint16_t payload; /* behind TCP or UDP; 0 unless a super-frame */
	uint16_t jumbo_len; /* of a header behind @l3's that no segment has */
	uint8_t protocol; /* at @l4; meaningless unless IP */
};

static inline bool offload_is_super(const struct virtio_net_hdr *hdr)
{
	return hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

static inline bool offload_needs_csum(const struct virtio_net_hdr *hdr)
{
	return hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
}

const char *offload_fault_name(enum offload_fault fault);
enum offload_fault offload_check(const uint8_t *data, size_t len,
				 const struct virtio_net_hdr *hdr);
enum offload_fault offload_parse(const uint8_t *data, size_t len,
				 const struct virtio_net_hdr *hdr,
				 struct offload_layout *ret);
uint16_t offload_copy(uint8_t *copy, const uint8_t *data, size_t len,
		      const struct virtio_net_hdr *hdr);
uint16_t offload_checksum(const uint8_t *data, size_t len,
			  const struct virtio_net_hdr *hdr);
void offload_complete_checksum(uint8_t *data, size_t len,
			       struct virtio_net_hdr *hdr);
bool offload_is_dhcp(const uint8_t *data, size_t len,
		     const struct virtio_net_hdr *hdr);

#endif /* OFFLOAD_H */
