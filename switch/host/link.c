/* SPDX-License-Identifier: MIT */
/* link.c - network interfaces: make, change, look up, delete */

#include "link.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "cidr.h"
#include "rtnl.h"

/* Linux 6.3 has this, Debian 12's headers do not. */
enum {
	GSO_IPV4_MAX_SIZE = 63, /* IFLA_GSO_IPV4_MAX_SIZE */
};

enum {
	CABLE_GROUP = 0x767377, /* "vsw": ip link show group 7762807 */
	KILL_BATCH = 256,
	LOWER_UP = 1 << 16, /* IFF_LOWER_UP, which <net/if.h> lacks */
};

static void parse_kind(const struct nlattr *linkinfo, struct link_info *info)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, linkinfo)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND &&
		    mnl_attr_validate(attr, MNL_TYPE_STRING) >= 0)
			snprintf(info->kind, sizeof(info->kind), "%.*s",
				 (int)mnl_attr_get_payload_len(attr),
				 mnl_attr_get_str(attr));
	}
}

static void parse_attr(const struct nlattr *attr, struct link_info *info)
{
	int32_t number;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		snprintf(info->ifname, sizeof(info->ifname), "%.*s",
			 (int)mnl_attr_get_payload_len(attr),
			 mnl_attr_get_str(attr));
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == sizeof(info->mac))
			memcpy(&info->mac, mnl_attr_get_payload(attr),
			       sizeof(info->mac));
		break;
	case IFLA_MTU:
		if (rtnl_get_i32(attr, &number))
			info->mtu = (unsigned)number;
		break;
	case IFLA_LINK:
		if (rtnl_get_i32(attr, &number))
			info->peer_ifindex = number;
		break;
	case IFLA_LINK_NETNSID:
		if (rtnl_get_i32(attr, &number))
			info->link_netnsid = number;
		break;
	case IFLA_LINKINFO:
		parse_kind(attr, info);
		break;
	default:
		break;
	}
}

/**
 * link_parse() - Read a message about an interface
 * @msg:	RTM_NEWLINK or RTM_DELLINK
 * @ret_info:	What it says
 *
 * Return: false if it is not about an interface as such: the same two types
 *	tell of bridge ports, where "deleted" means "taken out of the bridge"
 */
bool link_parse(const struct nlmsghdr *msg, struct link_info *ret_info)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(msg);
	struct link_info info = { .link_netnsid = -1 };
	const struct nlattr *attr;

	if (msg->nlmsg_type != RTM_NEWLINK && msg->nlmsg_type != RTM_DELLINK)
		return false;
	if (mnl_nlmsg_get_payload_len(msg) < sizeof(*ifi) ||
	    ifi->ifi_family != AF_UNSPEC)
		return false;

	info.ifindex = ifi->ifi_index;
	info.up = ifi->ifi_flags & IFF_UP;
	info.carrier = ifi->ifi_flags & LOWER_UP;
	mnl_attr_for_each(attr, msg, sizeof(*ifi)) parse_attr(attr, &info);
	*ret_info = info;
	return true;
}

static struct nlmsghdr *start_link(struct rtnl *nl, uint16_t type,
				   uint16_t flags, int ifindex)
{
	struct nlmsghdr *req = rtnl_start(nl, type, flags);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(req, sizeof(*ifi));

	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = ifindex;
	return req;
}

static int on_link(const struct nlmsghdr *msg, void *user)
{
	return link_parse(msg, user) ? 0 : -EBADMSG;
}

static int ask_link(struct rtnl *nl, struct nlmsghdr *req,
		    struct link_info *ret_info)
{
	struct link_info info;
	int r;

	mnl_attr_put_u32(req, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = rtnl_ask(nl, req, on_link, &info);
	if (!r)
		*ret_info = info;
	return r;
}

/**
 * link_get() - Look an interface up by its number
 * @nl:		Socket in the interface's namespace
 * @ifindex:	Its number
 * @ret_info:	What is known about it
 *
 * Return: 0; -ENODEV if there is none; or -errno
 */
int link_get(struct rtnl *nl, int ifindex, struct link_info *ret_info)
{
	return ask_link(nl, start_link(nl, RTM_GETLINK, 0, ifindex), ret_info);
}

/**
 * link_get_named() - Look an interface up by its name
 * @nl:		Socket in the interface's namespace
 * @ifname:	Its name
 * @ret_info:	What is known about it
 *
 * Return: 0; -ENODEV if there is none; or -errno
 */
int link_get_named(struct rtnl *nl, const char *ifname,
		   struct link_info *ret_info)
{
	struct nlmsghdr *req = start_link(nl, RTM_GETLINK, 0, 0);

