/* SPDX-License-Identifier: MIT */
/* test_offload_egress.c - each port gets of a frame what it can take */

#include "fake_switch.h"

#include <stdbool.h>
#include <string.h>

#include "egress.h"
#include "macros.h"
#include "superframe.h"
#include "unit.h"

enum {
	TO_BCD = TO_B | TO_C | TO_D,
	TCP4 = VIRTIO_NET_HDR_GSO_TCPV4,
	TCP6 = VIRTIO_NET_HDR_GSO_TCPV6,
	UDP = VIRTIO_NET_HDR_GSO_UDP_L4,
	ECN = VIRTIO_NET_HDR_GSO_ECN,
	CSUM = VIRTIO_NET_HDR_F_NEEDS_CSUM,
};

static struct superframe f;

static struct arrival build(const struct superframe_spec *spec)
{
	superframe_build(&f, spec);
	return (struct arrival){
		.data = f.data,
		.len = f.len,
		.offload = f.hdr,
	};
}

static void take_away(struct fake_switch *sw, size_t i, unsigned offloads)
{
	fake_switch_port(sw, i)->offloads = PORT_OFFLOAD_ALL & ~offloads;
}

/* As it came. */
static bool is_untouched(const struct handed *handed)
{
	return handed->len == f.len && !memcmp(handed->data, f.data, f.len) &&
	       !memcmp(&handed->offload, &f.hdr, sizeof(f.hdr));
}

/* As it came but for the checksum, which is right, and nothing left to do. */
static bool is_completed(const struct handed *handed,
			 const struct superframe_spec *spec)
{
	const size_t at = f.l4 + (spec->tcp ? 16 : 6);

	return handed->len == f.len && !memcmp(handed->data, f.data, at) &&
	       !memcmp(handed->data + at + 2, f.data + at + 2,
		       f.len - at - 2) &&
	       checksums_verify(&f, spec, handed->data, handed->len) &&
	       !handed->offload.flags && !handed->offload.gso_type;
}

static size_t count_segments(const struct superframe_spec *spec)
{
	return (spec->payload_len + spec->gso_size - 1) / spec->gso_size;
}

/* From the @k-th frame on, a port was given the segments and nothing else. */
static void expect_segments(const struct fake_switch *sw, size_t i, size_t k,
			    const struct superframe_spec *spec)
{
	const struct virtio_net_hdr nothing = { 0 };
	const size_t n = count_segments(spec);

	for (size_t j = 0; j < n; j++) {
		const struct handed *h = fake_switch_handed(sw, i, k + j);
		const size_t done = j * spec->gso_size;
		const size_t part =
			j + 1 < n ? spec->gso_size : spec->payload_len - done;

		assert_int_equal(h->len, f.cut_payload + part);
		assert_memory_equal(h->data, f.data, f.l3);
		assert_memory_equal(h->data + f.cut_l4, f.data + f.l4, 4);
		assert_memory_equal(h->data + f.cut_payload,
				    f.data + f.payload + done, part);
		assert_true(checksums_verify(&f, spec, h->data, h->len));
		assert_memory_equal(&h->offload, &nothing, sizeof(nothing));
		if (spec->tcp)
			assert_int_equal(get32(h->data + f.cut_l4 + 4),
					 (uint32_t)(spec->seq + done));
		else
			assert_int_equal(get16(h->data + f.l4 + 4), 8 + part);
	}
}

/* Checksums. */

