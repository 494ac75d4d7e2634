/* SPDX-License-Identifier: MIT */
/*
 * server.h - the control socket: who is let in, and as what
 *
 * One switch of a name at a time: the server holds a lock beside its socket,
 * which outlives no process, so a socket without one is a dead switch's and is
 * replaced.
 */
#ifndef SERVER_H
#define SERVER_H

#include <ev.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct conn;
struct err;
struct vswitch;

enum {
	SERVER_MAX_CLIENTS = 64,
	SERVER_PROTOCOL = 1,
};

struct server {
	struct vswitch *sw;
	struct ev_loop *loop;
	char name[64]; /* of the switch */
	char path[108]; /* of the socket */
	int lock_fd;
	int spare_fd; /* given up to turn clients away when there is none */
	int fd;
	struct ev_io acceptable;
	TAILQ_HEAD(conns, conn) conns;
	size_t n_conns;
	uint64_t refused; /* clients there was no room for */
};

int server_lock(struct server *server, const char *switch_name,
		struct err *err);
int server_start(struct server *server, struct vswitch *sw,
		 struct ev_loop *loop, struct err *err);
void server_hang_up(struct server *server);
void server_unlock(struct server *server);
void server_forget(struct server *server, struct conn *conn);

#endif /* SERVER_H */
