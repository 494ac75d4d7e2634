/* SPDX-License-Identifier: MIT */
/*
 * conn.c - one client of the control socket
 *
 * Only the callbacks at the end of this file free a connection; nothing they
 * call does, so nothing dangles. What goes wrong sets @closing instead.
 */

#include "conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dispatch.h"
#include "err.h"
#include "macros.h"
#include "server.h"
#include "usock.h"

enum {
	OUT_SIZE_MIN = 4096,
};

/**
 * conn_backlog() - How much has the client not taken yet?
 * @conn:	Connection
 *
 * Return: bytes
 */
size_t conn_backlog(const struct conn *conn)
{
	return conn->out_end - conn->out_start;
}

/* Room for @len more bytes of output. */
static int out_reserve(struct conn *conn, size_t len)
{
	size_t size = conn->out_size ? conn->out_size : OUT_SIZE_MIN;
	char *out;

	if (conn->out_start) {
		memmove(conn->out, conn->out + conn->out_start,
			conn_backlog(conn));
		conn->out_end -= conn->out_start;
		conn->out_start = 0;
	}

	if (conn->out_end + len <= conn->out_size)
		return 0;

	while (size < conn->out_end + len)
		size *= 2;
	out = realloc(conn->out, size);
	if (!out)
		return -ENOMEM;

	conn->out = out;
	conn->out_size = size;
	return 0;
}

/**
 * conn_send() - Queue a message for the client
 * @conn:	Connection
 * @message:	What to say; the reference is taken over. NULL, which is what
 *		builders return when memory ran out, closes the connection
 */
void conn_send(struct conn *conn, json_t *message)
{
	size_t len;
	char *line = jsonrpc_line(message, &len);

	json_decref(message);
	conn_send_line(conn, line, len);
	free(line);
}

/**
 * conn_send_line() - Queue a message that is text already
 * @conn:	Connection
 * @line:	Line with its newline. NULL, which is what jsonrpc_line() returns
 *		when memory ran out, closes the connection
 * @len:	Its length
 */
void conn_send_line(struct conn *conn, const char *line, size_t len)
{
	if (conn->closing)
		return;

	if (!line || out_reserve(conn, len) < 0) {
		conn->closing = true;
	} else {
		memcpy(conn->out + conn->out_end, line, len);
		conn->out_end += len;
	}

	ev_io_start(conn->server->loop, &conn->writable);
}

/*
 * The kernel ends a read behind the message that had a descriptor, so what
 * came last, by then, is the line that it belongs to.
 */
static bool fd_is_for_later(const struct conn *conn)
{
	return conn->passed_at > conn->n_served;
}

/**
 * conn_take_fd() - Take the descriptor that came with the request
 * @conn:	Connection
 *
 * Return: the descriptor, from now on the caller's, or -1 if there is none
 */
int conn_take_fd(struct conn *conn)
{
	int fd = conn->passed_fd;

	if (fd_is_for_later(conn))
		return -1;

	conn->passed_fd = -1;
	return fd;
}

static void drop_passed_fd(struct conn *conn)
{
	if (conn->passed_fd >= 0)
		close(conn->passed_fd);
	conn->passed_fd = -1;
}

static void request_done(struct conn *conn)
{
	jsonrpc_request_free(&conn->request.message);
	json_decref(conn->request.rows);
	conn->request = (struct request){ 0 };
	if (!fd_is_for_later(conn))
		drop_passed_fd(conn);
}

/* A line that cannot be answered, since it is no request: say so and go. */
static void refuse_line(struct conn *conn, const char *why)
{
	struct err err = { 0 };

	err_set(&err, -EINVAL, "%s", why);
	conn_send(conn,
		  jsonrpc_error(NULL, JSONRPC_CODE_REQUEST, "request", &err));
	conn->closing = true;
}

/*
 * Serve lines until there is none, or enough for one turn. Returns whether
 * something is left that could be served at once.
 */
static bool serve(struct conn *conn)
{
	for (int i = 0; i < CONN_REQUESTS_PER_TURN; i++) {
		const char *line;
		size_t len;
		int r;

		if (conn->closing || conn->request.waiting ||
		    conn_backlog(conn) >= CONN_BACKLOG_MAX)
			return false;

		if (!conn->request.pending) {
			r = jsonrpc_framer_next(&conn->framer, &line, &len);
			if (r < 0)
				refuse_line(conn, "the line is too long");
			if (r <= 0)
				return false;
			conn->n_served += len + 1; /* and its newline */
			dispatch_line(conn, line, len);
		} else {
			dispatch_again(conn);
		}

		if (conn->request.pending)
			return !conn->request.waiting; /* a slice a turn */
		request_done(conn);
	}

	return true;
}

/* Read as long as there is somebody to serve what was read. */
static void watch(struct conn *conn, bool more)
{
	struct ev_loop *loop = conn->server->loop;
	const bool idle = !more && !conn->request.waiting &&
			  conn_backlog(conn) < CONN_BACKLOG_MAX;

	if (idle && conn->said_all)
		conn->closing = true;

	if (idle && !conn->closing)
		ev_io_start(loop, &conn->readable);
	else
		ev_io_stop(loop, &conn->readable);

	if (more)
		ev_timer_start(loop, &conn->more);
	else
		ev_timer_stop(loop, &conn->more);
	if (conn->closing || conn_backlog(conn))
		ev_io_start(loop, &conn->writable);
}

