/* SPDX-License-Identifier: MIT */
/* captures.c - the captures that run */

#include "captures.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>

#include "capture.h"
#include "conn.h"
#include "err.h"
#include "jsonrpc.h"
#include "log.h"
#include "macros.h"
#include "vswitch.h"

struct running {
	TAILQ_ENTRY(running) link;
	struct vswitch *sw;
	struct conn *conn; /* who is told of the end; NULL if it hung up */
	struct capture *capture;
	bool pending; /* to be written at the end of this turn */
	struct ev_io writable; /* while the pipe is full */
	struct ev_io broken; /* readable, if ever, when the reader is gone */
	json_t *ports; /* names, as asked for */
	uint64_t id;
};

static void running_free(struct running *running)
{
	struct captures *captures = &running->sw->captures;

	ev_io_stop(running->sw->loop, &running->writable);
	ev_io_stop(running->sw->loop, &running->broken);
	capture_free(running->capture);
	json_decref(running->ports);
	TAILQ_REMOVE(&captures->list, running, link);
	if (--captures->n == 0)
		ev_prepare_stop(running->sw->loop, &captures->flush);
	free(running);
}

/* All is written, or there is nobody left to write it for. */
static void conclude(struct running *running)
{
	const struct capture_counts counts = capture_counts(running->capture);
	json_t *params = json_pack(
		"{s:I, s:I, s:I}", "capture", (json_int_t)running->id, "frames",
		(json_int_t)counts.frames, "missed", (json_int_t)counts.missed);
	struct conn *conn = running->conn;

	log_info(LOG_CAPTURE, "capture %llu ended: %llu frames, %llu missed",
		 (unsigned long long)running->id,
		 (unsigned long long)counts.frames,
		 (unsigned long long)counts.missed);
	running_free(running);
	if (conn)
		conn_send(conn, jsonrpc_notification("capture.end", params));
	else
		json_decref(params);
}

static void serve(struct running *running)
{
	struct capture *capture = running->capture;
	struct ev_loop *loop = running->sw->loop;
	int r;

	running->pending = false;
	if (capture_is_full(capture))
		capture_finish(capture, running->sw->clock.wall_ns);

	r = capture_write(capture);
	if (r < 0 || (r == 1 && capture_is_finished(capture)))
		conclude(running);
	else if (r == 1)
		ev_io_stop(loop, &running->writable);
	else
		ev_io_start(loop, &running->writable);
}

static void on_running_writable(struct ev_loop *loop, struct ev_io *w,
				int revents)
{
	(void)loop;
	(void)revents;
	serve(container_of(w, struct running, writable));
}

/*
 * Before the loop waits, and after the frames of this turn. To ask the kernel
 * whether a pipe is writable would cost two system calls more for each burst.
 */
static void on_captures_flush(struct ev_loop *loop, struct ev_prepare *w,
			      int revents)
{
	struct captures *captures = container_of(w, struct captures, flush);
	struct running *running = TAILQ_FIRST(&captures->list);

	(void)loop;
	(void)revents;
	while (running) {
		struct running *next = TAILQ_NEXT(running, link);

		/* A pipe that is full is waited for. */
		if (running->pending && !ev_is_active(&running->writable))
			serve(running);
		running = next;
	}
}

static void on_running_broken(struct ev_loop *loop, struct ev_io *w,
			      int revents)
{
	(void)loop;
	(void)revents;
	conclude(container_of(w, struct running, broken));
}

/* In the middle of a batch: only note that there is work. */
static void on_capture_pending(struct capture *capture, void *user)
{
	struct running *running = user;

	(void)capture;
	running->pending = true;
}

/**
 * captures_init() - No capture runs
 * @captures:	In the caller's memory
 */
void captures_init(struct captures *captures)
{
	TAILQ_INIT(&captures->list);
	ev_prepare_init(&captures->flush, on_captures_flush);
	ev_set_priority(&captures->flush, EV_MINPRI); /* after the frames */
}

/**
 * captures_fini() - End all captures in good order, as far as pipes allow
 * @sw:		Switch
 */
