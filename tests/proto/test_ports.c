/* SPDX-License-Identifier: MIT */
/*
 * test_ports.c - port.*, switch.show: what they do and what they refuse
 *
 * With the codes and hints that docs/protocol.md promises to programs.
 */

#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
	ROWS_MAX = 1000, /* in one answer */
	N_PORTS = 260,
};

#define TAP_IS_NEEDED()                                                        \
	do {                                                                   \
		if (access("/dev/net/tun", F_OK) < 0)                          \
			skip();                                                \
	} while (0)

static json_int_t count_ports(struct client *c)
{
	return number_at(client_call(c, "switch.show", "{}"),
			 "result.ports.count");
}

/* A port "web" in a namespace of the test. */
static const char *attach_web(struct client *c)
{
	const char *ns = netns_make("web");

	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'web'}", ns));
	return ns;
}

static void assert_row_is_complete(const json_t *row)
{
	static const char *const numbers[] = {
		"state_ms",         "mtu",
		"stations",         "received.frames",
		"received.bytes",   "received.forwarded",
		"received.dropped", "received.missed",
		"sent.frames",      "sent.bytes",
		"sent.dropped",
	};
	static const char *const texts[] = { "port",   "state",  "type",
					     "target", "ifname", "mac" };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		number_at(row, numbers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		text_at(row, texts[i]);
}

static void attach_makes_what_was_asked_for(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	const json_t *reply, *row;

	reply = client_call(c, "port.attach",
			    "{'target':'%s','port':'p1','ifname':'lan0',"
			    "'ip':['10.0.0.1/24','fd00::1/64'],"
			    "'gateway':['10.0.0.254'],"
			    "'mac':'02:AB:00:00:00:01','mtu':1400}",
			    ns);
	assert_result(reply);
	assert_true(json_is_true(at(reply, "result.created")));
	row = at(reply, "result.port");
	assert_row_is_complete(row);
	assert_string_equal(text_at(row, "port"), "p1");
	assert_string_equal(text_at(row, "state"), "up");
	assert_string_equal(text_at(row, "type"), "veth");
	assert_string_equal(text_at(row, "target"), ns);
	assert_string_equal(text_at(row, "ifname"), "lan0");
	assert_string_equal(text_at(row, "mac"), "02:ab:00:00:00:01");
	assert_int_equal(number_at(row, "mtu"), 1400);
	assert_int_equal(
		run("ip -n %s link show lan0 | grep -q 'mtu 1400'", ns), 0);
	assert_int_equal(
		run("ip -n %s addr show lan0 | grep -q '10.0.0.1/24'", ns), 0);
	assert_int_equal(
		run("ip -n %s route | grep -q 'default via 10.0.0.254'", ns),
		0);
	client_free(c);
}

static void attach_chooses_names_after_the_target(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *web = netns_make("web");
	char path[80];
	const json_t *row;

	/* Too long for an interface's: its first ten, and a hash. */
	row = at(client_call(c, "port.attach",
			     "{'target':'%s-and-more','may_exist':true}", web),
		 "result.port");
	assert_null(row);
	snprintf(path, sizeof(path), "/run/netns/%s", web);
	row = at(client_call(c, "port.attach", "{'target':'%s'}", path),
		 "result.port");
	assert_string_equal(text_at(row, "target"), path);
	assert_string_equal(text_at(row, "ifname"), "eth0");
	assert_true(strlen(text_at(row, "port")) < IFNAMSIZ);
	assert_int_equal(strncmp(text_at(row, "port"), web, 10), 0);

	row = at(client_call(c, "port.attach", "{'target':'host'}"),
		 "result.port");
	assert_string_equal(text_at(row, "port"), "host");
	assert_string_equal(text_at(row, "ifname"), d->name);
	assert_true(if_nametoindex(d->name) > 0);
	client_free(c);
}

static void attach_finds_the_namespace_of_a_process(void **state)
{
	struct client *c = client_new(*state);
	const pid_t pid = fork();
	char port[16];
	const json_t *row;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
	}
	/* In the same namespace as we, so it is the host by another name. */
	row = at(client_call(c, "port.attach",
			     "{'target':'pid:%d','ifname':'viapid'}", (int)pid),
		 "result.port");
	snprintf(port, sizeof(port), "pid-%d", (int)pid);
	assert_string_equal(text_at(row, "port"), port);
	assert_true(if_nametoindex("viapid") > 0);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_refused(
		client_call(c, "port.attach", "{'target':'pid:%d'}", (int)pid),
		FAILED, "exists", port, "--port");
	assert_refused(client_call(c, "port.attach",
				   "{'target':'pid:%d','port':'x'}", (int)pid),
		       FAILED, "not-found", "no process", NULL);
	client_free(c);
}

