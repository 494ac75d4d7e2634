/* SPDX-License-Identifier: MIT */
/* worker.c - a second process, for what may wait */

#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "macros.h"
#include "nswatch.h"
#include "room.h"
#include "usock.h"
#include "workbench.h"

enum {
	START_TIMEOUT_MS = 5000,
	RESULTS_PER_TURN = 32,
	QUEUE_SIZE = 1 << 20, /* bytes: a job of every client and then some */
};

/* A job under way: who waits for its result. */
struct worker_ticket {
	TAILQ_ENTRY(worker_ticket) link;
	worker_on_done *on_done;
	void *user;
};

/* A cable to be cut in the next turn, or when the worker's queue has room. */
struct worker_cut {
	STAILQ_ENTRY(worker_cut) link;
	struct cable cable;
	int fd;
};

static void finish(struct worker *worker, const struct worker_result *result)
{
	struct worker_ticket *ticket = TAILQ_FIRST(&worker->tickets);

	TAILQ_REMOVE(&worker->tickets, ticket, link);
	if (ticket->on_done)
		ticket->on_done(result, ticket->user);
	else if (result->code < 0)
		log_warning(LOG_HOST, "%s", result->err.msg);
	free(ticket);
}

static int say_dead(struct err *err)
{
	err_set(err, -EIO, "the process that arranges cables has died");
	err_hint(err, "frames are still forwarded; start vswd anew when you "
		      "can");
	return -EIO;
}

/* The one at the head of the queue. */
static void drop_cut(struct worker *worker)
{
	struct worker_cut *cut = STAILQ_FIRST(&worker->cuts);

	STAILQ_REMOVE_HEAD(&worker->cuts, link);
	if (cut->fd >= 0)
		close(cut->fd);
	free(cut);
}

static void hang_up(struct worker *worker)
{
	ev_io_stop(worker->loop, &worker->readable);
	ev_io_stop(worker->loop, &worker->writable);
	close(worker->fd);
	worker->fd = -1;
	while (!STAILQ_EMPTY(&worker->cuts))
		drop_cut(worker);
}

static void on_death(struct worker *worker)
{
	struct worker_result result = WORKER_NO_RESULT;

	log_error(LOG_HOST, "the process that arranges cables has died");
	hang_up(worker);
	waitpid(worker->pid, NULL, WNOHANG);

	result.code = say_dead(&result.err);
	while (!TAILQ_EMPTY(&worker->tickets))
		finish(worker, &result);
}

/* Return: whether there may be more */
static bool take_result(struct worker *worker)
{
	struct worker_result result = WORKER_NO_RESULT;
	int fds[2];
	ssize_t n = usock_recv_fds(worker->fd, &result, sizeof(result), fds,
				   ARRAY_SIZE(fds));

	if (n == -EAGAIN || n == -EINTR)
		return false;
	if (n != (ssize_t)sizeof(result) || TAILQ_EMPTY(&worker->tickets)) {
		on_death(worker);
		return false;
	}

	result.fd = fds[0]; /* its number here */
	result.missed_fd = fds[1];
	finish(worker, &result);
	return worker->fd >= 0;
}

/*
 * Several a turn, for a turn may be long: while a thousand ports are attached,
 * each of them is greeted by floods, and the worker must not wait for that.
 */
static void on_worker_readable(struct ev_loop *loop, struct ev_io *w,
			       int revents)
{
	struct worker *worker = container_of(w, struct worker, readable);

	(void)loop;
	(void)revents;
	for (int i = 0; i < RESULTS_PER_TURN; i++) {
		if (!take_result(worker))
			return;
	}
}

/*
 * Hand over the descriptor, and do not say what for until ours is closed: who
 * closes the last one waits for the kernel.
 */
