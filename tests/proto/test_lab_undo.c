/* SPDX-License-Identifier: MIT */
/*
 * test_lab_undo.c - labs that come amid other things, and that are undone
 *
 * While ports are gone, wait, or are just being made: afterwards the switch is
 * what it was, or what was wanted.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "keep.h"
#include "lab_client.h"
#include "netns.h"

enum {
	FAILED = JSONRPC_CODE_FAILED,
	LAB_SIZE = 8192,
};

/* A change of addresses takes the routes along, there and back. */
static void a_change_that_fails_half_way_leaves_the_routes(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web");
	char lab[LAB_SIZE], *before;

	netns_silence(web);
	snprintf(lab, sizeof(lab),
		 "{'ports':{'web':{'attach':'%s','ip':['10.0.0.1/24'],"
		 "'gateway':['10.0.0.9']}}}",
		 web);
	assert_result(lab_apply(c, lab, ""));
	before = lab_show(c);

	/* IPv6 is off there, which turns out when IPv4 is changed already. */
	snprintf(lab, sizeof(lab),
		 "{'ports':{'web':{'attach':'%s','ip':['10.0.0.2/24',"
		 "'fd00::1/64'],'gateway':['10.0.0.9']}}}",
		 web);
	assert_refused(lab_apply(c, lab, ""), FAILED, "failed", "fd00::1/64",
		       NULL);
	lab_assert_is(c, before);
	assert_int_equal(run("ip -n %s -4 -brief addr show eth0 | "
			     "grep -q ' 10.0.0.1/24 *$'",
			     web),
			 0);
	assert_int_equal(run("ip -n %s route | grep -q 'via 10.0.0.9 '", web),
			 0);
	free(before);
	client_free(c);
}

/* Where namespaces are made, nothing can be made any more. */
static void a_namespace_that_cannot_be_made_undoes_the_others(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	char lab[LAB_SIZE], wanted[80], *before;
	const json_t *reply;

	snprintf(lab, sizeof(lab),
		 "{'ports':{'web':{'attach':'%s','mtu':4000},"
		 "'old':{'attach':'%s','ifname':'old'}}}",
		 web, web);
	assert_result(lab_apply(c, lab, ""));
	before = lab_show(c);

	assert_int_equal(run("mount -o remount,ro /run/netns"), 0);
	snprintf(lab, sizeof(lab),
		 "{'switch':{'ageing':'77s'},'namespaces':['new'],'ports':{"
		 "'web':{'attach':'%s','mtu':5000},'db':{'attach':'%s'},"
		 "'new':{'attach':'new'}}}",
		 web, db);
	reply = lab_apply(c, lab, ",'prune':true");
	assert_int_equal(run("mount -o remount,rw /run/netns"), 0);
	snprintf(wanted, sizeof(wanted),
		 "namespace new: cannot make namespace 'new': %s",
		 strerror(EROFS));
	assert_refused(reply, FAILED, "failed", wanted, NULL);

	lab_assert_is(c, before);
	assert_true(netns_has(web, "eth0"));
	assert_true(netns_has(web, "old"));
	assert_false(netns_has(db, "eth0"));
	assert_int_equal(
		run("ip -n %s link show eth0 | grep -q 'mtu 4000 '", web), 0);
	assert_int_equal(run("test ! -e /run/netns/new"), 0);

	/* And it can be made as soon as there is room for it. */
	assert_result(lab_apply(c, lab, ",'prune':true"));
	assert_true(netns_has("new", "eth0"));
	netns_del("new");
	free(before);
	client_free(c);
}

/* A port that persists could wait for that, and be up one day: not in a lab. */
static void a_port_that_persists_does_not_wait_for_its_place(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	char lab[LAB_SIZE], wanted[80], *before = lab_show(c);

	assert_int_equal(
		run("ip -n %s link add eth7 type veth peer name x7", db), 0);
	snprintf(lab, sizeof(lab),
		 "{'ports':{'web':{'attach':'%s'},"
		 "'db':{'attach':'%s','ifname':'eth7'}}}",
		 web, db);
	snprintf(wanted, sizeof(wanted),
		 "port db: namespace %s has an interface eth7 already", db);
	assert_refused(lab_apply(c, lab, ""), FAILED, "failed", wanted,
		       "ifname");
	lab_assert_is(c, before);
	assert_false(netns_has(web, "eth0"));
	assert_true(netns_has(db, "eth7"));
	free(before);
	client_free(c);
}

