/* SPDX-License-Identifier: MIT */
/*
 * test_explain.c - forward.explain and forward.inject
 *
 * What is foretold is what happens, and foretelling changes nothing.
 */

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
};

#define FROM_1 "'src':'02:00:00:00:00:01'"
#define TO_2   "'dst':'02:00:00:00:00:02'"

/* Ports web, db and lan; 02:..:02 is pinned to db. */
static struct client *set_up(const struct daemon *d)
{
	static const char *const ports[] = { "web", "db", "lan" };
	struct client *c = client_new(d);

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		client_attach_quietly(c, netns_make(ports[i]), ports[i]);
	assert_result(client_call(c, "fdb.add",
				  "{'mac':'02:00:00:00:00:02','port':'db'}"));
	return c;
}

/* What a step says; the first of that name. */
static const char *step(const json_t *reply, const char *name)
{
	const json_t *steps = at(reply, "result.steps");
	size_t i;
	json_t *each;

	json_array_foreach(steps, i, each)
	{
		if (!strcmp(text_at(each, "step"), name))
			return text_at(each, "text");
	}
	fail_msg("there is no step '%s'", name);
	return NULL;
}

static void assert_says(const json_t *reply, const char *name, const char *text)
{
	if (strcmp(step(reply, name), text))
		fail_msg("%s: '%s' instead of '%s'", name, step(reply, name),
			 text);
}

static void a_known_destination_is_unicast(void **state)
{
	struct client *c = set_up(*state);
	const json_t *reply;

	reply = client_call(c, "forward.explain",
			    "{'in':'web'," FROM_1 "," TO_2 "}");
	assert_result(reply);
	assert_string_equal(text_at(reply, "result.verdict"), "unicast");
	assert_true(json_is_null(at(reply, "result.reason")));
	assert_true(json_is_null(at(reply, "result.hint")));
	assert_int_equal(json_array_size(at(reply, "result.egress")), 1);
	assert_string_equal(text_at(reply, "result.egress.0"), "db");
	assert_says(reply, "frame",
		    "02:00:00:00:00:01 > 02:00:00:00:00:02 "
		    "ethertype 0x88b5, 60 bytes");
	assert_says(reply, "ingress", "web is up");
	assert_says(reply, "learning",
		    "02:00:00:00:00:01 is new in VLAN 0: learned on web");
	assert_says(reply, "lookup", "02:00:00:00:00:02 is pinned to db");
	assert_says(reply, "egress", "db: yes");
	client_free(c);
}

static void an_unknown_destination_is_flooded(void **state)
{
	struct client *c = set_up(*state);
	const json_t *reply;

	reply = client_call(c, "forward.explain",
			    "{'in':'web'," FROM_1 "," TO_2
			    ",'vlan':7,'type':2048,'len':100}");
	assert_string_equal(text_at(reply, "result.verdict"), "flood");
	assert_int_equal(json_array_size(at(reply, "result.egress")), 2);
	assert_string_equal(text_at(reply, "result.egress.0"), "db");
	assert_string_equal(text_at(reply, "result.egress.1"), "lan");
	assert_says(reply, "lookup",
		    "02:00:00:00:00:02 is unknown in VLAN 7, and known in "
		    "VLAN 0 on db: flooded");
	assert_says(reply, "frame",
		    "vlan 7 02:00:00:00:00:01 > 02:00:00:00:00:02 IPv4 "
		    "malformed, 100 bytes");
	client_free(c);
}

/* Whatever table it takes: the search goes on for several turns. */
static void a_station_of_another_vlan_is_found_in_a_large_table(void **state)
{
	static const struct daemon_start how = {
		.args = { "--max-stations", "1M" },
	};
	struct daemon *d = *state;
	struct client *c;
	const json_t *reply;

	daemon_stop(d);
	daemon_start(d, "", &how);
	c = set_up(d);
	for (int i = 0; i < 20; i++) {
		assert_result(client_call(c, "fdb.add",
					  "{'mac':'02:00:00:00:01:%02x',"
					  "'vlan':9,'port':'lan'}",
					  i));
		reply = client_call(c, "forward.inject",
				    "{'in':'web'," FROM_1
				    ",'dst':'02:00:00:00:01:%02x'}",
				    i);
		assert_non_null(strstr(step(reply, "lookup"),
				       "known in VLAN 9 on lan: flooded"));
		assert_int_equal(json_array_size(at(reply, "result.sent")), 2);
	}
	reply = client_call(c, "forward.explain",
			    "{'in':'web'," FROM_1
			    ",'dst':'02:00:00:00:02:00'}");
	assert_says(reply, "lookup",
		    "02:00:00:00:02:00 is unknown in VLAN 0: not heard for "
		    "5m, or never; flooded");
	assert_int_equal(
		number_at(client_call(c, "port.show", "{'port':'web'}"),
			  "result.port.received.frames"),
		20);
	client_free(c);
}

