/* SPDX-License-Identifier: MIT */
/*
 * test_captures.c - capture.*: pipes, programs, and clients that misuse them
 *
 * What a capture has to look like inside is for the tests of lib/pcapng and of
 * switch/io; here it only has to be whole.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "err.h"
#include "jsonrpc.h"
#include "macros.h"
#include "pcapng_read.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
	SOON_MS = 1000,
	CAPTURES_MAX = 16,
	N_FRAMES = 3000, /* of FRAME_LEN, in and out: more than a pipe holds */
	FRAME_LEN = 1400,
};

#define START "{'jsonrpc':'2.0','id':%d,'method':'capture.start'"

/* The reader's end of a capture, and what came out of it. */
struct pipe {
	int read_fd;
	json_int_t capture;
	struct pcapng_read *reader;
	int sections, interfaces, packets, statistics;
	json_int_t dropped; /* as statistics say */
};

static void on_event(void *arg, const struct pcapng_event *event)
{
	struct pipe *p = arg;

	switch (event->type) {
	case PCAPNG_EVENT_SECTION:
		p->sections++;
		break;
	case PCAPNG_EVENT_INTERFACE:
		p->interfaces++;
		break;
	case PCAPNG_EVENT_PACKET:
		p->packets++;
		break;
	case PCAPNG_EVENT_STATISTICS:
		p->statistics++;
		p->dropped += (json_int_t)event->statistics.dropped;
		break;
	}
}

/* A capture with these parameters, an object without its braces. */
static struct pipe *start(struct client *c, const char *params)
{
	struct pipe *p = calloc(1, sizeof(*p));
	const json_t *reply;
	int fds[2];

	assert_non_null(p);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	client_pass(c, fds[1], START ",'params':{%s}}", 1, params);
	close(fds[1]);
	reply = client_read(c);
	assert_result(reply);
	p->capture = number_at(reply, "result.capture");
	p->read_fd = fds[0];
	p->reader = pcapng_read_new(on_event, p);
	assert_non_null(p->reader);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	return p;
}

static void pipe_free(struct pipe *p)
{
	close(p->read_fd);
	pcapng_read_free(p->reader);
	free(p);
}

/* Takes what is there; returns true at the end of the pipe. */
static bool drain(struct pipe *p)
{
	static char buf[65536];
	struct err err = { 0 };
	ssize_t n;

	while ((n = read(p->read_fd, buf, sizeof(buf))) > 0) {
		if (pcapng_read_feed(p->reader, buf, (size_t)n, &err) < 0)
			fail_msg("not a capture: %s", err.msg);
	}
	return n == 0;
}

/* The capture is over: the file is whole, and adds up. */
static void assert_complete(struct pipe *p, struct client *c)
{
	const json_t *end;

	eventually(drain(p));
	assert_int_equal(pcapng_read_pending(p->reader), 0);
	assert_int_equal(p->sections, 1);
	assert_int_equal(p->statistics, p->interfaces);
	if (!c)
		return;

	end = client_read(c);
	assert_string_equal(text_at(end, "method"), "capture.end");
	assert_int_equal(number_at(end, "params.capture"), p->capture);
	assert_int_equal(number_at(end, "params.frames"), p->packets);
	assert_int_equal(number_at(end, "params.missed"), p->dropped);
}

static size_t count_captures(struct client *c)
{
	return json_array_size(
		at(client_call(c, "switch.show", "{}"), "result.captures"));
}

static void attach_quietly(struct client *c, const char *ns, const char *port)
{
	netns_silence(ns);
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'%s'}", ns, port));
}

static void send_frames(const char *ns, int n)
{
	static const unsigned char frame[FRAME_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02,
		0,    0,    0,    0,    1,    0x88, 0xb5,
	};

	netns_send(ns, "eth0", frame, sizeof(frame), n);
}

/* In and out */

static void a_capture_ends_when_it_has_enough(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	struct pipe *p;

	attach_quietly(c, web, "web");
	attach_quietly(c, db, "db");
	p = start(c, "'count':4");
	send_frames(web, 10); /* each goes in once and out once */
	assert_complete(p, c);
	assert_int_equal(p->packets, 4);
	assert_int_equal(p->interfaces, 2);
	assert_int_equal(count_captures(c), 0);
	pipe_free(p);
	client_free(c);
}

