/* SPDX-License-Identifier: MIT */
/*
 * test_hostile.c - clients that do what no client should
 *
 * Whatever one of them does: the daemon lives, the others are served, its
 * memory stays bounded, and nothing is left when they are gone.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"

enum {
	REQUEST = JSONRPC_CODE_REQUEST,
	CLIENTS_MAX = 64,
	LINE_SIZE_MAX = 65536, /* newline included */
	BACKLOG_MAX_KIB = 1024, /* answers that may wait for a client */
	SENT_MAX = 1 << 20, /* bytes of requests that nobody reads answers to */
	N_FUZZ = 4000,
	FUZZ_LEN = 300,
};

static const char show[] =
	"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"switch.show\"}\n";

static void assert_serves(struct client *c)
{
	assert_result(client_call(c, "switch.show", "{}"));
	assert_true(client_is_silent(c));
}

/* Lines */

/* Sends until all is sent or the daemon hangs up. */
static void push_all(struct client *c, const char *bytes, size_t len)
{
	const long deadline = now_ms() + PATIENCE_MS;

	while (len) {
		const ssize_t n = client_push(c, bytes, len);

		if (n == -EPIPE || n == -ECONNRESET)
			return;
		assert_true(n > 0 || n == -EAGAIN);
		if (n == -EAGAIN) {
			assert_true(now_ms() < deadline);
			pause_shortly();
			continue;
		}
		bytes += n;
		len -= (size_t)n;
	}
}

static void assert_line_is_too_long(struct client *c)
{
	const json_t *reply = client_read(c);

	assert_refused(reply, REQUEST, "request", "too long", NULL);
	assert_true(json_is_null(at(reply, "id")));
	client_expect_closed(c);
}

static void a_line_without_an_end_is_refused_and_hung_up_on(void **state)
{
	struct daemon *d = *state;
	struct client *other = client_new(d);
	const int n_fds = daemon_n_fds(d);
	const size_t len = 1 << 20;
	char *line = malloc(len);

	assert_non_null(line);
	for (int i = 0; i < 3; i++) {
		struct client *c = client_new(d);

		memset(line, "a[ "[i], len);
		push_all(c, line, len);
		assert_line_is_too_long(c);
		client_free(c);
		assert_serves(other);
	}
	free(line);
	eventually(daemon_n_fds(d) == n_fds);
	client_free(other);
}

static void one_byte_too_many_is_too_long(void **state)
{
	struct client *c = client_new(*state);
	char *line = malloc(LINE_SIZE_MAX + 1);

	assert_non_null(line);
	memset(line, ' ', LINE_SIZE_MAX);
	memcpy(line, show, sizeof(show) - 2);
	line[LINE_SIZE_MAX] = '\n';
	/* What comes before it is served. */
	client_send(c, show, sizeof(show) - 1);
	push_all(c, line, LINE_SIZE_MAX + 1);
	assert_result(client_read(c));
	assert_line_is_too_long(c);
	free(line);
	client_free(c);
}

static void a_request_without_a_newline_is_never_served(void **state)
{
	struct daemon *d = *state;
	struct client *c, *other = client_new(d);
	const char *ns = netns_make("web");
	const int n_fds = daemon_n_fds(d);
	char line[128];
	int len;

	len = snprintf(line, sizeof(line),
		       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
		       "\"port.attach\",\"params\":{\"target\":\"%s\"}}",
		       ns);
	for (int i = 1; i <= len; i++) {
		c = client_new(d);
		client_send(c, line, (size_t)i);
		client_free(c);
	}
	eventually(daemon_n_fds(d) == n_fds);
	assert_int_equal(number_at(client_call(other, "switch.show", "{}"),
				   "result.ports.count"),
			 0);
	client_free(other);
}

/* Those who do not read */

/* Under ASan what was freed is kept for a while: not while we measure. */
static void free_at_once(void)
{
	const char *others = getenv("ASAN_OPTIONS");
	char options[256];

	snprintf(options, sizeof(options),
		 "%s:quarantine_size_mb=0:thread_local_quarantine_size_kb=0",
		 others ? others : "");
	setenv("ASAN_OPTIONS", options, 1);
}

