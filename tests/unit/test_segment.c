/* SPDX-License-Identifier: MIT */
/* test_segment.c - super-frames cut into frames */

#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "macros.h"
#include "segment.h"
#include "superframe.h"

static struct superframe f;
static uint8_t buf[SUPERFRAME_MAX];

static void begin(struct segmenter *seg, const struct superframe_spec *spec)
{
	superframe_build(&f, spec);
	assert_int_equal(segmenter_init(seg, f.data, f.len, &f.hdr),
			 OFFLOAD_FAULT_NONE);
}

/* what the n-th segment of a frame built from @spec must look like */
static void expect_segment(const struct superframe_spec *spec, unsigned int n,
			   size_t len, bool last)
{
	const uint8_t *ip = buf + f.l3, *l4 = buf + f.cut_l4;
	const uint8_t *l4_was = f.data + f.l4;
	uint8_t flags = spec->tcp_flags;

	assert_memory_equal(buf, f.data, f.l3);
	if (spec->ipv6) {
		assert_int_equal(get16(ip + 4), len - f.l3 - 40);
		if (f.cut_l4 < f.l4)
			assert_int_equal(ip[6], 6);
		else
			assert_int_equal(ip[6], f.data[f.l3 + 6]);
		assert_memory_equal(ip + 7, f.data + f.l3 + 7,
				    f.cut_l4 - f.l3 - 7);
	} else {
		assert_int_equal(get16(ip + 2), len - f.l3);
		assert_int_equal(get16(ip + 4), (spec->ip_id + n) & 0xffff);
		assert_memory_equal(ip + 6, f.data + f.l3 + 6, 4);
		assert_memory_equal(ip + 12, f.data + f.l3 + 12,
				    f.l4 - f.l3 - 12);
	}
	assert_memory_equal(l4, l4_was, 4);
	if (!spec->tcp) {
		assert_int_equal(get16(l4 + 4), len - f.l4);
		return;
	}
	if (!last)
		flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (n)
		flags &= (uint8_t)~TCP_CWR;
	assert_int_equal(get32(l4 + 4), spec->seq + n * spec->gso_size);
	assert_int_equal(l4[13], flags);
	assert_memory_equal(l4 + 8, l4_was + 8, 5); /* acknowledgement, doff */
	assert_memory_equal(l4 + 14, l4_was + 14, 2); /* window */
	assert_memory_equal(l4 + 18, l4_was + 18, f.payload - f.l4 - 18);
}

/* cut a frame, and find in the segments all of it and nothing else */
static void expect_faithful(const struct superframe_spec *spec)
{
	size_t done = 0, limit = spec->gso_size;
	struct segmenter seg;
	unsigned int n = 0;
	int len;

	begin(&seg, spec);
	if (!spec->super)
		limit = f.len;
	while ((len = segmenter_next(&seg, buf, f.cut_payload + limit)) > 0) {
		const size_t part = (size_t)len - f.cut_payload;
		const bool last = done + part == spec->payload_len;

		assert_true((size_t)len >= f.cut_payload);
		if (!last)
			assert_int_equal(part, spec->gso_size);
		assert_true(part <= limit);
		assert_memory_equal(buf + f.cut_payload,
				    f.data + f.payload + done, part);
		expect_segment(spec, n, (size_t)len, last);
		assert_true(checksums_verify(&f, spec, buf, (size_t)len));
		done += part;
		n++;
	}
	assert_int_equal(len, 0);
	assert_int_equal(segmenter_next(&seg, buf, sizeof(buf)), 0);
	assert_int_equal(done, spec->payload_len);
	assert_true(n >= 1);
}

