/* SPDX-License-Identifier: MIT */
/* explain.c - what would become of a frame, step by step */

#include "explain.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bridge.h"
#include "decode.h"
#include "fdb.h"
#include "forward.h"
#include "frame.h"
#include "port.h"
#include "units.h"
#include "vswitch.h"
#include "why.h"

enum {
	STEP_SIZE = DECODE_LINE_SIZE + 80,
	CANDIDATES_SHOWN = 64, /* of the ports it is flooded to */
	SEARCH_BUDGET = 8192, /* for a station in other VLANs, see fdb.h */
};

/* What forward_decide() looks at, in its order. */
enum stage {
	STAGE_FRAME,
	STAGE_INGRESS,
	STAGE_SOURCE,
	STAGE_RESERVED,
	STAGE_EGRESS,
	STAGE_SENDING, /* nobody can foretell these */
};

struct explanation {
	const struct vswitch *sw;
	const struct port *in;
	const struct frame *frame;
	struct verdict verdict;
	bool is_elsewhere; /* its destination, in another VLAN: */
	struct fdb_row elsewhere;
	json_t *steps, *egress;
	enum drop_reason reason; /* for which it would be dropped in the end */
	const struct port *blocker; /* the port that @reason is about */
};

/* @at_egress: whether it is about an egress port; some may be about either. */
static enum stage stage_of(enum drop_reason reason, bool at_egress)
{
	switch (reason) {
	case DROP_RUNT:
	case DROP_BAD_LENGTH:
	case DROP_OVERSIZE:
	case DROP_BAD_OFFLOAD:
	case DROP_UNDESCRIBED:
		return STAGE_FRAME;
	case DROP_PORT_DOWN:
		return STAGE_INGRESS;
	case DROP_MIRROR_PORT:
		return at_egress ? STAGE_EGRESS : STAGE_INGRESS;
	case DROP_SOURCE_GROUP:
	case DROP_SOURCE_ZERO:
		return STAGE_SOURCE;
	case DROP_RESERVED:
		return STAGE_RESERVED;
	case DROP_SAME_PORT:
	case DROP_NO_EGRESS:
	case DROP_EGRESS_DOWN:
	case DROP_TOO_BIG:
		return STAGE_EGRESS;
	case DROP_NONE:
	case DROP_QUEUE_FULL:
	case DROP_LINK_DOWN:
	case DROP_LINK_GONE:
	case DROP_REFUSED:
	case DROP_COUNT:
		break;
	}

	return STAGE_SENDING;
}