/* Take in what the client sent; -errno if the connection is of no more use. */
static int receive(struct conn *conn)
{
	char *buf;
	size_t size;
	ssize_t n;
	int fd = -1;
	int r = jsonrpc_framer_space(&conn->framer, &buf, &size);

	if (r == -ENOBUFS)
		return 0; /* full of lines: serve() takes them first */
	if (r < 0)
		return r;

	n = usock_recv(conn->fd, buf, size, &fd);
	if (n == 0)
		conn->said_all = true;
	if (n < 0)
		return n == -EAGAIN || n == -EINTR ? 0 : (int)n;

	jsonrpc_framer_added(&conn->framer, (size_t)n);
	conn->n_received += (uint64_t)n;
	if (fd >= 0) {
		drop_passed_fd(conn);
		conn->passed_fd = fd;
		conn->passed_at = conn->n_received;
	}
	return 0;
}

static int transmit(struct conn *conn)
{
	while (conn_backlog(conn)) {
		ssize_t n =
			send(conn->fd, conn->out + conn->out_start,
			     conn_backlog(conn), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		conn->out_start += (size_t)n;
	}

	/* What a large answer needed is not kept for small ones. */
	free(conn->out);
	conn->out = NULL;
	conn->out_start = conn->out_end = conn->out_size = 0;
	ev_io_stop(conn->server->loop, &conn->writable);
	return conn->closing ? -ECONNRESET : 0;
}

/**
 * conn_flush() - Send what the client can take right now
 * @conn:	Connection; of what goes wrong its callbacks will hear
 */
void conn_flush(struct conn *conn)
{
	if (transmit(conn) < 0) {
		conn->closing = true;
		ev_io_start(conn->server->loop, &conn->writable);
	}
}

/**
 * conn_resume() - Go on with a client whose request was waiting
 * @conn:	Connection; the answer has been queued
 */
void conn_resume(struct conn *conn)
{
	request_done(conn);
	conn_flush(conn);
	if (conn->went_on) {
		watch(conn, true);
		return;
	}

	/* In this turn: the client has its answer, and may ask again. */
	conn->went_on = true;
	ev_feed_event(conn->server->loop, &conn->more, EV_CUSTOM);
}

/*
 * Serve, and say at once what there is to say: the loop can take the length of
 * a flood to come back and tell that the socket is writable. Returns -errno if
 * the connection is of no more use.
 */
static int go_on(struct conn *conn)
{
	bool more = serve(conn);
	const bool was_full = conn_backlog(conn) >= CONN_BACKLOG_MAX;
	int r = transmit(conn);

	if (r < 0)
		return r;

	/* Lines may be left that serve() has not taken for the backlog. */
	more |= was_full && conn_backlog(conn) < CONN_BACKLOG_MAX;
	watch(conn, more);
	return 0;
}

static void on_conn_readable(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct conn *conn = container_of(w, struct conn, readable);

	(void)loop;
	(void)revents;
	conn->went_on = false;
	if (receive(conn) < 0 || go_on(conn) < 0)
		conn_free(conn);
}

static void on_conn_more(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct conn *conn = container_of(w, struct conn, more);

	(void)loop;
	if (revents & EV_TIMER)
		conn->went_on = false;
	if (go_on(conn) < 0)
		conn_free(conn);
}

static void on_conn_writable(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct conn *conn = container_of(w, struct conn, writable);

	(void)loop;
	(void)revents;
	if (transmit(conn) < 0 || go_on(conn) < 0)
		conn_free(conn);
}

/**
 * conn_new() - Begin to serve a client
 * @server:	Server that accepted it
 * @fd:		Its socket, non-blocking; the connection's on success
 *
 * Return: the connection, or NULL if memory ran out
 */
struct conn *conn_new(struct server *server, int fd)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;

	conn->server = server;
	conn->fd = fd;
	conn->passed_fd = -1;
	jsonrpc_framer_init(&conn->framer, JSONRPC_LINE_MAX);
	ev_io_init(&conn->readable, on_conn_readable, fd, EV_READ);
	ev_io_init(&conn->writable, on_conn_writable, fd, EV_WRITE);
	ev_timer_init(&conn->more, on_conn_more, 0., 0.);
	ev_io_start(server->loop, &conn->readable);
	return conn;
}

/**
 * conn_free() - Hang up
 * @conn:	Connection, or NULL
 */
void conn_free(struct conn *conn)
{
	struct ev_loop *loop;

	if (!conn)
		return;

	loop = conn->server->loop;
	server_forget(conn->server, conn);
	ev_io_stop(loop, &conn->readable);
	ev_io_stop(loop, &conn->writable);
	ev_timer_stop(loop, &conn->more);
	request_done(conn);
	drop_passed_fd(conn);
	jsonrpc_framer_fini(&conn->framer);
	free(conn->out);
	close(conn->fd);
	free(conn);
}
