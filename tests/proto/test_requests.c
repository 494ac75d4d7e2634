/* SPDX-License-Identifier: MIT */
/*
 * test_requests.c - lines in, answers out: JSON-RPC as a real vswd speaks it
 *
 * What is asked for matters little here; see test_ports.c and
 * test_stations.c for that.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "cmd.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"
#include "version.h"

enum {
	PARSE = JSONRPC_CODE_PARSE,
	REQUEST = JSONRPC_CODE_REQUEST,
	METHOD = JSONRPC_CODE_METHOD,
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
	LINE_SIZE_MAX = 65536, /* newline included */
	N_FLOOD = 10000,
	N_CHANGES = 400,
	REQUESTS_PER_TURN = 10, /* of one client, before others */
};

#define SHOW "{'jsonrpc':'2.0','id':%d,'method':'switch.show'}"

/* Is the connection still good? Nothing else may be waiting to be read. */
static void assert_serves(struct client *c)
{
	const json_t *reply = client_call(c, "switch.show", "{}");

	assert_result(reply);
	assert_true(client_is_silent(c));
}

static void the_first_line_is_a_complete_hello(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_connect(d);
	const json_t *hello = client_read(c);

	assert_string_equal(text_at(hello, "method"), "hello");
	assert_null(at(hello, "id"));
	assert_int_equal(number_at(hello, "params.protocol"), 1);
	assert_string_equal(text_at(hello, "params.version"), VSW_VERSION);
	assert_string_equal(text_at(hello, "params.switch"), d->name);
	assert_int_equal(number_at(hello, "params.pid"), d->pid);
	assert_string_equal(text_at(hello, "params.access"), "write");
	assert_serves(c);
	client_free(c);
}

static void hello_comes_before_answers_to_whoever_is_in_a_hurry(void **state)
{
	struct client *c = client_connect(*state);

	client_say(c, SHOW, 1);
	assert_string_equal(text_at(client_read(c), "method"), "hello");
	assert_int_equal(number_at(client_read(c), "id"), 1);
	client_free(c);
}

static const char *first_required(const struct cmd_spec *spec)
{
	for (size_t i = 0; i < spec->n_args; i++) {
		if ((spec->args[i].flags & CMD_ARG_REQUIRED) &&
		    !(spec->args[i].flags & CMD_ARG_LOCAL))
			return spec->args[i].name;
	}
	return NULL;
}

static void every_method_of_the_table_answers(void **state)
{
	struct client *c = client_new(*state);
	char said[80];

	for (size_t i = 0; i < CMD_COUNT; i++) {
		const struct cmd_spec *spec = cmd_specs[i];
		const char *required = first_required(spec);
		const json_t *reply;

		if (!spec->method || i == CMD_DOWN) /* which ends it all */
			continue;
		reply = client_call(c, spec->method, "{}");
		if (required) {
			snprintf(said, sizeof(said), "argument '%s' is missing",
				 required);
			assert_refused(reply, INVALID, "invalid", said,
				       required);
		} else if (i == CMD_CAPTURE) {
			assert_refused(reply, INVALID, "invalid", "no pipe",
				       NULL);
		} else if (i == CMD_EXPLAIN || i == CMD_INJECT) {
			assert_refused(reply, INVALID, "invalid",
				       "argument 'in' is missing", NULL);
		} else if (i == CMD_APPLY) {
			assert_refused(reply, INVALID, "invalid",
				       "argument 'lab' is missing", "a lab");
		} else if (i == CMD_CONFIRM) {
			assert_refused(reply, FAILED, "not-found",
				       "no lab waits", NULL);
		} else {
			assert_result(reply);
		}
	}
	client_free(c);
}

static void a_method_that_does_not_exist_is_named(void **state)
{
	struct client *c = client_new(*state);

	assert_refused(client_call(c, "fdb.shwo", "{}"), METHOD, "method",
		       "'fdb.shwo'", NULL);
	/* A verb is no method, not even when it has none. */
	assert_refused(client_call(c, "show-fdb", "{}"), METHOD, "method",
		       "'show-fdb'", NULL);
	assert_refused(client_call(c, "help", "{}"), METHOD, "method", "'help'",
		       NULL);
	assert_refused(client_call(c, "", "{}"), METHOD, "method", "''", NULL);
	assert_serves(c);
	client_free(c);
}

