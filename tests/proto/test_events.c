/* SPDX-License-Identifier: MIT */
/*
 * test_events.c - event.*: nothing is missed, or it is said how much
 *
 * At the end it prints how long events took to get here: figures for people,
 * which decide about nothing.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"
#include "subscriber.h"

enum {
	INVALID = JSONRPC_CODE_INVALID,
	CLIENTS_MAX = 64,
	JOURNAL_SIZE = 4096,
	FRAME_LEN = 60,
	N_LATENCIES = 200,
	MEDIAN_MAX_US = 5000,
};

/* A change that costs little: each is an event. */
static void change(struct client *c, int n)
{
	static const char line[] =
		"{\"jsonrpc\":\"2.0\",\"method\":\"fdb.flush\"}\n";

	for (int i = 0; i < n; i++)
		client_send(c, line, strlen(line));
	assert_result(client_call(c, "switch.show", "{}"));
}

/* What is told */

static void the_life_of_a_port_is_told(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d), *s = subscriber_new(d, NULL);
	const char *ns = netns_make("web");
	const json_t *event;

	client_attach_quietly(c, ns, "web");
	event = subscriber_next(s);
	assert_string_equal(text_at(event, "kind"), "port-attached");
	assert_string_equal(text_at(event, "port"), "web");
	assert_int_equal(number_at(event, "schema"), 1);
	assert_int_equal(number_at(event, "seq"), 1);
	event = subscriber_next(s);
	assert_string_equal(text_at(event, "kind"), "port-state");
	assert_string_equal(text_at(event, "state"), "up");
	event = subscriber_next_of_kind(s, "config");
	assert_string_equal(text_at(event, "method"), "port.attach");
	assert_string_equal(text_at(event, "object"), "web");
	assert_int_equal(number_at(event, "uid"), getuid());
	assert_int_equal(number_at(event, "pid"), getpid());
	assert_string_equal(text_at(event, "command"), "test_events");

	assert_int_equal(run("ip -n %s link set eth0 down", ns), 0);
	event = subscriber_next_of_kind(s, "port-state");
	assert_string_equal(text_at(event, "state"), "down");
	assert_string_equal(text_at(event, "was"), "up");
	assert_int_equal(run("ip -n %s link set eth0 up", ns), 0);
	event = subscriber_next_of_kind(s, "port-state");
	assert_string_equal(text_at(event, "state"), "up");
	assert_int_equal(run("ip -n %s link del eth0", ns), 0);
	do {
		event = subscriber_next_of_kind(s, "port-state");
	} while (strcmp(text_at(event, "state"), "gone"));
	assert_string_equal(text_at(event, "why"), "its interface was deleted");

	assert_result(client_call(c, "port.detach", "{'port':'web'}"));
	event = subscriber_next_of_kind(s, "port-detached");
	assert_string_equal(text_at(event, "port"), "web");
	client_free(s);
	client_free(c);
}

static void a_change_that_is_refused_is_no_event(void **state)
{
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);

	client_call(c, "port.detach", "{'port':'web'}");
	client_call(c, "fdb.show", "{}");
	assert_result(client_call(c, "fdb.flush", "{}"));
	assert_string_equal(text_at(subscriber_next(s), "method"), "fdb.flush");
	client_free(s);
	client_free(c);
}

static void a_change_names_what_it_was_about(void **state)
{
	static const struct {
		const char *method, *params, *object;
	} changes[] = {
		{ "fdb.add", "'mac':'02:00:00:00:00:01','port':'db'", "db" },
		{ "fdb.del", "'mac':'02:00:00:00:00:01'", "02:00:00:00:00:01" },
		{ "mirror.add", "'mirror':'span','from':['web'],'to':'db'",
		  "span" },
		{ "mirror.del", "'mirror':'span'", "span" },
		{ "forward.inject",
		  "'in':'web','src':'02:00:00:00:00:02',"
		  "'dst':'02:00:00:00:00:03'",
		  "web" },
		{ "port.detach", "'port':'db'", "db" },
	};
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);
	const json_t *event;

	client_attach_quietly(c, netns_make("web"), "web");
	client_attach_quietly(c, netns_make("db"), "db");
	subscriber_next_of_kind(s, "config");
	subscriber_next_of_kind(s, "config");
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		assert_result(client_call(c, changes[i].method, "{%s}",
					  changes[i].params));
		event = subscriber_next_of_kind(s, "config");
		assert_string_equal(text_at(event, "method"),
				    changes[i].method);
		assert_string_equal(text_at(event, "object"),
				    changes[i].object);
	}
	client_free(s);
	client_free(c);
}

