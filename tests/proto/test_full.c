/* SPDX-License-Identifier: MIT */
/*
 * test_full.c - switches that have all the ports or stations they can have
 *
 * What found no room is refused, and told as an event, with how often.
 */

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "netns.h"

enum {
	FAILED = JSONRPC_CODE_FAILED,
	PORTS_MAX = 16384,
	AT_ONCE = 64,
	N_STATIONS = 50,
};

/* The counts of all events of a kind that have come after @since, together. */
static json_int_t count_told(struct client *c, const char *since,
			     const char *kind)
{
	json_int_t count = 0;
	char cursor[40];
	bool more = true;

	strcpy(cursor, since);
	while (more) {
		const json_t *reply =
			client_call(c, "event.list", "{'since':'%s'}", cursor);
		const json_t *events = at(reply, "result.events");

		for (size_t i = 0; i < json_array_size(events); i++) {
			const json_t *event = json_array_get(events, i);

			if (!strcmp(text_at(event, "kind"), kind))
				count += number_at(event, "count");
		}
		more = !json_is_null(at(reply, "result.next"));
		strcpy(cursor, text_at(reply, "result.cursor"));
	}
	return count;
}

static json_int_t fdb(struct client *c, const char *counter)
{
	return number_at(at(client_call(c, "fdb.show", "{}"), "result.fdb"),
			 counter);
}

static void stations_without_room_are_told_to_the_last(void **state)
{
	static const struct daemon_start how = {
		.args = { "--max-stations", "4" },
	};
	unsigned char frame[60] = { 255, 255, 255, 255, 255, 255, 2 };
	struct daemon *d = *state;
	struct client *c;
	const char *ns = netns_make("web");
	json_int_t without_room;
	int fd;

	daemon_stop(d);
	daemon_start(d, "", &how);
	c = client_new(d);
	client_attach_quietly(c, ns, "web");
	fd = netns_socket(ns, "eth0");
	for (int i = 1; i <= N_STATIONS; i++) {
		frame[11] = (unsigned char)i;
		assert_int_equal(send(fd, frame, sizeof(frame), 0),
				 sizeof(frame));
	}
	close(fd);
	eventually(fdb(c, "learned") + fdb(c, "refused") == N_STATIONS);
	without_room = fdb(c, "evicted") + fdb(c, "refused");
	assert_true(without_room > 0);
	eventually(count_told(c, "0", "table-full") == without_room);
	client_free(c);
}

/* Ports that wait for namespaces which never come: they cost little. */
static void attach_all(struct client *c)
{
	for (int i = 0; i < PORTS_MAX; i++) {
		client_say(c,
			   "{'jsonrpc':'2.0','id':%d,'method':'port.attach',"
			   "'params':{'target':'no%d','persist':true}}",
			   i, i);
		if ((i + 1) % AT_ONCE)
			continue;
		for (int k = 0; k < AT_ONCE; k++)
			assert_result(client_read(c));
	}
}

static const json_t *attach_one_more(struct client *c)
{
	return client_call(c, "port.attach",
			   "{'target':'more','persist':true}");
}

static void one_port_too_many_is_refused_and_told(void **state)
{
	struct client *c = client_new(*state);
	const json_t *reply;
	char cursor[40];

	attach_all(c);
	reply = client_call(c, "event.list", "{'limit':1}");
	snprintf(cursor, sizeof(cursor), "%lld",
		 (long long)number_at(reply, "result.last"));

	assert_refused(attach_one_more(c), FAILED, "limit",
		       "all 16384 ports are in use", NULL);
	reply = client_call(c, "event.list", "{'since':'%s'}", cursor);
	assert_int_equal(json_array_size(at(reply, "result.events")), 1);
	assert_string_equal(text_at(reply, "result.events.0.kind"), "limit");
	assert_string_equal(text_at(reply, "result.events.0.limit"), "ports");
	assert_int_equal(number_at(reply, "result.events.0.max"), PORTS_MAX);
	assert_int_equal(number_at(reply, "result.events.0.count"), 1);

	/* And where one has gone there is room again. */
	assert_result(client_call(c, "port.detach", "{'port':'no7'}"));
	assert_result(attach_one_more(c));
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(stations_without_room_are_told_to_the_last),
		daemon_test(one_port_too_many_is_refused_and_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