static void an_argument_that_does_not_exist_is_named(void **state)
{
	struct client *c = client_new(*state);

	assert_refused(client_call(c, "fdb.flush", "{'prot':'web'}"), INVALID,
		       "invalid", "'prot', did you mean 'port'?", NULL);
	assert_refused(client_call(c, "switch.show", "{'all':true}"), INVALID,
		       "invalid", "unknown argument 'all'", NULL);
	/* Only for the client itself, not to be sent. */
	assert_refused(client_call(c, "capture.start", "{'write':'/x'}"),
		       INVALID, "invalid", "unknown argument 'write'", NULL);
	assert_serves(c);
	client_free(c);
}

/* No argument is ever any of these. */
static const char *const never[] = { "null",   "{}", "1.5",       "[[[]]]",
				     "[null]", "-1", "{\"a\":[]}" };

static void assert_refuses(struct client *c, const struct cmd_spec *spec,
			   const struct cmd_arg *arg, const char *value)
{
	char said[40];
	const json_t *reply =
		client_call(c, spec->method, "{'%s':%s}", arg->name, value);

	snprintf(said, sizeof(said), "%s: ", arg->name);
	assert_refused(reply, INVALID, "invalid", said,
		       at(reply, "error.data.hint") ? "" : NULL);
}

static void every_argument_refuses_values_of_the_wrong_kind(void **state)
{
	struct client *c = client_new(*state);

	for (size_t i = 0; i < CMD_COUNT; i++) {
		const struct cmd_spec *spec = cmd_specs[i];

		for (size_t k = 0; spec->method && k < spec->n_args; k++) {
			const struct cmd_arg *arg = &spec->args[k];

			if (arg->flags & CMD_ARG_LOCAL)
				continue;
			for (size_t n = 0; n < ARRAY_SIZE(never); n++) {
				if (arg->type == CMD_ARG_TYPE_CURSOR &&
				    !strcmp(never[n], "-1"))
					continue; /* opaque */
				if (arg->type == CMD_ARG_TYPE_LAB &&
				    !strcmp(never[n], "{}"))
					continue; /* nothing to be done */
				assert_refuses(c, spec, arg, never[n]);
			}
			if (arg->type != CMD_ARG_TYPE_FLAG)
				assert_refuses(c, spec, arg, "true");
		}
	}
	assert_serves(c);
	client_free(c);
}

static void parameters_are_given_by_name(void **state)
{
	struct client *c = client_new(*state);

	assert_refused(client_call(c, "port.show", "['web']"), REQUEST,
		       "request", "by name", NULL);
	assert_refused(client_call(c, "switch.show", "[]"), REQUEST, "request",
		       "by name", NULL);
	assert_refused(client_call(c, "switch.show", "'web'"), REQUEST,
		       "request", "params is not an object", NULL);
	assert_refused(client_call(c, "switch.show", "null"), REQUEST,
		       "request", "params is not an object", NULL);
	assert_serves(c);
	client_free(c);
}

static void a_batch_is_refused_with_a_hint(void **state)
{
	struct client *c = client_new(*state);
	const json_t *reply;

	reply = client_ask(c, "[" SHOW "," SHOW "]", 1, 2);
	assert_refused(reply, REQUEST, "request", "batches are not served",
		       "one request a line");
	assert_true(json_is_null(at(reply, "id")));
	assert_refused(client_ask(c, "[]"), REQUEST, "request",
		       "batches are not served", "one request a line");
	assert_serves(c);
	client_free(c);
}

static void what_is_json_but_no_request_is_refused_without_an_id(void **state)
{
	static const char *const lines[] = {
		"42",
		"null",
		"true",
		"1.5",
		"'switch.show'",
		"{}",
		"{'id':[1],'jsonrpc':'2.0','method':'switch.show'}",
		"{'id':{},'jsonrpc':'2.0','method':'switch.show'}",
		"{'id':1.5,'jsonrpc':'2.0','method':'switch.show'}",
		"{'id':true,'jsonrpc':'2.0','method':'switch.show'}",
	};
	struct client *c = client_new(*state);

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const json_t *reply = client_ask(c, "%s", lines[i]);

		assert_refused(reply, REQUEST, "request", "", NULL);
		assert_true(json_is_null(at(reply, "id")));
		assert_serves(c);
	}
	client_free(c);
}

