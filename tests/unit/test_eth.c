/* SPDX-License-Identifier: MIT */
/* test_eth.c - Ethernet addresses, headers and tags */

#include "unit.h"

#include <stdlib.h>

#include "bytes.h"
#include "eth.h"
#include "macros.h"

static const struct eth_addr alice = { { 0x02, 0xaB, 0xcd, 0xef, 0x09, 0x10 } };

static void an_address_is_printed_in_lower_case_with_colons(void **state)
{
	char text[ETH_ADDR_TEXT_SIZE];

	(void)state;
	eth_addr_format(alice, text);
	assert_string_equal(text, "02:ab:cd:ef:09:10");
}

static void addresses_are_read_in_any_usual_spelling(void **state)
{
	static const char *const spellings[] = {
		"02:ab:cd:ef:09:10",
		"02:AB:CD:EF:09:10",
		"02-aB-Cd-eF-09-10",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		struct eth_addr addr = { { 0 } };

		print_message("%s\n", spellings[i]);
		assert_true(eth_addr_parse(spellings[i], &addr));
		assert_true(eth_addr_equal(addr, alice));
	}
}

static void what_is_no_address_is_refused_and_changes_nothing(void **state)
{
	static const char *const others[] = {
		"",
		":",
		"02",
		"02:ab:cd:ef:09",
		"02:ab:cd:ef:09:",
		"02:ab:cd:ef:09:1",
		"02:ab:cd:ef:09:100",
		"02:ab:cd:ef:09:10:",
		"02:ab:cd:ef:09:10:11",
		"02:ab:cd:ef:09:10 ",
		" 02:ab:cd:ef:09:10",
		"02:ab-cd:ef:09:10",
		"02:ab-cd-ef-09-10",
		"02:ab:cd:ef:09-10",
		"02-ab-cd-ef-09:10",
		"02.ab.cd.ef.09.10",
		"02abcdef0910",
		"02ab:cdef:0910",
		"2:ab:cd:ef:9:10",
		"02:ab:cd:ef:09:1g",
		"02:ab:cd:ef:09:-1",
		"02:ab:cd:ef:0x:10",
		"02::ab:cd:ef:09:10",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct eth_addr addr = alice;

		print_message("'%s'\n", others[i]);
		assert_false(eth_addr_parse(others[i], &addr));
		assert_true(eth_addr_equal(addr, alice));
	}
}

static void every_printed_address_can_be_read_back(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 256; i++) {
		const uint8_t b = (uint8_t)i;
		const struct eth_addr addr = { { b, (uint8_t)~b, 0, 0xff, b,
						 b } };
		struct eth_addr again = { { 0 } };
		char text[ETH_ADDR_TEXT_SIZE];

		eth_addr_format(addr, text);
		assert_true(eth_addr_parse(text, &again));
		assert_true(eth_addr_equal(addr, again));
	}
}

static const uint8_t untagged[] = {
	2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa, 0x08, 0x06, 0, 1,
};

static const uint8_t tagged_twice[] = {
	2,    0,    0,    0,    0,    0xb,  2,    0,    0,    0,    0,    0xa,
	0x88, 0xa8, 0xb0, 0x64, 0x81, 0x00, 0x00, 0x07, 0x86, 0xdd, 0x60,
};

static const uint8_t priority_tagged[] = {
	2, 0, 0,   0,    0,    0xb,  2,    0,    0,
	0, 0, 0xa, 0x81, 0x00, 0xe0, 0x00, 0x08, 0x00,
};

static void an_untagged_header_is_taken_apart(void **state)
{
	struct eth_header eth;

	(void)state;
	assert_true(eth_parse(untagged, sizeof(untagged), &eth));
	assert_memory_equal(eth.dst.b, untagged, 6);
	assert_memory_equal(eth.src.b, untagged + 6, 6);
	assert_int_equal(eth.ethertype, ETH_TYPE_ARP);
	assert_int_equal(eth.vid, 0);
	assert_int_equal(eth.pcp, 0);
	assert_int_equal(eth.n_tags, 0);
	assert_int_equal(eth.l3, 14);
}

static void the_outermost_tag_counts(void **state)
{
	struct eth_header eth;

	(void)state;
	assert_true(eth_parse(tagged_twice, sizeof(tagged_twice), &eth));
	assert_int_equal(eth.ethertype, ETH_TYPE_IPV6);
	assert_int_equal(eth.vid, 100);
	assert_int_equal(eth.pcp, 5);
	assert_int_equal(eth.n_tags, 2);
	assert_int_equal(eth.l3, 22);
}

