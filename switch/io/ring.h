/* SPDX-License-Identifier: MIT */
/*
 * ring.h - a second way into a port: a ring in memory shared with the kernel
 *
 * The kernel puts frames into the slots of a ring on the processor that sends
 * them, so that the daemon neither asks for them nor copies them. But a ring
 * takes memory, used or not. So ports have none, and some that are busy get
 * one for a while.
 *
 * A port's own socket and that of its ring form a fan-out group: the kernel
 * gives each frame to just one of the two, and a gate (ring_gate.h) says to
 * which. So turning a stream into the ring and back loses no frame, and brings
 * none twice.
 *
 * What waits for the kernel (ring_open(), ring_settle(), and closing the last
 * descriptor of a ring) takes tens of milliseconds, and is the worker's. The
 * daemon has the rest.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "eth.h"
#include "offload.h"

struct err;
struct frame;
struct ring;
struct ring_gate;

enum ring_shape {
	RING_NONE,
	RING_BIG, /* few slots, each for a super-frame of BIG TCP */
	RING_BULK, /* more slots, each for a super-frame of 64 KiB */
	RING_SMALL, /* many slots, each for a frame of a usual MTU */
};

enum {
	/* Longest frame for RING_BULK: an IP packet with two tags. */
	RING_BULK_MAX = OFFLOAD_IP_MAX + ETH_HEADER_LEN + 2 * ETH_TAG_LEN,
};

bool ring_is_possible(void);
const char *ring_shape_name(enum ring_shape shape);

/* In the worker. */
void ring_prepare(int fd);
int ring_open(int ifindex, uint32_t group, enum ring_shape shape, int program,
	      struct err *err);
int ring_settle(int fd, int program, struct err *err);

/* In the daemon. */
uint32_t ring_group(int fd);
uint64_t ring_room(enum ring_shape shape);
struct ring *ring_new(int fd, enum ring_shape shape, struct ring_gate *gate);
void ring_free(struct ring *ring);
int ring_fd(const struct ring *ring);
struct ring_gate *ring_gate(const struct ring *ring);
void ring_note_lost(struct ring *ring, uint64_t n);
bool ring_is_filling(const struct ring *ring);
uint64_t ring_taken(const struct ring *ring);
size_t ring_waiting(const struct ring *ring, size_t max);
size_t ring_receive(struct ring *ring, struct frame *frames, size_t max);
void ring_release(struct ring *ring);

#endif /* RING_H */
