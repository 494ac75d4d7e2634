/* SPDX-License-Identifier: MIT */
/* eth.c - Ethernet frames: addresses, types, VLAN tags */

#include "eth.h"

#include "bytes.h"

enum {
	ETH_TYPE_OFFSET = 12
}; /* of the outermost ethertype */

/**
 * eth_addr_format() - Write an address the way people read it
 * @addr:	Address
 * @text:	Where to write it: lower case, colons, NUL
 */
void eth_addr_format(struct eth_addr addr, char text[ETH_ADDR_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(addr.b); i++) {
		*text++ = digits[addr.b[i] >> 4];
		*text++ = digits[addr.b[i] & 0xf];
		*text++ = ':';
	}
	text[-1] = '\0';
}

/*
 * Not isxdigit() and strtoul(): the first depends on the locale, and the
 * second also takes signs, blanks and "0x".
 */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * eth_addr_parse() - Read an address as people write it
 * @text:	Six pairs of hex digits of any case, separated by ':' or by '-'
 *		throughout, and nothing else
 * @ret:	Where to store it; untouched on failure
 *
 * Return: whether @text is an address
 */
bool eth_addr_parse(const char *text, struct eth_addr *ret)
{
	struct eth_addr addr;
	char separator = ':';

	for (size_t i = 0; i < sizeof(addr.b); i++) {
		int high, low;

		if (i == 1 && *text == '-')
			separator = '-';
		if (i && *text++ != separator)
			return false;
		high = hex_digit(*text);
		if (high < 0)
			return false;
		low = hex_digit(*++text);
		if (low < 0)
			return false;
		addr.b[i] = (uint8_t)(high << 4 | low);
		text++;
	}
	if (*text)
		return false;
	*ret = addr;
	return true;
}

/**
 * eth_parse() - Take a frame's header apart
 * @data:	Frame, from the first byte of the destination address
 * @len:	Its length
 * @ret:	Where to store the header; untouched on failure
 *
 * Return: false if the frame ends before its header does
 */
bool eth_parse(const uint8_t *data, size_t len, struct eth_header *ret)
{
	size_t l3 = ETH_HEADER_LEN;
	uint16_t type, tci = 0;
	uint8_t n_tags = 0;

	if (len < l3)
		return false;
	type = load_be16(data + ETH_TYPE_OFFSET);
	while (eth_type_is_tag(type) && n_tags < ETH_MAX_TAGS) {
		if (len < l3 + ETH_TAG_LEN)
			return false;
		if (!n_tags)
			tci = load_be16(data + l3);
		type = load_be16(data + l3 + 2);
		l3 += ETH_TAG_LEN;
		n_tags++;
	}

	/*
	 * Field by field: to build it on the stack and copy it when it is sure
	 * to succeed made callers twice as slow, for the copy waits for all
	 * the small stores.
	 */
	memcpy(ret->dst.b, data, sizeof(ret->dst.b));
	memcpy(ret->src.b, data + sizeof(ret->dst.b), sizeof(ret->src.b));
	ret->ethertype = type;
	ret->vid = tci & 0xfff;
	ret->pcp = (uint8_t)(tci >> 13);
	ret->n_tags = n_tags;
	ret->l3 = (uint16_t)l3;
	return true;
}

/**
 * eth_tag_insert() - Put a VLAN tag in front of all others
 * @data:	First byte of the frame, with ETH_TAG_LEN bytes to spare in
 *		front of it
 * @tpid:	Type of the tag, host order
 * @tci:	Priority, drop eligibility and VLAN id, host order
 *
 * Moves the addresses forward and leaves the rest where it is. A frame's
 * offload header counts from the start, so its offsets grow by ETH_TAG_LEN.
 *
 * Return: the new first byte of the frame
 */
uint8_t *eth_tag_insert(uint8_t *data, uint16_t tpid, uint16_t tci)
{
	uint8_t *start = data - ETH_TAG_LEN;

	memmove(start, data, ETH_TYPE_OFFSET);
	store_be16(start + ETH_TYPE_OFFSET, tpid);
	store_be16(start + ETH_TYPE_OFFSET + 2, tci);
	return start;
}
