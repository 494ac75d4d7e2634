/* SPDX-License-Identifier: MIT */
/* test_pcapng.c - captures, encoded and read back */

#include "unit.h"

#include <byteswap.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "macros.h"
#include "pcapng.h"
#include "pcapng_read.h"

enum {
	MAX_EVENTS = 16,
	MAX_CAPTURE = 4096,
};

/* Events outlive their callback here, so texts and payloads are copied. */
struct seen {
	struct pcapng_event event;
	char texts[3][1100];
	uint8_t data[2048];
};

struct fixture {
	struct pcapng_read *reader;
	size_t n_events;
	struct seen seen[MAX_EVENTS];
	uint8_t capture[MAX_CAPTURE];
	size_t len;
};

static const uint8_t frame[61] = { 0x02, 0, 0, 0, 0, 2,    0x02, 0,
				   0,    0, 0, 1, 8, 0xab, 0xcd };

static void keep(struct seen *seen, int i, const char **text)
{
	if (!*text)
		return;
	snprintf(seen->texts[i], sizeof(seen->texts[i]), "%s", *text);
	*text = seen->texts[i];
}

static void on_event(void *arg, const struct pcapng_event *event)
{
	struct fixture *f = arg;
	struct seen *seen = &f->seen[f->n_events % MAX_EVENTS];
	struct pcapng_event *copy = &seen->event;

	f->n_events++;
	*copy = *event;
	switch (event->type) {
	case PCAPNG_EVENT_SECTION:
		keep(seen, 0, &copy->section.application);
		keep(seen, 1, &copy->section.os);
		keep(seen, 2, &copy->section.hardware);
		break;
	case PCAPNG_EVENT_INTERFACE:
		keep(seen, 0, &copy->interface.name);
		keep(seen, 1, &copy->interface.description);
		keep(seen, 2, &copy->interface.filter);
		break;
	case PCAPNG_EVENT_PACKET:
		keep(seen, 0, &copy->packet.comment);
		if (copy->packet.caplen <= sizeof(seen->data))
			memcpy(seen->data, event->packet.data,
			       event->packet.caplen);
		copy->packet.data = seen->data;
		break;
	case PCAPNG_EVENT_STATISTICS:
		keep(seen, 0, &copy->statistics.comment);
		break;
	}
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->reader = pcapng_read_new(on_event, f);
	*state = f;
	return f->reader ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pcapng_read_free(f->reader);
	free(f);
	return 0;
}

static void wrote(struct fixture *f, size_t len)
{
	assert_true(len > 0);
	assert_int_equal(len % 4, 0);
	f->len += len;
}

static void put_section(struct fixture *f)
{
	wrote(f, pcapng_put_section(f->capture + f->len, MAX_CAPTURE - f->len,
				    &(struct pcapng_section){
					    .application = "vswd 0.1.0",
					    .os = "Linux 6.1",
					    .hardware = "x86_64",
				    }));
}

static void put_interface(struct fixture *f)
{
	wrote(f, pcapng_put_interface(f->capture + f->len, MAX_CAPTURE - f->len,
				      &(struct pcapng_interface){
					      .name = "web",
					      .description = "namespace web",
					      .filter = "icmp or arp",
					      .snaplen = 2048,
				      }));
}

static void put_packet(struct fixture *f, const struct pcapng_packet *packet)
{
	const size_t len = pcapng_put_packet(f->capture + f->len,
					     MAX_CAPTURE - f->len, packet);

	assert_int_equal(len, pcapng_packet_size(packet));
	wrote(f, len);
}

static const struct pcapng_packet packet_in = {
	.direction = PCAPNG_DIRECTION_INBOUND,
	.time_ns = UINT64_C(1700000000123456789),
	.data = frame,
	.caplen = sizeof(frame),
	.len = 1500,
	.comment = "dropped: no such VLAN",
};

