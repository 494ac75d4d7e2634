/* SPDX-License-Identifier: MIT */
/*
 * test_stations.c - fdb.*: what they do and what they refuse
 *
 * With the codes and hints that docs/protocol.md promises to programs.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	FAILED = JSONRPC_CODE_FAILED,
	ROWS_MAX = 1000, /* in one answer */
	N_STATIONS = 1500,
};

static const char *attach_web(struct client *c)
{
	const char *ns = netns_make("web");

	client_attach_quietly(c, ns, "web");
	return ns;
}

static void fdb_add_pins_a_station(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = attach_web(c);
	const json_t *reply, *row;

	reply = client_call(c, "fdb.add",
			    "{'mac':'02:00:00:00:00:AB','port':'web',"
			    "'vlan':4094}");
	assert_result(reply);
	row = at(reply, "result.station");
	assert_string_equal(text_at(row, "mac"), "02:00:00:00:00:ab");
	assert_int_equal(number_at(row, "vlan"), 4094);

	reply = client_call(c, "fdb.show", "{}");
	assert_string_equal(text_at(reply, "result.switch"), d->name);
	assert_int_equal(number_at(reply, "result.fdb.static"), 1);
	row = at(reply, "result.stations.0");
	assert_string_equal(text_at(row, "mac"), "02:00:00:00:00:ab");
	assert_string_equal(text_at(row, "type"), "static");
	assert_string_equal(text_at(row, "port"), "web");
	assert_string_equal(text_at(row, "target"), ns);
	assert_int_equal(number_at(row, "vlan"), 4094);
	assert_int_equal(number_at(row, "moves"), 0);
	assert_true(json_is_null(at(row, "age_ms")));
	assert_true(json_is_null(at(row, "ttl_ms")));
	assert_null(at(reply, "result.stations.1"));
	client_free(c);
}