static void segments_add_up_to_the_super_frame(void **state)
{
	uint32_t random = 99;

	(void)state;
	for (unsigned int i = 0; i < 3000; i++) {
		const uint32_t r = next_random(&random);
		struct superframe_spec spec = {
			.ipv6 = r & 1,
			.tcp = r & 2,
			.super = r & 0x1c,
			.ecn = (r & 0x20) && (r & 2),
			.dont_fragment = r & 0x40,
			.options = r & 0x80,
			.n_tags = (uint8_t)(r >> 8 & 3),
			.tcp_flags = (uint8_t)(r >> 10 & 0xff),
			.tcp_options_len = (uint8_t)((r >> 18) % 11 * 4),
			.ip_id = (uint16_t)next_random(&random),
			.seq = next_random(&random),
			.gso_size = (uint16_t)(next_random(&random) % 1500 + 1),
			.seed = i + 1,
		};

		spec.payload_len = next_random(&random) % 20 * spec.gso_size;
		spec.payload_len += next_random(&random) % spec.gso_size;
		expect_faithful(&spec);
	}
}

static void sizes_around_a_multiple_are_cut_right(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		static const size_t lens[] = { 0,   1,   99,  100, 101,
					       199, 200, 201, 299, 300 };

		for (size_t j = 0; j < ARRAY_SIZE(lens); j++) {
			const struct superframe_spec spec = {
				.super = true,
				.ipv6 = i & 1,
				.tcp = i & 2,
				.options = i & 4,
				.gso_size = 100,
				.payload_len = lens[j],
			};

			expect_faithful(&spec);
		}
	}
}

static void numbers_wrap_around(void **state)
{
	const struct superframe_spec spec = {
		.tcp = true,
		.super = true,
		.seq = 0xfffffff0,
		.ip_id = 0xfffe,
		.gso_size = 7,
		.payload_len = 70,
	};

	(void)state;
	expect_faithful(&spec);
}

static void a_super_frame_of_64_kib_is_cut(void **state)
{
	struct superframe_spec spec = { .tcp = true,
					.super = true,
					.gso_size = 1448,
					.payload_len = 65535 - 40 };

	(void)state;
	expect_faithful(&spec);
	spec.ipv6 = true;
	spec.payload_len = 65535 - 20;
	expect_faithful(&spec);
	spec.gso_size = 0xfffe;
	expect_faithful(&spec);
	spec.gso_size = 1;
	spec.payload_len = OFFLOAD_MAX_SEGMENTS;
	expect_faithful(&spec);
}

static void a_super_frame_of_big_tcp_is_cut(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2 * 3 * 3; i++) {
		struct superframe_spec spec = {
			.ipv6 = i & 1,
			.tcp = true,
			.super = true,
			.big = true,
			.options = !(i & 1) && i % 3 == 0,
			.n_tags = (uint8_t)(i / 2 % 3),
			.tcp_options_len = 12,
			.tcp_flags = TCP_ACK | TCP_PSH | TCP_CWR,
			.ip_id = 0xfff0,
			.seq = 0xffff0000,
			.gso_size = i / 6 ? 1448 : 60000,
			.payload_len =
				i / 6 == 2 ? OFFLOAD_BIG_MAX - 100 : 65536,
			.seed = i + 1,
		};

		expect_faithful(&spec);
	}
}

/* What fits into one segment stays as it is, the jumbo payload option too. */
static void a_jumbogram_of_one_segment_keeps_its_option(void **state)
{
	struct superframe_spec spec = {
		.ipv6 = true,
		.tcp = true,
		.super = true,
		.big = true,
		.gso_size = 65534,
	};

	(void)state;
	for (spec.payload_len = 65508; spec.payload_len <= 65534;
	     spec.payload_len++) {
		struct segmenter seg;
		int len;

		begin(&seg, &spec);
		len = segmenter_next(&seg, buf, sizeof(buf));
		assert_int_equal(len, f.len);
		assert_memory_equal(buf, f.data, f.l4 + 16);
		assert_memory_equal(buf + f.l4 + 18, f.data + f.l4 + 18,
				    f.len - f.l4 - 18);
		f.cut_l4 = f.l4;
		assert_true(checksums_verify(&f, &spec, buf, f.len));
		assert_int_equal(segmenter_next(&seg, buf, sizeof(buf)), 0);
	}
}

