/* SPDX-License-Identifier: MIT */
/* journal.c - what has happened, as far back as there is room */

#include "journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "err.h"
#include "name.h"

/**
 * journal_new() - Begin a journal
 *
 * Return: it, or NULL if memory or randomness ran out
 */
struct journal *journal_new(void)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	uint32_t id;

	if (!journal || getrandom(&id, sizeof(id), 0) != sizeof(id)) {
		free(journal);
		return NULL;
	}

	snprintf(journal->id, sizeof(journal->id), "%08" PRIx32, id);
	return journal;
}

/**
 * journal_free() - Let go of a journal
 * @journal:	Journal, or NULL
 */
void journal_free(struct journal *journal)
{
	free(journal);
}

/**
 * journal_add() - Write an event down
 * @journal:	Journal
 * @event:	Event; copied, and given the next number
 */
void journal_add(struct journal *journal, const struct event *event)
{
	const uint64_t seq = ++journal->last;
	struct event *slot = &journal->ring[seq % JOURNAL_SIZE];

	*slot = *event;
	slot->seq = seq;
}

/**
 * journal_first() - Which is the oldest event that is still there?
 * @journal:	Journal
 *
 * Return: its number; 1, if there are none yet
 */
uint64_t journal_first(const struct journal *journal)
{
	return journal->last < JOURNAL_SIZE ? 1
					    : journal->last - JOURNAL_SIZE + 1;
}

/**
 * journal_cursor() - Where a reader is
 * @journal:	Journal
 * @seq:	The last event that it has read
 * @ret:	What it may say to go on from there
 */
void journal_cursor(const struct journal *journal, uint64_t seq,
		    char ret[JOURNAL_CURSOR_SIZE])
{
	snprintf(ret, JOURNAL_CURSOR_SIZE, "%" PRIu64 "@%s", seq, journal->id);
}

static int bad_cursor(const char *cursor, struct err *err)
{
	char shown[NAME_SHOWN_SIZE];

	name_printable(cursor, strlen(cursor), shown, sizeof(shown));
	err_set(err, -EINVAL, "since: '%s' is not the number of an event",
		shown);
	err_hint(err, "it looks like 42, or 42@5d1c0e2f");
	return -EINVAL;
}

/**
 * journal_seek() - Begin to read
 * @journal:	Journal
 * @cursor:	"42", or "42@JOURNAL": after that event
 * @ret:	On success, the reader
 * @err:	On failure, one sentence
 *
 * A number that this journal hasn't reached yet is another journal's.
 *
 * Return: 0, or -EINVAL
 */
int journal_seek(const struct journal *journal, const char *cursor,
		 struct journal_reader *ret, struct err *err)
{
	const size_t n_digits = strspn(cursor, "0123456789");
	const char *id = cursor + n_digits;
	uint64_t seq;

	if (n_digits < 1 || n_digits > 18)
		return bad_cursor(cursor, err);
	if (*id && (*id != '@' || strlen(id) != sizeof(journal->id) ||
		    strspn(id + 1, "0123456789abcdef") != strlen(id + 1)))
		return bad_cursor(cursor, err);

	seq = strtoull(cursor, NULL, 10);
	*ret = (struct journal_reader){ .seen = seq };
	if ((*id && strcmp(id + 1, journal->id)) || seq > journal->last)
		*ret = (struct journal_reader){ .restarted = true };
	return 0;
}

/**
 * journal_read() - What comes next?
 * @journal:	Journal
 * @reader:	Reader; goes on by one item
 * @ret_event:	With JOURNAL_EVENT, the event: valid until the next is added
 * @ret_lost_from: With JOURNAL_LOST, the first ...
 * @ret_lost_to: ... and the last of those that are lost
 *
 * Return: what it is
 */
enum journal_item journal_read(const struct journal *journal,
			       struct journal_reader *reader,
			       const struct event **ret_event,
			       uint64_t *ret_lost_from, uint64_t *ret_lost_to)
{
	const uint64_t first = journal_first(journal);
	const uint64_t next = reader->seen + 1;

	if (reader->restarted) {
		reader->restarted = false;
		return JOURNAL_RESTARTED;
	}
	if (next > journal->last)
		return JOURNAL_END;

	if (next < first) {
		*ret_lost_from = next;
		*ret_lost_to = first - 1;
		reader->seen = first - 1;
		return JOURNAL_LOST;
	}

	*ret_event = &journal->ring[next % JOURNAL_SIZE];
	reader->seen = next;
	return JOURNAL_EVENT;
}
