/* SPDX-License-Identifier: MIT */
/* forward.c - where does a frame go? */

#include "forward.h"

#include "bridge.h"
#include "fdb.h"
#include "frame.h"
#include "port.h"

static struct verdict drop(enum drop_reason reason)
{
	return (struct verdict){ .kind = VERDICT_DROP, .reason = reason };
}

/*
 * The addresses of IEEE 802.1Q table 8-1, which a bridge never relays:
 * spanning tree, MAC control (PAUSE), link aggregation, LLDP and their kin.
 */
static bool is_reserved(struct eth_addr dst)
{
	static const uint8_t prefix[5] = { 0x01, 0x80, 0xc2, 0x00, 0x00 };

	return !memcmp(dst.b, prefix, sizeof(prefix)) && dst.b[5] < 0x10;
}

/**
 * forward_obstacle() - Why can a port not send a frame, wherever it is from?
 * @to:		Egress port
 * @frame:	Classified frame
 *
 * What forward_refusal() asks, and all that a mirror has to ask.
 *
 * Return: the reason, or DROP_NONE if @to can send it
 */
enum drop_reason forward_obstacle(const struct port *to,
				  const struct frame *frame)
{
	if (to->state != PORT_STATE_UP)
		return DROP_EGRESS_DOWN;
	if (frame->wire_len > to->mtu + frame->overhead)
		return DROP_TOO_BIG;

	return DROP_NONE;
}

/**
 * forward_refusal() - Why must a frame not leave by a port?
 * @from:	Ingress port
 * @to:		Candidate egress port
 * @frame:	Classified frame
 *
 * The one place where egress is refused: unicast and flooding both ask here,
 * so a new rule cannot be forgotten on one of the paths.
 *
 * Return: the reason, or DROP_NONE if @to may send it
 */
enum drop_reason forward_refusal(const struct port *from, const struct port *to,
				 const struct frame *frame)
{
	if (from == to)
		return DROP_SAME_PORT;
	if (to->is_mirror)
		return DROP_MIRROR_PORT;

	return forward_obstacle(to, frame);
}

/**
 * forward_decide() - Decide what becomes of a frame
 * @bridge:	The switch
 * @in:		Ingress port
 * @frame:	Frame that frame_classify() has seen
 * @now:	Time
 *
 * Ingress checks and relay as IEEE 802.1Q clauses 8.6 to 8.8 have them:
 * frames to a reserved group stay on their link, sources are learned unless
 * they are groups, and an unknown destination is everybody's.
 *
 * Return: the verdict
 */
struct verdict forward_decide(const struct bridge *bridge,
			      const struct port *in, const struct frame *frame,
			      mtime_t now)
{
	struct verdict verdict = { .kind = VERDICT_FLOOD, .learn = true };

	if (frame->fault)
		return drop(frame->fault);
	if (in->state != PORT_STATE_UP)
		return drop(DROP_PORT_DOWN);
	if (in->is_mirror)
		return drop(DROP_MIRROR_PORT);
	if (eth_addr_is_group(frame->src))
		return drop(DROP_SOURCE_GROUP);
	if (eth_addr_is_zero(frame->src))
		return drop(DROP_SOURCE_ZERO);
	if (is_reserved(frame->dst))
		return drop(DROP_RESERVED);
	if (eth_addr_is_group(frame->dst))
		return verdict;

	/* The source is about to be learned here, so that is where it is. */
	verdict.out =
		eth_addr_equal(frame->dst, frame->src)
			? (struct port *)in
			: fdb_lookup(bridge->fdb, frame->dst, frame->vid, now);
	if (!verdict.out)
		return verdict;

	verdict.reason = forward_refusal(in, verdict.out, frame);
	verdict.kind = verdict.reason ? VERDICT_DROP : VERDICT_UNICAST;
	return verdict;
}
