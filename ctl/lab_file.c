/* SPDX-License-Identifier: MIT */
/*
 * lab_file.c - apply, diff, save, up, down
 *
 * A file is read and checked here, so a mistake in it is told with its place,
 * and before anybody else has heard of it. The switch gets it as JSON, in
 * memory that is handed over, since a line of the protocol is too short.
 */

#include "lab_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "client.h"
#include "deadline.h"
#include "find.h"
#include "lab.h"
#include "name.h"
#include "output.h"
#include "rundir.h"
#include "show.h"
#include "spawn.h"
#include "units.h"
#include "value.h"

enum {
	RETRY_MS = 10,
};

static const char *local(const struct options *options, const char *key)
{
	return json_string_value(json_object_get(options->locals, key));
}

static enum status load(const struct options *options, const char *file,
			json_t **ret, struct problem *problem)
{
	int r = lab_load(file, options->name, ret, &problem->err);

	if (r < 0)
		return problem_take(problem, r == -EINVAL ? STATUS_USAGE
							  : STATUS_FAILED);
	return STATUS_DONE;
}

/* Whoever says nothing means the switch that the file is for. */
static const char *switch_of(const struct options *options, const json_t *lab)
{
	return options->name ? options->name : lab_switch_name(lab);
}

static enum status hand_over(struct client *client, const json_t *lab,
			     json_t *params, json_t **ret,
			     struct problem *problem)
{
	const int fd = lab_memory(lab, &problem->err);
	enum status status;

	if (fd < 0)
		return problem_take(problem, STATUS_FAILED);

	status = client_call(client, "lab.apply", params, fd, ret, problem);
	close(fd);
	return status;
}

static void tell(const struct options *options, const json_t *result)
{
	const mtime_t confirm =
		mtime_from_ms(value_number(options->params, "confirm"));
	char text[UNITS_TEXT_SIZE];

	if (options->json) {
		output_json(result);
		return;
	}

	show_steps(result);
	if (!confirm.us || !value_number(result, "changes") ||
	    json_is_true(value_get(result, "dry_run")))
		return;

	duration_format(confirm, text, sizeof(text));
	printf("to be confirmed within %s: vswctl confirm\n", text);
}

/* Apply and diff: the same, but for what may happen. */
static enum status run_apply(const struct options *options,
			     struct problem *problem)
{
	const bool is_diff = options->spec->id == CMD_DIFF;
	const mtime_t deadline = deadline_in(options->timeout);
	struct client *client;
	json_t *lab, *result;
	enum status status =
		load(options, local(options, "file"), &lab, problem);

	if (status != STATUS_DONE)
		return status;
	status = find_switch(switch_of(options, lab), deadline, &client,
			     problem);
	if (status != STATUS_DONE) {
		json_decref(lab);
		return status;
	}

	if (is_diff)
		json_object_set_new(options->params, "dry_run", json_true());
	status = hand_over(client, lab, options->params, &result, problem);
	client_close(client);
	json_decref(lab);
	if (status != STATUS_DONE)
		return status;

	tell(options, result);
	if (is_diff && value_number(result, "changes"))
		status = STATUS_FALSE;
	json_decref(result);
	return status;
}

/* Save */

static char *text_of(const struct options *options, const json_t *lab)
{
	char *json, *text = NULL;

	if (!options->json)
		return lab_yaml(lab);

	json = json_dumps(lab, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	if (json && asprintf(&text, "%s\n", json) < 0)
		text = NULL;
	free(json);
	return text;
}

/* To standard output, JSON is an answer like any other; in a file, a lab. */
static enum status save(const struct options *options, const json_t *result,
			struct problem *problem)
{
	const char *file = local(options, "file");
	const bool is_file = file && strcmp(file, "-");
	enum status status = STATUS_DONE;
	char *text;

	if (options->json && !is_file) {
		output_json(result);
		return STATUS_DONE;
	}

	text = text_of(options, value_get(result, "lab"));
	if (!text)
		return problem_set(problem, STATUS_FAILED, "out of memory");
	if (is_file)
		status = output_file(file, text, problem);
	else
		fputs(text, stdout);
	free(text);
	return status;
}

static enum status run_save(const struct options *options,
			    struct problem *problem)
{
	const mtime_t deadline = deadline_in(options->timeout);
	struct client *client;
	json_t *result = NULL, *params;
	enum status status;

	status = find_switch(options->name, deadline, &client, problem);
	if (status != STATUS_DONE)
		return status;
	params = json_object();
	status = client_call(client, "lab.show", params, -1, &result, problem);
	json_decref(params);
	client_close(client);
	if (status != STATUS_DONE)
		return status;

	status = save(options, result, problem);
	json_decref(result);
	return status;
}

/* Up and down */

/* The lock is gone when all that the switch had made is gone. */
static enum status wait_for_end(const char *name, mtime_t deadline,
				struct problem *problem)
{
	char path[PATH_MAX];

	rundir_path(path, sizeof(path), name, "lock");
	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		bool ended = fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0;

		if (fd >= 0)
			close(fd);
		if (ended)
			return STATUS_DONE;
		if (deadline_passed(deadline))
			return problem_set(problem, STATUS_TIMEOUT,
					   "the switch does not end");
		deadline_pause(deadline, RETRY_MS);
	}
}

