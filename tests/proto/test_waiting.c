/* SPDX-License-Identifier: MIT */
/*
 * test_waiting.c - ports without a namespace: detached, stopped, cleared away
 */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "keep.h"
#include "netns.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
	WAKEUPS_MAX = 4, /* in two seconds: less often than twice a second */
};

static void a_port_that_waits_can_be_detached(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = keep_name_only("web");
	int n_fds;

	client_call(c, "port.attach", "{'target':'nowhere'}");
	n_fds = daemon_n_fds(d);
	for (int i = 0; i < 10; i++) {
		keep_attach(c, ns, "web", "");
		assert_result(client_call(c, "port.detach", "{'port':'web'}"));
	}
	keep_add(ns);
	assert_false(netns_has(ns, "eth0"));
	assert_int_equal(
		number_at(client_call(c, "port.list", "{}"), "result.count"),
		0);
	eventually(daemon_n_fds(d) == n_fds);
	client_free(c);
}

/* Detached while the worker is about to make it again. */
static void detached_at_the_last_moment_it_does_not_come_back(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d), *other = client_new(d);
	const char *const types[] = { "veth", keep_tap_if_possible() };
	const char *ns = keep_name_only("web");
	const pid_t worker = daemon_worker(d);
	char more[40];

	for (int i = 0; i < 6; i++) {
		snprintf(more, sizeof(more), ",'type':'%s'", types[i % 2]);
		keep_attach(c, ns, "web", more);
		eventually(keep_next_is(c, "web", "is there"));
		process_halt(worker);
		keep_add(ns);
		eventually(keep_next_is(c, "web", "being tried"));
		client_say(c, "{'jsonrpc':'2.0','id':9,'method':'port.detach',"
			      "'params':{'port':'web'}}");
		eventually(!number_at(client_call(other, "port.list", "{}"),
				      "result.count"));
		assert_true(client_is_silent(c));
		assert_refused(client_call(other, "port.attach",
					   "{'target':'%s','port':'web'}", ns),
			       FAILED, "exists", "just being", NULL);
		kill(worker, SIGCONT);
		assert_result(client_read(c));
		assert_false(netns_has(ns, "eth0"));
		keep_attach(c, ns, "web", "");
		assert_true(keep_is(c, "web", "up"));
		assert_result(client_call(c, "port.detach", "{'port':'web'}"));
		keep_del(ns);
	}
	client_free(other);
	client_free(c);
}

static void stopping_while_ports_wait_leaves_nothing(void **state)
{
	struct daemon *d = *state;
	const char *ns = keep_name_only("web"), *up = netns_make("up");

	for (int i = 0; i < 4; i++) {
		struct client *c = client_new(d);

		keep_attach(c, ns, "web", "");
		keep_attach(c, up, "up", "");
		if (i % 2) {
			process_halt(daemon_worker(d));
			keep_add(ns);
			eventually(keep_next_is(c, "web", "being tried"));
			kill(daemon_worker(d), SIGCONT);
		}
		assert_int_equal(daemon_stop(d), 0);
		assert_true(daemon_left_nothing(d));
		assert_false(netns_has(up, "eth0"));
		if (i % 2) {
			assert_false(netns_has(ns, "eth0"));
			keep_del(ns);
		}
		client_free(c);
		daemon_start(d, "", NULL);
	}
}

static void coming_and_going_leaks_no_descriptors(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *web = netns_make("web"), *db = netns_make("db");
	char more[40];
	int n_fds, n_worker_fds;

	snprintf(more, sizeof(more), ",'type':'%s'", keep_tap_if_possible());
	keep_attach(c, web, "web", "");
	keep_attach(c, db, "db", more);
	/* The worker answers first and closes then: let it answer once more. */
	assert_refused(client_call(c, "port.attach", "{'target':'nowhere'}"),
		       FAILED, "not-found", "there is no namespace 'nowhere'",
		       "ip netns add nowhere");
	n_fds = daemon_n_fds(d);
	n_worker_fds = daemon_worker_n_fds(d);
	for (int i = 0; i < 5; i++) {
		keep_del(web);
		keep_del(db);
		eventually(keep_is(c, "web", "waiting"));
		eventually(keep_is(c, "db", "waiting"));
		keep_add(db);
		keep_add(web);
		eventually(keep_is(c, "web", "up"));
		eventually(keep_is(c, "db", "up"));
	}
	eventually(daemon_n_fds(d) == n_fds);
	eventually(daemon_worker_n_fds(d) == n_worker_fds);
	client_free(c);
}

static void it_may_exist_if_it_persists(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = keep_name_only("web");
	const json_t *reply;

	keep_attach(c, ns, "web", "");
	reply = client_call(c, "port.attach",
			    "{'target':'%s','port':'web','persist':true,"
			    "'may_exist':true}",
			    ns);
	assert_result(reply);
	assert_true(json_is_false(at(reply, "result.created")));

	/* A port that would not come back is not what was asked for. */
	assert_result(client_call(c, "port.detach", "{'port':'web'}"));
	keep_add(ns);
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'web'}", ns));
	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'web',"
				   "'persist':true,'may_exist':true}",
				   ns),
		       FAILED, "exists", "'web'", "--port");
	client_free(c);
}

