/* SPDX-License-Identifier: MIT */
/*
 * fdb_table.h - the hash table under the FDB
 *
 * Knows keys and places, not ports and times. Open addressing in groups of 15
 * slots. A group is a 16-byte line of one-byte tags (8 bits of the hash; 0: a
 * free slot), compared all at once; the entries lie in an array of
 * their own, at group * 15 + slot. So a lookup reads one line of tags, a
 * megabyte for 700,000 stations, and nearly always exactly one entry. An
 * index of buckets that point to entries was the other candidate: it would
 * cost a second cache miss for the same memory.
 *
 * A key whose home group is full goes to one of the next FDB_PROBE_MAX - 1
 * groups. Each group counts the keys that had to pass it (F14's idea), so a
 * search knows when to stop, and removing a key leaves nothing behind: no
 * tombstones, no clean-up, no entry is ever moved.
 *
 * The hash is simple tabulation: for each byte of the key a random word, all
 * XORed; the words are what SipHash makes of the secret key. SipHash of each
 * key would alone take 15 ns a frame and lookup, this takes 3. Who doesn't
 * know the words can't choose keys that collide (Patrascu and Thorup,
 * "The power of simple tabulation hashing", prove it for open addressing).
 * Who could watch collisions happen could work them out, unlike with SipHash;
 * but a collision shows in nothing but nanoseconds until it takes more than
 * 240 in one place, and even that costs no more than a scan of these 240.
 *
 * With the table as full as it may get (FDB_LOAD_PERCENT), a few keys in a
 * hundred lie outside their home, and none comes near the last group it
 * might go to, unless somebody knows the hash key. Then it is the caller who
 * makes room: fdb_table_neighbour() lists the slots in question.
 */
#ifndef FDB_TABLE_H
#define FDB_TABLE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "eth.h"
#include "siphash.h"

enum {
	FDB_GROUP_SLOTS = 15,
	FDB_PROBE_MAX = 16, /* n_passed counts to 15 * 15 and fits a byte */
	FDB_LOAD_PERCENT = 72, /* 46 bytes a station */
};

#define FDB_SLOT_NONE UINT32_MAX

struct fdb_entry {
	uint64_t key;
	uint64_t heard_us;
	uint32_t newer; /* neighbours on its roll, see fdb_rolls.h */
	uint32_t older;
	uint32_t roll;
	uint32_t n_moves;
};

struct fdb_group {
	uint8_t tags[FDB_GROUP_SLOTS];
	uint8_t n_passed; /* keys that live further on since this is full */
};

struct fdb_table {
	struct fdb_group *groups;
	struct fdb_entry *entries;
	uint32_t n_groups;
	uint32_t n_probes; /* groups a key may lie in */
	size_t n_used;
	size_t mem_size;
	uint32_t chance[8][256]; /* for each byte of a key */
	void *groups_mem; /* what to free; the others are aligned */
	void *entries_mem;
};

static inline uint64_t fdb_key(struct eth_addr addr, uint16_t vid)
{
	uint32_t head;
	uint16_t tail;

	memcpy(&head, addr.b, sizeof(head));
	memcpy(&tail, addr.b + sizeof(head), sizeof(tail));
	return (uint64_t)vid << 48 | (uint64_t)tail << 32 | head;
}

static inline struct eth_addr fdb_key_addr(uint64_t key)
{
	uint32_t head = (uint32_t)key;
	uint16_t tail = (uint16_t)(key >> 32);
	struct eth_addr addr;

	memcpy(addr.b, &head, sizeof(head));
	memcpy(addr.b + sizeof(head), &tail, sizeof(tail));
	return addr;
}

static inline uint16_t fdb_key_vid(uint64_t key)
{
	return (uint16_t)(key >> 48);
}

static inline uint32_t fdb_table_hash(const struct fdb_table *table,
				      uint64_t key)
{
	/* Written out, since compilers don't unroll it at -O2. */
	return table->chance[0][key & 0xff] ^
	       table->chance[1][key >> 8 & 0xff] ^
	       table->chance[2][key >> 16 & 0xff] ^
	       table->chance[3][key >> 24 & 0xff] ^
	       table->chance[4][key >> 32 & 0xff] ^
	       table->chance[5][key >> 40 & 0xff] ^
	       table->chance[6][key >> 48 & 0xff] ^ table->chance[7][key >> 56];
}