static void a_port_without_csum_gets_completed_checksums(void **state)
{
	struct fake_switch *sw = *state;

	take_away(sw, PORT_C, PORT_OFFLOAD_CSUM);
	for (unsigned i = 0; i < 2 * 2 * 2 * 3; i++) {
		const struct superframe_spec spec = {
			.ipv6 = i & 1,
			.tcp = i & 2,
			.options = i & 4,
			.n_tags = (uint8_t)(i / 8),
			.payload_len = 777 + i,
			.seed = i + 1,
		};
		const struct arrival arrival = build(&spec);
		const struct handed *d;

		fake_switch_forget(sw);
		fake_switch_arrive(sw, PORT_A, &arrival, 1);
		fake_switch_expect_silence(sw, TO_A);
		fake_switch_expect_only(sw, PORT_B, &arrival);
		assert_int_equal(sw->ports[PORT_C]->n_handed, 1);
		assert_true(
			is_completed(fake_switch_handed(sw, PORT_C, 0), &spec));
		/* whoever comes later may get either */
		assert_int_equal(sw->ports[PORT_D]->n_handed, 1);
		d = fake_switch_handed(sw, PORT_D, 0);
		assert_true(is_untouched(d) || is_completed(d, &spec));
	}
}

static void a_port_with_csum_completes_them_itself(void **state)
{
	struct fake_switch *sw = *state;
	const struct superframe_spec spec = { .payload_len = 100 };
	const struct arrival arrival = build(&spec);

	for (size_t i = PORT_B; i <= PORT_D; i++)
		fake_switch_port(sw, i)->offloads = PORT_OFFLOAD_CSUM;
	fake_switch_expect(sw, PORT_A, &arrival, TO_BCD);
}

static void dhcp_is_completed_for_everybody(void **state)
{
	static const uint16_t ports[] = { 67, 68, 546, 547 };

	for (unsigned i = 0; i < ARRAY_SIZE(ports) * 2 * 2 * 3; i++) {
		const struct superframe_spec spec = {
			.ipv6 = i & 4,
			.n_tags = (uint8_t)(i / 16),
			.payload_len = 300,
		};
		const struct arrival arrival = build(&spec);

		put16(f.data + f.l4 + (i & 8 ? 2 : 0), ports[i % 4]);
		fake_switch_forget(*state);
		fake_switch_arrive(*state, PORT_A, &arrival, 1);
		fake_switch_expect_silence(*state, TO_A);
		for (size_t p = PORT_B; p <= PORT_D; p++)
			assert_true(is_completed(
				fake_switch_handed(*state, p, 0), &spec));
	}
}

static void what_is_not_dhcp_is_left_alone(void **state)
{
	static const uint16_t ports[] = { 53, 66, 69, 545, 548 };
	struct superframe_spec spec = { .payload_len = 300 };
	struct arrival arrival;

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		arrival = build(&spec);
		put16(f.data + f.l4, ports[i]);
		put16(f.data + f.l4 + 2, ports[i]);
		fake_switch_expect(*state, PORT_A, &arrival, TO_BCD);
	}

	spec.tcp = true;
	arrival = build(&spec);
	put16(f.data + f.l4 + 2, 67);
	fake_switch_expect(*state, PORT_A, &arrival, TO_BCD);
	/* and DHCP that has its checksum already keeps that one */
	spec.tcp = false;
	arrival = build(&spec);
	put16(f.data + f.l4 + 2, 67);
	memset(&arrival.offload, 0, sizeof(arrival.offload));
	fake_switch_expect(*state, PORT_A, &arrival, TO_BCD);
}

/* Super-frames. */

static const struct {
	struct superframe_spec spec;
	unsigned needs;
} supers[] = {
	{ { .tcp = true }, PORT_OFFLOAD_CSUM | PORT_OFFLOAD_TSO4 },
	{ { .tcp = true, .ecn = true },
	  PORT_OFFLOAD_CSUM | PORT_OFFLOAD_TSO4 | PORT_OFFLOAD_ECN },
	{ { .tcp = true, .ipv6 = true },
	  PORT_OFFLOAD_CSUM | PORT_OFFLOAD_TSO6 },
	{ { .tcp = true, .ipv6 = true, .ecn = true },
	  PORT_OFFLOAD_CSUM | PORT_OFFLOAD_TSO6 | PORT_OFFLOAD_ECN },
	{ { .tcp = false }, PORT_OFFLOAD_CSUM | PORT_OFFLOAD_USO },
	{ { .ipv6 = true }, PORT_OFFLOAD_CSUM | PORT_OFFLOAD_USO },
};

