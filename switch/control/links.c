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
#include "plan.h"
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

/**
 * links_announce() - Tell what state a port is in
 * @links:	Links
 * @attachment:	The port's
 * @was:	The state that was told last
 * @why:	Half a sentence, or NULL
 */
void links_announce(struct links *links, const struct attachment *attachment,
		    enum port_state was, const char *why)
{
	const struct port *port = attachment->port;

	if (port->state == was)
		return;
	events_port_state(&links->sw->events, port, was, why);

	log_info(LOG_PORT, "%s: %s%s%s", port->name,
		 port_state_name(port->state), why ? ": " : "", why ? why : "");
}

/**
 * links_set_state() - A port is in another state from now on
 * @links:	Links
 * @attachment:	The port's
 * @state:	The state
 * @why:	Half a sentence, or NULL
 *
 * The one place where states change. It is told, unless the port is not
 * announced yet.
 */
void links_set_state(struct links *links, struct attachment *attachment,
		     enum port_state state, const char *why)
{
	struct port *port = attachment->port;
	const enum port_state was = port->state;

	if (port->state == state)
		return;

	port->state = state;
	port->state_since = links->sw->clock.now;
	if (state != PORT_STATE_UP)
		forget_stations(links->sw, port);
	if (attachment->announced)
		links_announce(links, attachment, was, why);
}

static void lose(struct links *links, struct attachment *attachment,
		 const char *why, bool at_once)
{
	if (attachment->port->fd < 0)
		return;

	captures_port_gone(links->sw, attachment->port, why);
	if (attachment->plan->persist) {
		keeper_lost(attachment, why, at_once);
		return;
	}

	attach_unplug(links->sw, attachment);
	links_set_state(links, attachment, PORT_STATE_GONE, why);
}

/**
 * links_port_gone() - A port has lost its device
 * @links:	Links
 * @attachment:	The port's
 * @why:	Half a sentence
 */
void links_port_gone(struct links *links, struct attachment *attachment,
		     const char *why)
{
	lose(links, attachment, why, false);
}

/* The interface is where it belongs, and we know in what state. */
static void set_at_home(struct links *links, struct attachment *attachment,
			bool is_up)
{
	/* To move has cost it its addresses, and perhaps its name. */
	if (attachment->port->state == PORT_STATE_MOVED &&
	    attachment->plan->persist)
		lose(links, attachment, "it was taken away and back", false);
	else
		links_set_state(links, attachment,
				is_up ? PORT_STATE_UP : PORT_STATE_DOWN, NULL);
}

/* The host end of a veth pair speaks for the whole cable. */
static void on_host_end(struct links *links, struct attachment *attachment,
			const struct link_info *link)
{
	if (link->link_netnsid >= 0 &&
	    link->link_netnsid == attachment->cable.nsid) {
		/* It may have got another number on its way. */
		attachment->cable.far_ifindex = link->peer_ifindex;
		set_at_home(links, attachment, link->up && link->carrier);
	} else if (link->link_netnsid >= 0) {
		links_set_state(links, attachment, PORT_STATE_MOVED, NULL);
	} else if (attachment->port->state != PORT_STATE_MOVED) {
		/* Without a number the far end is on its way out. */
		links_set_state(links, attachment, PORT_STATE_DOWN, NULL);
	}
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
		set_at_home(links, attachment, link->up);
}

/* A TAP that was taken away and back may have got another number there. */
static bool has_come_back(const struct attachment *attachment,
			  const struct monitor_event *event)
{
	return attachment->cable.kind == CABLE_TAP &&
	       attachment->port->state == PORT_STATE_MOVED &&
	       event->kind == MONITOR_LINK && event->nsid >= 0 &&
	       event->nsid == attachment->cable.nsid &&
	       !strcmp(event->link.kind, "tun") &&
	       eth_addr_equal(event->link.mac, attachment->cable.mac);
}

