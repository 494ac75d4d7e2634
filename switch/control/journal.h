/* SPDX-License-Identifier: MIT */
/*
 * journal.h - what has happened, as far back as there is room
 *
 * A ring of JOURNAL_SIZE events in fixed memory. Events are numbered from 1
 * without gaps and kept as typed fields; event_json.h makes text of them when
 * somebody reads. The newest push out the oldest, and a reader that had not
 * come to those is told how many it has lost.
 *
 * A journal lives as long as the daemon. Its random id is part of a cursor
 * ("42@5d1c0e2f": all after event 42 of that journal), so that a reader that
 * comes back after a restart is told so, instead of being given other events
 * by the same numbers.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bridge.h"
#include "drop.h"
#include "eth.h"
#include "name.h"
#include "port.h"

struct err;

enum {
	JOURNAL_SIZE = 4096, /* events */
	JOURNAL_CURSOR_SIZE = 40,
};

enum event_kind {
	EVENT_PORT_ATTACHED, /* target, state */
	EVENT_PORT_DETACHED, /* target */
	EVENT_PORT_STATE, /* state */
	EVENT_STATION_LEARNED, /* station */
	EVENT_STATION_MOVED, /* station; count: how often so far */
	EVENT_MORE_LEARNED, /* count: too many to be told one by one */
	EVENT_MORE_MOVED, /* count */
	EVENT_FLAPPING_STARTED, /* station; count: moves so far */
	EVENT_FLAPPING_STOPPED, /* station; count: moves in all */
	EVENT_TABLE_FULL, /* count: stations that went or found no room */
	EVENT_DROPS_STARTED, /* drops */
	EVENT_DROPS_STOPPED, /* drops; count */
	EVENT_LIMIT, /* limit; count: how often it was hit */
	EVENT_CONFIG, /* config */
};

struct event {
	uint64_t seq;
	uint64_t wall_ns; /* since 1970 */
	enum event_kind kind;
	char port[NAME_SIZE]; /* the port it is about; where it moved to */
	char from[NAME_SIZE]; /* where it moved from */
	uint64_t count;
	union {
		char target[80]; /* for people; cut where it is longer */
		struct {
			enum port_state now, was;
			char why[64]; /* or empty */
		} state;
		struct {
			struct eth_addr addr;
			uint16_t vid;
		} station;
		struct {
			enum direction direction;
			enum drop_reason reason;
		} drops;
		struct {
			const char *name; /* constant */
			uint64_t max;
		} limit;
		struct {
			const char *method; /* constant */
			char object[32]; /* its name, or empty */
			uid_t uid;
			pid_t pid;
			char command[16]; /* or empty */
		} config;
	};
};

struct journal {
	char id[9]; /* 8 hex digits */
	uint64_t last; /* newest event, or 0 */
	struct event ring[JOURNAL_SIZE];
};

/* What a reader gets next. */
enum journal_item {
	JOURNAL_END, /* nothing so far */
	JOURNAL_EVENT,
	JOURNAL_LOST, /* events from ... to are not there any more */
	JOURNAL_RESTARTED, /* the cursor was another journal's */
};

struct journal_reader {
	uint64_t seen; /* the last event that was read */
	bool restarted; /* and that is still to be told */
};

struct journal *journal_new(void);
void journal_free(struct journal *journal);
void journal_add(struct journal *journal, const struct event *event);
uint64_t journal_first(const struct journal *journal);

void journal_cursor(const struct journal *journal, uint64_t seq,
		    char ret[JOURNAL_CURSOR_SIZE]);
int journal_seek(const struct journal *journal, const char *cursor,
		 struct journal_reader *ret, struct err *err);
enum journal_item journal_read(const struct journal *journal,
			       struct journal_reader *reader,
			       const struct event **ret_event,
			       uint64_t *ret_lost_from, uint64_t *ret_lost_to);

#endif /* JOURNAL_H */
