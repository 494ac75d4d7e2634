/* SPDX-License-Identifier: MIT */
/*
 * test_capture.c - which frames a capture records, and what it says of them
 *
 * A capture of a bridge with fake ports, read back from its pipe.
 */

#include "capture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "bytes.h"
#include "err.h"
#include "fake_switch.h"
#include "frame.h"
#include "macros.h"
#include "pcapng_read.h"
#include "superframe.h"
#include "unit.h"

enum {
	STORY_SIZE = 2000,
	GSO_SIZE = 1000,
	HEADERS_LEN = 54,
	N_SEGMENTS = 3,
	N_SEGMENTS_LARGE = 20, /* more than is copied twice */
	TCP_CHECKSUM_AT = 14 + 20 + 16,
};

/* What was read, in order: "<A60 >B60[comment]", "!C[why]" and so on. */
struct reading {
	struct capture *capture;
	struct pcapng_read *reader;
	int read_fd;
	char names[FAKE_PORTS_MAX + 1];
	size_t n_names;
	uint16_t checksum; /* in the newest packet, were it TCP over IPv4 */
	const uint8_t *expected; /* bytes of all packets, or NULL */
	char story[STORY_SIZE];
};

static void tell(struct reading *r, char what, uint32_t id, const char *number,
		 const char *comment)
{
	const size_t used = strlen(r->story);

	snprintf(r->story + used, STORY_SIZE - used, "%s%c%c%s%s%s%s",
		 used ? " " : "", what, r->names[id], number,
		 comment ? "[" : "", comment ? comment : "",
		 comment ? "]" : "");
}

static void on_event(void *arg, const struct pcapng_event *event)
{
	struct reading *r = arg;
	char number[12];

	switch (event->type) {
	case PCAPNG_EVENT_SECTION:
		break;
	case PCAPNG_EVENT_INTERFACE:
		r->names[r->n_names++] = event->interface.name[0];
		break;
	case PCAPNG_EVENT_PACKET:
		snprintf(number, sizeof(number), "%u", event->packet.len);
		tell(r,
		     event->packet.direction == PCAPNG_DIRECTION_INBOUND ? '<'
									 : '>',
		     event->interface_id, number, event->packet.comment);
		if (event->packet.caplen >= TCP_CHECKSUM_AT + 2)
			r->checksum =
				load_be16(event->packet.data + TCP_CHECKSUM_AT);
		if (r->expected)
			assert_memory_equal(event->packet.data, r->expected,
					    event->packet.caplen);
		break;
	case PCAPNG_EVENT_STATISTICS:
		if (event->statistics.comment)
			tell(r, '!', event->interface_id, "",
			     event->statistics.comment);
		break;
	}
}

static void describe(const struct port *port, char *buf, size_t size)
{
	snprintf(buf, size, "port %s", port->name);
}

static void on_pending(struct capture *capture, void *user)
{
	(void)capture;
	(void)user;
}

/* Start to record what @config says, which is completed. */
static struct reading *read_new(struct fake_switch *sw,
				struct capture_config config)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct err err = { 0 };
	int fds[2];

	assert_non_null(r);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	config.fd = fds[1];
	config.describe = describe;
	config.on_pending = on_pending;
	if (capture_open(&r->capture, sw->bridge, &config, &err) < 0)
		fail_msg("%s", err.msg);
	r->read_fd = fds[0];
	r->reader = pcapng_read_new(on_event, r);
	assert_non_null(r->reader);
	return r;
}

static void read_free(struct reading *r)
{
	capture_free(r->capture);
	pcapng_read_free(r->reader);
	close(r->read_fd);
	free(r);
}

/* What has been recorded since the last time. */
static void expect_story(struct reading *r, const char *story)
{
	static uint8_t buf[1 << 20];
	struct err err = { 0 };
	ssize_t n;
	int written;

	r->story[0] = '\0';
	do {
		written = capture_write(r->capture);
		assert_true(written >= 0);
		while ((n = read(r->read_fd, buf, sizeof(buf))) > 0) {
			if (pcapng_read_feed(r->reader, buf, (size_t)n, &err))
				fail_msg("%s", err.msg);
		}
	} while (!written);
	assert_string_equal(r->story, story);
}

static struct arrival of_length(struct eth_addr to, size_t len)
{
	struct arrival arrival = arrival_new(alice, to);