/* That a client has gone is noticed when there is something to tell it. */
static json_int_t n_clients_told(struct client *c)
{
	change(c, 1);
	return number_at(client_call(c, "switch.show", "{}"),
			 "result.clients.count");
}

static void a_change_is_told_though_its_client_is_gone(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d), *s = subscriber_new(d, NULL),
		      *gone = subscriber_new(d, NULL);
	const pid_t worker = daemon_worker(d);
	const char *ns = netns_make("web");
	const json_t *event;

	process_halt(worker);
	client_say(gone,
		   "{'jsonrpc':'2.0','id':1,'method':'port.attach',"
		   "'params':{'target':'%s','port':'web'}}",
		   ns);
	/* When that is answered, the other, sent before, is under way. */
	assert_result(client_call(c, "switch.show", "{}"));
	client_free(gone);
	eventually(n_clients_told(c) == 2);
	kill(worker, SIGCONT);
	do {
		event = subscriber_next_of_kind(s, "config");
	} while (strcmp(text_at(event, "method"), "port.attach"));
	assert_string_equal(text_at(event, "object"), "web");
	assert_int_equal(number_at(event, "pid"), getpid());
	eventually(at(client_call(c, "port.show", "{'port':'web'}"), "result"));
	client_free(s);
	client_free(c);
}

static void drops_are_told_when_they_begin_and_end(void **state)
{
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);
	const char *ns = netns_make("web");
	const json_t *event;

	client_attach_quietly(c, ns, "web");
	for (int i = 0; i < 5; i++)
		station_send_once(ns, 1); /* and there is nobody else */
	event = subscriber_next_of_kind(s, "drops-started");
	assert_string_equal(text_at(event, "port"), "web");
	assert_string_equal(text_at(event, "direction"), "in");
	assert_string_equal(text_at(event, "reason"), "no-egress");
	eventually_within(15000, !client_is_silent(s));
	event = subscriber_next(s);
	while (strcmp(text_at(event, "kind"), "drops-stopped")) {
		assert_string_not_equal(text_at(event, "kind"),
					"drops-started");
		eventually_within(15000, !client_is_silent(s));
		event = subscriber_next(s);
	}
	assert_string_equal(text_at(event, "port"), "web");
	assert_string_equal(text_at(event, "reason"), "no-egress");
	assert_int_equal(number_at(event, "count"), 5);
	client_free(s);
	client_free(c);
}

/* Reading */

static void what_has_happened_can_be_read_in_pages(void **state)
{
	struct client *c = client_new(*state);
	const json_t *reply;
	char cursor[40] = "0";
	json_int_t seq = 0;

	change(c, 10);
	for (int page = 0; page < 4; page++) {
		const json_t *events;

		reply = client_call(c, "event.list", "{'since':'%s','limit':3}",
				    cursor);
		events = at(reply, "result.events");
		assert_int_equal(json_array_size(events), page < 3 ? 3 : 1);
		for (size_t i = 0; i < json_array_size(events); i++)
			assert_int_equal(
				number_at(json_array_get(events, i), "seq"),
				++seq);
		if (page < 3)
			strcpy(cursor, text_at(reply, "result.next"));
		else
			assert_true(json_is_null(at(reply, "result.next")));
	}
	assert_int_equal(seq, 10);
	client_free(c);
}

/* A page is built between two frames, so it is short. */
static void a_page_has_an_end(void **state)
{
	enum {
		N = 600,
		PAGE_MAX = 12
	};
	struct client *c = client_new(*state);
	char since[40] = "0";
	json_int_t seq = 0;
	bool more = true;

	change(c, N);
	while (more) {
		const json_t *reply =
			client_call(c, "event.list",
				    "{'since':'%s','limit':100000}", since);
		const json_t *events = at(reply, "result.events");

		assert_in_range(json_array_size(events), 1, PAGE_MAX);
		for (size_t i = 0; i < json_array_size(events); i++)
			assert_int_equal(
				number_at(json_array_get(events, i), "seq"),
				++seq);
		more = !json_is_null(at(reply, "result.next"));
		if (more)
			strcpy(since, text_at(reply, "result.next"));
	}
	assert_int_equal(seq, N);
	client_free(c);
}

