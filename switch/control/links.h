/* SPDX-License-Identifier: MIT */
/*
 * links.h - what happens to our cables, and what that makes of the ports
 *
 * Follows the kernel's link events. A cable that is down, was taken elsewhere
 * or is gone stops its port at once: the stations learned there are forgotten,
 * so frames for them find another way, and a port that is gone lets go of its
 * device. One that persists is handed to the keeper, who makes it again.
 */
#ifndef LINKS_H
#define LINKS_H

#include <ev.h>
#include <stddef.h>

#include "monitor.h"
#include "port.h"

struct attachment;
struct err;
struct vswitch;

enum {
	LINKS_UNCLAIMED_MAX = 256,
};

struct links {
	struct vswitch *sw;
	struct monitor *monitor;
	struct ev_io readable;

	/* The newest events about cables that are no port's so far. */
	struct monitor_event unclaimed[LINKS_UNCLAIMED_MAX];
	size_t n_unclaimed; /* counted on, beyond the size */
};

int links_start(struct links *links, struct vswitch *sw, struct err *err);
void links_stop(struct links *links);
void links_catch_up_with(struct links *links, struct attachment *attachment);
void links_announce(struct links *links, const struct attachment *attachment,
		    enum port_state was, const char *why);
void links_set_state(struct links *links, struct attachment *attachment,
		     enum port_state state, const char *why);
void links_port_gone(struct links *links, struct attachment *attachment,
		     const char *why);

#endif /* LINKS_H */
