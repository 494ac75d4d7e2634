/* SPDX-License-Identifier: MIT */
/*
 * subscribers.h - clients that are told of events as they happen
 *
 * Each is a reader of the journal, so nothing is queued for anybody: one that
 * does not keep up stays behind, and when it reads again and the journal has
 * gone on without it, it is told how many events it has lost. What is new is
 * delivered at the end of the turn of the loop in which it happened.
 */
#ifndef SUBSCRIBERS_H
#define SUBSCRIBERS_H

#include <ev.h>
#include <stdint.h>
#include <sys/queue.h>

#include "journal.h"

struct conn;

enum {
	SUBSCRIBERS_PER_TURN = 16, /* notifications to all of them */
	SUBSCRIBERS_BACKLOG_MAX = 65536, /* bytes one has not read */
};

struct subscribers {
	struct ev_loop *loop;
	const struct journal *journal;
	struct ev_prepare deliver; /* before each wait, after the frames */
	struct ev_timer more; /* at zero: some are left for the next turn */
	uint64_t delivered; /* nobody need be looked at until there are more */
	TAILQ_HEAD(subscriber_list, subscriber) list;
	size_t n;
};

void subscribers_start(struct subscribers *subscribers, struct ev_loop *loop,
		       const struct journal *journal);
void subscribers_stop(struct subscribers *subscribers);
int subscribers_add(struct subscribers *subscribers, struct conn *conn,
		    const struct journal_reader *reader);
void subscribers_forget(struct subscribers *subscribers,
			const struct conn *conn);

#endif /* SUBSCRIBERS_H */