/* What a switch remembers of a port is no port to be brought back. */
static void a_port_that_was_gone_stays_gone_when_others_are_undone(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	char lab[LAB_SIZE];
	const json_t *reply;

	assert_int_equal(
		run("ip -n %s link add eth7 type veth peer name x7", db), 0);
	snprintf(lab, sizeof(lab),
		 "{'ports':{'web':{'attach':'%s','persist':false}},"
		 "'stations':[{'mac':'02:00:00:00:00:01','port':'web'}]}",
		 web);
	assert_result(lab_apply(c, lab, ""));
	keep_del(web);
	eventually(keep_is(c, "web", "gone"));

	snprintf(lab, sizeof(lab),
		 "{'ports':{'db':{'attach':'%s','ifname':'eth7',"
		 "'persist':false}}}",
		 db);
	reply = lab_apply(c, lab, ",'prune':true");
	assert_refused(reply, FAILED, "failed",
		       "what was done before is undone", "ifname");
	assert_null(strstr(text_at(reply, "error.message"), "not all of it"));
	client_free(c);
}

static void an_abort_tells_what_it_could_not_undo(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web");
	char lab[LAB_SIZE];

	snprintf(lab, sizeof(lab),
		 "{'ports':{'a':{'attach':'%s','persist':false}}}", web);
	assert_result(lab_apply(c, lab, ""));
	assert_result(lab_apply(c, "{}", ",'prune':true,'confirm':3600000"));
	keep_del(web);
	assert_refused(client_call(c, "lab.confirm", "{'abort':true}"), FAILED,
		       "failed", "1 of 1 steps could not be undone", "log");
	client_free(c);
}

/* The worker is at it already, with what was wanted until now. */
static void a_port_that_is_changed_while_it_is_made_is_made_as_wanted(
	void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *web = keep_name_only("web");
	const pid_t worker = daemon_worker(d);
	char lab[LAB_SIZE];

	keep_attach(c, web, "web", ",'ip':['10.0.0.1/24']");
	process_halt(worker);
	keep_add(web);
	eventually(keep_next_is(c, "web", "being tried"));
	snprintf(lab, sizeof(lab),
		 "{'ports':{'web':{'attach':'%s','ip':['10.0.0.2/24'],"
		 "'mtu':4000}}}",
		 web);
	assert_result(lab_apply(c, lab, ""));
	kill(worker, SIGCONT);

	eventually(!run("ip -n %s -4 -brief addr show eth0 2>/dev/null | "
			"grep -q ' 10.0.0.2/24 *$'",
			web));
	eventually(keep_is(c, "web", "up"));
	assert_int_equal(
		run("ip -n %s link show eth0 | grep -q 'mtu 4000 '", web), 0);
	assert_int_equal(number_at(keep_show(c, "web"), "mtu"), 4000);
	client_free(c);
}

/* It persists for as long as the lab did, and leaves nothing behind. */
static void a_port_that_persists_no_longer_waits_no_longer(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d), *other = client_new(d);
	const char *web = netns_make("web"), *db = netns_make("db");
	const char *room = daemon_room(d) + strlen("/run/netns/");
	const int n_links = netns_n_links(room), n_fds = daemon_n_fds(d);
	const pid_t worker = daemon_worker(d);
	char lab[LAB_SIZE];

	snprintf(lab, sizeof(lab),
		 "{'ports':{'web':{'attach':'%s','persist':false}}}", web);
	assert_result(lab_apply(c, lab, ""));
	snprintf(lab, sizeof(lab), "{'ports':{'web':{'attach':'%s'}}}", web);
	assert_result(lab_apply(c, lab, ",'confirm':3600000"));

	/* It waits, and just when its cable is laid all is undone. */
	keep_del(web);
	eventually(keep_is(c, "web", "waiting"));
	process_halt(worker);
	keep_add(web);
	eventually(keep_next_is(c, "web", "being tried"));
	assert_result(client_call(c, "lab.confirm", "{'abort':true}"));
	assert_true(keep_is(c, "web", "gone"));
	kill(worker, SIGCONT);
	keep_attach(other, db, "db", "");
	assert_result(client_call(other, "port.detach", "{'port':'db'}"));
	eventually(netns_n_links(room) == n_links);
	assert_false(netns_has(web, "eth0"));
	assert_int_equal(daemon_n_fds(d), n_fds);

	/* The name is free in every way. */
	assert_result(lab_apply(c, lab, ""));
	assert_true(keep_is(c, "web", "up"));
	client_free(other);
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_change_that_fails_half_way_leaves_the_routes),
		daemon_test(a_namespace_that_cannot_be_made_undoes_the_others),
		daemon_test(a_port_that_persists_does_not_wait_for_its_place),
		daemon_test(
			a_port_that_was_gone_stays_gone_when_others_are_undone),
		daemon_test(an_abort_tells_what_it_could_not_undo),
		daemon_test(
			a_port_that_is_changed_while_it_is_made_is_made_as_wanted),
		daemon_test(a_port_that_persists_no_longer_waits_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
