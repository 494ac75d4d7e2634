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
	ETH_MAX_TAGS = 8, /* followed by eth_parse(), like the kernel */
};

/* what an ethertype field can announce, as far as we look into it */
enum {
	ETH_TYPE_IPV4 = 0x0800,
	ETH_TYPE_ARP = 0x0806,
	ETH_TYPE_DOT1Q = 0x8100, /* customer tag */
	ETH_TYPE_IPV6 = 0x86dd,
	ETH_TYPE_DOT1AD = 0x88a8, /* service tag */
};

struct eth_addr {
	uint8_t b[6];
};

/*
 * The header of a frame, tags and all. @vid and @pcp are those of the outermost
 * tag. A frame with more than ETH_MAX_TAGS tags has the type of the first one
 * that was not followed, so nobody mistakes what comes then for a known
 * protocol.
 */
struct eth_header {
	struct eth_addr dst;
	struct eth_addr src;
	uint16_t ethertype; /* of the payload behind the tags, host order */
	uint16_t vid; /* 0 if untagged or priority tagged */
	uint8_t pcp;
	uint8_t n_tags;
	uint16_t l3; /* offset of the payload */
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

static inline bool eth_type_is_tag(uint16_t ethertype)
{
	return ethertype == ETH_TYPE_DOT1Q || ethertype == ETH_TYPE_DOT1AD;
}

void eth_addr_format(struct eth_addr addr, char text[ETH_ADDR_TEXT_SIZE]);
bool eth_addr_parse(const char *text, struct eth_addr *ret);
bool eth_parse(const uint8_t *data, size_t len, struct eth_header *ret);
uint8_t *eth_tag_insert(uint8_t *data, uint16_t tpid, uint16_t tci);

#endif /* ETH_H */