static void fin_and_psh_are_for_the_last_and_cwr_for_the_first(void **state)
{
	const struct superframe_spec spec = {
		.tcp = true,
		.super = true,
		.tcp_flags = 0xff,
		.gso_size = 10,
		.payload_len = 30,
	};
	static const uint8_t flags[] = { 0xff & ~(TCP_FIN | TCP_PSH),
					 0xff & ~(TCP_FIN | TCP_PSH | TCP_CWR),
					 0xff & ~TCP_CWR };
	struct segmenter seg;

	(void)state;
	begin(&seg, &spec);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		assert_int_equal(segmenter_next(&seg, buf, sizeof(buf)),
				 f.payload + 10);
		assert_int_equal(buf[f.l4 + 13], flags[i]);
	}
	assert_int_equal(segmenter_next(&seg, buf, sizeof(buf)), 0);
}

/* three bytes, two segments, and every byte of them worked out by hand */
static void a_small_super_frame_gives_known_bytes(void **state)
{
	static const uint8_t
		super
			[] = {
				2,    0,    0,    0,    0,    0xb,  2,    0,
				0,    0,    0,    0xa,  0x08, 0x00, 0x45, 0x00,
				0x00, 0x2b, 0xff, 0xff, 0x40, 0x00, 0x40, 0x06,
				0x26, 0xcb, 0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00,
				0x00, 0x02, 0x03, 0xe8, 0x07, 0xd0, 0xff, 0xff,
				0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x50, 0x99,
				0x01, 0x00, 0x14, 0x20, /* 0a00 + 0001 + 0a00 + 0002 + 0006 + 0017 */
				0x00, 0x00, 'a',  'b',  'c',
			};
	static const uint8_t first[] = {
		0x45, 0x00, 0x00, 0x2a, 0xff, 0xff, 0x40, 0x00, 0x40,
		0x06, 0x26, 0xcc, /* not: 4500 + 002a + ffff + 4000 + 4006 + 1403 */
		0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x03,
		0xe8, 0x07, 0xd0, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00,
		0x00, 0x00, 0x50, 0x90, 0x01, 0x00, 0x2d, 0x36, /* not: 141f + 03e8 + 07d0 + 5090 + 0100 + 6162 */
		0x00, 0x00, 'a',  'b',
	};
	static const uint8_t last[] = {
		0x45, 0x00, 0x00, 0x29, 0x00, 0x00, 0x40, 0x00, 0x40,
		0x06, 0x26, 0xcd, /* not: 4500 + 0029 + 4000 + 4006 + 1403 */
		0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02, 0x03,
		0xe8, 0x07, 0xd0, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
		0x00, 0x00, 0x50, 0x19, 0x01, 0x00, 0x2c, 0x0f, /* not: 141e + 03e8 + 07d0 + 1 + 5019 + 0100 +
			       6300 */
		0x00, 0x00, 'c',
	};
	const struct virtio_net_hdr hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.gso_size = 2,
		.csum_start = 34,
		.csum_offset = 16,
	};
	struct segmenter seg;

	(void)state;
	assert_int_equal(segmenter_init(&seg, super, sizeof(super), &hdr),
			 OFFLOAD_FAULT_NONE);
	assert_int_equal(segmenter_next(&seg, buf, sizeof(buf)),
			 14 + sizeof(first));
	assert_memory_equal(buf, super, 14);
	assert_memory_equal(buf + 14, first, sizeof(first));
	assert_int_equal(segmenter_next(&seg, buf, sizeof(buf)),
			 14 + sizeof(last));
	assert_memory_equal(buf, super, 14);
	assert_memory_equal(buf + 14, last, sizeof(last));
	assert_int_equal(segmenter_next(&seg, buf, sizeof(buf)), 0);
}

