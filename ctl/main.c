/* SPDX-License-Identifier: MIT */
/* main.c - vswctl: control and watch a virtual Ethernet switch */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "client.h"
#include "cmd.h"
#include "deadline.h"
#include "doctor.h"
#include "expect.h"
#include "find.h"
#include "help.h"
#include "monitor.h"
#include "lab_file.h"
#include "options.h"
#include "output.h"
#include "problem.h"
#include "show.h"
#include "table.h"
#include "value.h"
#include "version.h"

/* How people see the answer of a command that has no function of its own. */
static void (*const shows[CMD_COUNT])(const struct show *show,
				      const json_t *result) = {
	[CMD_ATTACH] = show_attached,
	[CMD_DETACH] = show_detached,
	[CMD_SHOW_PORTS] = show_ports,
	[CMD_SHOW_PORT] = show_port,
	[CMD_GC] = show_gc,
	[CMD_SHOW_FDB] = show_fdb,
	[CMD_ADD_FDB] = show_pinned,
	[CMD_DEL_FDB] = show_unpinned,
	[CMD_FLUSH_FDB] = show_flushed,
	[CMD_SHOW_SWITCH] = show_switch,
	[CMD_SHOW_MIRRORS] = show_mirrors,
	[CMD_ADD_MIRROR] = show_mirror_added,
	[CMD_DEL_MIRROR] = show_mirror_removed,
	[CMD_SHOW_DROPS] = show_drops,
	[CMD_EXPLAIN] = show_explained,
	[CMD_CONFIRM] = show_confirmed,
};

/* https://no-color.org */
static bool want_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term &&
	       *term && strcmp(term, "dumb");
}

static enum status open_client(const struct options *options,
			       struct client **ret, struct problem *problem)
{
	const mtime_t deadline = deadline_in(options->timeout);
	enum status status;

	status = find_switch(options->name, deadline, ret, problem);
	if (status != STATUS_DONE)
		return status;
	if (options->spec->since <= CLIENT_PROTOCOL)
		return STATUS_DONE;

	client_close(*ret);
	return problem_set(problem, STATUS_FAILED,
			   "needs protocol %u, and the switch speaks %d",
			   options->spec->since, CLIENT_PROTOCOL);
}

static enum status run_help(const struct options *options,
			    struct problem *problem)
{
	const char *verb =
		json_string_value(json_object_get(options->locals, "command"));
	const struct cmd_spec *spec = verb ? cmd_find_verb(verb) : NULL;
	json_t *document;

	if (options->help)
		spec = options->spec;
	else if (verb && !spec)
		return problem_set(problem, STATUS_USAGE,
				   "there is no command '%.40s'", verb);

	if (options->json) {
		document = help_json(spec);
		output_json(document);
		json_decref(document);
	} else if (spec) {
		help_command(stdout, spec);
	} else {
		help_overview(stdout);
	}

	return STATUS_DONE;
}

static void print_own_version(const struct options *options)
{
	if (options->json)
		printf("{\n  \"schema\": 1,\n  \"vswctl\": \"%s\"\n}\n",
		       VSW_VERSION);
	else
		printf("vswctl %s\n", VSW_VERSION);
}

/* @hello is NULL where no switch runs, which is no mistake here. */
static void print_version(const struct options *options, const json_t *hello)
{
	json_t *document;

	if (options->json) {
		document = json_pack("{s:i, s:s, s:O?, s:O?, s:O?}", "schema",
				     1, "vswctl", VSW_VERSION, "vswd",
				     value_get(hello, "version"), "protocol",
				     value_get(hello, "protocol"), "switch",
				     value_get(hello, "switch"));
		output_json(document);
		json_decref(document);
		return;
	}

	print_own_version(options);
	if (!hello)
		puts("vswd: no switch is running");
	else
		table_say(stdout, false, TABLE_STYLE_PLAIN,
			  "vswd %s (switch %s, protocol %s)",
			  value_text(hello, "version"),
			  value_text(hello, "switch"),
			  value_count(hello, "protocol").s);
	if (hello)
		putchar('\n');
}

static enum status run_version(const struct options *options,
			       struct problem *problem)
{
	struct client *client = NULL;
	enum status status = open_client(options, &client, problem);

	if (status != STATUS_DONE && status != STATUS_NO_DAEMON)
		return status;

	print_version(options, client ? client_hello(client) : NULL);
	client_close(client);
	return STATUS_DONE;
}

