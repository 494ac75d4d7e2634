/* SPDX-License-Identifier: MIT */
/* fake_switch.c - a bridge whose ports are fakes and whose clock is a number */

#include "fake_switch.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "err.h"
#include "fdb.h"
#include "macros.h"
#include "unit.h"

static struct fake_port *fake_of(struct port *port)
{
	return container_of(port, struct fake_port, port);
}

/* Which offloads a port must have for this header. */
static unsigned asked_for(const struct frame *frame)
{
	const struct virtio_net_hdr *hdr = &frame->offload;
	unsigned asked = 0;

	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		asked |= PORT_OFFLOAD_CSUM;
	if (hdr->gso_type & 0x80)
		asked |= PORT_OFFLOAD_ECN;
	if ((hdr->gso_type & 0x7f) == 1)
		asked |= PORT_OFFLOAD_TSO4;
	if ((hdr->gso_type & 0x7f) == 4)
		asked |= PORT_OFFLOAD_TSO6;
	if ((hdr->gso_type & 0x7f) == 5)
		asked |= PORT_OFFLOAD_USO;
	if (frame->len > 65535 + 14 + 8)
		asked |= asked & PORT_OFFLOAD_TSO4 ? PORT_OFFLOAD_BIG4
						   : PORT_OFFLOAD_BIG6;
	return asked;
}

static struct handed *hand_over(struct fake_port *fake,
				const struct frame *frame)
{
	struct handed *handed;

	if (fake->n_handed == fake->room) {
		fake->room = fake->room ? 2 * fake->room : 16;
		fake->handed = reallocarray(fake->handed, fake->room,
					    sizeof(fake->handed[0]));
		assert_non_null(fake->handed);
	}

	handed = &fake->handed[fake->n_handed];
	handed->data = malloc(frame->len);
	assert_non_null(handed->data);
	memcpy(handed->data, frame->data, frame->len);
	handed->len = frame->len;
	handed->offload = frame->offload;
	handed->call = fake->n_calls;
	handed->refused = DROP_NONE;
	if (fake->n_handed < FAKE_REFUSALS_MAX)
		handed->refused = fake->refusals[fake->n_handed];
	fake->n_handed++;
	return handed;
}

static void fake_send(struct port *port, struct frame *const *frames, size_t n)
{
	struct fake_port *fake = fake_of(port);
	const struct fake_switch *sw = port->owner;
	bool attached = false;

	for (size_t i = 0; i < sw->n_ports; i++)
		attached |= sw->ports[i] == fake;
	assert_true(attached);
	assert_int_equal(port->state, PORT_STATE_UP);
	assert_in_range(n, 1, FRAME_BATCH_MAX);

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(asked_for(frames[i]) & ~port->offloads, 0);
		frames[i]->unsent = hand_over(fake, frames[i])->refused;
	}
	fake->n_calls++;
}

static void drop_records(struct fake_port *fake)
{
	for (size_t i = 0; i < fake->n_handed; i++)
		free(fake->handed[i].data);
	fake->n_handed = 0;
	fake->n_calls = 0;
}

static void fake_free(struct port *port)
{
	struct fake_port *fake = fake_of(port);

	drop_records(fake);
	free(fake->handed);
	free(fake);
}

/* The core must never call what is missing here. */
static const struct port_ops fake_ops = {
	.kind = "fake",
	.send = fake_send,
	.free = fake_free,
};

/**
 * fake_switch_new() - Make a switch with fake ports
 * @n_ports:	How many, at most FAKE_PORTS_MAX; all up, MTU 1500, and able to
 *		do everything
 *
 * Return: the switch, to be freed with fake_switch_free()
 */
struct fake_switch *fake_switch_new(size_t n_ports)
{
	const struct fdb_config config = {
		.max_ports = 2 * FAKE_PORTS_MAX,
		.max_age = mtime_from_ms(FAKE_MAX_AGE_MS),
		.key = { { 42 } },
	};
	struct fake_switch *sw = calloc(1, sizeof(*sw));