static const struct pcapng_statistics statistics_in = {
	.time_ns = UINT64_C(1700000001000000000),
	.start_ns = UINT64_C(1700000000000000000),
	.end_ns = UINT64_C(1700000001000000001),
	.received = UINT64_C(0x123456789abc),
	.dropped = 3,
	.delivered = UINT64_C(0x123456789ab9),
	.comment = "its cable is gone",
};

static void put_all(struct fixture *f)
{
	put_section(f);
	put_interface(f);
	put_packet(f, &packet_in);
	wrote(f, pcapng_put_statistics(f->capture + f->len,
				       MAX_CAPTURE - f->len, &statistics_in));
}

/* In a block of memory of exactly its size, for ASan. */
static int feed(struct fixture *f, const void *data, size_t len,
		struct err *err)
{
	uint8_t *copy = malloc(len + !len);
	int r;

	memcpy(copy, data, len);
	r = pcapng_read_feed(f->reader, copy, len, err);
	free(copy);
	return r;
}

static void assert_broken(struct fixture *f, int code, const char *sentence)
{
	const size_t n_before = f->n_events;
	struct err err = { 0 };

	assert_int_equal(feed(f, f->capture, f->len, &err), code);
	assert_string_equal(err.msg, sentence);

	/* and it stays broken */
	err.code = 0;
	assert_int_equal(feed(f, "", 0, &err), code);
	assert_int_equal(feed(f, f->capture, f->len, &err), code);
	assert_int_equal(err.code, code);
	assert_true(f->n_events <= n_before + 3);
}

static void assert_all_seen(struct fixture *f)
{
	const struct pcapng_event *e;

	assert_int_equal(f->n_events, 4);
	e = &f->seen[0].event;
	assert_int_equal(e->type, PCAPNG_EVENT_SECTION);
	assert_string_equal(e->section.application, "vswd 0.1.0");
	assert_string_equal(e->section.os, "Linux 6.1");
	assert_string_equal(e->section.hardware, "x86_64");

	e = &f->seen[1].event;
	assert_int_equal(e->type, PCAPNG_EVENT_INTERFACE);
	assert_int_equal(e->interface_id, 0);
	assert_string_equal(e->interface.name, "web");
	assert_string_equal(e->interface.description, "namespace web");
	assert_string_equal(e->interface.filter, "icmp or arp");
	assert_int_equal(e->interface.snaplen, 2048);

	e = &f->seen[2].event;
	assert_int_equal(e->type, PCAPNG_EVENT_PACKET);
	assert_int_equal(e->packet.direction, PCAPNG_DIRECTION_INBOUND);
	assert_true(e->packet.time_ns == packet_in.time_ns);
	assert_int_equal(e->packet.caplen, sizeof(frame));
	assert_int_equal(e->packet.len, 1500);
	assert_memory_equal(e->packet.data, frame, sizeof(frame));
	assert_string_equal(e->packet.comment, packet_in.comment);

	e = &f->seen[3].event;
	assert_int_equal(e->type, PCAPNG_EVENT_STATISTICS);
	assert_true(e->statistics.time_ns == statistics_in.time_ns);
	assert_true(e->statistics.start_ns == statistics_in.start_ns);
	assert_true(e->statistics.end_ns == statistics_in.end_ns);
	assert_true(e->statistics.received == statistics_in.received);
	assert_true(e->statistics.dropped == statistics_in.dropped);
	assert_true(e->statistics.delivered == statistics_in.delivered);
	assert_string_equal(e->statistics.comment, statistics_in.comment);
}

static void what_is_written_is_read_back(void **state)
{
	struct fixture *f = *state;

	put_all(f);
	assert_int_equal(feed(f, f->capture, f->len, NULL), 0);
	assert_all_seen(f);
	assert_int_equal(pcapng_read_pending(f->reader), 0);
}

