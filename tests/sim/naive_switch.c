/* SPDX-License-Identifier: MIT */
/* naive_switch.c - what a switch has to do, as simple as can be */

#include "naive_switch.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

/* What a frame says about itself. */
struct reading {
	struct eth_addr to, from;
	uint16_t vid;
	size_t header_len; /* with tags */
};

static const struct port *port_of(const struct naive_switch *naive, size_t i)
{
	return &naive->sw->ports[i]->port;
}

/**
 * naive_attach() - A port was attached
 * @naive:	Switch
 * @port:	Port, which must not be there
 */
void naive_attach(struct naive_switch *naive, size_t port)
{
	naive->order[naive->n_order++] = port;
	naive->ports[port] = (struct naive_port){ .n_queue = 0 };
}

static void forget(struct naive_switch *naive, size_t i)
{
	naive->known[i] = naive->known[--naive->n_known];
}

/**
 * naive_detach() - A port was removed
 * @naive:	Switch
 * @port:	Port
 */
void naive_detach(struct naive_switch *naive, size_t port)
{
	size_t n = 0;

	for (size_t i = naive->n_known; i; i--) {
		if (naive->known[i - 1].port == port)
			forget(naive, i - 1);
	}
	for (size_t i = 0; i < naive->n_order; i++) {
		if (naive->order[i] != port)
			naive->order[n++] = naive->order[i];
	}
	naive->n_order = n;
}

/**
 * naive_silence() - A port has become a mirror port
 * @naive:	Switch
 * @port:	Port
 */
void naive_silence(struct naive_switch *naive, size_t port)
{
	for (size_t i = naive->n_known; i; i--) {
		if (naive->known[i - 1].port == port &&
		    !naive->known[i - 1].is_static)
			forget(naive, i - 1);
	}
}

static struct naive_station *find(struct naive_switch *naive,
				  struct eth_addr addr, uint16_t vid)
{
	for (size_t i = 0; i < naive->n_known; i++) {
		struct naive_station *known = &naive->known[i];

		if (known->vid == vid && !memcmp(known->addr.b, addr.b, 6))
			return known;
	}
	return NULL;
}

static struct naive_station *find_or_add(struct naive_switch *naive,
					 struct eth_addr addr, uint16_t vid)
{
	struct naive_station *known = find(naive, addr, vid);

	if (known)
		return known;
	assert_true(naive->n_known < NAIVE_STATIONS_MAX);
	known = &naive->known[naive->n_known++];
	*known = (struct naive_station){ .addr = addr, .vid = vid };
	return known;
}

/**
 * naive_pin() - A static entry was asked for
 * @naive:	Switch
 * @addr:	Its station
 * @vid:	Its VLAN
 * @port:	Its port
 *
 * Return: 0, or -EEXIST if there is one
 */
int naive_pin(struct naive_switch *naive, struct eth_addr addr, uint16_t vid,
	      size_t port)
{
	struct naive_station *known = find_or_add(naive, addr, vid);

	if (known->is_static)
		return -EEXIST;
	known->is_static = true;
	known->port = port;
	return 0;
}

/**
 * naive_unpin() - The removal of a static entry was asked for
 * @naive:	Switch
 * @addr:	Its station
 * @vid:	Its VLAN
 *
 * Return: 0, or -ENOENT if there is none
 */
int naive_unpin(struct naive_switch *naive, struct eth_addr addr, uint16_t vid)
{
	const struct naive_station *known = find(naive, addr, vid);

	if (!known || !known->is_static)
		return -ENOENT;
	forget(naive, (size_t)(known - naive->known));
	return 0;
}

static void forget_the_silent(struct naive_switch *naive)
{
	for (size_t i = naive->n_known; i; i--) {
		const struct naive_station *known = &naive->known[i - 1];

		if (!known->is_static &&
		    naive->sw->now.us - known->heard.us >=
			    UINT64_C(1000) * FAKE_MAX_AGE_MS)
			forget(naive, i - 1);
	}
}

