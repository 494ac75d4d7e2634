/* SPDX-License-Identifier: MIT */
/*
 * plan.h - what a port is to be like, as it was asked for
 *
 * Kept as long as the port: by it the port is made again, and shown. What was
 * not asked for stays unasked, so that a default is not taken for a wish.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "cable.h"
#include "eth.h"
#include "name.h"

struct attach_request;
struct cidr;
struct err;
struct ip_addr;
struct worker_job;

struct plan {
	char *target; /* as room_open_target() takes it */
	enum cable_kind kind;
	char ifname[NAME_SIZE]; /* of the far end */
	bool has_mac;
	struct eth_addr mac;
	unsigned mtu; /* 0: the default */
	size_t n_addresses;
	struct cidr *addresses;
	size_t n_gateways;
	struct ip_addr *gateways;
	bool persist; /* comes back when its namespace does */
};

int plan_new(struct plan **ret_plan, const struct attach_request *request,
	     const char *ifname, struct err *err);
void plan_free(struct plan *plan);
void plan_job(const struct plan *plan, const char *port,
	      struct worker_job *ret_job);

#endif /* PLAN_H */
