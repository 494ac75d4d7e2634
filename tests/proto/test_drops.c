/* SPDX-License-Identifier: MIT */
/*
 * test_drops.c - drop.list, and the newest drop explained
 *
 * Frames that have to be dropped are injected, so it is known which they were.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
	N_PORTS = 20, /* of four rows each, for several pages */
	ROWS_MAX = 1000, /* in one answer */
};

static void set_up(struct client *c)
{
	client_attach_quietly(c, netns_make("web"), "web");
	client_attach_quietly(c, netns_make("db"), "db");
}

static void inject(struct client *c, const char *in, const char *src,
		   const char *dst, int len)
{
	assert_result(client_call(c, "forward.inject",
				  "{'in':'%s','src':'%s','dst':'%s','len':%d}",
				  in, src, dst, len));
}

/* Of "in too-big" and the like, the row; NULL if there is none. */
static const json_t *find(const json_t *reply, const char *port,
			  const char *direction, const char *reason)
{
	size_t i;
	json_t *row;

	json_array_foreach(at(reply, "result.drops"), i, row)
	{
		if (!strcmp(text_at(row, "port"), port) &&
		    !strcmp(text_at(row, "direction"), direction) &&
		    !strcmp(text_at(row, "reason"), reason))
			return row;
	}
	return NULL;
}