/* Frames that nobody forwards, with reason and hint. */
static const struct {
	const char *params, *reason, *step, *says, *hint;
} drops[] = {
	{ "'src':'03:00:00:00:00:01'," TO_2, "source-group", "source",
	  "source-group: its source is a group address, which no station has",
	  NULL },
	{ "'src':'00:00:00:00:00:00'," TO_2, "source-zero", "source",
	  "source-zero: its source is 00:00:00:00:00:00, which no station has",
	  NULL },
	{ FROM_1 ",'dst':'01:80:c2:00:00:0e'", "reserved", "reserved",
	  "reserved: its destination is reserved for a single link: "
	  "IEEE 802.1Q table 8-1",
	  NULL },
	{ FROM_1 ",'dst':'02:00:00:00:00:01'", "same-port", "egress",
	  "same-port: its destination is a station on web, where it came from",
	  NULL },
	{ FROM_1 "," TO_2 ",'len':1600", "too-big", "egress",
	  "too-big: egress port db has MTU 1500, and it would take 1586",
	  "link set eth0 mtu 1586" },
	{ FROM_1 "," TO_2 ",'len':1600,'vlan':3", "too-big", "egress", NULL,
	  "link set eth0 mtu 1582" },
	{ FROM_1 "," TO_2 ",'len':13", "runt", "frame",
	  "runt: it ends before its Ethernet header, or one of its tags, does",
	  NULL },
	{ FROM_1 "," TO_2 ",'len':1", "runt", "frame", NULL, NULL },
	{ FROM_1 "," TO_2 ",'type':47", "bad-length", "frame", NULL, NULL },
	{ FROM_1 "," TO_2 ",'type':1501", "bad-length", "frame", NULL, NULL },
};

static void each_drop_has_reason_step_and_hint(void **state)
{
	struct client *c = set_up(*state);

	for (size_t i = 0; i < ARRAY_SIZE(drops); i++) {
		const json_t *reply =
			client_call(c, "forward.explain", "{'in':'web',%s}",
				    drops[i].params);

		assert_string_equal(text_at(reply, "result.verdict"), "drop");
		assert_string_equal(text_at(reply, "result.reason"),
				    drops[i].reason);
		assert_int_equal(json_array_size(at(reply, "result.egress")),
				 0);
		if (drops[i].says)
			assert_says(reply, drops[i].step, drops[i].says);
		if (drops[i].hint)
			assert_non_null(strstr(text_at(reply, "result.hint"),
					       drops[i].hint));
		else
			assert_true(json_is_null(at(reply, "result.hint")));
	}
	client_free(c);
}

static void a_port_that_is_down_says_how_to_set_it_up(void **state)
{
	struct client *c = set_up(*state);
	char command[100];
	const json_t *reply = client_call(c, "port.show", "{'port':'db'}");
	char ns[64];

	snprintf(ns, sizeof(ns), "%s", text_at(reply, "result.port.target"));
	assert_int_equal(run("ip -n %s link set eth0 down", ns), 0);
	eventually(!strcmp(text_at(client_call(c, "port.show", "{'port':'db'}"),
				   "result.port.state"),
			   "down"));
	snprintf(command, sizeof(command), "ip -n %s link set eth0 up", ns);

	reply = client_call(c, "forward.explain",
			    "{'in':'web'," FROM_1 "," TO_2 "}");
	assert_string_equal(text_at(reply, "result.reason"), "egress-down");
	assert_says(reply, "egress", "egress-down: egress port db is down");
	assert_string_equal(text_at(reply, "result.hint"), command);

	reply = client_call(c, "forward.explain",
			    "{'in':'db'," FROM_1 "," TO_2 "}");
	assert_string_equal(text_at(reply, "result.reason"), "port-down");
	assert_says(reply, "ingress", "port-down: ingress port db is down");
	assert_string_equal(text_at(reply, "result.hint"), command);
	client_free(c);
}

