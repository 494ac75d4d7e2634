/* SPDX-License-Identifier: MIT */
/* test_offload.c - offload headers, honest and hostile, and checksums */

#include "unit.h"

#include <stdlib.h>

#include "macros.h"
#include "offload.h"
#include "superframe.h"

static struct superframe f;

static enum offload_fault check(void)
{
	return offload_check(f.data, f.len, &f.hdr);
}

static void a_frame_that_wants_nothing_is_fine_whatever_it_contains(
	void **state)
{
	struct virtio_net_hdr hdr = { 0 };

	(void)state;
	assert_int_equal(offload_check(NULL, 0, &hdr), OFFLOAD_FAULT_NONE);
	hdr.gso_size = 1; /* what nobody asked for does not matter */
	hdr.csum_start = 0xffff;
	assert_int_equal(offload_check(NULL, 0, &hdr), OFFLOAD_FAULT_NONE);
	hdr.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	assert_int_equal(offload_check(NULL, 0, &hdr), OFFLOAD_FAULT_NONE);
	hdr.hdr_len = 1;
	assert_int_equal(offload_check(NULL, 0, &hdr), OFFLOAD_FAULT_HDR_LEN);
	hdr.flags = 0;
	assert_int_equal(offload_check(NULL, 0, &hdr), OFFLOAD_FAULT_HDR_LEN);
}

/* every combination of what superframe_spec can say about headers */
static void every_honest_frame_is_accepted(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2 * 2 * 2 * 2 * 2 * 4; i++) {
		const struct superframe_spec spec = {
			.ipv6 = i & 1,
			.tcp = i & 2,
			.super = i & 4,
			.options = i & 8,
			.ecn = (i & 16) && (i & 2),
			.n_tags = (uint8_t)(i >> 5),
			.tcp_options_len = i & 1 ? 40 : 12,
			.gso_size = 1448,
			.payload_len = 4000,
		};

		superframe_build(&f, &spec);
		assert_int_equal(check(), OFFLOAD_FAULT_NONE);
		f.hdr.flags |= VIRTIO_NET_HDR_F_DATA_VALID;
		assert_int_equal(check(), OFFLOAD_FAULT_NONE);
		assert_int_equal(offload_is_super(&f.hdr), spec.super);
	}
}

static void the_header_length_is_a_hint_unless_it_exceeds_the_frame(
	void **state)
{
	const struct superframe_spec spec = {
		.tcp = true, .super = true, .gso_size = 100, .payload_len = 300
	};

	(void)state;
	superframe_build(&f, &spec);
	f.hdr.hdr_len = 0;
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
	f.hdr.hdr_len = (uint16_t)f.len;
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
	f.hdr.hdr_len++;
	assert_int_equal(check(), OFFLOAD_FAULT_HDR_LEN);
}