static int send_cut(struct worker *worker, struct worker_cut *cut)
{
	const struct worker_job job = { .task = WORKER_CUT,
					.cable = cut->cable };
	ssize_t n;

	if (cut->fd >= 0) {
		n = usock_send(worker->fd, "", WORKER_HANDOVER_SIZE, cut->fd);
		if (n < 0)
			return (int)n;
		close(cut->fd);
		cut->fd = -1;
	}

	n = usock_send(worker->fd, &job, sizeof(job), -1);
	return n < 0 ? (int)n : 0;
}

/* Return: 0, or -errno if some are still to be sent */
static int send_cuts(struct worker *worker)
{
	struct worker_cut *cut;
	int r;

	while ((cut = STAILQ_FIRST(&worker->cuts))) {
		r = send_cut(worker, cut);
		if (r < 0)
			return r;
		drop_cut(worker);
	}
	ev_io_stop(worker->loop, &worker->writable);
	return 0;
}

static void on_worker_writable(struct ev_loop *loop, struct ev_io *w,
			       int revents)
{
	(void)loop;
	(void)revents;
	/* If it fails, for now; of the worker's death we hear by reading. */
	send_cuts(container_of(w, struct worker, writable));
}

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* What else the daemon has open, its lock for one, is none of our business. */
static void close_others(int fd, const struct room *room,
			 const struct nswatch *watch)
{
	int keep[ROOM_N_FDS + 3] = { STDERR_FILENO, fd,
				     nswatch_names_fd(watch) };
	unsigned from;

	room_fds(room, keep + 3);
	qsort(keep, ARRAY_SIZE(keep), sizeof(keep[0]), compare_ints);
	for (size_t i = 0; i + 1 < ARRAY_SIZE(keep); i++) {
		from = (unsigned)keep[i] + 1;
		if (keep[i + 1] > keep[i] + 1)
			close_range(from, (unsigned)keep[i + 1] - 1, 0);
	}
	close_range((unsigned)keep[ARRAY_SIZE(keep) - 1] + 1, ~0U, 0);
}

/* Signals are for the daemon; the worker ends when the daemon hangs up. */
static void become_worker(int fd, struct room *room,
			  const struct nswatch *watch, const char *switch_name)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "vswd-worker");
	if (getppid() == 1)
		_exit(0); /* the daemon was quicker to die */
	close_others(fd, room, watch);
	workbench_run(fd, room, watch, switch_name);
}

/* Its first message says whether it can work at all. */
static int await_ready(struct worker *worker, struct err *err)
{
	struct pollfd pollfd = { .fd = worker->fd, .events = POLLIN };
	struct worker_result result;
	int fd = -1;

	if (poll(&pollfd, 1, START_TIMEOUT_MS) != 1 ||
	    usock_recv(worker->fd, &result, sizeof(result), &fd) !=
		    (ssize_t)sizeof(result))
		return say_dead(err);

	if (result.code)
		*err = result.err;
	return result.code;
}

/**
 * worker_start() - Start the worker
 * @worker:	In the caller's memory
 * @loop:	Event loop in which results are delivered
 * @room:	Back room, open
 * @watch:	Where folders to be watched are added
 * @switch_name: Name of the switch
 * @err:	On failure, one sentence
 *
 * To be called while the daemon has few descriptors: the worker inherits them.
 *
 * Return: 0, or -errno
 */
int worker_start(struct worker *worker, struct ev_loop *loop, struct room *room,
		 const struct nswatch *watch, const char *switch_name,
		 struct err *err)
{
	int fds[2];
	int r;

	TAILQ_INIT(&worker->tickets);
	STAILQ_INIT(&worker->cuts);
	worker->loop = loop;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return err_errno(err, "cannot make a socket pair");

	worker->pid = fork();
	if (worker->pid < 0) {
		r = err_errno(err, "cannot start a process");
		close(fds[0]);
		close(fds[1]);
		return r;
	}

	if (!worker->pid) {
		close(fds[0]);
		become_worker(fds[1], room, watch, switch_name);
	}