static void pieces_of_any_size_give_the_same_events(void **state)
{
	struct fixture *f = *state;

	put_all(f);
	for (size_t piece = 1; piece < 200; piece++) {
		f->n_events = 0;
		for (size_t at = 0; at < f->len; at += piece) {
			const size_t rest = f->len - at;

			assert_int_equal(feed(f, f->capture + at,
					      rest < piece ? rest : piece,
					      NULL),
					 0);
		}
		assert_all_seen(f);
	}
}

static void the_bytes_are_those_of_the_draft(void **state)
{
	/* clang-format off */
	static const uint32_t packet[] = {
		6, 60, 5, 0x00000001, 0x00000002, 5, 60,
		0, 0, /* payload: not compared */
		1 | 3 << 16, 0, /* comment: not compared */
		2 | 4 << 16, 2, /* flags: outbound */
		0, 60,
	};
	/* clang-format on */
	struct fixture *f = *state;
	uint32_t words[ARRAY_SIZE(packet)];
	size_t len;

	len = pcapng_put_packet(f->capture, sizeof(f->capture),
				&(struct pcapng_packet){
					.interface_id = 5,
					.direction = PCAPNG_DIRECTION_OUTBOUND,
					.time_ns = UINT64_C(0x100000002),
					.data = (const uint8_t *)"hello",
					.caplen = 5,
					.len = 60,
					.comment = "abc",
				});
	assert_int_equal(len, sizeof(packet));
	assert_memory_equal(f->capture + PCAPNG_PACKET_DATA, "hello\0\0\0", 8);
	assert_memory_equal(f->capture + 40, "abc", 4);

	memcpy(words, f->capture, sizeof(words));
	words[7] = words[8] = words[10] = 0;
	assert_memory_equal(words, packet, sizeof(packet));
}

static void a_payload_can_be_filled_in_afterwards(void **state)
{
	struct pcapng_packet packet = packet_in;
	struct fixture *f = *state;
	uint8_t *block;

	put_section(f);
	put_interface(f);
	block = f->capture + f->len;
	packet.data = NULL;
	put_packet(f, &packet);
	memcpy(block + PCAPNG_PACKET_DATA, frame, sizeof(frame));

	assert_int_equal(feed(f, f->capture, f->len, NULL), 0);
	assert_memory_equal(f->seen[2].event.packet.data, frame, sizeof(frame));
}

static void a_packet_needs_neither_comment_nor_direction(void **state)
{
	struct pcapng_packet packet = packet_in;
	struct fixture *f = *state;

	put_section(f);
	put_interface(f);
	packet.comment = NULL;
	put_packet(f, &packet);
	packet.direction = PCAPNG_DIRECTION_UNKNOWN;
	put_packet(f, &packet);
	packet.caplen = 0;
	put_packet(f, &packet);

	assert_int_equal(feed(f, f->capture, f->len, NULL), 0);
	assert_int_equal(f->n_events, 5);
	assert_null(f->seen[2].event.packet.comment);
	assert_int_equal(f->seen[2].event.packet.direction,
			 PCAPNG_DIRECTION_INBOUND);
	assert_int_equal(f->seen[3].event.packet.direction,
			 PCAPNG_DIRECTION_UNKNOWN);
	assert_int_equal(f->seen[4].event.packet.caplen, 0);
}

/* One byte less than needed has to be refused, and not overrun (ASan). */
static void assert_fits_exactly(size_t (*put)(uint8_t *buf, size_t size),
				size_t needed)
{
	for (size_t size = 0; size <= needed; size++) {
		uint8_t *buf = malloc(size + !size);

		assert_int_equal(put(buf, size), size < needed ? 0 : needed);
		free(buf);
	}
}

static size_t put_a_section(uint8_t *buf, size_t size)
{
	return pcapng_put_section(
		buf, size, &(struct pcapng_section){ .application = "vswd" });
}

static size_t put_an_interface(uint8_t *buf, size_t size)
{
	return pcapng_put_interface(
		buf, size,
		&(struct pcapng_interface){ .name = "web", .filter = "ip" });
}

static size_t put_a_packet(uint8_t *buf, size_t size)
{
	return pcapng_put_packet(buf, size, &packet_in);
}

