/* SPDX-License-Identifier: MIT */
/*
 * superframe.h - frames with offload headers, built and verified by hand
 *
 * For the tests of lib/offload and lib/segment. Shares no code with them: its
 * checksum is the slow one of RFC 1071's first page, so that a mistake in
 * lib/csum cannot hide itself.
 */
#ifndef SUPERFRAME_H
#define SUPERFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "offload.h"

enum {
	SUPERFRAME_MAX = OFFLOAD_BIG_MAX + 400,
	TCP_FIN = 0x01,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

/* what to build; all zero is a UDP datagram over IPv4 with checksum request */
struct superframe_spec {
	bool ipv6;
	bool tcp;
	bool super; /* false: leave the gso_type at NONE */
	bool ecn; /* the flag of the offload header */
	bool dont_fragment;
	bool options; /* of IPv4, or hop-by-hop and destination options */
	bool big; /* BIG TCP: its length is not in the IP header */
	uint8_t n_tags; /* all but the innermost are 802.1ad */
	uint8_t tcp_flags;
	uint8_t tcp_options_len; /* a multiple of 4 */
	uint16_t gso_size;
	uint16_t ip_id;
	uint32_t seq;
	size_t payload_len;
	uint32_t seed; /* of the payload */
};

struct superframe {
	uint8_t data[SUPERFRAME_MAX];
	size_t len;
	struct virtio_net_hdr hdr;
	size_t l3, l4, payload;
	size_t cut_l4, cut_payload; /* in its segments */
};

static inline uint32_t next_random(uint32_t *state) /* xorshift32 */
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

/* RFC 1071: the ones' complement sum, one 16-bit word after the other */
static inline uint32_t naive_sum(const uint8_t *p, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++) {
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static inline uint32_t naive_pseudo(const struct superframe *f, bool ipv6,
				    bool tcp, size_t l4_len)
{
	const uint8_t *addrs = f->data + f->l3 + (ipv6 ? 8 : 12);
	uint8_t rest[6] = { 0 };

	put16(rest, (uint32_t)(l4_len >> 16));
	put16(rest + 2, (uint32_t)l4_len);
	rest[5] = tcp ? 6 : 17;
	return naive_sum(rest, 6, naive_sum(addrs, ipv6 ? 32 : 8, 0));
}

static inline void superframe_put_ipv4(struct superframe *f,
				       const struct superframe_spec *spec)
{
	static const uint8_t addrs[] = { 10, 1, 2, 3, 192, 168, 77, 5 };
	uint8_t *ip = f->data + f->l3;
	const size_t ip_len = spec->options ? 28 : 20;

	ip[0] = (uint8_t)(0x40 | ip_len / 4);
	ip[1] = spec->ecn ? 2 : 0x10;
	put16(ip + 4, spec->ip_id);
	put16(ip + 6, spec->dont_fragment ? 0x4000 : 0);
	ip[8] = 61;
	ip[9] = spec->tcp ? 6 : 17;
	memcpy(ip + 12, addrs, sizeof(addrs));
	if (spec->options) /* six times "no operation", and the end */
		memset(ip + 20, 1, 7);
	f->l4 = f->l3 + ip_len;
}

static inline void superframe_put_ipv6(struct superframe *f,
				       const struct superframe_spec *spec)
{
	static const uint8_t hop_by_hop[] = { 60, 0, 5, 2, 0, 0, 1, 0 };
	static const uint8_t jumbo[] = { 6, 0, 0xc2, 4, 0, 0, 0, 0 };
	static const uint8_t destination[] = { 0, 1, 1, 12, 0, 0, 0, 0,
					       0, 0, 0, 0,  0, 0, 0, 0 };
	uint8_t *ip = f->data + f->l3;
	const uint8_t protocol = spec->tcp ? 6 : 17;

	ip[0] = 0x60;
	ip[1] = 0x2a; /* a traffic class and a flow label */
	ip[3] = 0x77;
	ip[6] = protocol;
	ip[7] = 62;
	for (uint8_t i = 0; i < 32; i++)
		ip[8 + i] = (uint8_t)(0xfd - i * 7);
	f->l4 = f->l3 + 40;
	if (spec->big) {
		ip[6] = 0;
		memcpy(ip + 40, jumbo, sizeof(jumbo));
		f->l4 += sizeof(jumbo);
	}
	if (!spec->options)
		return;
	ip[6] = 0;
	memcpy(ip + 40, hop_by_hop, sizeof(hop_by_hop));
	memcpy(ip + 48, destination, sizeof(destination));
	ip[48] = protocol;
	f->l4 += sizeof(hop_by_hop) + sizeof(destination);
}

static inline void superframe_put_l4(struct superframe *f,
				     const struct superframe_spec *spec)
{
	uint8_t *l4 = f->data + f->l4;

	put16(l4, 40000);
	put16(l4 + 2, 5201);
	if (!spec->tcp) {
		put16(l4 + 4, (uint32_t)(8 + spec->payload_len));
		f->payload = f->l4 + 8;
		return;
	}
	put16(l4 + 4, spec->seq >> 16);
	put16(l4 + 6, spec->seq & 0xffff);
	put16(l4 + 8, 0xdead);
	put16(l4 + 10, 0xbeef);
	l4[12] = (uint8_t)((20 + spec->tcp_options_len) / 4 << 4);
	l4[13] = spec->tcp_flags;
	put16(l4 + 14, 501);
	put16(l4 + 18, spec->tcp_flags & TCP_URG ? 3 : 0);
	for (uint8_t i = 0; i < spec->tcp_options_len; i++)
		l4[20 + i] = 1;
	f->payload = f->l4 + 20 + spec->tcp_options_len;
}

static inline void superframe_put_hdr(struct superframe *f,
				      const struct superframe_spec *spec)
{
	struct virtio_net_hdr *hdr = &f->hdr;

	hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->csum_start = (uint16_t)f->l4;
	hdr->csum_offset = spec->tcp ? 16 : 6;
	if (!spec->super)
		return;
	hdr->hdr_len = (uint16_t)f->payload;
	hdr->gso_size = spec->gso_size;
	if (!spec->tcp)
		hdr->gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
	else if (spec->ipv6)
		hdr->gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
	else
		hdr->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	if (spec->ecn)
		hdr->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
}

static inline void superframe_build(struct superframe *f,
				    const struct superframe_spec *spec)
{
	static const uint8_t addrs[] = {
		2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa
	};
	uint32_t random = spec->seed ? spec->seed : 1;
	uint8_t *type = f->data + sizeof(addrs);
	uint8_t *ip;

	memset(f->data, 0, 256);
	memset(&f->hdr, 0, sizeof(f->hdr));
	memcpy(f->data, addrs, sizeof(addrs));
	for (uint8_t i = spec->n_tags; i; i--, type += 4) {
		put16(type, i > 1 ? 0x88a8 : 0x8100);
		put16(type + 2, 0xa000U + 100U * i);
	}
	put16(type, spec->ipv6 ? 0x86dd : 0x0800);
	f->l3 = (size_t)(type + 2 - f->data);
	if (spec->ipv6)
		superframe_put_ipv6(f, spec);
	else
		superframe_put_ipv4(f, spec);
	superframe_put_l4(f, spec);
	f->cut_l4 = f->l4 - (spec->ipv6 && spec->big ? 8 : 0);
	f->cut_payload = f->payload - (f->l4 - f->cut_l4);
	f->len = f->payload + spec->payload_len;
	for (size_t i = f->payload; i < f->len; i++)
		f->data[i] = (uint8_t)next_random(&random);

	ip = f->data + f->l3;
	if (spec->ipv6 && spec->big) {
		put16(ip + 44, (uint32_t)(f->len - f->l3 - 40) >> 16);
		put16(ip + 46, (uint32_t)(f->len - f->l3 - 40));
	} else if (spec->ipv6) {
		put16(ip + 4, (uint32_t)(f->len - f->l3 - 40));
	} else {
		put16(ip + 2, spec->big ? 0 : (uint32_t)(f->len - f->l3));
		put16(ip + 10, ~naive_sum(ip, f->l4 - f->l3, 0));
	}
	superframe_put_hdr(f, spec);
	put16(f->data + f->l4 + f->hdr.csum_offset,
	      naive_pseudo(f, spec->ipv6, spec->tcp, f->len - f->l4));
}

/* whether a receiver of a segment of @f, or of @f if whole, would accept it */
static inline bool checksums_verify(const struct superframe *f,
				    const struct superframe_spec *spec,
				    const uint8_t *frame, size_t len)
{
	const uint32_t pseudo =
		naive_pseudo(f, spec->ipv6, spec->tcp, len - f->cut_l4);

	if (!spec->ipv6 &&
	    naive_sum(frame + f->l3, f->cut_l4 - f->l3, 0) != 0xffff)
		return false;
	if (!spec->tcp && !get16(frame + f->cut_l4 + 6))
		return false;
	return naive_sum(frame + f->cut_l4, len - f->cut_l4, pseudo) == 0xffff;
}

#endif /* SUPERFRAME_H */
