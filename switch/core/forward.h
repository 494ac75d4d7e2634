/* SPDX-License-Identifier: MIT */
/*
 * forward.h - where does a frame go?
 *
 * Pure: looks at the frame and at the state of the bridge, changes neither.
 * The data path executes the verdict (bridge.c); whoever explains a frame
 * prints the same one, so the two cannot disagree.
 */
#ifndef FORWARD_H
#define FORWARD_H

#include <stdbool.h>

#include "drop.h"
#include "mtime.h"

struct bridge;
struct frame;
struct port;

enum verdict_kind {
	VERDICT_DROP, /* for @reason */
	VERDICT_UNICAST, /* to @out */
	VERDICT_FLOOD, /* to every port that forward_refusal() allows */
};

struct verdict {
	enum verdict_kind kind;
	enum drop_reason reason;
	struct port *out;
	bool learn; /* the source is a station, heard on the ingress port */
};

struct verdict forward_decide(const struct bridge *bridge,
			      const struct port *in, const struct frame *frame,
			      mtime_t now);
enum drop_reason forward_obstacle(const struct port *to,
				  const struct frame *frame);
enum drop_reason forward_refusal(const struct port *from, const struct port *to,
				 const struct frame *frame);

#endif /* FORWARD_H */
