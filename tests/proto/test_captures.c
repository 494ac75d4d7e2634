/* SPDX-License-Identifier: MIT */
/*
 * test_captures.c - capture.*: what is recorded, and what is refused
 *
 * What a capture has to look like inside is for the tests of lib/pcapng and of
 * switch/io; here it only has to be whole.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"
#include "recording.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
	CAPTURES_MAX = 16,
};

/* In and out */

static void a_capture_ends_when_it_has_enough(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	struct recording *p;

	client_attach_quietly(c, web, "web");
	client_attach_quietly(c, db, "db");
	p = recording_start(c, "'count':4");
	recording_feed(web, 10); /* each goes in once and out once */
	recording_assert_complete(p, c);
	assert_int_equal(p->packets, 4);
	assert_int_equal(p->interfaces, 2);
	assert_int_equal(recording_count(c), 0);
	recording_free(p);
	client_free(c);
}

static void a_capture_can_be_of_some_ports_only(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	struct recording *p;

	client_attach_quietly(c, web, "web");
	client_attach_quietly(c, db, "db");
	p = recording_start(c, "'ports':['db']");
	recording_feed(web, 3);
	eventually((recording_drain(p), p->packets == 3));
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)p->capture));
	recording_assert_complete(p, c);
	assert_int_equal(p->interfaces, 1);
	recording_free(p);

	assert_refused(client_call(c, "capture.stop", "{'capture':1}"), FAILED,
		       "not-found", "capture 1", NULL);
	client_free(c);
}

static void a_capture_can_be_of_some_frames_only(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	struct recording *all, *none;

	client_attach_quietly(c, ns, "web");
	all = recording_start(c, "'bpf':[[6,0,0,1]]");
	none = recording_start(c, "'bpf':[[6,0,0,0]],'filter':'none of them'");
	recording_feed(ns, 3);
	eventually((recording_drain(all), all->packets == 3));
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)none->capture));
	recording_assert_complete(none, c);
	assert_int_equal(none->packets, 0);
	recording_free(none);
	recording_free(all);
	client_free(c);
}

static void captures_are_shown_while_they_run(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	struct recording *p, *q;
	const json_t *reply;

	client_attach_quietly(c, ns, "web");
	p = recording_start(
		c, "'ports':['web'],'filter':'icmp','bpf':[[6,0,0,0]]");
	q = recording_start(c, "");
	recording_feed(ns, 2);
	eventually((recording_drain(q), q->packets == 2));
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
	recording_free(q);
	recording_free(p);
	client_free(c);
}

static void a_capture_is_stopped_by_who_started_it(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	struct recording *p = recording_start(c, "");

	assert_refused(client_call(other, "capture.stop", "{'capture':%d}",
				   (int)p->capture),
		       FAILED, "not-found", "capture", NULL);
	assert_refused(client_call(c, "capture.stop", "{'capture':%d}",
				   (int)p->capture + 1),
		       FAILED, "not-found", "capture", NULL);
	assert_int_equal(recording_count(c), 1);
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)p->capture));
	recording_assert_complete(p, c);
	recording_free(p);
	client_free(other);
	client_free(c);
}

static void what_is_dropped_can_be_recorded_alone(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	struct recording *all, *drops, *in;

	client_attach_quietly(c, web, "web");
	drops = recording_start(c, "'drops':true");
	in = recording_start(c, "'direction':'in'");
	recording_feed(web, 3); /* there is no other port */
	eventually((recording_drain(in), in->packets == 3));
	client_attach_quietly(c, db, "db");
	all = recording_start(c, "'collapse':true");
	recording_feed(web, 2);
	eventually((recording_drain(in), in->packets == 5));
	eventually((recording_drain(all), all->packets == 2));
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)drops->capture));
	recording_assert_complete(drops, c);
	assert_int_equal(drops->packets, 3);
	assert_string_equal(drops->comment, "dropped: no-egress");
	assert_string_equal(all->comment, "from web to db");
	recording_free(all);
	recording_free(in);
	recording_free(drops);
	client_free(c);
}