	mnl_attr_put_strz(req, IFLA_IFNAME, ifname);
	return ask_link(nl, req, ret_info);
}

/**
 * link_get_in() - Look an interface of another namespace up
 * @nl:		Socket in the back room
 * @nsid:	The number that namespace has in the room; -1: the room itself
 * @ifindex:	The number the interface has there
 * @ret_info:	What is known about it
 *
 * Return: 0; -ENODEV if there is none; -EINVAL if the namespace is gone; or
 *	-errno
 */
int link_get_in(struct rtnl *nl, int nsid, int ifindex,
		struct link_info *ret_info)
{
	struct nlmsghdr *req = start_link(nl, RTM_GETLINK, 0, ifindex);

	if (nsid >= 0)
		mnl_attr_put_u32(req, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	return ask_link(nl, req, ret_info);
}

/**
 * link_get_named_in() - Look an interface of another namespace up by its name
 * @nl:		Socket in the back room
 * @nsid:	The number that namespace has in the room
 * @ifname:	Its name
 * @ret_info:	What is known about it
 *
 * Return: as link_get_in()
 */
int link_get_named_in(struct rtnl *nl, int nsid, const char *ifname,
		      struct link_info *ret_info)
{
	struct nlmsghdr *req = start_link(nl, RTM_GETLINK, 0, 0);