/* Ask until the daemon takes no more. Returns how much it took. */
static size_t ask_without_reading(struct client *c, struct client *other)
{
	size_t sent = 0;
	int full = 0;

	/* Full after others have been served for a while is really full. */
	while (full < 20) {
		const size_t at_byte = sent % (sizeof(show) - 1);
		const ssize_t n = client_push(c, show + at_byte,
					      sizeof(show) - 1 - at_byte);

		assert_true(n > 0 || n == -EAGAIN);
		if (n > 0) {
			sent += (size_t)n;
			assert_true(sent < SENT_MAX);
			full = 0;
			continue;
		}
		assert_serves(other);
		full++;
	}
	return sent;
}

static void who_never_reads_costs_little_and_delays_nobody(void **state)
{
	static const struct daemon_start how = { .prepare = free_at_once };
	struct daemon *d = *state;
	struct client *deaf[4], *other;
	size_t sent = 0;
	long rss;
	int n_fds;

	daemon_stop(d);
	daemon_start(d, "", &how);
	other = client_new(d);
	for (int i = 0; i < 100; i++)
		assert_serves(other);
	n_fds = daemon_n_fds(d);
	rss = daemon_rss_kib(d);

	for (size_t i = 0; i < ARRAY_SIZE(deaf); i++) {
		deaf[i] = client_new(d);
		sent = ask_without_reading(deaf[i], other);
	}
	/* A buffer is at most twice what is in it. */
	assert_in_range(daemon_rss_kib(d) - rss, 0,
			(long)ARRAY_SIZE(deaf) * 2 * BACKLOG_MAX_KIB + 2048);

	/* What waited is served as soon as it is read: nothing is lost. */
	for (size_t i = 0; i < sent / (sizeof(show) - 1); i++)
		assert_result(client_read(deaf[ARRAY_SIZE(deaf) - 1]));
	for (size_t i = 0; i < ARRAY_SIZE(deaf); i++)
		client_free(deaf[i]);
	eventually(daemon_n_fds(d) == n_fds);
	assert_serves(other);
	client_free(other);
}

static void who_says_no_more_still_gets_all_answers(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	const size_t n = ask_without_reading(c, other) / (sizeof(show) - 1);

	shutdown(client_fd(c), SHUT_WR);
	assert_serves(other);
	for (size_t i = 0; i < n; i++)
		assert_result(client_read(c));
	client_expect_closed(c);
	client_free(other);
	client_free(c);
}

static void who_hangs_up_amid_answers_leaves_nothing(void **state)
{
	struct daemon *d = *state;
	struct client *other = client_new(d);
	const int n_fds = daemon_n_fds(d);

	for (int i = 0; i < 60; i++) {
		struct client *c = client_new(d);

		for (int k = 0; k < 5 * i; k++)
			client_push(c, show, sizeof(show) - 1);
		for (int k = 0; k < i / 2; k++)
			assert_result(client_read(c));
		if (i % 3 == 1)
			shutdown(client_fd(c), SHUT_RD);
		if (i % 3 == 2)
			shutdown(client_fd(c), SHUT_RDWR);
		client_free(c);
	}
	assert_serves(other);
	eventually(daemon_n_fds(d) == n_fds);
	client_free(other);
}

