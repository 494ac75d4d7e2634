/* SPDX-License-Identifier: MIT */
/* test_csum.c - the Internet checksum */

#include "unit.h"

#include <stdlib.h>

#include "csum.h"
#include "superframe.h"

static void the_example_of_rfc_1071_comes_out_right(void **state)
{
	static const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03,
					0xf4, 0xf5, 0xf6, 0xf7 };

	(void)state;
	/* the RFC gives the sum, 0xddf2 */
	assert_int_equal(csum_fold(csum_partial(data, sizeof(data), 0)),
			 0xffff - 0xddf2);
}

static void a_real_ipv4_header_verifies(void **state)
{
	static const uint8_t ip[] = { 0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40,
				      0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8,
				      0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7 };
	uint8_t unfinished[sizeof(ip)];

	(void)state;
	assert_int_equal(csum_fold(csum_partial(ip, sizeof(ip), 0)), 0);
	memcpy(unfinished, ip, sizeof(ip));
	put16(unfinished + 10, 0);
	assert_int_equal(
		csum_fold(csum_partial(unfinished, sizeof(unfinished), 0)),
		0xb861);
}

static void nothing_sums_up_to_nothing(void **state)
{
	(void)state;
	assert_int_equal(csum_partial("", 0, 0), 0);
	assert_int_equal(csum_fold(0), 0xffff);
	assert_int_equal(csum_fold(0xffffffff), 0);
}

static void assert_copied(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len + !len);

	assert_non_null(copy);
	assert_int_equal(csum_fold(csum_copy(copy, data, len, 0x1234)),
			 csum_fold(csum_partial(data, len, 0x1234)));
	assert_memory_equal(copy, data, len);
	free(copy);
}

/* In memory of exactly that size, at every alignment, so that ASan watches. */
static void every_length_and_alignment_agrees_with_the_slow_way(void **state)
{
	uint32_t random = 4711;

	(void)state;
	for (size_t len = 0; len <= 300; len++) {
		for (size_t shift = 0; shift < 16; shift++) {
			uint8_t *data = malloc(shift + len + !(shift + len));

			assert_non_null(data);
			for (size_t i = 0; i < shift + len; i++)
				data[i] = (uint8_t)next_random(&random);
			assert_int_equal(
				csum_fold(csum_partial(data + shift, len, 0)),
				0xffff - naive_sum(data + shift, len, 0));
			assert_copied(data + shift, len);
			free(data);
		}
	}
}

static void no_carry_is_lost_in_the_largest_frames(void **state)
{
	static uint8_t ones[65536 + 64];

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	ones[sizeof(ones) - 1] = 0xfe;
	for (size_t len = sizeof(ones) - 40; len <= sizeof(ones); len++)
		assert_int_equal(csum_fold(csum_partial(ones, len, 0xffffffff)),
				 0xffff - naive_sum(ones, len, 0xffff));
}

static void pieces_add_up_to_the_whole(void **state)
{
	uint8_t data[200];
	uint32_t random = 815;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)next_random(&random);
	for (size_t cut = 0; cut <= sizeof(data); cut += 2) {
		uint32_t sum = csum_partial(data, cut, 0);

		sum = csum_partial(data + cut, sizeof(data) - cut, sum);
		assert_int_equal(csum_fold(sum),
				 csum_fold(csum_partial(data, 200, 0)));
	}
}

static void numbers_count_like_the_fields_they_stand_for(void **state)
{
	static const uint8_t field[] = { 0x12, 0x34, 0xfe, 0xdc };
	const uint32_t sum = csum_partial("some bytes", 10, 0);

	(void)state;
	assert_int_equal(csum_fold(csum_add_number(sum, 0x1234fedc)),
			 csum_fold(csum_partial(field, 4, sum)));
	assert_int_equal(csum_fold(csum_add_number(sum, 0x1234)),
			 csum_fold(csum_partial(field, 2, sum)));
	assert_int_equal(
		csum_fold(csum_sub_number(csum_add_number(sum, 99), 99)),
		csum_fold(sum));
}

static void pseudo_headers_are_those_of_the_rfcs(void **state)
{
	uint8_t addrs[32];
	uint8_t rest4[4] = { 0, 17, 0x01, 0x02 };
	uint8_t rest6[8] = { 0, 1, 0x01, 0x02, 0, 0, 0, 6 };

	(void)state;
	for (uint8_t i = 0; i < sizeof(addrs); i++)
		addrs[i] = (uint8_t)(200 - 3 * i);
	assert_int_equal(csum_fold(csum_pseudo_ipv4(addrs, 17, 0x102)),
			 0xffff - naive_sum(rest4, 4, naive_sum(addrs, 8, 0)));
	assert_int_equal(csum_fold(csum_pseudo_ipv6(addrs, 6, 0x10102)),
			 0xffff - naive_sum(rest6, 8, naive_sum(addrs, 32, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_rfc_1071_comes_out_right),
		cmocka_unit_test(a_real_ipv4_header_verifies),
		cmocka_unit_test(nothing_sums_up_to_nothing),
		cmocka_unit_test(
			every_length_and_alignment_agrees_with_the_slow_way),
		cmocka_unit_test(no_carry_is_lost_in_the_largest_frames),
		cmocka_unit_test(pieces_add_up_to_the_whole),
		cmocka_unit_test(numbers_count_like_the_fields_they_stand_for),
		cmocka_unit_test(pseudo_headers_are_those_of_the_rfcs),
	};

	return cmocka_run_group_tests_name("csum", tests, NULL, NULL);
}
