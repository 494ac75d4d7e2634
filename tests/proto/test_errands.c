/* SPDX-License-Identifier: MIT */
/*
 * test_errands.c - requests that take their time: attach, detach
 *
 * A process of its own does what the kernel is slow at. Meanwhile others are
 * served, clients hang up, and the switch is stopped.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"

enum {
	FAILED = JSONRPC_CODE_FAILED,
	N_PORTS = 20,
	N_ROUNDS = 6,
	N_LOST = 300, /* more than the worker's queue has room for */
};

static void ask_to_attach(struct client *c, int id, const char *ns,
			  const char *port, const char *type)
{
	client_say(c,
		   "{'jsonrpc':'2.0','id':%d,'method':'port.attach','params':"
		   "{'target':'%s','port':'%s','ifname':'%s','type':'%s'}}",
		   id, ns, port, port, type);
}

static void ask_to_detach(struct client *c, int id, const char *port)
{
	client_say(c,
		   "{'jsonrpc':'2.0','id':%d,'method':'port.detach',"
		   "'params':{'port':'%s'}}",
		   id, port);
}

static void name_port(char name[16], int i)
{
	snprintf(name, 16, "p%d", i);
}

static const char *tap_if_possible(void)
{
	return access("/dev/net/tun", F_OK) ? "veth" : "tap";
}

static json_int_t count_ports(struct client *c)
{
	return number_at(client_call(c, "switch.show", "{}"),
			 "result.ports.count");
}

static void others_are_served_while_a_cable_is_cut(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	const char *ns = netns_make("web");
	int n_overtaken = 0;
	char name[16];

	for (int i = 0; i < N_PORTS; i++) {
		name_port(name, i);
		ask_to_attach(c, i, ns, name, "veth");
		assert_result(client_read(c));
	}
	for (int i = 0; i < N_PORTS; i++) {
		name_port(name, i);
		ask_to_detach(c, i, name);
		assert_result(client_call(other, "switch.show", "{}"));
		n_overtaken += client_is_silent(c);
		assert_result(client_read(c));
		assert_false(netns_has(ns, name));
	}
	assert_true(n_overtaken > N_PORTS / 2);
	client_free(other);
	client_free(c);
}

/* Each answer tells of the state right after its request, not a later one. */
static void requests_behind_an_attach_wait_for_it(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	const json_t *reply;

	for (int i = 0; i < 10; i++) {
		ask_to_attach(c, 1, ns, "web", "veth");
		client_say(c, "{'jsonrpc':'2.0','id':2,'method':'port.show',"
			      "'params':{'port':'web'}}");
		ask_to_detach(c, 3, "web");
		client_say(c, "{'jsonrpc':'2.0','id':4,'method':'port.show',"
			      "'params':{'port':'web'}}");

		reply = client_read(c);
		assert_int_equal(number_at(reply, "id"), 1);
		assert_result(reply);
		reply = client_read(c);
		assert_int_equal(number_at(reply, "id"), 2);
		assert_string_equal(text_at(reply, "result.port.state"), "up");
		reply = client_read(c);
		assert_int_equal(number_at(reply, "id"), 3);
		assert_result(reply);
		reply = client_read(c);
		assert_int_equal(number_at(reply, "id"), 4);
		assert_refused(reply, FAILED, "not-found", "'web'", NULL);
	}
	client_free(c);
}

static void of_two_who_want_a_name_one_gets_it(void **state)
{
	struct daemon *d = *state;
	struct client *a = client_new(d), *b = client_new(d);
	const char *web = netns_make("web"), *db = netns_make("db");

	for (int i = 0; i < 10; i++) {
		bool a_has, b_has;

		process_halt(d->pid);
		ask_to_attach(a, 1, web, "lan", "veth");
		ask_to_attach(b, 2, db, "lan", "veth");
		kill(d->pid, SIGCONT);
		a_has = at(client_read(a), "result");
		b_has = at(client_read(b), "result");
		assert_true(a_has != b_has);
		assert_int_equal(netns_has(web, "lan"), a_has);
		assert_int_equal(netns_has(db, "lan"), b_has);
		assert_int_equal(count_ports(a), 1);
		ask_to_detach(a, 3, "lan");
		assert_result(client_read(a));
	}
	client_free(b);
	client_free(a);
}

