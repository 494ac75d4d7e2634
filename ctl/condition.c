/* SPDX-License-Identifier: MIT */
/* condition.c - is it true, what a script expects? */

#include "condition.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "value.h"

static void set_seen(struct condition *condition, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void set_seen(struct condition *condition, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(condition->seen, sizeof(condition->seen), fmt, ap);
	va_end(ap);
}

static bool is_kind(const json_t *event, const char *kind)
{
	return !strcmp(value_text(event, "kind"), kind);
}

/* Asking */

/* A port's row, a new reference, or NULL in @ret where there is none. */
static enum status ask_port(struct client *client, const char *name,
			    json_t **ret, struct problem *problem)
{
	json_t *params = json_pack("{s:s}", "port", name), *result;
	enum status status;

	*ret = NULL;
	status = client_call(client, "port.show", params, -1, &result, problem);
	json_decref(params);
	if (status == STATUS_NOT_FOUND)
		return STATUS_DONE;
	if (status != STATUS_DONE)
		return status;

	*ret = json_incref(json_object_get(result, "port"));
	json_decref(result);
	return STATUS_DONE;
}

static void note_state(struct condition *condition, const char *state)
{
	const struct expr *expr = &condition->expr;

	if (!strcmp(state, expr->word) ||
	    (!strcmp(expr->word, "attached") && strcmp(state, "detached")))
		condition->met = true;
	else if (!strcmp(state, "detached"))
		set_seen(condition, "there is no port '%s'", expr->ports[0]);
	else
		set_seen(condition, "port %s is %.20s", expr->ports[0], state);
}

static enum status ask_state(struct condition *condition, struct client *client,
			     struct problem *problem)
{
	json_t *row;
	enum status status =
		ask_port(client, condition->expr.ports[0], &row, problem);

	if (status != STATUS_DONE)
		return status;

	note_state(condition, row ? value_text(row, "state") : "detached");
	json_decref(row);
	return STATUS_DONE;
}

/* Rows of the station, in all VLANs or the one that is meant. */
static enum status ask_station(const struct condition *condition,
			       struct client *client, json_t **ret,
			       struct problem *problem)
{
	const struct expr *expr = &condition->expr;
	json_t *params = json_pack("{s:s}", "mac", expr->mac), *result;
	enum status status;

	if (expr->vlan >= 0)
		json_object_set_new(params, "vlan", json_integer(expr->vlan));
	status =
		client_call_pages(client, "fdb.show", params, &result, problem);
	json_decref(params);
	if (status != STATUS_DONE)
		return status;

	*ret = json_incref(json_object_get(result, "stations"));
	json_decref(result);
	return STATUS_DONE;
}

static void note_place(struct condition *condition, const char *port)
{
	const struct expr *expr = &condition->expr;

	if (!strcmp(port, expr->ports[0]))
		condition->met = true;
	else
		set_seen(condition, "%s is on %.20s", expr->mac, port);
}

static enum status ask_place(struct condition *condition, struct client *client,
			     struct problem *problem)
{
	json_t *rows, *row;
	enum status status = ask_station(condition, client, &rows, problem);
	size_t i;

	if (status != STATUS_DONE)
		return status;

	set_seen(condition, "no port has heard %s", condition->expr.mac);
	json_array_foreach(rows, i, row)
		note_place(condition, value_text(row, "port"));
	json_decref(rows);
	return STATUS_DONE;
}

static enum status ask_doing(struct condition *condition, struct client *client,
			     struct problem *problem)
{
	const char *word = condition->expr.word;
	json_t *rows, *row;
	enum status status = ask_station(condition, client, &rows, problem);
	size_t i;

	if (status != STATUS_DONE)
		return status;

	set_seen(condition, "no port has heard %s", condition->expr.mac);
	json_array_foreach(rows, i, row)
	{
		const uint64_t moves = value_number(row, "moves");

		set_seen(condition, "it has been on %.20s all the time",
			 value_text(row, "port"));
		if (!strcmp(word, "learned") ||
		    (!strcmp(word, "moved") && moves && !condition->waits))
			condition->met = true;
		else if (moves)
			set_seen(condition, "it is on %.20s after %s move%s",
				 value_text(row, "port"),
				 value_count(row, "moves").s,
				 value_plural(moves));
	}
	json_decref(rows);
	return STATUS_DONE;
}

/* A port that was attached anew under its name counts from 0 again. */
static uint64_t grown(uint64_t now, uint64_t before)
{
	return now < before ? now : now - before;
}

static uint64_t count_drops(const json_t *row)
{
	return value_number(row, "received.dropped") +
	       value_number(row, "received.missed") +
	       value_number(row, "sent.dropped");
}

/* The reason that has grown most since @before; "missed" has no other name. */
static const char *main_reason(const json_t *row, const json_t *before)
{
	static const char *const paths[] = { "received.drops", "sent.drops" };
	const char *best = "missed", *reason;
	uint64_t most = 0;
	json_t *count;

	for (size_t i = 0; i < 2; i++) {
		const json_t *old = value_get(before, paths[i]);

		json_object_foreach((json_t *)value_get(row, paths[i]), reason,
				    count)
		{
			const uint64_t n =
				grown((uint64_t)json_integer_value(count),
				      value_number(old, reason));

			if (n > most) {
				most = n;
				best = reason;
			}
		}
	}

	return best;
}

/* How many frames were dropped, since it began or since they were attached. */
static enum status ask_drops(struct condition *condition, struct client *client,
			     struct problem *problem)
{
	const struct expr *expr = &condition->expr;
	uint64_t n = 0;

	for (size_t i = 0; i < expr->n_ports; i++) {
		const char *name = expr->ports[i];
		const json_t *before = json_object_get(condition->before, name);
		uint64_t more;
		json_t *row;
		enum status status = ask_port(client, name, &row, problem);

		if (status != STATUS_DONE)
			return status;
		if (!row)
			return STATUS_NOT_FOUND;

		more = grown(count_drops(row), count_drops(before));
		if (more)
			set_seen(condition,
				 "port %s has dropped %llu frame%s (%.30s)",
				 name, (unsigned long long)more,
				 value_plural(more), main_reason(row, before));
		n += more;
		json_decref(row);
	}

	if (expr->kind == EXPR_DROP) {
		condition->met = n;
		set_seen(condition, "no frame was dropped");
	} else {
		condition->met = !n;
		condition->failed = n;
	}
	return STATUS_DONE;
}

/* From now on: what was dropped before doesn't count. */
static enum status remember_drops(struct condition *condition,
				  struct client *client,
				  struct problem *problem)
{
	const struct expr *expr = &condition->expr;

	condition->before = json_object();
	for (size_t i = 0; i < expr->n_ports; i++) {
		json_t *row;
		enum status status =
			ask_port(client, expr->ports[i], &row, problem);

		if (status != STATUS_DONE)
			return status;
		if (!row)
			return STATUS_NOT_FOUND;
		json_object_set_new(condition->before, expr->ports[i], row);
	}

	set_seen(condition, "no frame was dropped");
	return STATUS_DONE;
}

/* Reaching */

static void note_sent(struct condition *condition, const json_t *result)
{
	const struct expr *expr = &condition->expr;
	const char *from = expr->ports[0], *to = expr->ports[1];
	const char *dropped = json_string_value(value_get(result, "dropped"));
	const json_t *sent = value_get(result, "sent");
	json_t *name;
	size_t i;

	if (dropped)
		set_seen(condition, "a frame from %s to %s was dropped: %.40s",
			 from, to, dropped);
	else
		set_seen(condition, "a frame from %s to %s left elsewhere",
			 from, to);
	json_array_foreach(sent, i, name)
	{
		const char *port = json_string_value(name);

		if (port && !strcmp(port, to))
			condition->met = true;
		else if (port)
			set_seen(condition,
				 "a frame from %s to %s left by %.20s", from,
				 to, port);
	}
}

/* As if the one's interface had sent it to the other's. */
static enum status ask_inject(struct condition *condition,
			      struct client *client, const json_t *from,
			      const json_t *to, struct problem *problem)
{
	json_t *params = json_pack(
		"{s:s, s:s, s:s}", "in", condition->expr.ports[0], "src",
		value_text(from, "mac"), "dst", value_text(to, "mac"));
	json_t *result;
	enum status status = client_call(client, "forward.inject", params, -1,
					 &result, problem);

	json_decref(params);
	if (status != STATUS_DONE)
		return status;

	note_sent(condition, result);
	json_decref(result);
	return STATUS_DONE;
}

static enum status ask_reaches(struct condition *condition,
			       struct client *client, struct problem *problem)
{
	const struct expr *expr = &condition->expr;
	json_t *from = NULL, *to = NULL;
	enum status status;

	status = ask_port(client, expr->ports[0], &from, problem);
	if (status == STATUS_DONE)
		status = ask_port(client, expr->ports[1], &to, problem);
	if (status == STATUS_DONE && (!from || !to))
		set_seen(condition, "there is no port '%s'",
			 expr->ports[from ? 1 : 0]);
	else if (status == STATUS_DONE)
		status = ask_inject(condition, client, from, to, problem);
	json_decref(from);
	json_decref(to);
	return status;
}

/* Events */

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
		note_state(condition, value_text(event, "state"));
	else if (is_kind(event, "port-attached"))
		note_state(condition, "down"); /* and another event, if not */
	else if (is_kind(event, "port-detached"))
		note_state(condition, "detached");
}

