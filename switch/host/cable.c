/* SPDX-License-Identifier: MIT */
/* cable.c - a cable from a port of the switch to a namespace */

#include "cable.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <linux/netlink.h>

#include "cidr.h"
#include "err.h"
#include "ethtool.h"
#include "kernel.h"
#include "link.h"
#include "netns.h"
#include "offload.h"
#include "room.h"
#include "rtnl.h"

enum {
	/*
	 * Host ends, and TAPs, get numbers of their own choice, far above those the kernel
	 * gives. Besides being unique they then differ from the number of the
	 * far end: where the two are equal the kernel takes the interface for
	 * hardware, and reports a lost carrier up to a second late.
	 */
	FIRST_HOST_IFINDEX = 1 << 20,
	IFINDEX_TRIES = 64, /* somebody may have moved interfaces in here */
	ALIAS_SIZE = 200, /* the kernel takes 255 */
	TAG_ROOM = 2 * ETH_TAG_LEN,
	MTU_MAX = 65535,
};

struct cable_kit {
	struct room *room;
	struct rtnl *nl; /* the room's */
	struct ethtool *ethtool;
	int next_host_ifindex;
	int next_nsid;
};

/* A cable while it is being laid. */
struct work {
	struct cable_kit *kit;
	const struct cable_spec *spec;
	struct rtnl *far; /* sockets in the target */
	struct rtnl *far_genl;
	struct cable cable;
	bool pair_made;
	bool lo_raised;
	struct err *err;
};

/**
 * cable_kit_new() - Get ready to lay cables
 * @ret_kit:	Where to put it
 * @room:	The back room; stays its owner's, and has to outlive the kit
 * @err:	What went wrong
 *
 * Return: 0; -EOPNOTSUPP if the kernel has no ethtool netlink; or -errno
 */
int cable_kit_new(struct cable_kit **ret_kit, struct room *room,
		  struct err *err)
{
	struct cable_kit *kit = calloc(1, sizeof(*kit));
	int r;

	if (!kit)
		return err_set(err, -ENOMEM, "out of memory");
	r = ethtool_new(&kit->ethtool, err);
	if (r < 0) {
		free(kit);
		return r;
	}
	kit->room = room;
	kit->nl = room_rtnl(room);
	kit->next_host_ifindex = FIRST_HOST_IFINDEX;
	kit->next_nsid = FIRST_HOST_IFINDEX; /* far above the kernel's own */
	*ret_kit = kit;
	return 0;
}

/**
 * cable_kit_free() - Put the tools away; the cables stay
 * @kit:	The kit, or NULL
 */
void cable_kit_free(struct cable_kit *kit)
{
	if (!kit)
		return;
	ethtool_free(kit->ethtool);
	free(kit);
}

/* One trip into the target, for sockets that do the rest from here. */
static int open_far(struct work *work)
{
	int r = netns_enter(work->spec->target, work->err);

	if (r < 0)
		return r;
	r = rtnl_new(&work->far, NETLINK_ROUTE, work->err);
	if (!r && work->spec->kind == CABLE_VETH)
		r = rtnl_new(&work->far_genl, NETLINK_GENERIC, work->err);
	room_return(work->kit->room);
	return r;
}

static int say_taken(const struct work *work)
{
	err_set(work->err, -EEXIST, "%s has an interface %s already",
		work->spec->target->words, work->spec->ifname);
	err_hint(work->err, "give it another name with --ifname");
	return -EEXIST;
}

/**
 * cable_choose_mac() - Any address
 * @ret_mac:	Where to put it
 * @err:	What went wrong
 *
 * Always an address of our own choice, even when any will do: one the kernel
 * picked counts as accidental, and udev on the host replaces those.
 *
 * Return: 0 or -errno
 */