static void a_capture_can_be_of_some_ports_only(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	struct pipe *p;

	attach_quietly(c, web, "web");
	attach_quietly(c, db, "db");
	p = start(c, "'ports':['db']");
	send_frames(web, 3);
	eventually((drain(p), p->packets == 3));
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)p->capture));
	assert_complete(p, c);
	assert_int_equal(p->interfaces, 1);
	pipe_free(p);

	assert_refused(client_call(c, "capture.stop", "{'capture':1}"), FAILED,
		       "not-found", "capture 1", NULL);
	client_free(c);
}

static void a_capture_can_be_of_some_frames_only(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	struct pipe *all, *none;

	attach_quietly(c, ns, "web");
	all = start(c, "'bpf':[[6,0,0,1]]");
	none = start(c, "'bpf':[[6,0,0,0]],'filter':'none of them'");
	send_frames(ns, 3);
	eventually((drain(all), all->packets == 3));
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)none->capture));
	assert_complete(none, c);
	assert_int_equal(none->packets, 0);
	pipe_free(none);
	pipe_free(all);
	client_free(c);
}

static void captures_are_shown_while_they_run(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	struct pipe *p, *q;
	const json_t *reply;

	attach_quietly(c, ns, "web");
	p = start(c, "'ports':['web'],'filter':'icmp','bpf':[[6,0,0,0]]");
	q = start(c, "");
	send_frames(ns, 2);
	eventually((drain(q), q->packets == 2));
	reply = client_call(c, "switch.show", "{}");
	assert_int_equal(number_at(reply, "result.captures.0.capture"),
			 p->capture);
	assert_int_equal(number_at(reply, "result.captures.0.frames"), 0);
	assert_int_equal(number_at(reply, "result.captures.0.missed"), 0);
	assert_string_equal(text_at(reply, "result.captures.0.filter"), "icmp");
	assert_int_equal(number_at(reply, "result.captures.1.frames"), 2);
	assert_true(json_is_null(at(reply, "result.captures.1.filter")));
	assert_string_equal(text_at(reply, "result.captures.0.ports.0"), "web");
	assert_int_equal(json_array_size(at(reply, "result.captures.1.ports")),
			 0);
	pipe_free(q);
	pipe_free(p);
	client_free(c);
}

static void a_capture_is_stopped_by_who_started_it(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	struct pipe *p = start(c, "");

	assert_refused(client_call(other, "capture.stop", "{'capture':%d}",
				   (int)p->capture),
		       FAILED, "not-found", "capture", NULL);
	assert_refused(client_call(c, "capture.stop", "{'capture':%d}",
				   (int)p->capture + 1),
		       FAILED, "not-found", "capture", NULL);
	assert_int_equal(count_captures(c), 1);
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)p->capture));
	assert_complete(p, c);
	pipe_free(p);
	client_free(other);
	client_free(c);
}

static void a_capture_outlives_the_ports_it_is_of(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	struct pipe *p;

	attach_quietly(c, web, "web");
	attach_quietly(c, db, "db");
	p = start(c, "'ports':['web']");
	send_frames(web, 1);
	eventually((drain(p), p->packets == 1));
	assert_result(client_call(c, "port.detach", "{'port':'web'}"));
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'web'}", web));
	send_frames(db, 1);
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)p->capture));
	assert_complete(p, c);
	pipe_free(p);
	client_free(c);
}

/* What comes with the request */

static bool is_at_its_end(int read_fd)
{
	char byte;

	fcntl(read_fd, F_SETFL, O_NONBLOCK);
	return read(read_fd, &byte, 1) == 0;
}

static int make_file(void)
{
	char path[] = "/tmp/vsw-proto-file-XXXXXX";
	const int fd = mkostemp(path, O_CLOEXEC);

	unlink(path);
	return fd;
}

