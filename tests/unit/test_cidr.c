/* SPDX-License-Identifier: MIT */
/* test_cidr.c - IP addresses, with and without a prefix length */

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "cidr.h"
#include "err.h"
#include "macros.h"

static void assert_no_cidr(const char *text, const char *sentence)
{
	struct cidr cidr = { .prefix_len = 77 };
	struct err err = { 0 };

	if (cidr_parse(text, &cidr, &err) != -EINVAL)
		fail_msg("'%s' was accepted", text);
	assert_string_equal(err.msg, sentence);
	assert_int_equal(cidr.prefix_len, 77);
}

static void an_interface_address_survives_a_round_trip(void **state)
{
	static const char *const texts[] = {
		"10.0.0.1/24", "10.0.0.0/31",    "192.168.1.255/32",
		"127.0.0.1/8", "1.2.3.4/0",      "fd00::1/64",
		"fe80::1/10",  "2001:db8::/128", "fd00::1:2:3:4:5/0",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char again[CIDR_TEXT_SIZE];
		struct cidr cidr;

		assert_int_equal(cidr_parse(texts[i], &cidr, NULL), 0);
		cidr_format(&cidr, again);
		assert_string_equal(again, texts[i]);
	}
}

static void an_address_is_in_network_order(void **state)
{
	static const uint8_t expected[16] = { 10, 0, 0, 1 };
	struct cidr cidr;

	(void)state;
	assert_int_equal(cidr_parse("10.0.0.1/24", &cidr, NULL), 0);
	assert_int_equal(cidr.addr.family, AF_INET);
	assert_int_equal(ip_len(&cidr.addr), 4);
	assert_memory_equal(cidr.addr.b, expected, 16);
	assert_int_equal(cidr.prefix_len, 24);

	assert_int_equal(cidr_parse("fd00::1/64", &cidr, NULL), 0);
	assert_int_equal(cidr.addr.family, AF_INET6);
	assert_int_equal(ip_len(&cidr.addr), 16);
}

static void a_missing_prefix_is_asked_for(void **state)
{
	(void)state;
	assert_no_cidr("10.0.0.1",
		       "'10.0.0.1' has no prefix length, as in 10.0.0.1/24");
	assert_no_cidr("fd00::1",
		       "'fd00::1' has no prefix length, as in fd00::1/64");
}

static void a_prefix_has_to_fit_its_family(void **state)
{
	(void)state;
	assert_no_cidr("10.0.0.1/33",
		       "'10.0.0.1/33': an IPv4 prefix is at most 32 bits");
	assert_no_cidr("fd00::1/129",
		       "'fd00::1/129': an IPv6 prefix is at most 128 bits");
	assert_no_cidr("fd00::1/999",
		       "'fd00::1/999': an IPv6 prefix is at most 128 bits");
}

static void what_is_not_a_prefix_is_refused(void **state)
{
	static const char *const prefixes[] = {
		"",    "/",    "-1",   "+24", " 24",       "24 ",         "024",
		"24x", "0x18", "9999", "2/4", "256.0.0.0", "99999999999",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		struct cidr cidr;
		char text[40] = "10.0.0.1/";

		strcat(text, prefixes[i]);
		if (cidr_parse(text, &cidr, NULL) != -EINVAL)
			fail_msg("'%s' was accepted", text);
	}
	assert_no_cidr("10.0.0.1/255.0.0.0",
		       "'10.0.0.1/255.0.0.0': what follows the slash is not a "
		       "prefix length, as in /24");
}

static void what_is_not_an_address_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"/",
		"/24",
		"10.0.0/24",
		"10.0.0.256/24",
		"10.0.0.1.1/24",
		"010.0.0.1/24",
		"10.0.0.1 /24",
		" 10.0.0.1/24",
		"fd00:::1/64",
		"fd00::1%lo/64",
		"host/24",
		"12345::/64",
		"::ffff:1.2.3.456/96",
	};
	char huge[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct cidr cidr;

		if (cidr_parse(texts[i], &cidr, NULL) != -EINVAL)
			fail_msg("'%s' was accepted", texts[i]);
	}
	assert_no_cidr("10.0.0.256/24", "'10.0.0.256/24' is not an IP address");

	memset(huge, '1', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(cidr_parse(huge, &(struct cidr){ 0 }, NULL), -EINVAL);
}