static size_t put_the_statistics(uint8_t *buf, size_t size)
{
	return pcapng_put_statistics(buf, size, &statistics_in);
}

static void what_does_not_fit_is_not_written(void **state)
{
	(void)state;
	assert_fits_exactly(put_a_section, 40);
	assert_fits_exactly(put_an_interface, 48);
	assert_fits_exactly(put_a_packet, pcapng_packet_size(&packet_in));
	assert_fits_exactly(put_the_statistics, 112);
}

static void a_packet_larger_than_a_block_does_not_fit(void **state)
{
	const size_t size = 2 * PCAPNG_BLOCK_MAX;
	uint8_t *buf = malloc(size);
	struct pcapng_packet packet = { .data = NULL };

	(void)state;
	packet.caplen = PCAPNG_BLOCK_MAX - PCAPNG_PACKET_DATA - 4;
	assert_int_equal(pcapng_put_packet(buf, size, &packet),
			 PCAPNG_BLOCK_MAX);
	packet.caplen++;
	assert_int_equal(pcapng_put_packet(buf, size, &packet), 0);
	packet.caplen = UINT32_MAX;
	assert_int_equal(pcapng_put_packet(buf, size, &packet), 0);
	assert_true(pcapng_packet_size(&packet) > UINT32_MAX);
	free(buf);
}

static void a_long_text_is_cut_between_characters(void **state)
{
	static char text[70000];
	struct pcapng_packet packet = { .comment = text };
	uint8_t buf[8192];
	uint16_t len;

	(void)state;
	/* An 'x' first, so that a character straddles the limit. */
	text[0] = 'x';
	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\303\274", 2);

	assert_int_equal(pcapng_put_packet(buf, sizeof(buf), &packet),
			 pcapng_packet_size(&packet));
	memcpy(&len, buf + PCAPNG_PACKET_DATA + 2, 2);
	assert_int_equal(len, PCAPNG_TEXT_MAX - 1);
}

static void texts_are_made_fit_for_a_terminal(void **state)
{
	struct pcapng_packet packet = packet_in;
	struct fixture *f = *state;

	put_section(f);
	put_interface(f);
	packet.comment = "\033[2J\r\nmine";
	put_packet(f, &packet);

	assert_int_equal(feed(f, f->capture, f->len, NULL), 0);
	assert_string_equal(f->seen[2].event.packet.comment,
			    "\\x1b[2J\\x0d\\x0amine");
}

static void blocks_nobody_knows_are_skipped(void **state)
{
	static const uint32_t unknown[] = { 0x0bad, 16, 0xffffffff, 16 };
	struct fixture *f = *state;

	put_section(f);
	memcpy(f->capture + f->len, unknown, sizeof(unknown));
	f->len += sizeof(unknown);
	put_interface(f);

	assert_int_equal(feed(f, f->capture, f->len, NULL), 0);
	assert_int_equal(f->n_events, 2);
}

static void a_new_section_forgets_the_interfaces(void **state)
{
	struct fixture *f = *state;

	put_section(f);
	put_interface(f);
	put_section(f);
	put_packet(f, &packet_in);
	assert_broken(f, -EBADMSG,
		      "the capture is damaged: interface 0 was never "
		      "described");
}

static void microseconds_become_nanoseconds(void **state)
{
	struct fixture *f = *state;
	uint8_t *tsresol;

	put_section(f);
	tsresol = f->capture + f->len;
	put_interface(f);
	/* name: 4 + 4, description: 4 + 16, then the option's value */
	tsresol += 16 + 8 + 20 + 4;
	assert_int_equal(*tsresol, 9);
	*tsresol = 6;
	put_packet(f, &packet_in);
	*tsresol = 12;

	assert_int_equal(feed(f, f->capture, f->len, NULL), 0);
	assert_true(f->seen[2].event.packet.time_ns ==
		    packet_in.time_ns / 1000);

	*tsresol = 6; /* so many microseconds do not fit */
	assert_int_equal(feed(f, f->capture, f->len, NULL), 0);
	assert_true(f->seen[5].event.packet.time_ns == UINT64_MAX);

	*tsresol = 0x80 | 20;
	assert_broken(f, -EPROTONOSUPPORT,
		      "the capture counts time in powers of two");
}

