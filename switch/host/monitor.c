/* SPDX-License-Identifier: MIT */
/* monitor.c - what happens to interfaces, here and where our cables end */

#include "monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "err.h"
#include "rtnl.h"

enum {
	MESSAGE_SIZE = 32768,
	QUEUE_SIZE = 4 << 20, /* some 1,000 events: each is charged a page */
};

struct monitor {
	int fd;
	char message[MESSAGE_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
};

static int join(int fd, struct err *err)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const int groups[] = { RTNLGRP_LINK, RTNLGRP_NSID };
	const int size = QUEUE_SIZE;
	const int on = 1;
	int r;

	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0)
		return err_errno(err, "cannot bind a netlink socket");
	/* More room for storms; if not allowed, what everybody gets. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on,
		       sizeof(on)) < 0) {
		r = err_errno(err, "cannot listen to other namespaces");
		if (r == -EPERM)
			err_hint(err, "vswd needs CAP_NET_BROADCAST: "
				      "run it as root");
		return r;
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			       &groups[i], sizeof(groups[i])) < 0)
			return err_errno(err, "cannot listen to link events");
	}
	return 0;
}

/**
 * monitor_new() - Begin to listen
 * @ret_monitor: Where to put it
 * @err:	What went wrong
 *
 * To be called in the back room, before the first cable is laid.
 *
 * Return: 0 or -errno
 */
int monitor_new(struct monitor **ret_monitor, struct err *err)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));
	int r;

	if (!monitor)
		return err_set(err, -ENOMEM, "out of memory");
	monitor->fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       NETLINK_ROUTE);
	if (monitor->fd < 0) {
		r = err_errno(err, "cannot open a netlink socket");
		goto free_monitor;
	}
	r = join(monitor->fd, err);
	if (r < 0)
		goto close_fd;
	*ret_monitor = monitor;
	return 0;

close_fd:
	close(monitor->fd);
free_monitor:
	free(monitor);
	return r;
}

/**
 * monitor_free() - Stop listening
 * @monitor:	The monitor, or NULL
 */
void monitor_free(struct monitor *monitor)
{
	if (!monitor)
		return;
	close(monitor->fd);
	free(monitor);
}

/**
 * monitor_fd() - What the event loop should watch
 * @monitor:	The monitor
 *
 * Return: a descriptor, readable when there are events
 */
int monitor_fd(const struct monitor *monitor)
{
	return monitor->fd;
}

static bool parse_nsid(const struct nlmsghdr *msg, struct monitor_event *event)
{
	const struct nlattr *attr;
	int32_t nsid = NETNSA_NSID_NOT_ASSIGNED;

	mnl_attr_for_each(attr, msg, sizeof(struct rtgenmsg))
	{
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			rtnl_get_i32(attr, &nsid);
	}
	event->kind = MONITOR_NETNS_GONE;
	event->nsid = nsid;
	return nsid >= 0;
}

static bool parse(const struct nlmsghdr *msg, int nsid,
		  struct monitor_event *event)
{
	const struct nlattr *attr;

	memset(event, 0, sizeof(*event));
	/* Of numbers, only the room's own: others have numbers of their own. */
	if (msg->nlmsg_type == RTM_DELNSID)
		return nsid < 0 && parse_nsid(msg, event);
	if (!link_parse(msg, &event->link))
		return false;

	event->nsid = nsid;
	event->kind = MONITOR_LINK;
	if (msg->nlmsg_type == RTM_NEWLINK)
		return true;
	event->kind = MONITOR_LINK_GONE;
	mnl_attr_for_each(attr, msg, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) == IFLA_NEW_NETNSID)
			event->moved = true;
	}
	return true;
}

static int nsid_of(struct msghdr *hdr)
{
	int nsid = NETNSA_NSID_NOT_ASSIGNED;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c))
		if (c->cmsg_level == SOL_NETLINK &&
		    c->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			memcpy(&nsid, CMSG_DATA(c), sizeof(nsid));
	return nsid;
}

/* Return: 1 if there was a datagram, 0 if not, or -errno */
static int receive_one(struct monitor *monitor, monitor_on_event *on_event,
		       void *user)
{
	struct sockaddr_nl from = { 0 };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { monitor->message, sizeof(monitor->message) };
	struct msghdr hdr = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const struct nlmsghdr *msg;
	struct monitor_event event;
	ssize_t n = recvmsg(monitor->fd, &hdr, 0);
	int len;

	if (n < 0 && (errno == ENOBUFS || errno == EINTR)) {
		if (errno == EINTR)
			return 1;
		event = (struct monitor_event){ .kind = MONITOR_OVERRUN,
						.nsid = -1 };
		on_event(&event, user);
		return 1;
	}
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (from.nl_pid)
		return 1; /* anybody with CAP_NET_ADMIN may write to a group */

	len = (int)n;
	msg = (const struct nlmsghdr *)(const void *)monitor->message;
	for (; mnl_nlmsg_ok(msg, len); msg = mnl_nlmsg_next(msg, &len))
		if (parse(msg, nsid_of(&hdr), &event))
			on_event(&event, user);
	return 1;
}

/**
 * monitor_receive() - Deliver what has happened
 * @monitor:	The monitor
 * @max:	How many messages to read at most
 * @on_event:	Called for each event; may not free the monitor
 * @user:	Passed to it
 *
 * Return: messages read, @max if there may be more; or -errno
 */
int monitor_receive(struct monitor *monitor, int max,
		    monitor_on_event *on_event, void *user)
{
	int r;

	for (int i = 0; i < max; i++) {
		r = receive_one(monitor, on_event, user);
		if (r <= 0)
			return r < 0 ? r : i;
	}
	return max;
}