static struct superframe_spec super_spec(size_t i, size_t payload_len)
{
	struct superframe_spec spec = supers[i].spec;

	spec.super = true;
	spec.tcp_options_len = spec.tcp ? 12 : 0;
	spec.tcp_flags = TCP_ACK | TCP_PSH;
	spec.gso_size = 1400;
	spec.ip_id = 0xfffe;
	spec.seq = 0xffffff00;
	spec.payload_len = payload_len;
	return spec;
}

/* One port of three lacks one offload; what does each of them get? */
static void flood_super(struct fake_switch *sw, size_t kind, size_t poor,
			unsigned lacking)
{
	struct superframe_spec spec = super_spec(kind, 6001);
	struct arrival arrival;

	spec.n_tags = (uint8_t)(poor - PORT_B);
	arrival = build(&spec);
	take_away(sw, poor, lacking);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_silence(sw, TO_A);
	for (size_t i = PORT_B; i <= PORT_D; i++) {
		const struct fake_port *fake = sw->ports[i];

		if (i == poor && supers[kind].needs & lacking) {
			expect_segments(sw, i, 0, &spec);
			assert_int_equal(fake->n_handed, 5);
		} else {
			fake_switch_expect_only(sw, i, &arrival);
		}
		assert_int_equal(fake->port.counters.tx_frames,
				 fake->before.tx_frames + 1);
		assert_int_equal(fake->port.counters.tx_bytes,
				 fake->before.tx_bytes + f.len);
		assert_int_equal(port_tx_dropped(&fake->port), 0);
	}
	take_away(sw, poor, 0);
}

static void what_a_port_lacks_is_done_for_it_and_for_nobody_else(void **state)
{
	for (size_t kind = 0; kind < ARRAY_SIZE(supers); kind++) {
		for (size_t poor = PORT_B; poor <= PORT_D; poor++) {
			for (unsigned lacking = 1; lacking < PORT_OFFLOAD_ALL;
			     lacking <<= 1)
				flood_super(*state, kind, poor, lacking);
			flood_super(*state, kind, poor, PORT_OFFLOAD_ALL);
		}
	}
}

static void a_super_frame_of_one_segment_is_only_completed(void **state)
{
	struct fake_switch *sw = *state;

	take_away(sw, PORT_B, PORT_OFFLOAD_ALL);
	for (size_t kind = 0; kind < ARRAY_SIZE(supers); kind++) {
		for (size_t len = 1399; len <= 1401; len++) {
			const struct superframe_spec spec =
				super_spec(kind, len);
			const struct arrival arrival = build(&spec);

			fake_switch_forget(sw);
			fake_switch_arrive(sw, PORT_A, &arrival, 1);
			expect_segments(sw, PORT_B, 0, &spec);
			assert_int_equal(sw->ports[PORT_B]->n_handed,
					 len > 1400 ? 2 : 1);
			if (len <= 1400)
				assert_true(is_completed(
					fake_switch_handed(sw, PORT_B, 0),
					&spec));
			fake_switch_expect_only(sw, PORT_C, &arrival);
		}
	}
}

static void segments_may_be_as_large_as_ip_allows(void **state)
{
	struct fake_switch *sw = *state;
	struct superframe_spec spec = super_spec(0, 0);
	struct arrival arrival;

	spec.n_tags = 2;
	spec.payload_len = 65535 - (20 + 32);
	spec.gso_size = (uint16_t)(spec.payload_len - 1);
	arrival = build(&spec);
	for (size_t i = PORT_B; i <= PORT_D; i++)
		fake_switch_port(sw, i)->mtu = 65535;
	fake_switch_expect(sw, PORT_A, &arrival, TO_BCD);

	take_away(sw, PORT_B, PORT_OFFLOAD_ALL);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_segments(sw, PORT_B, 0, &spec);
	assert_int_equal(sw->ports[PORT_B]->n_handed, 2);
	fake_switch_expect_only(sw, PORT_C, &arrival);
}