	assert_non_null(sw);
	assert_true(n_ports <= FAKE_PORTS_MAX);
	sw->fdb = fdb_new(&config);
	assert_non_null(sw->fdb);
	sw->bridge = bridge_new(sw->fdb);
	assert_non_null(sw->bridge);
	sw->now = mtime_from_ms(1000 * 1000);
	sw->wall_ns = UINT64_C(1700000000000000000);
	sw->n_ports = n_ports;
	for (size_t i = 0; i < n_ports; i++)
		fake_switch_attach(sw, i);
	return sw;
}

/**
 * fake_switch_free() - Free a switch and its ports
 * @sw:	Switch, or NULL
 */
void fake_switch_free(struct fake_switch *sw)
{
	if (!sw)
		return;

	bridge_free(sw->bridge);
	fdb_free(sw->fdb);
	free(sw);
}

/**
 * fake_switch_setup() - A switch of FAKE_PORTS ports as the state of a test
 * @state:	Where to put it
 *
 * Return: 0
 */
int fake_switch_setup(void **state)
{
	*state = fake_switch_new(FAKE_PORTS);
	return 0;
}

/**
 * fake_switch_teardown() - Free the switch that is the state of a test
 * @state:	Where it is
 *
 * Return: 0
 */
int fake_switch_teardown(void **state)
{
	fake_switch_free(*state);
	return 0;
}

/**
 * fake_switch_attach() - Make a port anew
 * @sw:	Switch
 * @i:	Which port; it must not be there
 */
void fake_switch_attach(struct fake_switch *sw, size_t i)
{
	struct fake_port *fake = calloc(1, sizeof(*fake));
	struct err err;

	assert_non_null(fake);
	assert_null(sw->ports[i]);
	fake->port.ops = &fake_ops;
	fake->port.fd = -1;
	fake->port.state = PORT_STATE_UP;
	fake->port.mtu = 1500;
	fake->port.offloads = PORT_OFFLOAD_ALL;
	fake->port.owner = sw;
	snprintf(fake->port.name, sizeof(fake->port.name), "port-%zu", i);
	assert_int_equal(bridge_add_port(sw->bridge, &fake->port, &err), 0);
	sw->ports[i] = fake;
}

/**
 * fake_switch_detach() - Remove a port and free it
 * @sw:	Switch
 * @i:	Which port
 */
void fake_switch_detach(struct fake_switch *sw, size_t i)
{
	struct fake_port *fake = sw->ports[i];

	assert_non_null(fake);
	bridge_remove_port(sw->bridge, &fake->port);
	fake_free(&fake->port);
	sw->ports[i] = NULL;
}

/**
 * fake_switch_port() - The port as the core knows it
 * @sw:	Switch
 * @i:	Which port
 *
 * Return: the port
 */
struct port *fake_switch_port(struct fake_switch *sw, size_t i)
{
	assert_non_null(sw->ports[i]);
	return &sw->ports[i]->port;
}

/**
 * fake_switch_pass_us() - Let time pass
 * @sw:	Switch
 * @us:	Microseconds
 */
void fake_switch_pass_us(struct fake_switch *sw, uint64_t us)
{
	sw->now.us += us;
	sw->wall_ns += us * 1000;
}

/**
 * fake_switch_refuse() - Have a port refuse a frame that is still to come
 * @sw:		Switch
 * @i:		Which port
 * @k:		Which frame, from 0 on since fake_switch_forget(), which also
 *		forgets the refusals; segments count as frames
 * @reason:	What to say
 */
void fake_switch_refuse(struct fake_switch *sw, size_t i, size_t k,
			enum drop_reason reason)
{
	assert_true(k < FAKE_REFUSALS_MAX);
	sw->ports[i]->refusals[k] = reason;
}

/**
 * arrival_new() - Make up a frame
 * @from:	Source
 * @to:		Destination
 *
 * Return: an untagged frame of 60 bytes and no known protocol, without
 * offloads; @bytes has contents up to its end, to make it longer
 */
