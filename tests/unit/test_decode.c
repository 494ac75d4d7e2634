/* SPDX-License-Identifier: MIT */
/* test_decode.c - a frame in words */

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "macros.h"

/* Two stations and the type that follows, in hexadecimal. */
#define TO_BOB "02000000000b 02000000000a "
#define IPV4(len, protocol)                                                    \
	"0800 4500" len "00004000 40" protocol "0000 0a000001 0a000002 "
#define IPV6(len, protocol)                                                    \
	"86dd 60000000" len protocol "ff"                                      \
	"fd000000000000000000000000000001 fd000000000000000000000000000002 "
#define BYTES_8 "0000000000000000 "
#define MORE    "3c00000000000000 " /* an extension, and there are more */

enum {
	MAX_FRAME = 256,
};

static size_t from_hex(const char *hex, uint8_t *ret)
{
	size_t len = 0;

	while (*hex) {
		unsigned int byte;

		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_true(len < MAX_FRAME);
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		ret[len++] = (uint8_t)byte;
		hex += 2;
	}
	return len;
}

/* From memory of exactly the size, so that ASan sees a byte too much. */
static const char *decode(const uint8_t *data, size_t caplen, size_t len)
{
	static char line[DECODE_LINE_SIZE];
	uint8_t *copy = malloc(caplen + !caplen);
	size_t n;

	memcpy(copy, data, caplen);
	n = decode_frame(copy, caplen, len, line, sizeof(line));
	free(copy);
	assert_int_equal(n, strlen(line));
	return line;
}

static void assert_line(const char *hex, const char *expected)
{
	uint8_t data[MAX_FRAME];
	const size_t len = from_hex(hex, data);

	assert_string_equal(decode(data, len, len), expected);
}

static void arp_is_told_as_a_conversation(void **state)
{
	(void)state;
	assert_line("ffffffffffff 020000000001 0806 0001080006040001"
		    "020000000001 0a000001 000000000000 0a000002",
		    "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff ARP who-has "
		    "10.0.0.2 tell 10.0.0.1, 42 bytes");
	assert_line(TO_BOB "0806 0001080006040002 02000000000a 0a000002"
			   "020000000001 0a000001",
		    "02:00:00:00:00:0a > 02:00:00:00:00:0b ARP 10.0.0.2 is-at "
		    "02:00:00:00:00:0a, 42 bytes");
	assert_line(TO_BOB "0806 0001080006040008 00",
		    "02:00:00:00:00:0a > 02:00:00:00:00:0b ARP operation 8, "
		    "23 bytes");
	assert_line(TO_BOB "0806 0006080006040001",
		    "02:00:00:00:00:0a > 02:00:00:00:00:0b ARP operation 1, "
		    "22 bytes");
}

static void icmp_says_what_it_is_about(void **state)
{
	(void)state;
	assert_line(TO_BOB IPV4("001c", "01") "0800000000070001",
		    "10.0.0.1 > 10.0.0.2 ICMP echo request id 7 seq 1, 42 "
		    "bytes");
	assert_line(TO_BOB IPV4("001c", "01") "0000000000070002",
		    "10.0.0.1 > 10.0.0.2 ICMP echo reply id 7 seq 2, 42 bytes");
	assert_line(TO_BOB IPV4("001c", "01") "0303000000000000",
		    "10.0.0.1 > 10.0.0.2 ICMP port unreachable, 42 bytes");
	assert_line(TO_BOB IPV4("001c", "01") "0304000000000578",
		    "10.0.0.1 > 10.0.0.2 ICMP fragmentation needed mtu 1400, "
		    "42 bytes");
	assert_line(TO_BOB IPV4("001c", "01") "030d000000000000",
		    "10.0.0.1 > 10.0.0.2 ICMP unreachable code 13, 42 bytes");
	assert_line(TO_BOB IPV4("001c", "01") "050100000a0000fe",
		    "10.0.0.1 > 10.0.0.2 ICMP redirect to 10.0.0.254, 42 "
		    "bytes");
	assert_line(TO_BOB IPV4("001c", "01") "0b00000000000000",
		    "10.0.0.1 > 10.0.0.2 ICMP time exceeded, 42 bytes");
	assert_line(TO_BOB IPV4("001c", "01") "0d00000000000000",
		    "10.0.0.1 > 10.0.0.2 ICMP type 13 code 0, 42 bytes");
}

