/* SPDX-License-Identifier: MIT */
/* test_capture_readers.c - captures whose readers go, or do not read */

#include <fcntl.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "netns.h"
#include "recording.h"

enum {
	SOON_MS = 1000,
	N_FRAMES = 3000, /* recorded twice: more than waits for a reader */
	N_KEPT = 5,
	KEPT_SIZE = 1 << 20, /* of a pipe */
};

static void a_capture_ends_with_its_connection(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	struct recording *p, *q;

	client_attach_quietly(other, netns_make("web"), "web");
	p = recording_start(c, "");
	q = recording_start(c, "");
	assert_int_equal(recording_count(other), 2);
	client_free(c);
	eventually_within(SOON_MS, recording_count(other) == 0);
	recording_assert_complete(p, NULL);
	recording_assert_complete(q, NULL);
	assert_int_equal(p->interfaces, 1);
	recording_free(q);
	recording_free(p);
	client_free(other);
}

static void a_capture_ends_with_its_reader_frames_or_not(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	const char *ns = netns_make("web");
	const json_t *end;
	json_int_t capture;
	struct recording *p;

	client_attach_quietly(c, ns, "web");
	p = recording_start(c, "");
	eventually((recording_drain(p), p->interfaces == 1));
	capture = p->capture;
	recording_free(p);
	recording_feed(ns, 1);
	end = client_read(c);
	assert_string_equal(text_at(end, "method"), "capture.end");
	assert_int_equal(number_at(end, "params.capture"), capture);

	/* And now that nothing happens which could be written. */
	p = recording_start(c, "");
	eventually((recording_drain(p), p->interfaces == 1));
	recording_free(p);
	eventually_within(SOON_MS, recording_count(other) == 0);
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
	struct recording *stuck, *p;
	const json_t *reply;
	json_int_t missed;
	long rss;

	client_attach_quietly(other, web, "web");
	client_attach_quietly(other, db, "db");
	stuck = recording_start(c, "");
	rss = daemon_rss_kib(d);
	recording_feed(web, N_FRAMES);
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
	p = recording_start(other, "'count':2");
	recording_feed(web, 1);
	recording_assert_complete(p, other);
	recording_free(p);

	/* What was recorded is still to be had, and what is missing known. */
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)stuck->capture));
	recording_assert_complete(stuck, c);
	assert_true(stuck->dropped >= missed);
	recording_free(stuck);
	client_free(other);
	client_free(c);
}

static void read_some(struct recording *p, size_t len)
{
	static uint8_t buf[4096];
	ssize_t n;

	while (len) {
		eventually((n = read(p->read_fd, buf,
				     len < sizeof(buf) ? len : sizeof(buf))) >
			   0);
		len -= (size_t)n;
	}
}

/* Waits for something, takes it, and leaves a copy of it in @kept. */
static size_t read_and_keep(struct recording *p, int kept, uint8_t *buf,
			    size_t size)
{
	size_t got = 0;
	ssize_t n, len;

	eventually((len = tee(p->read_fd, kept, size, SPLICE_F_NONBLOCK)) > 0);
	while (got < (size_t)len) {
		n = read(p->read_fd, buf + got, (size_t)len - got);
		assert_true(n > 0);
		got += (size_t)n;
	}
	return got;
}

/*
 * A reader may keep the pages it got, or pass them on. Each packet has a time
 * of its own, so what is written over them would show. What waits for a reader
 * who is behind is handed over at once, so it is not written, but given.
 */
static void what_a_reader_has_kept_stays_as_it_was(void **state)
{
	static uint8_t kept[N_KEPT][KEPT_SIZE], again[KEPT_SIZE];
	struct client *c = client_new(*state), *other = client_new(*state);
	const char *web = netns_make("web");
	struct recording *p;
	size_t len[N_KEPT];
	int fds[N_KEPT][2];
	json_int_t n = 0;

	client_attach_quietly(other, web, "web");
	client_attach_quietly(other, netns_make("db"), "db");
	p = recording_start(c, "");
	assert_true(fcntl(p->read_fd, F_SETPIPE_SZ, KEPT_SIZE) > 0);
	for (size_t i = 0; i < N_KEPT; i++) {
		assert_int_equal(pipe2(fds[i], O_CLOEXEC), 0);
		assert_true(fcntl(fds[i][1], F_SETPIPE_SZ, KEPT_SIZE) > 0);
		n += N_FRAMES / 4;
		recording_feed(web, N_FRAMES / 4);
		eventually(has_received(other, "web", n));
		read_some(p, KEPT_SIZE);
		len[i] = read_and_keep(p, fds[i][1], kept[i], KEPT_SIZE);
	}
	for (size_t i = 0; i < N_KEPT; i++) {
		assert_int_equal(read(fds[i][0], again, len[i]), len[i]);
		assert_memory_equal(again, kept[i], len[i]);
		close(fds[i][0]);
		close(fds[i][1]);
	}
	recording_free(p);
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

	client_attach_quietly(other, ns, "web");
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	client_pass(c, fds[1], CAPTURE_START "}", 1);
	assert_result(client_read(c));
	assert_int_equal(fcntl(fds[1], F_SETFL, 0), 0);
	close(fds[1]);
	recording_feed(ns, 200);
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
	struct recording *p;

	for (int i = 0; i < 20; i++) {
		struct client *brief = client_new(d);

		p = recording_start(brief, "");
		if (i % 2)
			client_free(brief);
		recording_free(p);
		if (!(i % 2))
			client_free(brief);
	}
	for (int i = 0; i < 20; i++) {
		p = recording_start(c, "");
		assert_result(client_call(c, "capture.stop", "{'capture':%d}",
					  (int)p->capture));
		recording_assert_complete(p, c);
		recording_free(p);
	}
	eventually(recording_count(c) == 0);
	eventually(daemon_n_fds(d) == n_fds);
	client_free(c);
}

static void a_reader_that_is_stuck_delays_no_stop(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = netns_make("web");
	struct recording *p;
	long began;

	client_attach_quietly(c, ns, "web");
	p = recording_start(c, "");
	recording_feed(ns, N_FRAMES / 2);
	eventually(has_received(c, "web", N_FRAMES / 2));
	began = now_ms();
	assert_int_equal(daemon_stop(d), 0);
	assert_true(now_ms() - began < SOON_MS);
	assert_true(daemon_left_nothing(d));
	recording_free(p);
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_capture_ends_with_its_connection),
		daemon_test(a_capture_ends_with_its_reader_frames_or_not),
		daemon_test(a_reader_that_is_stuck_costs_frames_of_its_own),
		daemon_test(what_a_reader_has_kept_stays_as_it_was),
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