static void only_the_write_end_of_a_pipe_will_do(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const int n_fds = daemon_n_fds(d);
	int pipe_fds[2], pair[2], fds[5];

	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	fds[0] = pipe_fds[0];
	fds[1] = pair[0];
	fds[2] = make_file();
	fds[3] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	fds[4] = open("/tmp", O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		client_pass(c, fds[i], START "}", (int)i);
		assert_refused(client_read(c), INVALID, "invalid",
			       "write end of a pipe", NULL);
		close(fds[i]);
	}
	close(pipe_fds[1]);
	close(pair[1]);

	assert_refused(client_call(c, "capture.start", "{}"), INVALID,
		       "invalid", "no pipe", NULL);
	assert_int_equal(daemon_n_fds(d), n_fds);
	client_free(c);
}

static void a_refused_capture_keeps_no_pipe(void **state)
{
	static const char *const params[] = {
		"'ports':['nobody']", "'ports':'web'",
		"'snaplen':0",        "'count':-1",
		"'bpf':[]",           "'bpf':[[1,2,3]]",
		"'unknown':1",        "'bpf':[[6,0,0,0],[0,0,0,0]]",
	};
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const int n_fds = daemon_n_fds(d);

	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		int fds[2];

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		client_pass(c, fds[1], START ",'params':{%s}}", (int)i,
			    params[i]);
		close(fds[1]);
		assert_null(at(client_read(c), "result"));
		eventually(is_at_its_end(fds[0]));
		close(fds[0]);
	}
	assert_int_equal(daemon_n_fds(d), n_fds);
	assert_int_equal(count_captures(c), 0);
	client_free(c);
}

/*
 * Requests may be sent without waiting. While the daemon is stopped they
 * queue up, so that it reads the pipe's together with others.
 */
static void a_pipe_goes_to_the_request_it_came_with(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const int n_fds = daemon_n_fds(d);
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	kill(d->pid, SIGSTOP);
	client_say(c, "{'jsonrpc':'2.0','id':1,'method':'switch.show'}");
	client_pass(c, fds[1], START "}", 2);
	client_say(c, "{'jsonrpc':'2.0','id':3,'method':'capture.start'}");
	kill(d->pid, SIGCONT);
	close(fds[1]);

	assert_int_equal(number_at(client_read(c), "id"), 1);
	assert_result(client_read(c));
	assert_refused(client_read(c), INVALID, "invalid", "no pipe", NULL);
	assert_int_equal(daemon_n_fds(d), n_fds + 1);
	close(fds[0]);
	client_free(c);
}

static void more_captures_than_allowed_are_refused(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	struct pipe *pipes[CAPTURES_MAX];
	int n_fds, fds[2];

	for (int i = 0; i < CAPTURES_MAX; i++)
		pipes[i] = start(c, "");
	n_fds = daemon_n_fds(d);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	client_pass(c, fds[1], START "}", 99);
	close(fds[1]);
	assert_refused(client_read(c), FAILED, "limit", "16 captures", NULL);
	eventually(is_at_its_end(fds[0]));
	close(fds[0]);
	assert_int_equal(daemon_n_fds(d), n_fds);

	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)pipes[3]->capture));
	assert_complete(pipes[3], c);
	pipe_free(pipes[3]);
	pipes[3] = start(c, "");
	assert_int_equal(count_captures(c), CAPTURES_MAX);
	for (int i = 0; i < CAPTURES_MAX; i++)
		pipe_free(pipes[i]);
	client_free(c);
}

/* Programs */

