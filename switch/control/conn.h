/* SPDX-License-Identifier: MIT */
/*
 * conn.h - one client of the control socket
 *
 * Takes lines in, has them answered, and sends answers and notifications out.
 * Bounded in every direction: the length of a line, the requests served per
 * turn of the loop, the answers that wait to be read. A client that stops
 * reading stops being served, and costs nobody else anything.
 */
#ifndef CONN_H
#define CONN_H

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "cmd.h"
#include "jsonrpc.h"
#include "usock.h"

struct conn;
struct server;

enum {
	CONN_REQUESTS_PER_TURN = 10,
	CONN_BACKLOG_MAX = 1 << 20, /* bytes of answers not read */
};

/* A request that is being served, maybe over several turns of the loop. */
struct request {
	struct jsonrpc_request message;
	const struct cmd_spec *spec; /* NULL if there is no such method */
	uint64_t cursor; /* for handlers: where they go on next turn */
	uint64_t count; /* for handlers: what they have done so far */
	json_t *rows; /* for handlers: what the answer has so far; owned */
	bool pending; /* a handler asked to be called again, ... */
	bool waiting; /* ... or waits for something: see dispatch_end() */
};

struct conn {
	TAILQ_ENTRY(conn) link; /* in server->conns */
	struct server *server;
	int fd;
	struct ev_io readable;
	struct ev_io writable;
	bool went_on; /* in this turn, when its request had waited */
	struct ev_timer more; /* at zero: lines are left for the next turn; or
			       * fed, for this one */
	struct jsonrpc_framer framer;
	struct request request;
	struct usock_peer peer; /* all zero if the kernel did not say */
	enum cmd_access access;
	bool closing; /* when all has been sent, whatever is left to serve */
	bool said_all; /* the client, that is; answers may still be due */
	uint64_t n_received, n_served; /* bytes of requests so far */
	int passed_fd; /* came along with a request; -1 for none */
	uint64_t passed_at; /* value of n_received then */
	char *out; /* answers not yet sent: [out_start, out_end) */
	size_t out_start, out_end, out_size;
};

struct conn *conn_new(struct server *server, int fd);
void conn_free(struct conn *conn);
void conn_send(struct conn *conn, json_t *message);
void conn_send_line(struct conn *conn, const char *line, size_t len);
size_t conn_backlog(const struct conn *conn);
int conn_take_fd(struct conn *conn);
void conn_resume(struct conn *conn);
void conn_flush(struct conn *conn);

#endif /* CONN_H */