static void attach_to_no_namespace_hints_at_making_one(void **state)
{
	struct client *c = client_new(*state);

	assert_refused(client_call(c, "port.attach", "{'target':'nowhere'}"),
		       FAILED, "not-found", "there is no namespace 'nowhere'",
		       "ip netns add nowhere");
	assert_refused(client_call(c, "port.attach",
				   "{'target':'nowhere','type':'tap'}"),
		       FAILED, "not-found", "there is no namespace 'nowhere'",
		       "ip netns add nowhere");
	assert_refused(client_call(c, "port.attach", "{'target':'/no/where'}"),
		       FAILED, "not-found", "'/no/where'", NULL);
	assert_refused(client_call(c, "port.attach",
				   "{'target':'/dev/null','port':'x'}"),
		       INVALID, "invalid", "'/dev/null' is not a network",
		       NULL);
	assert_int_equal(count_ports(c), 0);
	client_free(c);
}

static void attach_names_a_port_that_is_taken(void **state)
{
	struct client *c = client_new(*state);
	const char *web = attach_web(c), *db = netns_make("db");

	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'web'}", db),
		       FAILED, "exists", "'web'", "--port");
	/* Not the same thing: another target, interface or type. */
	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'web',"
				   "'may_exist':true}",
				   db),
		       FAILED, "exists", web, "--port");
	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'web',"
				   "'ifname':'lan0','may_exist':true}",
				   web),
		       FAILED, "exists", "'web'", "--port");
	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'web','type':'tap',"
				   "'may_exist':true}",
				   web),
		       FAILED, "exists", "'web'", "--port");
	assert_int_equal(count_ports(c), 1);
	assert_false(netns_has(db, "eth0"));
	assert_false(netns_has(web, "lan0"));
	client_free(c);
}

static void attach_of_the_same_is_fine_if_it_may_exist(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = attach_web(c);
	const json_t *reply;

	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'web'}", ns),
		       FAILED, "exists", "'web'", "--port");
	reply = client_call(c, "port.attach",
			    "{'target':'%s','port':'web','may_exist':true}",
			    ns);
	assert_result(reply);
	assert_true(json_is_false(at(reply, "result.created")));
	assert_row_is_complete(at(reply, "result.port"));
	assert_int_equal(count_ports(c), 1);
	client_free(c);
}

static void attach_names_an_interface_that_is_taken(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");

	assert_int_equal(run("ip -n %s link add eth0 type veth", ns), 0);
	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'web'}", ns),
		       FAILED, "exists", "eth0", "--ifname");
	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'web'}", ns),
		       FAILED, "exists", ns, "--ifname");
	assert_int_equal(count_ports(c), 0);
	assert_int_equal(run("ip -n %s link show eth0 | grep -q DOWN", ns), 0);

	/* Nothing is left that would be in the way of another name. */
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'web',"
				  "'ifname':'eth1'}",
				  ns));
	client_free(c);
}

static void attach_that_fails_half_way_leaves_nothing(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	const char *const types[] = { "veth", "tap" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const json_t *reply;

		if (i == 1)
			TAP_IS_NEEDED();
		reply = client_call(c, "port.attach",
				    "{'target':'%s','port':'web','type':'%s',"
				    "'ip':['10.0.0.1/24'],"
				    "'gateway':['192.0.2.1']}",
				    ns, types[i]);
		assert_null(at(reply, "result"));
		assert_non_null(
			strstr(text_at(reply, "error.message"), "192.0.2.1"));
		assert_int_equal(count_ports(c), 0);
		assert_false(netns_has(ns, "eth0"));
		assert_false(netns_has(ns, "web"));
	}
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'web',"
				  "'ip':['10.0.0.1/24']}",
				  ns));
	client_free(c);
}