static void tcp_shows_ports_flags_and_numbers(void **state)
{
	(void)state;
	assert_line(TO_BOB IPV4("0028", "06") "01bb15b3 00000001 00000000 5002"
					      "faf0 0000 0000",
		    "10.0.0.1.443 > 10.0.0.2.5555 TCP SYN seq 1 win 64240, 54 "
		    "bytes");
	assert_line(TO_BOB IPV4("0028", "06") "01bb15b3 ffffffff 00000002 5012"
					      "ffff 0000 0000",
		    "10.0.0.1.443 > 10.0.0.2.5555 TCP SYN ACK seq 4294967295 "
		    "ack 2 win 65535, 54 bytes");
	assert_line(TO_BOB IPV4("0028", "06") "01bb15b3 00000001 00000002 50ff"
					      "0000 0000 0000",
		    "10.0.0.1.443 > 10.0.0.2.5555 TCP FIN SYN RST PSH ACK URG "
		    "ECE CWR seq 1 ack 2 win 0, 54 bytes");
}

static void udp_and_the_rest_of_ipv4_have_names(void **state)
{
	(void)state;
	assert_line(TO_BOB IPV4("001c", "11") "00440043 00080000",
		    "10.0.0.1.68 > 10.0.0.2.67 UDP, 42 bytes");
	assert_line(TO_BOB IPV4("001c", "02") "1600000000000000",
		    "10.0.0.1 > 10.0.0.2 IGMP, 42 bytes");
	assert_line(TO_BOB IPV4("0014", "fe"),
		    "10.0.0.1 > 10.0.0.2 protocol 254, 34 bytes");
	assert_line(TO_BOB "0800 4500001c 00000010 40110000 0a000001 0a000002"
			   "00440043 00080000",
		    "10.0.0.1 > 10.0.0.2 UDP fragment at 128, 42 bytes");
	/* options in between */
	assert_line(TO_BOB "0800 46000020 00004000 40110000 0a000001 0a000002"
			   "94040000 00440043 00080000",
		    "10.0.0.1.68 > 10.0.0.2.67 UDP, 46 bytes");
}

static void padding_is_not_taken_for_payload(void **state)
{
	(void)state;
	assert_line(TO_BOB IPV4("0014", "11") "00440043 00080000",
		    "10.0.0.1 > 10.0.0.2 UDP truncated, 42 bytes");
	/* A super-frame may not say how long it is. */
	assert_line(TO_BOB IPV4("0000", "11") "00440043 00080000",
		    "10.0.0.1.68 > 10.0.0.2.67 UDP, 42 bytes");
}

static void icmpv6_says_what_it_is_about(void **state)
{
	(void)state;
	assert_line(TO_BOB IPV6("0008", "3a") "8000000000070001",
		    "fd00::1 > fd00::2 ICMPv6 echo request id 7 seq 1, 62 "
		    "bytes");
	assert_line(TO_BOB IPV6("0008", "3a") "8100000000070001",
		    "fd00::1 > fd00::2 ICMPv6 echo reply id 7 seq 1, 62 bytes");
	assert_line(TO_BOB IPV6("0008", "3a") "8500000000000000",
		    "fd00::1 > fd00::2 ICMPv6 router solicitation, 62 bytes");
	assert_line(TO_BOB IPV6("0008", "3a") "8600000000000000",
		    "fd00::1 > fd00::2 ICMPv6 router advertisement, 62 bytes");
	assert_line(TO_BOB IPV6("0008", "3a") "0200000000000500",
		    "fd00::1 > fd00::2 ICMPv6 packet too big mtu 1280, 62 "
		    "bytes");
	assert_line(TO_BOB IPV6("0008", "3a") "0104000000000000",
		    "fd00::1 > fd00::2 ICMPv6 unreachable code 4, 62 bytes");
	assert_line(TO_BOB IPV6("0008", "3a") "ff04000000000000",
		    "fd00::1 > fd00::2 ICMPv6 type 255 code 4, 62 bytes");
}

