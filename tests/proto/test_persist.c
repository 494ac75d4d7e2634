/* SPDX-License-Identifier: MIT */
/*
 * test_persist.c - ports that come back
 *
 * What happens to namespaces and interfaces here is done by `ip`, as users do.
 */

#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "keep.h"
#include "macros.h"
#include "netns.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
	N_DELETIONS = 200,
};

static int n_times(const struct daemon *d, const char *words)
{
	int n = 0;

	for (const char *p = daemon_log(d); (p = strstr(p, words)); p++)
		n++;
	return n;
}

static void a_namespace_that_is_not_there_yet_is_waited_for(void **state)
{
	struct client *c = client_new(*state);
	const char *web = keep_name_only("web"), *db = keep_name_only("db");
	const json_t *reply;

	reply = client_call(c, "port.attach",
			    "{'target':'%s','port':'web','persist':true}", web);
	assert_result(reply);
	assert_true(json_is_true(at(reply, "result.created")));
	assert_string_equal(text_at(reply, "result.port.state"), "waiting");
	assert_true(json_is_true(at(reply, "result.port.persist")));
	assert_non_null(
		strstr(text_at(reply, "result.port.why"), "no namespace"));
	eventually(keep_next_is(c, "web", "is there"));
	assert_true(json_is_null(at(keep_show(c, "web"), "retry_ms")));

	reply = client_call(c, "port.attach",
			    "{'target':'%s','port':'db','type':'%s',"
			    "'persist':true}",
			    db, keep_tap_if_possible());
	assert_string_equal(text_at(reply, "result.port.state"), "waiting");

	keep_add(db);
	eventually(keep_is(c, "db", "up"));
	assert_true(netns_has(db, "eth0"));
	assert_true(keep_is(c, "web", "waiting"));
	keep_add(web);
	eventually(keep_is(c, "web", "up"));
	assert_true(netns_has(web, "eth0"));
	assert_true(json_is_null(at(keep_show(c, "web"), "why")));
	client_free(c);
}

static void without_persist_it_is_an_error_still(void **state)
{
	struct client *c = client_new(*state);

	assert_refused(client_call(c, "port.attach", "{'target':'nowhere'}"),
		       FAILED, "not-found", "there is no namespace 'nowhere'",
		       "ip netns add nowhere");
	assert_refused(client_call(c, "port.attach",
				   "{'target':'nowhere','persist':false}"),
		       FAILED, "not-found", "'nowhere'", "ip netns add");
	client_free(c);
}

static void what_can_never_come_is_not_waited_for(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d);
	int n_fds;

	client_call(c, "port.attach", "{'target':'nowhere'}");
	n_fds = daemon_n_fds(d);
	assert_refused(client_call(c, "port.attach",
				   "{'target':'pid:1','persist':true}"),
		       INVALID, "invalid", "process", "ip netns attach");
	assert_refused(client_call(c, "port.attach",
				   "{'target':'/proc/1/ns/net','port':'x',"
				   "'persist':true}"),
		       INVALID, "invalid", "process", "ip netns attach");
	assert_refused(client_call(c, "port.attach",
				   "{'target':'/dev/null','persist':true}"),
		       INVALID, "invalid", "is not a network namespace", NULL);
	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'x','persist':true}",
				   daemon_room(d)),
		       INVALID, "invalid", "back room", NULL);
	assert_refused(
		client_call(c, "port.attach", "{'target':'x','persist':'yes'}"),
		INVALID, "invalid", "boolean", NULL);
	assert_int_equal(
		number_at(client_call(c, "port.list", "{}"), "result.count"),
		0);
	assert_int_equal(daemon_n_fds(d), n_fds);
	client_free(c);
}

