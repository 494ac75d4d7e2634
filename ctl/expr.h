/* SPDX-License-Identifier: MIT */
/*
 * expr.h - what scripts expect of a switch, in a few words
 *
 *	port PORT STATE
 *	mac MAC [vlan VID] on PORT
 *	station MAC [vlan VID] learned|moved|flapping
 *	drop on PORT[,PORT...]
 *	no drops on PORT[,PORT...]
 *	PORT reaches PORT
 *
 * Words are parted by blanks. Parsing only: whether it is true is for
 * condition.h.
 */
#ifndef EXPR_H
#define EXPR_H

#include <stddef.h>

#include "eth.h"
#include "name.h"

struct err;

enum {
	EXPR_PORTS_MAX = 64,
	EXPR_TEXT_MAX = 1200, /* bytes of an expression: 64 names, and words */
};

enum expr_kind {
	EXPR_PORT, /* ports[0] is in state @word */
	EXPR_MAC, /* @mac is on ports[0] */
	EXPR_STATION, /* @mac does @word */
	EXPR_DROP, /* one of ports[] begins to drop */
	EXPR_NO_DROPS, /* none of ports[] drops */
	EXPR_REACHES, /* ports[0] reaches ports[1] */
};

struct expr {
	enum expr_kind kind;
	const char *word; /* constant */
	char mac[ETH_ADDR_TEXT_SIZE]; /* lower case */
	int vlan; /* -1: any */
	char ports[EXPR_PORTS_MAX][NAME_SIZE];
	size_t n_ports;
};

int expr_parse(const char *text, struct expr *ret, struct err *err);

#endif /* EXPR_H */