static void who_hangs_up_amid_a_flush_leaves_nothing(void **state)
{
	static const char flush[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"fdb.flush\"}\n";
	struct daemon *d = *state;
	struct client *other = client_new(d);
	const int n_fds = daemon_n_fds(d);

	for (int i = 0; i < 100; i++) {
		struct client *c = client_new(d);

		for (int k = 0; k < 20; k++)
			client_push(c, flush, sizeof(flush) - 1);
		client_free(c);
	}
	assert_serves(other);
	eventually(daemon_n_fds(d) == n_fds);
	client_free(other);
}

/* Too many */

static void assert_turned_away(struct client *c)
{
	const json_t *goodbye = client_read(c);

	assert_string_equal(text_at(goodbye, "method"), "goodbye");
	assert_null(at(goodbye, "id"));
	assert_string_equal(text_at(goodbye, "params.code"), "limit");
	assert_true(*text_at(goodbye, "params.message"));
	client_expect_closed(c);
}

static void a_client_too_many_is_told_goodbye_and_counted(void **state)
{
	struct daemon *d = *state;
	struct client *clients[CLIENTS_MAX], *c;
	const json_t *reply;
	int n_fds;

	for (int i = 0; i < CLIENTS_MAX; i++)
		clients[i] = client_new(d);
	n_fds = daemon_n_fds(d);
	for (int i = 1; i <= 100; i++) {
		c = client_connect(d);
		assert_turned_away(c);
		client_free(c);
	}
	assert_int_equal(daemon_n_fds(d), n_fds);
	reply = client_call(clients[7], "switch.show", "{}");
	assert_int_equal(number_at(reply, "result.clients.count"), CLIENTS_MAX);
	assert_int_equal(number_at(reply, "result.clients.max"), CLIENTS_MAX);
	assert_int_equal(number_at(reply, "result.clients.refused"), 100);

	/* One goes, and there is room for one. */
	client_free(clients[0]);
	eventually(daemon_n_fds(d) == n_fds - 1);
	clients[0] = client_new(d);
	c = client_connect(d);
	assert_turned_away(c);
	client_free(c);
	for (int i = 0; i < CLIENTS_MAX; i++) {
		assert_serves(clients[i]);
		client_free(clients[i]);
	}
}

static void few_descriptors(void)
{
	const struct rlimit limit = { 32, 32 };

	setrlimit(RLIMIT_NOFILE, &limit);
}

static void a_client_without_a_descriptor_is_told_goodbye(void **state)
{
	static const struct daemon_start how = { .prepare = few_descriptors };
	struct daemon *d = *state;
	struct client *clients[CLIENTS_MAX];
	int n = 0, n_refused = 0;
	const char *ns = netns_make("web");
	const json_t *reply;

	daemon_stop(d);
	daemon_start(d, "", &how);
	for (int i = 0; i < 40; i++) {
		struct client *c = client_connect(d);

		if (!strcmp(text_at(client_read(c), "method"), "hello")) {
			clients[n++] = c;
			continue;
		}
		client_expect_closed(c);
		client_free(c);
		n_refused++;
	}
	assert_true(n > 5);
	assert_true(n_refused > 0);
	reply = client_call(clients[0], "switch.show", "{}");
	assert_int_equal(number_at(reply, "result.clients.refused"), n_refused);

	/* Nor is there one for a port; but when there is, all is well. */
	reply = client_call(clients[0], "port.attach",
			    "{'target':'%s','port':'web'}", ns);
	assert_string_equal(text_at(reply, "error.data.code"), "limit");
	eventually(!netns_has(ns, "eth0"));
	while (n > 1)
		client_free(clients[--n]);
	eventually(number_at(client_call(clients[0], "switch.show", "{}"),
			     "result.clients.count") == 1);
	assert_serves(clients[0]);
	client_free(clients[0]);
}

static void clients_that_come_and_go_leave_nothing(void **state)
{
	struct daemon *d = *state;
	struct client *other = client_new(d);
	const int n_fds = daemon_n_fds(d);

	for (int i = 0; i < 2000; i++)
		client_free(client_connect(d));
	assert_serves(other);
	eventually(daemon_n_fds(d) == n_fds);
	client_free(other);
}

/* Descriptors nobody asked for */

static void descriptors_passed_unasked_are_closed(void **state)
{
	static const char *const texts[] = {
		show,
		"\n",
		"garbage\n",
		"[]\n",
		"{\"jsonrpc\":\"2.0\",\"method\":\"switch.show\"}\n",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nothing\"}\n",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"capture.stop\"}\n",
		"half a li",
		"ne\nhalf another",
	};
	static const size_t counts[] = { 1, 2, 4, 5, 64 };
	struct daemon *d = *state;
	struct client *c = client_new(d), *other = client_new(d);
	const int n_fds = daemon_n_fds(d);
	int fds[64];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		assert_true(fds[i] >= 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
			client_send_fds(c, texts[k], strlen(texts[k]), fds,
					counts[i]);
			assert_serves(other);
			assert_in_range(daemon_n_fds(d), n_fds, n_fds + 1);
		}
	}
	client_send(c, "\n", 1);
	eventually(daemon_n_fds(d) == n_fds);

	/* With the first half of a line, and then the client is gone. */
	client_send_fds(c, "{", 1, fds, 3);
	client_free(c);
	eventually(daemon_n_fds(d) == n_fds - 1);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	client_free(other);
}

/* Chance, from a seed: a failure can be had again. */

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static size_t random_line(uint64_t *seed, char *line)
{
	const size_t len = next(seed) % FUZZ_LEN;

	for (size_t i = 0; i < len; i++) {
		line[i] = (char)next(seed);
		if (line[i] == '\n')
			line[i] = '{';
	}
	return len;
}

