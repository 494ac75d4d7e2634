/* SPDX-License-Identifier: MIT */
/* frame.c - what the core has to know of a frame before it decides */

#include "frame.h"

#include "eth.h"
#include "offload.h"

enum {
	ETHERTYPE_MIN = 0x600, /* below, the field is a length: 802.3 3.2.6 */
	LENGTH_MAX = 1500,
};

/* An 802.3 length must not promise more than came, nor be neither of both. */
static bool length_is_bad(const struct frame *frame,
			  const struct eth_header *header)
{
	if (header->ethertype >= ETHERTYPE_MIN)
		return false;

	return header->ethertype > LENGTH_MAX ||
	       header->l3 + header->ethertype > frame->len;
}

/* Of a super-frame, the wire carries segments: how long is the first? */
static void classify_super(struct frame *frame)
{
	struct offload_layout at;
	enum offload_fault fault;
	uint32_t segment;

	fault = offload_parse(frame->data, frame->len, &frame->offload, &at);
	if (fault) {
		frame->fault = fault == OFFLOAD_FAULT_TUNNEL ? DROP_UNDESCRIBED
							     : DROP_BAD_OFFLOAD;
		return;
	}

	segment = at.payload - at.jumbo_len + frame->offload.gso_size;
	if (segment < frame->wire_len)
		frame->wire_len = segment;
}

/**
 * frame_classify() - Check a received frame and note what decides its way
 * @frame:	Frame as the backend filled it in
 *
 * Sets @fault to what is wrong with it, unless the backend has done so; the
 * fields below @fault in struct frame are valid if nothing is. The checksum of
 * DHCP messages is completed here, since their clients read packet sockets and
 * take a partial one for damage.
 */
void frame_classify(struct frame *frame)
{
	struct eth_header header;

	if (frame->fault)
		return;

	if (!eth_parse(frame->data, frame->len, &header)) {
		frame->fault = DROP_RUNT;
		return;
	}

	if (length_is_bad(frame, &header)) {
		frame->fault = DROP_BAD_LENGTH;
		return;
	}

	frame->dst = header.dst;
	frame->src = header.src;
	frame->vid = header.vid;
	frame->overhead = header.l3;
	frame->wire_len = frame->len;
	if (!(frame->offload.flags | frame->offload.gso_type |
	      frame->offload.hdr_len))
		return;

	if (offload_is_super(&frame->offload))
		classify_super(frame);
	else if (offload_check(frame->data, frame->len, &frame->offload))
		frame->fault = DROP_BAD_OFFLOAD;
	else if (offload_is_dhcp(frame->data, frame->len, &frame->offload))
		offload_complete_checksum(frame->data, frame->len,
					  &frame->offload);
}