static void a_name_is_free_as_soon_as_its_port_is_detached(void **state)
{
	struct client *a = client_new(*state), *b = client_new(*state);
	const char *ns = netns_make("web");
	const char *types[] = { "veth", tap_if_possible() };

	for (int i = 0; i < 10; i++) {
		ask_to_attach(a, 1, ns, "web", types[i % 2]);
		assert_result(client_read(a));
		ask_to_detach(a, 2, "web");
		/* Of its state the other learns nothing but that it is gone. */
		eventually(count_ports(b) == 0);
		ask_to_attach(b, 3, ns, "web", types[i / 2 % 2]);
		assert_result(client_read(b));
		assert_result(client_read(a));
		assert_true(netns_has(ns, "web"));
		ask_to_detach(a, 4, "web");
		assert_result(client_read(a));
	}
	client_free(b);
	client_free(a);
}

/* What it began comes to its end all the same, with nobody to tell. */
static void who_hangs_up_while_waiting_leaves_no_half_made_port(void **state)
{
	struct daemon *d = *state;
	struct client *other = client_new(d);
	const char *ns = netns_make("web"), *type;
	int n_fds, n_worker_fds, n_taps = 0;
	char name[16];

	client_call(other, "port.attach", "{'target':'%s-not'}", ns);
	n_fds = daemon_n_fds(d);
	n_worker_fds = daemon_worker_n_fds(d);
	for (int i = 0; i < N_PORTS; i++) {
		struct client *c = client_new(d);

		name_port(name, i);
		type = i % 2 ? tap_if_possible() : "veth";
		n_taps += !strcmp(type, "tap");
		ask_to_attach(c, 1, ns, name, type);
		client_free(c);
	}
	eventually(count_ports(other) == N_PORTS);
	/* A TAP takes another, for what it misses. */
	eventually(daemon_n_fds(d) == n_fds + N_PORTS + n_taps);
	assert_int_equal(
		number_at(client_call(other, "port.list", "{}"), "result.up"),
		N_PORTS);

	for (int i = 0; i < N_PORTS; i++) {
		struct client *c = client_new(d);

		name_port(name, i);
		ask_to_detach(c, 1, name);
		client_free(c);
	}
	eventually(count_ports(other) == 0);
	eventually(daemon_n_fds(d) == n_fds);
	eventually(daemon_worker_n_fds(d) == n_worker_fds);
	eventually(!netns_has(ns, name));
	client_free(other);
}

static void errands_that_fail_leave_no_descriptors(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = netns_make("web");
	int n_fds, n_worker_fds;

	client_call(c, "port.attach", "{'target':'%s-not'}", ns);
	n_fds = daemon_n_fds(d);
	n_worker_fds = daemon_worker_n_fds(d);
	for (int i = 0; i < 10; i++) {
		client_call(c, "port.attach", "{'target':'%s-not'}", ns);
		client_call(c, "port.attach",
			    "{'target':'%s','gateway':['192.0.2.1']}", ns);
		client_call(c, "port.attach",
			    "{'target':'%s','gateway':['192.0.2.1'],"
			    "'type':'%s'}",
			    ns, tap_if_possible());
		client_call(c, "port.attach", "{'target':'/dev/null'}");
		client_call(c, "port.attach",
			    "{'target':'%s','ifname':'lo','type':'%s'}", ns,
			    tap_if_possible());
	}
	assert_int_equal(count_ports(c), 0);
	assert_int_equal(daemon_n_fds(d), n_fds);
	eventually(daemon_worker_n_fds(d) == n_worker_fds);
	client_free(c);
}

static void without_its_worker_the_switch_goes_on_and_says_so(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d), *waiting = client_new(d);
	const char *ns = netns_make("web");
	const json_t *reply;
	pid_t worker = daemon_worker(d);

	ask_to_attach(c, 1, ns, "web", "veth");
	assert_result(client_read(c));
	process_halt(worker);
	ask_to_attach(waiting, 1, ns, "db", "veth");
	assert_result(client_call(c, "switch.show", "{}"));
	assert_true(client_is_silent(waiting));
	kill(worker, SIGKILL);

	/* Who was waiting is told; so is who comes now. */
	assert_refused(client_read(waiting), FAILED, "failed", "has died", "");
	reply = client_call(c, "port.attach", "{'target':'%s','port':'x'}", ns);
	assert_refused(reply, FAILED, "failed", "has died", "");
	reply = client_call(c, "port.detach", "{'port':'web'}");
	assert_refused(reply, FAILED, "failed", "has died", "");
	assert_string_equal(
		text_at(client_call(c, "port.show", "{'port':'web'}"),
			"result.port.state"),
		"up");

	assert_int_equal(daemon_stop(d), 0);
	assert_true(daemon_left_nothing(d));
	assert_false(netns_has(ns, "web"));
	client_free(waiting);
	client_free(c);
}

