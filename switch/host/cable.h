/* SPDX-License-Identifier: MIT */
/*
 * cable.h - a cable from a port of the switch to a namespace
 *
 * A veth pair, whose host end stays in the back room under the port's name; or
 * a TAP, made by io, whose interface moves over. Laying one is all or nothing:
 * when it returns, the far end is up, has its addresses and carries frames at
 * once; or nothing has changed and the error says which step could not be
 * done.
 *
 * Always true between calls:
 *  - nothing here keeps the far namespace alive
 *  - numbers of host ends, of TAPs, and those that namespaces get, are never
 *    used twice, so that a late event about one cable is not taken for one
 *    about the next
 */
#ifndef CABLE_H
#define CABLE_H

#include <stddef.h>

#include "eth.h"

struct cable_kit;
struct cidr;
struct err;
struct ip_addr;
struct netns;
struct room;

enum {
	CABLE_DEFAULT_MTU = 1500,
};

enum cable_kind {
	CABLE_VETH,
	CABLE_TAP,
};

/* What is wanted. Names are such that name_check_*() let pass. */
struct cable_spec {
	enum cable_kind kind;
	const char *switch_name;
	const char *port; /* CABLE_VETH: also the name of the host end */
	int tap_ifindex; /* CABLE_TAP: in the back room */
	const struct netns *target;
	const char *ifname; /* of the far end */
	const struct eth_addr *mac; /* of the far end; NULL: any */
	unsigned mtu; /* 0: CABLE_DEFAULT_MTU */
	const struct cidr *addresses;
	size_t n_addresses;
	const struct ip_addr *gateways; /* of each family one at most */
	size_t n_gateways;
};

/* What has come of it. */
struct cable {
	enum cable_kind kind;
	int host_ifindex; /* in the back room; CABLE_TAP: 0 */
	int far_ifindex; /* in the namespace ... */
	int nsid; /* ... that has this number in the back room */
	struct eth_addr mac; /* of the far end */
	unsigned mtu;
};

/* An interface that has a name we want. */
struct cable_obstacle {
	int nsid; /* where, as in struct cable */
	int ifindex;
};

/* No cable. */
#define CABLE_NONE                                                             \
	{                                                                      \
		.nsid = -1                                                     \
	}

int cable_kit_new(struct cable_kit **ret_kit, struct room *room,
		  struct err *err);
void cable_kit_free(struct cable_kit *kit);

int cable_next_ifindex(struct cable_kit *kit);
int cable_choose_mac(struct eth_addr *ret_mac, struct err *err);
unsigned cable_host_mtu(unsigned mtu);
int cable_lay(struct cable_kit *kit, const struct cable_spec *spec,
	      struct cable *ret_cable, struct err *err);
void cable_find_obstacle(struct cable_kit *kit, const struct cable_spec *spec,
			 struct cable_obstacle *ret);
int cable_cut(struct cable_kit *kit, const struct cable *cable,
	      struct err *err);

#endif /* CABLE_H */