static void a_priority_tag_names_no_vlan(void **state)
{
	struct eth_header eth;

	(void)state;
	assert_true(eth_parse(priority_tagged, sizeof(priority_tagged), &eth));
	assert_int_equal(eth.ethertype, ETH_TYPE_IPV4);
	assert_int_equal(eth.vid, 0);
	assert_int_equal(eth.pcp, 7);
	assert_int_equal(eth.n_tags, 1);
}

/* exactly as long as it claims to be, so that ASan sees the first byte behind */
static bool parse_exact(const uint8_t *data, size_t len, struct eth_header *ret)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool ok;

	assert_non_null(copy);
	memcpy(copy, data, len);
	ok = eth_parse(copy, len, ret);
	free(copy);
	return ok;
}

static void a_frame_that_ends_in_its_header_is_refused(void **state)
{
	(void)state;
	for (size_t len = 0; len <= sizeof(tagged_twice); len++) {
		struct eth_header eth = { .l3 = 4711 };

		assert_int_equal(parse_exact(tagged_twice, len, &eth),
				 len >= 22);
		assert_int_equal(eth.l3, len >= 22 ? 22 : 4711);
	}
	for (size_t len = 0; len <= sizeof(untagged); len++) {
		struct eth_header eth;

		assert_int_equal(parse_exact(untagged, len, &eth), len >= 14);
	}
}

static void no_more_than_eight_tags_are_followed(void **state)
{
	uint8_t frame[128] = { 0 };
	struct eth_header eth;

	(void)state;
	for (size_t i = 12; i + 4 <= sizeof(frame); i += 4)
		store_be16(frame + i, ETH_TYPE_DOT1Q);
	assert_true(eth_parse(frame, sizeof(frame), &eth));
	assert_int_equal(eth.n_tags, 8);
	assert_int_equal(eth.l3, 14 + 8 * 4);
	assert_int_equal(eth.ethertype, ETH_TYPE_DOT1Q);
}

static void an_inserted_tag_is_the_outermost(void **state)
{
	uint8_t buf[4 + sizeof(untagged)] = { 0 };
	struct eth_header eth;
	uint8_t *frame;

	(void)state;
	memcpy(buf + 4, untagged, sizeof(untagged));
	frame = eth_tag_insert(buf + 4, ETH_TYPE_DOT1AD, 3 << 13 | 4094);
	assert_ptr_equal(frame, buf);
	assert_memory_equal(frame, untagged, 12);
	assert_memory_equal(frame + 16, untagged + 12, sizeof(untagged) - 12);
	assert_true(eth_parse(frame, sizeof(buf), &eth));
	assert_int_equal(eth.vid, 4094);
	assert_int_equal(eth.pcp, 3);
	assert_int_equal(eth.ethertype, ETH_TYPE_ARP);
	assert_int_equal(load_be16(frame + 12), ETH_TYPE_DOT1AD);
}

static void numbers_are_big_endian_at_odd_addresses(void **state)
{
	uint8_t bytes[8] = { 0 };

	(void)state;
	store_be16(bytes + 1, 0x1234);
	store_be32(bytes + 3, 0xdeadbeef);
	assert_memory_equal(bytes, "\0\x12\x34\xde\xad\xbe\xef\0", 8);
	assert_int_equal(load_be16(bytes + 1), 0x1234);
	assert_int_equal(load_be32(bytes + 3), 0xdeadbeef);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_address_is_printed_in_lower_case_with_colons),
		cmocka_unit_test(addresses_are_read_in_any_usual_spelling),
		cmocka_unit_test(
			what_is_no_address_is_refused_and_changes_nothing),
		cmocka_unit_test(every_printed_address_can_be_read_back),
		cmocka_unit_test(an_untagged_header_is_taken_apart),
		cmocka_unit_test(the_outermost_tag_counts),
		cmocka_unit_test(a_priority_tag_names_no_vlan),
		cmocka_unit_test(a_frame_that_ends_in_its_header_is_refused),
		cmocka_unit_test(no_more_than_eight_tags_are_followed),
		cmocka_unit_test(an_inserted_tag_is_the_outermost),
		cmocka_unit_test(numbers_are_big_endian_at_odd_addresses),
	};

	return cmocka_run_group_tests_name("eth", tests, NULL, NULL);
}
