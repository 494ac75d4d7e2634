/* SPDX-License-Identifier: MIT */
/* server.c - the control socket: who is let in, and as what */

#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "captures.h"
#include "conn.h"
#include "dispatch.h"
#include "err.h"
#include "jsonrpc.h"
#include "log.h"
#include "macros.h"
#include "rundir.h"
#include "usock.h"
#include "version.h"
#include "vswitch.h"

enum {
	ACCEPTS_PER_TURN = 16,
};

static json_t *hello(const struct server *server, const struct conn *conn)
{
	json_t *params =
		json_pack("{s:i, s:s, s:s, s:i, s:s}", "protocol",
			  SERVER_PROTOCOL, "version", VSW_VERSION, "switch",
			  server->name, "pid", (int)getpid(), "access",
			  conn->access == CMD_ACCESS_WRITE ? "write" : "read");

	return jsonrpc_notification("hello", params);
}

/* Root and our own user may change things; who else may connect may look. */
static void identify(struct conn *conn)
{
	conn->access = CMD_ACCESS_READ;
	if (usock_peer(conn->fd, &conn->peer) < 0)
		return;

	if (conn->peer.uid == 0 || conn->peer.uid == geteuid())
		conn->access = CMD_ACCESS_WRITE;
}

static void turn_away(struct server *server, int fd)
{
	json_t *params = json_pack("{s:s, s:s}", "code", "limit", "message",
				   "too many clients");
	json_t *goodbye = jsonrpc_notification("goodbye", params);
	size_t len;
	char *line = jsonrpc_line(goodbye, &len);

	if (line)
		usock_send(fd, line, len, -1);
	free(line);
	json_decref(goodbye);
	close(fd);
	server->refused++;
}

static void let_in(struct server *server, int fd)
{
	struct conn *conn;

	if (server->n_conns == SERVER_MAX_CLIENTS) {
		events_limit(&server->sw->events, EVENTS_LIMIT_CLIENTS);
		turn_away(server, fd);
		return;
	}

	conn = conn_new(server, fd);
	if (!conn) {
		close(fd);
		return;
	}

	identify(conn);
	TAILQ_INSERT_TAIL(&server->conns, conn, link);
	server->n_conns++;
	conn_send(conn, hello(server, conn));
	conn_flush(conn);
}

/*
 * Out of descriptors, a client would wait in the queue and wake us for ever.
 * The spare one makes room to take it and turn it away.
 */
static void shed(struct server *server)
{
	int fd;

	events_limit(&server->sw->events, EVENTS_LIMIT_DESCRIPTORS);
	close(server->spare_fd);
	fd = usock_accept(server->fd);
	if (fd >= 0)
		turn_away(server, fd);
	server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_server_acceptable(struct ev_loop *loop, struct ev_io *w,
				 int revents)
{
	struct server *server = container_of(w, struct server, acceptable);

	(void)loop;
	(void)revents;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int fd = usock_accept(server->fd);

		if (fd == -EMFILE || fd == -ENFILE) {
			shed(server);
			continue;
		}
		if (fd < 0)
			return;
		let_in(server, fd);
	}
}

/*
 * The lock's file may be replaced between opening and locking it: try again.
 * Not over a symbolic link: the folder may be another user's, whom a root of
 * ours shall not help to empty other files.
 */
static int open_lock(const char *path, struct err *err)
{
	for (;;) {
		struct stat ours, theirs;
		char pid[16] = "";
		int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			      0644);
		int r;

		if (fd < 0)
			return err_errno(err, "cannot create %.80s", path);

		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			r = -errno;
			if (read(fd, pid, sizeof(pid) - 1) < 0)
				pid[0] = '\0';
			close(fd);
			if (r != -EWOULDBLOCK)
				return err_set(err, r, "cannot lock %.80s: %s",
					       path, strerror(-r));
			return err_set(err, -EEXIST,
				       "it is running already, as process %s",
				       pid);
		}

		if (!fstat(fd, &ours) && !stat(path, &theirs) &&
		    ours.st_ino == theirs.st_ino) {
			if (ftruncate(fd, 0) < 0 ||
			    dprintf(fd, "%d", (int)getpid()) < 0)
				log_warning(LOG_CONTROL, "cannot write to %s",
					    path);
			return fd;
		}

		close(fd);
	}
}

