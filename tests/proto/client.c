/* SPDX-License-Identifier: MIT */
/* client.c - the other end of the control socket, with assertions */

#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "netns.h"
#include "usock.h"

enum {
	FDS_MAX = 64, /* a client can send at once */
	READ_SIZE = 65536,
};

struct client {
	int fd;
	char *buf; /* what came and was not yet taken: [start, end) */
	size_t start, end, size;
	json_t *reply;
	int last_id;
};

/**
 * client_adopt() - Make a client of a connected socket
 * @fd:		Socket, non-blocking; the client's from now on
 *
 * Return: the client
 */
struct client *client_adopt(int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->fd = fd;
	return c;
}

/**
 * client_connect() - Connect to a daemon, and read nothing
 * @d:		Daemon
 *
 * Return: the client
 */
struct client *client_connect(const struct daemon *d)
{
	int fd;

	eventually((fd = usock_connect(d->path, NULL)) != -EAGAIN);
	if (fd < 0)
		fail_msg("cannot connect to %s: %s", d->path, strerror(-fd));
	return client_adopt(fd);
}

/**
 * client_new() - Connect to a daemon that lets us in
 * @d:		Daemon
 *
 * Return: the client, which has read its hello
 */
struct client *client_new(const struct daemon *d)
{
	struct client *c = client_connect(d);

	assert_string_equal(text_at(client_read(c), "method"), "hello");
	return c;
}

/**
 * client_free() - Hang up
 * @c:		Client, or NULL
 */
void client_free(struct client *c)
{
	if (!c)
		return;
	json_decref(c->reply);
	close(c->fd);
	free(c->buf);
	free(c);
}

/**
 * client_fd() - The client's socket
 * @c:		Client
 *
 * Return: descriptor, which stays the client's
 */
int client_fd(const struct client *c)
{
	return c->fd;
}

/**
 * client_push() - Send what can be sent without waiting
 * @c:		Client
 * @data:	Bytes
 * @len:	How many
 *
 * Return: how many were sent, -EAGAIN, or -errno if the daemon hung up
 */
ssize_t client_push(struct client *c, const void *data, size_t len)
{
	return usock_send(c->fd, data, len, -1);
}

static void wait_for(struct client *c, short events)
{
	struct pollfd fd = { .fd = c->fd, .events = events };

	if (poll(&fd, 1, PATIENCE_MS) != 1)
		fail_msg("vswd does not %s within %d ms",
			 events == POLLIN ? "answer" : "read", PATIENCE_MS);
}

/**
 * client_send() - Send bytes, and wait until they are sent
 * @c:		Client
 * @data:	Bytes
 * @len:	How many
 */
void client_send(struct client *c, const void *data, size_t len)
{
	const char *bytes = data;

	while (len) {
		ssize_t n = client_push(c, bytes, len);

		if (n == -EAGAIN) {
			wait_for(c, POLLOUT);
			continue;
		}
		if (n < 0)
			fail_msg("vswd hung up: %s", strerror((int)-n));
		bytes += n;
		len -= (size_t)n;
	}
}

/**
 * client_send_fds() - Send bytes that carry descriptors
 * @c:		Client
 * @data:	Bytes; few enough to go at once
 * @len:	How many
 * @fds:	Descriptors, which stay open here
 * @n_fds:	How many
 */
void client_send_fds(struct client *c, const void *data, size_t len,
		     const int *fds, size_t n_fds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control = { .buf = { 0 } };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = CMSG_SPACE(n_fds * sizeof(int)),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	assert_true(n_fds <= FDS_MAX);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, n_fds * sizeof(int));
	wait_for(c, POLLOUT);
	assert_int_equal(sendmsg(c->fd, &msg, MSG_NOSIGNAL), len);
}

