/* SPDX-License-Identifier: MIT */
/* test_event_floods.c - stations that are many, or that move: what is told */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "netns.h"
#include "subscriber.h"

static void a_station_that_moves_is_told_until_it_flaps(void **state)
{
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);
	const char *ns[] = { netns_make("web"), netns_make("db") };
	const char *port[] = { "web", "db" };
	const json_t *event;

	client_attach_quietly(c, ns[0], port[0]);
	client_attach_quietly(c, ns[1], port[1]);
	station_send_once(ns[0], 1);
	event = subscriber_next_of_kind(s, "station-learned");
	assert_string_equal(text_at(event, "mac"), "02:00:00:00:00:01");
	assert_string_equal(text_at(event, "port"), "web");
	assert_int_equal(number_at(event, "vlan"), 0);

	for (int i = 1; i <= 5; i++) {
		station_send_once(ns[i % 2], 1);
		event = subscriber_next_of_kind(s, "station-moved");
		assert_string_equal(text_at(event, "port"), port[i % 2]);
		assert_string_equal(text_at(event, "from"), port[1 - i % 2]);
		assert_int_equal(number_at(event, "moves"), i);
	}
	station_send_once(ns[0], 1);
	event = subscriber_next(s);
	assert_string_equal(text_at(event, "kind"), "flapping-started");
	assert_int_equal(number_at(event, "moves"), 6);

	/* And from then on nothing, until it has come to rest. */
	station_send_once(ns[1], 1);
	eventually(number_at(client_call(c, "fdb.show", "{}"),
			     "result.stations.0.moves") == 7);
	assert_result(client_call(c, "fdb.flush", "{}"));
	assert_string_equal(text_at(subscriber_next(s), "kind"), "config");
	eventually_within(30000, !client_is_silent(s));
	event = subscriber_next(s);
	assert_string_equal(text_at(event, "kind"), "flapping-stopped");
	assert_string_equal(text_at(event, "mac"), "02:00:00:00:00:01");
	assert_int_equal(number_at(event, "vlan"), 0);
	assert_string_equal(text_at(event, "port"), "db");
	assert_string_equal(text_at(event, "from"), "web");
	assert_int_equal(number_at(event, "moves"), 7);
	client_free(s);
	client_free(c);
}

static json_int_t fdb(struct client *c, const char *counter)
{
	return number_at(at(client_call(c, "fdb.show", "{}"), "result.fdb"),
			 counter);
}

static void a_flood_of_moves_does_not_hide_one_that_flaps(void **state)
{
	enum {
		N = 300,
		MOVES = 6
	};
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);
	const char *ns[] = { netns_make("web"), netns_make("db") };
	const json_t *event;
	int fds[2];

	client_attach_quietly(c, ns[0], "web");
	client_attach_quietly(c, ns[1], "db");
	for (int i = 0; i < 2; i++)
		fds[i] = netns_socket(ns[i], "eth0");
	for (unsigned i = 0; i <= N; i++)
		station_send(fds[0], i);
	eventually(fdb(c, "learned") == N + 1);
	for (unsigned i = 1; i <= N; i++)
		station_send(fds[1], i);
	eventually(fdb(c, "moved") == N);
	for (int i = 1; i <= MOVES; i++) {
		station_send(fds[i % 2], 0);
		eventually(fdb(c, "moved") == N + i);
	}
	event = subscriber_next_of_kind(s, "flapping-started");
	assert_string_equal(text_at(event, "mac"), "02:00:00:00:00:00");
	assert_int_equal(number_at(event, "moves"), MOVES);
	for (int i = 0; i < 2; i++)
		close(fds[i]);
	client_free(s);
	client_free(c);
}

/* @n stations: some are told of one by one, the others together. */
static void expect_few_words(struct client *s, const char *one,
			     const char *several, json_int_t n)
{
	json_int_t single = 0, together = 0;

	while (single + together < n) {
		const json_t *event = subscriber_next(s);

		if (!strcmp(text_at(event, "kind"), one))
			single++;
		if (!strcmp(text_at(event, "kind"), several))
			together += number_at(event, "count");
	}
	assert_int_equal(single + together, n);
	assert_true(single >= 256);
	assert_true(together > 0);
}

static void a_flood_of_moves_is_told_in_few_words(void **state)
{
	enum {
		N = 400
	};
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);
	const char *ns[] = { netns_make("web"), netns_make("db") };

	client_attach_quietly(c, ns[0], "web");
	client_attach_quietly(c, ns[1], "db");
	for (int i = 0; i < 2; i++) {
		const int fd = netns_socket(ns[i], "eth0");

		for (unsigned station = 1; station <= N; station++)
			station_send(fd, station);
		close(fd);
		eventually(fdb(c, i ? "moved" : "learned") == N);
	}
	expect_few_words(s, "station-moved", "more-moved", N);
	client_free(s);
	client_free(c);
}

static void a_flood_of_stations_is_told_in_few_words(void **state)
{
	enum {
		N = 400
	};
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);
	const char *ns = netns_make("web");
	int fd;

	client_attach_quietly(c, ns, "web");
	fd = netns_socket(ns, "eth0");
	for (unsigned i = 1; i <= N; i++)
		station_send(fd, i);
	close(fd);
	expect_few_words(s, "station-learned", "more-learned", N);
	client_free(s);
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_station_that_moves_is_told_until_it_flaps),
		daemon_test(a_flood_of_moves_does_not_hide_one_that_flaps),
		daemon_test(a_flood_of_moves_is_told_in_few_words),
		daemon_test(a_flood_of_stations_is_told_in_few_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