static void what_is_wrong_with_a_request_is_said_under_its_id(void **state)
{
	static const struct {
		const char *line, *said;
	} cases[] = {
		{ "{'id':7}", "jsonrpc" },
		{ "{'id':7,'method':'switch.show'}", "jsonrpc" },
		{ "{'id':7,'jsonrpc':'1.0','method':'switch.show'}",
		  "jsonrpc" },
		{ "{'id':7,'jsonrpc':2.0,'method':'switch.show'}", "jsonrpc" },
		{ "{'id':7,'jsonrpc':'2.0'}", "method" },
		{ "{'id':7,'jsonrpc':'2.0','method':1}", "method" },
		{ "{'id':7,'jsonrpc':'2.0','method':null}", "method" },
		{ "{'id':7,'jsonrpc':'2.0','method':'fdb.flush',"
		  "'parms':{'port':'web'}}",
		  "'parms'" },
	};
	struct client *c = client_new(*state);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const json_t *reply = client_ask(c, "%s", cases[i].line);

		assert_refused(reply, REQUEST, "request", cases[i].said, NULL);
		assert_int_equal(number_at(reply, "id"), 7);
	}
	assert_serves(c);
	client_free(c);
}

/* Bytes as they are, and what comes of them. */
static void assert_no_json(struct client *c, const char *bytes, size_t len)
{
	const json_t *reply;

	client_send(c, bytes, len);
	client_send(c, "\n", 1);
	reply = client_read(c);
	assert_refused(reply, PARSE, "parse", "not JSON", NULL);
	assert_true(json_is_null(at(reply, "id")));
	assert_serves(c);
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"hello",
		"{",
		"}",
		"{\"id\":1,}",
		"{'id':1}",
		"[1,2",
		"\"never ends",
		"{\"id\":NaN}",
		"nul",
		"{\"a\" 1}",
		"GET / HTTP/1.1\r",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"switch.show\"} x",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"switch.show\"}{}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"switch.show\"",
	};
	struct client *c = client_new(*state);

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_no_json(c, lines[i], strlen(lines[i]));
	client_free(c);
}

static void what_is_not_utf8_is_refused(void **state)
{
	static const char *const inside[] = {
		"\xff",
		"\xc0\x80",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xe2\x82",
		"\x80",
		"\xf8\x88\x80\x80\x80",
	};
	struct client *c = client_new(*state);
	char line[128];

	for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
		const int len = snprintf(line, sizeof(line),
					 "{\"jsonrpc\":\"2.0\",\"id\":1,"
					 "\"method\":\"%s\"}",
					 inside[i]);

		assert_no_json(c, line, (size_t)len);
	}
	client_free(c);
}

static void zero_bytes_are_refused_wherever_they_are(void **state)
{
	const char good[] = "{\"jsonrpc\":\"2.0\",\"id\":1,"
			    "\"method\":\"switch.show\"}";
	struct client *c = client_new(*state);
	char line[sizeof(good) + 1];

	for (size_t i = 0; i < sizeof(good); i++) {
		memcpy(line, good, i);
		line[i] = '\0';
		memcpy(line + i + 1, good + i, sizeof(good) - i);
		assert_no_json(c, line, sizeof(good));
	}
	client_free(c);
}

static void an_escaped_zero_byte_ends_no_name_early(void **state)
{
	struct client *c = client_new(*state);
	const json_t *reply;

	reply = client_ask(c, "{'jsonrpc':'2.0','id':1,"
			      "'method':'switch.show\\u0000x'}");
	assert_null(at(reply, "result"));
	reply = client_ask(c, "{'jsonrpc':'2.0','id':1,'method':'switch.show',"
			      "'params\\u0000x':{}}");
	assert_null(at(reply, "result"));
	assert_serves(c);
	client_free(c);
}

static void deep_nesting_is_refused(void **state)
{
	const size_t depth = 60000;
	struct client *c = client_new(*state);
	char *line = malloc(depth);

	assert_non_null(line);
	memset(line, '[', depth);
	assert_no_json(c, line, depth);
	for (size_t i = 0; i + 5 <= depth; i += 5)
		memcpy(line + i, "{\"a\":", 5);
	assert_no_json(c, line, depth);
	free(line);
	client_free(c);
}

static void a_key_that_is_there_twice_is_refused(void **state)
{
	struct client *c = client_new(*state);

	assert_refused(client_ask(c, "{'jsonrpc':'2.0','id':1,"
				     "'method':'switch.show',"
				     "'method':'fdb.flush'}"),
		       REQUEST, "request", "twice", NULL);
	assert_refused(client_ask(c, "{'jsonrpc':'2.0','id':1,"
				     "'method':'fdb.flush',"
				     "'params':{'vlan':1,'vlan':2}}"),
		       REQUEST, "request", "twice", NULL);
	assert_serves(c);
	client_free(c);
}