static void without_its_worker_a_port_says_that_it_failed(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = netns_make("web");

	keep_attach(c, ns, "web", "");
	kill(daemon_worker(d), SIGKILL);
	eventually(strstr(daemon_log(d), "has died"));
	keep_del(ns);
	eventually(keep_is(c, "web", "failed"));
	assert_non_null(
		strstr(text_at(keep_show(c, "web"), "why"), "has died"));
	client_free(c);
}

static json_int_t gc(struct client *c, const char *params)
{
	const json_t *reply = client_call(c, "port.gc", "%s", params);

	assert_result(reply);
	return number_at(reply, "result.count");
}

static void gc_removes_what_is_gone_and_nothing_else(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	const json_t *reply;

	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'gone'}", web));
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'up'}", db));
	keep_attach(c, web, "waits", ",'ifname':'eth1'");
	assert_int_equal(gc(c, "{}"), 0);
	keep_del(web);
	eventually(keep_is(c, "gone", "gone"));
	eventually(keep_is(c, "waits", "waiting"));

	reply = client_call(c, "port.gc", "{'dry_run':true}");
	assert_int_equal(number_at(reply, "result.count"), 1);
	assert_true(json_is_true(at(reply, "result.dry_run")));
	assert_true(keep_is(c, "gone", "gone"));
	assert_int_equal(gc(c, "{'waiting':3600000}"), 1);
	assert_refused(client_call(c, "port.show", "{'port':'gone'}"), FAILED,
		       "not-found", "'gone'", NULL);
	assert_int_equal(gc(c, "{}"), 0);

	reply = client_call(c, "port.gc", "{'waiting':0}");
	assert_int_equal(number_at(reply, "result.count"), 1);
	assert_string_equal(text_at(reply, "result.ports.0.port"), "waits");
	assert_string_equal(text_at(reply, "result.ports.0.state"), "waiting");
	assert_string_equal(text_at(reply, "result.ports.0.target"), web);
	assert_true(keep_is(c, "up", "up"));
	keep_add(web);
	assert_int_equal(
		number_at(client_call(c, "port.list", "{}"), "result.count"),
		1);
	client_free(c);
}

static void gc_of_many_takes_several_turns(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = keep_name_only("web");

	for (int i = 0; i < 300; i++)
		assert_result(client_call(c, "port.attach",
					  "{'target':'%s','port':'p%d',"
					  "'persist':true}",
					  ns, i));
	assert_int_equal(gc(c, "{'waiting':0,'dry_run':true}"), 300);
	assert_int_equal(gc(c, "{'waiting':0}"), 300);
	assert_int_equal(gc(c, "{'waiting':0}"), 0);
	assert_refused(client_call(c, "port.gc", "{'waiting':-1}"), INVALID,
		       "invalid", "waiting", NULL);
	assert_refused(client_call(c, "port.gc", "{'waiting':'1h'}"), INVALID,
		       "invalid", "a number", NULL);
	client_free(c);
}

/* How often a process went to sleep, and was woken from it. */
static long wakeups(pid_t pid)
{
	char path[40], line[128];
	long n = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (n < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "voluntary_ctxt_switches: %ld", &n);
	fclose(file);
	assert_true(n >= 0);
	return n;
}

/* Whoever polls can be seen to, however busy the machine is with others. */
static bool slept_for(const struct daemon *d, int ms)
{
	const pid_t worker = daemon_worker(d);
	const long before[] = { wakeups(d->pid), wakeups(worker) };
	long n, n_worker;

	poll(NULL, 0, ms);
	n = wakeups(d->pid) - before[0];
	n_worker = wakeups(worker) - before[1];
	if (n > WAKEUPS_MAX || n_worker > WAKEUPS_MAX)
		print_message("%ld and %ld wake-ups in %d ms\n", n, n_worker,
			      ms);
	return n <= WAKEUPS_MAX && n_worker <= WAKEUPS_MAX;
}

static void ports_that_are_not_up_wake_nobody(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *web = netns_make("web"), *old = netns_make("old");
	const char *away = netns_make("away");

	netns_silence(web);
	netns_silence(old);
	netns_silence(away);
	keep_attach(c, keep_name_only("db"), "waiting", "");
	keep_attach(c, "/run/no/such/folder", "path", "");
	keep_attach(c, web, "moved", "");
	client_attach_quietly(c, old, "gone");
	assert_int_equal(run("ip -n %s link set eth0 netns %s", web, away), 0);
	keep_del(old);
	eventually(keep_is(c, "moved", "moved"));
	eventually(keep_is(c, "gone", "gone"));
	assert_true(keep_is(c, "waiting", "waiting"));
	assert_true(keep_is(c, "path", "waiting"));

	/* What went before may take a moment to end; polling does not. */
	eventually(slept_for(d, 2000));
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_port_that_waits_can_be_detached),
		daemon_test(detached_at_the_last_moment_it_does_not_come_back),
		daemon_test(stopping_while_ports_wait_leaves_nothing),
		daemon_test(coming_and_going_leaks_no_descriptors),
		daemon_test(it_may_exist_if_it_persists),
		daemon_test(without_its_worker_a_port_says_that_it_failed),
		daemon_test(gc_removes_what_is_gone_and_nothing_else),
		daemon_test(gc_of_many_takes_several_turns),
		daemon_test(ports_that_are_not_up_wake_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