static void a_tap_is_a_port_like_any_other(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	const json_t *row;

	TAP_IS_NEEDED();
	row = at(client_call(c, "port.attach",
			     "{'target':'%s','port':'web','type':'tap',"
			     "'mac':'02:00:00:00:00:07','mtu':9000}",
			     ns),
		 "result.port");
	assert_row_is_complete(row);
	assert_string_equal(text_at(row, "type"), "tap");
	assert_string_equal(text_at(row, "state"), "up");
	assert_string_equal(text_at(row, "mac"), "02:00:00:00:00:07");
	assert_int_equal(number_at(row, "mtu"), 9000);
	assert_true(netns_has(ns, "eth0"));
	assert_result(client_call(c, "port.detach", "{'port':'web'}"));
	assert_false(netns_has(ns, "eth0"));
	client_free(c);
}

static void detach_removes_port_and_interface(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = attach_web(c);
	const json_t *reply;

	assert_true(netns_has(ns, "eth0"));
	assert_result(client_call(c, "fdb.add",
				  "{'mac':'02:00:00:00:00:01','port':'web'}"));
	reply = client_call(c, "port.detach", "{'port':'web'}");
	assert_result(reply);
	assert_string_equal(text_at(reply, "result.port"), "web");
	assert_false(netns_has(ns, "eth0"));

	reply = client_call(c, "fdb.show", "{}");
	assert_int_equal(json_array_size(at(reply, "result.stations")), 0);
	assert_refused(client_call(c, "port.detach", "{'port':'web'}"), FAILED,
		       "not-found", "there is no port 'web'", NULL);
	assert_refused(client_call(c, "port.show", "{'port':'web'}"), FAILED,
		       "not-found", "there is no port 'web'", NULL);
	client_free(c);
}

static bool port_is(struct client *c, const char *state)
{
	const json_t *reply = client_call(c, "port.show", "{'port':'web'}");

	return !strcmp(text_at(reply, "result.port.state"), state);
}

static void a_port_that_is_gone_makes_way(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = attach_web(c);
	const json_t *reply;

	assert_int_equal(run("ip netns del %s && ip netns add %s", ns, ns), 0);
	eventually(port_is(c, "gone"));
	assert_int_equal(
		number_at(client_call(c, "port.list", "{}"), "result.up"), 0);
	reply = client_call(c, "port.attach",
			    "{'target':'%s','port':'web','may_exist':true}",
			    ns);
	assert_result(reply);
	assert_true(json_is_true(at(reply, "result.created")));
	assert_int_equal(count_ports(c), 1);
	client_free(c);
}

static void show_port_has_the_details(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d);
	const json_t *reply, *row;

	attach_web(c);
	reply = client_call(c, "port.show", "{'port':'web'}");
	assert_result(reply);
	assert_string_equal(text_at(reply, "result.switch"), d->name);
	row = at(reply, "result.port");
	assert_row_is_complete(row);
	assert_string_equal(text_at(row, "host_ifname"), "web");
	assert_int_equal(strncmp(text_at(row, "namespace"), "vsw-", 4), 0);
	assert_string_equal(text_at(row, "namespace") + 4, d->name);
	assert_true(json_is_array(at(row, "offloads")));
	assert_true(json_is_object(at(row, "received.drops")));
	assert_true(json_is_object(at(row, "sent.drops")));
	client_free(c);
}