/* the last two bytes of each segment make up for all others */
static void a_segments_checksum_of_zero_is_all_ones_in_udp_only(void **state)
{
	(void)state;
	for (int tcp = 0; tcp < 2; tcp++) {
		const struct superframe_spec spec = {
			.super = true,
			.tcp = tcp,
			.gso_size = 20,
			.payload_len = 40,
		};
		const size_t field = tcp ? 16 : 6;
		struct segmenter seg;

		begin(&seg, &spec);
		for (size_t i = 1; i < 3; i++) {
			const size_t end = f.payload + 20 * i;
			struct segmenter trial;
			uint32_t csum;

			put16(f.data + end - 2, 0);
			trial = seg;
			for (size_t j = 0; j < i; j++)
				segmenter_next(&trial, buf, sizeof(buf));
			csum = get16(buf + f.l4 + field);
			put16(f.data + end - 2, csum);
		}
		for (int i = 0; i < 2; i++) {
			assert_true(segmenter_next(&seg, buf, sizeof(buf)) > 0);
			assert_int_equal(get16(buf + f.l4 + field),
					 tcp ? 0 : 0xffff);
			assert_true(checksums_verify(&f, &spec, buf,
						     f.payload + 20));
		}
	}
}

/* an address that the checksum covers, but that is not in the IP header yet */
static void a_routing_header_keeps_its_final_destination(void **state)
{
	struct superframe_spec spec = { .ipv6 = true,
					.tcp = true,
					.super = true,
					.options = true,
					.gso_size = 100,
					.payload_len = 250 };
	struct segmenter seg;
	uint8_t addrs[32];
	int n = 0, len;

	(void)state;
	superframe_build(&f, &spec);
	memcpy(addrs, f.data + f.l3 + 8, sizeof(addrs));
	f.data[f.l3 + 40] = 43; /* hop-by-hop, then routing */
	for (uint8_t i = 0; i < 16; i++)
		f.data[f.l3 + 24 + i] ^= i; /* the next hop */
	assert_int_equal(segmenter_init(&seg, f.data, f.len, &f.hdr),
			 OFFLOAD_FAULT_NONE);
	memcpy(f.data + f.l3 + 8, addrs, sizeof(addrs)); /* on arrival */
	while ((len = segmenter_next(&seg, buf, sizeof(buf))) > 0) {
		assert_true(checksums_verify(&f, &spec, buf, (size_t)len));
		n++;
	}
	assert_int_equal(n, 3);
}

static void a_frame_that_is_whole_passes_unchanged(void **state)
{
	const struct virtio_net_hdr nothing = { 0 };
	struct segmenter seg;

	(void)state;
	assert_int_equal(
		segmenter_init(&seg, (const uint8_t *)"hello", 5, &nothing),
		OFFLOAD_FAULT_NONE);
	assert_int_equal(segmenter_next(&seg, buf, 4), -EMSGSIZE);
	assert_int_equal(segmenter_next(&seg, buf, 5), 5);
	assert_memory_equal(buf, "hello", 5);
	assert_int_equal(segmenter_next(&seg, buf, 5), 0);
}

static void a_buffer_that_is_too_small_stays_untouched(void **state)
{
	const struct superframe_spec spec = { .super = true,
					      .gso_size = 100,
					      .payload_len = 250 };
	struct segmenter seg;

	(void)state;
	begin(&seg, &spec);
	memset(buf, 0x55, 200);
	assert_int_equal(segmenter_next(&seg, buf, f.payload + 99), -EMSGSIZE);
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(buf[i], 0x55);
	assert_int_equal(segmenter_next(&seg, buf, f.payload + 100),
			 f.payload + 100);
	assert_memory_equal(buf + f.payload, f.data + f.payload, 100);
}