static void between_two_subscriptions_nothing_is_missed(void **state)
{
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);
	char cursor[40];

	change(c, 3);
	for (int i = 0; i < 3; i++)
		strcpy(cursor, text_at(subscriber_next(s), "cursor"));
	client_free(s);
	change(c, 2);
	s = subscriber_new(*state, cursor);
	change(c, 1);
	for (int seq = 4; seq <= 6; seq++)
		assert_int_equal(number_at(subscriber_next(s), "seq"), seq);
	assert_true(client_is_silent(s));
	client_free(s);
	client_free(c);
}

static void a_cursor_from_before_a_restart_is_recognized(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	char cursor[40], name[sizeof(d->name)];
	const json_t *reply, *event;

	change(c, 5);
	reply = client_call(c, "event.list", "{}");
	strcpy(cursor, text_at(reply, "result.cursor"));
	client_free(c);
	strcpy(name, d->name);
	assert_int_equal(daemon_stop(d), 0);
	daemon_start(d, name, NULL);

	/* As many events as then: the number alone would not tell. */
	c = client_new(d);
	change(c, 7);
	reply = client_call(c, "event.list", "{'since':'%s'}", cursor);
	assert_string_equal(text_at(reply, "result.events.0.kind"),
			    "restarted");
	assert_int_equal(number_at(reply, "result.events.1.seq"), 1);
	assert_int_equal(json_array_size(at(reply, "result.events")), 8);

	reply = client_call(c, "event.subscribe", "{'since':'%s'}", cursor);
	assert_int_equal(number_at(reply, "result.behind"), 8);
	event = subscriber_next(c);
	assert_string_equal(text_at(event, "kind"), "restarted");
	for (int seq = 1; seq <= 7; seq++)
		assert_int_equal(number_at(subscriber_next(c), "seq"), seq);
	client_free(c);
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		const char *since, *hint;
	} cases[] = {
		{ "'x'", "it looks like" },
		{ "''", "it looks like" },
		{ "'1@'", "it looks like" },
		{ "'-1'", "it looks like" },
		{ "'1@zzzzzzzz'", "it looks like" },
		{ "1", NULL },
		{ "{}", NULL },
		{ "null", NULL },
	};
	static const char *const methods[] = { "event.list",
					       "event.subscribe" };
	struct client *c = client_new(*state);

	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++)
		assert_refused(client_call(c, methods[i % 2], "{'since':%s}",
					   cases[i / 2].since),
			       INVALID, "invalid", "since", cases[i / 2].hint);
	assert_true(client_is_silent(c));
	client_free(c);
}

/* Readers that are slow, many, or dead */

static void a_reader_that_is_slow_is_told_what_it_has_lost(void **state)
{
	enum {
		N = 16000
	};
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);
	json_int_t seq = 0, lost = 0, losses = 0;

	for (int i = 0; i < N; i += 500)
		change(c, 500); /* and all the time it is answered */
	while (seq < N) {
		const json_t *event = subscriber_next(s);

		if (!strcmp(text_at(event, "kind"), "lost")) {
			assert_int_equal(number_at(event, "from"), seq + 1);
			lost = number_at(event, "lost");
			seq += lost;
			assert_int_equal(number_at(event, "to"), seq);
			losses++;
		} else {
			assert_int_equal(number_at(event, "seq"), ++seq);
		}
	}
	assert_int_equal(losses, 1);
	assert_true(lost > 0 && lost < N - JOURNAL_SIZE + 1);
	change(c, 1);
	assert_int_equal(number_at(subscriber_next(s), "seq"), N + 1);
	client_free(s);
	client_free(c);
}

