/* SPDX-License-Identifier: MIT */
/*
 * events.h - what happens, written down and told
 *
 * The data path tells of stations and drops through struct bridge_events, and
 * everybody in this layer calls the function for what he did. What frames can
 * make happen often is throttled: so many at once and so many a second, the
 * others counted and told as one event. So a flood of addresses fills neither
 * the journal nor anybody's screen.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>

#include "bridge.h"
#include "port.h"
#include "subscribers.h"
#include "throttle.h"

struct attachment;
struct cmd_spec;
struct conn;
struct drop_watch;
struct err;
struct flaps;
struct journal;
struct vswitch;

enum events_limit {
	EVENTS_LIMIT_CLIENTS,
	EVENTS_LIMIT_DESCRIPTORS,
	EVENTS_LIMIT_CAPTURES,
	EVENTS_LIMIT_PORTS,
	EVENTS_LIMIT_DROPS, /* that are watched */
	EVENTS_LIMIT_MIRRORS,
	EVENTS_LIMIT_STATIONS, /* pinned ones; what is learned is evicted */

	EVENTS_LIMIT_COUNT,
};

struct events {
	struct bridge_events hooks;
	struct vswitch *sw;
	struct journal *journal;
	struct subscribers subscribers;
	struct flaps *flaps;
	struct drop_watch *drops;
	struct throttle learned, moved, full;
	struct throttle limits[EVENTS_LIMIT_COUNT];
	mtime_t swept;
};

int events_start(struct events *events, struct vswitch *sw, struct err *err);
void events_stop(struct events *events);
bool events_tick(struct events *events);

void events_port_attached(struct events *events,
			  const struct attachment *attachment);
void events_port_detached(struct events *events,
			  const struct attachment *attachment);
void events_port_state(struct events *events, const struct port *port,
		       enum port_state was, const char *why);
void events_limit(struct events *events, enum events_limit limit);
void events_config(struct events *events, const struct conn *conn);

#endif /* EVENTS_H */
