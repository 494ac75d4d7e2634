/* SPDX-License-Identifier: MIT */
/*
 * mock_switch.c - a switch that does what a script says, to test clients
 *
 * usage: mock_switch SOCKET SCRIPT
 *
 * Listens at SOCKET, prints the number of the process that will play the
 * script, and returns: the client can be started at once. What was not as
 * expected ends up in SOCKET.log; if all was, that becomes SOCKET.played.
 * A script has one command a line:
 *
 *	accept		wait for the next client; the one before is hung up on
 *	send TEXT	send a line
 *	hold TEXT	keep a line, to go out in one write with the next sent
 *	raw TEXT	send bytes without the newline
 *	pages N		send the answer to request N of a list, 3 pages long
 *	expect TEXT	wait for a line that contains TEXT
 *	frames N	write N frames into the pipe that came with a request
 *	garbage		write what is no frame into it
 *	end		close that pipe
 *	hang		wait until the client hangs up
 *	#		and nothing of the line
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "jsonrpc.h"
#include "macros.h"
#include "pcapng.h"
#include "usock.h"

enum {
	PATIENCE_MS = 20000, /* so that a broken test leaves nobody behind */
	PATH_SIZE = 200,
};

struct mock {
	int listen_fd;
	int client_fd; /* or -1 */
	int pipe_fd; /* what the client passed, or -1 */
	uint32_t n_frames; /* written into it so far */
	char *held; /* lines to be sent with the next one, or NULL */
	const char *path;
	char log_path[PATH_SIZE];
	FILE *log;
	struct jsonrpc_framer framer;
};

static void give_up(struct mock *mock, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

static void give_up(struct mock *mock, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(mock->log, fmt, ap);
	va_end(ap);
	fputc('\n', mock->log);
	fclose(mock->log);
	exit(1);
}

static void wait_for(struct mock *mock, int fd, short events)
{
	struct pollfd pollfd = { .fd = fd, .events = events };

	if (poll(&pollfd, 1, PATIENCE_MS) <= 0)
		give_up(mock, "nothing happened");
}

static void do_accept(struct mock *mock)
{
	if (mock->client_fd >= 0)
		close(mock->client_fd);
	jsonrpc_framer_fini(&mock->framer);
	wait_for(mock, mock->listen_fd, POLLIN);
	mock->client_fd = usock_accept(mock->listen_fd);
	if (mock->client_fd < 0)
		give_up(mock, "cannot accept: %s", strerror(-mock->client_fd));
}

static void do_send(struct mock *mock, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = usock_send(mock->client_fd, text, len, -1);

		if (n == -EAGAIN) {
			wait_for(mock, mock->client_fd, POLLOUT);
			continue;
		}
		if (n < 0)
			return; /* a client may hang up when it has enough */
		text += n;
		len -= (size_t)n;
	}
}

static void do_hold(struct mock *mock, const char *text)
{
	char *both;

	if (asprintf(&both, "%s%s\n", mock->held ? mock->held : "", text) < 0)
		give_up(mock, "out of memory");
	free(mock->held);
	mock->held = both;
}

static void do_send_line(struct mock *mock, const char *text)
{
	do_hold(mock, text);
	do_send(mock, mock->held, strlen(mock->held));
	free(mock->held);
	mock->held = NULL;
}

static void take_pipe(struct mock *mock, int fd)
{
	if (mock->pipe_fd >= 0)
		close(mock->pipe_fd);
	mock->pipe_fd = fd;
	mock->n_frames = 0;
}

/* Return: false if the client has hung up */
static bool read_some(struct mock *mock)
{
	int passed;
	size_t size;
	ssize_t n;
	char *buf;

	if (jsonrpc_framer_space(&mock->framer, &buf, &size) < 0)
		give_up(mock, "a line is too long");
	wait_for(mock, mock->client_fd, POLLIN);
	n = usock_recv(mock->client_fd, buf, size, &passed);
	if (passed >= 0)
		take_pipe(mock, passed);
	if (n > 0)
		jsonrpc_framer_added(&mock->framer, (size_t)n);
	return n > 0;
}

static void do_expect(struct mock *mock, const char *text)
{
	const char *line;
	size_t len;

	while (jsonrpc_framer_next(&mock->framer, &line, &len) == 0) {
		if (!read_some(mock))
			give_up(mock, "hung up before: %s", text);
	}
	if (!memmem(line, len, text, strlen(text)))
		give_up(mock, "expected: %s\ngot: %.*s", text, (int)len, line);
}

static void do_hang(struct mock *mock)
{
	const char *line;
	size_t len;

	while (read_some(mock)) {
		while (jsonrpc_framer_next(&mock->framer, &line, &len) > 0)
			;
	}
}