	mnl_attr_put_u32(req, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	mnl_attr_put_strz(req, IFLA_IFNAME, ifname);
	return ask_link(nl, req, ret_info);
}

/* Kernels before 6.3 ignore it. */
static void put_gso_ipv4_max_size(struct nlmsghdr *req, unsigned size)
{
	if (size)
		mnl_attr_put_u32(req, GSO_IPV4_MAX_SIZE, size);
}

/**
 * link_new_pair() - Make a veth pair across two namespaces
 * @nl:		Socket in the namespace of the host end
 * @pair:	What it should be like
 *
 * The host end is up from the start. That is harmless, since without the far
 * end it has no carrier, and saves telling it later.
 *
 * Return: 0; -EEXIST if one of the two names is taken; -EBUSY if the host end's
 *	number is; or -errno
 */
int link_new_pair(struct rtnl *nl, const struct link_pair *pair)
{
	struct nlmsghdr *req = start_link(
		nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, pair->host_ifindex);
	struct ifinfomsg *host = mnl_nlmsg_get_payload(req);
	struct nlattr *linkinfo;
	struct nlattr *data;
	struct nlattr *peer;

	host->ifi_flags = IFF_UP;
	host->ifi_change = IFF_UP;
	mnl_attr_put_strz(req, IFLA_IFNAME, pair->host_name);
	mnl_attr_put_u32(req, IFLA_MTU, pair->host_mtu);
	put_gso_ipv4_max_size(req, pair->gso_ipv4_max_size);
	mnl_attr_put_u32(req, IFLA_GROUP, CABLE_GROUP);

	linkinfo = mnl_attr_nest_start(req, IFLA_LINKINFO);
	mnl_attr_put_strz(req, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(req, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(req, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(req, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(req, IFLA_IFNAME, pair->far_name);
	mnl_attr_put(req, IFLA_ADDRESS, sizeof(pair->far_mac), &pair->far_mac);
	mnl_attr_put_u32(req, IFLA_MTU, pair->far_mtu);
	put_gso_ipv4_max_size(req, pair->gso_ipv4_max_size);
	mnl_attr_put_u32(req, IFLA_NET_NS_FD, (uint32_t)pair->far_netns_fd);
	mnl_attr_nest_end(req, peer);
	mnl_attr_nest_end(req, data);
	mnl_attr_nest_end(req, linkinfo);
	return rtnl_ask(nl, req, NULL, NULL);
}

/**
 * link_change() - Change an interface
 * @nl:		Socket in the interface's namespace
 * @ifindex:	Its number
 * @change:	What to change
 *
 * The kernel moves first, so what else is asked for happens at the destination.
 * An interface that moves may get another number there.
 *
 * Return: 0 or -errno
 */
int link_change(struct rtnl *nl, int ifindex, const struct link_change *change)
{
	struct nlmsghdr *req = start_link(nl, RTM_SETLINK, 0, ifindex);
	struct ifinfomsg *ifi = mnl_nlmsg_get_payload(req);

	if (change->up || change->down)
		ifi->ifi_change = IFF_UP;
	if (change->up)
		ifi->ifi_flags = IFF_UP;
	if (change->netns_fd >= 0)
		mnl_attr_put_u32(req, IFLA_NET_NS_FD,
				 (uint32_t)change->netns_fd);
	if (change->ifname)
		mnl_attr_put_strz(req, IFLA_IFNAME, change->ifname);
	if (change->alias)
		mnl_attr_put_str(req, IFLA_IFALIAS, change->alias);
	if (change->mac)
		mnl_attr_put(req, IFLA_ADDRESS, sizeof(*change->mac),
			     change->mac);
	if (change->mtu)
		mnl_attr_put_u32(req, IFLA_MTU, change->mtu);
	return rtnl_ask(nl, req, NULL, NULL);
}

/**
 * link_delete() - Delete an interface; of a veth pair, both ends
 * @nl:		Socket in the interface's namespace
 * @ifindex:	Its number
 *
 * Return: 0, and its name is free; -ENODEV if there is none; or -errno
 */
int link_delete(struct rtnl *nl, int ifindex)
{
	return rtnl_ask(nl, start_link(nl, RTM_DELLINK, 0, ifindex), NULL,
			NULL);
}

struct kill_list {
	int ifindex[KILL_BATCH];
	size_t n;
};

static int on_link_of_room(const struct nlmsghdr *msg, void *user)
{
	struct kill_list *list = user;
	struct link_info info;

	if (link_parse(msg, &info) && !strcmp(info.kind, "veth") &&
	    list->n < KILL_BATCH)
		list->ifindex[list->n++] = info.ifindex;
	return 0;
}

/**
 * link_delete_cables() - Delete every veth pair that has an end here
 * @nl:		Socket in the back room
 *
 * Those made by link_new_pair() go together in one request: each alone costs
 * the kernel a wait of milliseconds, all at once cost it the same.
 *
 * Return: 0 or -errno
 */
int link_delete_cables(struct rtnl *nl)
{
	struct nlmsghdr *req = start_link(nl, RTM_DELLINK, 0, 0);
	struct kill_list list;
	int r;

	mnl_attr_put_u32(req, IFLA_GROUP, CABLE_GROUP);
	r = rtnl_ask(nl, req, NULL, NULL);
	if (r == -EPERM)
		return r;

	do {
		list.n = 0;
		req = start_link(nl, RTM_GETLINK, 0, 0);
		mnl_attr_put_u32(req, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		r = rtnl_dump(nl, req, on_link_of_room, &list);
		/* Both ends of a pair may be here: the second is gone then. */
		for (size_t i = 0; i < list.n; i++) {
			const int r2 = link_delete(nl, list.ifindex[i]);

			if (r2 < 0 && r2 != -ENODEV)
				r = r2;
		}
	} while (!r && list.n == KILL_BATCH);
	return r;
}

static struct nlmsghdr *start_address(struct rtnl *nl, uint16_t type,
				      uint16_t flags, int ifindex,
				      const struct cidr *cidr)
{
	struct nlmsghdr *req = rtnl_start(nl, type, flags);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(req, sizeof(*ifa));
	const size_t len = ip_len(&cidr->addr);

	ifa->ifa_family = (uint8_t)cidr->addr.family;
	ifa->ifa_prefixlen = cidr->prefix_len;
	ifa->ifa_scope = RT_SCOPE_UNIVERSE;
	ifa->ifa_index = (uint32_t)ifindex;
	if (cidr->addr.family == AF_INET6)
		ifa->ifa_flags = IFA_F_NODAD;
	mnl_attr_put(req, IFA_LOCAL, len, cidr->addr.b);
	mnl_attr_put(req, IFA_ADDRESS, len, cidr->addr.b);
	return req;
}

/**
 * link_add_address() - Give an interface an IP address
 * @nl:		Socket in the interface's namespace
 * @ifindex:	Its number
 * @cidr:	Address and prefix length
 *
 * IPv6 addresses are usable at once: asking the others first whether one of
 * them has it (DAD) would keep it back for a second or two.
 *
 * Return: 0; -EEXIST if it has this address; -EACCES or -EOPNOTSUPP if IPv6 is
 *	off; or -errno
 */
int link_add_address(struct rtnl *nl, int ifindex, const struct cidr *cidr)
{
	return rtnl_ask(nl,
			start_address(nl, RTM_NEWADDR,
				      NLM_F_CREATE | NLM_F_EXCL, ifindex, cidr),
			NULL, NULL);
}

/**
 * link_del_address() - Take an IP address away
 * @nl:		Socket in the interface's namespace
 * @ifindex:	Its number
 * @cidr:	Address and prefix length
 *
 * Return: 0; -EADDRNOTAVAIL if it has none such; or -errno
 */
int link_del_address(struct rtnl *nl, int ifindex, const struct cidr *cidr)
{
	return rtnl_ask(nl, start_address(nl, RTM_DELADDR, 0, ifindex, cidr),
			NULL, NULL);
}

/**
 * link_add_gateway() - Add the default route over an interface
 * @nl:		Socket in the interface's namespace
 * @ifindex:	Its number; it has to be up, and the gateway's network on it
 * @gw:		The gateway
 *
 * Return: 0; -EEXIST if there is a default route; or -errno
 */
int link_add_gateway(struct rtnl *nl, int ifindex, const struct ip_addr *gw)
{
	struct nlmsghdr *req =
		rtnl_start(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(req, sizeof(*rtm));

	rtm->rtm_family = (uint8_t)gw->family;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_scope = RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put(req, RTA_GATEWAY, ip_len(gw), gw->b);
	mnl_attr_put_u32(req, RTA_OIF, (uint32_t)ifindex);
	return rtnl_ask(nl, req, NULL, NULL);
}

static int on_nsid(const struct nlmsghdr *msg, void *user)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, msg, sizeof(struct rtgenmsg))
	{
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			rtnl_get_i32(attr, user);
	}
	return 0;
}

static struct nlmsghdr *start_nsid(struct rtnl *nl, uint16_t type, int netns_fd)
{
	struct nlmsghdr *req = rtnl_start(nl, type, 0);
	struct rtgenmsg *gen = mnl_nlmsg_put_extra_header(req, sizeof(*gen));

	gen->rtgen_family = AF_UNSPEC;
	mnl_attr_put_u32(req, NETNSA_FD, (uint32_t)netns_fd);
	return req;
}

/**
 * link_get_nsid() - Number a namespace, so that its link events are heard
 * @nl:		Socket in the back room
 * @netns_fd:	The namespace
 * @next:	Number to give it, if it has none; moved on to one that is free
 * @ret_nsid:	The number it has in the back room, now or already before
 *
 * Left to itself the kernel gives the number of a namespace that died to the
 * next one, and a late event about the one would be taken for the other's.
 *
 * Return: 0 or -errno
 */
int link_get_nsid(struct rtnl *nl, int netns_fd, int *next, int *ret_nsid)
{
	int32_t nsid = NETNSA_NSID_NOT_ASSIGNED;
	struct nlmsghdr *req;
	int r;

	for (;;) {
		req = start_nsid(nl, RTM_NEWNSID, netns_fd);
		mnl_attr_put_u32(req, NETNSA_NSID, (uint32_t)*next);
		r = rtnl_ask(nl, req, NULL, NULL);
		if (!r) {
			*ret_nsid = (*next)++;
			return 0;
		}
		if (r != -EEXIST)
			return r;

		/* It has a number, or the number is another's. */
		req = start_nsid(nl, RTM_GETNSID, netns_fd);
		r = rtnl_ask(nl, req, on_nsid, &nsid);
		if (r < 0)
			return r;
		if (nsid >= 0) {
			*ret_nsid = nsid;
			return 0;
		}
		++*next;
	}
}
