/* SPDX-License-Identifier: MIT */
/* tally.c - which of the numbered frames have come, and in which order */

#include "tally.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_ROOM = 1 << 22,
};

/**
 * tally_init() - Start counting
 * @tally:	In the caller's memory
 */
void tally_init(struct tally *tally)
{
	*tally = (struct tally){ 0 };
}

/**
 * tally_fini() - Forget what came
 * @tally:	Tally; its counters stay readable
 */
void tally_fini(struct tally *tally)
{
	free(tally->seen);
	tally->seen = NULL;
	tally->room = 0;
}

static bool reserve(struct tally *tally, uint64_t seq)
{
	uint64_t room = tally->room ? tally->room : FIRST_ROOM;
	uint8_t *seen;

	if (seq < tally->room)
		return true;
	if (seq >= TALLY_LIMIT)
		return false;

	while (room <= seq)
		room *= 2;
	seen = realloc(tally->seen, room / 8);
	if (!seen)
		return false;

	memset(seen + tally->room / 8, 0, (room - tally->room) / 8);
	tally->seen = seen;
	tally->room = room;
	return true;
}

/**
 * tally_add() - A frame has come
 * @tally:	Tally
 * @seq:	Its number
 */
void tally_add(struct tally *tally, uint64_t seq)
{
	uint8_t bit = (uint8_t)(1 << seq % 8);

	if (!reserve(tally, seq)) {
		tally->n_beyond++;
		return;
	}
	if (tally->seen[seq / 8] & bit) {
		tally->n_duplicates++;
		return;
	}

	tally->seen[seq / 8] |= bit;
	tally->n_received++;
	if (seq < tally->next)
		tally->n_reordered++;
	else
		tally->next = seq + 1;
}
