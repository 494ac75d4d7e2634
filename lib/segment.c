/* SPDX-License-Identifier: MIT */
/* segment.c - cut a super-frame into the frames it stands for */

#include "segment.h"

#include <errno.h>
#include <string.h>

#include "bytes.h"
#include "csum.h"
#include "eth.h"

enum {
	IPV6_LEN = 40,
	TCP_FIN = 0x01,
	TCP_PSH = 0x08,
	TCP_CWR = 0x80,
};

/*
 * The checksum field of a super-frame holds the sum of its pseudo header. Take
 * out the length, which is all that a segment's differs in. Not computed anew
 * from the addresses: with a routing header those are the wrong ones.
 */
static uint32_t seed_without_length(const struct segmenter *seg)
{
	const uint8_t *l4 = seg->data + seg->at.l4;
	const uint32_t seed = csum_partial(l4 + seg->hdr.csum_offset, 2, 0);

	/* the kernel's idea of the length, should the two differ */
	if (seg->hdr.gso_type == VIRTIO_NET_HDR_GSO_UDP_L4)
		return csum_sub_number(seed, load_be16(l4 + 4));
	return csum_sub_number(seed, (uint32_t)(seg->len - seg->at.l4));
}

/**
 * segmenter_init() - Begin to cut a frame
 * @seg:	Segmenter
 * @data:	Frame; has to outlive the segmenter
 * @len:	Its length
 * @hdr:	Its offload header; copied
 *
 * Checks the header again rather than believing that somebody did, or that
 * nobody shifted it wrongly when he put a tag in front: next to copying 64 KiB
 * it costs nothing.
 *
 * Return: what is wrong with the header, in which case there is nothing to
 * cut; OFFLOAD_FAULT_NONE otherwise
 */
enum offload_fault segmenter_init(struct segmenter *seg, const uint8_t *data,
				  size_t len, const struct virtio_net_hdr *hdr)
{
	struct segmenter init = { .data = data, .len = len, .hdr = *hdr };
	const enum offload_fault fault =
		offload_parse(data, len, hdr, &init.at);

	if (fault)
		return fault;
	init.split =
		offload_is_super(hdr) && len - init.at.payload > hdr->gso_size;
	if (init.split) {
		init.payload = init.at.payload;
		init.max_payload = hdr->gso_size;
		init.pseudo = seed_without_length(&init);
		/* From here on, where things are in a segment. */
		init.at.l4 -= init.at.jumbo_len;
		init.headers_len = init.payload - init.at.jumbo_len;
	} else {
		init.max_payload = len;
		init.at.jumbo_len = 0; /* it stays in its place */
	}
	*seg = init;
	return OFFLOAD_FAULT_NONE;
}

static void finish_ip(const struct segmenter *seg, uint8_t *frame, size_t len)
{
	uint8_t *ip = frame + seg->at.l3;

	if (seg->at.ethertype == ETH_TYPE_IPV6) {
		store_be16(ip + 4, (uint16_t)(len - seg->at.l3 - IPV6_LEN));
		if (seg->at.jumbo_len)
			ip[6] = seg->at.protocol;
		return;
	}
	store_be16(ip + 2, (uint16_t)(len - seg->at.l3));
	store_be16(ip + 4, (uint16_t)(load_be16(ip + 4) + seg->n_done));
	store_be16(ip + 10, 0);
	store_be16(ip + 10, csum_fold(csum_partial(
				    ip, (size_t)seg->at.l4 - seg->at.l3, 0)));
}

static uint16_t transport_checksum(const struct segmenter *seg,
				   const uint8_t *l4, size_t len)
{
	const uint32_t pseudo = csum_add_number(seg->pseudo, (uint32_t)len);

	return csum_fold(csum_partial(l4, len, pseudo));
}

static void finish_tcp(const struct segmenter *seg, uint8_t *tcp, size_t len,
		       bool last)
{
	store_be32(tcp + 4, load_be32(tcp + 4) + (uint32_t)seg->done);
	/* "window reduced" is said once, "finished" when it is true */
	if (seg->n_done)
		tcp[13] &= (uint8_t)~TCP_CWR;
	if (!last)
		tcp[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	store_be16(tcp + 16, 0);
	store_be16(tcp + 16, transport_checksum(seg, tcp, len));
}

static void finish_udp(const struct segmenter *seg, uint8_t *udp, size_t len)
{
	uint16_t csum;

	store_be16(udp + 4, (uint16_t)len);
	store_be16(udp + 6, 0);
	csum = transport_checksum(seg, udp, len);
	store_be16(udp + 6, csum ? csum : 0xffff); /* 0 would mean "none" */
}

/* a frame that is sent in one piece, but for its checksum */
static void finish_whole(const struct segmenter *seg, uint8_t *frame)
{
	struct virtio_net_hdr hdr = seg->hdr;

	offload_complete_checksum(frame, seg->len, &hdr);
}

static void copy_headers(const struct segmenter *seg, uint8_t *frame)
{
	size_t first = seg->headers_len;

	if (seg->at.jumbo_len)
		first = (size_t)seg->at.l3 + IPV6_LEN;
	memcpy(frame, seg->data, first);
	memcpy(frame + first, seg->data + first + seg->at.jumbo_len,
	       seg->headers_len - first);
}

/**
 * segmenter_next() - Write the next segment
 * @seg:	Segmenter that segmenter_init() accepted
 * @buf:	Where to write it
 * @size:	Size of @buf
 *
 * Return: length of the segment, 0 if there are no more, -EMSGSIZE if it does
 * not fit (it may be asked for again, with a larger buffer)
 */
int segmenter_next(struct segmenter *seg, uint8_t *buf, size_t size)
{
	const size_t rest = seg->len - seg->payload - seg->done;
	const size_t part = rest < seg->max_payload ? rest : seg->max_payload;
	const size_t len = seg->headers_len + part;

	if (!rest)
		return 0;
	if (len > size)
		return -EMSGSIZE;

	copy_headers(seg, buf);
	memcpy(buf + seg->headers_len, seg->data + seg->payload + seg->done,
	       part);
	if (!seg->split) {
		finish_whole(seg, buf);
	} else {
		const size_t l4_len = len - seg->at.l4;

		finish_ip(seg, buf, len);
		if (seg->hdr.gso_type == VIRTIO_NET_HDR_GSO_UDP_L4)
			finish_udp(seg, buf + seg->at.l4, l4_len);
		else
			finish_tcp(seg, buf + seg->at.l4, l4_len, part == rest);
	}
	seg->done += part;
	seg->n_done++;
	return (int)len;
}
