/* SPDX-License-Identifier: MIT */
/* links.c - what happens to our cables, and what that makes of the ports */

#include "links.h"

#include <errno.h>
#include <string.h>

#include "attach.h"
#include "bridge.h"
#include "err.h"
#include "log.h"
#include "macros.h"
#include "monitor.h"
#include "port.h"
#include "room.h"
#include "rtnl.h"
#include "vswitch.h"
#include "worker.h"

enum {
	EVENTS_PER_TURN = 64,
};

/* In a state other than up nobody is reached by this port. */
static void forget_stations(struct vswitch *sw, const struct port *port)
{
	bridge_forget_stations(sw->bridge, port);
	datapath_tick(&sw->datapath);
}

/* @why is a few words where the state alone does not say it, or NULL. */
static void set_state(struct links *links, struct attachment *attachment,
		      enum port_state state, const char *why)
{
	struct port *port = attachment->port;
	const enum port_state was = port->state;

	if (port->state == state || port->state == PORT_STATE_GONE)
		return;

	if (attachment->announced)
		log_info(LOG_PORT, "%s: %s", port->name,
			 port_state_name(state));
	port->state = state;
	port->state_since = links->sw->clock.now;
	if (attachment->announced)
		events_port_state(&links->sw->events, port, was, why);
	if (state != PORT_STATE_UP)
		forget_stations(links->sw, port);
}

/**
 * links_port_gone() - A port has lost its device for good
 * @links:	Links
 * @attachment:	The port's
 * @why:	For the log, and for captures
 */
void links_port_gone(struct links *links, struct attachment *attachment,
		     const char *why)
{
	struct port *port = attachment->port;

	if (port->state == PORT_STATE_GONE)
		return;

	log_info(LOG_PORT, "%s: %s", port->name, why);
	captures_port_gone(links->sw, port, why);
	datapath_unwatch(&attachment->watch);
	port->ops->hang_up(port);
	set_state(links, attachment, PORT_STATE_GONE, why);
}

/* The host end of a veth pair speaks for the whole cable. */
static void on_host_end(struct links *links, struct attachment *attachment,
			const struct link_info *link)
{
	/* Without a number the far end is on its way out: down, not moved. */
	if (link->link_netnsid >= 0 &&
	    link->link_netnsid != attachment->cable.nsid)
		set_state(links, attachment, PORT_STATE_MOVED, NULL);
	else if (link->link_netnsid >= 0 && link->up && link->carrier)
		set_state(links, attachment, PORT_STATE_UP, NULL);
	else
		set_state(links, attachment, PORT_STATE_DOWN, NULL);
}

/*
 * The far end is where a user changes the MTU, and means the cable's. A host
 * end that stays behind would drop the longer frames without a word.
 */
static void follow_mtu(struct links *links, struct attachment *attachment,
		       unsigned mtu)
{
	const struct worker_job job = { .task = WORKER_SET_MTU,
					.cable = attachment->cable,
					.mtu = mtu };
	struct port *port = attachment->port;
	struct err err = { 0 };

	if (port->mtu == mtu)
		return;

	if (attachment->cable.kind == CABLE_VETH &&
	    worker_submit(&links->sw->worker, &job, -1, NULL, NULL, &err) < 0)
		log_warning(LOG_PORT, "%s: %s", port->name, err.msg);
	log_info(LOG_PORT, "%s: MTU %u", port->name, mtu);
	port->mtu = mtu;
}

static void on_far_end(struct links *links, struct attachment *attachment,
		       const struct link_info *link)
{
	memcpy(attachment->ifname, link->ifname, sizeof(attachment->ifname));
	attachment->cable.mac = link->mac;
	follow_mtu(links, attachment, link->mtu);
	if (attachment->cable.kind == CABLE_TAP)
		set_state(links, attachment,
			  link->up ? PORT_STATE_UP : PORT_STATE_DOWN, NULL);
}