/* The loop neither waits for the kernel to close them, nor leaves them. */
static void many_ports_may_lose_their_cables_at_once(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = netns_make("web");
	const pid_t worker = daemon_worker(d);
	int n_fds, n_worker_fds;
	char name[16];

	client_call(c, "port.attach", "{'target':'%s-not'}", ns);
	n_fds = daemon_n_fds(d);
	n_worker_fds = daemon_worker_n_fds(d);
	for (int i = 0; i < N_LOST; i++) {
		name_port(name, i);
		ask_to_attach(c, i, ns, name, "veth");
		assert_result(client_read(c));
	}
	assert_int_equal(daemon_n_fds(d), n_fds + N_LOST);

	process_halt(worker);
	netns_del(ns);
	eventually(!number_at(client_call(c, "switch.show", "{}"),
			      "result.ports.up"));
	/* A port may be lost to a user, too. */
	ask_to_detach(c, 1, "p0");
	kill(worker, SIGCONT);
	assert_result(client_read(c));
	eventually(daemon_n_fds(d) == n_fds);
	eventually(daemon_worker_n_fds(d) == n_worker_fds);
	assert_null(strstr(daemon_log(d), "too many cables"));
	client_free(c);
}

/* Eight who wait for a cable each, veth and TAP. */
static void let_many_wait(struct daemon *d, const char *ns,
			  struct client *clients[8])
{
	char name[16];

	for (int i = 0; i < 8; i++) {
		clients[i] = client_new(d);
		name_port(name, i);
		ask_to_attach(clients[i], 1, ns, name,
			      i % 2 ? tap_if_possible() : "veth");
	}
}

static void assert_no_ports_in(const char *ns)
{
	char name[16];

	for (int i = 0; i < 8; i++) {
		name_port(name, i);
		assert_false(netns_has(ns, name));
	}
}

static void stopping_amid_errands_leaves_nothing(void **state)
{
	struct daemon *d = *state;
	const char *ns = netns_make("web");
	struct client *clients[8];

	for (int round = 0; round < N_ROUNDS; round++) {
		const long began = now_ms();

		let_many_wait(d, ns, clients);
		while (now_ms() < began + 15 * round)
			pause_shortly(); /* each time at another point */
		assert_int_equal(daemon_stop(d), 0);
		assert_true(daemon_left_nothing(d));
		assert_no_ports_in(ns);
		for (int i = 0; i < 8; i++)
			client_free(clients[i]);
		daemon_start(d, "", NULL);
	}
}

static void a_kill_amid_errands_is_cleaned_up_by_the_next(void **state)
{
	struct daemon *d = *state;
	const char *ns = netns_make("web");
	struct client *clients[8];

	for (int round = 0; round < N_ROUNDS; round++) {
		const long began = now_ms();

		let_many_wait(d, ns, clients);
		while (now_ms() < began + 15 * round)
			pause_shortly();
		daemon_kill(d);
		for (int i = 0; i < 8; i++)
			client_free(clients[i]);
		daemon_start(d, "", NULL);
		assert_no_ports_in(ns);

		/* The same at once once more. */
		let_many_wait(d, ns, clients);
		for (int i = 0; i < 8; i++) {
			assert_result(client_read(clients[i]));
			client_free(clients[i]);
		}
	}
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(others_are_served_while_a_cable_is_cut),
		daemon_test(requests_behind_an_attach_wait_for_it),
		daemon_test(of_two_who_want_a_name_one_gets_it),
		daemon_test(a_name_is_free_as_soon_as_its_port_is_detached),
		daemon_test(
			who_hangs_up_while_waiting_leaves_no_half_made_port),
		daemon_test(errands_that_fail_leave_no_descriptors),
		daemon_test(without_its_worker_the_switch_goes_on_and_says_so),
		daemon_test(many_ports_may_lose_their_cables_at_once),
		daemon_test(stopping_amid_errands_leaves_nothing),
		daemon_test(a_kill_amid_errands_is_cleaned_up_by_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
