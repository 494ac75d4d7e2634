/* SPDX-License-Identifier: MIT */
/* events.c - what happens, written down and told */

#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "captures.h"
#include "conn.h"
#include "drop_watch.h"
#include "err.h"
#include "fdb.h"
#include "flaps.h"
#include "journal.h"
#include "macros.h"
#include "mirror.h"
#include "vswitch.h"

enum {
	/* A lab of some size, started at once, is told in full. */
	STATIONS_BURST = 256,
	STATIONS_PER_S = 16,
	SWEEP_MS = 900, /* the tick may come more often than once a second */
};

/* The rest is there, whichever kind it is. */
static void add(struct events *events, struct event *event)
{
	event->wall_ns = events->sw->clock.wall_ns;
	journal_add(events->journal, event);
}

static void set_name(char to[NAME_SIZE], const struct port *port)
{
	memcpy(to, port->name, NAME_SIZE);
}

/* What the data path tells */

static struct events *events_of(struct bridge_events *hooks)
{
	return container_of(hooks, struct events, hooks);
}

static void on_learned(struct bridge_events *hooks, const struct port *port,
		       struct eth_addr addr, uint16_t vid)
{
	struct events *events = events_of(hooks);
	struct event event = { .kind = EVENT_STATION_LEARNED,
			       .station = { addr, vid } };

	if (!throttle_pass(&events->learned, events->sw->clock.now))
		return;

	set_name(event.port, port);
	add(events, &event);
}

static void on_moved(struct bridge_events *hooks, const struct port *from,
		     const struct port *to, struct eth_addr addr, uint16_t vid)
{
	struct events *events = events_of(hooks);
	const mtime_t now = events->sw->clock.now;
	struct event event = { .kind = EVENT_STATION_MOVED,
			       .station = { addr, vid } };

	switch (flaps_note(events->flaps, addr, vid, from->name, to->name, now,
			   &event.count)) {
	case FLAPS_GOES_ON:
		return;
	case FLAPS_BEGUN: /* seldom by itself, and its end will be told */
		event.kind = EVENT_FLAPPING_STARTED;
		break;
	case FLAPS_MOVED:
		if (!throttle_pass(&events->moved, now))
			return;
		event.count = fdb_moves(events->sw->fdb, addr, vid);
		break;
	}

	set_name(event.port, to);
	set_name(event.from, from);
	add(events, &event);
}

static void on_table_full(struct bridge_events *hooks)
{
	struct events *events = events_of(hooks);
	struct event event = { .kind = EVENT_TABLE_FULL, .count = 1 };

	if (throttle_pass(&events->full, events->sw->clock.now))
		add(events, &event);
}

static bool on_drop(struct bridge_events *hooks, struct port *port,
		    enum direction direction, enum drop_reason reason)
{
	struct events *events = events_of(hooks);
	struct event event = { .kind = EVENT_DROPS_STARTED,
			       .drops = { direction, reason } };

	if (!drop_watch_begin(events->drops, port, direction, reason,
			      events->sw->clock.now)) {
		events_limit(events, EVENTS_LIMIT_DROPS);
		return false;
	}

	set_name(event.port, port);
	add(events, &event);
	return true;
}

static void on_drops_end(const struct dropping *dropping, uint64_t n,
			 void *user)
{
	struct event event = { .kind = EVENT_DROPS_STOPPED,
			       .count = n,
			       .drops = { dropping->direction,
					  dropping->reason } };

	set_name(event.port, dropping->port);
	add(user, &event);
}

static void on_port_removed(struct bridge_events *hooks,
			    const struct port *port)
{
	struct events *events = events_of(hooks);

	drop_watch_forget(events->drops, port, on_drops_end, events);
}

static void on_rest(const struct flap *flap, void *user)
{
	struct event event = { .kind = EVENT_FLAPPING_STOPPED,
			       .count = flap->n,
			       .station = { flap->addr, flap->vid } };

	memcpy(event.port, flap->to, sizeof(event.port));
	memcpy(event.from, flap->from, sizeof(event.from));
	add(user, &event);
}