static void it_comes_back_as_it_was(void **state)
{
	struct client *c = client_new(*state);
	const char *const types[] = { "veth", keep_tap_if_possible() };
	const char *ns = netns_make("web");
	uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			      0x02, 0,    0,    0,    0,    5 };
	char more[160], mac[20];
	json_int_t received;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		snprintf(more, sizeof(more),
			 ",'type':'%s','ifname':'lan0','mtu':1400,"
			 "'ip':['10.0.0.1/24','fd00::1/64'],"
			 "'gateway':['10.0.0.254']",
			 types[i]);
		keep_attach(c, ns, "web", more);
		assert_result(client_call(c, "fdb.add",
					  "{'mac':'02:00:00:00:00:01',"
					  "'port':'web'}"));
		netns_send(ns, "lan0", frame, sizeof(frame), 10);
		eventually(number_at(keep_show(c, "web"), "received.frames") >=
			   10);
		strcpy(mac, text_at(keep_show(c, "web"), "mac"));

		keep_del(ns);
		eventually(keep_is(c, "web", "waiting"));
		received = number_at(keep_show(c, "web"), "received.frames");
		assert_true(received >= 10);
		assert_string_equal(text_at(keep_show(c, "web"), "mac"), mac);
		keep_add(ns);
		eventually(keep_is(c, "web", "up"));

		assert_string_equal(text_at(keep_show(c, "web"), "mac"), mac);
		assert_int_equal(number_at(keep_show(c, "web"), "mtu"), 1400);
		assert_true(number_at(keep_show(c, "web"), "received.frames") >=
			    received);
		assert_int_equal(run("ip -n %s link show lan0 | "
				     "grep -q 'ether %s'",
				     ns, mac),
				 0);
		assert_int_equal(run("ip -n %s link show lan0 | "
				     "grep -q 'mtu 1400'",
				     ns),
				 0);
		assert_int_equal(run("ip -n %s addr show lan0 | "
				     "grep -q '10.0.0.1/24'",
				     ns),
				 0);
		assert_int_equal(run("ip -n %s addr show lan0 | "
				     "grep -q 'fd00::1/64'",
				     ns),
				 0);
		assert_int_equal(run("ip -n %s route | "
				     "grep -q 'default via 10.0.0.254'",
				     ns),
				 0);
		assert_string_equal(
			text_at(client_call(c, "fdb.show", "{'type':'static'}"),
				"result.stations.0.port"),
			"web");
		assert_result(client_call(c, "port.detach", "{'port':'web'}"));
		assert_false(netns_has(ns, "lan0"));
	}
	client_free(c);
}

static void what_was_asked_for_is_told(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = keep_name_only("web");
	const json_t *row;

	keep_attach(c, ns, "web",
		    ",'mac':'02:00:00:00:00:09','mtu':9000,"
		    "'ip':['10.0.0.1/24','fd00::1/64'],"
		    "'gateway':['10.0.0.254','fd00::f']");
	row = keep_show(c, "web");
	assert_string_equal(text_at(row, "target"), ns);
	assert_string_equal(text_at(row, "type"), "veth");
	assert_string_equal(text_at(row, "asked.ifname"), "eth0");
	assert_string_equal(text_at(row, "asked.ip.0"), "10.0.0.1/24");
	assert_string_equal(text_at(row, "asked.ip.1"), "fd00::1/64");
	assert_string_equal(text_at(row, "asked.gateway.1"), "fd00::f");
	assert_string_equal(text_at(row, "asked.mac"), "02:00:00:00:00:09");
	assert_int_equal(number_at(row, "asked.mtu"), 9000);
	assert_int_equal(number_at(row, "mtu"), 9000);

	keep_attach(c, ns, "plain", "");
	row = at(client_call(c, "port.list", "{}"), "result.ports.1");
	assert_string_equal(text_at(row, "port"), "plain");
	assert_true(json_is_null(at(row, "asked.mac")));
	assert_true(json_is_null(at(row, "asked.mtu")));
	assert_int_equal(json_array_size(at(row, "asked.ip")), 0);
	assert_int_equal(number_at(row, "mtu"), 1500);
	assert_int_equal(strlen(text_at(row, "mac")), 17);
	client_free(c);
}