	arrival.len = len;
	return arrival;
}

static struct arrival super(void)
{
	static struct superframe f;
	const struct superframe_spec spec = {
		.tcp = true,
		.super = true,
		.gso_size = GSO_SIZE,
		.payload_len = N_SEGMENTS * GSO_SIZE,
	};
	struct arrival arrival = { .data = f.data };

	superframe_build(&f, &spec);
	arrival.len = f.len;
	arrival.offload = f.hdr;
	return arrival;
}

static void a_direction_can_be_left_out(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = of_length(everybody, 60);
	struct reading *in, *out, *both;

	in = read_new(sw, (struct capture_config){ .skip_out = true });
	out = read_new(sw, (struct capture_config){ .skip_in = true });
	both = read_new(sw, (struct capture_config){ .fd = -1 });
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_story(in, "<p60");
	expect_story(out, ">p60 >p60 >p60");
	expect_story(both, "<p60 >p60 >p60 >p60");
	read_free(both);
	read_free(out);
	read_free(in);
}

/* Ports in this file are told apart by the first letter of their names. */
static void name_ports(struct fake_switch *sw)
{
	for (size_t i = 0; i < sw->n_ports; i++)
		snprintf(fake_switch_port(sw, i)->name, PORT_NAME_SIZE, "%c",
			 (char)('A' + i));
}

static void collapsed_frames_are_recorded_once(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival batch[] = {
		of_length(everybody, 60),
		of_length(bob, 61),
		of_length(alice, 62),
		of_length(everybody, 63),
	};
	struct reading *r;

	name_ports(sw);
	fake_switch_hear(sw, PORT_A, alice);
	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_forget(sw);
	r = read_new(sw, (struct capture_config){ .collapse = true });
	fake_switch_refuse(sw, PORT_C, 1, DROP_QUEUE_FULL);
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	expect_story(r, "<A60[from A to B, C, D] <A61[from A to B] "
			"<A62[from A; dropped: same-port] "
			"<A63[from A to B, D; dropped at C (queue-full)]");

	/* and nothing of it is left for the next ones */
	fake_switch_arrive(sw, PORT_A, batch, 2);
	expect_story(r, "<A60[from A to B, C, D] <A61[from A to B]");
	read_free(r);
}

static void drops_are_recorded_with_their_reason_and_once(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival batch[] = {
		of_length(everybody, 60),
		of_length(bob, 61),
		of_length(alice, 62),
	};
	const struct port *some[2];
	struct reading *all, *two, *in, *once;

	name_ports(sw);
	fake_switch_hear(sw, PORT_A, alice);
	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_forget(sw);
	some[0] = fake_switch_port(sw, PORT_A);
	some[1] = fake_switch_port(sw, PORT_B);
	all = read_new(sw, (struct capture_config){ .drops = true });
	two = read_new(sw, (struct capture_config){
				   .drops = true,
				   .ports = (struct port *const *)some,
				   .n_ports = 2,
			   });
	in = read_new(
		sw, (struct capture_config){ .drops = true, .skip_out = true });
	once = read_new(
		sw, (struct capture_config){ .drops = true, .collapse = true });
	fake_switch_refuse(sw, PORT_C, 0, DROP_QUEUE_FULL);
	fake_switch_refuse(sw, PORT_B, 1, DROP_LINK_DOWN);
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));

	/* 60 left by B and D; 61 was refused by its only port, and is dropped
	 * at its ingress for it, which who records all ports knows already */
	expect_story(all, ">C60[dropped: queue-full] >B61[dropped: link-down] "
			  "<A62[dropped: same-port]");
	expect_story(two, ">B61[dropped: link-down] <A61[dropped: link-down] "
			  "<A62[dropped: same-port]");
	expect_story(in, "<A61[dropped: link-down] <A62[dropped: same-port]");
	expect_story(once, "<A60[from A to B, D; dropped at C (queue-full)] "
			   "<A61[from A; dropped at B (link-down)] "
			   "<A62[from A; dropped: same-port]");
	read_free(once);
	read_free(in);
	read_free(two);
	read_free(all);
}