static void all_clients_there_can_be_are_told(void **state)
{
	const struct daemon *d = *state;
	struct client *clients[CLIENTS_MAX];
	const json_t *event;
	int n_fds = daemon_n_fds(d);

	for (int i = 0; i < CLIENTS_MAX; i++)
		clients[i] = subscriber_new(d, NULL);
	client_free(client_connect(d)); /* turned away */
	for (int i = 0; i < CLIENTS_MAX; i++) {
		event = subscriber_next(clients[i]);
		assert_string_equal(text_at(event, "kind"), "limit");
		assert_string_equal(text_at(event, "limit"), "clients");
		assert_int_equal(number_at(event, "max"), CLIENTS_MAX);
	}
	for (int i = 1; i < CLIENTS_MAX; i++)
		client_free(clients[i]);
	eventually(daemon_n_fds(d) == n_fds + 1);

	/* The one that is left goes on, and takes requests besides. */
	assert_result(client_call(clients[0], "fdb.flush", "{}"));
	assert_string_equal(text_at(subscriber_next(clients[0]), "kind"),
			    "config");
	client_free(clients[0]);
	eventually(daemon_n_fds(d) == n_fds);
}

static void subscribers_that_die_unread_leave_nothing(void **state)
{
	const struct daemon *d = *state;
	struct client *c = client_new(d), *s[8];
	const int n_fds = daemon_n_fds(d);

	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(s); i++)
			s[i] = subscriber_new(d, "0");
		change(c, 2000);
		for (size_t i = 0; i < ARRAY_SIZE(s); i++)
			client_free(s[i]);
		change(c, 10);
	}
	eventually(daemon_n_fds(d) == n_fds);
	client_free(c);
}

/* How long it takes */

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Half of them tell what it takes here; the others, what others do here. */
static void assert_soon(const char *what, double *us)
{
	qsort(us, N_LATENCIES, sizeof(us[0]), compare);
	printf("  %s: median %.0f us, 99th of 100 %.0f us, worst %.0f us\n",
	       what, us[N_LATENCIES / 2], us[N_LATENCIES * 99 / 100],
	       us[N_LATENCIES - 1]);
#ifndef __SANITIZE_ADDRESS__
	assert_true(us[N_LATENCIES / 2] < MEDIAN_MAX_US);
#endif
}

static void events_come_soon(void **state)
{
	struct client *c = client_new(*state),
		      *s = subscriber_new(*state, NULL);
	const char *ns = netns_make("web");
	double learned[N_LATENCIES], changed[N_LATENCIES];
	unsigned char frame[FRAME_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2
	};
	int fd;

	client_attach_quietly(c, ns, "web");
	fd = netns_socket(ns, "eth0");
	for (int i = 0; i < N_LATENCIES; i++) {
		const double begun = now_us();

		frame[11] = (unsigned char)(i + 1);
		assert_int_equal(send(fd, frame, sizeof(frame), 0),
				 sizeof(frame));
		subscriber_next_of_kind(s, "station-learned");
		learned[i] = now_us() - begun;
	}
	close(fd);
	for (int i = 0; i < N_LATENCIES; i++) {
		const double begun = now_us();

		assert_result(client_call(c, "fdb.flush", "{}"));
		subscriber_next_of_kind(s, "config");
		changed[i] = now_us() - begun;
	}
	assert_soon("from a frame being sent to its event being read", learned);
	assert_soon("from a request being sent to its event being read",
		    changed);
	client_free(s);
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(the_life_of_a_port_is_told),
		daemon_test(a_change_that_is_refused_is_no_event),
		daemon_test(a_change_names_what_it_was_about),
		daemon_test(a_change_is_told_though_its_client_is_gone),
		daemon_test(drops_are_told_when_they_begin_and_end),
		daemon_test(what_has_happened_can_be_read_in_pages),
		daemon_test(a_page_has_an_end),
		daemon_test(between_two_subscriptions_nothing_is_missed),
		daemon_test(a_cursor_from_before_a_restart_is_recognized),
		daemon_test(nonsense_is_refused),
		daemon_test(a_reader_that_is_slow_is_told_what_it_has_lost),
		daemon_test(all_clients_there_can_be_are_told),
		daemon_test(subscribers_that_die_unread_leave_nothing),
		daemon_test(events_come_soon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