static void the_end_of_a_capture_can_be_told_from_a_cut(void **state)
{
	struct fixture *f = *state;

	put_all(f);
	assert_int_equal(feed(f, f->capture, f->len - 1, NULL), 0);
	assert_true(pcapng_read_pending(f->reader) > 0);
	assert_int_equal(feed(f, f->capture + f->len - 1, 1, NULL), 0);
	assert_int_equal(pcapng_read_pending(f->reader), 0);
}

static void what_is_no_capture_is_refused(void **state)
{
	struct fixture *f = *state;

	f->len = (size_t)sprintf((char *)f->capture, "{\"jsonrpc\": \"2.0\"}");
	assert_broken(f, -EBADMSG, "this is not a pcapng capture");
	assert_int_equal(f->n_events, 0);
}

static void patch_u32(struct fixture *f, size_t at, uint32_t value)
{
	memcpy(f->capture + at, &value, sizeof(value));
}

static void a_foreign_byte_order_is_refused(void **state)
{
	struct fixture *f = *state;

	put_section(f);
	patch_u32(f, 4, bswap_32((uint32_t)f->len));
	patch_u32(f, 8, bswap_32(PCAPNG_BYTE_ORDER));
	assert_broken(f, -EPROTONOSUPPORT,
		      "the capture is in the byte order of another machine");
}

static void a_block_of_impossible_length_is_refused(void **state)
{
	static const struct {
		uint32_t len;
		int code;
		const char *sentence;
	} cases[] = {
		{ 0, -EBADMSG, "the capture is damaged: a block of 0 bytes" },
		{ 8, -EBADMSG, "the capture is damaged: a block of 8 bytes" },
		{ 29, -EBADMSG, "the capture is damaged: a block of 29 bytes" },
		{ 524292, -EMSGSIZE,
		  "the capture has a block of 524292 bytes, at most 524288 "
		  "are read" },
		{ UINT32_MAX - 3, -EMSGSIZE,
		  "the capture has a block of 4294967292 bytes, at most "
		  "524288 are read" },
		{ 12, -EBADMSG,
		  "the capture is damaged: a block ends where it should not" },
	};
	struct fixture *f = *state;

	put_section(f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pcapng_read_free(f->reader);
		f->reader = pcapng_read_new(on_event, f);
		patch_u32(f, 4, cases[i].len);
		assert_broken(f, cases[i].code, cases[i].sentence);
	}
}

static void lengths_that_lie_about_their_block_are_refused(void **state)
{
	struct fixture *f = *state;
	size_t packet;

	put_section(f);
	put_interface(f);
	packet = f->len;
	put_packet(f, &packet_in);

	patch_u32(f, packet + 20, 1000); /* caplen */
	assert_broken(f, -EBADMSG,
		      "the capture is damaged: a packet is longer than its "
		      "block");

	pcapng_read_free(f->reader);
	f->reader = pcapng_read_new(on_event, f);
	patch_u32(f, packet + 20, UINT32_MAX);
	assert_broken(f, -EBADMSG,
		      "the capture is damaged: a packet is longer than its "
		      "block");

	pcapng_read_free(f->reader);
	f->reader = pcapng_read_new(on_event, f);
	patch_u32(f, packet + 20, sizeof(frame));
	patch_u32(f, packet + PCAPNG_PACKET_DATA + 64, 1 | 100u << 16);
	assert_broken(f, -EBADMSG,
		      "the capture is damaged: an option is longer than its "
		      "block");
}