static void neighbors_are_told_like_arp(void **state)
{
	(void)state;
	assert_line(TO_BOB IPV6("0018", "3a") "8700000000000000 fd00"
					      "000000000000000000000000 0007",
		    "fd00::1 > fd00::2 ICMPv6 neighbor solicitation who-has "
		    "fd00::7, 78 bytes");
	assert_line(TO_BOB IPV6("0028", "3a") "8800000000000000 fd00"
					      "000000000000000000000000 0007"
					      "0e01000000000000"
					      "020102000000000c",
		    "fd00::1 > fd00::2 ICMPv6 neighbor advertisement fd00::7 "
		    "is-at 02:00:00:00:00:0c, 94 bytes");
	/* An option of length 0 would go on for ever. */
	assert_line(TO_BOB IPV6("0020", "3a") "8800000000000000 fd00"
					      "000000000000000000000000 0007"
					      "0200000000000000",
		    "fd00::1 > fd00::2 ICMPv6 neighbor advertisement fd00::7, "
		    "86 bytes");
}

static void ipv6_extensions_are_stepped_over(void **state)
{
	(void)state;
	assert_line(TO_BOB IPV6("0018", "00") "3a00050200000000"
					      "8f00000000000001" BYTES_8,
		    "fd00::1 > fd00::2 ICMPv6 multicast listener report, 78 "
		    "bytes");
	assert_line(TO_BOB IPV6("0018", "00") "2b00000000000000"
					      "1100000000000000"
					      "0202020100080000",
		    "fd00::1.514 > fd00::2.513 UDP, 78 bytes");
	assert_line(TO_BOB IPV6("0010", "2c") "1100000000000000"
					      "0202020100080000",
		    "fd00::1.514 > fd00::2.513 UDP, 70 bytes");
	assert_line(TO_BOB IPV6("0010", "2c") "1100058800000000"
					      "0202020100080000",
		    "fd00::1 > fd00::2 UDP fragment at 1416, 70 bytes");
	/* longer than the packet */
	assert_line(TO_BOB IPV6("0010", "3c") "11ff000000000000" BYTES_8,
		    "fd00::1 > fd00::2 UDP truncated, 70 bytes");
	/* more than anybody means seriously */
	assert_line(TO_BOB IPV6("0050", "3c")
			    MORE MORE MORE MORE MORE MORE MORE MORE
		    "1100000000000000 0202020100080000",
		    "fd00::1 > fd00::2 protocol 60, 134 bytes");
}

static void vlans_come_first(void **state)
{
	(void)state;
	assert_line("02000000000b 02000000000a 8100600a " IPV4(
			    "001c", "01") "0800000000070001",
		    "vlan 10 10.0.0.1 > 10.0.0.2 ICMP echo request id 7 seq "
		    "1, 46 bytes");
	assert_line(TO_BOB "88a80064 8100000a 0806 0001080006040008",
		    "vlan 100 vlan 10 02:00:00:00:00:0a > 02:00:00:00:00:0b "
		    "ARP operation 8, 30 bytes");
	assert_line(TO_BOB "8100000a 88b5",
		    "vlan 10 02:00:00:00:00:0a > 02:00:00:00:00:0b ethertype "
		    "0x88b5, 18 bytes");
}

