/* SPDX-License-Identifier: MIT */
/* refit.c - a cable that lies gets another MTU and other addresses */

#include "refit.h"

#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

#include "cable.h"
#include "cidr.h"
#include "err.h"
#include "link.h"
#include "netns.h"
#include "room.h"
#include "rtnl.h"

/* A cable while it is being changed. */
struct work {
	struct room *room;
	const struct cable *cable;
	struct rtnl *far; /* socket where its far end is */
	const char *where; /* for people */
	struct err *err;
};

static int set_host_mtu(const struct work *work, unsigned mtu)
{
	struct link_change change = LINK_NO_CHANGE;
	struct rtnl *nl = room_rtnl(work->room);
	int r;

	if (work->cable->kind != CABLE_VETH)
		return 0;

	change.mtu = cable_host_mtu(mtu);
	r = link_change(nl, work->cable->host_ifindex, &change);
	return r < 0 ? rtnl_error(nl, r, work->err,
				  "cannot set the cable's MTU to %u", mtu)
		     : 0;
}

static int set_far_mtu(const struct work *work, unsigned mtu)
{
	struct link_change change = LINK_NO_CHANGE;
	int r;

	change.mtu = mtu;
	r = link_change(work->far, work->cable->far_ifindex, &change);
	return r < 0 ? rtnl_error(work->far, r, work->err,
				  "cannot set the MTU in %s to %u", work->where,
				  mtu)
		     : 0;
}

/* The narrow end must never be the one that receives. */
static int change_mtu(const struct work *work, unsigned from, unsigned to)
{
	int r;

	if (from == to)
		return 0;
	if (to < from) {
		r = set_far_mtu(work, to);
		return r < 0 ? r : set_host_mtu(work, to);
	}

	r = set_host_mtu(work, to);
	return r < 0 ? r : set_far_mtu(work, to);
}

static bool has(const struct refit_state *state, const struct cidr *cidr)
{
	for (size_t i = 0; i < state->n_addresses; i++) {
		if (cidr_equal(&state->addresses[i], cidr))
			return true;
	}

	return false;
}

/*
 * Old ones first: of several in one network the oldest takes the others along.
 * So those that are to stay are added once more.
 */
static int change_addresses(const struct work *work,
			    const struct refit_state *from,
			    const struct refit_state *to)
{
	char text[CIDR_TEXT_SIZE];
	int r;

	for (size_t i = 0; i < from->n_addresses; i++) {
		if (has(to, &from->addresses[i]))
			continue;
		r = link_del_address(work->far, work->cable->far_ifindex,
				     &from->addresses[i]);
		cidr_format(&from->addresses[i], text);
		if (r < 0 && r != -EADDRNOTAVAIL)
			return rtnl_error(work->far, r, work->err,
					  "cannot remove %s in %s", text,
					  work->where);
	}

	for (size_t i = 0; i < to->n_addresses; i++) {
		r = link_add_address(work->far, work->cable->far_ifindex,
				     &to->addresses[i]);
		cidr_format(&to->addresses[i], text);
		if (r < 0 && r != -EEXIST)
			return rtnl_error(work->far, r, work->err,
					  "cannot add %s in %s", text,
					  work->where);
	}

	return 0;
}

/* They went with the address by which they were reached. */
static int renew_gateways(const struct work *work, const struct refit_state *to)
{
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < to->n_gateways; i++) {
		int r = link_add_gateway(work->far, work->cable->far_ifindex,
					 &to->gateways[i]);

		ip_format(&to->gateways[i], text);
		if (r < 0 && r != -EEXIST)
			return rtnl_error(work->far, r, work->err,
					  "cannot add a default route over %s "
					  "in %s",
					  text, work->where);
	}

	return 0;
}

static int change(const struct work *work, const struct refit_state *from,
		  const struct refit_state *to)
{
	int r = change_mtu(work, from->mtu, to->mtu);

	if (!r)
		r = change_addresses(work, from, to);
	return r < 0 ? r : renew_gateways(work, to);
}

static int open_far(struct work *work, const struct netns *target)
{
	struct link_info info;
	int r = netns_enter(target, work->err);

	if (r < 0)
		return r;
	r = rtnl_new(&work->far, NETLINK_ROUTE, work->err);
	room_return(work->room);
	if (r < 0)
		return r;

	r = link_get(work->far, work->cable->far_ifindex, &info);
	if (r < 0 || memcmp(&info.mac, &work->cable->mac, sizeof(info.mac)))
		return err_set(work->err, -ENODEV,
			       "its interface is not in %s any more",
			       work->where);
	return 0;
}

/**
 * refit() - Change a cable that lies
 * @room:	Back room
 * @target:	Where its far end is, as room_open_target() takes it
 * @cable:	The cable
 * @from:	What the far end has
 * @to:		What it is to have
 * @err:	On failure, one sentence
 *
 * Return: 0, or -errno, when it is as it was
 */
int refit(struct room *room, const char *target, const struct cable *cable,
	  const struct refit_state *from, const struct refit_state *to,
	  struct err *err)
{
	struct work work = { .room = room, .cable = cable, .err = err };
	struct err ignored;
	struct netns ns;
	int r = room_open_target(room, &ns, target, err);

	if (r < 0)
		return r;

	work.where = ns.words;
	r = open_far(&work, &ns);
	if (!r) {
		r = change(&work, from, to);
		work.err = &ignored;
		if (r < 0)
			change(&work, to, from);
	}
	rtnl_free(work.far);
	netns_close(&ns);
	return r;
}
