/* SPDX-License-Identifier: MIT */
/*
 * test_mirrors.c - mirror.*: what is accepted, what is refused, and what becomes
 * of it when ports go
 *
 * What a mirror copies is for the tests of switch/core.
 */

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "keep.h"
#include "macros.h"
#include "netns.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
	MIRRORS_MAX = 16,
	N_FRAMES = 5,
};

#define ADD "mirror.add"

static const uint8_t broadcast[60] = { 255, 255, 255, 255, 255,  255,  2,
				       0,   0,   0,   0,   0x42, 0x88, 0xb5 };

/* Ports a, b and c, whose interfaces have no addresses, and their namespaces */
static struct client *begin(void **state, const char *ret_ns[3])
{
	static const char *const names[] = { "a", "b", "c" };
	struct client *c = client_new(*state);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		ret_ns[i] = netns_make(names[i]);
		client_attach_quietly(c, ret_ns[i], names[i]);
	}
	return c;
}

static json_int_t mirrored(struct client *c)
{
	return number_at(client_call(c, "mirror.list", "{}"),
			 "result.mirrors.0.mirrored");
}

static json_int_t seen(struct client *c)
{
	const json_t *reply = client_call(c, "mirror.list", "{}");

	return number_at(reply, "result.mirrors.0.mirrored") +
	       number_at(reply, "result.mirrors.0.filtered") +
	       number_at(reply, "result.mirrors.0.dropped");
}

static size_t count(struct client *c)
{
	return json_array_size(
		at(client_call(c, "mirror.list", "{}"), "result.mirrors"));
}

static void a_mirror_is_shown_as_it_was_asked_for(void **state)
{
	const char *ns[3];
	struct client *c = begin(state, ns);
	const json_t *reply;

	reply = client_call(c, ADD,
			    "{'mirror':'m','from':['b','a'],'to':'c',"
			    "'direction':'rx','snaplen':64,"
			    "'filter':'nothing','bpf':[[6,0,0,0]]}");
	assert_result(reply);
	assert_string_equal(text_at(reply, "result.mirror.mirror"), "m");
	reply = client_call(c, "mirror.list", "{}");
	assert_int_equal(number_at(reply, "result.max"), MIRRORS_MAX);
	assert_string_equal(text_at(reply, "result.mirrors.0.from.0"), "b");
	assert_string_equal(text_at(reply, "result.mirrors.0.from.1"), "a");
	assert_string_equal(text_at(reply, "result.mirrors.0.direction"), "rx");
	assert_string_equal(text_at(reply, "result.mirrors.0.to"), "c");
	assert_string_equal(text_at(reply, "result.mirrors.0.to_state"), "up");
	assert_string_equal(text_at(reply, "result.mirrors.0.filter"),
			    "nothing");
	assert_int_equal(number_at(reply, "result.mirrors.0.snaplen"), 64);
	assert_int_equal(number_at(reply, "result.mirrors.0.bytes"), 0);
	assert_string_equal(text_at(client_call(c, "port.show", "{'port':'c'}"),
				    "result.port.mirror"),
			    "m");
	assert_true(json_is_null(at(client_call(c, "port.show", "{'port':'a'}"),
				    "result.port.mirror")));

	assert_result(client_call(c, "mirror.del", "{'mirror':'m'}"));
	assert_int_equal(count(c), 0);
	assert_result(
		client_call(c, ADD, "{'mirror':'m','from':['all'],'to':'c'}"));
	reply = client_call(c, "mirror.list", "{}");
	assert_string_equal(text_at(reply, "result.mirrors.0.direction"),
			    "both");
	assert_string_equal(text_at(reply, "result.mirrors.0.from.0"), "all");
	assert_true(json_is_null(at(reply, "result.mirrors.0.filter")));
	assert_true(json_is_null(at(reply, "result.mirrors.0.snaplen")));
	client_free(c);
}

