/* SPDX-License-Identifier: MIT */
/*
 * mirror.h - copies of what some ports carry, to one that carries nothing else
 *
 * A mirror copies frames as its ports receive them, as they send them, or
 * both; each frame once, however many of its ports it passes. Twice would be
 * retransmissions and loops to whoever listens.
 * Ports that are mirrored are known by name: one that is detached and attached
 * anew is mirrored again. Copies are sent like any other frame; those that the
 * mirror port cannot take are counted, and never held or tried again. When its
 * queue is full the mirror pauses, so that a port that is stuck costs nothing.
 *
 * Always true between calls:
 *  - a mirror port belongs to one mirror, and no mirror copies from it
 *  - what a mirror has seen = mirrored + filtered + the sum of dropped[]
 *  - bridge->mirrors is NULL if there is no mirror
 */
#ifndef MIRROR_H
#define MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drop.h"
#include "mtime.h"
#include "port.h"

enum {
	MIRRORS_MAX = 16, /* a bit each in struct port and struct frame */
	MIRROR_SNAPLEN_MIN = 60, /* the shortest frame of IEEE 802.3 */
};

struct bridge;
struct err;
struct frame;

struct mirror_config {
	const char *name; /* shorter than PORT_NAME_SIZE */
	const char *const
		*from; /* names of ports; NULL: all, future ones too */
	size_t n_from;
	bool rx, tx; /* as they are received, as they are sent */
	const char *to; /* name of the mirror port */
	uint32_t snaplen; /* longer frames are cut; 0: none is */

	/* Which frames: asked with @program. NULL: all of them. */
	bool (*matches)(const void *program, const uint8_t *data, uint32_t len);
	void *program; /* from malloc(), the mirror's on success; or NULL */
	const char *filter; /* what it was compiled from, for people; or NULL */
};

struct mirror_counters {
	uint64_t mirrored; /* copies the mirror port has sent */
	uint64_t bytes; /* of those, as they were sent */
	uint64_t filtered; /* frames that the filter left out */
	uint64_t dropped[DROP_COUNT]; /* copies that could not be sent */
};

struct mirror {
	char name[PORT_NAME_SIZE];
	struct port *to;
	bool rx, tx;
	uint32_t snaplen;
	char (*from)[PORT_NAME_SIZE]; /* NULL: all */
	size_t n_from;
	bool (*matches)(const void *program, const uint8_t *data, uint32_t len);
	void *program;
	char *filter;
	struct mirror_counters counters;
	mtime_t pause, resume; /* when it is stuck: for how long, until when */
};

struct mirrors {
	struct mirror *slots[MIRRORS_MAX]; /* NULL: free */
	size_t n;
	mtime_t now; /* of the batch that is on its way */
};

int mirror_check(const struct bridge *bridge,
		 const struct mirror_config *config, struct err *err);
int mirror_add(struct bridge *bridge, const struct mirror_config *config,
	       struct err *err);
int mirror_del(struct bridge *bridge, const char *name, struct err *err);
struct mirror *mirror_find(const struct bridge *bridge, const char *name);
const struct mirror *mirror_of_port(const struct bridge *bridge,
				    const struct port *to);
uint64_t mirror_dropped(const struct mirror *mirror);

/* Hooks, for bridge.c and egress.c */
void mirror_port_added(struct bridge *bridge, struct port *port);
void mirror_port_removed(struct bridge *bridge, const struct port *port);
void mirror_received(struct bridge *bridge, const struct port *in,
		     struct frame *frames, size_t n, mtime_t now,
		     uint64_t wall_ns);
void mirror_sent(struct bridge *bridge, const struct port *out,
		 struct frame *const *frames, size_t n, uint64_t wall_ns);

#endif /* MIRROR_H */