/* one field of the offload header at a time is wrong */
static void each_lie_of_an_offload_header_has_its_name(void **state)
{
	enum {
		NEEDS_CSUM = VIRTIO_NET_HDR_F_NEEDS_CSUM
	};
	enum {
		TCPV4 = VIRTIO_NET_HDR_GSO_TCPV4
	};
	enum {
		TCPV6 = VIRTIO_NET_HDR_GSO_TCPV6
	};
	enum {
		UDP_L4 = VIRTIO_NET_HDR_GSO_UDP_L4
	};
	static const struct {
		enum offload_fault fault;
		struct virtio_net_hdr hdr;
	} cases[] = {
		{ OFFLOAD_FAULT_NONE, { NEEDS_CSUM, TCPV4, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_NONE, { NEEDS_CSUM, 0, 0, 0, 34, 16 } },
		{ OFFLOAD_FAULT_FLAGS, { 4, 0, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_FLAGS, { 0x80 | 1, TCPV4, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_NO_CSUM, { 0, TCPV4, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_NO_CSUM, { 2, TCPV4, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_GSO_TYPE, { 0, 0x80, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_GSO_TYPE, { NEEDS_CSUM, 2, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_GSO_TYPE, { NEEDS_CSUM, 3, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_GSO_TYPE, { NEEDS_CSUM, 0x85, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_GSO_TYPE, { NEEDS_CSUM, 0x41, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_PROTOCOL,
		  { NEEDS_CSUM, TCPV6, 54, 9, 34, 16 } },
		{ OFFLOAD_FAULT_PROTOCOL,
		  { NEEDS_CSUM, UDP_L4, 54, 9, 34, 6 } },
		{ OFFLOAD_FAULT_GSO_SIZE,
		  { NEEDS_CSUM, TCPV4, 54, 0, 34, 16 } },
		{ OFFLOAD_FAULT_GSO_SIZE,
		  { NEEDS_CSUM, TCPV4, 54, 0xffff, 34, 16 } },
		{ OFFLOAD_FAULT_CSUM_PLACE,
		  { NEEDS_CSUM, TCPV4, 54, 9, 33, 17 } },
		{ OFFLOAD_FAULT_CSUM_PLACE,
		  { NEEDS_CSUM, TCPV4, 54, 9, 34, 14 } },
		{ OFFLOAD_FAULT_CSUM_PLACE,
		  { NEEDS_CSUM, TCPV4, 54, 9, 34, 6 } },
		{ OFFLOAD_FAULT_NONE, { NEEDS_CSUM, 0, 0, 0, 34, 4 } },
		{ OFFLOAD_FAULT_NONE, { NEEDS_CSUM, 0, 0, 0, 60, 0 } },
		{ OFFLOAD_FAULT_CSUM_PLACE, { NEEDS_CSUM, 0, 0, 0, 34, 3 } },
		{ OFFLOAD_FAULT_CSUM_PLACE, { NEEDS_CSUM, 0, 0, 0, 34, 0 } },
		{ OFFLOAD_FAULT_CSUM_PLACE, { NEEDS_CSUM, 0, 0, 0, 33, 17 } },
		{ OFFLOAD_FAULT_CSUM_PLACE, { NEEDS_CSUM, 0, 0, 0, 0, 0 } },
		{ OFFLOAD_FAULT_CSUM_PLACE, { NEEDS_CSUM, 0, 0, 0, 0, 50 } },
		{ OFFLOAD_FAULT_NONE, { NEEDS_CSUM, 0, 0, 0, 34, 118 } },
		{ OFFLOAD_FAULT_CSUM_END, { NEEDS_CSUM, 0, 0, 0, 34, 119 } },
		{ OFFLOAD_FAULT_CSUM_END, { NEEDS_CSUM, 0, 0, 0, 154, 16 } },
		{ OFFLOAD_FAULT_CSUM_END, { NEEDS_CSUM, 0, 0, 0, 34, 0xffff } },
		{ OFFLOAD_FAULT_CSUM_END,
		  { NEEDS_CSUM, TCPV4, 54, 9, 0xffff, 0xffff } },
	};
	const struct superframe_spec spec = { .tcp = true, .payload_len = 100 };

	(void)state;
	superframe_build(&f, &spec);
	assert_int_equal(f.len, 154);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case %zu: %s\n", i,
			      offload_fault_name(cases[i].fault));
		f.hdr = cases[i].hdr;
		assert_int_equal(check(), cases[i].fault);
	}
}

/* one byte of the frame at a time is wrong */
static void headers_that_do_not_add_up_are_refused(void **state)
{
	static const struct {
		bool ipv6;
		uint8_t offset, value;
		enum offload_fault fault;
	} cases[] = {
		{ false, 14, 0x65, OFFLOAD_FAULT_MALFORMED }, /* version */
		{ false, 14, 0x44, OFFLOAD_FAULT_MALFORMED }, /* ihl */
		{ false, 14, 0x46, OFFLOAD_FAULT_CSUM_PLACE }, /* ihl */
		{ false, 20, 0x20, OFFLOAD_FAULT_FRAGMENT }, /* more */
		{ false, 21, 0x01, OFFLOAD_FAULT_FRAGMENT }, /* offset */
		{ false, 20, 0x40, OFFLOAD_FAULT_NONE }, /* don't */
		{ false, 23, 17, OFFLOAD_FAULT_PROTOCOL },
		{ false, 46, 0x40, OFFLOAD_FAULT_MALFORMED }, /* doff */
		{ false, 46, 0xf0, OFFLOAD_FAULT_NONE },
		{ false, 12, 0x86, OFFLOAD_FAULT_PROTOCOL }, /* ethertype */
		{ true, 14, 0x40, OFFLOAD_FAULT_MALFORMED },
		{ true, 20, 44, OFFLOAD_FAULT_FRAGMENT },
		{ true, 20, 17, OFFLOAD_FAULT_TUNNEL },
		{ true, 20, 51, OFFLOAD_FAULT_PROTOCOL }, /* behind AH */
		{ true, 54, 44, OFFLOAD_FAULT_FRAGMENT },
		{ true, 54, 6, OFFLOAD_FAULT_CSUM_PLACE },
		{ true, 55, 0xff, OFFLOAD_FAULT_TRUNCATED },
		{ true, 62, 17, OFFLOAD_FAULT_PROTOCOL },
		{ true, 90, 0x40, OFFLOAD_FAULT_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct superframe_spec spec = {
			.tcp = true,
			.super = true,
			.ipv6 = cases[i].ipv6,
			.options = cases[i].ipv6,
			.gso_size = 100,
			.payload_len = 300,
		};

		print_message("case %zu: %s\n", i,
			      offload_fault_name(cases[i].fault));
		superframe_build(&f, &spec);
		assert_int_equal(check(), OFFLOAD_FAULT_NONE);
		f.data[cases[i].offset] = cases[i].value;
		assert_int_equal(check(), cases[i].fault);
	}
}

/* as Linux 6.18 hands over what TCP sends through a VXLAN */
static void a_super_frame_in_a_tunnel_is_told_apart(void **state)
{
	static const uint8_t tunnels[] = { 17, 47, 4, 41 };
	const struct superframe_spec spec = { .payload_len = 2000 };

	(void)state;
	superframe_build(&f, &spec);
	f.hdr = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = 104,
		.gso_size = 1398,
		.csum_start = 84,
		.csum_offset = 16,
	};
	for (size_t i = 0; i < ARRAY_SIZE(tunnels); i++) {
		f.data[23] = tunnels[i];
		assert_int_equal(check(), OFFLOAD_FAULT_TUNNEL);
	}
	f.data[23] = 6;
	assert_int_equal(check(), OFFLOAD_FAULT_CSUM_PLACE);
	f.data[23] = 17;
	f.hdr.gso_type = VIRTIO_NET_HDR_GSO_NONE;
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
}

static void a_chain_of_extension_headers_has_an_end(void **state)
{
	(void)state;
	for (uint8_t n = 0; n < 20; n++) {
		memset(f.data, 0, 400);
		put16(f.data + 12, 0x86dd);
		f.data[14] = 0x60;
		f.data[20] = n ? 60 : 6;
		for (size_t i = 0; i < n; i++)
			f.data[54 + 8 * i] = i + 1 < n ? 60 : 6;
		f.len = 400;
		f.hdr = (struct virtio_net_hdr){
			.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			.csum_start = (uint16_t)(54 + 8 * n),
			.csum_offset = 16,
		};
		assert_int_equal(check(), n <= 8 ? OFFLOAD_FAULT_NONE
						 : OFFLOAD_FAULT_MALFORMED);
	}
}

static void completing_cannot_forge_an_arp_packet(void **state)
{
	(void)state;
	memset(f.data, 0, 60);
	put16(f.data + 12, 0x0806);
	f.len = 60;
	f.hdr = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = 14,
		.csum_offset = 14, /* sender's address */
	};
	assert_int_equal(check(), OFFLOAD_FAULT_CSUM_PLACE);
	put16(f.data + 12,
	      0x8847); /* but what MPLS carries is not our affair */
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
}

static void super_frames_have_limits(void **state)
{
	struct superframe_spec spec = { .super = true,
					.gso_size = 8,
					.payload_len = 65507 };

	(void)state;
	superframe_build(&f, &spec);
	assert_int_equal(f.len - f.l3, 65535);
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
	f.len++;
	assert_int_equal(check(), OFFLOAD_FAULT_TOO_LONG);

	spec.ipv6 = true;
	spec.payload_len = 65527;
	superframe_build(&f, &spec);
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
	f.len++;
	assert_int_equal(check(), OFFLOAD_FAULT_TOO_LONG);

	spec.gso_size = 1;
	spec.payload_len = 8192;
	superframe_build(&f, &spec);
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
	f.len++;
	assert_int_equal(check(), OFFLOAD_FAULT_SEGMENTS);
}

/* Longer than the IP header can tell, which then has to tell nothing. */
static void super_frames_of_big_tcp_are_longer(void **state)
{
	struct superframe_spec spec = { .tcp = true,
					.super = true,
					.big = true,
					.gso_size = 1448,
					.payload_len = 65535 - 20 - 20 + 1 };

	(void)state;
	superframe_build(&f, &spec);
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
	put16(f.data + f.l3 + 2, 1);
	assert_int_equal(check(), OFFLOAD_FAULT_TOO_LONG);
	spec.payload_len = OFFLOAD_BIG_MAX - 20 - 20;
	spec.n_tags = 2;
	superframe_build(&f, &spec);
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);

	spec.tcp = false; /* UDP has a length of its own, of 16 bits */
	superframe_build(&f, &spec);
	f.hdr.gso_size = 60000;
	assert_int_equal(check(), OFFLOAD_FAULT_TOO_LONG);
}

static void a_jumbogram_says_how_long_it_is(void **state)
{
	const struct superframe_spec spec = { .ipv6 = true,
					      .tcp = true,
					      .super = true,
					      .big = true,
					      .n_tags = 1,
					      .gso_size = 1448,
					      .payload_len = 100000 };
	struct superframe_spec plain = spec;

	(void)state;
	superframe_build(&f, &spec);
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
	/* from the payload length on, each byte of it matters */
	for (size_t at = 4; at < 48; at++) {
		uint8_t *byte = f.data + f.l3 + at;

		if (at == 7)
			at = 40; /* hop limit and addresses */
		byte = f.data + f.l3 + at;
		*byte ^= 1;
		assert_int_not_equal(check(), OFFLOAD_FAULT_NONE);
		*byte ^= 1;
	}
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
	f.len++;
	assert_int_equal(check(), OFFLOAD_FAULT_TOO_LONG);

	plain.big = false;
	superframe_build(&f, &plain);
	assert_int_equal(check(), OFFLOAD_FAULT_TOO_LONG);
	put16(f.data + f.l3 + 4, 0); /* as kernels to come have it */
	assert_int_equal(check(), OFFLOAD_FAULT_NONE);
	plain.options = true; /* a hop-by-hop header, but without the option */
	superframe_build(&f, &plain);
	put16(f.data + f.l3 + 4, 0);
	assert_int_equal(check(), OFFLOAD_FAULT_TOO_LONG);
}

static void a_frame_cut_off_anywhere_is_refused(void **state)
{
	const struct superframe_spec spec = { .tcp = true,
					      .super = true,
					      .ipv6 = true,
					      .options = true,
					      .n_tags = 2,
					      .tcp_options_len = 12,
					      .gso_size = 100,
					      .payload_len = 1 };
	/* a checksum near the start does not stop anyone from going on */
	const struct virtio_net_hdr hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	};

	(void)state;
	superframe_build(&f, &spec);
	f.hdr.hdr_len = 0;
	for (size_t len = 0; len <= f.len; len++) {
		uint8_t *exact = malloc(len + !len);
		enum offload_fault fault;

		assert_non_null(exact);
		memcpy(exact, f.data, len);
		fault = offload_check(exact, len, &f.hdr);
		assert_int_equal(!fault, len >= f.payload);
		fault = offload_check(exact, len, &hdr);
		if (len < 2)
			assert_int_equal(fault, OFFLOAD_FAULT_CSUM_END);
		else if (len < f.l4)
			assert_int_equal(fault, OFFLOAD_FAULT_TRUNCATED);
		else
			assert_int_equal(fault, OFFLOAD_FAULT_CSUM_PLACE);
		free(exact);
	}
}

static void every_fault_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < OFFLOAD_FAULT_COUNT; i++) {
		const char *name = offload_fault_name((enum offload_fault)i);

		assert_string_not_equal(name, "unknown fault");
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
				name,
				offload_fault_name((enum offload_fault)j));
	}
	assert_string_equal(offload_fault_name(OFFLOAD_FAULT_COUNT),
			    "unknown fault");
}

static void a_completed_checksum_verifies(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4000; i++) {
		const struct superframe_spec spec = {
			.ipv6 = i & 1,
			.tcp = i & 2,
			.options = i & 4,
			.n_tags = (uint8_t)(i >> 3 & 3),
			.payload_len = i / 32,
			.seed = i + 1,
		};
		uint16_t csum;

		superframe_build(&f, &spec);
		assert_false(checksums_verify(&f, &spec, f.data, f.len));
		csum = offload_checksum(f.data, f.len, &f.hdr);
		offload_complete_checksum(f.data, f.len, &f.hdr);
		assert_true(checksums_verify(&f, &spec, f.data, f.len));
		assert_int_equal(get16(f.data + f.l4 + (spec.tcp ? 16 : 6)),
				 csum);
		assert_int_equal(f.hdr.flags, 0);
	}
}

static void a_checksum_is_not_completed_twice(void **state)
{
	const struct superframe_spec spec = { .payload_len = 10 };
	static struct superframe before;

	(void)state;
	superframe_build(&f, &spec);
	f.hdr.flags |= VIRTIO_NET_HDR_F_DATA_VALID;
	offload_complete_checksum(f.data, f.len, &f.hdr);
	assert_int_equal(f.hdr.flags, VIRTIO_NET_HDR_F_DATA_VALID);
	before = f;
	offload_complete_checksum(f.data, f.len, &f.hdr);
	assert_memory_equal(f.data, before.data, f.len);
}

/* the two last payload bytes make up for all others */
static void a_checksum_of_zero_is_sent_as_all_ones(void **state)
{
	const struct superframe_spec spec = { .payload_len = 32 };
	uint32_t sum;

	(void)state;
	superframe_build(&f, &spec);
	put16(f.data + f.len - 2, 0);
	sum = naive_sum(f.data + f.l4, f.len - f.l4, 0);
	put16(f.data + f.len - 2, 0xffff - sum);
	offload_complete_checksum(f.data, f.len, &f.hdr);
	assert_int_equal(get16(f.data + f.l4 + 6), 0xffff);
	assert_true(checksums_verify(&f, &spec, f.data, f.len));
}

/* written out by hand: the sum of these words and the seed is 0x1b78 */
static void a_known_datagram_gets_its_known_checksum(void **state)
{
	static const uint8_t
		datagram
			[] = {
				2,    0,    0,    0,    0,    0xb,  2,    0,
				0,    0,    0,    0xa,  0x08, 0x00, 0x45, 0x00,
				0x00, 0x1f, 0x00, 0x00, 0x00, 0x00, 0x40, 0x11,
				0x66, 0xcc, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00,
				0x00, 0x02, 0x03, 0xe8, 0x07, 0xd0, 0x00, 0x0b,
				0x14, 0x1f, /* 0a00 + 0001 + 0a00 + 0002 + 0011 + 000b */
				'a',  'b',  'c',
			};
	const struct virtio_net_hdr hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = 34,
		.csum_offset = 6,
	};

	(void)state;
	assert_int_equal(offload_check(datagram, sizeof(datagram), &hdr),
			 OFFLOAD_FAULT_NONE);
	/* 03e8 + 07d0 + 000b + 141f + 6162 + 6300 = e444; not: 1bbb */
	assert_int_equal(offload_checksum(datagram, sizeof(datagram), &hdr),
			 0x1bbb);
}