int cable_choose_mac(struct eth_addr *ret_mac, struct err *err)
{
	struct eth_addr mac;

	if (getrandom(mac.b, sizeof(mac.b), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(mac.b))
		return err_errno(err, "cannot choose a MAC address");
	mac.b[0] = (uint8_t)((mac.b[0] & 0xfc) | 0x02);
	*ret_mac = mac;
	return 0;
}

/* Its number in the room, before anything is made there. */
static int number_target(struct work *work)
{
	const int r = link_get_nsid(work->kit->nl, work->spec->target->fd,
				    &work->kit->next_nsid, &work->cable.nsid);

	if (r < 0)
		return rtnl_error(work->kit->nl, r, work->err,
				  "cannot listen to %s",
				  work->spec->target->words);
	return 0;
}

/**
 * cable_next_ifindex() - A number for an interface that is made in the room
 * @kit:	The tools
 *
 * Return: a number that none had before, unless somebody has moved one in
 */
int cable_next_ifindex(struct cable_kit *kit)
{
	const int ifindex = kit->next_host_ifindex;

	kit->next_host_ifindex =
		ifindex == INT_MAX ? FIRST_HOST_IFINDEX : ifindex + 1;
	return ifindex;
}

static int make_pair(struct work *work)
{
	const struct cable_spec *spec = work->spec;
	struct rtnl *nl = work->kit->nl;
	struct link_pair pair = {
		.host_name = spec->port,
		.far_name = spec->ifname,
		.far_netns_fd = spec->target->fd,
		.far_mac = work->cable.mac,
		.host_mtu = cable_host_mtu(work->cable.mtu),
		.far_mtu = work->cable.mtu,
		.gso_ipv4_max_size =
			kernel_takes_big_frames() ? OFFLOAD_BIG_MAX : 0,
	};
	struct link_info info;
	int r = -EBUSY;

	for (int i = 0; i < IFINDEX_TRIES && r == -EBUSY; i++) {
		pair.host_ifindex = cable_next_ifindex(work->kit);
		r = link_new_pair(nl, &pair);
	}
	if (r == -EEXIST) {
		/* The kernel does not say which of the two names it means. */
		if (link_get_named(nl, spec->port, &info) == -ENODEV)
			return say_taken(work);
		return err_set(work->err, -EEXIST,
			       "the back room has an interface %s already",
			       spec->port);
	}
	/* Made perhaps even if that failed: the answer may be what was lost. */
	work->pair_made = r != -EBUSY;
	work->cable.host_ifindex = pair.host_ifindex;
	if (r < 0)
		return rtnl_error(nl, r, work->err, "cannot make %s in %s",
				  spec->ifname, spec->target->words);
	return 0;
}

/* Where the far end is, and a note on the host end for those who look at it. */
static int label_pair(struct work *work)
{
	const struct cable_spec *spec = work->spec;
	struct link_change change = LINK_NO_CHANGE;
	struct rtnl *nl = work->kit->nl;
	char alias[ALIAS_SIZE];
	struct link_info info;
	int r;

	snprintf(alias, sizeof(alias), "vsw %s: %s in %s", spec->switch_name,
		 spec->ifname, spec->target->words);
	change.alias = alias;
	r = link_change(nl, work->cable.host_ifindex, &change);
	if (!r)
		r = link_get(nl, work->cable.host_ifindex, &info);
	if (r)
		return rtnl_error(nl, r, work->err, "cannot set up %s",
				  spec->port);
	work->cable.far_ifindex = info.peer_ifindex;
	return 0;
}

static int limit_offloads(struct work *work)
{
	const int r = ethtool_limit_offloads(work->kit->ethtool, work->far_genl,
					     work->cable.far_ifindex);

	if (r < 0)
		return rtnl_error(work->far_genl, r, work->err,
				  "cannot limit the offloads of %s in %s",
				  work->spec->ifname,
				  work->spec->target->words);
	return 0;
}

static int lay_veth(struct work *work)
{
	int r = make_pair(work);

	if (!r)
		r = label_pair(work);
	if (!r)
		r = limit_offloads(work);
	return r;
}

/* Its offloads need no limit: the TAP was told what its reader can take. */
static int lay_tap(struct work *work)
{
	const struct cable_spec *spec = work->spec;
	struct rtnl *nl = work->kit->nl;
	struct link_change change = {
		.netns_fd = spec->target->fd,
		.ifname = spec->ifname,
		.mac = &work->cable.mac,
		.mtu = work->cable.mtu,
	};
	struct link_info info;
	int r;

	/* Asked first: the kernel moves it under its old name, then fails. */
	if (!link_get_named(work->far, spec->ifname, &info))
		return say_taken(work);
	r = link_change(nl, spec->tap_ifindex, &change);
	if (r == -EEXIST)
		return say_taken(work);
	if (r < 0)
		return rtnl_error(nl, r, work->err, "cannot move %s to %s",
				  spec->ifname, spec->target->words);
	r = link_get_named(work->far, spec->ifname, &info);
	if (r < 0)
		return rtnl_error(work->far, r, work->err,
				  "cannot find %s in %s", spec->ifname,
				  spec->target->words);
	work->cable.far_ifindex = info.ifindex;
	return 0;
}

static int add_addresses(struct work *work)
{
	const struct cable_spec *spec = work->spec;
	char text[CIDR_TEXT_SIZE];
	int r;

	for (size_t i = 0; i < spec->n_addresses; i++) {
		r = link_add_address(work->far, work->cable.far_ifindex,
				     &spec->addresses[i]);
		if (!r)
			continue;
		cidr_format(&spec->addresses[i], text);
		rtnl_error(work->far, r, work->err, "cannot add %s to %s in %s",
			   text, spec->ifname, spec->target->words);
		if (spec->addresses[i].addr.family == AF_INET6 &&
		    (r == -EACCES || r == -EOPNOTSUPP))
			err_hint(work->err, "IPv6 is off in %s",
				 spec->target->words);
		return r;
	}
	return 0;
}

/* The namespace's own loopback goes with it: programs expect 127.0.0.1. */
static int raise_lo(struct work *work)
{
	struct link_change change = LINK_NO_CHANGE;
	struct link_info info;
	int r = link_get(work->far, LINK_LOOPBACK_IFINDEX, &info);

	if (!r && !info.up) {
		change.up = true;
		r = link_change(work->far, LINK_LOOPBACK_IFINDEX, &change);
		work->lo_raised = !r;
	}
	if (r < 0)
		return rtnl_error(work->far, r, work->err,
				  "cannot set lo up in %s",
				  work->spec->target->words);
	return 0;
}

static int raise_far_end(struct work *work)
{
	struct link_change change = LINK_NO_CHANGE;
	int r;

	change.up = true;
	r = link_change(work->far, work->cable.far_ifindex, &change);
	if (r < 0)
		return rtnl_error(work->far, r, work->err,
				  "cannot set %s up in %s", work->spec->ifname,
				  work->spec->target->words);
	if (work->spec->kind == CABLE_VETH)
		ethtool_settle(work->kit->ethtool, work->cable.host_ifindex);
	return 0;
}

static int add_gateways(struct work *work)
{
	const struct cable_spec *spec = work->spec;
	char text[IP_TEXT_SIZE];
	int r;

	for (size_t i = 0; i < spec->n_gateways; i++) {
		r = link_add_gateway(work->far, work->cable.far_ifindex,
				     &spec->gateways[i]);
		if (!r)
			continue;
		ip_format(&spec->gateways[i], text);
		if (r == -EEXIST)
			return err_set(work->err, r,
				       "%s has a default route already",
				       spec->target->words);
		return rtnl_error(work->far, r, work->err,
				  "cannot add a default route over %s in %s",
				  text, spec->target->words);
	}
	return 0;
}

/*
 * Addresses and routes go with the interface, and the interface with the host
 * end, or with the TAP, which its owner closes.
 */
static void undo(struct work *work)
{
	struct link_change change = LINK_NO_CHANGE;

	if (work->lo_raised) {
		change.down = true;
		link_change(work->far, LINK_LOOPBACK_IFINDEX, &change);
	}
	if (work->pair_made)
		link_delete(work->kit->nl, work->cable.host_ifindex);
}

/**
 * cable_host_mtu() - The MTU of a veth pair's host end
 * @mtu:	That of the far end, which is the cable's
 *
 * A little more, since the kernel counts the tags of frames that a packet
 * socket sends towards the MTU, except for one of 802.1Q.
 *
 * Return: bytes
 */
unsigned cable_host_mtu(unsigned mtu)
{
	return mtu + TAG_ROOM < MTU_MAX ? mtu + TAG_ROOM : MTU_MAX;
}

/**
 * cable_lay() - Lay a cable
 * @kit:	The tools
 * @spec:	What is wanted
 * @ret_cable:	What has come of it
 * @err:	What could not be done
 *
 * On failure of a CABLE_TAP the interface may be in the target: close the TAP.
 *
 * Return: 0; -EEXIST if a name is taken; or -errno
 */
int cable_lay(struct cable_kit *kit, const struct cable_spec *spec,
	      struct cable *ret_cable, struct err *err)
{
	struct work work = {
		.kit = kit,
		.spec = spec,
		.cable.kind = spec->kind,
		.cable.mtu = spec->mtu ? spec->mtu : CABLE_DEFAULT_MTU,
		.err = err,
	};
	int r = 0;

	if (spec->mac)
		work.cable.mac = *spec->mac;
	else
		r = cable_choose_mac(&work.cable.mac, err);
	if (!r)
		r = open_far(&work);
	if (!r)
		r = number_target(&work);
	if (!r)
		r = spec->kind == CABLE_VETH ? lay_veth(&work) : lay_tap(&work);
	if (!r)
		r = add_addresses(&work);
	if (!r)
		r = raise_lo(&work);
	if (!r)
		r = raise_far_end(&work);
	if (!r)
		r = add_gateways(&work);
	if (r < 0)
		undo(&work);
	else
		*ret_cable = work.cable;
	rtnl_free(work.far_genl);
	rtnl_free(work.far);
	return r;
}

/**
 * cable_find_obstacle() - Which interface has the name that a cable wanted?
 * @kit:	The tools
 * @spec:	What was wanted, and could not be laid: -EEXIST
 * @ret:	Where that interface is; ifindex 0: there is none any more
 *
 * Its namespace has a number from now on, so that its end will be heard of.
 */
void cable_find_obstacle(struct cable_kit *kit, const struct cable_spec *spec,
			 struct cable_obstacle *ret)
{
	struct cable_obstacle found = { .nsid = -1 };
	struct link_info info;

	if (!link_get_nsid(kit->nl, spec->target->fd, &kit->next_nsid,
			   &found.nsid) &&
	    !link_get_named_in(kit->nl, found.nsid, spec->ifname, &info))
		found.ifindex = info.ifindex;
	*ret = found;
}

/**
 * cable_cut() - Remove a cable
 * @kit:	The tools
 * @cable:	What cable_lay() returned
 * @err:	What went wrong
 *
 * A veth pair that is gone already, with the namespace of its far end perhaps,
 * is no error, nor is a cable that is all zero. A TAP goes when its owner
 * closes it.
 *
 * Return: 0 or -errno
 */
int cable_cut(struct cable_kit *kit, const struct cable *cable, struct err *err)
{
	int r;

	if (cable->kind == CABLE_TAP || !cable->host_ifindex)
		return 0;
	r = link_delete(kit->nl, cable->host_ifindex);
	if (r < 0 && r != -ENODEV)
		return rtnl_error(kit->nl, r, err, "cannot delete a cable");
	return 0;
}
