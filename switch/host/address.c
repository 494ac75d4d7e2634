/* SPDX-License-Identifier: MIT */
/* address.c - the IP addresses an interface has, wherever it is */

#include "address.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "cidr.h"
#include "err.h"
#include "rtnl.h"

struct search {
	int ifindex;
	bool found;
	struct cidr cidr;
};

/* IFA_LOCAL is the interface's own; without it, as with IPv6, IFA_ADDRESS. */
static const struct nlattr *own_address(const struct nlmsghdr *msg)
{
	const struct nlattr *attr, *address = NULL, *local = NULL;

	mnl_attr_for_each(attr, msg, sizeof(struct ifaddrmsg))
	{
		if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			address = attr;
		else if (mnl_attr_get_type(attr) == IFA_LOCAL)
			local = attr;
	}

	return local ? local : address;
}

static int on_address(const struct nlmsghdr *msg, void *user)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(msg);
	struct search *search = user;
	struct cidr cidr = { 0 };
	const struct nlattr *attr;

	if (msg->nlmsg_type != RTM_NEWADDR ||
	    mnl_nlmsg_get_payload_len(msg) < sizeof(*ifa) ||
	    ifa->ifa_index != (uint32_t)search->ifindex)
		return 0;
	/* The kernel gives one to every interface that is up. */
	if (ifa->ifa_family == AF_INET6 && ifa->ifa_scope == RT_SCOPE_LINK)
		return 0;

	cidr.addr.family = ifa->ifa_family;
	cidr.prefix_len = ifa->ifa_prefixlen;
	attr = own_address(msg);
	if (!attr ||
	    (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6) ||
	    mnl_attr_get_payload_len(attr) != ip_len(&cidr.addr))
		return 0;

	memcpy(cidr.addr.b, mnl_attr_get_payload(attr), ip_len(&cidr.addr));
	if (!search->found)
		search->cidr = cidr;
	search->found = true;
	return 0;
}

/**
 * address_find() - Has an interface of another namespace an IP address?
 * @nsid:	The number that namespace has in the back room, where the
 *		process has to be
 * @ifindex:	The number the interface has there
 * @ret_cidr:	On success, one of its addresses
 * @err:	On failure, one sentence
 *
 * IPv6 addresses of link scope don't count: nobody has asked for them.
 *
 * Return: 0; -ENOENT if it has none; or -errno
 */
int address_find(int nsid, int ifindex, struct cidr *ret_cidr, struct err *err)
{
	struct search search = { .ifindex = ifindex };
	struct nlmsghdr *req;
	struct ifaddrmsg *ifa;
	struct rtnl *nl;
	const int on = 1;
	int r = rtnl_new(&nl, NETLINK_ROUTE, err);

	if (r < 0)
		return r;

	/* Without it the kernel would list the addresses of the room. */
	if (setsockopt(rtnl_fd(nl), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on,
		       sizeof(on)) < 0) {
		r = err_errno(err, "cannot ask for addresses");
		goto free_nl;
	}

	req = rtnl_start(nl, RTM_GETADDR, 0);
	ifa = mnl_nlmsg_put_extra_header(req, sizeof(*ifa));
	ifa->ifa_family = AF_UNSPEC;
	mnl_attr_put_u32(req, IFA_TARGET_NETNSID, (uint32_t)nsid);
	r = rtnl_dump(nl, req, on_address, &search);
	if (r < 0) /* no such namespace, says EINVAL: no fault of the user's */
		r = rtnl_error(nl, r == -EINVAL || r == -ENOENT ? -EIO : r, err,
			       "cannot ask for addresses");
	else if (!search.found)
		r = err_set(err, -ENOENT, "it has no address");
	else
		*ret_cidr = search.cidr;

free_nl:
	rtnl_free(nl);
	return r;
}