static void an_interface_that_was_deleted_is_made_again(void **state)
{
	struct client *c = client_new(*state);
	const char *const types[] = { "veth", keep_tap_if_possible() };
	const char *ns = netns_make("web");
	char more[80], mac[20];

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		snprintf(more, sizeof(more),
			 ",'type':'%s','ip':['10.0.0.1/24','fd00::1/64']",
			 types[i]);
		keep_attach(c, ns, "web", more);
		strcpy(mac, text_at(keep_show(c, "web"), "mac"));
		assert_int_equal(run("ip -n %s link del eth0", ns), 0);
		eventually(netns_has(ns, "eth0"));
		eventually(keep_is(c, "web", "up"));
		assert_int_equal(run("ip -n %s link show eth0 | "
				     "grep -q 'ether %s'",
				     ns, mac),
				 0);
		assert_true(netns_has_address(ns, "eth0", "10.0.0.1"));
		assert_int_equal(run("ip -n %s addr show eth0 | "
				     "grep -q 'fd00::1/64'",
				     ns),
				 0);
		assert_result(client_call(c, "port.detach", "{'port':'web'}"));
	}

	keep_attach(c, "host", "host", "");
	assert_int_equal(run("ip link del %s", ((struct daemon *)*state)->name),
			 0);
	eventually(if_nametoindex(((struct daemon *)*state)->name) > 0);
	eventually(keep_is(c, "host", "up"));
	client_free(c);
}

/* Whoever is root inside cannot keep the daemon busy. */
static void who_deletes_it_time_and_again_has_to_wait(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = netns_make("web");
	const long began = now_ms();
	int n_allowed = 2;

	keep_attach(c, ns, "web", "");
	for (int i = 0; i < N_DELETIONS; i++)
		run("ip -n %s link del eth0 2>/dev/null", ns);
	/* At 0, 0.1, 0.3, 0.7 s and so on after the first. */
	for (long t = 100; t < now_ms() - began + 100; t = 2 * t + 100)
		n_allowed++;
	assert_in_range(n_times(d, "made again"), 0, n_allowed);

	eventually(keep_is(c, "web", "waiting") || keep_is(c, "web", "up"));
	eventually_within(15000, keep_is(c, "web", "up"));
	assert_true(n_times(d, "made again") > 0);
	assert_true(netns_has(ns, "eth0"));
	client_free(c);
}

/* Deleted while it was still being made, it has "failed" for a second. */
static const json_t *held_back(struct client *c)
{
	const json_t *row = keep_show(c, "web");

	return json_is_integer(at(row, "retry_ms")) &&
			       !strcmp(text_at(row, "state"), "waiting")
		       ? row
		       : NULL;
}

static void while_it_is_held_back_it_says_for_how_long(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	const json_t *row;

	keep_attach(c, ns, "web", "");
	for (row = NULL; !row; row = held_back(c)) {
		eventually(netns_has(ns, "eth0") || held_back(c));
		run("ip -n %s link del eth0 2>/dev/null", ns);
	}
	assert_non_null(strstr(text_at(row, "why"), "deleted"));
	assert_in_range(number_at(row, "retry_ms"), 0, 10000);
	client_free(c);
}

static void one_that_was_taken_away_forwards_nothing_until_it_is_back(
	void **state)
{
	struct client *c = client_new(*state);
	const char *const types[] = { "veth", keep_tap_if_possible() };
	const char *ns = netns_make("web"), *other = netns_make("other");
	char more[60];

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		snprintf(more, sizeof(more),
			 ",'type':'%s','ip':['10.0.0.1/24']", types[i]);
		keep_attach(c, ns, "web", more);
		assert_int_equal(
			run("ip -n %s link set eth0 netns %s", ns, other), 0);
		eventually(keep_is(c, "web", "moved"));
		assert_int_equal(run("ip -n %s link set eth0 up", other), 0);
		assert_true(keep_is(c, "web", "moved"));
		assert_false(netns_has(ns, "eth0"));

		/* In whatever shape it comes back. */
		assert_int_equal(run("ip -n %s link set eth0 netns %s name x0",
				     other, ns),
				 0);
		eventually(keep_is(c, "web", "up"));
		assert_true(netns_has(ns, "eth0"));
		assert_false(netns_has(ns, "x0"));
		assert_false(netns_has(other, "eth0"));
		assert_int_equal(run("ip -n %s addr show eth0 | "
				     "grep -q '10.0.0.1/24'",
				     ns),
				 0);

		/* Deleted where it is, it is made anew where it belongs. */
		assert_int_equal(
			run("ip -n %s link set eth0 netns %s", ns, other), 0);
		eventually(keep_is(c, "web", "moved"));
		assert_int_equal(run("ip -n %s link del eth0", other), 0);
		eventually(keep_is(c, "web", "up"));
		assert_true(netns_has(ns, "eth0"));
		assert_result(client_call(c, "port.detach", "{'port':'web'}"));
	}
	client_free(c);
}