/* BIG TCP: as long as frames get. */
static struct superframe_spec big_spec(bool ipv6)
{
	struct superframe_spec spec = super_spec(ipv6 ? 2 : 0, 0);

	spec.big = true;
	spec.n_tags = 2;
	spec.payload_len = FRAME_SIZE_MAX - (14 + 8 + (ipv6 ? 48 : 20) + 32);
	return spec;
}

static void a_port_that_cannot_take_big_ones_gets_segments(void **state)
{
	struct fake_switch *sw = *state;

	for (unsigned i = 0; i < 4; i++) {
		const bool ipv6 = i & 1;
		const struct superframe_spec spec = big_spec(ipv6);
		const struct arrival arrival = build(&spec);
		const bool is_cut = ipv6 == (i >= 2);

		assert_int_equal(arrival.len, FRAME_SIZE_MAX);
		take_away(sw, PORT_B,
			  i >= 2 ? PORT_OFFLOAD_BIG6 : PORT_OFFLOAD_BIG4);
		fake_switch_forget(sw);
		fake_switch_arrive(sw, PORT_A, &arrival, 1);
		fake_switch_expect_only(sw, PORT_C, &arrival);
		fake_switch_expect_only(sw, PORT_D, &arrival);
		if (!is_cut) {
			fake_switch_expect_only(sw, PORT_B, &arrival);
			continue;
		}
		expect_segments(sw, PORT_B, 0, &spec);
		assert_int_equal(sw->ports[PORT_B]->n_handed,
				 count_segments(&spec));
		assert_int_equal(sw->ports[PORT_B]->port.counters.tx_frames,
				 sw->ports[PORT_B]->before.tx_frames + 1);
	}
}

/* A frame sent as thousands has cost the loop as much as thousands. */
static void what_is_cut_is_counted_for_the_turn_it_takes(void **state)
{
	struct fake_switch *sw = *state;
	const struct superframe_spec spec = big_spec(false);
	struct frame frame = { .data = f.data };
	struct frame *const list[] = { &frame };

	build(&spec);
	frame.len = (uint32_t)f.len;
	frame.offload = f.hdr;
	frame_classify(&frame);
	assert_int_equal(frame.fault, DROP_NONE);
	egress_send(sw->bridge, fake_switch_port(sw, PORT_B), list, 1, 0);
	assert_int_equal(frame.pieces, 0);
	take_away(sw, PORT_C, PORT_OFFLOAD_BIG4);
	egress_send(sw->bridge, fake_switch_port(sw, PORT_C), list, 1, 0);
	assert_int_equal(frame.pieces, count_segments(&spec));
}

/* Memory for it may be there in small pieces only. */
static void a_big_one_that_finds_no_room_is_sent_as_segments(void **state)
{
	struct fake_switch *sw = *state;
	const struct port_counters *b = &sw->ports[PORT_B]->port.counters;

	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		const struct superframe_spec spec = big_spec(ipv6);
		const struct arrival arrival = build(&spec);

		fake_switch_forget(sw);
		fake_switch_refuse(sw, PORT_B, 0, DROP_QUEUE_FULL);
		fake_switch_arrive(sw, PORT_A, &arrival, 1);
		expect_segments(sw, PORT_B, 1, &spec);
		assert_int_equal(sw->ports[PORT_B]->n_handed,
				 1 + count_segments(&spec));
		assert_int_equal(b->tx_frames, ipv6 + 1);
		assert_int_equal(port_tx_dropped(&sw->ports[PORT_B]->port), 0);
		fake_switch_expect_only(sw, PORT_C, &arrival);
	}
}

static void a_big_one_with_segments_beyond_the_mtu_is_dropped(void **state)
{
	struct fake_switch *sw = *state;
	struct superframe_spec spec = big_spec(true);
	struct arrival arrival;

	/* 40 of IPv6 and 32 of TCP; the option is in no segment */
	spec.gso_size = 1500 - 40 - 32;
	arrival = build(&spec);
	fake_switch_expect(sw, PORT_A, &arrival, TO_BCD);
	spec.gso_size++;
	arrival = build(&spec);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_silence(sw, TO_A | TO_BCD);
	assert_int_equal(
		sw->ports[PORT_A]->port.counters.rx_dropped[DROP_TOO_BIG], 1);
}

