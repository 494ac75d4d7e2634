/* SPDX-License-Identifier: MIT */
/*
 * egress.h - frames grouped by the port they leave by
 *
 * Sending costs a system call, so the frames of a batch are collected by
 * egress port and sent together. Grouping keeps their order per port.
 */
#ifndef EGRESS_H
#define EGRESS_H

#include <stddef.h>
#include <stdint.h>

struct bridge;
struct frame;
struct port;

void egress_send(struct bridge *bridge, struct port *port,
		 struct frame *const *frames, size_t n, uint64_t wall_ns);
void egress_add(struct bridge *bridge, struct port *port, struct frame *frame);
void egress_flush(struct bridge *bridge, uint64_t wall_ns);
void egress_flood(struct bridge *bridge, const struct port *in,
		  struct frame *const *frames, size_t n, uint64_t wall_ns);

#endif /* EGRESS_H */