static void programs_that_are_not_safe_to_run_are_refused(void **state)
{
	static const char *const programs[] = {
		"[[5,0,0,7],[6,0,0,1]]", /* jump behind the end */
		"[[21,9,0,1],[6,0,0,1],[6,0,0,0]]", /* so, if equal */
		"[[21,0,255,1],[6,0,0,1]]", /* so, if not */
		"[[65535,0,0,0],[6,0,0,1]]", /* no such instruction */
		"[[255,0,0,0],[6,0,0,1]]",
		"[[33,0,0,0],[6,0,0,1]]",
		"[[160,0,0,0],[6,0,0,1]]",
		"[[14,0,0,0],[6,0,0,1]]",
		"[[40,0,0,12]]", /* does not return */
		"[[6,0,0,1],[40,0,0,12]]",
		"[[96,0,0,16],[6,0,0,1]]", /* memory that is not there */
		"[[2,0,0,4294967295],[6,0,0,1]]",
		"[[52,0,0,0],[6,0,0,1]]", /* division by zero */
		"[[148,0,0,0],[6,0,0,1]]",
		"[[5,0,0,4294967295],[6,0,0,1]]", /* jump to itself */
		"[[0,0,0,0],[5,0,0,4294967294],[6,0,0,1]]", /* and back */
	};
	struct daemon *d = *state;
	const int n_fds = daemon_n_fds(d);
	int accepted = 0;

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		struct client *c = client_new(d);
		const json_t *reply;
		int fds[2];

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		client_pass(c, fds[1], START ",'params':{'bpf':%s}}", 1,
			    programs[i]);
		reply = client_read(c);
		if (at(reply, "result")) {
			print_error("accepted: %s\n", programs[i]);
			accepted++;
		} else {
			assert_refused(reply, INVALID, "invalid",
				       "bpf: ", NULL);
		}
		close(fds[1]);
		close(fds[0]);
		client_free(c);
	}
	assert_int_equal(accepted, 0);
	eventually(daemon_n_fds(d) == n_fds);
}

static void loads_from_behind_the_frame_do_no_harm(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	struct pipe *p, *q, *all;

	attach_quietly(c, ns, "web");
	/* Each load takes the frame for one that does not match. */
	p = start(c, "'bpf':[[32,0,0,2147483647],[6,0,0,1]]");
	q = start(c, "'bpf':[[1,0,0,4294967295],[64,0,0,2147483647],"
		     "[177,0,0,1400],[6,0,0,1]]");
	all = start(c, "");
	send_frames(ns, 3);
	eventually((drain(all), all->packets == 3));
	drain(p);
	drain(q);
	assert_int_equal(p->packets + q->packets, 0);
	pipe_free(all);
	pipe_free(q);
	pipe_free(p);
	client_free(c);
}

/* Those who go, and those who do not read */

static void a_capture_ends_with_its_connection(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	struct pipe *p, *q;

	attach_quietly(other, netns_make("web"), "web");
	p = start(c, "");
	q = start(c, "");
	assert_int_equal(count_captures(other), 2);
	client_free(c);
	eventually_within(SOON_MS, count_captures(other) == 0);
	assert_complete(p, NULL);
	assert_complete(q, NULL);
	assert_int_equal(p->interfaces, 1);
	pipe_free(q);
	pipe_free(p);
	client_free(other);
}

static void a_capture_ends_with_its_reader_frames_or_not(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	const char *ns = netns_make("web");
	const json_t *end;
	json_int_t capture;
	struct pipe *p;

	attach_quietly(c, ns, "web");
	p = start(c, "");
	eventually((drain(p), p->interfaces == 1));
	capture = p->capture;
	pipe_free(p);
	send_frames(ns, 1);
	end = client_read(c);
	assert_string_equal(text_at(end, "method"), "capture.end");
	assert_int_equal(number_at(end, "params.capture"), capture);

	/* And now that nothing happens which could be written. */
	p = start(c, "");
	eventually((drain(p), p->interfaces == 1));
	pipe_free(p);
	eventually_within(SOON_MS, count_captures(other) == 0);
	end = client_read(c);
	assert_string_equal(text_at(end, "method"), "capture.end");
	client_free(other);
	client_free(c);
}

static bool has_received(struct client *c, const char *port, json_int_t n)
{
	const json_t *reply =
		client_call(c, "port.show", "{'port':'%s'}", port);

	return number_at(reply, "result.port.received.frames") +
		       number_at(reply, "result.port.received.missed") >=
	       n;
}