static void blocks_without_room_for_their_fields_are_refused(void **state)
{
	static const uint32_t types[] = { PCAPNG_BLOCK_INTERFACE,
					  PCAPNG_BLOCK_PACKET,
					  PCAPNG_BLOCK_STATISTICS };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		pcapng_read_free(f->reader);
		f->reader = pcapng_read_new(on_event, f);
		f->len = 0;
		put_section(f);
		patch_u32(f, f->len, types[i]);
		patch_u32(f, f->len + 4, 12);
		patch_u32(f, f->len + 8, 12);
		f->len += 12;
		assert_broken(f, -EBADMSG,
			      "the capture is damaged: a block is too short");
	}
}

static void interfaces_without_end_are_refused(void **state)
{
	static const uint32_t interface[] = { 1, 20, 1, 0, 20 };
	struct fixture *f = *state;
	struct err err;

	put_section(f);
	assert_int_equal(feed(f, f->capture, f->len, NULL), 0);
	for (int i = 0; i < PCAPNG_READ_INTERFACES; i++)
		assert_int_equal(pcapng_read_feed(f->reader, interface,
						  sizeof(interface), NULL),
				 0);
	assert_int_equal(
		pcapng_read_feed(f->reader, interface, sizeof(interface), &err),
		-ENOSPC);
	assert_string_equal(err.msg,
			    "the capture has more than 65536 interfaces");
}

static void only_ethernet_is_read(void **state)
{
	static const uint32_t interface[] = { 1, 20, 113, 0, 20 };
	struct fixture *f = *state;

	put_section(f);
	memcpy(f->capture + f->len, interface, sizeof(interface));
	f->len += sizeof(interface);
	assert_broken(f, -EPROTONOSUPPORT,
		      "the capture is of link type 113, not Ethernet");
}

static void damaged_captures_do_no_harm(void **state)
{
	struct fixture *f = *state;
	uint8_t damaged[MAX_CAPTURE];

	put_all(f);
	put_all(f);
	srandom(7);
	for (int i = 0; i < 5000; i++) {
		const int n_wounds = 1 + (int)(random() % 4);
		size_t at = 0;

		memcpy(damaged, f->capture, f->len);
		for (int j = 0; j < n_wounds; j++)
			damaged[(size_t)random() % f->len] = (uint8_t)random();
		pcapng_read_free(f->reader);
		f->reader = pcapng_read_new(on_event, f);
		while (at < f->len) {
			size_t piece = 1 + (size_t)random() % 300;

			if (piece > f->len - at)
				piece = f->len - at;
			if (feed(f, damaged + at, piece, NULL) < 0)
				break;
			at += piece;
		}
	}
}

#define reader_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		reader_test(what_is_written_is_read_back),
		reader_test(pieces_of_any_size_give_the_same_events),
		reader_test(the_bytes_are_those_of_the_draft),
		reader_test(a_payload_can_be_filled_in_afterwards),
		reader_test(a_packet_needs_neither_comment_nor_direction),
		cmocka_unit_test(what_does_not_fit_is_not_written),
		cmocka_unit_test(a_packet_larger_than_a_block_does_not_fit),
		cmocka_unit_test(a_long_text_is_cut_between_characters),
		reader_test(texts_are_made_fit_for_a_terminal),
		reader_test(blocks_nobody_knows_are_skipped),
		reader_test(a_new_section_forgets_the_interfaces),
		reader_test(microseconds_become_nanoseconds),
		reader_test(the_end_of_a_capture_can_be_told_from_a_cut),
		reader_test(what_is_no_capture_is_refused),
		reader_test(a_foreign_byte_order_is_refused),
		reader_test(a_block_of_impossible_length_is_refused),
		reader_test(lengths_that_lie_about_their_block_are_refused),
		reader_test(blocks_without_room_for_their_fields_are_refused),
		reader_test(interfaces_without_end_are_refused),
		reader_test(only_ethernet_is_read),
		reader_test(damaged_captures_do_no_harm),
	};

	return cmocka_run_group_tests_name("pcapng", tests, NULL, NULL);
}
