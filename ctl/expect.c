/* SPDX-License-Identifier: MIT */
/* expect.c - assertions for scripts: true now, or true in time */

#include "expect.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "condition.h"
#include "deadline.h"
#include "value.h"

enum {
	WAIT_PORT_MS = 30 * 1000,
};

struct expect {
	const struct options *options;
	struct condition *conditions;
	size_t n;
	bool waits;
	mtime_t within;
};

static enum status take_condition(struct expect *expect, const char *text,
				  struct problem *problem)
{
	struct condition *condition = &expect->conditions[expect->n++];
	enum status status = condition_parse(condition, text, problem);

	if (status == STATUS_DONE && !expect->waits &&
	    condition->expr.kind == EXPR_STATION &&
	    !strcmp(condition->expr.word, "flapping"))
		status = problem_set(problem, STATUS_USAGE,
				     "whether a station flaps shows in time "
				     "only: --within TIME");

	return status;
}

static enum status take_conditions(struct expect *expect,
				   struct problem *problem)
{
	const json_t *locals = expect->options->locals;
	const json_t *texts = json_object_get(locals, "expr");
	const char *state = json_string_value(json_object_get(locals, "state"));
	const char *port = json_string_value(json_object_get(locals, "port"));
	const size_t n = port ? 1 : json_array_size(texts);
	enum status status = STATUS_DONE;
	char text[64];

	expect->conditions = calloc(n, sizeof(expect->conditions[0]));
	if (!expect->conditions)
		return problem_set(problem, STATUS_FAILED, "out of memory");

	if (port) {
		snprintf(text, sizeof(text), "port %s %s", port,
			 state ? state : "up");
		return take_condition(expect, text, problem);
	}
	for (size_t i = 0; status == STATUS_DONE && i < n; i++)
		status = take_condition(
			expect, json_string_value(json_array_get(texts, i)),
			problem);
	return status;
}

/**
 * expect_new() - Understand what is expected
 * @options:	The command: expect, or wait-port; has to stay
 * @ret:	On success, what is expected
 * @problem:	Where to say what is wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status expect_new(const struct options *options, struct expect **ret,
		       struct problem *problem)
{
	struct expect *expect = calloc(1, sizeof(*expect));
	const json_t *within = value_get(options->locals, "within");
	enum status status;

	if (!expect)
		return problem_set(problem, STATUS_FAILED, "out of memory");

	expect->options = options;
	expect->waits = within || options->spec->id == CMD_WAIT_PORT;
	expect->within = mtime_from_ms(
		within ? (uint64_t)json_integer_value(within) : WAIT_PORT_MS);
	status = take_conditions(expect, problem);
	if (status != STATUS_DONE) {
		expect_free(expect);
		return status;
	}

	*ret = expect;
	return STATUS_DONE;
}

/**
 * expect_free() - Let go of what was expected
 * @expect:	What expect_new() made, or NULL
 */
void expect_free(struct expect *expect)
{
	if (!expect)
		return;

	for (size_t i = 0; i < expect->n; i++)
		condition_fini(&expect->conditions[i]);
	free(expect->conditions);
	free(expect);
}

static void on_message(const json_t *message, void *user)
{
	const json_t *params = json_object_get(message, "params");
	const struct expect *expect = user;

	if (strcmp(value_text(message, "method"), "event"))
		return;
	for (size_t i = 0; i < expect->n; i++)
		condition_note(&expect->conditions[i], params);
}

/* Each call has the time that all commands have, whatever we wait for. */
static void be_patient(const struct expect *expect, struct client *client)
{
	client_set_deadline(client, deadline_in(expect->options->timeout));
}

static enum status subscribe(struct expect *expect, struct client *client,
			     struct problem *problem)
{
	json_t *params = json_object(), *result;
	enum status status;

	client_set_listener(client, on_message, expect);
	status = client_call(client, "event.subscribe", params, -1, &result,
			     problem);
	json_decref(params);
	if (status == STATUS_DONE)
		json_decref(result);
	return status;
}

static bool all_met(const struct expect *expect)
{
	for (size_t i = 0; i < expect->n; i++) {
		if (!expect->conditions[i].met)
			return false;
	}

	return true;
}

static bool one_failed(const struct expect *expect)
{
	for (size_t i = 0; i < expect->n; i++) {
		if (expect->conditions[i].failed)
			return true;
	}

	return false;
}

static enum status for_each(struct expect *expect, struct client *client,
			    struct problem *problem,
			    enum status (*ask)(struct condition *condition,
					       struct client *client,
					       struct problem *problem))
{
	enum status status = STATUS_DONE;

	for (size_t i = 0; status == STATUS_DONE && i < expect->n; i++) {
		be_patient(expect, client);
		status = ask(&expect->conditions[i], client, problem);
	}

	return status;
}

static enum status begin_now(struct condition *condition, struct client *client,
			     struct problem *problem)
{
	return condition_begin(condition, false, client, problem);
}

static enum status begin_waiting(struct condition *condition,
				 struct client *client, struct problem *problem)
{
	return condition_begin(condition, true, client, problem);
}

static enum status take_events(struct expect *expect, struct client *client,
			       struct problem *problem)
{
	enum status status;
	json_t *message;

	for (;;) {
		status = client_take(client, &message, problem);
		if (status != STATUS_DONE || !message)
			return status;
		on_message(message, expect);
		json_decref(message);
	}
}

/* Until something happens, or there is reason to ask again. */
static void pause_for_events(const struct expect *expect, struct client *client,
			     mtime_t deadline)
{
	if (!client_drained(client))
		return;

	for (size_t i = 0; i < expect->n; i++)
		deadline = condition_wake(&expect->conditions[i], deadline);
	deadline_wait(deadline, client_fd(client), POLLIN);
}

static enum status wait_for_all(struct expect *expect, struct client *client,
				struct problem *problem)
{
	const mtime_t deadline = deadline_in(expect->within);
	enum status status = subscribe(expect, client, problem);

	if (status == STATUS_DONE)
		status = for_each(expect, client, problem, begin_waiting);
	while (status == STATUS_DONE && !all_met(expect) &&
	       !one_failed(expect) && !deadline_passed(deadline)) {
		pause_for_events(expect, client, deadline);
		status = take_events(expect, client, problem);
		if (status == STATUS_DONE && !deadline_passed(deadline))
			status = for_each(expect, client, problem,
					  condition_ask_again);
	}
	if (status == STATUS_DONE)
		status = for_each(expect, client, problem, condition_end);
	return status;
}

static enum status conclude(const struct expect *expect,
			    struct problem *problem)
{
	for (size_t i = 0; i < expect->n; i++) {
		const struct condition *condition = &expect->conditions[i];

		if (!condition->met)
			return problem_set(problem, STATUS_FALSE,
					   "not true: %.80s: %s",
					   condition->text, condition->seen);
	}

	return STATUS_DONE;
}

/**
 * expect_run() - Find out whether it is true
 * @expect:	What is expected
 * @client:	Connection
 * @problem:	Where to say what was seen instead, or what went wrong
 *
 * Return: STATUS_DONE, STATUS_FALSE, or what else to exit with
 */
enum status expect_run(struct expect *expect, struct client *client,
		       struct problem *problem)
{
	enum status status;

	be_patient(expect, client);
	if (expect->waits)
		status = wait_for_all(expect, client, problem);
	else
		status = for_each(expect, client, problem, begin_now);

	return status == STATUS_DONE ? conclude(expect, problem) : status;
}