static void counters_tell_what_became_of_each_frame(void **state)
{
	static const struct {
		const char *arguments;
		const char *counter;
		json_int_t bytes;
	} cases[] = {
		{ "'bpf':[[6,0,0,1]]", "mirrored", 60 * N_FRAMES },
		{ "'bpf':[[6,0,0,0]]", "filtered", 0 },
		{ "'snaplen':60", "mirrored", 60 * N_FRAMES },
	};
	const char *ns[3];
	struct client *c = begin(state, ns);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char path[40];
		const json_t *reply;

		snprintf(path, sizeof(path), "result.mirrors.0.%s",
			 cases[i].counter);
		assert_result(client_call(c, ADD,
					  "{'mirror':'m','from':['a'],'to':'c',"
					  "'direction':'rx',%s}",
					  cases[i].arguments));
		netns_send(ns[0], "eth0", broadcast, sizeof(broadcast),
			   N_FRAMES);
		eventually(seen(c) == N_FRAMES);
		reply = client_call(c, "mirror.list", "{}");
		assert_int_equal(number_at(reply, path), N_FRAMES);
		assert_int_equal(number_at(reply, "result.mirrors.0.bytes"),
				 cases[i].bytes);
		assert_result(client_call(c, "mirror.del", "{'mirror':'m'}"));
	}
	client_free(c);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *arguments;
		int code;
		const char *name, *why;
	} cases[] = {
		{ "'from':[],'to':'c'", INVALID, "invalid", "names no port" },
		{ "'from':'a','to':'c'", INVALID, "invalid", "array" },
		{ "'from':['a','a'],'to':'c'", INVALID, "invalid", "twice" },
		{ "'from':['a/b'],'to':'c'", INVALID, "invalid", "a/b" },
		{ "'from':['a','c'],'to':'c'", INVALID, "invalid", "itself" },
		{ "'from':['a'],'to':'x'", FAILED, "not-found", "'x'" },
		{ "'from':['x'],'to':'c'", FAILED, "not-found", "'x'" },
		{ "'from':['a'],'to':'b'", FAILED, "busy", "by 'first'" },
		{ "'from':['a'],'to':'first'", FAILED, "not-found", "'first'" },
		{ "'from':['d'],'to':'a'", FAILED, "busy", "mirror port of" },
		{ "'from':['a'],'to':'d'", FAILED, "busy", "already" },
		{ "'from':['a'],'to':'c','direction':'up'", INVALID, "invalid",
		  "rx or tx or both" },
		{ "'from':['a'],'to':'c','snaplen':59", INVALID, "invalid",
		  "60" },
		{ "'from':['a'],'to':'c','snaplen':-1", INVALID, "invalid",
		  "snaplen" },
		{ "'from':['a'],'to':'c','filter':'icmp'", INVALID, "invalid",
		  "without bpf" },
		{ "'from':['a'],'to':'c','bpf':[]", INVALID, "invalid", "bpf" },
		{ "'from':['a'],'to':'c','bpf':[[5,0,0,4294967295]]", INVALID,
		  "invalid", "not a valid program" },
		{ "'from':['a'],'to':'c','bpf':[[0,0,0,0]]", INVALID, "invalid",
		  "not a valid program" },
		{ "'from':['a'],'to':'c','bfp':[]", INVALID, "invalid",
		  "did you mean 'bpf'" },
	};
	const char *ns[3];
	struct client *c = begin(state, ns);

	client_attach_quietly(c, netns_make("d"), "d");
	assert_result(client_call(c, ADD,
				  "{'mirror':'first','from':['b'],'to':'d'}"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(client_call(c, ADD, "{'mirror':'m',%s}",
					   cases[i].arguments),
			       cases[i].code, cases[i].name, cases[i].why,
			       NULL);
	assert_refused(
		client_call(c, ADD, "{'mirror':'first','from':['a'],'to':'c'}"),
		FAILED, "exists", "'first'", NULL);
	assert_refused(client_call(c, "mirror.del", "{'mirror':'m'}"), FAILED,
		       "not-found", "'m'", "show-mirrors");
	assert_int_equal(count(c), 1);
	client_free(c);
}

static void a_port_with_an_address_is_no_mirror_port(void **state)
{
	const char *ns[3];
	struct client *c = begin(state, ns);
	const char *const six = netns_make("six");

	/* It may have had it from the start, got it later, or of itself. */
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'d','type':'tap',"
				  "'ip':['fd00::7/64']}",
				  six));
	assert_refused(
		client_call(c, ADD, "{'mirror':'m','from':['a'],'to':'d'}"),
		FAILED, "busy", "fd00::7/64", "--ip");
	assert_int_equal(run("ip -n %s addr add 10.0.0.7/24 dev eth0", ns[2]),
			 0);
	assert_refused(
		client_call(c, ADD, "{'mirror':'m','from':['a'],'to':'c'}"),
		FAILED, "busy", "10.0.0.7/24", "--ip");
	assert_int_equal(count(c), 0);
	assert_int_equal(run("ip -n %s addr del 10.0.0.7/24 dev eth0", ns[2]),
			 0);
	assert_result(
		client_call(c, ADD, "{'mirror':'m','from':['a'],'to':'c'}"));
	assert_int_equal(run("ip -n %s addr del fd00::7/64 dev eth0", six), 0);
	assert_int_equal(
		run("ip -n %s addr add fe80::7/64 dev eth0 nodad", six), 0);
	assert_result(
		client_call(c, ADD, "{'mirror':'n','from':['a'],'to':'d'}"));
	client_free(c);
}

