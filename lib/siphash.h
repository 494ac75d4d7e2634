/* SPDX-License-Identifier: MIT */
/*
 * siphash.h - a keyed hash for tables that strangers fill
 *
 * With a secret key nobody outside can choose stations that all land in one
 * bucket. SipHash-2-4 from libsodium, wrapped so that callers hash a number
 * and do not meet the library.
 */
#ifndef SIPHASH_H
#define SIPHASH_H

#include <stdint.h>

struct siphash_key {
	uint8_t b[16];
};

uint64_t siphash_u64(const struct siphash_key *key, uint64_t value);

#endif /* SIPHASH_H */