/* All ports, page by page, each where it belongs; returns how many pages. */
static int read_ports(struct client *c, int n_wanted)
{
	char cursor[40] = "";
	int n = 0, pages = 0;

	do {
		const json_t *reply =
			client_call(c, "port.list", "{%s}", cursor);
		const json_t *rows = at(reply, "result.ports");
		const json_t *next = at(reply, "result.next");

		assert_result(reply);
		assert_in_range(json_array_size(rows), 1, ROWS_MAX);
		for (size_t i = 0; i < json_array_size(rows); i++, n++) {
			char name[16];

			snprintf(name, sizeof(name), "p%d", n);
			assert_string_equal(
				text_at(json_array_get(rows, i), "port"), name);
		}
		assert_non_null(next);
		cursor[0] = '\0';
		if (!json_is_null(next))
			snprintf(cursor, sizeof(cursor), "'cursor':%lld",
				 json_integer_value(next));
		pages++;
	} while (cursor[0]);

	assert_int_equal(n, n_wanted);
	return pages;
}

static void ports_are_listed_in_order_on_several_pages(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	const json_t *reply;

	for (int i = 0; i < N_PORTS; i++)
		assert_result(client_call(c, "port.attach",
					  "{'target':'%s','port':'p%d',"
					  "'ifname':'e%d'}",
					  ns, i, i));
	reply = client_call(c, "port.list", "{}");
	assert_int_equal(number_at(reply, "result.count"), N_PORTS);
	assert_int_equal(number_at(reply, "result.up"), N_PORTS);
	assert_true(number_at(reply, "result.max") >= 16384);
	assert_row_is_complete(at(reply, "result.ports.0"));
	read_ports(c, N_PORTS);

	/* A page that starts behind the end is empty, and the last. */
	reply = client_call(c, "port.list", "{'cursor':1000000000}");
	assert_int_equal(json_array_size(at(reply, "result.ports")), 0);
	assert_true(json_is_null(at(reply, "result.next")));
	client_free(c);
}

/* The switch */

static void show_switch_tells_all_that_is_promised(void **state)
{
	static const char *const numbers[] = {
		"protocol",
		"uptime_ms",
		"ports.up",
		"fdb.dynamic",
		"fdb.static",
		"fdb.max",
		"fdb.ageing_ms",
		"fdb.learned",
		"fdb.moved",
		"fdb.aged",
		"fdb.evicted",
		"fdb.refused",
		"totals.received.frames",
		"totals.received.bytes",
		"totals.received.forwarded",
		"totals.received.dropped",
		"totals.received.missed",
		"totals.sent.frames",
		"totals.sent.bytes",
		"totals.sent.dropped",
	};
	const struct daemon *d = *state;
	struct client *c = client_new(d), *other = client_new(d);
	const json_t *reply, *result;

	attach_web(c);
	reply = client_call(c, "switch.show", "{}");
	assert_result(reply);
	result = at(reply, "result");
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		assert_true(number_at(result, numbers[i]) >= 0);
	assert_string_equal(text_at(result, "switch"), d->name);
	assert_int_equal(number_at(result, "pid"), d->pid);
	assert_string_equal(text_at(result, "namespace"),
			    daemon_room(d) + strlen("/run/netns/"));
	assert_int_equal(access(daemon_room(d), F_OK), 0);
	assert_int_equal(number_at(result, "ports.count"), 1);
	assert_true(number_at(result, "ports.max") >= 16384);
	assert_int_equal(number_at(result, "clients.count"), 2);
	assert_int_equal(number_at(result, "clients.max"), 64);
	assert_int_equal(number_at(result, "clients.refused"), 0);
	assert_int_equal(json_array_size(at(result, "captures")), 0);
	client_free(other);
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(attach_makes_what_was_asked_for),
		daemon_test(attach_chooses_names_after_the_target),
		daemon_test(attach_finds_the_namespace_of_a_process),
		daemon_test(attach_to_no_namespace_hints_at_making_one),
		daemon_test(attach_names_a_port_that_is_taken),
		daemon_test(attach_of_the_same_is_fine_if_it_may_exist),
		daemon_test(attach_names_an_interface_that_is_taken),
		daemon_test(attach_that_fails_half_way_leaves_nothing),
		daemon_test(a_tap_is_a_port_like_any_other),
		daemon_test(detach_removes_port_and_interface),
		daemon_test(a_port_that_is_gone_makes_way),
		daemon_test(show_port_has_the_details),
		daemon_test(ports_are_listed_in_order_on_several_pages),
		daemon_test(show_switch_tells_all_that_is_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
