/* SPDX-License-Identifier: MIT */
/* subscribers.c - clients that are told of events as they happen */

#include "subscribers.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "event_json.h"
#include "jsonrpc.h"
#include "macros.h"

struct subscriber {
	TAILQ_ENTRY(subscriber) link;
	struct conn *conn;
	struct journal_reader reader;
};

/* The newest line that was made: most subscribers are at the same event. */
struct line {
	char *text; /* or NULL */
	size_t len;
	struct journal_reader before, after; /* of whoever was sent it */
};

static bool same_place(const struct journal_reader *a,
		       const struct journal_reader *b)
{
	return a->seen == b->seen && a->restarted == b->restarted;
}

static void make_line(const struct journal *journal, struct line *line,
		      struct journal_reader reader)
{
	json_t *message;

	free(line->text);
	line->before = line->after = reader;
	message = jsonrpc_notification("event",
				       event_json_next(journal, &line->after));
	line->text = jsonrpc_line(message, &line->len);
	json_decref(message);
}

static bool is_behind(const struct subscriber *subscriber, uint64_t last)
{
	return subscriber->reader.restarted || subscriber->reader.seen < last;
}

/* As much as it may get this turn; returns whether it could do with more. */
static bool serve(const struct subscribers *subscribers,
		  struct subscriber *subscriber, struct line *line)
{
	const struct journal *journal = subscribers->journal;
	size_t share = 1 + SUBSCRIBERS_PER_TURN / subscribers->n;

	for (; is_behind(subscriber, journal->last); share--) {
		if (conn_backlog(subscriber->conn) >= SUBSCRIBERS_BACKLOG_MAX)
			return false; /* its socket will wake us */
		if (!share)
			return true;
		if (!line->text ||
		    !same_place(&line->before, &subscriber->reader))
			make_line(journal, line, subscriber->reader);
		conn_send_line(subscriber->conn, line->text, line->len);
		subscriber->reader = line->after;
	}

	return false;
}

static void on_subscribers_deliver(struct ev_loop *loop, struct ev_prepare *w,
				   int revents)
{
	struct subscribers *subscribers =
		container_of(w, struct subscribers, deliver);
	const uint64_t last = subscribers->journal->last;
	struct subscriber *subscriber;
	struct line line = { .text = NULL };
	bool behind = false, more = false;

	(void)revents;
	if (subscribers->delivered == last)
		return;

	TAILQ_FOREACH (subscriber, &subscribers->list, link) {
		more |= serve(subscribers, subscriber, &line);
		behind |= is_behind(subscriber, last);
	}
	free(line.text);
	if (!behind)
		subscribers->delivered = last;
	if (more)
		ev_timer_start(loop, &subscribers->more);
}

/* To be due is all it does: the loop polls, and does not wait. */
static void on_subscribers_more(struct ev_loop *loop, struct ev_timer *w,
				int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
}

/**
 * subscribers_start() - Deliver from now on
 * @subscribers: In the caller's memory
 * @loop:	Event loop
 * @journal:	What is read; has to outlive them
 */
void subscribers_start(struct subscribers *subscribers, struct ev_loop *loop,
		       const struct journal *journal)
{
	subscribers->loop = loop;
	subscribers->journal = journal;
	TAILQ_INIT(&subscribers->list);
	ev_timer_init(&subscribers->more, on_subscribers_more, 0., 0.);
	ev_prepare_init(&subscribers->deliver, on_subscribers_deliver);
	/* After the data path: what it tells goes out in the same turn. */
	ev_set_priority(&subscribers->deliver, EV_MINPRI);
	ev_prepare_start(loop, &subscribers->deliver);
}

/**
 * subscribers_stop() - Deliver nothing any more
 * @subscribers: Subscribers, none of which is left; or all zero
 */
void subscribers_stop(struct subscribers *subscribers)
{
	if (!subscribers->loop)
		return;

	ev_prepare_stop(subscribers->loop, &subscribers->deliver);
	ev_timer_stop(subscribers->loop, &subscribers->more);
}

static struct subscriber *find(const struct subscribers *subscribers,
			       const struct conn *conn)
{
	struct subscriber *subscriber;

	TAILQ_FOREACH (subscriber, &subscribers->list, link) {
		if (subscriber->conn == conn)
			return subscriber;
	}

	return NULL;
}

/**
 * subscribers_add() - Tell a client of events
 * @subscribers: Subscribers
 * @conn:	Client's connection; one that is there already goes elsewhere
 * @reader:	Where it begins
 *
 * Return: 0, or -ENOMEM
 */
int subscribers_add(struct subscribers *subscribers, struct conn *conn,
		    const struct journal_reader *reader)
{
	struct subscriber *subscriber = find(subscribers, conn);

	if (!subscriber) {
		subscriber = calloc(1, sizeof(*subscriber));
		if (!subscriber)
			return -ENOMEM;
		subscriber->conn = conn;
		TAILQ_INSERT_TAIL(&subscribers->list, subscriber, link);
		subscribers->n++;
	}

	subscriber->reader = *reader;
	subscribers->delivered = UINT64_MAX; /* look at all, next time */
	return 0;
}

/**
 * subscribers_forget() - A client has hung up
 * @subscribers: Subscribers
 * @conn:	Its connection, subscribed or not
 */
void subscribers_forget(struct subscribers *subscribers,
			const struct conn *conn)
{
	struct subscriber *subscriber = find(subscribers, conn);

	if (!subscriber)
		return;

	TAILQ_REMOVE(&subscribers->list, subscriber, link);
	subscribers->n--;
	free(subscriber);
}