static void a_mirror_goes_with_its_port_and_waits_for_the_others(void **state)
{
	const char *ns[3];
	struct client *c = begin(state, ns);

	assert_result(client_call(c, ADD,
				  "{'mirror':'m','from':['a'],'to':'c',"
				  "'direction':'rx'}"));
	assert_result(client_call(c, "port.detach", "{'port':'a'}"));
	assert_int_equal(count(c), 1);
	client_attach_quietly(c, ns[0], "a");
	netns_send(ns[0], "eth0", broadcast, sizeof(broadcast), N_FRAMES);
	eventually(mirrored(c) == N_FRAMES);

	/* gone, it is still there to be looked at */
	netns_del(ns[2]);
	eventually(!strcmp(text_at(client_call(c, "mirror.list", "{}"),
				   "result.mirrors.0.to_state"),
			   "gone"));
	netns_send(ns[0], "eth0", broadcast, sizeof(broadcast), N_FRAMES);
	eventually(seen(c) == 2 * N_FRAMES);
	assert_int_equal(number_at(client_call(c, "mirror.list", "{}"),
				   "result.mirrors.0.drops.egress-down"),
			 N_FRAMES);
	assert_result(client_call(c, "port.detach", "{'port':'c'}"));
	assert_int_equal(count(c), 0);
	client_free(c);
}

static json_int_t sent(struct client *c, const char *port)
{
	return number_at(keep_show(c, port), "sent.frames");
}

/* Have the mirrored port receive frames, and look at the mirror port. */
static void assert_copies_arrive(struct client *c, const char *ns)
{
	const json_int_t n_copies = mirrored(c), n_sent = sent(c, "c");

	netns_send(ns, "eth0", broadcast, sizeof(broadcast), N_FRAMES);
	eventually(mirrored(c) >= n_copies + N_FRAMES);
	eventually(sent(c, "c") >= n_sent + N_FRAMES);
}

