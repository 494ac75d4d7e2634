/* SPDX-License-Identifier: MIT */
/* cmd_event.c - event.list, event.subscribe */

#include <errno.h>
#include <stdbool.h>

#include "conn.h"
#include "err.h"
#include "event_json.h"
#include "handlers.h"
#include "journal.h"
#include "subscribers.h"
#include "vswitch.h"

enum {
	EVENTS_PER_PAGE = 12, /* some 100 us: it is built between frames */
};

static int seek(const struct journal *journal, const json_t *params,
		struct journal_reader *ret, struct err *err)
{
	const char *since = json_string_value(json_object_get(params, "since"));

	return since ? journal_seek(journal, since, ret, err) : 0;
}

static json_t *cursor_json(const struct journal *journal, uint64_t seq)
{
	char cursor[JOURNAL_CURSOR_SIZE];

	journal_cursor(journal, seq, cursor);
	return json_string(cursor);
}

/* How many items a reader is going to get without anything new happening. */
static uint64_t count_behind(const struct journal *journal,
			     const struct journal_reader *reader)
{
	const uint64_t before = journal_first(journal) - 1;
	const bool lost = reader->seen < before;

	return reader->restarted + lost + journal->last -
	       (lost ? before : reader->seen);
}

static json_t *journal_json(const struct vswitch *sw, uint64_t seen)
{
	const struct journal *journal = sw->events.journal;

	return json_pack("{s:i, s:s, s:s, s:I, s:I, s:o}", "schema", 1,
			 "switch", sw->name, "journal", journal->id, "first",
			 (json_int_t)journal_first(journal), "last",
			 (json_int_t)journal->last, "cursor",
			 cursor_json(journal, seen));
}

int handle_event_list(struct vswitch *sw, struct conn *conn,
		      struct request *request, json_t **ret_result,
		      struct err *err)
{
	const json_t *params = request->message.params;
	const json_t *limit = json_object_get(params, "limit");
	const struct journal *journal = sw->events.journal;
	struct journal_reader reader = { .seen = 0 };
	json_int_t wanted = EVENTS_PER_PAGE;
	json_t *rows, *next;
	int r;

	(void)conn;
	r = seek(journal, params, &reader, err);
	if (r < 0)
		return r;
	if (limit && json_integer_value(limit) < wanted)
		wanted = json_integer_value(limit);

	rows = json_array();
	while (wanted-- > 0 &&
	       (reader.restarted || reader.seen < journal->last))
		json_array_append_new(rows, event_json_next(journal, &reader));

	next = reader.seen < journal->last ? cursor_json(journal, reader.seen)
					   : json_null();
	*ret_result = journal_json(sw, reader.seen);
	json_object_set_new(*ret_result, "events", rows);
	json_object_set_new(*ret_result, "next", next);
	return 0;
}

int handle_event_subscribe(struct vswitch *sw, struct conn *conn,
			   struct request *request, json_t **ret_result,
			   struct err *err)
{
	const struct journal *journal = sw->events.journal;
	struct journal_reader reader = { .seen = journal->last };
	int r = seek(journal, request->message.params, &reader, err);

	if (r < 0)
		return r;
	if (subscribers_add(&sw->events.subscribers, conn, &reader) < 0)
		return err_set(err, -ENOMEM, "out of memory");

	*ret_result = journal_json(sw, reader.seen);
	json_object_set_new(
		*ret_result, "behind",
		json_integer((json_int_t)count_behind(journal, &reader)));
	return 0;
}
