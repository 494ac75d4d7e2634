/* SPDX-License-Identifier: MIT */
/* nearest.c - the word somebody probably meant */

#include "nearest.h"

#include <string.h>

enum {
	WORD_MAX =
		32, /* longer ones are not misspelt, they are something else */
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: Levenshtein, and a swap of neighbours counts 1. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1] = { { 0 } };
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;

	for (size_t i = 1; i <= a_len; i++) {
		size_t *oldest = before;

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			const size_t change = a[i - 1] != b[j - 1];

			row[j] = min_size(last[j], row[j - 1]) + 1;
			row[j] = min_size(row[j], last[j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = min_size(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = oldest;
	}

	return last[b_len];
}

/**
 * nearest_init() - Start to look for what somebody meant
 * @nearest:	In the caller's memory
 * @word:	What somebody wrote; has to stay where it is
 */
void nearest_init(struct nearest *nearest, const char *word)
{
	/* One mistake in a short word, one more for every four letters. */
	*nearest = (struct nearest){ .word = word,
				     .distance = 2 + strlen(word) / 4 };
}

/**
 * nearest_offer() - Offer a word that may be meant
 * @nearest:	Search
 * @candidate:	Word; has to stay where it is
 */
void nearest_offer(struct nearest *nearest, const char *candidate)
{
	const size_t len = strlen(nearest->word);
	const size_t candidate_len = strlen(candidate);
	size_t d;

	if (len > WORD_MAX || candidate_len > WORD_MAX)
		return;

	d = distance(nearest->word, len, candidate, candidate_len);
	if (d < nearest->distance && d < candidate_len) {
		nearest->distance = d;
		nearest->best = candidate;
	}
}