static void a_mirror_works_again_when_its_ports_are_back(void **state)
{
	struct client *c = client_new(*state);
	const char *from = netns_make("a"), *to = netns_make("c");

	netns_silence(from);
	netns_silence(to);
	keep_attach(c, from, "a", "");
	keep_attach(c, to, "c", "");
	assert_result(client_call(c, ADD,
				  "{'mirror':'m','from':['a'],'to':'c',"
				  "'direction':'rx'}"));
	assert_copies_arrive(c, from);

	keep_del(from);
	eventually(keep_is(c, "a", "waiting"));
	keep_add(from);
	eventually(keep_is(c, "a", "up"));
	assert_copies_arrive(c, from);

	keep_del(to);
	eventually(keep_is(c, "c", "waiting"));
	assert_string_equal(text_at(client_call(c, "mirror.list", "{}"),
				    "result.mirrors.0.to_state"),
			    "waiting");
	keep_add(to);
	eventually(keep_is(c, "c", "up"));
	assert_copies_arrive(c, from);

	assert_int_equal(run("ip -n %s link del eth0", to), 0);
	eventually(netns_has(to, "eth0") && keep_is(c, "c", "up"));
	assert_copies_arrive(c, from);
	assert_int_equal(count(c), 1);
	client_free(c);
}

static void what_is_gone_is_no_mirror_port(void **state)
{
	const char *ns[3];
	struct client *c = begin(state, ns);

	netns_del(ns[2]);
	eventually(!strcmp(text_at(client_call(c, "port.show", "{'port':'c'}"),
				   "result.port.state"),
			   "gone"));
	assert_refused(
		client_call(c, ADD, "{'mirror':'m','from':['a'],'to':'c'}"),
		FAILED, "busy", "'c' is gone", NULL);
	client_free(c);
}

static void there_is_a_limit(void **state)
{
	struct client *c = client_new(*state);
	const char *const ns = netns_make("many");

	for (int i = 0; i <= MIRRORS_MAX + 1; i++)
		assert_result(client_call(c, "port.attach",
					  "{'target':'%s','port':'p%d',"
					  "'ifname':'e%d','type':'tap'}",
					  ns, i, i));
	for (int i = 0; i < MIRRORS_MAX; i++)
		assert_result(client_call(c, ADD,
					  "{'mirror':'m%d','from':['p16'],"
					  "'to':'p%d'}",
					  i, i));
	assert_refused(
		client_call(c, ADD, "{'mirror':'m','from':['p16'],'to':'p17'}"),
		FAILED, "limit", "16 mirrors", NULL);
	assert_limit_told(c, "mirrors", MIRRORS_MAX);
	assert_int_equal(count(c), MIRRORS_MAX);
	client_free(c);
}

static void who_hangs_up_while_ports_are_looked_at_harms_nobody(void **state)
{
	const char *ns[3];
	struct client *c = begin(state, ns);

	for (int i = 0; i < 20; i++) {
		struct client *hasty = client_new(*state);

		client_say(hasty,
			   "{'jsonrpc':'2.0','id':1,'method':'mirror.add',"
			   "'params':{'mirror':'m%d','from':['a'],"
			   "'to':'%c'}}",
			   i, i % 2 ? 'b' : 'c');
		client_free(hasty);
	}
	/* The first of them to get there has b or c, and others are refused. */
	eventually(count(c) == 2 || count(c) == 1);
	assert_result(client_call(c, "port.detach", "{'port':'c'}"));
	assert_result(client_call(c, "port.detach", "{'port':'b'}"));
	assert_int_equal(count(c), 0);
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_mirror_is_shown_as_it_was_asked_for),
		daemon_test(counters_tell_what_became_of_each_frame),
		daemon_test(what_makes_no_sense_is_refused),
		daemon_test(a_port_with_an_address_is_no_mirror_port),
		daemon_test(
			a_mirror_goes_with_its_port_and_waits_for_the_others),
		daemon_test(a_mirror_works_again_when_its_ports_are_back),
		daemon_test(what_is_gone_is_no_mirror_port),
		daemon_test(there_is_a_limit),
		daemon_test(
			who_hangs_up_while_ports_are_looked_at_harms_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