/* Scaled from the upper bits, so that any number of groups will do. */
static inline uint32_t fdb_table_home(const struct fdb_table *table,
				      uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * table->n_groups >> 32);
}

static inline uint8_t fdb_table_tag(uint32_t hash)
{
	uint8_t tag = (uint8_t)hash;

	return tag ? tag : 1;
}

static inline uint32_t fdb_table_match_word(uint64_t word, uint8_t tag)
{
	const uint64_t low7 = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t diff = word ^ tag * UINT64_C(0x0101010101010101);
	uint64_t equal = ~(((diff & low7) + low7) | diff | low7);

	/* Gather the top bits of all bytes in the topmost byte. */
	return (uint32_t)((equal >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/* fdb_table_match() in plain C, 4 ns slower; always here to be tested. */
static inline uint32_t fdb_table_match_plain(const struct fdb_group *group,
					     uint8_t tag)
{
	uint64_t low, high;

	memcpy(&low, group, sizeof(low));
	memcpy(&high, (const char *)group + sizeof(low), sizeof(high));
	return (fdb_table_match_word(le64toh(low), tag) |
		fdb_table_match_word(le64toh(high), tag) << 8) &
	       ((1U << FDB_GROUP_SLOTS) - 1);
}

/*
 * The slots of @group that have @tag, as bits. All at once, since a branch on
 * which half of the group it is would be guessed wrongly every other time,
 * and a wrong guess costs as much as everything else here.
 */
static inline uint32_t fdb_table_match(const struct fdb_group *group,
				       uint8_t tag)
{
#ifdef __SSE2__
	__m128i bytes = _mm_loadu_si128((const void *)group);
	__m128i equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)tag));

	return (uint32_t)_mm_movemask_epi8(equal) &
	       ((1U << FDB_GROUP_SLOTS) - 1);
#else
	return fdb_table_match_plain(group, tag);
#endif
}

/*
 * Fetch the entry fdb_table_find() will look at: its tags are near already.
 * Must be inlined: gcc takes a function that does nothing but prefetch for one
 * that does nothing, and drops the call.
 */
static inline __attribute__((always_inline)) void fdb_table_prefetch(
	const struct fdb_table *table, uint32_t hash)
{
	uint32_t g = fdb_table_home(table, hash);
	uint32_t found =
		fdb_table_match(&table->groups[g], fdb_table_tag(hash));
	uint32_t i = (uint32_t)__builtin_ctz(found | 1U << FDB_GROUP_SLOTS);

	/* With nothing found it is the entry after the group's, harmlessly. */
	__builtin_prefetch(&table->entries[g * FDB_GROUP_SLOTS + i]);
}

/**
 * fdb_table_find() - find the slot of a key
 * @table: table to look in
 * @hash: fdb_table_hash() of @key
 * @key: what to look for
 *
 * Inline, since the data path does little else.
 *
 * Return: its slot, FDB_SLOT_NONE when it isn't there
 */
static inline uint32_t fdb_table_find(const struct fdb_table *table,
				      uint32_t hash, uint64_t key)
{
	uint32_t g = fdb_table_home(table, hash);
	uint8_t tag = fdb_table_tag(hash);

	for (uint32_t probe = 1;; probe++) {
		const struct fdb_group *group = &table->groups[g];
		uint32_t found = fdb_table_match(group, tag);

		for (; found; found &= found - 1) {
			uint32_t slot = g * FDB_GROUP_SLOTS +
					(uint32_t)__builtin_ctz(found);

			if (table->entries[slot].key == key)
				return slot;
		}
		if (!group->n_passed || probe == table->n_probes)
			return FDB_SLOT_NONE;
		if (++g == table->n_groups)
			g = 0;
	}
}

int fdb_table_init(struct fdb_table *table, size_t max_entries,
		   const struct siphash_key *key);
void fdb_table_fini(struct fdb_table *table);
uint32_t fdb_table_insert(struct fdb_table *table, uint32_t hash, uint64_t key);
void fdb_table_remove(struct fdb_table *table, uint32_t slot);
uint32_t fdb_table_neighbour(const struct fdb_table *table, uint32_t hash,
			     uint32_t i);
uint32_t fdb_table_next(const struct fdb_table *table, uint64_t *slot,
			size_t *budget);

#endif /* FDB_TABLE_H */