/* The line of a request, allocated: a ' is a ", and a newline is added. */
static char *compose(const char *fmt, va_list ap)
{
	char *line;
	int len = vasprintf(&line, fmt, ap);

	assert_true(len >= 0);
	for (char *c = line; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	line = realloc(line, (size_t)len + 2);
	assert_non_null(line);
	memcpy(line + len, "\n", 2);
	return line;
}

/**
 * client_say() - Send a line
 * @c:		Client
 * @fmt:	Format of the line; see client.h
 */
void client_say(struct client *c, const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = compose(fmt, ap);
	va_end(ap);
	client_send(c, line, strlen(line));
	free(line);
}

/**
 * client_pass() - Send a line and a descriptor with it
 * @c:		Client
 * @fd:		Descriptor, which stays open here
 * @fmt:	Format of the line; see client.h
 */
void client_pass(struct client *c, int fd, const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = compose(fmt, ap);
	va_end(ap);
	client_send_fds(c, line, strlen(line), &fd, 1);
	free(line);
}

/* Return: 1, or 0 if the daemon hung up */
static int receive(struct client *c)
{
	ssize_t n;

	if (c->start) {
		memmove(c->buf, c->buf + c->start, c->end - c->start);
		c->end -= c->start;
		c->start = 0;
	}
	if (c->size - c->end < READ_SIZE) {
		c->size = 2 * c->size + READ_SIZE;
		c->buf = realloc(c->buf, c->size);
		assert_non_null(c->buf);
	}
	wait_for(c, POLLIN);
	n = recv(c->fd, c->buf + c->end, READ_SIZE, 0);
	if (n <= 0)
		return 0;
	c->end += (size_t)n;
	return 1;
}

/**
 * client_line() - Wait for the next line
 * @c:		Client
 *
 * Return: the line without its newline, until the next call; NULL if the
 * daemon has hung up
 */
const char *client_line(struct client *c)
{
	size_t searched = 0;
	char *line, *end;

	for (;;) {
		line = c->buf + c->start;
		end = c->end - c->start > searched
			      ? memchr(line + searched, '\n',
				       c->end - c->start - searched)
			      : NULL;
		if (end)
			break;
		searched = c->end - c->start;
		if (!receive(c)) {
			if (searched)
				fail_msg("vswd hung up in mid-line");
			return NULL;
		}
	}

	*end = '\0';
	c->start += (size_t)(end - line) + 1;
	return line;
}

/**
 * client_read() - Wait for the next message
 * @c:		Client
 *
 * Return: message, until the next call
 */
const json_t *client_read(struct client *c)
{
	const char *line = client_line(c);
	json_error_t why;

	if (!line)
		fail_msg("vswd hung up instead of answering");
	json_decref(c->reply);
	c->reply = json_loads(line, JSON_REJECT_DUPLICATES, &why);
	if (!c->reply)
		fail_msg("vswd sent no JSON: %s: %s", why.text, line);
	if (strcmp(text_at(c->reply, "jsonrpc"), "2.0"))
		fail_msg("vswd sent no JSON-RPC 2.0: %s", line);
	return c->reply;
}

/**
 * client_ask() - Send a line, and wait for the next message
 * @c:		Client
 * @fmt:	Format of the line; see client.h
 *
 * Return: message, until the client reads the next one
 */
const json_t *client_ask(struct client *c, const char *fmt, ...)
{
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = compose(fmt, ap);
	va_end(ap);
	client_send(c, line, strlen(line));
	free(line);
	return client_read(c);
}

/**
 * client_call() - Make a request, and wait for its answer
 * @c:		Client
 * @method:	Method
 * @fmt:	Format of the parameters, an object; see client.h
 *
 * Return: answer, until the client reads the next message
 */
const json_t *client_call(struct client *c, const char *method, const char *fmt,
			  ...)
{
	const json_t *reply;
	char *params;
	va_list ap;

	va_start(ap, fmt);
	params = compose(fmt, ap);
	va_end(ap);
	c->last_id++;
	reply = client_ask(
		c, "{'jsonrpc':'2.0','id':%d,'method':'%s','params':%.*s}",
		c->last_id, method, (int)strlen(params) - 1, params);
	free(params);
	assert_int_equal(number_at(reply, "id"), c->last_id);
	return reply;
}

/**
 * client_attach_quietly() - Attach a namespace that says nothing by itself
 * @c:		Client
 * @ns:		Namespace
 * @port:	Port
 */
void client_attach_quietly(struct client *c, const char *ns, const char *port)
{
	netns_silence(ns);
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'%s'}", ns, port));
}

/**
 * client_is_silent() - Has everything that came been read?
 * @c:		Client
 *
 * Return: whether nothing more is there by now
 */
bool client_is_silent(struct client *c)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLIN };

	return c->start == c->end && poll(&fd, 1, 0) == 0;
}

/**
 * client_expect_closed() - Wait for the daemon to hang up
 * @c:		Client
 *
 * Anything but that fails the test.
 */