static void a_mirror_port_is_left_out_and_says_why(void **state)
{
	struct client *c = set_up(*state);
	const json_t *reply;

	assert_result(client_call(
		c, "mirror.add", "{'mirror':'tap7','from':['web'],'to':'db'}"));
	reply = client_call(c, "forward.inject",
			    "{'in':'web'," FROM_1
			    ",'dst':'ff:ff:ff:ff:ff:ff'}");
	assert_result(reply);
	assert_int_equal(json_array_size(at(reply, "result.egress")), 1);
	assert_string_equal(text_at(reply, "result.egress.0"), "lan");
	assert_int_equal(json_array_size(at(reply, "result.sent")), 1);
	assert_string_equal(text_at(reply, "result.sent.0"), "lan");

	reply = client_call(c, "forward.explain",
			    "{'in':'web'," FROM_1 "," TO_2 "}");
	assert_string_equal(text_at(reply, "result.reason"), "mirror-port");
	assert_says(reply, "egress",
		    "mirror-port: egress port db belongs to a mirror, and "
		    "carries nothing but its copies");
	assert_string_equal(text_at(reply, "result.hint"),
			    "vswctl del-mirror tap7");

	reply = client_call(c, "forward.explain",
			    "{'in':'db'," FROM_1 "," TO_2 "}");
	assert_string_equal(text_at(reply, "result.reason"), "mirror-port");
	assert_says(reply, "ingress",
		    "mirror-port: ingress port db belongs to a mirror, and "
		    "carries nothing but its copies");
	client_free(c);
}

static json_t *all_state(struct client *c)
{
	static const struct {
		const char *method, *params, *path;
	} asked[] = {
		{ "port.show", "{'port':'web'}", "result.port" },
		{ "port.list", "{}", "result.ports" },
		{ "fdb.show", "{}", "result" },
		{ "drop.list", "{}", "result" },
		{ "event.list", "{}", "result" },
		{ "switch.show", "{}", "result.totals" },
	};
	json_t *all = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		const json_t *reply =
			client_call(c, asked[i].method, "%s", asked[i].params);
		json_t *part = json_deep_copy(at(reply, asked[i].path)), *row;
		size_t j;

		assert_non_null(part);
		json_object_del(part, "state_ms");
		json_array_foreach(part, j, row)
			json_object_del(row, "state_ms");
		json_array_append_new(all, part);
	}
	return all;
}

static void explaining_changes_nothing(void **state)
{
	struct client *c = set_up(*state);
	json_t *before = all_state(c), *after;

	for (size_t i = 0; i < ARRAY_SIZE(drops); i++)
		assert_result(client_call(c, "forward.explain",
					  "{'in':'web',%s}", drops[i].params));
	assert_result(client_call(c, "forward.explain",
				  "{'in':'web'," FROM_1 "," TO_2 "}"));
	after = all_state(c);
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	client_free(c);
}

static void injecting_does_what_was_foretold(void **state)
{
	struct client *c = set_up(*state);
	const json_t *reply;

	reply = client_call(c, "forward.inject",
			    "{'in':'web'," FROM_1 "," TO_2 "}");
	assert_result(reply);
	assert_string_equal(text_at(reply, "result.verdict"), "unicast");
	assert_int_equal(json_array_size(at(reply, "result.sent")), 1);
	assert_string_equal(text_at(reply, "result.sent.0"), "db");
	assert_int_equal(json_array_size(at(reply, "result.refused")), 0);
	assert_true(json_is_null(at(reply, "result.dropped")));

	for (size_t i = 0; i < ARRAY_SIZE(drops); i++) {
		reply = client_call(c, "forward.inject", "{'in':'web',%s}",
				    drops[i].params);
		assert_int_equal(json_array_size(at(reply, "result.sent")), 0);
		assert_string_equal(text_at(reply, "result.dropped"),
				    drops[i].reason);
	}

	reply = client_call(c, "port.show", "{'port':'web'}");
	assert_int_equal(number_at(reply, "result.port.received.frames"),
			 1 + ARRAY_SIZE(drops));
	assert_int_equal(number_at(reply, "result.port.received.dropped"),
			 ARRAY_SIZE(drops));
	reply = client_call(c, "port.show", "{'port':'db'}");
	assert_int_equal(number_at(reply, "result.port.sent.frames"), 1);

	/* It was heard on web: a frame to it has somewhere to go. */
	reply = client_call(c, "forward.explain",
			    "{'in':'lan','src':'02:00:00:00:00:03',"
			    "'dst':'02:00:00:00:00:01'}");
	assert_string_equal(text_at(reply, "result.egress.0"), "web");
	client_free(c);
}

