/* SPDX-License-Identifier: MIT */
/* tag.c - VLAN tags that the kernel has taken out of received frames */

#include "tag.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "eth.h"
#include "frame.h"

/**
 * tag_restore() - Put a tag back where it was
 * @frame:	Frame with room for it in front
 * @status:	What the kernel says of the frame, TP_STATUS_*
 * @tci:	Priority and VLAN
 * @tpid:	Ethertype of the tag
 *
 * Between the addresses and the type; all behind it counts from four bytes
 * further on.
 */
void tag_restore(struct frame *frame, uint32_t status, uint16_t tci,
		 uint16_t tpid)
{
	if (!(status & TP_STATUS_VLAN_VALID) || frame->len < ETH_HEADER_LEN)
		return;

	if (!(status & TP_STATUS_VLAN_TPID_VALID))
		tpid = ETH_P_8021Q;
	frame->data = eth_tag_insert(frame->data, tpid, tci);
	frame->len += ETH_TAG_LEN;
	if (frame->offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		frame->offload.csum_start += ETH_TAG_LEN;
	if (frame->offload.gso_type)
		frame->offload.hdr_len += ETH_TAG_LEN;
}
