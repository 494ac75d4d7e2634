/* SPDX-License-Identifier: MIT */
/* siphash.c - a keyed hash for tables that strangers fill */

#include "siphash.h"

#include <endian.h>
#include <sodium/crypto_shorthash.h>

_Static_assert(sizeof(struct siphash_key) == crypto_shorthash_KEYBYTES,
	       "struct siphash_key is not what libsodium wants");
_Static_assert(sizeof(uint64_t) == crypto_shorthash_BYTES,
	       "siphash_u64() does not return what libsodium gives");

/**
 * siphash_u64() - Hash a number
 * @key:	Secret, from getrandom(); fixed where a test has to repeat
 * @value:	What to hash
 *
 * sodium_init() is not needed for this one.
 *
 * Return: SipHash-2-4 of the eight bytes of @value, the lowest first
 */
uint64_t siphash_u64(const struct siphash_key *key, uint64_t value)
{
	const uint64_t in = htole64(value);
	uint64_t out;

	crypto_shorthash((unsigned char *)&out, (const unsigned char *)&in,
			 sizeof(in), key->b);
	return le64toh(out);
}