static void a_reader_that_is_stuck_costs_frames_of_its_own(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d), *other = client_new(d);
	const char *web = netns_make("web"), *db = netns_make("db");
	struct pipe *stuck, *p;
	const json_t *reply;
	json_int_t missed;
	long rss;

	attach_quietly(other, web, "web");
	attach_quietly(other, db, "db");
	stuck = start(c, "");
	rss = daemon_rss_kib(d);
	send_frames(web, N_FRAMES);
	eventually(has_received(other, "web", N_FRAMES));
	assert_true(daemon_rss_kib(d) - rss < 4096);

	reply = client_call(other, "switch.show", "{}");
	missed = number_at(reply, "result.captures.0.missed");
	assert_true(missed > 0);
	assert_int_equal(number_at(reply, "result.totals.received.frames"),
			 number_at(reply, "result.totals.sent.frames"));
	assert_int_equal(number_at(reply, "result.captures.0.frames") + missed,
			 2 * number_at(reply, "result.totals.sent.frames"));

	/* Another one's reader has nothing to do with it. */
	p = start(other, "'count':2");
	send_frames(web, 1);
	assert_complete(p, other);
	pipe_free(p);

	/* What was recorded is still to be had, and what is missing known. */
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)stuck->capture));
	assert_complete(stuck, c);
	assert_true(stuck->dropped >= missed);
	pipe_free(stuck);
	client_free(other);
	client_free(c);
}

/*
 * The flags of a pipe belong to everybody who has it, so what the daemon set
 * can be undone behind its back. The pipe is filled, and much is waiting; then
 * there is room for a little of it.
 */
static void a_pipe_that_blocks_all_the_same_stops_nobody(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	const char *ns = netns_make("web");
	char page[8192];
	int fds[2];

	attach_quietly(other, ns, "web");
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	client_pass(c, fds[1], START "}", 1);
	assert_result(client_read(c));
	assert_int_equal(fcntl(fds[1], F_SETFL, 0), 0);
	close(fds[1]);
	send_frames(ns, 200);
	eventually(has_received(other, "web", 200));
	assert_int_equal(read(fds[0], page, sizeof(page)), sizeof(page));
	for (int i = 0; i < 10; i++)
		assert_result(client_call(other, "switch.show", "{}"));
	close(fds[0]);
	client_free(other);
	client_free(c);
}

static void captures_leave_no_descriptors_behind(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const int n_fds = daemon_n_fds(d);
	struct pipe *p;

	for (int i = 0; i < 20; i++) {
		struct client *brief = client_new(d);

		p = start(brief, "");
		if (i % 2)
			client_free(brief);
		pipe_free(p);
		if (!(i % 2))
			client_free(brief);
	}
	for (int i = 0; i < 20; i++) {
		p = start(c, "");
		assert_result(client_call(c, "capture.stop", "{'capture':%d}",
					  (int)p->capture));
		assert_complete(p, c);
		pipe_free(p);
	}
	eventually(count_captures(c) == 0);
	eventually(daemon_n_fds(d) == n_fds);
	client_free(c);
}

static void a_reader_that_is_stuck_delays_no_stop(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = netns_make("web");
	struct pipe *p;
	long began;

	attach_quietly(c, ns, "web");
	p = start(c, "");
	send_frames(ns, N_FRAMES / 2);
	eventually(has_received(c, "web", N_FRAMES / 2));
	began = now_ms();
	assert_int_equal(daemon_stop(d), 0);
	assert_true(now_ms() - began < SOON_MS);
	assert_true(daemon_left_nothing(d));
	pipe_free(p);
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_capture_ends_when_it_has_enough),
		daemon_test(a_capture_can_be_of_some_ports_only),
		daemon_test(a_capture_can_be_of_some_frames_only),
		daemon_test(captures_are_shown_while_they_run),
		daemon_test(a_capture_is_stopped_by_who_started_it),
		daemon_test(a_capture_outlives_the_ports_it_is_of),
		daemon_test(only_the_write_end_of_a_pipe_will_do),
		daemon_test(a_refused_capture_keeps_no_pipe),
		daemon_test(a_pipe_goes_to_the_request_it_came_with),
		daemon_test(more_captures_than_allowed_are_refused),
		daemon_test(programs_that_are_not_safe_to_run_are_refused),
		daemon_test(loads_from_behind_the_frame_do_no_harm),
		daemon_test(a_capture_ends_with_its_connection),
		daemon_test(a_capture_ends_with_its_reader_frames_or_not),
		daemon_test(a_reader_that_is_stuck_costs_frames_of_its_own),
		daemon_test(a_pipe_that_blocks_all_the_same_stops_nobody),
		daemon_test(captures_leave_no_descriptors_behind),
		daemon_test(a_reader_that_is_stuck_delays_no_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
