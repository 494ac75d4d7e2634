/* SPDX-License-Identifier: MIT */
/*
 * link.h - network interfaces: make, change, look up, delete
 *
 * Each function is one request on the caller's netlink socket, about an
 * interface in the namespace that socket belongs to. They return -errno and
 * leave the kernel's reason in the socket, for rtnl_error() to put into the
 * sentence that only the caller knows how to begin.
 */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>

#include "eth.h"
#include "name.h"

struct cidr;
struct ip_addr;
struct nlmsghdr;
struct rtnl;

enum {
	LINK_KIND_SIZE = 16,
	LINK_LOOPBACK_IFINDEX = 1, /* in every namespace */
};

/* What is known about an interface. */
struct link_info {
	int ifindex;
	char ifname[NAME_SIZE];
	char kind[LINK_KIND_SIZE]; /* "veth", "tun"; "" for hardware */
	struct eth_addr mac;
	unsigned mtu;
	bool up;
	bool carrier;
	int peer_ifindex; /* of a veth: the other end's; else 0 or its own */
	int link_netnsid; /* of a veth: where the other end is; else -1 */
};

/* A veth pair to be made. */
struct link_pair {
	const char *host_name;
	int host_ifindex;
	const char *far_name;
	int far_netns_fd;
	struct eth_addr far_mac;
	unsigned host_mtu, far_mtu;
	unsigned gso_ipv4_max_size; /* of both ends; 0: the kernel's choice */
};

/* A change to an interface. What is 0, NULL or -1 stays as it is. */
struct link_change {
	int netns_fd; /* move it there, ... */
	const char *ifname; /* ... and call it that */
	const char *alias;
	const struct eth_addr *mac;
	unsigned mtu;
	bool up;
	bool down;
};

#define LINK_NO_CHANGE                                                         \
	{                                                                      \
		.netns_fd = -1                                                 \
	}

bool link_parse(const struct nlmsghdr *msg, struct link_info *ret_info);

int link_get(struct rtnl *nl, int ifindex, struct link_info *ret_info);
int link_get_named(struct rtnl *nl, const char *ifname,
		   struct link_info *ret_info);
int link_get_in(struct rtnl *nl, int nsid, int ifindex,
		struct link_info *ret_info);
int link_get_named_in(struct rtnl *nl, int nsid, const char *ifname,
		      struct link_info *ret_info);

int link_new_pair(struct rtnl *nl, const struct link_pair *pair);
int link_change(struct rtnl *nl, int ifindex, const struct link_change *change);
int link_delete(struct rtnl *nl, int ifindex);
int link_delete_cables(struct rtnl *nl);

int link_add_address(struct rtnl *nl, int ifindex, const struct cidr *cidr);
int link_del_address(struct rtnl *nl, int ifindex, const struct cidr *cidr);
int link_add_gateway(struct rtnl *nl, int ifindex, const struct ip_addr *gw);

int link_get_nsid(struct rtnl *nl, int netns_fd, int *next, int *ret_nsid);

#endif /* LINK_H */