static void dhcp_is_recognised_by_its_ports(void **state)
{
	static const uint16_t ports[] = { 67, 68, 546, 547 };
	const struct superframe_spec spec = { .n_tags = 1, .payload_len = 300 };

	(void)state;
	superframe_build(&f, &spec);
	assert_false(offload_is_dhcp(f.data, f.len, &f.hdr));
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		superframe_build(&f, &spec);
		put16(f.data + f.l4, ports[i]);
		assert_true(offload_is_dhcp(f.data, f.len, &f.hdr));
		superframe_build(&f, &spec);
		put16(f.data + f.l4 + 2, ports[i]);
		assert_true(offload_is_dhcp(f.data, f.len, &f.hdr));
		f.hdr.csum_offset = 16; /* TCP */
		assert_false(offload_is_dhcp(f.data, f.len, &f.hdr));
		f.hdr.csum_offset = 6;
		f.hdr.flags = 0; /* has its checksum */
		assert_false(offload_is_dhcp(f.data, f.len, &f.hdr));
	}
	f.hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	assert_true(offload_is_dhcp(f.data, f.l4 + 8, &f.hdr));
	assert_false(offload_is_dhcp(f.data, f.l4 + 7, &f.hdr));
	f.hdr.csum_start = 0xffff;
	assert_false(offload_is_dhcp(f.data, f.len, &f.hdr));
}