	close(fds[1]);
	worker->fd = fds[0];
	fcntl(worker->fd, F_SETFL, O_NONBLOCK);
	setsockopt(worker->fd, SOL_SOCKET, SO_SNDBUFFORCE,
		   &(const int){ QUEUE_SIZE }, sizeof(int));
	ev_io_init(&worker->readable, on_worker_readable, worker->fd, EV_READ);
	ev_io_init(&worker->writable, on_worker_writable, worker->fd, EV_WRITE);
	r = await_ready(worker, err);
	if (r < 0) {
		worker_stop(worker);
		return r;
	}

	ev_io_start(loop, &worker->readable);
	return 0;
}

/**
 * worker_stop() - Let the worker finish what it is at, and wait for its end
 * @worker:	Worker, started or all zero
 *
 * Jobs under way get their result, which is failure, before this returns.
 */
void worker_stop(struct worker *worker)
{
	struct worker_result result = WORKER_NO_RESULT;

	if (!worker->pid)
		return;

	if (worker->fd >= 0)
		hang_up(worker);
	waitpid(worker->pid, NULL, 0);
	worker->pid = 0;

	result.code =
		err_set(&result.err, -ECANCELED, "the switch is stopping");
	while (!TAILQ_EMPTY(&worker->tickets))
		finish(worker, &result);
}

/*
 * By the next turn of the loop our caller has closed its own descriptor.
 *
 * Return: 0, or -ENOMEM
 */
static int cut_later(struct worker *worker, const struct cable *cable, int fd)
{
	struct worker_cut *cut = calloc(1, sizeof(*cut));

	if (!cut)
		return -ENOMEM;

	cut->cable = *cable;
	cut->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	STAILQ_INSERT_TAIL(&worker->cuts, cut, link);
	ev_io_start(worker->loop, &worker->writable);
	return 0;
}

/* In order: what was put off is before what comes now. */
static int send_job(struct worker *worker, const struct worker_job *job, int fd)
{
	ssize_t n;

	if (job->task == WORKER_CUT)
		return cut_later(worker, &job->cable, fd);

	n = send_cuts(worker);
	if (!n)
		n = usock_send(worker->fd, job, sizeof(*job), fd);
	if (n < 0)
		return (int)n;

	return n == (ssize_t)sizeof(*job) ? 0 : -EIO;
}

/**
 * worker_submit() - Give the worker something to do
 * @worker:	Worker
 * @job:	What; copied
 * @pass_fd:	Descriptor the worker closes when the job is done, or -1; the
 *		caller's own copy stays the caller's. One that comes with a
 *		cable to be cut is to be closed before anything else is
 *		submitted, so that the worker's is the last
 * @on_done:	Called with the result, never before this returns; NULL: a
 *		failure is logged
 * @user:	Passed to it
 * @err:	On failure, one sentence
 *
 * A cable to be cut is always taken, since who has lost one cannot do without.
 *
 * Return: 0; -EAGAIN if too many jobs are waiting; -EIO if the worker is dead;
 * -ENOMEM
 */
int worker_submit(struct worker *worker, const struct worker_job *job,
		  int pass_fd, worker_on_done *on_done, void *user,
		  struct err *err)
{
	struct worker_ticket *ticket;
	int r;

	if (worker->fd < 0)
		return say_dead(err);

	ticket = calloc(1, sizeof(*ticket));
	r = ticket ? send_job(worker, job, pass_fd) : -ENOMEM;
	if (r < 0) {
		free(ticket);
		if (r == -ENOMEM)
			return err_set(err, r, "out of memory");
		if (r == -EAGAIN)
			return err_set(err, r,
				       "too many cables are waiting to be laid "
				       "or cut");
		return say_dead(err);
	}

	ticket->on_done = on_done;
	ticket->user = user;
	TAILQ_INSERT_TAIL(&worker->tickets, ticket, link);
	return 0;
}