static void lldp_names_the_neighbor(void **state)
{
	(void)state;
	assert_line("0180c200000e 02000000000a 88cc 0207 04 02000000000a"
		    "0405 05 65746830 0602 0078 0000",
		    "02:00:00:00:00:0a > 01:80:c2:00:00:0e LLDP chassis "
		    "02:00:00:00:00:0a port eth0 ttl 120, 36 bytes");
	/* A port whose name would clear the screen. */
	assert_line("0180c200000e 02000000000a 88cc 0405 05 1b5b324a 0000",
		    "02:00:00:00:00:0a > 01:80:c2:00:00:0e LLDP port "
		    "\\x1b[2J, 23 bytes");
	assert_line("0180c200000e 02000000000a 88cc 0405 05 65",
		    "02:00:00:00:00:0a > 01:80:c2:00:00:0e LLDP truncated, 18 "
		    "bytes");
	assert_line("0180c200000e 02000000000a 88cc 0400 0000",
		    "02:00:00:00:00:0a > 01:80:c2:00:00:0e LLDP, 18 bytes");
}

static void spanning_tree_names_root_and_bridge(void **state)
{
	(void)state;
	assert_line("0180c2000000 02000000000a 0026 424203 0000 00 00 00"
		    "8000020000000001 00000004 800002000000000a 8001"
		    "0000140002000f00",
		    "02:00:00:00:00:0a > 01:80:c2:00:00:00 STP root "
		    "8000.02:00:00:00:00:01 cost 4 bridge "
		    "8000.02:00:00:00:00:0a port 8001, 52 bytes");
	assert_line("0180c2000000 02000000000a 0007 424203 0000 00 80",
		    "02:00:00:00:00:0a > 01:80:c2:00:00:00 STP topology "
		    "change, 21 bytes");
	assert_line("0180c2000000 02000000000a 0007 424203 0000 02 02 00",
		    "02:00:00:00:00:0a > 01:80:c2:00:00:00 RSTP truncated, 22 "
		    "bytes");
	assert_line("0180c2000000 02000000000a 0007 f0f003",
		    "02:00:00:00:00:0a > 01:80:c2:00:00:00 LLC dsap 0xf0 ssap "
		    "0xf0, 17 bytes");
}

static void other_ethertypes_are_numbers(void **state)
{
	(void)state;
	assert_line("333300000001 02000000000a 88b5 0102",
		    "02:00:00:00:00:0a > 33:33:00:00:00:01 ethertype 0x88b5, "
		    "16 bytes");
}

static void headers_that_contradict_themselves_are_malformed(void **state)
{
	(void)state;
	assert_line(TO_BOB "0800 4400001c 00004000 40110000 0a000001 0a000002",
		    "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 malformed, 34 "
		    "bytes");
	assert_line(TO_BOB "0800 6500001c 00004000 40110000 0a000001 0a000002",
		    "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 malformed, 34 "
		    "bytes");
	assert_line(TO_BOB
		    "86dd 40000000 00001140" BYTES_8 BYTES_8 BYTES_8 BYTES_8,
		    "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv6 malformed, 54 "
		    "bytes");
}

static void what_is_cut_off_is_truncated(void **state)
{
	uint8_t data[MAX_FRAME];
	size_t len;

	(void)state;
	len = from_hex(TO_BOB IPV4("0028", "06") "01bb15b3 00000001 00000000"
						 "5002faf0 00000000",
		       data);
	assert_string_equal(decode(data, 0, 1600),
			    "truncated frame, 1,600 bytes");
	assert_string_equal(decode(data, 13, 1), "truncated frame, 1 byte");
	assert_string_equal(decode(data, 14, 1600),
			    "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 "
			    "truncated, 1,600 bytes");
	assert_string_equal(decode(data, 35, 1600),
			    "10.0.0.1 > 10.0.0.2 TCP truncated, 1,600 bytes");
	assert_string_equal(decode(data, 40, 1600),
			    "10.0.0.1.443 > 10.0.0.2.5555 TCP truncated, "
			    "1,600 bytes");
	assert_string_equal(decode(data, len, 1600),
			    "10.0.0.1.443 > 10.0.0.2.5555 TCP SYN seq 1 win "
			    "64240, 1,600 bytes");
}