static const json_t *inject_long(struct client *c)
{
	return client_call(c, "forward.inject",
			   "{'in':'web'," FROM_1
			   ",'dst':'ff:ff:ff:ff:ff:ff','len':2000}");
}

static void a_flooded_frame_names_who_refused_it(void **state)
{
	struct client *c = set_up(*state);
	const json_t *reply = client_call(c, "port.show", "{'port':'lan'}");

	assert_int_equal(run("ip -n %s link set eth0 mtu 9000",
			     text_at(reply, "result.port.target")),
			 0);
	eventually(number_at(client_call(c, "port.show", "{'port':'lan'}"),
			     "result.port.mtu") == 9000);
	/* The other end of the cable, which is ours, follows. */
	eventually(json_array_size(at(inject_long(c), "result.sent")) == 1);

	reply = inject_long(c);
	assert_string_equal(text_at(reply, "result.verdict"), "flood");
	assert_int_equal(json_array_size(at(reply, "result.egress")), 1);
	assert_string_equal(text_at(reply, "result.egress.0"), "lan");
	assert_string_equal(text_at(reply, "result.sent.0"), "lan");
	assert_string_equal(text_at(reply, "result.refused.0.port"), "db");
	assert_string_equal(text_at(reply, "result.refused.0.reason"),
			    "too-big");
	assert_true(json_is_null(at(reply, "result.dropped")));
	client_free(c);
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		const char *params, *name, *said;
		int code;
	} cases[] = {
		{ "{}", "invalid", "argument 'in' is missing", INVALID },
		{ "{'in':'web'}", "invalid", "argument 'src' is missing",
		  INVALID },
		{ "{'in':'web'," FROM_1 "}", "invalid",
		  "argument 'dst' is missing", INVALID },
		{ "{'in':'nope'," FROM_1 "," TO_2 "}", "not-found",
		  "there is no port 'nope'", FAILED },
		{ "{'in':7," FROM_1 "," TO_2 "}", "invalid", "in: must be",
		  INVALID },
		{ "{'in':'web','src':'02:00'," TO_2 "}", "invalid",
		  "src: '02:00' is not a MAC address", INVALID },
		{ "{'in':'web'," FROM_1 ",'dst':[]}", "invalid",
		  "dst: must be a string", INVALID },
		{ "{'in':'web'," FROM_1 "," TO_2 ",'vlan':4095}", "invalid",
		  "vlan: 4095", INVALID },
		{ "{'in':'web'," FROM_1 "," TO_2 ",'type':65536}", "invalid",
		  "type: 65536 is not an EtherType", INVALID },
		{ "{'in':'web'," FROM_1 "," TO_2 ",'type':-1}", "invalid",
		  "type: -1", INVALID },
		{ "{'in':'web'," FROM_1 "," TO_2 ",'type':'0x800'}", "invalid",
		  "type: must be a number", INVALID },
		{ "{'in':'web'," FROM_1 "," TO_2 ",'len':0}", "invalid",
		  "len: 0", INVALID },
		{ "{'in':'web'," FROM_1 "," TO_2 ",'len':196631}", "invalid",
		  "len: 196631", INVALID },
		{ "{'in':'web'," FROM_1 "," TO_2 ",'inject':true}", "invalid",
		  "unknown argument 'inject'", INVALID },
	};
	static const char *const methods[] = { "forward.explain",
					       "forward.inject" };
	struct client *c = set_up(*state);

	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		const json_t *reply = client_call(c, methods[i % 2], "%s",
						  cases[i / 2].params);

		assert_refused(reply, cases[i / 2].code, cases[i / 2].name,
			       cases[i / 2].said,
			       at(reply, "error.data.hint") ? "" : NULL);
	}
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_known_destination_is_unicast),
		daemon_test(an_unknown_destination_is_flooded),
		daemon_test(
			a_station_of_another_vlan_is_found_in_a_large_table),
		daemon_test(each_drop_has_reason_step_and_hint),
		daemon_test(a_port_that_is_down_says_how_to_set_it_up),
		daemon_test(a_mirror_port_is_left_out_and_says_why),
		daemon_test(explaining_changes_nothing),
		daemon_test(injecting_does_what_was_foretold),
		daemon_test(a_flooded_frame_names_who_refused_it),
		daemon_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