static void fdb_add_refuses_what_cannot_be_pinned(void **state)
{
	static const struct {
		const char *params, *name, *said;
		int code;
	} cases[] = {
		{ "{'mac':'02:00:00:00:00:01','port':'web'}", "exists",
		  "pinned already", FAILED },
		{ "{'mac':'02:00:00:00:00:01','port':'db'}", "not-found",
		  "there is no port 'db'", FAILED },
		{ "{'mac':'01:00:5e:00:00:01','port':'web'}", "invalid",
		  "mac: '01:00:5e:00:00:01' is a group address", INVALID },
		{ "{'mac':'00:00:00:00:00:00','port':'web'}", "invalid",
		  "mac: '00:00:00:00:00:00'", INVALID },
		{ "{'mac':'02:00:00:00:00:02','port':'web','vlan':4095}",
		  "invalid", "vlan: 4095", INVALID },
		{ "{'mac':'02:00:00:00:00','port':'web'}", "invalid",
		  "mac: '02:00:00:00:00' is not a MAC", INVALID },
		{ "{'mac':'02:00:00:00:00:02','port':'a name too long'}",
		  "invalid", "port: ", INVALID },
	};
	struct client *c = client_new(*state);

	attach_web(c);
	assert_result(client_call(c, "fdb.add",
				  "{'mac':'02:00:00:00:00:01','port':'web'}"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const json_t *reply =
			client_call(c, "fdb.add", "%s", cases[i].params);

		assert_refused(reply, cases[i].code, cases[i].name,
			       cases[i].said,
			       at(reply, "error.data.hint") ? "" : NULL);
	}
	assert_int_equal(number_at(client_call(c, "fdb.show", "{}"),
				   "result.fdb.static"),
			 1);
	client_free(c);
}

static void fdb_add_refuses_more_than_there_is_room_for(void **state)
{
	static const struct daemon_start how = {
		.args = { "--max-stations", "3" },
	};
	struct daemon *d = *state;
	struct client *c;

	daemon_stop(d);
	daemon_start(d, "", &how);
	c = client_new(d);
	attach_web(c);
	for (int i = 1; i <= 3; i++)
		assert_result(client_call(c, "fdb.add",
					  "{'mac':'02:00:00:00:00:%02x',"
					  "'port':'web'}",
					  i));
	assert_refused(client_call(c, "fdb.add",
				   "{'mac':'02:00:00:00:00:04',"
				   "'port':'web'}"),
		       FAILED, "limit", "cannot pin", NULL);
	assert_limit_told(c, "stations", 3);
	assert_int_equal(
		number_at(client_call(c, "fdb.show", "{}"), "result.fdb.max"),
		3);
	client_free(c);
}

static void fdb_del_removes_what_was_pinned(void **state)
{
	struct client *c = client_new(*state);
	const json_t *reply;

	attach_web(c);
	assert_result(client_call(c, "fdb.add",
				  "{'mac':'02:00:00:00:00:01','port':'web',"
				  "'vlan':7}"));
	assert_refused(client_call(c, "fdb.del", "{'mac':'02:00:00:00:00:01'}"),
		       FAILED, "not-found", "VLAN 0", "show-fdb");
	assert_refused(client_call(c, "fdb.del",
				   "{'mac':'02:00:00:00:00:02','vlan':7}"),
		       FAILED, "not-found", "VLAN 7", "show-fdb");
	reply = client_call(c, "fdb.del",
			    "{'mac':'02:00:00:00:00:01','vlan':7}");
	assert_result(reply);
	assert_int_equal(number_at(reply, "result.station.vlan"), 7);
	assert_string_equal(text_at(reply, "result.station.mac"),
			    "02:00:00:00:00:01");
	assert_refused(client_call(c, "fdb.del",
				   "{'mac':'02:00:00:00:00:01','vlan':7}"),
		       FAILED, "not-found", "VLAN 7", "show-fdb");
	client_free(c);
}

/* Let a station with this last byte be heard in namespace @ns. */
static void say_hello_from(const char *ns, unsigned char last, int vlan)
{
	unsigned char frame[64] = { 0x02, 0, 0, 0, 0, 0xee, 0x02,
				    0,    0, 0, 0, 0, 0x88, 0xb5 };

	frame[11] = last;
	if (vlan) {
		memcpy(frame + 12, "\x81\x00", 2);
		frame[14] = (unsigned char)(vlan >> 8);
		frame[15] = (unsigned char)vlan;
		memcpy(frame + 16, "\x88\xb5", 2);
	}
	netns_send(ns, "eth0", frame, sizeof(frame), 1);
}

static bool knows(struct client *c, const char *filter, size_t n)
{
	const json_t *reply = client_call(c, "fdb.show", "%s", filter);

	return json_array_size(at(reply, "result.stations")) == n;
}

static json_int_t flush(struct client *c, const char *filter)
{
	const json_t *reply = client_call(c, "fdb.flush", "%s", filter);

	assert_result(reply);
	return number_at(reply, "result.flushed");
}

static void fdb_shows_and_forgets_what_matches(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");

	client_attach_quietly(c, web, "web");
	client_attach_quietly(c, db, "db");
	assert_result(client_call(c, "fdb.add",
				  "{'mac':'02:00:00:00:00:01','port':'web'}"));
	say_hello_from(web, 2, 0);
	say_hello_from(web, 3, 0);
	say_hello_from(web, 2, 9);
	say_hello_from(db, 4, 0);
	say_hello_from(db, 5, 9);
	eventually(knows(c, "{'type':'dynamic'}", 5));

	assert_true(knows(c, "{}", 6));
	assert_true(knows(c, "{'type':'static'}", 1));
	assert_true(knows(c, "{'port':'web'}", 4));
	assert_true(knows(c, "{'port':'web','type':'dynamic'}", 3));
	assert_true(knows(c, "{'vlan':9}", 2));
	assert_true(knows(c, "{'vlan':0,'port':'db'}", 1));
	assert_true(knows(c, "{'mac':'02:00:00:00:00:02'}", 2));
	assert_true(knows(c, "{'mac':'02:00:00:00:00:09'}", 0));
	assert_refused(client_call(c, "fdb.show", "{'port':'nobody'}"), FAILED,
		       "not-found", "there is no port 'nobody'", NULL);
	assert_refused(client_call(c, "fdb.flush", "{'port':'nobody'}"), FAILED,
		       "not-found", "there is no port 'nobody'", NULL);

	/* What is pinned is never flushed. */
	assert_int_equal(flush(c, "{'mac':'02:00:00:00:00:01'}"), 0);
	assert_int_equal(flush(c, "{'mac':'02:00:00:00:00:02','vlan':9}"), 1);
	assert_int_equal(flush(c, "{'vlan':9}"), 1);
	assert_int_equal(flush(c, "{'port':'web'}"), 2);
	assert_int_equal(flush(c, "{}"), 1);
	assert_int_equal(flush(c, "{}"), 0);
	assert_true(knows(c, "{}", 1));
	assert_true(knows(c, "{'type':'static'}", 1));
	client_free(c);
}

static void fdb_rows_say_when_a_station_was_heard(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	const json_t *reply, *row;

	client_attach_quietly(c, ns, "web");
	say_hello_from(ns, 2, 0);
	eventually(knows(c, "{}", 1));
	reply = client_call(c, "fdb.show", "{}");
	row = at(reply, "result.stations.0");
	assert_string_equal(text_at(row, "type"), "dynamic");
	assert_string_equal(text_at(row, "target"), ns);
	assert_in_range(number_at(row, "age_ms"), 0, PATIENCE_MS);
	assert_in_range(number_at(row, "age_ms") + number_at(row, "ttl_ms"),
			299999, 300000);
	assert_int_equal(number_at(reply, "result.fdb.ageing_ms"), 300000);
	assert_int_equal(number_at(reply, "result.fdb.dynamic"), 1);
	assert_int_equal(number_at(reply, "result.fdb.learned"), 1);
	assert_int_equal(number_at(reply, "result.fdb.moved"), 0);
	assert_int_equal(number_at(reply, "result.fdb.aged"), 0);
	assert_int_equal(number_at(reply, "result.fdb.evicted"), 0);
	assert_int_equal(number_at(reply, "result.fdb.refused"), 0);
	client_free(c);
}

/* Asks for all pages; @seen[i] counts how often station i was on one. */
static void read_stations(struct client *c, const char *filter,
			  unsigned char seen[N_STATIONS],
			  void (*between)(struct client *c, int page))
{
	char cursor[64] = "";
	int page = 0;

	memset(seen, 0, N_STATIONS);
	do {
		const json_t *reply =
			client_call(c, "fdb.show", "{%s%s%s}", filter,
				    *filter && *cursor ? "," : "", cursor);
		const json_t *rows = at(reply, "result.stations");
		const json_t *next = at(reply, "result.next");

		assert_result(reply);
		assert_in_range(json_array_size(rows), 0, ROWS_MAX);
		for (size_t i = 0; i < json_array_size(rows); i++) {
			unsigned high, low;

			assert_int_equal(
				sscanf(text_at(json_array_get(rows, i), "mac"),
				       "02:00:00:00:%x:%x", &high, &low),
				2);
			seen[high << 8 | low]++;
		}
		assert_non_null(next);
		cursor[0] = '\0';
		if (!json_is_null(next)) {
			char *text = json_dumps(next, JSON_ENCODE_ANY);

			snprintf(cursor, sizeof(cursor), "'cursor':%s", text);
			free(text);
			assert_true(page < N_STATIONS);
		}
		if (between && *cursor)
			between(c, page);
		page++;
	} while (*cursor);
	assert_true(page > 1);
}

static void pin_many(struct client *c)
{
	for (int i = 0; i < N_STATIONS; i++)
		client_say(c,
			   "{'jsonrpc':'2.0','method':'fdb.add','params':"
			   "{'mac':'02:00:00:00:%02x:%02x','port':'web',"
			   "'vlan':%d}}",
			   i >> 8, i & 0xff, i % 3);
	assert_int_equal(number_at(client_call(c, "fdb.show", "{}"),
				   "result.fdb.static"),
			 N_STATIONS);
}

static void every_station_is_on_one_page_and_only_one(void **state)
{
	struct client *c = client_new(*state);
	unsigned char seen[N_STATIONS];

	attach_web(c);
	pin_many(c);
	read_stations(c, "'type':'static'", seen, NULL);
	for (int i = 0; i < N_STATIONS; i++)
		assert_int_equal(seen[i], 1);
	read_stations(c, "'type':'static','vlan':2", seen, NULL);
	for (int i = 0; i < N_STATIONS; i++)
		assert_int_equal(seen[i], i % 3 == 2);
	client_free(c);
}

/* Takes stations 0 mod 3 away and puts others in their place. */
static void shuffle(struct client *c, int page)
{
	for (int i = page * 30; i < page * 30 + 30 && i < N_STATIONS; i += 3) {
		client_call(c, "fdb.del",
			    "{'mac':'02:00:00:00:%02x:%02x','vlan':0}", i >> 8,
			    i & 0xff);
		client_call(c, "fdb.add",
			    "{'mac':'02:00:00:01:%02x:%02x','port':'web',"
			    "'vlan':3}",
			    i >> 8, i & 0xff);
	}
}

static void who_stays_is_shown_once_while_others_come_and_go(void **state)
{
	struct client *c = client_new(*state);
	unsigned char seen[N_STATIONS];

	attach_web(c);
	pin_many(c);
	read_stations(c, "'type':'static','vlan':1", seen, shuffle);
	for (int i = 0; i < N_STATIONS; i++)
		assert_int_equal(seen[i], i % 3 == 1);
	client_free(c);
}

static void a_cursor_out_of_thin_air_does_no_harm(void **state)
{
	static const char *const cursors[] = {
		"0",
		"1",
		"-1",
		"9223372036854775807",
		"-9223372036854775808",
		"4294967296",
		"''",
		"'abc'",
		"'-1'",
		"12345678901234567",
	};
	struct client *c = client_new(*state);

	attach_web(c);
	pin_many(c);
	for (size_t i = 0; i < ARRAY_SIZE(cursors); i++) {
		client_call(c, "fdb.show", "{'cursor':%s}", cursors[i]);
		client_call(c, "port.list", "{'cursor':%s}", cursors[i]);
	}
	assert_result(client_call(c, "switch.show", "{}"));
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(fdb_add_pins_a_station),
		daemon_test(fdb_add_refuses_what_cannot_be_pinned),
		daemon_test(fdb_add_refuses_more_than_there_is_room_for),
		daemon_test(fdb_del_removes_what_was_pinned),
		daemon_test(fdb_shows_and_forgets_what_matches),
		daemon_test(fdb_rows_say_when_a_station_was_heard),
		daemon_test(every_station_is_on_one_page_and_only_one),
		daemon_test(who_stays_is_shown_once_while_others_come_and_go),
		daemon_test(a_cursor_out_of_thin_air_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
