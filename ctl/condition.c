/* SPDX-License-Identifier: MIT */
/* condition.c - is it true, what a script expects? */

#include "condition.h"

#include <stdio.h>
#include <string.h>

#include "condition_ask.h"
#include "deadline.h"
#include "value.h"

enum {
	ASK_AGAIN_MS = 200,
};

static bool is_kind(const json_t *event, const char *kind)
{
	return !strcmp(value_text(event, "kind"), kind);
}

static bool is_about_port(const struct expr *expr, const json_t *event)
{
	for (size_t i = 0; i < expr->n_ports; i++) {
		if (!strcmp(expr->ports[i], value_text(event, "port")))
			return true;
	}

	return false;
}

static bool is_about_station(const struct expr *expr, const json_t *event)
{
	return !strcmp(expr->mac, value_text(event, "mac")) &&
	       (expr->vlan < 0 ||
		(uint64_t)expr->vlan == value_number(event, "vlan"));
}

static void note_port_event(struct condition *condition, const json_t *event)
{
	if (!is_about_port(&condition->expr, event))
		return;
	if (is_kind(event, "port-state"))
		condition_see_state(condition, value_text(event, "state"));
	else if (is_kind(event, "port-attached"))
		condition_see_state(condition,
				    "down"); /* and another event, if not */
	else if (is_kind(event, "port-detached"))
		condition_see_state(condition, "detached");
}

static void note_place_event(struct condition *condition, const json_t *event)
{
	if (is_about_station(&condition->expr, event))
		condition_see_place(condition, value_text(event, "port"));
}

static void note_doing_event(struct condition *condition, const json_t *event)
{
	const char *word = condition->expr.word;
	const bool learned = is_kind(event, "station-learned");
	const bool moved = is_kind(event, "station-moved");
	const bool flaps = is_kind(event, "flapping-started");

	if (!is_about_station(&condition->expr, event))
		return;
	if ((learned && !strcmp(word, "learned")) ||
	    ((moved || flaps) && !strcmp(word, "moved")) ||
	    (flaps && !strcmp(word, "flapping")))
		condition->met = true;
	else if (moved)
		condition_see(condition, "it has moved to %.20s",
			      value_text(event, "port"));
	else if (learned)
		condition_see(condition, "it was learned on %.20s",
			      value_text(event, "port"));
}

static void note_drop_event(struct condition *condition, const json_t *event)
{
	if (!is_kind(event, "drops-started") ||
	    !is_about_port(&condition->expr, event))
		return;

	if (condition->expr.kind == EXPR_DROP) {
		condition->met = true;
		return;
	}
	condition->failed = true;
	condition_see(condition, "port %.20s has begun to drop frames (%.30s)",
		      value_text(event, "port"), value_text(event, "reason"));
}

/* What is known only in part, or was changed by somebody: better ask. */
static bool calls_for_asking(const struct expr *expr, const json_t *event)
{
	const bool lost = is_kind(event, "lost");

	switch (expr->kind) {
	case EXPR_PORT:
		return lost;
	case EXPR_MAC:
	case EXPR_STATION:
		return lost || is_kind(event, "more-learned") ||
		       is_kind(event, "more-moved") || is_kind(event, "config");
	case EXPR_REACHES:
		/* Ours, for one; and none of them makes a difference. */
		return !is_kind(event, "config") ||
		       strcmp(value_text(event, "method"), "forward.inject");
	case EXPR_DROP:
	case EXPR_NO_DROPS:
		break;
	}

	return false;
}

/**
 * condition_note() - Note what has happened
 * @condition:	Condition, begun
 * @event:	Params of a notification "event"
 */
void condition_note(struct condition *condition, const json_t *event)
{
	if (condition->met || condition->failed)
		return;

	condition->stale |= calls_for_asking(&condition->expr, event);
	switch (condition->expr.kind) {
	case EXPR_PORT:
		note_port_event(condition, event);
		break;
	case EXPR_MAC:
		note_place_event(condition, event);
		break;
	case EXPR_STATION:
		note_doing_event(condition, event);
		break;
	case EXPR_DROP:
	case EXPR_NO_DROPS:
		note_drop_event(condition, event);
		break;
	case EXPR_REACHES:
		break;
	}
}