static void a_short_line_is_cut_and_terminated(void **state)
{
	uint8_t data[MAX_FRAME];
	const size_t len = from_hex(TO_BOB "88b5", data);

	(void)state;
	for (size_t size = 1; size < 80; size++) {
		char *buf = malloc(size);
		size_t n;

		memset(buf, 'x', size);
		n = decode_frame(data, len, len, buf, size);
		assert_int_equal(n, strlen(buf));
		assert_true(strlen(buf) < size);
		free(buf);
	}
}

/* Real frames, cut anywhere and with a few bytes changed. */
static void hostile_frames_do_no_harm(void **state)
{
	static const char *const frames[] = {
		TO_BOB IPV4("0028", "06") "01bb15b3 00000001 00000000 5002faf0",
		TO_BOB IPV4("001c", "01") "0800000000070001",
		TO_BOB IPV6("0018", "00") "2b00000000000000 1100000000000000"
					  "0202020100080000" BYTES_8,
		TO_BOB IPV6("0028", "3a") "8800000000000000" BYTES_8 BYTES_8
					  "0e01000000000000 020102000000000c",
		TO_BOB "88a80064 8100000a 0806 0001080006040001" BYTES_8 BYTES_8
		       "00000000",
		TO_BOB "88cc 020704 02000000000a 020704 02000000000a"
		       "020704 02000000000a 040505 65746830 06020078 0000",
		TO_BOB "0026 424203 0000000000" BYTES_8 BYTES_8 BYTES_8 BYTES_8,
	};

	(void)state;
	srandom(3);
	for (int i = 0; i < 200000; i++) {
		uint8_t data[MAX_FRAME];
		size_t len = from_hex(
			frames[(size_t)random() % ARRAY_SIZE(frames)], data);
		const char *line;

		for (long n = random() % 4; n > 0; n--)
			data[(size_t)random() % len] = (uint8_t)random();
		if (random() % 2)
			len = (size_t)random() % (len + 1);
		line = decode(data, len, len);
		if (strlen(line) + 1 >= DECODE_LINE_SIZE)
			fail_msg("does not fit: %s", line);
		for (; *line; line++)
			assert_in_range(*line, ' ', '~');
	}
}

static void the_longest_line_fits(void **state)
{
	uint8_t data[800];
	size_t at = 12;
	const char *line;

	(void)state;
	memset(data, 0xff, sizeof(data));
	for (int i = 0; i < 8; i++, at += 4)
		memcpy(data + at, "\x81\x00\x0f\xff", 4);
	memcpy(data + at, "\x88\xcc", 2);
	at += 2;
	for (int i = 0; i < 8; i++, at += 62) {
		memcpy(data + at, "\x02\x3c", 2);
		data[at + 2] = 1;
	}
	line = decode(data, at, SIZE_MAX);
	assert_non_null(strstr(line, " bytes"));
	assert_true(strlen(line) + 1 < DECODE_LINE_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_is_told_as_a_conversation),
		cmocka_unit_test(icmp_says_what_it_is_about),
		cmocka_unit_test(tcp_shows_ports_flags_and_numbers),
		cmocka_unit_test(udp_and_the_rest_of_ipv4_have_names),
		cmocka_unit_test(padding_is_not_taken_for_payload),
		cmocka_unit_test(icmpv6_says_what_it_is_about),
		cmocka_unit_test(neighbors_are_told_like_arp),
		cmocka_unit_test(ipv6_extensions_are_stepped_over),
		cmocka_unit_test(vlans_come_first),
		cmocka_unit_test(lldp_names_the_neighbor),
		cmocka_unit_test(spanning_tree_names_root_and_bridge),
		cmocka_unit_test(other_ethertypes_are_numbers),
		cmocka_unit_test(
			headers_that_contradict_themselves_are_malformed),
		cmocka_unit_test(what_is_cut_off_is_truncated),
		cmocka_unit_test(a_short_line_is_cut_and_terminated),
		cmocka_unit_test(hostile_frames_do_no_harm),
		cmocka_unit_test(the_longest_line_fits),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