static void an_address_no_host_can_have_is_refused(void **state)
{
	(void)state;
	assert_no_cidr("0.0.0.0/0", "'0.0.0.0/0' is the unspecified address, "
				    "which no host can have");
	assert_no_cidr("::/64", "'::/64' is the unspecified address, which no "
				"host can have");
	assert_no_cidr("255.255.255.255/32",
		       "'255.255.255.255/32' is the broadcast address, which "
		       "no host can have");
	assert_no_cidr("224.0.0.1/24", "'224.0.0.1/24' is a multicast "
				       "address, which no host can have");
	assert_no_cidr("239.255.255.255/8",
		       "'239.255.255.255/8' is a multicast address, which no "
		       "host can have");
	assert_no_cidr("ff02::1/64", "'ff02::1/64' is a multicast address, "
				     "which no host can have");
}

static void a_gateway_is_a_bare_address(void **state)
{
	char text[IP_TEXT_SIZE];
	struct ip_addr addr;
	struct err err;

	(void)state;
	assert_int_equal(ip_parse("10.0.0.254", &addr, &err), 0);
	ip_format(&addr, text);
	assert_string_equal(text, "10.0.0.254");
	assert_int_equal(ip_parse("fe80::1", &addr, &err), 0);
	ip_format(&addr, text);
	assert_string_equal(text, "fe80::1");

	assert_int_equal(ip_parse("10.0.0.254/24", &addr, &err), -EINVAL);
	assert_string_equal(err.msg, "'10.0.0.254/24' has a prefix length, "
				     "where only an address makes sense");
	assert_int_equal(ip_parse("gateway", &addr, &err), -EINVAL);
	assert_string_equal(err.msg, "'gateway' is not an IP address");
	assert_int_equal(ip_parse("", &addr, &err), -EINVAL);
	assert_int_equal(ip_parse("0.0.0.0", &addr, &err), -EINVAL);
	ip_format(&addr, text);
	assert_string_equal(text, "fe80::1"); /* untouched */
}

static bool contains(const char *net, const char *host)
{
	struct cidr cidr;
	struct ip_addr addr;

	assert_int_equal(cidr_parse(net, &cidr, NULL), 0);
	assert_int_equal(ip_parse(host, &addr, NULL), 0);
	return cidr_contains(&cidr, &addr);
}

static void a_network_ends_at_its_last_bit(void **state)
{
	(void)state;
	assert_true(contains("10.0.0.1/24", "10.0.0.254"));
	assert_false(contains("10.0.0.1/24", "10.0.1.1"));
	assert_true(contains("10.0.0.1/22", "10.0.3.255"));
	assert_false(contains("10.0.0.1/22", "10.0.4.0"));
	assert_true(contains("10.0.0.1/32", "10.0.0.1"));
	assert_false(contains("10.0.0.1/32", "10.0.0.2"));
	assert_true(contains("10.0.0.1/0", "192.168.0.1"));
	assert_true(contains("fd00::1/128", "fd00::1"));
	assert_false(contains("fd00::1/127", "fd00::2"));
	assert_false(contains("fd00::1/0", "10.0.0.1"));
}

/* Where members leave a gap, there is @gap. */
static struct cidr *parse_into(struct cidr *cidr, int gap, const char *text)
{
	struct cidr parsed;

	assert_int_equal(cidr_parse(text, &parsed, NULL), 0);
	memset(cidr, gap, sizeof(*cidr));
	cidr->addr = parsed.addr;
	cidr->prefix_len = parsed.prefix_len;
	return cidr;
}

static bool equal(const char *one, const char *other)
{
	struct cidr a, b;

	return cidr_equal(parse_into(&a, 0x00, one),
			  parse_into(&b, 0xff, other));
}

static void addresses_are_equal_whatever_lay_there_before(void **state)
{
	(void)state;
	assert_true(equal("10.0.0.1/24", "10.0.0.1/24"));
	assert_true(equal("fd00::1/64", "fd00:0::1/64"));
	assert_false(equal("10.0.0.1/24", "10.0.0.2/24"));
	assert_false(equal("10.0.0.1/24", "10.0.0.1/25"));
	assert_false(equal("a00:1::/24", "10.0.0.1/24"));
	assert_false(equal("fd00::1/64", "fd00::2/64"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_address_survives_a_round_trip),
		cmocka_unit_test(an_address_is_in_network_order),
		cmocka_unit_test(a_missing_prefix_is_asked_for),
		cmocka_unit_test(a_prefix_has_to_fit_its_family),
		cmocka_unit_test(what_is_not_a_prefix_is_refused),
		cmocka_unit_test(what_is_not_an_address_is_refused),
		cmocka_unit_test(an_address_no_host_can_have_is_refused),
		cmocka_unit_test(a_gateway_is_a_bare_address),
		cmocka_unit_test(a_network_ends_at_its_last_bit),
		cmocka_unit_test(addresses_are_equal_whatever_lay_there_before),
	};

	return cmocka_run_group_tests_name("cidr", tests, NULL, NULL);
}
