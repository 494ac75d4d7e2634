/* SPDX-License-Identifier: MIT */
/*
 * explain.h - what would become of a frame, step by step
 *
 * Asks what the data path asks, forward_decide() and forward_refusal(), and
 * puts their answers into words; it decides nothing, and changes nothing.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <jansson.h>
#include <stdint.h>

struct frame;
struct port;
struct vswitch;

json_t *explain(const struct vswitch *sw, const struct port *in,
		const struct frame *frame, uint64_t *cursor);

#endif /* EXPLAIN_H */