/* a header that is wrong in a few places gets further than one of noise */
static void mutate(uint32_t *random)
{
	const unsigned int n = next_random(random) % 6;
	uint8_t *hdr = (uint8_t *)&f.hdr;

	for (unsigned int i = 0; i < n; i++) {
		const uint32_t r = next_random(random);
		const uint8_t value = (uint8_t)(r >> 8);

		if (r & 1)
			hdr[(r >> 16) % sizeof(f.hdr)] = value;
		else
			f.data[(r >> 16) % 120] = value;
	}
}

/* ASan is the judge: what is accepted must be safe to complete */
static void garbage_never_makes_anyone_leave_the_frame(void **state)
{
	uint32_t random = 20240607;
	unsigned int n_accepted = 0, n_refused = 0;

	(void)state;
	for (unsigned int i = 0; i < 100000; i++) {
		const uint32_t r = next_random(&random);
		const struct superframe_spec spec = {
			.ipv6 = r & 1,
			.tcp = r & 2,
			.super = r & 4,
			.options = r & 8,
			.n_tags = (uint8_t)(r >> 4 & 3),
			.gso_size = (uint16_t)(r >> 6 & 0x7f),
			.payload_len = r >> 16 & 0xff,
		};
		uint8_t *exact;

		superframe_build(&f, &spec);
		mutate(&random);
		if (!(r >> 28))
			f.len = r % (f.len + 1);
		exact = malloc(f.len + !f.len);
		assert_non_null(exact);
		memcpy(exact, f.data, f.len);
		(void)offload_is_dhcp(exact, f.len, &f.hdr);
		if (offload_check(exact, f.len, &f.hdr)) {
			n_refused++;
		} else {
			offload_complete_checksum(exact, f.len, &f.hdr);
			/* what the switch decides by is as it was */
			assert_memory_equal(exact, f.data,
					    f.len < 14 ? f.len : 14);
			n_accepted++;
		}
		free(exact);
	}
	print_message("%u accepted, %u refused\n", n_accepted, n_refused);
	assert_true(n_accepted > 20000 && n_refused > 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_frame_that_wants_nothing_is_fine_whatever_it_contains),
		cmocka_unit_test(every_honest_frame_is_accepted),
		cmocka_unit_test(
			the_header_length_is_a_hint_unless_it_exceeds_the_frame),
		cmocka_unit_test(each_lie_of_an_offload_header_has_its_name),
		cmocka_unit_test(headers_that_do_not_add_up_are_refused),
		cmocka_unit_test(a_super_frame_in_a_tunnel_is_told_apart),
		cmocka_unit_test(a_chain_of_extension_headers_has_an_end),
		cmocka_unit_test(completing_cannot_forge_an_arp_packet),
		cmocka_unit_test(super_frames_have_limits),
		cmocka_unit_test(super_frames_of_big_tcp_are_longer),
		cmocka_unit_test(a_jumbogram_says_how_long_it_is),
		cmocka_unit_test(a_frame_cut_off_anywhere_is_refused),
		cmocka_unit_test(every_fault_has_a_name_of_its_own),
		cmocka_unit_test(a_completed_checksum_verifies),
		cmocka_unit_test(a_checksum_is_not_completed_twice),
		cmocka_unit_test(a_checksum_of_zero_is_sent_as_all_ones),
		cmocka_unit_test(a_known_datagram_gets_its_known_checksum),
		cmocka_unit_test(dhcp_is_recognised_by_its_ports),
		cmocka_unit_test(garbage_never_makes_anyone_leave_the_frame),
	};

	return cmocka_run_group_tests_name("offload", tests, NULL, NULL);
}
