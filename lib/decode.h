/* SPDX-License-Identifier: MIT */
/*
 * decode.h - a frame in words, one line of them
 *
 * For "vswctl capture" on a terminal and for the newest frame behind a drop
 * counter. Says what somebody watching a switch asks first: who talks to whom
 * about what. Wireshark is for the rest.
 *
 *	10.0.0.1 > 10.0.0.2 ICMP echo request id 7 seq 1, 98 bytes
 *	vlan 10 fd00::1.5555 > fd00::2.443 TCP SYN seq 1 win 64240, 74 bytes
 *
 * Always true:
 *  - no byte beyond @caplen is read, whatever the headers say
 *  - the line is printable ASCII, whatever the frame holds
 *  - headers that are cut off are called truncated, never made up
 */
#ifndef DECODE_H
#define DECODE_H

#include <stddef.h>
#include <stdint.h>

enum {
	DECODE_LINE_SIZE = 640, /* holds any line, and NUL */
};

size_t decode_frame(const uint8_t *data, size_t caplen, size_t len, char *buf,
		    size_t size);

#endif /* DECODE_H */