static void segments_keep_their_place_among_other_frames(void **state)
{
	struct fake_switch *sw = *state;
	const struct superframe_spec spec = super_spec(0, 4000);
	struct arrival batch[] = {
		arrival_new(alice, bob),       build(&spec),
		arrival_new(alice, bob),       build(&spec),
		arrival_new(alice, everybody),
	};

	batch[2].len = 61;
	batch[4].len = 62;
	take_away(sw, PORT_B, PORT_OFFLOAD_TSO4);
	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	assert_int_equal(sw->ports[PORT_B]->n_handed, 1 + 3 + 1 + 3 + 1);
	assert_int_equal(fake_switch_handed(sw, PORT_B, 0)->len, 60);
	expect_segments(sw, PORT_B, 1, &spec);
	assert_int_equal(fake_switch_handed(sw, PORT_B, 4)->len, 61);
	expect_segments(sw, PORT_B, 5, &spec);
	assert_int_equal(fake_switch_handed(sw, PORT_B, 8)->len, 62);
	fake_switch_expect_only(sw, PORT_C, &batch[4]);
	fake_switch_expect_only(sw, PORT_D, &batch[4]);
}

static void a_super_frame_that_lost_a_segment_counts_as_dropped(void **state)
{
	struct fake_switch *sw = *state;
	const struct superframe_spec spec = super_spec(0, 4000);
	const struct arrival arrival = build(&spec);
	const struct port_counters *a = &sw->ports[PORT_A]->port.counters;
	const struct port_counters *b = &sw->ports[PORT_B]->port.counters;

	take_away(sw, PORT_B, PORT_OFFLOAD_TSO4);
	for (size_t i = 0; i < 3; i++) {
		fake_switch_hear(sw, PORT_B, bob);
		fake_switch_forget(sw);
		fake_switch_refuse(sw, PORT_B, i, DROP_QUEUE_FULL);
		fake_switch_arrive(sw, PORT_A, &arrival, 1);
		expect_segments(sw, PORT_B, 0, &spec);
		assert_int_equal(sw->ports[PORT_B]->n_handed, 3);
		assert_int_equal(b->tx_dropped[DROP_QUEUE_FULL], i + 1);
		assert_int_equal(a->rx_dropped[DROP_QUEUE_FULL], i + 1);
	}
	assert_int_equal(b->tx_frames, 0);
	assert_int_equal(a->rx_forwarded, 0);
}

/* Nonsense. */

enum {
	END = 4054
}; /* of the frame that the lies are told about */