static enum status stop(struct client *client, const char *name,
			mtime_t deadline, struct problem *problem)
{
	json_t *params = json_object(), *result = NULL;
	enum status status = client_call(client, "switch.stop", params, -1,
					 &result, problem);

	json_decref(params);
	json_decref(result);
	if (status == STATUS_DONE)
		status = wait_for_end(name, deadline, problem);
	if (status == STATUS_DONE)
		spawn_forget_log(name);
	return status;
}

static enum status run_up(const struct options *options,
			  struct problem *problem)
{
	const mtime_t deadline = deadline_in(options->timeout);
	struct problem ignored;
	struct client *client;
	json_t *lab, *result = NULL;
	bool started = false;
	const char *name;
	enum status status =
		load(options, local(options, "file"), &lab, problem);

	if (status != STATUS_DONE)
		return status;

	name = switch_of(options, lab);
	if (!name)
		name = "vsw0";
	status = spawn_switch(name, deadline, &client, &started, problem);
	if (status == STATUS_DONE) {
		status = hand_over(client, lab, options->params, &result,
				   problem);
		/* All or nothing: what is not up needs no switch. */
		if (status != STATUS_DONE && started)
			stop(client, name, deadline, &ignored);
		client_close(client);
	}
	if (status == STATUS_DONE) {
		if (started && !options->json)
			printf("+ switch %s\n", name);
		if (!started || options->json ||
		    value_number(result, "changes"))
			tell(options, result);
		json_decref(result);
	}
	json_decref(lab);
	return status;
}

/* A switch that runs is meant by its name; anything else is a file. */
static bool is_name(const char *text)
{
	char path[PATH_MAX];

	return name_check_switch(text, NULL) == 0 &&
	       rundir_path(path, sizeof(path), text, "sock") &&
	       access(path, F_OK) == 0;
}

static enum status run_down(const struct options *options,
			    struct problem *problem)
{
	const mtime_t deadline = deadline_in(options->timeout);
	const char *name = local(options, "lab");
	char running[NAME_SWITCH_SIZE];
	struct client *client;
	json_t *lab = NULL;
	enum status status = STATUS_DONE;

	if (!name)
		name = options->name; /* or the only one */
	else if (!is_name(name) && (name_check_switch(name, NULL) < 0 ||
				    access(name, F_OK) == 0)) {
		status = load(options, name, &lab, problem);
		name = switch_of(options, lab);
		if (!name)
			name = "vsw0";
	}
	if (status == STATUS_DONE)
		status = find_switch(name, deadline, &client, problem);
	if (status == STATUS_DONE) {
		snprintf(running, sizeof(running), "%s",
			 value_text(client_hello(client), "switch"));
		status = stop(client, running, deadline, problem);
		client_close(client);
	}
	if (status == STATUS_DONE && options->json)
		printf("{\n  \"schema\": 1,\n  \"switch\": \"%s\"\n}\n",
		       running);
	else if (status == STATUS_DONE)
		printf("- switch %s\n", running);
	json_decref(lab);
	return status;
}

/**
 * lab_file_runs() - Is this one of the commands here?
 * @id:		Command
 *
 * Return: whether it is
 */
bool lab_file_runs(enum cmd_id id)
{
	return id == CMD_APPLY || id == CMD_DIFF || id == CMD_SAVE ||
	       id == CMD_UP || id == CMD_DOWN;
}

/**
 * lab_file_run() - Run such a command
 * @options:	What was typed, checked
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, STATUS_FALSE, or what to exit with
 */
enum status lab_file_run(const struct options *options, struct problem *problem)
{
	const enum cmd_id id = options->spec->id;

	if (id == CMD_UP)
		return run_up(options, problem);
	if (id == CMD_DOWN)
		return run_down(options, problem);
	if (id == CMD_SAVE)
		return run_save(options, problem);

	return run_apply(options, problem);
}