/* Limits */

static uint64_t limit_max(const struct vswitch *sw, enum events_limit limit,
			  const char **ret_name)
{
	switch (limit) {
	case EVENTS_LIMIT_CLIENTS:
		*ret_name = "clients";
		return SERVER_MAX_CLIENTS;
	case EVENTS_LIMIT_DESCRIPTORS:
		*ret_name = "descriptors";
		return (uint64_t)sysconf(_SC_OPEN_MAX);
	case EVENTS_LIMIT_CAPTURES:
		*ret_name = "captures";
		return CAPTURES_MAX;
	case EVENTS_LIMIT_PORTS:
		*ret_name = "ports";
		return BRIDGE_MAX_PORTS;
	case EVENTS_LIMIT_DROPS:
		*ret_name = "drops watched";
		return DROP_WATCH_MAX;
	case EVENTS_LIMIT_MIRRORS:
		*ret_name = "mirrors";
		return MIRRORS_MAX;
	case EVENTS_LIMIT_STATIONS:
		*ret_name = "stations";
		return fdb_counts(sw->fdb).max_entries;
	case EVENTS_LIMIT_COUNT:
		break;
	}

	*ret_name = "invalid";
	return 0;
}

static void add_limit(struct events *events, enum events_limit limit,
		      uint64_t count)
{
	struct event event = { .kind = EVENT_LIMIT, .count = count };

	event.limit.max = limit_max(events->sw, limit, &event.limit.name);
	add(events, &event);
}

/**
 * events_limit() - Somebody was refused since something is full
 * @events:	Events
 * @limit:	What
 */
void events_limit(struct events *events, enum events_limit limit)
{
	if (throttle_pass(&events->limits[limit], events->sw->clock.now))
		add_limit(events, limit, 1);
	else
		datapath_tick(&events->sw->datapath);
}

/* Ports */

static void add_port(struct events *events, enum event_kind kind,
		     const struct attachment *attachment)
{
	struct event event = { .kind = kind };

	set_name(event.port, attachment->port);
	snprintf(event.target, sizeof(event.target), "%s",
		 attachment->target_words);
	add(events, &event);
}

/**
 * events_port_attached() - A port has been attached
 * @events:	Events
 * @attachment:	The port's
 */
void events_port_attached(struct events *events,
			  const struct attachment *attachment)
{
	add_port(events, EVENT_PORT_ATTACHED, attachment);
	if (attachment->port->state != PORT_STATE_DOWN)
		events_port_state(events, attachment->port, PORT_STATE_DOWN,
				  NULL);
}

/**
 * events_port_detached() - A port is about to be removed
 * @events:	Events
 * @attachment:	The port's
 */
void events_port_detached(struct events *events,
			  const struct attachment *attachment)
{
	add_port(events, EVENT_PORT_DETACHED, attachment);
}

/**
 * events_port_state() - A port's state has changed
 * @events:	Events
 * @port:	Port, in its new state
 * @was:	The old one
 * @why:	A few words, or NULL
 */
void events_port_state(struct events *events, const struct port *port,
		       enum port_state was, const char *why)
{
	struct event event = { .kind = EVENT_PORT_STATE,
			       .state = { .now = port->state, .was = was } };

	set_name(event.port, port);
	snprintf(event.state.why, sizeof(event.state.why), "%s",
		 why ? why : "");
	add(events, &event);
}

/* Changes that clients make */

/* Who that was; it waits for our answer, so it should still be there. */
static void read_command(pid_t pid, char *buf, size_t size)
{
	char path[40];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;

	n = read(fd, buf, size - 1);
	close(fd);
	if (n > 0 && buf[n - 1] == '\n')
		buf[n - 1] = '\0';
}