/**
 * server_lock() - Make sure that there is one switch of a name
 * @server:	Server, all zero
 * @switch_name: The switch's name
 * @err:	On failure, one sentence
 *
 * To be called before anything of that name is touched.
 *
 * Return: 0; -EEXIST if there is one already; -errno
 */
int server_lock(struct server *server, const char *switch_name, struct err *err)
{
	char path[sizeof(server->path)];

	snprintf(server->name, sizeof(server->name), "%s", switch_name);
	server->fd = -1;
	server->spare_fd = -1;
	server->lock_fd = -1;
	TAILQ_INIT(&server->conns);
	if (mkdir(rundir(), 0755) < 0 && errno != EEXIST)
		return err_errno(err, "cannot create %.80s", rundir());
	if (!rundir_path(path, sizeof(path), switch_name, "lock"))
		return err_set(err, -EINVAL, "%.80s is too long a path",
			       rundir());

	server->lock_fd = open_lock(path, err);
	return server->lock_fd < 0 ? server->lock_fd : 0;
}

/**
 * server_start() - Begin to serve clients
 * @server:	Server that holds its lock
 * @sw:		What is served
 * @loop:	Event loop
 * @err:	On failure, one sentence
 *
 * Return: 0, or -errno
 */
int server_start(struct server *server, struct vswitch *sw,
		 struct ev_loop *loop, struct err *err)
{
	const struct group *group = getgrnam("vsw");

	server->sw = sw;
	server->loop = loop;
	rundir_path(server->path, sizeof(server->path), server->name, "sock");
	unlink(server->path); /* a dead switch's: we have the lock */
	server->fd = usock_listen(server->path, group ? 0660 : 0600, err);
	if (server->fd < 0)
		return server->fd;

	if (group && chown(server->path, (uid_t)-1, group->gr_gid) < 0)
		log_warning(LOG_CONTROL, "cannot give %s to group vsw: %s",
			    server->path, strerror(errno));

	server->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ev_io_init(&server->acceptable, on_server_acceptable, server->fd,
		   EV_READ);
	ev_io_start(loop, &server->acceptable);
	return 0;
}

/**
 * server_hang_up() - Serve nobody any longer, and remove the socket
 * @server:	Server, started or not; keeps its lock
 */
void server_hang_up(struct server *server)
{
	while (!TAILQ_EMPTY(&server->conns)) {
		conn_flush(TAILQ_FIRST(&server->conns));
		conn_free(TAILQ_FIRST(&server->conns));
	}

	if (server->fd < 0)
		return;

	ev_io_stop(server->loop, &server->acceptable);
	unlink(server->path);
	close(server->fd);
	close(server->spare_fd);
	server->fd = -1;
}

/**
 * server_unlock() - Let another switch of this name start
 * @server:	Server, locked or not
 */
void server_unlock(struct server *server)
{
	char path[sizeof(server->path)];

	if (server->lock_fd < 0)
		return;

	if (rundir_path(path, sizeof(path), server->name, "lock"))
		unlink(path);
	close(server->lock_fd);
	server->lock_fd = -1;
}

/**
 * server_forget() - A client is gone
 * @server:	Server
 * @conn:	Its connection, about to be freed
 */
void server_forget(struct server *server, struct conn *conn)
{
	dispatch_forget(conn);
	captures_end_of(server->sw, conn);
	subscribers_forget(&server->sw->events.subscribers, conn);
	attach_forget_conn(server->sw, conn);
	mirrors_forget_conn(server->sw, conn);
	labs_forget_conn(&server->sw->labs, conn);
	TAILQ_REMOVE(&server->conns, conn, link);
	server->n_conns--;
}
