/* SPDX-License-Identifier: MIT */
/*
 * refit.h - a cable that lies gets another MTU and other addresses
 *
 * While it carries frames: nothing is taken down. All or nothing, like laying
 * a cable.
 */
#ifndef REFIT_H
#define REFIT_H

#include <stddef.h>

struct cable;
struct cidr;
struct err;
struct ip_addr;
struct room;

/* What the far end has. */
struct refit_state {
	unsigned mtu;
	const struct cidr *addresses;
	size_t n_addresses;
	const struct ip_addr *gateways;
	size_t n_gateways;
};

int refit(struct room *room, const char *target, const struct cable *cable,
	  const struct refit_state *from, const struct refit_state *to,
	  struct err *err);

#endif /* REFIT_H */
