/* SPDX-License-Identifier: MIT */
/*
 * egress.c - frames grouped by the port they leave by
 *
 * The group of a port is a list through its frames; the ports that have one
 * are a list from bridge->groups. So a batch needs no memory per port, however
 * many ports there are. A flooded frame is in several groups at once, which a
 * list through the frame cannot express: flooding goes port by port instead.
 */

#include "egress.h"

#include "bridge.h"
#include "forward.h"
#include "frame.h"
#include "mirror.h"
#include "offload.h"
#include "port.h"
#include "segment.h"

static bool is_big(const struct frame *frame)
{
	return frame->len > (uint32_t)OFFLOAD_IP_MAX + frame->overhead;
}

/* What a port would have to be able to do to send this frame as it is. */
static unsigned needs(const struct frame *frame)
{
	unsigned needed = 0;

	if (frame->offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		needed |= PORT_OFFLOAD_CSUM;
	if (frame->offload.gso_type & VIRTIO_NET_HDR_GSO_ECN)
		needed |= PORT_OFFLOAD_ECN;

	switch (frame->offload.gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		if (is_big(frame))
			needed |= PORT_OFFLOAD_BIG4;
		return needed | PORT_OFFLOAD_TSO4;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		if (is_big(frame))
			needed |= PORT_OFFLOAD_BIG6;
		return needed | PORT_OFFLOAD_TSO6;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return needed | PORT_OFFLOAD_USO;
	default:
		return needed;
	}
}

static bool takes_as_they_are(const struct port *port,
			      struct frame *const *frames, size_t n)
{
	if (port->offloads == PORT_OFFLOAD_ALL)
		return true;

	for (size_t i = 0; i < n; i++) {
		if (needs(frames[i]) & ~port->offloads)
			return false;
	}

	return true;
}

static bool has_to_be_cut(const struct port *port, const struct frame *frame)
{
	return offload_is_super(&frame->offload) &&
	       (needs(frame) & ~port->offloads);
}

/* What has been cut, @as_sent observers have seen as segments already. */
static void show(const struct bridge *bridge, const struct port *port,
		 const struct frame *frame, bool is_cut, uint64_t wall_ns)
{
	struct observer *observer = bridge->observers;

	for (; observer; observer = observer->next) {
		if (!is_cut || !observer->as_sent)
			observer->on_frame(observer, port, DIRECTION_OUT, frame,
					   wall_ns);
	}
}

static void show_segment(const struct bridge *bridge, const struct port *port,
			 const struct frame *segment, uint64_t wall_ns)
{
	struct observer *observer = bridge->observers;

	for (; observer; observer = observer->next) {
		if (observer->as_sent)
			observer->on_frame(observer, port, DIRECTION_OUT,
					   segment, wall_ns);
	}
}

/* A super-frame for a port that can't take it: as a wire would carry it. */
static void send_segments(struct bridge *bridge, struct port *port,
			  struct frame *frame, uint64_t wall_ns)
{
	struct segmenter segmenter;
	int len;

	/* Cannot fail: frame_classify() has let the frame pass. */
	if (segmenter_init(&segmenter, frame->data, frame->len,
			   &frame->offload)) {
		frame->unsent = DROP_BAD_OFFLOAD;
		return;
	}

	frame->unsent = DROP_NONE;
	for (;;) {
		struct frame segment = {
			.data = bridge->segment + FRAME_HEADROOM,
			.dst = frame->dst,
			.src = frame->src,
			.vid = frame->vid,
		};
		struct frame *const list[] = { &segment };

		len = segmenter_next(&segmenter, segment.data, FRAME_SIZE_MAX);
		if (len <= 0)
			return;

		frame->pieces++;
		segment.len = (uint32_t)len;
		port->ops->send(port, list, 1);
		if (segment.unsent)
			frame->unsent = segment.unsent;
		else if (bridge->observers)
			show_segment(bridge, port, &segment, wall_ns);
	}
}

/*
 * For a port that lacks an offload: the frame in the form it can take. Returns
 * whether it has been cut.
 */
static bool send_reduced(struct bridge *bridge, struct port *port,
			 struct frame *frame, uint64_t wall_ns)
{
	if (has_to_be_cut(port, frame)) {
		send_segments(bridge, port, frame, wall_ns);
		return true;
	}

	/* A completed checksum does as well for every other port. */
	if (needs(frame) & ~port->offloads & PORT_OFFLOAD_CSUM)
		offload_complete_checksum(frame->data, frame->len,
					  &frame->offload);
	port->ops->send(port, &frame, 1);
	return false;
}

/*
 * The kernel keeps a frame in at most 17 pieces of memory. When that is so
 * scattered that there are none but pages, a big frame finds no room, however
 * often its sender repeats it. If it is the queue that is full, one attempt in a
 * batch shows that as well. Returns whether the frame has been cut.
 */
static bool send_if_refused(struct bridge *bridge, struct port *port,
			    struct frame *frame, bool *is_in_vain,
			    uint64_t wall_ns)
{
	if (frame->unsent != DROP_QUEUE_FULL || !is_big(frame) ||
	    !offload_is_super(&frame->offload) || *is_in_vain)
		return false;

	send_segments(bridge, port, frame, wall_ns);
	*is_in_vain = frame->unsent != DROP_NONE;
	return true;
}

/* A frame that the port was given is sent, or refused for a reason. */
static void settle(struct bridge *bridge, struct port *port,
		   struct frame *frame, bool is_cut, uint64_t wall_ns)
{
	struct port_counters *counters = &port->counters;

	if (frame->unsent) {
		frame->refusals++;
		frame->blocker = port;
		bridge_drop(bridge, port, DIRECTION_OUT, frame, frame->unsent,
			    wall_ns);
		return;
	}

	frame->copies++;
	counters->tx_frames++;
	counters->tx_bytes += frame->len;
	if (bridge->observers)
		show(bridge, port, frame, is_cut, wall_ns);
}

/**
 * egress_send() - Send frames by one port
 * @bridge:	Bridge
 * @port:	Port that is up and wide enough for them
 * @frames:	Frames; their @unsent is set, and @copies counted
 * @n:		How many, at most FRAME_BATCH_MAX
 * @wall_ns:	Wall-clock time for observers
 *
 * Those of them that the port cannot take as they are, are given to it in a
 * form it can. They are counted, observed, and not mirrored.
 */
void egress_send(struct bridge *bridge, struct port *port,
		 struct frame *const *frames, size_t n, uint64_t wall_ns)
{
	bool is_in_vain = false;

	if (takes_as_they_are(port, frames, n)) {
		port->ops->send(port, frames, n);
		for (size_t i = 0; i < n; i++) {
			const bool is_cut = send_if_refused(
				bridge, port, frames[i], &is_in_vain, wall_ns);

			settle(bridge, port, frames[i], is_cut, wall_ns);
		}
		return;
	}

	/* One by one, so that observers see segments in their place. */
	for (size_t i = 0; i < n; i++) {
		const bool is_cut =
			send_reduced(bridge, port, frames[i], wall_ns) ||
			send_if_refused(bridge, port, frames[i], &is_in_vain,
					wall_ns);

		settle(bridge, port, frames[i], is_cut, wall_ns);
	}
}

static void send_all(struct bridge *bridge, struct port *port,
		     struct frame *const *frames, size_t n, uint64_t wall_ns)
{
	egress_send(bridge, port, frames, n, wall_ns);
	if (port->mirrored_tx)
		mirror_sent(bridge, port, frames, n, wall_ns);
}

/**
 * egress_add() - Put a frame into the group of a port
 * @bridge:	Bridge
 * @port:	Port by which the frame leaves
 * @frame:	Frame that is in no other group
 */
void egress_add(struct bridge *bridge, struct port *port, struct frame *frame)
{
	frame->next = NULL;
	if (port->group_first) {
		port->group_last->next = frame;
	} else {
		port->group_first = frame;
		port->group_next = bridge->groups;
		bridge->groups = port;
	}
	port->group_last = frame;
}

/**
 * egress_flush() - Send the groups of all ports
 * @bridge:	Bridge
 * @wall_ns:	Wall-clock time for observers
 */
void egress_flush(struct bridge *bridge, uint64_t wall_ns)
{
	while (bridge->groups) {
		struct frame *frames[FRAME_BATCH_MAX];
		struct port *port = bridge->groups;
		size_t n = 0;

		for (struct frame *f = port->group_first; f; f = f->next)
			frames[n++] = f;

		bridge->groups = port->group_next;
		port->group_first = NULL;
		send_all(bridge, port, frames, n, wall_ns);
	}
}

/**
 * egress_flood() - Send frames by every port that may send them
 * @bridge:	Bridge
 * @in:		Their ingress port
 * @frames:	Frames
 * @n:		How many, at most FRAME_BATCH_MAX
 * @wall_ns:	Wall-clock time for observers
 *
 * A frame that nobody could be given is left with the reason in @unsent: the
 * newest refusal if a port had been meant to get it, else DROP_NO_EGRESS.
 */
void egress_flood(struct bridge *bridge, const struct port *in,
		  struct frame *const *frames, size_t n, uint64_t wall_ns)
{
	enum drop_reason reasons[FRAME_BATCH_MAX];

	for (size_t i = 0; i < n; i++) {
		reasons[i] = DROP_NO_EGRESS;
		frames[i]->blocker = NULL;
	}

	for (size_t p = 0; p < bridge->n_ports; p++) {
		struct frame *allowed[FRAME_BATCH_MAX];
		struct port *port = bridge->ports[p];
		size_t n_allowed = 0;

		if (port == in || port->state != PORT_STATE_UP ||
		    port->is_mirror)
			continue;

		for (size_t i = 0; i < n; i++) {
			enum drop_reason no;

			no = forward_refusal(in, port, frames[i]);
			if (no) {
				frames[i]->refusals++;
				bridge_drop(bridge, port, DIRECTION_OUT,
					    frames[i], no, wall_ns);
				frames[i]->unsent = no;
				frames[i]->blocker = port;
				continue;
			}
			allowed[n_allowed++] = frames[i];
		}

		if (n_allowed)
			send_all(bridge, port, allowed, n_allowed, wall_ns);
		for (size_t i = 0; i < n; i++) {
			if (frames[i]->unsent)
				reasons[i] = frames[i]->unsent;
		}
	}

	for (size_t i = 0; i < n; i++)
		frames[i]->unsent = reasons[i];
}