static void what_leaves_is_recorded_before_or_after_it_is_cut(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = super();
	struct reading *received, *sent;

	name_ports(sw);
	fake_switch_port(sw, PORT_B)->offloads = 0;
	fake_switch_port(sw, PORT_D)->state = PORT_STATE_DOWN;
	received = read_new(sw, (struct capture_config){ .as_received = true });
	sent = read_new(sw, (struct capture_config){ .fd = -1 });
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_story(received, "<A3054 >B3054 >C3054");
	expect_story(sent, "<A3054 >B1054 >B1054 >B1054 >C3054");
	read_free(sent);
	read_free(received);
}

static void super_frames_can_be_recorded_as_a_wire_has_them(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = super();
	struct reading *r, *one, *snap;
	const struct handed *last;

	name_ports(sw);
	fake_switch_port(sw, PORT_B)->offloads = 0;
	for (size_t i = PORT_C; i <= PORT_D; i++)
		fake_switch_port(sw, i)->state = PORT_STATE_DOWN;
	r = read_new(sw, (struct capture_config){ .segment = true });
	one = read_new(sw, (struct capture_config){ .segment = true,
						    .max_frames = 2 });
	snap = read_new(sw, (struct capture_config){ .segment = true,
						     .snaplen = 20,
						     .skip_in = true });
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_story(r, "<A1054 <A1054 <A1054 >B1054 >B1054 >B1054");

	/* byte for byte what the port was given, so the checksum is right */
	last = fake_switch_handed(sw, PORT_B, N_SEGMENTS - 1);
	assert_int_equal(r->checksum, load_be16(last->data + TCP_CHECKSUM_AT));
	expect_story(one, "<A1054 <A1054");
	assert_true(capture_is_full(one->capture));
	expect_story(snap, ">B1054 >B1054 >B1054");
	read_free(snap);
	read_free(one);
	read_free(r);
}

/* Always in the same memory, as frames of a batch are. */
static void arrive_in_place(struct fake_switch *sw, const struct superframe *f)
{
	static uint8_t buffer[FRAME_HEADROOM + SUPERFRAME_MAX];
	struct frame frame = {
		.data = buffer + FRAME_HEADROOM,
		.len = (uint32_t)f->len,
		.offload = f->hdr,
	};

	memcpy(frame.data, f->data, f->len);
	bridge_receive(sw->bridge, fake_switch_port(sw, PORT_A), &frame, 1,
		       sw->now, sw->wall_ns);
}

/*
 * A large frame is in the recorder's memory once, however often it is in the
 * recording. Others come after it.
 */
static void large_frames_are_recorded_as_they_are_each_time(void **state)
{
	static struct superframe f[2], complete[2];
	struct fake_switch *sw = *state;
	struct reading *all, *out, *snap, *few;

	for (size_t i = 0; i < 2; i++) {
		const struct superframe_spec spec = {
			.tcp = true,
			.super = true,
			.gso_size = GSO_SIZE,
			.payload_len = N_SEGMENTS_LARGE * GSO_SIZE,
			.seed = (uint32_t)i + 1,
		};

		superframe_build(&f[i], &spec);
		complete[i] = f[i];
		offload_complete_checksum(complete[i].data, f[i].len,
					  &complete[i].hdr);
	}

	name_ports(sw);
	fake_switch_port(sw, PORT_C)->offloads = 0;
	all = read_new(sw, (struct capture_config){ .as_received = true });
	out = read_new(sw, (struct capture_config){ .as_received = true,
						    .skip_in = true });
	snap = read_new(sw, (struct capture_config){ .as_received = true,
						     .snaplen = 9001 });
	few = read_new(sw, (struct capture_config){ .as_received = true,
						    .snaplen = 100 });
	for (size_t i = 0; i < 20; i++) {
		all->expected = out->expected = complete[i % 2].data;
		/* a checksum that nobody can verify is not worth the sum */
		snap->expected = few->expected = f[i % 2].data;
		arrive_in_place(sw, &f[i % 2]);
		expect_story(all, "<A20054 >B20054 >C20054 >D20054");
		expect_story(out, ">B20054 >C20054 >D20054");
		expect_story(snap, "<A20054 >B20054 >C20054 >D20054");
		expect_story(few, "<A20054 >B20054 >C20054 >D20054");
	}
	read_free(few);
	read_free(snap);
	read_free(out);
	read_free(all);
}