static void learn(struct naive_switch *naive, const struct reading *reading,
		  size_t in)
{
	struct naive_station *known =
		find_or_add(naive, reading->from, reading->vid);

	if (known->is_static)
		return;
	known->port = in;
	known->heard = naive->sw->now;
}

static enum drop_reason read_frame(const struct shot *shot,
				   struct reading *reading)
{
	const uint8_t *bytes = shot->arrival->bytes;
	const size_t len = shot->arrival->len;
	size_t at = 12;

	if (shot->arrival->fault)
		return shot->arrival->fault;
	if (len < 14)
		return DROP_RUNT;
	memcpy(reading->to.b, bytes, 6);
	memcpy(reading->from.b, bytes + 6, 6);
	reading->vid = 0;
	for (int n = 0; n < 8; n++, at += 4) {
		const uint32_t type = get16(bytes + at);

		if (type != 0x8100 && type != 0x88a8)
			break;
		if (len < at + 6)
			return DROP_RUNT;
		if (!n)
			reading->vid = get16(bytes + at + 2) & 0xfff;
	}
	reading->header_len = at + 2;
	if (get16(bytes + at) < 0x600 &&
	    (get16(bytes + at) > 1500 || len < at + 2 + get16(bytes + at)))
		return DROP_BAD_LENGTH;
	return shot->lies ? DROP_BAD_OFFLOAD : DROP_NONE;
}

static enum drop_reason refusal_at_ingress(const struct port *in,
					   const struct reading *reading)
{
	static const uint8_t zero[6] = { 0 };
	static const uint8_t reserved[5] = { 1, 0x80, 0xc2, 0, 0 };

	if (in->state != PORT_STATE_UP)
		return DROP_PORT_DOWN;
	if (in->is_mirror)
		return DROP_MIRROR_PORT;
	if (reading->from.b[0] & 1)
		return DROP_SOURCE_GROUP;
	if (!memcmp(reading->from.b, zero, 6))
		return DROP_SOURCE_ZERO;
	if (!memcmp(reading->to.b, reserved, 5) && reading->to.b[5] < 16)
		return DROP_RESERVED;
	return DROP_NONE;
}

static unsigned needs(const struct shot *shot)
{
	unsigned needed = 0;

	if (shot->arrival->offload.flags && !shot->is_dhcp)
		needed |= PORT_OFFLOAD_CSUM;
	if (!shot->spec.super)
		return needed;
	if (shot->spec.ecn)
		needed |= PORT_OFFLOAD_ECN;
	if (!shot->spec.tcp)
		return needed | PORT_OFFLOAD_USO;
	return needed |
	       (shot->spec.ipv6 ? PORT_OFFLOAD_TSO6 : PORT_OFFLOAD_TSO4);
}

/**
 * naive_lacks() - Is a port unable to take a frame as it is?
 * @shot:	Frame
 * @port:	Port
 *
 * Return: whether it is
 */
bool naive_lacks(const struct shot *shot, const struct port *port)
{
	return needs(shot) & ~port->offloads;
}

/**
 * naive_count_pieces() - How many frames does a port get for this one?
 * @shot:	Frame
 * @port:	Port
 *
 * Return: 1, or how many segments
 */
size_t naive_count_pieces(const struct shot *shot, const struct port *port)
{
	const struct superframe_spec *spec = &shot->spec;

	if (!spec->super || !naive_lacks(shot, port) || !spec->payload_len)
		return 1;
	return (spec->payload_len + spec->gso_size - 1) / spec->gso_size;
}

static bool is_too_big(const struct shot *shot, const struct reading *reading,
		       const struct port *to)
{
	size_t len = shot->arrival->len;

	if (shot->spec.super && shot->spec.payload_len > shot->spec.gso_size)
		len = shot->payload + shot->spec.gso_size;
	return len - reading->header_len > to->mtu;
}

