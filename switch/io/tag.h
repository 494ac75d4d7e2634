/* SPDX-License-Identifier: MIT */
/* tag.h - VLAN tags that the kernel has taken out of received frames */
#ifndef TAG_H
#define TAG_H

#include <stdint.h>

struct frame;

void tag_restore(struct frame *frame, uint32_t status, uint16_t tci,
		 uint16_t tpid);

#endif /* TAG_H */
