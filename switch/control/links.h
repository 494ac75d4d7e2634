/* SPDX-License-Identifier: MIT */
/*
 * links.h - what happens to our cables, and what that makes of the ports
 *
 * Follows the kernel's link events. A cable that is down, was taken elsewhere
 * or is gone stops its port at once: the stations learned there are forgotten,
 * so frames for them find another way, and a port that is gone lets go of its
 * device.
 */
#ifndef LINKS_H
#define LINKS_H

#include <ev.h>

struct attachment;
struct err;
struct monitor;
struct vswitch;

struct links {
	struct vswitch *sw;
	struct monitor *monitor;
	struct ev_io readable;
};

int links_start(struct links *links, struct vswitch *sw, struct err *err);
void links_stop(struct links *links);
void links_catch_up(struct links *links);
void links_port_gone(struct links *links, struct attachment *attachment,
		     const char *why);

#endif /* LINKS_H */