/* Return: why the port does not take it, as its plan of refusals has it */
static enum drop_reason give(struct naive_switch *naive, size_t to,
			     const struct shot *shot)
{
	const struct fake_port *fake = naive->sw->ports[to];
	struct naive_port *port = &naive->ports[to];
	enum drop_reason reason = DROP_NONE;
	size_t n = naive_count_pieces(shot, &fake->port);

	port->queue[port->n_queue++] = shot;
	for (; n; n--, port->n_pieces++) {
		assert_true(port->n_pieces < FAKE_REFUSALS_MAX);
		if (fake->refusals[port->n_pieces])
			reason = fake->refusals[port->n_pieces];
	}
	if (reason) {
		port->counters.tx_dropped[reason]++;
		port->newest[1][reason] = shot;
	} else {
		port->counters.tx_frames++;
		port->counters.tx_bytes += shot->arrival->len;
	}
	return reason;
}

static enum drop_reason flood(struct naive_switch *naive, size_t in,
			      const struct shot *shot,
			      const struct reading *reading)
{
	enum drop_reason reason, newest = DROP_NO_EGRESS;
	bool gone = false;

	for (size_t i = 0; i < naive->n_order; i++) {
		const size_t to = naive->order[i];

		if (to == in || port_of(naive, to)->state != PORT_STATE_UP ||
		    port_of(naive, to)->is_mirror)
			continue;
		if (is_too_big(shot, reading, port_of(naive, to))) {
			reason = DROP_TOO_BIG;
			naive->ports[to].counters.tx_dropped[reason]++;
			naive->ports[to].newest[1][reason] = shot;
		} else {
			reason = give(naive, to, shot);
		}
		gone |= !reason;
		if (reason)
			newest = reason;
	}
	return gone ? DROP_NONE : newest;
}

/* Return: why the frame left by no port, DROP_NONE if it did by one at least */
static enum drop_reason forward(struct naive_switch *naive, size_t in,
				const struct shot *shot)
{
	const struct naive_station *known;
	enum drop_reason reason;
	struct reading reading;

	reason = read_frame(shot, &reading);
	if (reason)
		return reason;
	reason = refusal_at_ingress(port_of(naive, in), &reading);
	if (reason)
		return reason;

	learn(naive, &reading, in);
	if (!memcmp(reading.to.b, reading.from.b, 6))
		return DROP_SAME_PORT;
	known = find(naive, reading.to, reading.vid);
	if (!known)
		return flood(naive, in, shot, &reading);
	if (known->port == in)
		return DROP_SAME_PORT;
	if (port_of(naive, known->port)->is_mirror)
		return DROP_MIRROR_PORT;
	if (port_of(naive, known->port)->state != PORT_STATE_UP)
		return DROP_EGRESS_DOWN;
	if (is_too_big(shot, &reading, port_of(naive, known->port)))
		return DROP_TOO_BIG;
	return give(naive, known->port, shot);
}

/**
 * naive_receive() - A port received a batch of frames
 * @naive:	Switch
 * @in:		Port
 * @shots:	Frames; they have to stay until the queues have been looked at
 * @n:		How many
 */
void naive_receive(struct naive_switch *naive, size_t in,
		   const struct shot *shots, size_t n)
{
	struct port_counters *counters = &naive->ports[in].counters;

	forget_the_silent(naive);
	for (size_t i = 0; i < FAKE_PORTS_MAX; i++) {
		naive->ports[i].n_queue = 0;
		naive->ports[i].n_pieces = 0;
		memset(naive->ports[i].newest, 0,
		       sizeof(naive->ports[i].newest));
	}
	for (size_t i = 0; i < n; i++) {
		const enum drop_reason reason = forward(naive, in, &shots[i]);

		counters->rx_frames++;
		counters->rx_bytes += shots[i].arrival->len;
		if (reason)
			naive->ports[in].newest[0][reason] = &shots[i];
		if (reason)
			counters->rx_dropped[reason]++;
		else
			counters->rx_forwarded++;
	}
}
