/* SPDX-License-Identifier: MIT */
/* event_json.c - events as the protocol shows them */

#include "event_json.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "jsonrpc.h"
#include "rows.h"

enum {
	TIME_SIZE = 40, /* "2026-01-31T12:34:56.789012345Z", and NUL */
};

static const char *kind_name(enum event_kind kind)
{
	switch (kind) {
	case EVENT_PORT_ATTACHED:
		return "port-attached";
	case EVENT_PORT_DETACHED:
		return "port-detached";
	case EVENT_PORT_STATE:
		return "port-state";
	case EVENT_STATION_LEARNED:
		return "station-learned";
	case EVENT_STATION_MOVED:
		return "station-moved";
	case EVENT_MORE_LEARNED:
		return "more-learned";
	case EVENT_MORE_MOVED:
		return "more-moved";
	case EVENT_FLAPPING_STARTED:
		return "flapping-started";
	case EVENT_FLAPPING_STOPPED:
		return "flapping-stopped";
	case EVENT_TABLE_FULL:
		return "table-full";
	case EVENT_DROPS_STARTED:
		return "drops-started";
	case EVENT_DROPS_STOPPED:
		return "drops-stopped";
	case EVENT_LIMIT:
		return "limit";
	case EVENT_CONFIG:
		return "config";
	}

	return "invalid";
}

static json_t *cursor(const struct journal *journal, uint64_t seq)
{
	char text[JOURNAL_CURSOR_SIZE];

	journal_cursor(journal, seq, text);
	return json_string(text);
}

static json_t *time_text(uint64_t wall_ns)
{
	const time_t seconds = (time_t)(wall_ns / 1000000000);
	char date[TIME_SIZE] = "?", text[TIME_SIZE];
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%.28s.%09uZ", date,
		 (unsigned)(wall_ns % 1000000000));
	return json_string(text);
}

static void set_station(json_t *object, const struct event *event)
{
	json_object_set_new(object, "mac", row_mac(event->station.addr));
	json_object_set_new(object, "vlan", json_integer(event->station.vid));
	json_object_set_new(object, "port", json_string(event->port));
}

static void set_drops(json_t *object, const struct event *event)
{
	json_object_set_new(object, "port", json_string(event->port));
	json_object_set_new(object, "direction",
			    json_string(event->drops.direction == DIRECTION_IN
						? "in"
						: "out"));
	json_object_set_new(object, "reason",
			    json_string(drop_name(event->drops.reason)));
}

static void set_state(json_t *object, const struct event *event)
{
	json_object_set_new(object, "port", json_string(event->port));
	json_object_set_new(object, "state",
			    json_string(port_state_name(event->state.now)));
	json_object_set_new(object, "was",
			    json_string(port_state_name(event->state.was)));
	if (event->state.why[0])
		json_object_set_new(object, "why",
				    jsonrpc_text(event->state.why));
}

static void set_config(json_t *object, const struct event *event)
{
	json_object_set_new(object, "method",
			    json_string(event->config.method));
	if (event->config.object[0])
		json_object_set_new(object, "object",
				    jsonrpc_text(event->config.object));
	json_object_set_new(object, "uid", row_number(event->config.uid));
	json_object_set_new(object, "pid",
			    json_integer((json_int_t)event->config.pid));
	if (event->config.command[0])
		json_object_set_new(object, "command",
				    jsonrpc_text(event->config.command));
}

static void set_details(json_t *object, const struct event *event)
{
	switch (event->kind) {
	case EVENT_PORT_ATTACHED:
	case EVENT_PORT_DETACHED:
		json_object_set_new(object, "port", json_string(event->port));
		json_object_set_new(object, "attached_to",
				    jsonrpc_text(event->target));
		return;
	case EVENT_PORT_STATE:
		set_state(object, event);
		return;
	case EVENT_STATION_LEARNED:
		set_station(object, event);
		return;
	case EVENT_STATION_MOVED:
	case EVENT_FLAPPING_STARTED:
	case EVENT_FLAPPING_STOPPED:
		set_station(object, event);
		json_object_set_new(object, "from", json_string(event->from));
		json_object_set_new(object, "moves", row_number(event->count));
		return;
	case EVENT_MORE_LEARNED:
	case EVENT_MORE_MOVED:
	case EVENT_TABLE_FULL:
		json_object_set_new(object, "count", row_number(event->count));
		return;
	case EVENT_DROPS_STARTED:
		set_drops(object, event);
		return;
	case EVENT_DROPS_STOPPED:
		set_drops(object, event);
		json_object_set_new(object, "count", row_number(event->count));
		return;
	case EVENT_LIMIT:
		json_object_set_new(object, "limit",
				    json_string(event->limit.name));
		json_object_set_new(object, "max",
				    row_number(event->limit.max));
		json_object_set_new(object, "count", row_number(event->count));
		return;
	case EVENT_CONFIG:
		set_config(object, event);
		return;
	}
}

/**
 * event_json() - An event
 * @journal:	Journal it is from
 * @event:	Event
 *
 * Return: an object
 */
json_t *event_json(const struct journal *journal, const struct event *event)
{
	json_t *object = json_pack("{s:i, s:o, s:o, s:o, s:s}", "schema", 1,
				   "seq", row_number(event->seq), "cursor",
				   cursor(journal, event->seq), "time",
				   time_text(event->wall_ns), "kind",
				   kind_name(event->kind));

	if (object)
		set_details(object, event);
	return object;
}

/**
 * event_json_next() - What a reader of a journal gets next
 * @journal:	Journal
 * @reader:	Reader; goes on by one
 *
 * Return: an object: an event, or what is to be said about those that are
 * missing. A new reference to null when there is nothing yet
 */
json_t *event_json_next(const struct journal *journal,
			struct journal_reader *reader)
{
	const struct event *event;
	uint64_t from, to;

	switch (journal_read(journal, reader, &event, &from, &to)) {
	case JOURNAL_EVENT:
		return event_json(journal, event);
	case JOURNAL_LOST:
		return json_pack("{s:i, s:o, s:s, s:o, s:o, s:o}", "schema", 1,
				 "cursor", cursor(journal, to), "kind", "lost",
				 "lost", row_number(to - from + 1), "from",
				 row_number(from), "to", row_number(to));
	case JOURNAL_RESTARTED:
		return json_pack("{s:i, s:o, s:s}", "schema", 1, "cursor",
				 cursor(journal, 0), "kind", "restarted");
	case JOURNAL_END:
		break;
	}

	return json_null();
}