/**
 * condition_parse() - Understand a condition
 * @condition:	In the caller's memory; condition_fini() it in either case
 * @text:	Expression, as in expr.h
 * @problem:	Where to say what is wrong
 *
 * Return: STATUS_DONE, or STATUS_USAGE
 */
enum status condition_parse(struct condition *condition, const char *text,
			    struct problem *problem)
{
	*condition = (struct condition){ .met = false };
	if (expr_parse(text, &condition->expr, &problem->err) < 0)
		return problem_take(problem, STATUS_USAGE);

	snprintf(condition->text, sizeof(condition->text), "%s", text);
	return STATUS_DONE;
}

/**
 * condition_fini() - Let go of a condition
 * @condition:	Condition
 */
void condition_fini(struct condition *condition)
{
	json_decref(condition->before);
	condition->before = NULL;
}

/**
 * condition_is_event() - Can an event make it true?
 * @condition:	Condition
 *
 * Return: false if it takes asking
 */
bool condition_is_event(const struct condition *condition)
{
	return condition->expr.kind != EXPR_REACHES &&
	       condition->expr.kind != EXPR_NO_DROPS;
}

static bool is_about_drops(const struct condition *condition)
{
	return condition->expr.kind == EXPR_DROP ||
	       condition->expr.kind == EXPR_NO_DROPS;
}

static bool is_polled(const struct condition *condition)
{
	return condition->expr.kind == EXPR_REACHES ||
	       is_about_drops(condition);
}

static enum status ask(struct condition *condition, struct client *client,
		       struct problem *problem)
{
	condition->stale = false;
	condition->again = deadline_in(mtime_from_ms(ASK_AGAIN_MS));
	return condition_ask(condition, client, problem);
}

/**
 * condition_begin() - Is it true now?
 * @condition:	Condition
 * @waits:	Whether it is going to be told of events
 * @client:	Connection, subscribed if it is
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status condition_begin(struct condition *condition, bool waits,
			    struct client *client, struct problem *problem)
{
	condition->waits = waits;
	condition->again = deadline_in(mtime_from_ms(ASK_AGAIN_MS));
	if (waits && is_about_drops(condition))
		return condition_remember_drops(condition, client, problem);

	return ask(condition, client, problem);
}

/**
 * condition_wake() - When is it to be asked again, whatever events come?
 * @condition:	Condition, begun
 * @deadline:	When the caller wakes up in any case
 *
 * Return: that, or @deadline if it is earlier
 */
mtime_t condition_wake(const struct condition *condition, mtime_t deadline)
{
	if (condition->met || condition->failed || !is_polled(condition) ||
	    mtime_reached(condition->again, deadline))
		return deadline;

	return condition->again;
}

/**
 * condition_ask_again() - Is it true now, if there is reason to ask?
 * @condition:	Condition, begun
 * @client:	Connection
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status condition_ask_again(struct condition *condition,
				struct client *client, struct problem *problem)
{
	enum status status;

	if (is_polled(condition) && deadline_passed(condition->again))
		condition->stale = true;
	if (condition->met || condition->failed || !condition->stale)
		return STATUS_DONE;

	status = ask(condition, client, problem);
	if (!is_about_drops(condition))
		return status;

	/* Until the time is up a port may come back, and a frame be dropped. */
	if (condition->expr.kind == EXPR_NO_DROPS)
		condition->met = false;
	return status == STATUS_NOT_FOUND ? STATUS_DONE : status;
}

/**
 * condition_end() - Time is up: was it true?
 * @condition:	Condition, begun
 * @client:	Connection
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status condition_end(struct condition *condition, struct client *client,
			  struct problem *problem)
{
	if (condition->met || condition->failed ||
	    (!condition->stale && !is_polled(condition)))
		return STATUS_DONE;

	return ask(condition, client, problem);
}