/* A namespace @ns all at once, in which an interface has the name already. */
static void add_with_obstacle(const char *ns)
{
	assert_int_equal(
		run("ip netns add %s-t && ip -n %s-t link add eth0 type veth "
		    "&& touch /run/netns/%s && "
		    "mount --bind /run/netns/%s-t /run/netns/%s && "
		    "umount /run/netns/%s-t && rm /run/netns/%s-t",
		    ns, ns, ns, ns, ns, ns, ns),
		0);
}

static void an_interface_in_the_way_is_told_and_waited_out(void **state)
{
	struct client *c = client_new(*state);
	const char *const types[] = { "veth", keep_tap_if_possible() };
	const char *const ways[] = { "del eth0", "set eth0 name x0" };
	const char *ns = keep_name_only("web");
	char more[40];
	const json_t *row;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		snprintf(more, sizeof(more), ",'type':'%s'", types[i]);
		keep_attach(c, ns, "web", more);
		add_with_obstacle(ns);
		eventually(keep_is(c, "web", "failed"));
		eventually(keep_next_is(c, "web", "when eth0 is gone"));
		row = keep_show(c, "web");
		assert_non_null(strstr(text_at(row, "why"), "eth0"));
		assert_non_null(strstr(text_at(row, "why"), "already"));
		assert_true(number_at(row, "tried_ms") >= 0);
		assert_true(netns_has(ns, "eth0"));

		run("ip -n %s link set eth0 down", ns);
		assert_true(keep_is(c, "web", "failed"));
		/* So that it is not the next try that brings it back. */
		eventually(json_integer_value(
				   at(keep_show(c, "web"), "retry_ms")) > 3500);
		assert_int_equal(run("ip -n %s link %s", ns, ways[i]), 0);
		eventually_within(3000, keep_is(c, "web", "up"));

		/* And the namespace may go while it stands in the way. */
		keep_del(ns);
		eventually(keep_is(c, "web", "waiting"));
		add_with_obstacle(ns);
		eventually(keep_is(c, "web", "failed"));
		keep_del(ns);
		eventually(keep_is(c, "web", "waiting"));
		keep_add(ns);
		eventually(keep_is(c, "web", "up"));
		assert_result(client_call(c, "port.detach", "{'port':'web'}"));
		keep_del(ns);
	}
	client_free(c);
}

static void what_fails_for_other_reasons_is_tried_again(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	const json_t *row;

	keep_attach(c, ns, "web",
		    ",'ip':['10.0.0.1/24'],'gateway':['10.0.0.2']");
	keep_del(ns);
	eventually(keep_is(c, "web", "waiting"));
	assert_int_equal(
		run("ip netns add %s-t && ip -n %s-t link add x0 type veth && "
		    "ip -n %s-t addr add 10.1.0.1/24 dev x0 && "
		    "ip -n %s-t link set x0 up && "
		    "ip -n %s-t link set veth0 up && "
		    "ip -n %s-t route add default via 10.1.0.2 && "
		    "touch /run/netns/%s && "
		    "mount --bind /run/netns/%s-t /run/netns/%s && "
		    "umount /run/netns/%s-t && rm /run/netns/%s-t",
		    ns, ns, ns, ns, ns, ns, ns, ns, ns, ns, ns),
		0);
	eventually(keep_is(c, "web", "failed"));
	eventually(json_is_integer(at(keep_show(c, "web"), "retry_ms")));
	row = keep_show(c, "web");
	assert_non_null(strstr(text_at(row, "why"), "default route"));
	assert_in_range(number_at(row, "retry_ms"), 0, 60000);
	assert_false(netns_has(ns, "eth0"));
	run("ip -n %s link del x0", ns);
	eventually_within(15000, keep_is(c, "web", "up"));
	client_free(c);
}

