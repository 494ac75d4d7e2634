/* SPDX-License-Identifier: MIT */
/*
 * eth.h - Ethernet frames: addresses, types, VLAN tags
 *
 * IEEE 802.3 clause 3 (frame format), IEEE 802.1Q clause 9 (tag format).
 */
#ifndef ETH_H
#define ETH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	ETH_ADDR_TEXT_SIZE = 18, /* "02:00:00:00:00:01" and its NUL */
	ETH_HEADER_LEN = 14,
	ETH_TAG_LEN = 4,
};

struct eth_addr {
	uint8_t b[6];
};

static inline bool eth_addr_equal(struct eth_addr a, struct eth_addr b)
{
	return !memcmp(a.b, b.b, sizeof(a.b));
}

static inline bool eth_addr_is_group(struct eth_addr a)
{
	return a.b[0] & 1;
}

static inline bool eth_addr_is_zero(struct eth_addr a)
{
	return !(a.b[0] | a.b[1] | a.b[2] | a.b[3] | a.b[4] | a.b[5]);
}

#endif /* ETH_H */