static void note_place_event(struct condition *condition, const json_t *event)
{
	if (is_about_station(&condition->expr, event))
		note_place(condition, value_text(event, "port"));
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
		set_seen(condition, "it has moved to %.20s",
			 value_text(event, "port"));
	else if (learned)
		set_seen(condition, "it was learned on %.20s",
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
	set_seen(condition, "port %.20s has begun to drop frames (%.30s)",
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

static enum status ask(struct condition *condition, struct client *client,
		       struct problem *problem)
{
	switch (condition->expr.kind) {
	case EXPR_PORT:
		return ask_state(condition, client, problem);
	case EXPR_MAC:
		return ask_place(condition, client, problem);
	case EXPR_STATION:
		return ask_doing(condition, client, problem);
	case EXPR_DROP:
	case EXPR_NO_DROPS:
		return ask_drops(condition, client, problem);
	case EXPR_REACHES:
		break;
	}

	return ask_reaches(condition, client, problem);
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
	const enum expr_kind kind = condition->expr.kind;

	condition->waits = waits;
	if (waits && (kind == EXPR_DROP || kind == EXPR_NO_DROPS))
		return remember_drops(condition, client, problem);

	return ask(condition, client, problem);
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
	if (condition->met || condition->failed || !condition->stale)
		return STATUS_DONE;

	condition->stale = false;
	return ask(condition, client, problem);
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
	const enum expr_kind kind = condition->expr.kind;

	if (condition->met || condition->failed ||
	    (kind != EXPR_DROP && kind != EXPR_NO_DROPS))
		return STATUS_DONE;

	return ask_drops(condition, client, problem);
}
