/* SPDX-License-Identifier: MIT */
/*
 * ethtool.h - which offloads a namespace may use on its end of a cable
 *
 * All that a virtio-net header can describe, as frames carry it through the
 * switch; see ethtool.c for the others, and why. Speaks ethtool over generic
 * netlink, where interfaces go by number: names may change at any time.
 */
#ifndef ETHTOOL_H
#define ETHTOOL_H

struct err;
struct ethtool;
struct rtnl;

int ethtool_new(struct ethtool **ret_ethtool, struct err *err);
void ethtool_free(struct ethtool *ethtool);

int ethtool_limit_offloads(const struct ethtool *ethtool, struct rtnl *genl,
			   int ifindex);
int ethtool_settle(const struct ethtool *ethtool, int ifindex);

#endif /* ETHTOOL_H */