struct arrival arrival_new(struct eth_addr from, struct eth_addr to)
{
	struct arrival arrival = { .len = 60 };

	memcpy(arrival.bytes, to.b, sizeof(to.b));
	memcpy(arrival.bytes + 6, from.b, sizeof(from.b));
	arrival.bytes[12] = 0x88; /* for experiments: IEEE 802 9.2 */
	arrival.bytes[13] = 0xb5;
	for (size_t i = 14; i < sizeof(arrival.bytes); i++)
		arrival.bytes[i] = (uint8_t)(i * 7);
	return arrival;
}

/**
 * arrival_tag() - Put a VLAN tag in front of all others
 * @arrival:	Frame whose contents are in @bytes
 * @tpid:	Type of the tag
 * @tci:	Priority and VLAN id
 */
void arrival_tag(struct arrival *arrival, uint16_t tpid, uint16_t tci)
{
	uint8_t *tag = arrival->bytes + 12;

	assert_true(arrival->len + 4 <= sizeof(arrival->bytes));
	memmove(tag + 4, tag, sizeof(arrival->bytes) - 16);
	tag[0] = (uint8_t)(tpid >> 8);
	tag[1] = (uint8_t)tpid;
	tag[2] = (uint8_t)(tci >> 8);
	tag[3] = (uint8_t)tci;
	arrival->len += 4;
}

/**
 * arrival_in_vlan() - Make up a frame with a customer tag
 * @from:	Source
 * @to:		Destination
 * @vid:	Its VLAN, or any other tag control information
 *
 * Return: the frame
 */
struct arrival arrival_in_vlan(struct eth_addr from, struct eth_addr to,
			       uint16_t vid)
{
	struct arrival arrival = arrival_new(from, to);

	arrival_tag(&arrival, ETH_TYPE_DOT1Q, vid);
	return arrival;
}

static void receive_into(struct frame *frame, const struct arrival *arrival)
{
	const uint8_t *data = arrival->data ? arrival->data : arrival->bytes;
	uint8_t *buffer = malloc(FRAME_HEADROOM + arrival->len);

	assert_non_null(buffer);
	memset(frame, 0xa5, sizeof(*frame));
	frame->data = buffer + FRAME_HEADROOM;
	memcpy(frame->data, data, arrival->len);
	frame->len = (uint32_t)arrival->len;
	frame->fault = arrival->fault;
	frame->offload = arrival->offload;
}

/**
 * fake_switch_arrive() - Have a port receive a batch of frames
 * @sw:		Switch
 * @in:		Which port
 * @arrivals:	Frames
 * @n:		How many, at most FRAME_BATCH_MAX
 */
void fake_switch_arrive(struct fake_switch *sw, size_t in,
			const struct arrival *arrivals, size_t n)
{
	uint8_t *buffers[FRAME_BATCH_MAX];
	struct frame *frames;

	assert_true(n <= FRAME_BATCH_MAX);
	frames = calloc(n ? n : 1, sizeof(*frames));
	assert_non_null(frames);
	for (size_t i = 0; i < n; i++) {
		receive_into(&frames[i], &arrivals[i]);
		buffers[i] = frames[i].data - FRAME_HEADROOM;
	}

	bridge_receive(sw->bridge, fake_switch_port(sw, in), frames, n, sw->now,
		       sw->wall_ns);

	for (size_t i = 0; i < n; i++)
		free(buffers[i]);
	free(frames);
}

/**
 * fake_switch_hear() - Have a station learned
 * @sw:		Switch
 * @in:		Port on which it is heard
 * @station:	Station, which broadcasts a frame
 */
void fake_switch_hear(struct fake_switch *sw, size_t in,
		      struct eth_addr station)
{
	const struct arrival hello = arrival_new(station, everybody);

	fake_switch_arrive(sw, in, &hello, 1);
}

/**
 * fake_switch_forget() - Begin to watch all ports anew
 * @sw:	Switch
 */
