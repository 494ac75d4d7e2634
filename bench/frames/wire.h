/* SPDX-License-Identifier: MIT */
/*
 * wire.h - the frames that benchmarks send, and the sockets they send them by
 *
 * Everything a benchmark sends bears one of the two ethertypes IEEE 802 keeps
 * for local experiments, so no stack answers it and no filter of ours mistakes
 * anybody else's frame for one of ours. Loads and round trips differ by type,
 * so that a pinger is not woken by the load it measures.
 *
 * Endpoints live in network namespaces the harness made: whoever runs these
 * programs elsewhere floods a real network.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "eth.h"

struct err;

enum {
	WIRE_TYPE_PING = 0x88b5, /* round trips: pinger */
	WIRE_TYPE_LOAD = 0x88b6, /* one way: generate and sink */
	WIRE_SIZE_MIN = 60, /* as Ethernet has it, without the checksum */
	WIRE_SIZE_MAX = 9014,
	WIRE_SNAPLEN = 64, /* as much of a frame as anybody looks at */
};

enum wire_kind {
	WIRE_KIND_HELLO = 1, /* "here I am", for the switch to learn */
	WIRE_KIND_LOAD,
	WIRE_KIND_REQUEST,
	WIRE_KIND_REPLY,
};

/* Behind the Ethernet header, in host order: both ends are one machine. */
struct wire_mark {
	uint32_t magic;
	uint32_t run; /* so that nobody counts what an earlier trial left */
	uint64_t seq;
	uint32_t kind; /* enum wire_kind */
} __attribute__((packed));

struct wire {
	int fd;
	int ifindex;
	struct eth_addr mac; /* of the interface */
};

int wire_open(struct wire *wire, const char *ifname, struct err *err);
void wire_close(struct wire *wire);
int wire_listen(struct wire *wire, uint16_t ethertype, uint32_t kind,
		struct err *err);
int wire_listen_echo(struct wire *wire, uint16_t id, struct err *err);
int wire_hello(const struct wire *wire, uint16_t ethertype);

void wire_build(uint8_t *frame, size_t len, struct eth_addr dst,
		struct eth_addr src, uint16_t ethertype, enum wire_kind kind);
void wire_stamp(uint8_t *frame, uint32_t run, uint64_t seq);
bool wire_read(const uint8_t *frame, size_t len, struct wire_mark *ret);

#endif /* WIRE_H */