static void on_link(struct links *links, struct attachment *attachment,
		    const struct monitor_event *event)
{
	const struct cable *cable = &attachment->cable;
	const bool is_host = event->nsid < 0 && cable->kind == CABLE_VETH &&
			     event->link.ifindex == cable->host_ifindex;
	const bool is_far = event->nsid >= 0 && event->nsid == cable->nsid &&
			    event->link.ifindex == cable->far_ifindex;

	if (!is_host && !is_far)
		return;

	if (event->kind == MONITOR_LINK) {
		if (is_host)
			on_host_end(links, attachment, &event->link);
		else
			on_far_end(links, attachment, &event->link);
	} else if (event->moved) {
		set_state(links, attachment, PORT_STATE_MOVED, NULL);
	} else {
		links_port_gone(links, attachment, "its interface was deleted");
	}
}

static void on_netns_gone(struct links *links, struct attachment *attachment,
			  int nsid)
{
	if (attachment->cable.nsid != nsid)
		return;

	/* The number may name another namespace from now on. */
	attachment->cable.nsid = -1;
	if (attachment->port->state != PORT_STATE_MOVED)
		links_port_gone(links, attachment, "its namespace was deleted");
}

/* Events were lost: ask the kernel, this once, how the cable is. */
static void refresh(struct links *links, struct attachment *attachment)
{
	struct rtnl *nl = room_rtnl(links->sw->room);
	const struct cable *cable = &attachment->cable;
	struct link_info link;

	if (attachment->port->state == PORT_STATE_GONE)
		return;

	if (cable->kind == CABLE_VETH) {
		if (link_get(nl, cable->host_ifindex, &link) < 0) {
			links_port_gone(links, attachment, "its cable is gone");
			return;
		}
		on_host_end(links, attachment, &link);
	}

	/* Not there: moved, if it is a TAP; its descriptor knows if deleted. */
	if (cable->nsid >= 0 &&
	    !link_get_in(nl, cable->nsid, cable->far_ifindex, &link))
		on_far_end(links, attachment, &link);
	else
		set_state(links, attachment, PORT_STATE_MOVED, NULL);
}

static void on_monitor_event(const struct monitor_event *event, void *user)
{
	struct links *links = user;
	struct bridge *bridge = links->sw->bridge;

	for (size_t i = 0; i < bridge->n_ports; i++) {
		struct attachment *attachment = bridge->ports[i]->owner;

		switch (event->kind) {
		case MONITOR_LINK:
		case MONITOR_LINK_GONE:
			on_link(links, attachment, event);
			break;
		case MONITOR_NETNS_GONE:
			on_netns_gone(links, attachment, event->nsid);
			break;
		case MONITOR_OVERRUN:
			refresh(links, attachment);
			break;
		}
	}
}

/**
 * links_catch_up() - Take in what the kernel has told so far
 * @links:	Links
 */
void links_catch_up(struct links *links)
{
	int n;

	do {
		n = monitor_receive(links->monitor, EVENTS_PER_TURN,
				    on_monitor_event, links);
	} while (n == EVENTS_PER_TURN);
}

static void on_links_readable(struct ev_loop *loop, struct ev_io *w,
			      int revents)
{
	struct links *links = container_of(w, struct links, readable);
	int n;

	(void)revents;
	n = monitor_receive(links->monitor, EVENTS_PER_TURN, on_monitor_event,
			    links);
	if (n < 0 && n != -EAGAIN) {
		log_error(LOG_HOST, "cannot follow link events any longer: %s",
			  strerror(-n));
		ev_io_stop(loop, w);
	}
}

/**
 * links_start() - Follow link events
 * @links:	In the caller's memory
 * @sw:		Switch whose ports it is about, in its back room
 * @err:	On failure, one sentence
 *
 * Return: 0, or -errno
 */
int links_start(struct links *links, struct vswitch *sw, struct err *err)
{
	int r;

	links->sw = sw;
	r = monitor_new(&links->monitor, err);
	if (r < 0)
		return r;

	ev_io_init(&links->readable, on_links_readable,
		   monitor_fd(links->monitor), EV_READ);
	ev_io_start(sw->loop, &links->readable);
	return 0;
}

/**
 * links_stop() - Follow link events no longer
 * @links:	Links, started or all zero
 */
void links_stop(struct links *links)
{
	if (!links->monitor)
		return;

	ev_io_stop(links->sw->loop, &links->readable);
	monitor_free(links->monitor);
	links->monitor = NULL;
}