static size_t mutated_line(uint64_t *seed, char *line)
{
	static const char *const good[] = {
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"switch.show\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":\"\\u00e9\\n\",\"method\":"
		"\"port.attach\",\"params\":{\"target\":\"no-such-ns\","
		"\"ip\":[\"10.0.0.1/24\",\"fd00::1/64\"],\"mtu\":9000,"
		"\"gateway\":[\"10.0.0.2\"],\"may_exist\":true}}",
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"fdb.show\","
		"\"params\":{\"vlan\":7,\"mac\":\"02:00:00:00:00:01\","
		"\"type\":\"static\",\"cursor\":77}}",
		"{\"jsonrpc\":\"2.0\",\"id\":-9,\"method\":\"fdb.add\","
		"\"params\":{\"mac\":\"02:00:00:00:00:01\",\"port\":\"web\"}}",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"capture.start\","
		"\"params\":{\"ports\":[\"web\"],\"bpf\":[[6,0,0,262144]],"
		"\"count\":3,\"snaplen\":96,\"filter\":\"icmp\"}}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"fdb.flush\","
		"\"params\":{\"vlan\":1}}",
	};
	static const char bytes[] = "{}[]\",:\\0-9.eE+tfnu \xff\x80\0";
	const char *from = good[next(seed) % ARRAY_SIZE(good)];
	size_t len = strlen(from);

	memcpy(line, from, len);
	for (uint64_t n = 1 + next(seed) % 3; n && len; n--) {
		const size_t i = next(seed) % len;
		const size_t cut = next(seed) % 8;

		switch (next(seed) % 4) {
		case 0: /* another byte there */
			line[i] = bytes[next(seed) % (sizeof(bytes) - 1)];
			break;
		case 1: /* a bit of it lost */
			if (i + cut < len) {
				memmove(line + i, line + i + cut,
					len - i - cut);
				len -= cut;
			}
			break;
		case 2: /* a bit of it twice */
			if (i + cut < len) {
				memmove(line + i + cut, line + i, len - i);
				len += cut;
			}
			break;
		default: /* only the start */
			len = i ? len - next(seed) % i : len;
		}
	}
	return len;
}

/* Every line that is answered is answered by a JSON-RPC message. */
static void fuzz(struct daemon *d, uint64_t seed,
		 size_t (*make_line)(uint64_t *seed, char *line))
{
	struct client *c = client_new(d), *other = client_new(d);
	const int n_fds = daemon_n_fds(d);
	char line[2 * FUZZ_LEN + 64];
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (int i = 0; i < N_FUZZ; i++) {
		size_t len = make_line(&seed, line);

		line[len++] = '\n';
		if (i % 7)
			client_send(c, line, len);
		else
			client_send_fds(c, line, len, &null, 1);
		if (i % 100)
			continue;

		client_say(c,
			   "{'jsonrpc':'2.0','id':'mark %d',"
			   "'method':'nothing'}",
			   i);
		snprintf(line, sizeof(line), "mark %d", i);
		for (;;) {
			const json_t *reply = client_read(c);
			const char *id = json_string_value(at(reply, "id"));

			assert_non_null(at(reply, "id"));
			if (id && !strcmp(id, line))
				break;
		}
		assert_serves(other);
	}
	close(null);
	client_free(c);
	eventually(daemon_n_fds(d) == n_fds - 1);
	assert_serves(other);
	client_free(other);
}

static void random_bytes_do_no_harm(void **state)
{
	fuzz(*state, UINT64_C(0x9e3779b97f4a7c15), random_line);
}

static void requests_that_are_a_little_wrong_do_no_harm(void **state)
{
	fuzz(*state, UINT64_C(0xd1b54a32d192ed03), mutated_line);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_line_without_an_end_is_refused_and_hung_up_on),
		daemon_test(one_byte_too_many_is_too_long),
		daemon_test(a_request_without_a_newline_is_never_served),
		daemon_test(who_never_reads_costs_little_and_delays_nobody),
		daemon_test(who_says_no_more_still_gets_all_answers),
		daemon_test(who_hangs_up_amid_answers_leaves_nothing),
		daemon_test(who_hangs_up_amid_a_flush_leaves_nothing),
		daemon_test(a_client_too_many_is_told_goodbye_and_counted),
		daemon_test(a_client_without_a_descriptor_is_told_goodbye),
		daemon_test(clients_that_come_and_go_leave_nothing),
		daemon_test(descriptors_passed_unasked_are_closed),
		daemon_test(random_bytes_do_no_harm),
		daemon_test(requests_that_are_a_little_wrong_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
