/* SPDX-License-Identifier: MIT */
/*
 * address.h - the IP addresses an interface has, wherever it is
 *
 * Always true: asking changes nothing, and leaves nothing open.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

struct cidr;
struct err;

int address_find(int nsid, int ifindex, struct cidr *ret_cidr, struct err *err);

#endif /* ADDRESS_H */