void fake_switch_forget(struct fake_switch *sw)
{
	for (size_t i = 0; i < sw->n_ports; i++) {
		struct fake_port *fake = sw->ports[i];

		if (!fake)
			continue;
		drop_records(fake);
		memset(fake->refusals, 0, sizeof(fake->refusals));
		fake->before = fake->port.counters;
	}
}

/**
 * fake_switch_handed() - What a port was given to send
 * @sw:	Switch
 * @i:	Which port
 * @k:	Which frame since fake_switch_forget(); it must have come
 *
 * Return: the frame
 */
const struct handed *fake_switch_handed(const struct fake_switch *sw, size_t i,
					size_t k)
{
	assert_true(k < sw->ports[i]->n_handed);
	return &sw->ports[i]->handed[k];
}

/**
 * fake_switch_expect_only() - A port was given a frame and nothing else
 * @sw:		Switch
 * @i:		Which port
 * @arrival:	Frame, which has to be as it came
 */
void fake_switch_expect_only(const struct fake_switch *sw, size_t i,
			     const struct arrival *arrival)
{
	const struct handed *handed = fake_switch_handed(sw, i, 0);

	assert_int_equal(sw->ports[i]->n_handed, 1);
	assert_int_equal(handed->len, arrival->len);
	assert_memory_equal(handed->data,
			    arrival->data ? arrival->data : arrival->bytes,
			    arrival->len);
	assert_memory_equal(&handed->offload, &arrival->offload,
			    sizeof(arrival->offload));
}

/**
 * fake_switch_expect_silence() - Ports were given nothing to send
 * @sw:		Switch
 * @ports:	Set of ports: TO_A and so on
 */
void fake_switch_expect_silence(const struct fake_switch *sw, unsigned ports)
{
	for (size_t i = 0; i < sw->n_ports; i++) {
		if (sw->ports[i] && ports & 1U << i)
			assert_int_equal(sw->ports[i]->n_calls, 0);
	}
}

/*
 * All counters of all ports are as they were, save that @in has received a
 * frame, and @to have sent it or, if they are none, it was for @reason dropped.
 */
static void expect_counters(const struct fake_switch *sw, size_t in, size_t len,
			    unsigned to, enum drop_reason reason)
{
	for (size_t i = 0; i < sw->n_ports; i++) {
		struct port_counters expected;

		if (!sw->ports[i])
			continue;
		expected = sw->ports[i]->before;
		if (i == in) {
			expected.rx_frames++;
			expected.rx_bytes += len;
			expected.rx_forwarded += !!to;
			expected.rx_dropped[reason] += !to;
		}
		if (to & 1U << i) {
			expected.tx_frames++;
			expected.tx_bytes += len;
		}
		assert_memory_equal(&sw->ports[i]->port.counters, &expected,
				    sizeof(expected));
	}
}

/**
 * fake_switch_expect() - A frame leaves as it came by these ports and no other
 * @sw:		Switch
 * @in:		Port that receives it
 * @arrival:	Frame
 * @to:		Ports that send it, one at least: TO_A and so on
 */
void fake_switch_expect(struct fake_switch *sw, size_t in,
			const struct arrival *arrival, unsigned to)
{
	assert_true(to);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, in, arrival, 1);
	for (size_t i = 0; i < sw->n_ports; i++) {
		if (to & 1U << i)
			fake_switch_expect_only(sw, i, arrival);
	}
	fake_switch_expect_silence(sw, ~to);
	expect_counters(sw, in, arrival->len, to, DROP_NONE);
}

/**
 * fake_switch_expect_drop() - A frame leaves by no port at all
 * @sw:		Switch
 * @in:		Port that receives it, and counts it as dropped
 * @arrival:	Frame
 * @reason:	Under which reason
 */
void fake_switch_expect_drop(struct fake_switch *sw, size_t in,
			     const struct arrival *arrival,
			     enum drop_reason reason)
{
	fake_switch_forget(sw);
	fake_switch_arrive(sw, in, arrival, 1);
	fake_switch_expect_silence(sw, ~0U);
	expect_counters(sw, in, arrival->len, 0, reason);
}