static void a_hostile_header_is_refused_and_nothing_begun(void **state)
{
	const struct superframe_spec spec = { .super = true,
					      .gso_size = 100,
					      .payload_len = 250 };
	struct segmenter seg;

	(void)state;
	memset(&seg, 0x55, sizeof(seg));
	superframe_build(&f, &spec);
	f.hdr.gso_size = 0;
	assert_int_equal(segmenter_init(&seg, f.data, f.len, &f.hdr),
			 OFFLOAD_FAULT_GSO_SIZE);
	for (size_t i = 0; i < sizeof(seg); i++)
		assert_int_equal(((uint8_t *)&seg)[i], 0x55);
}

static void cut_exact(const uint8_t *data, size_t len,
		      const struct virtio_net_hdr *hdr,
		      unsigned int *n_segments)
{
	const size_t size = len < 600 ? len : 600;
	uint8_t *out = malloc(size + !size);
	struct segmenter seg;
	int r;

	assert_non_null(out);
	if (!segmenter_init(&seg, data, len, hdr)) {
		while ((r = segmenter_next(&seg, out, size)) > 0)
			++*n_segments;
		/* no segment of a whole frame's size exceeds the frame */
		assert_true(!r || (r == -EMSGSIZE && len > size));
	}
	free(out);
}

/* ASan is the judge: frame and buffer are exactly as large as they say */
static void garbage_never_makes_anyone_leave_the_buffers(void **state)
{
	uint32_t random = 19690720;
	unsigned int n_segments = 0;

	(void)state;
	for (unsigned int i = 0; i < 50000; i++) {
		const uint32_t r = next_random(&random);
		const struct superframe_spec spec = {
			.super = true,
			.ipv6 = r & 1,
			.tcp = r & 2,
			.options = r & 4,
			.n_tags = (uint8_t)(r >> 4 & 3),
			.tcp_options_len = (uint8_t)((r >> 6) % 11 * 4),
			.gso_size = (uint16_t)((r >> 10) % 50 + 1),
			.payload_len = (r >> 16) % 300,
		};
		uint8_t *exact;

		superframe_build(&f, &spec);
		for (uint32_t n = next_random(&random) % 4; n; n--) {
			const uint32_t where = next_random(&random);

			if (where & 1)
				f.data[(where >> 8) % 130] = (uint8_t)where;
			else
				((uint8_t *)&f.hdr)[(where >> 8) % 10] =
					(uint8_t)(where >> 4);
		}
		if (!(r >> 28))
			f.len = next_random(&random) % (f.len + 1);
		exact = malloc(f.len + !f.len);
		assert_non_null(exact);
		memcpy(exact, f.data, f.len);
		cut_exact(exact, f.len, &f.hdr, &n_segments);
		free(exact);
	}
	print_message("%u segments\n", n_segments);
	assert_true(n_segments > 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_add_up_to_the_super_frame),
		cmocka_unit_test(sizes_around_a_multiple_are_cut_right),
		cmocka_unit_test(numbers_wrap_around),
		cmocka_unit_test(a_super_frame_of_64_kib_is_cut),
		cmocka_unit_test(a_super_frame_of_big_tcp_is_cut),
		cmocka_unit_test(a_jumbogram_of_one_segment_keeps_its_option),
		cmocka_unit_test(
			fin_and_psh_are_for_the_last_and_cwr_for_the_first),
		cmocka_unit_test(a_small_super_frame_gives_known_bytes),
		cmocka_unit_test(
			a_segments_checksum_of_zero_is_all_ones_in_udp_only),
		cmocka_unit_test(a_routing_header_keeps_its_final_destination),
		cmocka_unit_test(a_frame_that_is_whole_passes_unchanged),
		cmocka_unit_test(a_buffer_that_is_too_small_stays_untouched),
		cmocka_unit_test(a_hostile_header_is_refused_and_nothing_begun),
		cmocka_unit_test(garbage_never_makes_anyone_leave_the_buffers),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