static const struct virtio_net_hdr lies[] = {
	/* flags, gso_type, hdr_len, gso_size, csum_start, csum_offset */
	{ CSUM, 0, 0, 0, END, 0 },
	{ CSUM, 0, 0, 0, END - 1, 0 },
	{ CSUM, 0, 0, 0, END - 17, 16 },
	{ CSUM, 0, 0, 0, 0xffff, 0xffff },
	{ CSUM, 0, 0, 0, 34, 0xffff },
	{ CSUM, 0, 0, 0, 34, END - 34 - 1 },
	{ CSUM, 0, 0, 0, 0, 0 }, /* would rewrite the destination */
	{ CSUM, 0, 0, 0, 0, 34 + 16 },
	{ CSUM, 0, 0, 0, 14, 10 }, /* the IP header */
	{ CSUM, 0, 0, 0, 34, 0 }, /* the port */
	{ CSUM, TCP4, 54, 1448, END, 16 },
	{ CSUM, TCP4, 54, 1448, 33, 17 },
	{ CSUM, TCP4, 54, 1448, 34, 6 },
	{ CSUM, TCP4, 54, 0, 34, 16 },
	{ CSUM, TCP4, 54, 0xffff, 34, 16 },
	{ CSUM, TCP4, END + 1, 1448, 34, 16 },
	{ CSUM, TCP4, 0xffff, 1448, 34, 16 },
	{ 0, TCP4, 54, 1448, 34, 16 },
	{ 0, TCP4, 0, 1448, 0, 0 },
	{ CSUM, TCP6, 54, 1448, 34, 16 },
	{ CSUM, UDP, 54, 1448, 34, 16 },
	{ CSUM, UDP, 54, 1448, 34, 6 },
	{ CSUM, UDP | ECN, 54, 1448, 34, 6 },
	{ CSUM, VIRTIO_NET_HDR_GSO_UDP, 54, 1448, 34, 6 },
	{ CSUM, 2, 54, 1448, 34, 16 },
	{ CSUM, 6, 54, 1448, 34, 16 },
	{ CSUM, 0x7f, 54, 1448, 34, 16 },
	{ CSUM, 0xff, 54, 1448, 34, 16 },
	{ CSUM, ECN, 54, 1448, 34, 16 },
	{ CSUM | 0x80, TCP4, 54, 1448, 34, 16 },
	{ 4, 0, 0, 0, 0, 0 },
	{ CSUM, 0, END + 1, 0, 34, 16 },
	{ VIRTIO_NET_HDR_F_DATA_VALID, 0, END + 1, 0, 0, 0 },
	{ 0, 0, END + 1, 0, 0, 0 },
	{ 0, 0, 0xffff, 0, 0, 0 },
};

static void an_offload_header_that_lies_is_the_end_of_its_frame(void **state)
{
	struct fake_switch *sw = *state;
	const struct superframe_spec spec = {
		.tcp = true,
		.super = true,
		.gso_size = 1448,
		.payload_len = 4000,
	};
	struct arrival arrival = build(&spec);

	assert_int_equal(f.len, END);
	fake_switch_expect(sw, PORT_A, &arrival, TO_BCD);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(lies); i++) {
		take_away(sw, PORT_B, i % 2 ? PORT_OFFLOAD_ALL : 0);
		arrival.offload = lies[i / 2];
		fake_switch_expect_drop(sw, PORT_A, &arrival, DROP_BAD_OFFLOAD);
	}
}

static void a_super_frame_cut_within_its_headers_is_dropped(void **state)
{
	struct fake_switch *sw = *state;

	take_away(sw, PORT_B, PORT_OFFLOAD_ALL);
	for (size_t kind = 0; kind < 2 * ARRAY_SIZE(supers); kind++) {
		struct superframe_spec spec = super_spec(kind / 2, 10);
		struct arrival arrival;

		spec.options = kind % 2;
		spec.n_tags = kind % 3;
		arrival = build(&spec);
		arrival.offload.hdr_len = 0; /* or that would give it away */
		for (arrival.len = 0; arrival.len < f.payload; arrival.len++)
			fake_switch_expect_drop(sw, PORT_A, &arrival,
						arrival.len < f.l3
							? DROP_RUNT
							: DROP_BAD_OFFLOAD);
		fake_switch_forget(sw);
		fake_switch_arrive(sw, PORT_A, &arrival, 1);
		assert_int_equal(sw->ports[PORT_B]->n_handed, 1);
		fake_switch_expect_only(sw, PORT_C, &arrival);
	}
}

/* One of a few odd numbers, or any. */
static uint16_t odd_number(uint32_t *random)
{
	static const uint16_t odd[] = { 0, 1, 34, 54, 100, 1448, 0xffff };
	const uint32_t r = next_random(random);

	return r % 8 < ARRAY_SIZE(odd) ? odd[r % 8] : (uint16_t)(r >> 16);
}

static struct arrival mutate(uint32_t *random)
{
	struct superframe_spec spec =
		super_spec(next_random(random) % ARRAY_SIZE(supers), 2000);
	struct arrival arrival;

