/* SPDX-License-Identifier: MIT */
/*
 * test_lab_undo.c - labs that come amid other things, and that are undone
 *
 * While ports are gone, wait, or are just being made: afterwards the switch is
 * what it was, or what was wanted.
 */

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

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_change_that_fails_half_way_leaves_the_routes),
		daemon_test(
			a_port_that_was_gone_stays_gone_when_others_are_undone),
		daemon_test(an_abort_tells_what_it_could_not_undo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
