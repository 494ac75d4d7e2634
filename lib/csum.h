/* SPDX-License-Identifier: MIT */
/*
 * csum.h - the Internet checksum (RFC 1071)
 *
 * A sum in progress is a uint32_t: a ones' complement sum of the data's 16-bit
 * words as they lie in memory. Ones' complement addition does not care about
 * byte order as long as everybody uses the same one, so nothing is swapped
 * until csum_fold(), whose result is in host order like every other number in
 * this program. Plain numbers enter a sum through csum_add_number().
 *
 *	sum = csum_pseudo_ipv4(ip + 12, IPPROTO_UDP, len);
 *	sum = csum_partial(udp, len, sum);
 *	store_be16(udp + 6, csum_fold(sum));
 *
 * A piece that is followed by another one must have an even length.
 */
#ifndef CSUM_H
#define CSUM_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>

/* ones' complement addition: a carry out of the top comes back at the bottom */
static inline uint32_t csum_add(uint32_t a, uint32_t b)
{
	const uint64_t sum = (uint64_t)a + b;

	return (uint32_t)sum + (uint32_t)(sum >> 32);
}

/* @number as a 16 or 32-bit field in network order would count */
static inline uint32_t csum_add_number(uint32_t sum, uint32_t number)
{
	return csum_add(sum, htobe32(number));
}

static inline uint32_t csum_sub_number(uint32_t sum, uint32_t number)
{
	return csum_add(sum, ~htobe32(number));
}

uint32_t csum_partial(const void *data, size_t len, uint32_t sum);
uint32_t csum_copy(void *copy, const void *data, size_t len, uint32_t sum);
uint16_t csum_fold(uint32_t sum);
uint32_t csum_pseudo_ipv4(const void *addrs, uint8_t protocol, uint32_t len);
uint32_t csum_pseudo_ipv6(const void *addrs, uint8_t protocol, uint32_t len);

#endif /* CSUM_H */