/**
 * events_config() - A client's request has changed something
 * @events:	Events
 * @conn:	Client, with its request
 */
void events_config(struct events *events, const struct conn *conn)
{
	static const char *const objects[] = { "mirror", "port", "mac", "in",
					       "target" };
	const json_t *params = conn->request.message.params;
	struct event event = { .kind = EVENT_CONFIG };
	const char *object = NULL;

	for (size_t i = 0; !object && i < ARRAY_SIZE(objects); i++)
		object = json_string_value(json_object_get(params, objects[i]));

	event.config.method = conn->request.spec->method;
	event.config.uid = conn->peer.uid;
	event.config.pid = conn->peer.pid;
	snprintf(event.config.object, sizeof(event.config.object), "%s",
		 object ? object : "");
	read_command(conn->peer.pid, event.config.command,
		     sizeof(event.config.command));
	add(events, &event);
}

/* Time passes */

static void tell_excess(struct events *events, struct throttle *throttle,
			enum event_kind kind)
{
	struct event event = { .kind = kind,
			       .count = throttle_take_excess(throttle) };

	if (event.count)
		add(events, &event);
}

/**
 * events_tick() - Tell what is told together, and what has ended
 * @events:	Events; to be called about once a second
 *
 * Return: whether something is still going on
 */
bool events_tick(struct events *events)
{
	const mtime_t now = events->sw->clock.now;
	bool flapping;

	if (!mtime_reached(now,
			   mtime_add(events->swept, mtime_from_ms(SWEEP_MS))))
		return true;

	events->swept = now;
	tell_excess(events, &events->learned, EVENT_MORE_LEARNED);
	tell_excess(events, &events->moved, EVENT_MORE_MOVED);
	tell_excess(events, &events->full, EVENT_TABLE_FULL);
	for (int i = 0; i < EVENTS_LIMIT_COUNT; i++) {
		const uint64_t n = throttle_take_excess(&events->limits[i]);

		if (n)
			add_limit(events, (enum events_limit)i, n);
	}
	flapping = flaps_sweep(events->flaps, now, on_rest, events);
	drop_watch_sweep(events->drops, now, on_drops_end, events);
	return flapping || events->drops->n;
}

/**
 * events_start() - Begin to write down what happens
 * @events:	In the caller's memory
 * @sw:		Switch, whose bridge will tell us
 * @err:	On failure, one sentence
 *
 * Return: 0, or -ENOMEM; events_stop() it in either case
 */
int events_start(struct events *events, struct vswitch *sw, struct err *err)
{
	const mtime_t now = sw->clock.now;

	events->sw = sw;
	events->hooks = (struct bridge_events){
		.on_learned = on_learned,
		.on_moved = on_moved,
		.on_table_full = on_table_full,
		.on_drop = on_drop,
		.on_port_removed = on_port_removed,
	};
	throttle_init(&events->learned, STATIONS_BURST, STATIONS_PER_S, now);
	throttle_init(&events->moved, STATIONS_BURST, STATIONS_PER_S, now);
	throttle_init(&events->full, 1, 1, now);
	for (int i = 0; i < EVENTS_LIMIT_COUNT; i++)
		throttle_init(&events->limits[i], 1, 1, now);

	events->journal = journal_new();
	events->flaps = calloc(1, sizeof(*events->flaps));
	events->drops = calloc(1, sizeof(*events->drops));
	if (!events->journal || !events->flaps || !events->drops)
		return err_set(err, -ENOMEM, "out of memory");

	subscribers_start(&events->subscribers, sw->loop, events->journal);
	sw->bridge->events = &events->hooks;
	return 0;
}

/**
 * events_stop() - Write nothing down any more
 * @events:	Events that the bridge tells no more, or all zero
 */
void events_stop(struct events *events)
{
	subscribers_stop(&events->subscribers);
	journal_free(events->journal);
	free(events->flaps);
	free(events->drops);
}
