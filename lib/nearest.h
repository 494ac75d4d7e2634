/* SPDX-License-Identifier: MIT */
/*
 * nearest.h - the word somebody probably meant
 *
 * Offer every word there is; what is left in @best is the one with the fewest
 * letters left out, put in, changed or swapped, or NULL if none is close
 * enough to be worth a mention.
 */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word; /* what somebody wrote */
	const char *best; /* of the words offered so far, or NULL */
	size_t distance; /* best's; at first what is no longer close */
};

void nearest_init(struct nearest *nearest, const char *word);
void nearest_offer(struct nearest *nearest, const char *candidate);

#endif /* NEAREST_H */