static void notifications_are_served_and_not_answered(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");

	client_say(c,
		   "{'jsonrpc':'2.0','method':'port.attach',"
		   "'params':{'target':'%s','port':'web'}}",
		   ns);
	client_say(c, "{'jsonrpc':'2.0','method':'fdb.add',"
		      "'params':{'mac':'02:00:00:00:00:01','port':'web'}}");
	client_say(c, "{'jsonrpc':'2.0','method':'fdb.show'}");
	client_say(c, "{'jsonrpc':'2.0','method':'fdb.shwo'}");
	client_say(c, "{'jsonrpc':'2.0','method':'fdb.del'}");
	client_say(c, "{'jsonrpc':'2.0','method':'fdb.del','params':{'x':1}}");
	client_say(c, "{'jsonrpc':'2.0','method':'port.detach',"
		      "'params':{'port':'nobody'}}");

	assert_int_equal(number_at(client_call(c, "fdb.show", "{}"),
				   "result.fdb.static"),
			 1);
	assert_true(client_is_silent(c));
	client_free(c);
}

static void ids_come_back_as_they_were_sent(void **state)
{
	static const char *const ids[] = {
		"0",
		"-5",
		"9007199254740993",
		"9223372036854775807",
		"-9223372036854775808",
		"null",
		"''",
		"'abc'",
		"'\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa7'",
		"'\\u0001\\\\/\\n'",
	};
	struct client *c = client_new(*state);

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		const json_t *reply = client_ask(
			c,
			"{'id':%s,'jsonrpc':'2.0','method':'switch.show',"
			"'params':{}}",
			ids[i]);
		char wanted[64];
		json_t *id;

		snprintf(wanted, sizeof(wanted), "%s", ids[i]);
		for (char *p = wanted; *p; p++) {
			if (*p == '\'')
				*p = '"';
		}
		id = json_loads(wanted, JSON_DECODE_ANY, NULL);
		assert_non_null(id);
		assert_true(json_equal(at(reply, "id"), id));
		json_decref(id);
		assert_result(reply);
	}
	client_free(c);
}

static void a_request_may_come_byte_by_byte(void **state)
{
	const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":\"slow\","
			    "\"method\":\"fdb.show\","
			    "\"params\":{\"vlan\":7}}\n";
	struct client *slow = client_new(*state);
	struct client *other = client_new(*state);

	for (size_t i = 0; i + 1 < sizeof(line); i++) {
		client_send(slow, line + i, 1);
		if (i % 16 == 0)
			assert_serves(other);
	}
	assert_string_equal(text_at(client_read(slow), "id"), "slow");
	client_free(other);
	client_free(slow);
}

