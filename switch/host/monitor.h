/* SPDX-License-Identifier: MIT */
/*
 * monitor.h - what happens to interfaces, here and where our cables end
 *
 * One socket in the back room hears of its own interfaces and of those in each
 * namespace that has a number in the room (link_get_nsid(); the kernel numbers
 * the far side of a veth pair by itself).
 *
 * Always true:
 *  - a namespace that dies is told of by MONITOR_NETNS_GONE, and its interfaces
 *    are not: the kernel takes the number away first
 *  - after MONITOR_OVERRUN nothing that was known is certain: ask link_get_in()
 */
#ifndef MONITOR_H
#define MONITOR_H

#include <stdbool.h>

#include "link.h"

struct err;
struct monitor;

enum monitor_event_kind {
	MONITOR_LINK, /* is there, and like this */
	MONITOR_LINK_GONE, /* deleted, or moved to another namespace */
	MONITOR_NETNS_GONE,
	MONITOR_OVERRUN, /* events were lost */
};

struct monitor_event {
	enum monitor_event_kind kind;
	int nsid; /* where; -1: in the back room */
	bool moved; /* MONITOR_LINK_GONE: not deleted */
	struct link_info link; /* MONITOR_LINK, MONITOR_LINK_GONE */
};

typedef void monitor_on_event(const struct monitor_event *event, void *user);

int monitor_new(struct monitor **ret_monitor, struct err *err);
void monitor_free(struct monitor *monitor);
int monitor_fd(const struct monitor *monitor);
int monitor_receive(struct monitor *monitor, int max,
		    monitor_on_event *on_event, void *user);

#endif /* MONITOR_H */
