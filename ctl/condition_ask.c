/* SPDX-License-Identifier: MIT */
/* condition_ask.c - what a switch says when it is asked whether it is true */

#include "condition_ask.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "value.h"

/**
 * condition_see() - Note what there is instead
 * @condition:	Condition
 * @fmt:	printf() format of one sentence
 */
void condition_see(struct condition *condition, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(condition->seen, sizeof(condition->seen), fmt, ap);
	va_end(ap);
}

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

/**
 * condition_see_state() - Note the state of the port that is meant
 * @condition:	Condition of kind EXPR_PORT
 * @state:	Its state; "detached" where there is none
 */
void condition_see_state(struct condition *condition, const char *state)
{
	const struct expr *expr = &condition->expr;

	if (!strcmp(state, expr->word) ||
	    (!strcmp(expr->word, "attached") && strcmp(state, "detached")))
		condition->met = true;
	else if (!strcmp(state, "detached"))
		condition_see(condition, "there is no port '%s'",
			      expr->ports[0]);
	else
		condition_see(condition, "port %s is %.20s", expr->ports[0],
			      state);
}

static enum status ask_state(struct condition *condition, struct client *client,
			     struct problem *problem)
{
	json_t *row;
	enum status status =
		ask_port(client, condition->expr.ports[0], &row, problem);

	if (status != STATUS_DONE)
		return status;

	condition_see_state(condition,
			    row ? value_text(row, "state") : "detached");
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

/**
 * condition_see_place() - Note where the station that is meant is
 * @condition:	Condition of kind EXPR_MAC
 * @port:	Port that has heard it
 */
void condition_see_place(struct condition *condition, const char *port)
{
	const struct expr *expr = &condition->expr;

	if (!strcmp(port, expr->ports[0]))
		condition->met = true;
	else
		condition_see(condition, "%s is on %.20s", expr->mac, port);
}

static enum status ask_place(struct condition *condition, struct client *client,
			     struct problem *problem)
{
	json_t *rows, *row;
	enum status status = ask_station(condition, client, &rows, problem);
	size_t i;

	if (status != STATUS_DONE)
		return status;

	condition_see(condition, "no port has heard %s", condition->expr.mac);
	json_array_foreach(rows, i, row)
		condition_see_place(condition, value_text(row, "port"));
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

	condition_see(condition, "no port has heard %s", condition->expr.mac);
	json_array_foreach(rows, i, row)
	{
		const uint64_t moves = value_number(row, "moves");

		condition_see(condition, "it has been on %.20s all the time",
			      value_text(row, "port"));
		if (!strcmp(word, "learned") ||
		    (!strcmp(word, "moved") && moves && !condition->waits))
			condition->met = true;
		else if (moves)
			condition_see(condition,
				      "it is on %.20s after %s move%s",
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
	bool missing = false;
	uint64_t n = 0;

	for (size_t i = 0; i < expr->n_ports; i++) {
		const char *name = expr->ports[i];
		const json_t *before = json_object_get(condition->before, name);
		uint64_t more;
		json_t *row;
		enum status status = ask_port(client, name, &row, problem);

		if (status != STATUS_DONE)
			return status;
		if (!row) {
			missing = true;
			continue;
		}

		more = grown(count_drops(row), count_drops(before));
		if (more)
			condition_see(
				condition,
				"port %s has dropped %llu frame%s (%.30s)",
				name, (unsigned long long)more,
				value_plural(more), main_reason(row, before));
		n += more;
		json_decref(row);
	}

	if (!n && missing)
		return STATUS_NOT_FOUND;

	/* An event that came with the answers may have said so already. */
	if (expr->kind == EXPR_DROP) {
		condition->met |= n > 0;
		condition_see(condition, "no frame was dropped");
	} else {
		condition->failed |= n > 0;
		condition->met = !condition->failed;
	}
	return STATUS_DONE;
}

/**
 * condition_remember_drops() - From now on, count what is dropped
 * @condition:	Condition of kind EXPR_DROP or EXPR_NO_DROPS
 * @client:	Connection
 * @problem:	Where to say what went wrong
 *
 * What was dropped before doesn't count any more.
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status condition_remember_drops(struct condition *condition,
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

	condition_see(condition, "no frame was dropped");
	return STATUS_DONE;
}

static void note_sent(struct condition *condition, const json_t *result)
{
	const struct expr *expr = &condition->expr;
	const char *from = expr->ports[0], *to = expr->ports[1];
	const char *dropped = json_string_value(value_get(result, "dropped"));
	const json_t *sent = value_get(result, "sent");
	json_t *name;
	size_t i;

	if (dropped)
		condition_see(condition,
			      "a frame from %s to %s was dropped: %.40s", from,
			      to, dropped);
	else
		condition_see(condition, "a frame from %s to %s left elsewhere",
			      from, to);
	json_array_foreach(sent, i, name)
	{
		const char *port = json_string_value(name);

		if (port && !strcmp(port, to))
			condition->met = true;
		else if (port)
			condition_see(condition,
				      "a frame from %s to %s left by %.20s",
				      from, to, port);
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
		condition_see(condition, "there is no port '%s'",
			      expr->ports[from ? 1 : 0]);
	else if (status == STATUS_DONE)
		status = ask_inject(condition, client, from, to, problem);
	json_decref(from);
	json_decref(to);
	return status;
}

/**
 * condition_ask() - Ask the switch whether it is true
 * @condition:	Condition
 * @client:	Connection
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status condition_ask(struct condition *condition, struct client *client,
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