static void two_requests_may_be_cut_anywhere(void **state)
{
	const char lines[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"fdb.show\"}\n"
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"port.list\"}\n";
	const size_t len = sizeof(lines) - 1;
	struct client *c = client_new(*state);

	for (size_t cut = 1; cut < len; cut++) {
		const json_t *reply;

		client_send(c, lines, cut);
		client_send(c, lines + cut, len - cut);
		reply = client_read(c);
		assert_int_equal(number_at(reply, "id"), 1);
		assert_non_null(at(reply, "result.stations"));
		reply = client_read(c);
		assert_int_equal(number_at(reply, "id"), 2);
		assert_non_null(at(reply, "result.ports"));
	}
	assert_true(client_is_silent(c));
	client_free(c);
}

static void the_longest_line_is_served(void **state)
{
	struct client *c = client_new(*state);
	char *line = malloc(LINE_SIZE_MAX);
	int len;

	assert_non_null(line);
	len = snprintf(line, LINE_SIZE_MAX,
		       "{\"jsonrpc\":\"2.0\",\"id\":1,"
		       "\"method\":\"switch.show\"}");
	memset(line + len, ' ', LINE_SIZE_MAX - (size_t)len);
	line[LINE_SIZE_MAX - 1] = '\n';
	for (int i = 0; i < 3; i++) {
		client_send(c, line, LINE_SIZE_MAX);
		assert_result(client_read(c));
	}
	free(line);
	assert_serves(c);
	client_free(c);
}

/* Many requests in one piece of memory, with ids from 0 on. */
static char *compose_flood(int n, size_t *ret_len)
{
	const size_t size = (size_t)n * 64;
	char *flood = malloc(size);

	assert_non_null(flood);
	*ret_len = 0;
	for (int i = 0; i < n; i++)
		*ret_len += (size_t)snprintf(flood + *ret_len, size - *ret_len,
					     "{\"jsonrpc\":\"2.0\",\"id\":%d,"
					     "\"method\":\"switch.show\"}\n",
					     i);
	return flood;
}

/* Sends what goes, reads what is there; the other is answered meanwhile. */
static void ten_thousand_requests_at_once_are_answered_in_order(void **state)
{
	struct client *c = client_new(*state);
	struct client *other = client_new(*state);
	size_t len, sent = 0;
	char *flood = compose_flood(N_FLOOD, &len);
	int answered = 0;
	long longest = 0;

	while (answered < N_FLOOD) {
		ssize_t n = sent < len
				    ? client_push(c, flood + sent, len - sent)
				    : 0;

		assert_true(n >= 0 || n == -EAGAIN);
		sent += n > 0 ? (size_t)n : 0;
		for (int i = 0; i < 500; i++)
			assert_int_equal(number_at(client_read(c), "id"),
					 answered++);

		n = now_ms();
		assert_serves(other);
		if (now_ms() - n > longest)
			longest = now_ms() - n;
	}
	assert_true(longest < 1000);
	assert_int_equal(sent, len);
	assert_true(client_is_silent(c));
	free(flood);
	client_free(other);
	client_free(c);
}

/* One line a change, which pins a station that begins with @first. */
static char *compose_changes(int n, int first, size_t *ret_len)
{
	const size_t size = (size_t)n * 96;
	char *changes = malloc(size);

	assert_non_null(changes);
	*ret_len = 0;
	for (int i = 0; i < n; i++)
		*ret_len += (size_t)snprintf(
			changes + *ret_len, size - *ret_len,
			"{\"jsonrpc\":\"2.0\",\"method\":\"fdb.add\",\"params\":"
			"{\"port\":\"web\",\"mac\":\"%02x:00:00:00:%02x:%02x\"}}\n",
			first, i >> 8, i & 0xff);
	return changes;
}

/*
 * While the daemon is stopped two clients line up many changes, and another
 * one question. What is answered tells how many changes went before it: in
 * whatever order the three come, it is at most one turn of each.
 */
static void a_client_with_many_requests_lets_others_in_between(void **state)
{
	struct daemon *d = *state;
	struct client *before = client_new(d), *modest = client_new(d),
		      *after = client_new(d);
	const char *ns = netns_make("web");
	size_t len;
	char *changes = compose_changes(N_CHANGES, 0x02, &len);
	char *others = compose_changes(N_CHANGES, 0x06, &len);

	assert_result(client_call(modest, "port.attach",
				  "{'target':'%s','port':'web'}", ns));
	process_halt(d->pid);
	assert_int_equal(client_push(before, changes, len), len);
	client_say(modest, SHOW, 1);
	assert_int_equal(client_push(after, others, len), len);
	kill(d->pid, SIGCONT);

	assert_in_range(number_at(client_read(modest), "result.fdb.static"), 0,
			2 * REQUESTS_PER_TURN);
	assert_serves(before);
	assert_serves(after);
	assert_int_equal(number_at(client_call(modest, "switch.show", "{}"),
				   "result.fdb.static"),
			 2 * N_CHANGES);
	free(changes);
	free(others);
	client_free(after);
	client_free(modest);
	client_free(before);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(the_first_line_is_a_complete_hello),
		daemon_test(
			hello_comes_before_answers_to_whoever_is_in_a_hurry),
		daemon_test(every_method_of_the_table_answers),
		daemon_test(a_method_that_does_not_exist_is_named),
		daemon_test(an_argument_that_does_not_exist_is_named),
		daemon_test(every_argument_refuses_values_of_the_wrong_kind),
		daemon_test(parameters_are_given_by_name),
		daemon_test(a_batch_is_refused_with_a_hint),
		daemon_test(
			what_is_json_but_no_request_is_refused_without_an_id),
		daemon_test(what_is_wrong_with_a_request_is_said_under_its_id),
		daemon_test(what_is_not_json_is_refused),
		daemon_test(what_is_not_utf8_is_refused),
		daemon_test(zero_bytes_are_refused_wherever_they_are),
		daemon_test(an_escaped_zero_byte_ends_no_name_early),
		daemon_test(deep_nesting_is_refused),
		daemon_test(a_key_that_is_there_twice_is_refused),
		daemon_test(notifications_are_served_and_not_answered),
		daemon_test(ids_come_back_as_they_were_sent),
		daemon_test(a_request_may_come_byte_by_byte),
		daemon_test(two_requests_may_be_cut_anywhere),
		daemon_test(the_longest_line_is_served),
		daemon_test(
			ten_thousand_requests_at_once_are_answered_in_order),
		daemon_test(a_client_with_many_requests_lets_others_in_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
