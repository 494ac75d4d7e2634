/* SPDX-License-Identifier: MIT */
/*
 * tally.h - which of the numbered frames have come, and in which order
 *
 * A frame is reordered if one with a higher number came before it, and a
 * duplicate if the same one did; it is one or the other, never both. Lost is
 * what the sender sent and nobody received: only the sender knows how much
 * that is, since the last frames may be among the lost.
 */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

enum {
	TALLY_LIMIT = 1 << 28, /* frames of one trial */
};

struct tally {
	uint64_t n_received; /* each frame once */
	uint64_t n_duplicates;
	uint64_t n_reordered;
	uint64_t n_beyond; /* with a number above the limit: not looked at */
	uint64_t next; /* one more than the highest number so far */
	uint8_t *seen; /* a bit a frame */
	uint64_t room; /* bits there, all of them zero from next on */
};

void tally_init(struct tally *tally);
void tally_fini(struct tally *tally);
void tally_add(struct tally *tally, uint64_t seq);

#endif /* TALLY_H */