static void a_frame_of_a_wire_has_its_checksum_if_it_is_cut(void **state)
{
	static struct superframe f, complete;
	const struct superframe_spec spec = {
		.tcp = true,
		.payload_len = 1000,
		.seed = 1,
	};
	struct fake_switch *sw = *state;
	struct reading *few;

	superframe_build(&f, &spec);
	complete = f;
	offload_complete_checksum(complete.data, f.len, &complete.hdr);
	assert_memory_not_equal(complete.data, f.data, 100);
	name_ports(sw);
	few = read_new(sw, (struct capture_config){ .snaplen = 100,
						    .skip_out = true });
	few->expected = complete.data;
	arrive_in_place(sw, &f);
	expect_story(few, "<A1054");
	read_free(few);
}

static void a_port_that_ends_is_noted_and_the_capture_goes_on(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = of_length(everybody, 60);
	struct reading *r;

	name_ports(sw);
	r = read_new(sw, (struct capture_config){ .skip_out = true });
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	capture_end_port(r->capture, fake_switch_port(sw, PORT_B),
			 "its interface was deleted", sw->wall_ns);
	/* it is detached later, which is no news */
	capture_end_port(r->capture, fake_switch_port(sw, PORT_B),
			 "it was detached", sw->wall_ns);
	expect_story(r, "<A60 !B[its interface was deleted]");
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_story(r, "<A60[port B ended: its interface was deleted] <A60");
	capture_finish(r->capture, sw->wall_ns);
	expect_story(r, "");
	read_free(r);
}

static void a_port_that_came_back_can_end_again(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = of_length(everybody, 60);
	const struct port *a = fake_switch_port(sw, PORT_A);
	struct reading *r;

	name_ports(sw);
	r = read_new(sw, (struct capture_config){ .skip_out = true });
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	capture_end_port(r->capture, a, "its namespace is gone", sw->wall_ns);
	expect_story(r, "<A60 !A[its namespace is gone]");
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_story(r, "<A60[port A ended: its namespace is gone]");
	capture_end_port(r->capture, a, "it was detached", sw->wall_ns);
	expect_story(r, "!A[it was detached]");
	read_free(r);
}

static void ports_that_end_together_are_all_noted(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = of_length(everybody, 60);
	struct reading *r;

	name_ports(sw);
	r = read_new(sw, (struct capture_config){ .skip_out = true });
	capture_end_port(r->capture, fake_switch_port(sw, PORT_B), "it left",
			 sw->wall_ns);
	capture_end_port(r->capture, fake_switch_port(sw, PORT_C), "so did it",
			 sw->wall_ns);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_story(r, "!B[it left] !C[so did it] "
			"<A60[port B ended: it left; port C ended: so did it]");
	read_free(r);
}

static void what_excludes_each_other_is_refused(void **state)
{
	static const struct capture_config bad[] = {
		{ .skip_in = true, .skip_out = true },
		{ .collapse = true, .skip_in = true },
		{ .collapse = true, .skip_out = true, .drops = true },
	};
	struct fake_switch *sw = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct capture *capture;
		struct err err = { 0 };

		assert_int_equal(
			capture_open(&capture, sw->bridge, &bad[i], &err), -22);
		assert_true(err.msg[0]);
		assert_null(sw->bridge->observers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_SWITCH_TEST(a_direction_can_be_left_out),
		FAKE_SWITCH_TEST(collapsed_frames_are_recorded_once),
		FAKE_SWITCH_TEST(drops_are_recorded_with_their_reason_and_once),
		FAKE_SWITCH_TEST(
			what_leaves_is_recorded_before_or_after_it_is_cut),
		FAKE_SWITCH_TEST(
			super_frames_can_be_recorded_as_a_wire_has_them),
		FAKE_SWITCH_TEST(
			large_frames_are_recorded_as_they_are_each_time),
		FAKE_SWITCH_TEST(
			a_frame_of_a_wire_has_its_checksum_if_it_is_cut),
		FAKE_SWITCH_TEST(
			a_port_that_ends_is_noted_and_the_capture_goes_on),
		FAKE_SWITCH_TEST(a_port_that_came_back_can_end_again),
		FAKE_SWITCH_TEST(ports_that_end_together_are_all_noted),
		FAKE_SWITCH_TEST(what_excludes_each_other_is_refused),
	};

	return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