void client_expect_closed(struct client *c)
{
	const char *line = client_line(c);

	if (line)
		fail_msg("vswd did not hang up, but said %s", line);
}

/* JSON */

static const json_t *step(const json_t *json, const char *key, size_t len)
{
	char name[40];

	assert_true(len < sizeof(name));
	memcpy(name, key, len);
	name[len] = '\0';
	if (json_is_array(json))
		return json_array_get(json, strtoul(name, NULL, 10));
	return json_object_get(json, name);
}

/**
 * at() - A part of a message
 * @json:	Message
 * @path:	Keys, or positions in arrays, with dots between
 *
 * Return: the part, or NULL if there is none
 */
const json_t *at(const json_t *json, const char *path)
{
	for (;;) {
		const size_t len = strcspn(path, ".");

		json = step(json, path, len);
		if (!json || !path[len])
			return json;
		path += len + 1;
	}
}

static void no_such(const json_t *json, const char *path, const char *what)
{
	char *text = json_dumps(json, JSON_COMPACT);

	print_error("%s is not a %s in %s\n", path, what, text);
	free(text);
	fail();
}

/**
 * text_at() - A string in a message
 * @json:	Message
 * @path:	Where; see at()
 *
 * Return: the string; it not being one fails the test
 */
const char *text_at(const json_t *json, const char *path)
{
	const json_t *value = at(json, path);

	if (!json_is_string(value))
		no_such(json, path, "string");
	return json_string_value(value);
}

/**
 * number_at() - A number in a message
 * @json:	Message
 * @path:	Where; see at()
 *
 * Return: the number; it not being one fails the test
 */
json_int_t number_at(const json_t *json, const char *path)
{
	const json_t *value = at(json, path);

	if (!json_is_integer(value))
		no_such(json, path, "number");
	return json_integer_value(value);
}

/**
 * assert_result() - Was the request done?
 * @reply:	Answer
 *
 * It having been refused fails the test.
 */
void assert_result(const json_t *reply)
{
	if (!at(reply, "result") || at(reply, "error"))
		no_such(reply, "result", "result");
	assert_int_equal(number_at(reply, "result.schema"), 1);
}

static void assert_says(const json_t *reply, const char *path,
			const char *wanted)
{
	const char *said = text_at(reply, path);

	if (!strstr(said, wanted))
		fail_msg("%s: '%s' does not say '%s'", path, said, wanted);
}

/**
 * assert_refused() - Was the request refused for this reason?
 * @reply:	Answer
 * @code:	error.code
 * @name:	error.data.code
 * @message:	What error.message says, besides perhaps more
 * @hint:	What error.data.hint says, "" for anything, NULL for no hint
 */
void assert_refused(const json_t *reply, int code, const char *name,
		    const char *message, const char *hint)
{
	const char *said;

	if (at(reply, "result") || !at(reply, "id"))
		no_such(reply, "error", "refusal");
	assert_string_equal(text_at(reply, "error.data.code"), name);
	assert_int_equal(number_at(reply, "error.code"), code);
	assert_says(reply, "error.message", message);
	said = text_at(reply, "error.message");
	assert_true(*said && said[strlen(said) - 1] != '.');
	if (hint)
		assert_says(reply, "error.data.hint", hint);
	else
		assert_null(at(reply, "error.data.hint"));
}

static bool is_limit(const json_t *event, const char *limit, json_int_t max)
{
	return !strcmp(text_at(event, "kind"), "limit") &&
	       !strcmp(text_at(event, "limit"), limit) &&
	       number_at(event, "max") == max && number_at(event, "count") == 1;
}

/**
 * assert_limit_told() - Does an event say that this limit was hit, once?
 * @c:		Client
 * @limit:	Name
 * @max:	Its value
 */
void assert_limit_told(struct client *c, const char *limit, json_int_t max)
{
	char since[40] = "0";
	bool more = true;
	int n = 0;

	while (more) {
		const json_t *reply =
			client_call(c, "event.list", "{'since':'%s'}", since);
		const json_t *events = at(reply, "result.events");

		for (size_t i = 0; i < json_array_size(events); i++)
			n += is_limit(json_array_get(events, i), limit, max);
		more = !json_is_null(at(reply, "result.next"));
		if (more)
			snprintf(since, sizeof(since), "%s",
				 text_at(reply, "result.next"));
	}
	assert_int_equal(n, 1);
}