__attribute__((format(printf, 3, 4))) static void step(struct explanation *e,
						       const char *name,
						       const char *fmt, ...)
{
	char text[STEP_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(
		e->steps, json_pack("{s:s, s:s}", "step", name, "text", text));
}

/* The step at which it ends, if it is this; returns whether it goes on. */
static bool passes(struct explanation *e, enum stage stage, const char *name)
{
	const struct why why = why_of(e->reason, e->in, e->blocker, e->frame);
	char cause[WHY_SIZE];

	if (!e->reason || stage_of(e->reason, e->blocker) != stage)
		return true;

	why_cause(&why, cause);
	step(e, name, "%s: %s", drop_name(e->reason), cause);
	return false;
}

static bool find_station(const struct explanation *e, struct eth_addr addr,
			 struct fdb_row *ret_row)
{
	const struct fdb_filter filter = {
		.by_addr = true,
		.addr = addr,
		.by_vid = true,
		.vid = e->frame->vid,
	};
	uint64_t cursor = FDB_CURSOR_START;

	return fdb_walk(e->sw->fdb, &filter, e->sw->clock.now, &cursor, ret_row,
			1, SEARCH_BUDGET);
}

/* One slice of the search for an unknown destination; returns whether that
 * was the last. */
static bool search_elsewhere(struct explanation *e, uint64_t *cursor)
{
	const struct fdb_filter filter = {
		.by_addr = true,
		.addr = e->frame->dst,
	};

	if (e->verdict.kind != VERDICT_FLOOD || eth_addr_is_group(filter.addr))
		return true;

	e->is_elsewhere = fdb_walk(e->sw->fdb, &filter, e->sw->clock.now,
				   cursor, &e->elsewhere, 1, SEARCH_BUDGET);
	return e->is_elsewhere || *cursor == FDB_CURSOR_END;
}

static void say_learning(struct explanation *e)
{
	char mac[ETH_ADDR_TEXT_SIZE];
	struct fdb_row row;

	eth_addr_format(e->frame->src, mac);
	if (!e->verdict.learn)
		step(e, "learning", "nothing is learned from it");
	else if (!find_station(e, e->frame->src, &row))
		step(e, "learning", "%s is new in VLAN %u: learned on %s", mac,
		     e->frame->vid, e->in->name);
	else if (row.is_static)
		step(e, "learning", "%s is pinned to %s: not learned", mac,
		     row.port->name);
	else if (row.port != e->in)
		step(e, "learning", "%s moves from %s to %s", mac,
		     row.port->name, e->in->name);
	else
		step(e, "learning", "%s is known on %s already", mac,
		     e->in->name);
}

static void say_age(const struct fdb_row *row, char *text, size_t size)
{
	char age[UNITS_TEXT_SIZE];

	duration_format((mtime_t){ row->age.us / 1000000 * 1000000 }, age,
			sizeof(age));
	snprintf(text, size, "%s ago", row->age.us < 1000000 ? "0s" : age);
}

static void say_unknown(struct explanation *e, const char *mac)
{
	char age[UNITS_TEXT_SIZE];

	duration_format(fdb_max_age(e->sw->fdb), age, sizeof(age));
	if (e->is_elsewhere)
		step(e, "lookup",
		     "%s is unknown in VLAN %u, and known in VLAN %u on %s: "
		     "flooded",
		     mac, e->frame->vid, e->elsewhere.vid,
		     e->elsewhere.port->name);
	else
		step(e, "lookup",
		     "%s is unknown in VLAN %u: not heard for %s, or never; "
		     "flooded",
		     mac, e->frame->vid, age);
}

static void say_lookup(struct explanation *e)
{
	const struct frame *frame = e->frame;
	char mac[ETH_ADDR_TEXT_SIZE], ago[UNITS_TEXT_SIZE + 8];
	struct fdb_row row;

	eth_addr_format(frame->dst, mac);
	if (eth_addr_is_group(frame->dst))
		step(e, "lookup", "%s is a group address: flooded", mac);
	else if (eth_addr_equal(frame->dst, frame->src))
		step(e, "lookup", "%s is the source itself", mac);
	else if (!find_station(e, frame->dst, &row))
		say_unknown(e, mac);
	else if (row.is_static)
		step(e, "lookup", "%s is pinned to %s", mac, row.port->name);
	else {
		say_age(&row, ago, sizeof(ago));
		step(e, "lookup", "%s is on %s, heard %s", mac, row.port->name,
		     ago);
	}
}

static void say_candidate(struct explanation *e, const struct port *port,
			  enum drop_reason no)
{
	const struct why why = why_of(no, e->in, port, e->frame);
	char cause[WHY_SIZE];

	why_cause(&why, cause);
	if (no)
		step(e, "egress", "%s: no, %s: %s", port->name, drop_name(no),
		     cause);
	else
		step(e, "egress", "%s: yes", port->name);
}

/*
 * As egress_flood() does: ports that are not up, and those of
 * mirrors, were never meant to get it.
 */
static void try_all(struct explanation *e)
{
	const struct bridge *bridge = e->sw->bridge;
	size_t n_candidates = 0;

	e->reason = DROP_NO_EGRESS;
	for (size_t i = 0; i < bridge->n_ports; i++) {
		const struct port *port = bridge->ports[i];
		enum drop_reason no;

		if (port == e->in)
			continue;
		no = forward_refusal(e->in, port, e->frame);
		if (n_candidates++ < CANDIDATES_SHOWN)
			say_candidate(e, port, no);
		if (!no) {
			json_array_append_new(e->egress,
					      json_string(port->name));
		} else if (port->state == PORT_STATE_UP && !port->is_mirror) {
			e->reason = no;
			e->blocker = port;
		}
	}

	if (n_candidates > CANDIDATES_SHOWN)
		step(e, "egress", "and %zu more ports",
		     n_candidates - CANDIDATES_SHOWN);
	if (json_array_size(e->egress)) {
		e->reason = DROP_NONE;
		e->blocker = NULL;
	} else if (!e->blocker) {
		passes(e, STAGE_EGRESS, "egress");
	}
}

static void walk(struct explanation *e)
{
	char line[DECODE_LINE_SIZE], mac[ETH_ADDR_TEXT_SIZE];

	decode_frame(e->frame->data, e->frame->len, e->frame->len, line,
		     sizeof(line));
	if (!passes(e, STAGE_FRAME, "frame"))
		return;
	step(e, "frame", "%s", line);
	if (!passes(e, STAGE_INGRESS, "ingress"))
		return;
	step(e, "ingress", "%s is %s", e->in->name,
	     port_state_name(e->in->state));
	if (!passes(e, STAGE_SOURCE, "source"))
		return;
	eth_addr_format(e->frame->src, mac);
	step(e, "source", "%s can be a station's", mac);
	say_learning(e);
	if (!passes(e, STAGE_RESERVED, "reserved"))
		return;
	eth_addr_format(e->frame->dst, mac);
	step(e, "reserved", "%s is not kept on its link", mac);
	say_lookup(e);

	switch (e->verdict.kind) {
	case VERDICT_DROP:
		passes(e, STAGE_EGRESS, "egress");
		break;
	case VERDICT_UNICAST:
		say_candidate(e, e->verdict.out, DROP_NONE);
		json_array_append_new(e->egress,
				      json_string(e->verdict.out->name));
		break;
	case VERDICT_FLOOD:
		try_all(e);
		break;
	}
}

static const char *verdict_name(const struct explanation *e)
{
	if (e->reason)
		return "drop";

	return e->verdict.kind == VERDICT_UNICAST ? "unicast" : "flood";
}

/**
 * explain() - Say what would become of a frame
 * @sw:		Switch
 * @in:		Port that it would come in by
 * @frame:	Frame that frame_classify() has seen
 * @cursor:	FDB_CURSOR_START at first, and ours between two calls
 *
 * Return: what docs/protocol.md says of forward.explain, a new reference; or
 * NULL if it would take too long at once: to be called again next turn
 */
json_t *explain(const struct vswitch *sw, const struct port *in,
		const struct frame *frame, uint64_t *cursor)
{
	struct explanation e = {
		.sw = sw,
		.in = in,
		.frame = frame,
		.verdict = forward_decide(sw->bridge, in, frame, sw->clock.now),
	};
	char hint[WHY_SIZE] = "";

	if (!search_elsewhere(&e, cursor))
		return NULL;

	e.steps = json_array();
	e.egress = json_array();
	if (e.verdict.kind == VERDICT_DROP) {
		e.reason = e.verdict.reason;
		e.blocker = e.verdict.out;
	}
	walk(&e);
	if (e.reason) {
		const struct why why = why_of(e.reason, in, e.blocker, frame);

		why_remedy(sw, &why, hint);
	}

	return json_pack(
		"{s:i, s:s, s:s, s:s, s:s?, s:o, s:o, s:s?}", "schema", 1,
		"switch", sw->name, "in", in->name, "verdict", verdict_name(&e),
		"reason", e.reason ? drop_name(e.reason) : NULL, "egress",
		e.egress, "steps", e.steps, "hint", *hint ? hint : NULL);
}
