/* SPDX-License-Identifier: MIT */
/*
 * condition.h - is it true, what a script expects?
 *
 * A condition is asked for once, and from then on listens to events, so that
 * nothing is missed that lasts but a moment. Once it has been true it stays
 * so: "port web up" means that it has been up.
 *
 * What events do not tell of, or not each time, is asked again and again:
 * whether one port reaches another, and whether frames are dropped. Of drops
 * that go on only the first makes an event, and of frames the kernel lost
 * none does.
 */
#ifndef CONDITION_H
#define CONDITION_H

#include <jansson.h>
#include <stdbool.h>

#include "client.h"
#include "expr.h"
#include "mtime.h"
#include "problem.h"

struct condition {
	struct expr expr;
	char text[EXPR_TEXT_MAX]; /* the expression */
	bool waits; /* for what happens, instead of what has happened */
	bool met;
	bool failed; /* and cannot become true any more */
	bool stale; /* an event says: ask again */
	mtime_t again; /* when to ask in any case, if events do not tell */
	char seen[160]; /* instead: one sentence */
	json_t *before; /* ports when it began, by name: for drops */
};

enum status condition_parse(struct condition *condition, const char *text,
			    struct problem *problem);
void condition_fini(struct condition *condition);
bool condition_is_event(const struct condition *condition);
enum status condition_begin(struct condition *condition, bool waits,
			    struct client *client, struct problem *problem);
void condition_note(struct condition *condition, const json_t *event);
mtime_t condition_wake(const struct condition *condition, mtime_t deadline);
enum status condition_ask_again(struct condition *condition,
				struct client *client, struct problem *problem);
enum status condition_end(struct condition *condition, struct client *client,
			  struct problem *problem);

#endif /* CONDITION_H */