/* Three pages of two stations each, in an order nobody would choose. */
static void do_pages(struct mock *mock, int id)
{
	for (int page = 0; page < 3; page++) {
		char text[600], next[20], expected[40];

		snprintf(next, sizeof(next), "\"c%d\"", page);
		snprintf(expected, sizeof(expected), "\"cursor\":\"c%d\"",
			 page - 1);
		do_expect(mock, page ? expected : "fdb.show");
		snprintf(text, sizeof(text),
			 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{"
			 "\"schema\":1,\"switch\":\"lab0\",\"fdb\":{"
			 "\"dynamic\":6,\"static\":0,\"max\":65536,"
			 "\"ageing_ms\":300000},\"stations\":["
			 "{\"vlan\":%d,\"mac\":\"02:00:00:00:00:%02d\","
			 "\"type\":\"dynamic\",\"port\":\"web\","
			 "\"target\":\"web\",\"age_ms\":2100,\"moves\":0},"
			 "{\"vlan\":%d,\"mac\":\"02:00:00:00:00:%02d\","
			 "\"type\":\"dynamic\",\"port\":\"db\","
			 "\"target\":\"db\",\"age_ms\":70000,\"moves\":1}],"
			 "\"next\":%s}}",
			 id + page, 20, 9 - page, 0, 20 - page,
			 page < 2 ? next : "null");
		do_send_line(mock, text);
	}
}

static void put_pipe(struct mock *mock, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(mock->pipe_fd, data, len);

		if (n < 0)
			return; /* the reader is gone, which may be the test */
		data += n;
		len -= (size_t)n;
	}
}

static void begin_pipe(struct mock *mock)
{
	static const struct pcapng_section section = { .application = "mock" };
	static const struct pcapng_interface interfaces[] = {
		{ .name = "web", .description = "namespace web, eth0" },
		{ .name = "database", .description = "namespace db, eth0" },
	};
	uint8_t buf[512];

	put_pipe(mock, buf, pcapng_put_section(buf, sizeof(buf), &section));
	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++)
		put_pipe(
			mock, buf,
			pcapng_put_interface(buf, sizeof(buf), &interfaces[i]));
}

static void do_frames(struct mock *mock, int n)
{
	/* who has 10.0.0.2? tell 10.0.0.1 */
	static const uint8_t arp[42] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,  1, 8, 6,
		0,    1,    8,    0,    6,    4,    0, 1, 2, 0, 0,  0, 0, 1,
		10,   0,    0,    1,    0,    0,    0, 0, 0, 0, 10, 0, 0, 2,
	};
	uint8_t buf[512];

	if (mock->pipe_fd < 0)
		give_up(mock, "no pipe came");
	if (mock->n_frames == 0)
		begin_pipe(mock);
	for (; n > 0; n--) {
		const uint32_t i = mock->n_frames++;
		const struct pcapng_packet packet = {
			.interface_id = i % 2,
			.direction = i % 2 ? PCAPNG_DIRECTION_OUTBOUND
					   : PCAPNG_DIRECTION_INBOUND,
			.time_ns = 1700000000000000000u + i,
			.data = arp,
			.caplen = sizeof(arp),
			.len = sizeof(arp),
		};

		put_pipe(mock, buf,
			 pcapng_put_packet(buf, sizeof(buf), &packet));
	}
}

static void do_end(struct mock *mock)
{
	close(mock->pipe_fd);
	mock->pipe_fd = -1;
	mock->n_frames = 0;
}

static void play_line(struct mock *mock, const char *line)
{
	static const uint8_t nonsense[] = "this is not the start of a section";
	const size_t len = strcspn(line, " ");
	const char *rest = line[len] ? line + len + 1 : "";

	if (!strncmp(line, "accept", len))
		do_accept(mock);
	else if (!strncmp(line, "send", len))
		do_send_line(mock, rest);
	else if (!strncmp(line, "hold", len))
		do_hold(mock, rest);
	else if (!strncmp(line, "raw", len))
		do_send(mock, rest, strlen(rest));
	else if (!strncmp(line, "pages", len))
		do_pages(mock, atoi(rest));
	else if (!strncmp(line, "expect", len))
		do_expect(mock, rest);
	else if (!strncmp(line, "frames", len))
		do_frames(mock, atoi(rest));
	else if (!strncmp(line, "garbage", len))
		put_pipe(mock, nonsense, sizeof(nonsense));
	else if (!strncmp(line, "end", len))
		do_end(mock);
	else if (!strncmp(line, "hang", len))
		do_hang(mock);
	else if (line[0] != '#')
		give_up(mock, "no such command: %s", line);
}

static int play(struct mock *mock, const char *script)
{
	FILE *file = fopen(script, "re");
	char played_path[PATH_SIZE];
	char *line = NULL;
	size_t size = 0;

	if (!file)
		give_up(mock, "cannot open %s", script);
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		play_line(mock, line);
	}
	free(line);
	fclose(file);
	snprintf(played_path, sizeof(played_path), "%s.played", mock->path);
	jsonrpc_framer_fini(&mock->framer);
	fclose(mock->log);
	rename(mock->log_path, played_path);
	return 0;
}

int main(int argc, char **argv)
{
	struct mock mock = { .client_fd = -1, .pipe_fd = -1 };
	struct err err;
	pid_t pid;

	if (argc != 3) {
		fputs("usage: mock_switch SOCKET SCRIPT\n", stderr);
		return 2;
	}

	mock.path = argv[1];
	snprintf(mock.log_path, sizeof(mock.log_path), "%s.log", argv[1]);
	mock.log = fopen(mock.log_path, "we");
	mock.listen_fd = usock_listen(argv[1], 0600, &err);
	if (!mock.log || mock.listen_fd < 0) {
		fprintf(stderr, "mock_switch: %s\n", err.msg);
		return 1;
	}
	jsonrpc_framer_init(&mock.framer, 16 * 1024 * 1024);

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return 1;
	if (pid > 0) {
		printf("%d\n", (int)pid);
		return 0;
	}
	close(STDOUT_FILENO); /* the shell waits for its end */
	signal(SIGPIPE, SIG_IGN);
	return play(&mock, argv[2]);
}