	spec.options = next_random(random) % 2;
	spec.n_tags = next_random(random) % 3;
	arrival = build(&spec);
	for (uint32_t n = next_random(random) % 3; n; n--)
		f.data[next_random(random) % f.payload] =
			(uint8_t)next_random(random);
	if (next_random(random) % 4 == 0)
		arrival.len = next_random(random) % f.len;
	if (next_random(random) % 4 == 0)
		arrival.offload.hdr_len = odd_number(random);
	if (next_random(random) % 4 == 0)
		arrival.offload.gso_size = odd_number(random);
	if (next_random(random) % 4 == 0)
		arrival.offload.csum_start = odd_number(random);
	if (next_random(random) % 4 == 0)
		arrival.offload.csum_offset = odd_number(random);
	if (next_random(random) % 4 == 0)
		arrival.offload.gso_type = next_random(random) % 7;
	if (next_random(random) % 8 == 0)
		arrival.offload.flags = (uint8_t)next_random(random);
	return arrival;
}

/* What is read out of bounds is for ASan to find. */
static void whatever_a_header_says_addresses_stay_as_they_are(void **state)
{
	struct fake_switch *sw = *state;
	const struct port_counters *a = &sw->ports[PORT_A]->port.counters;
	uint32_t random = 20240229;

	take_away(sw, PORT_B, PORT_OFFLOAD_ALL);
	take_away(sw, PORT_C, PORT_OFFLOAD_USO | PORT_OFFLOAD_TSO6);
	for (int i = 0; i < 8000; i++) {
		const struct arrival arrival = mutate(&random);

		fake_switch_forget(sw);
		fake_switch_arrive(sw, PORT_A, &arrival, 1);
		assert_int_equal(sw->ports[PORT_A]->n_calls, 0);
		for (size_t p = PORT_B; p <= PORT_D; p++) {
			for (size_t k = 0; k < sw->ports[p]->n_handed; k++)
				assert_memory_equal(
					fake_switch_handed(sw, p, k)->data,
					f.data, 14);
		}
	}
	assert_int_equal(a->rx_frames, 8000);
	assert_int_equal(a->rx_forwarded +
				 port_rx_dropped(fake_switch_port(sw, PORT_A)),
			 8000);
	assert_in_range(a->rx_forwarded, 1000, 7000); /* both do happen */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_SWITCH_TEST(a_port_without_csum_gets_completed_checksums),
		FAKE_SWITCH_TEST(a_port_with_csum_completes_them_itself),
		FAKE_SWITCH_TEST(dhcp_is_completed_for_everybody),
		FAKE_SWITCH_TEST(what_is_not_dhcp_is_left_alone),
		FAKE_SWITCH_TEST(
			what_a_port_lacks_is_done_for_it_and_for_nobody_else),
		FAKE_SWITCH_TEST(
			a_super_frame_of_one_segment_is_only_completed),
		FAKE_SWITCH_TEST(segments_may_be_as_large_as_ip_allows),
		FAKE_SWITCH_TEST(
			a_port_that_cannot_take_big_ones_gets_segments),
		FAKE_SWITCH_TEST(what_is_cut_is_counted_for_the_turn_it_takes),
		FAKE_SWITCH_TEST(
			a_big_one_that_finds_no_room_is_sent_as_segments),
		FAKE_SWITCH_TEST(
			a_big_one_with_segments_beyond_the_mtu_is_dropped),
		FAKE_SWITCH_TEST(segments_keep_their_place_among_other_frames),
		FAKE_SWITCH_TEST(
			a_super_frame_that_lost_a_segment_counts_as_dropped),
		FAKE_SWITCH_TEST(
			an_offload_header_that_lies_is_the_end_of_its_frame),
		FAKE_SWITCH_TEST(
			a_super_frame_cut_within_its_headers_is_dropped),
		FAKE_SWITCH_TEST(
			whatever_a_header_says_addresses_stay_as_they_are),
	};

	return cmocka_run_group_tests_name("offload_egress", tests, NULL, NULL);
}