static json_int_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (json_int_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void nothing_dropped_is_no_row(void **state)
{
	struct client *c = client_new(*state);
	const json_t *reply;

	set_up(c);
	reply = client_call(c, "drop.list", "{}");
	assert_result(reply);
	assert_int_equal(number_at(reply, "result.schema"), 1);
	assert_int_equal(json_array_size(at(reply, "result.drops")), 0);
	assert_true(json_is_null(at(reply, "result.next")));
	client_free(c);
}

static void a_drop_is_told_with_frame_cause_and_remedy(void **state)
{
	const json_int_t before = now_ns();
	struct client *c = client_new(*state);
	const json_t *reply, *row;

	set_up(c);
	inject(c, "db", "02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff", 60);
	inject(c, "web", "02:00:00:00:00:01", "02:00:00:00:00:02", 1600);
	inject(c, "web", "02:00:00:00:00:03", "02:00:00:00:00:02", 1700);

	reply = client_call(c, "drop.list", "{'port':'web'}");
	assert_int_equal(json_array_size(at(reply, "result.drops")), 1);
	row = find(reply, "web", "in", "too-big");
	assert_non_null(row);
	assert_int_equal(number_at(row, "count"), 2);
	assert_in_range(number_at(row, "last_ns"), before, now_ns());
	assert_in_range(number_at(row, "age_ms"), 0, 60 * 1000);
	assert_int_equal(number_at(row, "len"), 1700);
	assert_string_equal(text_at(row, "frame"),
			    "02:00:00:00:00:03 > 02:00:00:00:00:02 "
			    "ethertype 0x88b5, 1,700 bytes");
	assert_int_equal(strlen(text_at(row, "header")), 256);
	assert_int_equal(strncmp(text_at(row, "header"),
				 "02000000000202000000000388b50000", 32),
			 0);
	assert_string_equal(text_at(row, "other"), "db");
	assert_string_equal(text_at(row, "cause"),
			    "egress port db has MTU 1500, and it would take "
			    "1686");
	assert_non_null(
		strstr(text_at(row, "remedy"), "link set eth0 mtu 1686"));
	client_free(c);
}

static void a_copy_not_sent_is_told_where_it_had_to_leave(void **state)
{
	struct client *c = client_new(*state);
	const json_t *reply, *row;

	set_up(c);
	inject(c, "web", "02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", 1600);
	reply = client_call(c, "drop.list", "{}");
	assert_int_equal(json_array_size(at(reply, "result.drops")), 2);
	row = find(reply, "web", "in", "too-big");
	assert_string_equal(text_at(row, "other"), "db");
	row = find(reply, "db", "out", "too-big");
	assert_int_equal(number_at(row, "count"), 1);
	assert_string_equal(text_at(row, "other"), "web");
	assert_non_null(
		strstr(text_at(row, "remedy"), "link set eth0 mtu 1586"));
	client_free(c);
}

static void no_remedy_is_made_up(void **state)
{
	struct client *c = client_new(*state);
	const json_t *row;

	set_up(c);
	inject(c, "web", "02:00:00:00:00:01", "01:80:c2:00:00:00", 60);
	row = find(client_call(c, "drop.list", "{}"), "web", "in", "reserved");
	assert_non_null(row);
	assert_true(json_is_null(at(row, "remedy")));
	assert_true(json_is_null(at(row, "other")));
	client_free(c);
}

static void a_name_from_a_namespace_is_no_command(void **state)
{
	struct client *c = client_new(*state);
	const char *remedy;
	const json_t *row;

	set_up(c);
	row = client_call(c, "port.show", "{'port':'db'}");
	assert_int_equal(run("ip -n %s link set eth0 down",
			     text_at(row, "result.port.target")),
			 0);
	row = client_call(c, "port.show", "{'port':'db'}");
	assert_int_equal(run("ip -n %s link set eth0 name 'x;reboot'\\''' up",
			     text_at(row, "result.port.target")),
			 0);
	eventually(!strcmp(text_at(client_call(c, "port.show", "{'port':'db'}"),
				   "result.port.ifname"),
			   "x;reboot'"));
	/* It was down to be renamed. */
	eventually(!strcmp(text_at(client_call(c, "port.show", "{'port':'db'}"),
				   "result.port.state"),
			   "up"));
	inject(c, "web", "02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", 1600);
	row = find(client_call(c, "drop.list", "{}"), "web", "in", "too-big");
	remedy = text_at(row, "remedy");
	assert_non_null(strstr(remedy, "link set 'x;reboot'\\''' mtu 1586"));
	client_free(c);
}

static void rows_add_up_to_the_counters(void **state)
{
	static const char *const sources[] = { "02:00:00:00:00:01",
					       "03:00:00:00:00:01",
					       "00:00:00:00:00:00" };
	struct client *c = client_new(*state);
	json_int_t sum = 0;
	size_t i;
	json_t *row;

	set_up(c);
	for (int k = 0; k < 60; k++)
		inject(c, "web", sources[k % 3], "02:00:00:00:00:07",
		       k % 4 ? 60 : 1600 * (k % 8 / 4) + 10);
	json_array_foreach(at(client_call(c, "drop.list", "{'port':'web'}"),
			      "result.drops"),
			   i, row) sum += number_at(row, "count");
	assert_int_equal(
		sum, number_at(client_call(c, "port.show", "{'port':'web'}"),
			       "result.port.received.dropped"));
	assert_true(i >= 4);
	client_free(c);
}

static void the_newest_drop_is_explained_as_it_would_be_now(void **state)
{
	struct client *c = client_new(*state);
	const json_t *reply;

	set_up(c);
	inject(c, "web", "02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", 1600);
	reply = client_call(c, "forward.explain", "{'last_drop':'web'}");
	assert_result(reply);
	assert_string_equal(text_at(reply, "result.in"), "web");
	assert_string_equal(text_at(reply, "result.reason"), "too-big");
	assert_string_equal(text_at(reply, "result.last_drop.reason"),
			    "too-big");

	/* The copy that db could not send came in by web, too. */
	reply = client_call(c, "forward.explain", "{'last_drop':'db'}");
	assert_string_equal(text_at(reply, "result.in"), "web");
	assert_string_equal(text_at(reply, "result.last_drop.direction"),
			    "out");

	assert_int_equal(
		run("ip -n %s link set eth0 mtu 9000",
		    text_at(client_call(c, "port.show", "{'port':'db'}"),
			    "result.port.target")),
		0);
	eventually(number_at(client_call(c, "port.show", "{'port':'db'}"),
			     "result.port.mtu") == 9000);
	reply = client_call(c, "forward.explain", "{'last_drop':'web'}");
	assert_string_equal(text_at(reply, "result.verdict"), "flood");
	assert_string_equal(text_at(reply, "result.egress.0"), "db");

	assert_result(client_call(c, "port.detach", "{'port':'web'}"));
	assert_refused(client_call(c, "forward.explain", "{'last_drop':'db'}"),
		       FAILED, "not-found", "no longer there", NULL);
	client_free(c);
}

static void nonsense_is_refused(void **state)
{
	struct client *c = client_new(*state);

	set_up(c);
	assert_refused(client_call(c, "drop.list", "{'port':'nope'}"), FAILED,
		       "not-found", "there is no port 'nope'", NULL);
	assert_refused(
		client_call(c, "forward.explain", "{'last_drop':'nope'}"),
		FAILED, "not-found", "there is no port 'nope'", NULL);
	assert_refused(client_call(c, "forward.explain", "{'last_drop':'db'}"),
		       FAILED, "not-found", "has dropped nothing", NULL);
	assert_refused(client_call(c, "forward.explain",
				   "{'last_drop':'db','in':'web'}"),
		       INVALID, "invalid", "takes nothing else", NULL);
	client_free(c);
}

/* Four rows each: three that came in, and what the others did not get. */
static void drop_everywhere(struct client *c)
{
	for (int i = 0; i < N_PORTS; i++) {
		char port[16];

		snprintf(port, sizeof(port), "p%d", i);
		inject(c, port, "02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", 1600);
		inject(c, port, "03:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", 60);
		inject(c, port, "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", 60);
	}
}

static void every_row_is_on_one_page_and_only_one(void **state)
{
	static const char *const cursors[] = {
		"-1",
		"9223372036854775807",
		"-9223372036854775808",
		"255",
		"'abc'",
		"16777471",
	};
	struct client *c = client_new(*state);
	const char *ns = netns_make("many");
	json_t *seen = json_object();
	json_int_t cursor = 0;
	int pages = 0;

	netns_silence(ns);
	for (int i = 0; i < N_PORTS; i++)
		assert_result(client_call(c, "port.attach",
					  "{'target':'%s','port':'p%d',"
					  "'ifname':'e%d'}",
					  ns, i, i));
	drop_everywhere(c);
	do {
		const json_t *reply = client_call(
			c, "drop.list", "{'cursor':%" JSON_INTEGER_FORMAT "}",
			cursor);
		const json_t *next = at(reply, "result.next");
		size_t i;
		json_t *row;

		json_array_foreach(at(reply, "result.drops"), i, row)
		{
			char key[80];

			snprintf(key, sizeof(key), "%s %s %s",
				 text_at(row, "port"),
				 text_at(row, "direction"),
				 text_at(row, "reason"));
			assert_null(json_object_get(seen, key));
			json_object_set_new(seen, key, json_true());
		}
		assert_true(i <= ROWS_MAX);
		cursor = json_integer_value(next);
		pages++;
	} while (cursor);
	assert_int_equal(json_object_size(seen), 4 * N_PORTS);
	assert_true(pages > 1);

	for (size_t i = 0; i < ARRAY_SIZE(cursors); i++)
		assert_result(client_call(c, "drop.list", "{'cursor':%s}",
					  cursors[i]));
	json_decref(seen);
	client_free(c);
}

static void set_link(struct client *c, const char *port, const char *state)
{
	char ns[64];

	snprintf(ns, sizeof(ns), "%s",
		 text_at(client_call(c, "port.show", "{'port':'%s'}", port),
			 "result.port.target"));
	assert_int_equal(run("ip -n %s link set eth0 %s", ns, state), 0);
	eventually(!strcmp(
		text_at(client_call(c, "port.show", "{'port':'%s'}", port),
			"result.port.state"),
		state));
}

/* All reasons but those that somebody else has to give. */
static void drop_for_every_reason(struct client *c)
{
	static const char *const all = "ff:ff:ff:ff:ff:ff";
	static const char *const us = "02:00:00:00:00:01";

	inject(c, "web", us, all, 13);
	assert_result(client_call(c, "forward.inject",
				  "{'in':'web','src':'%s','dst':'%s',"
				  "'type':1501}",
				  us, all));
	inject(c, "web", "03:00:00:00:00:01", all, 60);
	inject(c, "web", "00:00:00:00:00:00", all, 60);
	inject(c, "web", us, "01:80:c2:00:00:0f", 60);
	inject(c, "web", us, us, 60);
	inject(c, "web", us, all, 1600);
	inject(c, "db", "02:00:00:00:00:02", all, 1600);
	assert_result(client_call(c, "fdb.add",
				  "{'mac':'02:00:00:00:00:0f','port':'db'}"));
	set_link(c, "db", "down");
	inject(c, "web", us, all, 60);
	inject(c, "web", us, "02:00:00:00:00:0f", 60);
	set_link(c, "web", "down");
	inject(c, "web", us, all, 60);
}

static void one_port_may_need_several_pages(void **state)
{
	static const char *const wanted =
		"runt bad-length source-group source-zero port-down reserved "
		"same-port no-egress egress-down too-big too-big ";
	struct client *c = client_new(*state);
	const json_t *next = NULL, *reply;
	json_int_t cursor = 0;
	char seen[400] = "";

	set_up(c);
	drop_for_every_reason(c);
	do {
		size_t i;
		json_t *row;

		reply = client_call(
			c, "drop.list",
			"{'port':'web','cursor':%" JSON_INTEGER_FORMAT "}",
			cursor);
		json_array_foreach(at(reply, "result.drops"), i, row)
		{
			assert_int_equal(number_at(row, "count"), 1);
			snprintf(seen + strlen(seen),
				 sizeof(seen) - strlen(seen), "%s ",
				 text_at(row, "reason"));
		}
		next = at(reply, "result.next");
		cursor = json_integer_value(next);
	} while (cursor);
	assert_string_equal(seen, wanted);
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(nothing_dropped_is_no_row),
		daemon_test(a_drop_is_told_with_frame_cause_and_remedy),
		daemon_test(a_copy_not_sent_is_told_where_it_had_to_leave),
		daemon_test(no_remedy_is_made_up),
		daemon_test(a_name_from_a_namespace_is_no_command),
		daemon_test(rows_add_up_to_the_counters),
		daemon_test(the_newest_drop_is_explained_as_it_would_be_now),
		daemon_test(nonsense_is_refused),
		daemon_test(one_port_may_need_several_pages),
		daemon_test(every_row_is_on_one_page_and_only_one),
	};

	return cmocka_run_group_tests_name("drops", tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
