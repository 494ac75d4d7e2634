/* SPDX-License-Identifier: MIT */
/*
 * event_json.h - events as the protocol shows them
 *
 * Each function returns a new reference, or NULL if memory ran out.
 */
#ifndef EVENT_JSON_H
#define EVENT_JSON_H

#include <jansson.h>

#include "journal.h"

json_t *event_json(const struct journal *journal, const struct event *event);
json_t *event_json_next(const struct journal *journal,
			struct journal_reader *reader);

#endif /* EVENT_JSON_H */