static void a_capture_outlives_the_ports_it_is_of(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	struct recording *p;

	client_attach_quietly(c, web, "web");
	client_attach_quietly(c, db, "db");
	p = recording_start(c, "'ports':['web']");
	recording_feed(web, 1);
	eventually((recording_drain(p), p->packets == 1));
	assert_result(client_call(c, "port.detach", "{'port':'web'}"));
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'web'}", web));
	recording_feed(db, 1);
	eventually((recording_drain(p), p->statistics == 1));
	assert_string_equal(p->ended, "it was detached");
	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)p->capture));
	recording_assert_complete(p, c);
	recording_free(p);
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
		client_pass(c, fds[i], CAPTURE_START "}", (int)i);
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
		"'ports':['nobody']",
		"'ports':'web'",
		"'snaplen':0",
		"'count':-1",
		"'bpf':[]",
		"'bpf':[[1,2,3]]",
		"'unknown':1",
		"'bpf':[[6,0,0,0],[0,0,0,0]]",
		"'direction':'up'",
		"'direction':['in']",
		"'drops':'yes'",
		"'drops':1",
		"'collapse':null",
		"'segment':'both'",
		"'as':'both'",
		"'as':''",
		"'files':3",
		"'for':'1s'",
		"'collapse':true,'direction':'in'",
		"'collapse':true,'direction':'out','drops':true",
		"'collapse':true,'as':'sent'",
		"'drops':true,'as':'sent'",
	};
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const int n_fds = daemon_n_fds(d);

	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		int fds[2];

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		client_pass(c, fds[1], CAPTURE_START ",'params':{%s}}", (int)i,
			    params[i]);
		close(fds[1]);
		assert_null(at(client_read(c), "result"));
		eventually(is_at_its_end(fds[0]));
		close(fds[0]);
	}
	assert_int_equal(daemon_n_fds(d), n_fds);
	assert_int_equal(recording_count(c), 0);
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
	process_halt(d->pid);
	client_say(c, "{'jsonrpc':'2.0','id':1,'method':'switch.show'}");
	client_pass(c, fds[1], CAPTURE_START "}", 2);
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
	struct recording *pipes[CAPTURES_MAX];
	int n_fds, fds[2];

	for (int i = 0; i < CAPTURES_MAX; i++)
		pipes[i] = recording_start(c, "");
	n_fds = daemon_n_fds(d);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	client_pass(c, fds[1], CAPTURE_START "}", 99);
	close(fds[1]);
	assert_refused(client_read(c), FAILED, "limit", "16 captures", NULL);
	assert_limit_told(c, "captures", CAPTURES_MAX);
	eventually(is_at_its_end(fds[0]));
	close(fds[0]);
	assert_int_equal(daemon_n_fds(d), n_fds);

	assert_result(client_call(c, "capture.stop", "{'capture':%d}",
				  (int)pipes[3]->capture));
	recording_assert_complete(pipes[3], c);
	recording_free(pipes[3]);
	pipes[3] = recording_start(c, "");
	assert_int_equal(recording_count(c), CAPTURES_MAX);
	for (int i = 0; i < CAPTURES_MAX; i++)
		recording_free(pipes[i]);
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
		client_pass(c, fds[1], CAPTURE_START ",'params':{'bpf':%s}}", 1,
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
	struct recording *p, *q, *all;

	client_attach_quietly(c, ns, "web");
	/* Each load takes the frame for one that does not match. */
	p = recording_start(c, "'bpf':[[32,0,0,2147483647],[6,0,0,1]]");
	q = recording_start(c, "'bpf':[[1,0,0,4294967295],[64,0,0,2147483647],"
			       "[177,0,0,1400],[6,0,0,1]]");
	all = recording_start(c, "");
	recording_feed(ns, 3);
	eventually((recording_drain(all), all->packets == 3));
	recording_drain(p);
	recording_drain(q);
	assert_int_equal(p->packets + q->packets, 0);
	recording_free(all);
	recording_free(q);
	recording_free(p);
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
		daemon_test(what_is_dropped_can_be_recorded_alone),
		daemon_test(a_capture_outlives_the_ports_it_is_of),
		daemon_test(only_the_write_end_of_a_pipe_will_do),
		daemon_test(a_refused_capture_keeps_no_pipe),
		daemon_test(a_pipe_goes_to_the_request_it_came_with),
		daemon_test(more_captures_than_allowed_are_refused),
		daemon_test(programs_that_are_not_safe_to_run_are_refused),
		daemon_test(loads_from_behind_the_frame_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