/* `ip netns del` does not end a namespace in which somebody lives. */
static void it_moves_on_to_whatever_bears_the_name(void **state)
{
	struct client *c = client_new(*state);
	const char *const types[] = { "veth", keep_tap_if_possible() };
	const char *ns = netns_make("web");
	char more[40];

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const pid_t pid = fork();

		if (!pid) {
			execlp("ip", "ip", "netns", "exec", ns, "sleep", "60",
			       NULL);
			_exit(127);
		}
		eventually(
			!run("ip netns pids %s | grep -qx %d", ns, (int)pid));
		snprintf(more, sizeof(more), ",'type':'%s'", types[i]);
		keep_attach(c, ns, "web", more);
		keep_del(ns);
		assert_true(keep_is(c, "web", "up"));
		keep_add(ns);
		eventually(netns_has(ns, "eth0"));
		eventually(keep_is(c, "web", "up"));
		assert_int_not_equal(run("nsenter -t %d -n ip link show eth0 "
					 "2>/dev/null",
					 (int)pid),
				     0);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		assert_result(client_call(c, "port.detach", "{'port':'web'}"));
		assert_false(netns_has(ns, "eth0"));
	}
	client_free(c);
}

static void a_path_may_have_to_be_made_first(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = netns_make("web");
	char path[120];
	int n_fds;

	client_call(c, "port.attach", "{'target':'nowhere'}");
	n_fds = daemon_n_fds(d);
	snprintf(path, sizeof(path), "%s/a/b/c", proto_rundir());
	keep_attach(c, path, "path", "");
	for (int i = 0; i < 3; i++) {
		eventually(keep_is(c, "path", "waiting"));
		assert_int_equal(run("mkdir -p %s/a/b && touch %s && "
				     "mount --bind /run/netns/%s %s",
				     proto_rundir(), path, ns, path),
				 0);
		eventually(keep_is(c, "path", "up"));
		assert_true(netns_has(ns, "eth0"));

		/* All of it is removed, and so is what it led to. */
		assert_int_equal(run("umount %s && rm -r %s/a && "
				     "ip netns del %s && ip netns add %s",
				     path, proto_rundir(), ns, ns),
				 0);
	}
	eventually(keep_is(c, "path", "waiting"));
	assert_result(client_call(c, "port.detach", "{'port':'path'}"));
	eventually(daemon_n_fds(d) == n_fds);
	client_free(c);
}

/* As after a crash amid `ip netns add`, or a reboot that kept /run. */
static void a_file_on_which_nothing_is_mounted_is_no_namespace_yet(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = keep_name_only("web"), *other = netns_make("other");

	assert_int_equal(run("touch /run/netns/%s", ns), 0);
	keep_attach(c, ns, "web", "");
	assert_true(keep_is(c, "web", "waiting"));
	assert_int_equal(
		run("mount --bind /run/netns/%s /run/netns/%s", other, ns), 0);
	eventually(keep_is(c, "web", "up"));
	assert_true(netns_has(other, "eth0"));
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_namespace_that_is_not_there_yet_is_waited_for),
		daemon_test(without_persist_it_is_an_error_still),
		daemon_test(what_can_never_come_is_not_waited_for),
		daemon_test(it_comes_back_as_it_was),
		daemon_test(what_was_asked_for_is_told),
		daemon_test(an_interface_that_was_deleted_is_made_again),
		daemon_test(who_deletes_it_time_and_again_has_to_wait),
		daemon_test(while_it_is_held_back_it_says_for_how_long),
		daemon_test(
			one_that_was_taken_away_forwards_nothing_until_it_is_back),
		daemon_test(an_interface_in_the_way_is_told_and_waited_out),
		daemon_test(what_fails_for_other_reasons_is_tried_again),
		daemon_test(it_moves_on_to_whatever_bears_the_name),
		daemon_test(a_path_may_have_to_be_made_first),
		daemon_test(
			a_file_on_which_nothing_is_mounted_is_no_namespace_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