/* Return: whether it was about this port */
static bool on_link(struct links *links, struct attachment *attachment,
		    const struct monitor_event *event)
{
	struct cable *cable = &attachment->cable;
	const bool is_host = event->nsid < 0 && cable->kind == CABLE_VETH &&
			     event->link.ifindex == cable->host_ifindex;
	bool is_far = event->nsid >= 0 && event->nsid == cable->nsid &&
		      event->link.ifindex == cable->far_ifindex;

	if (has_come_back(attachment, event)) {
		cable->far_ifindex = event->link.ifindex;
		is_far = true;
	}
	if (!is_host && !is_far)
		return false;

	if (event->kind == MONITOR_LINK) {
		if (is_host)
			on_host_end(links, attachment, &event->link);
		else
			on_far_end(links, attachment, &event->link);
	} else if (event->moved) {
		links_set_state(links, attachment, PORT_STATE_MOVED, NULL);
	} else {
		links_port_gone(links, attachment, "its interface was deleted");
	}
	return true;
}

/* Return: whether it was about this port */
static bool on_netns_gone(struct links *links, struct attachment *attachment,
			  int nsid)
{
	if (attachment->cable.nsid != nsid)
		return false;

	/* The number may name another namespace from now on. */
	attachment->cable.nsid = -1;
	if (attachment->port->state != PORT_STATE_MOVED)
		lose(links, attachment, "its namespace was deleted", true);
	else if (attachment->plan->persist)
		keeper_home_gone(attachment);
	return true;
}

/* Events were lost: ask the kernel, this once, how the cable is. */
static void refresh(struct links *links, struct attachment *attachment)
{
	struct rtnl *nl = room_rtnl(links->sw->room);
	const struct cable *cable = &attachment->cable;
	struct link_info link;

	if (attachment->port->fd < 0)
		return;

	if (cable->kind == CABLE_VETH) {
		if (link_get(nl, cable->host_ifindex, &link) < 0) {
			links_port_gone(links, attachment, "its cable is gone");
			return;
		}
		on_host_end(links, attachment, &link);
		if (attachment->port->fd < 0)
			return; /* that was the end of this cable */
	}

	/* Not there: moved, if it is a TAP; its descriptor knows if deleted. */
	if (cable->nsid >= 0 &&
	    !link_get_in(nl, cable->nsid, cable->far_ifindex, &link))
		on_far_end(links, attachment, &link);
	else
		links_set_state(links, attachment, PORT_STATE_MOVED, NULL);
}

static bool on_event(struct links *links, struct attachment *attachment,
		     const struct monitor_event *event)
{
	if (attachment->plan->persist)
		keeper_on_link(attachment, event);

	switch (event->kind) {
	case MONITOR_LINK:
	case MONITOR_LINK_GONE:
		return on_link(links, attachment, event);
	case MONITOR_NETNS_GONE:
		return on_netns_gone(links, attachment, event->nsid);
	case MONITOR_OVERRUN:
		refresh(links, attachment);
		return true;
	}

	return false;
}

/*
 * A cable may meet its fate before we have heard that it lies: what nobody
 * knows what to do with is kept for those who come while the worker works.
 */
static void keep_for_later(struct links *links,
			   const struct monitor_event *event)
{
	if (TAILQ_EMPTY(&links->sw->worker.tickets)) {
		links->n_unclaimed = 0;
		return;
	}

	links->unclaimed[links->n_unclaimed++ % LINKS_UNCLAIMED_MAX] = *event;
}

static void on_monitor_event(const struct monitor_event *event, void *user)
{
	struct links *links = user;
	struct bridge *bridge = links->sw->bridge;
	bool claimed = event->kind == MONITOR_OVERRUN;

	for (size_t i = 0; i < bridge->n_ports; i++)
		claimed |= on_event(links, bridge->ports[i]->owner, event);
	if (!claimed)
		keep_for_later(links, event);
}

static void catch_up(struct links *links)
{
	int n;

	do {
		n = monitor_receive(links->monitor, EVENTS_PER_TURN,
				    on_monitor_event, links);
	} while (n == EVENTS_PER_TURN);
}

/**
 * links_catch_up_with() - Take in what the kernel has told so far
 * @links:	Links
 * @attachment:	A port's that has just got its cable
 */
void links_catch_up_with(struct links *links, struct attachment *attachment)
{
	const size_t n = links->n_unclaimed;
	size_t i = n > LINKS_UNCLAIMED_MAX ? n - LINKS_UNCLAIMED_MAX : 0;

	for (; i < n; i++)
		on_event(links, attachment,
			 &links->unclaimed[i % LINKS_UNCLAIMED_MAX]);
	catch_up(links);
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
