/* SPDX-License-Identifier: MIT */
/*
 * cidr.h - IP addresses, with and without a prefix length
 *
 * What people give an interface ("10.0.0.1/24", "fd00::1/64") or name as a
 * gateway ("10.0.0.254"). Both have to be addresses one host can own, so
 * nothing here accepts a multicast, broadcast or unspecified address.
 */
#ifndef CIDR_H
#define CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

enum {
	IP_TEXT_SIZE = 46, /* INET6_ADDRSTRLEN */
	CIDR_TEXT_SIZE = IP_TEXT_SIZE + 4,
};

struct ip_addr {
	int family; /* AF_INET or AF_INET6 */
	uint8_t b[16]; /* network order; 4 of them for AF_INET, then zeros */
};

struct cidr {
	struct ip_addr addr; /* with its host bits */
	uint8_t prefix_len;
};

int ip_parse(const char *text, struct ip_addr *ret, struct err *err);
void ip_format(const struct ip_addr *addr, char ret[IP_TEXT_SIZE]);
size_t ip_len(const struct ip_addr *addr);
int cidr_parse(const char *text, struct cidr *ret, struct err *err);
void cidr_format(const struct cidr *cidr, char ret[CIDR_TEXT_SIZE]);
bool cidr_equal(const struct cidr *a, const struct cidr *b);
bool cidr_contains(const struct cidr *cidr, const struct ip_addr *addr);

#endif /* CIDR_H */