void captures_fini(struct vswitch *sw)
{
	while (!TAILQ_EMPTY(&sw->captures.list)) {
		struct running *running = TAILQ_FIRST(&sw->captures.list);

		/* Not a freed one: conclude() takes it off the list.
		 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		capture_finish(running->capture, sw->clock.wall_ns);
		capture_write(running->capture);
		conclude(running);
	}
}

/**
 * captures_start() - Start a capture for a client
 * @sw:		Switch
 * @conn:	Client's connection
 * @config:	What to record; its pipe is the capture's on success
 * @ports:	Names of the ports, for captures_show(); NULL for all
 * @ret_id:	On success, the number of the capture
 * @err:	On failure, one sentence
 *
 * Return: 0; -ENOSPC if there are too many; see capture_open()
 */
int captures_start(struct vswitch *sw, struct conn *conn,
		   struct capture_config *config, json_t *ports,
		   uint64_t *ret_id, struct err *err)
{
	struct captures *captures = &sw->captures;
	struct running *running;
	int r;

	if (captures->n == CAPTURES_MAX) {
		events_limit(&sw->events, EVENTS_LIMIT_CAPTURES);
		return err_set(err, -ENOSPC, "%d captures are running already",
			       CAPTURES_MAX);
	}

	running = calloc(1, sizeof(*running));
	if (!running)
		return err_set(err, -ENOMEM, "out of memory");

	config->on_pending = on_capture_pending;
	config->user = running;
	r = capture_open(&running->capture, sw->bridge, config, err);
	if (r < 0) {
		free(running);
		return r;
	}

	running->sw = sw;
	running->conn = conn;
	running->ports = ports ? json_incref(ports) : json_array();
	running->id = ++captures->last_id;
	TAILQ_INSERT_TAIL(&captures->list, running, link);
	if (captures->n++ == 0)
		ev_prepare_start(sw->loop, &captures->flush);
	running->pending = true; /* what describes the ports */
	ev_io_init(&running->writable, on_running_writable,
		   capture_fd(running->capture), EV_WRITE);
	ev_io_init(&running->broken, on_running_broken,
		   capture_fd(running->capture), EV_READ);
	ev_io_start(sw->loop, &running->broken);
	*ret_id = running->id;
	return 0;
}

/**
 * captures_stop() - Let a capture come to its end
 * @sw:		Switch
 * @conn:	Connection that started it
 * @id:		Its number
 * @err:	On failure, one sentence
 *
 * Return: 0; -ENOENT if @conn has no such capture
 */
int captures_stop(struct vswitch *sw, const struct conn *conn, uint64_t id,
		  struct err *err)
{
	struct running *running;

	TAILQ_FOREACH (running, &sw->captures.list, link) {
		if (running->conn != conn || running->id != id)
			continue;

		capture_finish(running->capture, sw->clock.wall_ns);
		running->pending = true;
		return 0;
	}

	return err_set(err, -ENOENT, "there is no capture %llu of yours",
		       (unsigned long long)id);
}

/**
 * captures_end_of() - End the captures of a client that hung up
 * @sw:		Switch
 * @conn:	Its connection
 */
void captures_end_of(struct vswitch *sw, const struct conn *conn)
{
	struct running *running = TAILQ_FIRST(&sw->captures.list);

	while (running) {
		struct running *next = TAILQ_NEXT(running, link);

		if (running->conn == conn) {
			capture_finish(running->capture, sw->clock.wall_ns);
			capture_write(running->capture);
			running_free(running);
		}
		running = next;
	}
}

/**
 * captures_port_gone() - A port is heard of no more; captures go on
 * @sw:		Switch
 * @port:	Port
 * @why:	A phrase for the record: "its interface was deleted"
 */
void captures_port_gone(struct vswitch *sw, const struct port *port,
			const char *why)
{
	struct running *running;

	TAILQ_FOREACH (running, &sw->captures.list, link)
		capture_end_port(running->capture, port, why,
				 sw->clock.wall_ns);
}

/**
 * captures_show() - Describe the captures that run
 * @sw:		Switch
 *
 * Return: an array, as switch.show has it
 */
json_t *captures_show(const struct vswitch *sw)
{
	json_t *list = json_array();
	struct running *running;

	TAILQ_FOREACH (running, &sw->captures.list, link) {
		const struct capture_counts counts =
			capture_counts(running->capture);
		const char *filter = capture_filter(running->capture);

		json_array_append_new(
			list, json_pack("{s:I, s:O, s:s?, s:I, s:I}", "capture",
					(json_int_t)running->id, "ports",
					running->ports, "filter", filter,
					"frames", (json_int_t)counts.frames,
					"missed", (json_int_t)counts.missed));
	}

	return list;
}
