/* SPDX-License-Identifier: MIT */
/*
 * asked.h - what port.attach was asked for, out of its arguments
 *
 * The one place where the words of a request become addresses and numbers, be
 * it a client's or a lab's.
 */
#ifndef ASKED_H
#define ASKED_H

#include <jansson.h>

#include "attach.h"
#include "eth.h"

struct err;

struct asked {
	struct attach_request request; /* points into the others and @params */
	struct eth_addr mac;
	struct cidr *addresses;
	struct ip_addr *gateways;
};

int asked_take(struct asked *asked, const json_t *params, struct err *err);
void asked_free(struct asked *asked);

#endif /* ASKED_H */
