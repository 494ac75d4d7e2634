/* SPDX-License-Identifier: MIT */
/* csum.c - the Internet checksum (RFC 1071) */

#include "csum.h"

#include <string.h>

/*
 * Two 64-bit lanes: one SSE2 or NEON register, or two plain ones where there
 * is neither. Both gcc and clang know the attribute.
 */
typedef uint64_t lanes __attribute__((vector_size(16)));

/*
 * The 32-bit halves of the lanes are summed apart, so no addition can carry
 * over before 2^32 of them, and there is no carry to look after. That is worth
 * more than twice the speed of add-with-carry as compilers emit it for C.
 *
 * @copy: NULL, or where to copy what is summed up
 */
static inline uint64_t sum_blocks(const uint8_t *data, uint8_t *copy,
				  size_t n_blocks)
{
	const lanes mask = { 0xffffffff, 0xffffffff };
	lanes low = { 0 }, high = { 0 }, low2 = { 0 }, high2 = { 0 };

	for (; n_blocks; n_blocks--, data += 2 * sizeof(lanes)) {
		lanes a, b;

		memcpy(&a, data, sizeof(a));
		memcpy(&b, data + sizeof(a), sizeof(b));
		if (copy) {
			memcpy(copy, &a, sizeof(a));
			memcpy(copy + sizeof(a), &b, sizeof(b));
			copy += 2 * sizeof(lanes);
		}
		low += a & mask;
		high += a >> 32;
		low2 += b & mask;
		high2 += b >> 32;
	}
	low += high + low2 + high2;
	return low[0] + low[1];
}

/* what is left over, shorter than a block */
static uint64_t sum_tail(const uint8_t *data, size_t len)
{
	uint64_t sum = 0;
	uint32_t word;
	uint16_t half;

	for (; len >= sizeof(word); len -= sizeof(word), data += sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		sum += word;
	}
	if (len & 2) {
		memcpy(&half, data, sizeof(half));
		sum += half;
		data += sizeof(half);
	}
	if (len & 1) {
		half = 0; /* the byte is the first of its word in memory */
		memcpy(&half, data, 1);
		sum += half;
	}
	return sum;
}

/**
 * csum_partial() - Add data to a sum
 * @data:	Data, at any address
 * @len:	Its length; if odd, a zero byte is imagined behind it
 * @sum:	Sum so far, 0 to begin with
 *
 * Return: the new sum
 */
uint32_t csum_partial(const void *data, size_t len, uint32_t sum)
{
	const size_t n_blocks = len / (2 * sizeof(lanes));
	const size_t done = n_blocks * 2 * sizeof(lanes);
	const uint8_t *bytes = data;
	uint64_t total = sum;

	if (n_blocks)
		total += sum_blocks(bytes, NULL, n_blocks);
	if (len > done)
		total += sum_tail(bytes + done, len - done);
	return csum_add((uint32_t)total, (uint32_t)(total >> 32));
}

/**
 * csum_copy() - Copy data, and add it to a sum
 * @copy:	Where to; must not overlap
 * @data:	Data, at any address
 * @len:	Its length; if odd, a zero byte is imagined behind it
 * @sum:	Sum so far, 0 to begin with
 *
 * Memory is what both wait for, so this is hardly slower than memcpy().
 *
 * Return: the new sum
 */
uint32_t csum_copy(void *copy, const void *data, size_t len, uint32_t sum)
{
	const size_t n_blocks = len / (2 * sizeof(lanes));
	const size_t done = n_blocks * 2 * sizeof(lanes);
	uint64_t total = sum;

	if (n_blocks)
		total += sum_blocks(data, copy, n_blocks);
	if (len > done) {
		memcpy((uint8_t *)copy + done, (const uint8_t *)data + done,
		       len - done);
		total += sum_tail((const uint8_t *)data + done, len - done);
	}
	return csum_add((uint32_t)total, (uint32_t)(total >> 32));
}

/**
 * csum_fold() - Turn a sum into a checksum
 * @sum:	Sum over all of the data, the checksum field counted as zero
 *
 * Return: the checksum in host order, for store_be16()
 */
uint16_t csum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return be16toh((uint16_t)~sum);
}

/**
 * csum_pseudo_ipv4() - Sum of an IPv4 pseudo header
 * @addrs:	Source and destination address as they stand in the IP header
 * @protocol:	Protocol of the payload
 * @len:	Length of the payload
 *
 * Return: the sum, to go on from with csum_partial()
 */
uint32_t csum_pseudo_ipv4(const void *addrs, uint8_t protocol, uint32_t len)
{
	return csum_partial(addrs, 8,
			    csum_add_number(csum_add_number(0, len), protocol));
}

/**
 * csum_pseudo_ipv6() - Sum of an IPv6 pseudo header (RFC 8200, 8.1)
 * @addrs:	Source and destination address as they stand in the IP header
 * @protocol:	Upper-layer protocol, behind any extension headers
 * @len:	Length of the upper-layer packet
 *
 * With a routing header the destination that counts is the final one, which
 * does not stand in the IP header until it has been reached.
 *
 * Return: the sum, to go on from with csum_partial()
 */
uint32_t csum_pseudo_ipv6(const void *addrs, uint8_t protocol, uint32_t len)
{
	return csum_partial(addrs, 32,
			    csum_add_number(csum_add_number(0, len), protocol));
}