/* To send a frame takes a right that to explain one does not. */
static const char *choose_method(const struct options *options)
{
	if (options->spec->id == CMD_EXPLAIN &&
	    json_object_get(options->locals, "inject"))
		return cmd_specs[CMD_INJECT]->method;

	return options->spec->method;
}

static enum status run_call(const struct options *options,
			    struct client *client, struct problem *problem)
{
	const struct cmd_spec *spec = options->spec;
	struct show show = { stdout, want_colour() };
	enum status status;
	json_t *result;

	if (cmd_find_arg(spec, "cursor"))
		status = client_call_pages(client, spec->method,
					   options->params, &result, problem);
	else
		status = client_call(client, choose_method(options),
				     options->params, -1, &result, problem);
	if (status != STATUS_DONE)
		return status;

	if (options->json)
		output_json(result);
	else
		shows[spec->id](&show, result);
	json_decref(result);
	return STATUS_DONE;
}

static enum status run_monitor(const struct options *options,
			       struct problem *problem)
{
	const struct show show = { stdout, want_colour() };
	struct monitor *monitor;
	struct client *client;
	enum status status;

	status = monitor_new(options, &show, &monitor, problem);
	if (status != STATUS_DONE)
		return status;

	status = open_client(options, &client, problem);
	if (status == STATUS_DONE) {
		status = monitor_run(monitor, client, problem);
		client_close(client);
	}
	monitor_free(monitor);
	return status;
}

static enum status run_expect(const struct options *options,
			      struct problem *problem)
{
	struct expect *expect;
	struct client *client;
	enum status status;

	status = expect_new(options, &expect, problem);
	if (status != STATUS_DONE)
		return status;

	status = open_client(options, &client, problem);
	if (status == STATUS_DONE) {
		status = expect_run(expect, client, problem);
		client_close(client);
	}
	expect_free(expect);
	return status;
}

static enum status run_command(const struct options *options,
			       struct problem *problem)
{
	const bool is_capture = options->spec->id == CMD_CAPTURE;
	struct client *client;
	enum status status;

	status = options_check(options, problem);
	if (status == STATUS_DONE && options->spec->id == CMD_MONITOR)
		return run_monitor(options, problem);
	if (status == STATUS_DONE && (options->spec->id == CMD_EXPECT ||
				      options->spec->id == CMD_WAIT_PORT))
		return run_expect(options, problem);
	if (status == STATUS_DONE && cmd_find_arg(options->spec, "bpf"))
		status = capture_prepare(options, problem);
	if (status != STATUS_DONE)
		return status;
	if (lab_file_runs(options->spec->id))
		return lab_file_run(options, problem);
	status = open_client(options, &client, problem);
	if (status != STATUS_DONE)
		return status;

	status = is_capture ? capture_run(client, options, problem)
			    : run_call(options, client, problem);
	client_close(client);
	return status;
}

static enum status run(const struct options *options, struct problem *problem)
{
	if (options->version) {
		print_own_version(options);
		return STATUS_DONE;
	}
	if (options->help || (options->spec && options->spec->id == CMD_HELP))
		return run_help(options, problem);
	if (!options->spec) {
		problem_set(problem, STATUS_USAGE, "no command is given");
		err_hint(&problem->err, "vswctl help lists them");
		return STATUS_USAGE;
	}
	if (options->spec->id == CMD_VERSION)
		return run_version(options, problem);
	if (options->spec->id == CMD_DOCTOR)
		return doctor_run(options, want_colour());

	return run_command(options, problem);
}

/* Frames on standard output are no place for an error in JSON. */
static bool error_as_json(const struct options *options)
{
	const char *file =
		json_string_value(json_object_get(options->locals, "write"));

	return options->json && !(file && !strcmp(file, "-"));
}

int main(int argc, char **argv)
{
	struct problem problem = { .status = STATUS_DONE };
	struct options options;
	enum status status;

	status = options_parse(&options, argc, argv, &problem);
	if (status == STATUS_DONE)
		status = run(&options, &problem);
	/* That labs differ is an answer, and no problem. */
	if (status != STATUS_DONE && problem.status != STATUS_DONE)
		problem_report(&problem,
			       options.spec ? options.spec->verb : NULL,
			       error_as_json(&options));

	/* A full disk is found out here, where stdio writes. */
	if (fflush(stdout) != 0 &&
	    (status == STATUS_DONE || status == STATUS_FALSE)) {
		err_errno(&problem.err, "cannot write");
		status = problem_take(&problem, STATUS_FAILED);
		problem_report(&problem, NULL, false);
	}
	options_fini(&options);
	return (int)status;
}
