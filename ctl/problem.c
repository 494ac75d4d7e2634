/* SPDX-License-Identifier: MIT */
/* problem.c - what went wrong, and what vswctl exits with */

#include "problem.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jsonrpc.h"
#include "name.h"

static const char *status_code(enum status status)
{
	switch (status) {
	case STATUS_USAGE:
		return "invalid";
	case STATUS_NOT_FOUND:
		return "not-found";
	case STATUS_EXISTS:
		return "exists";
	case STATUS_NO_DAEMON:
		return "no-daemon";
	case STATUS_TIMEOUT:
		return "timeout";
	case STATUS_FALSE:
		return "false";
	case STATUS_DONE:
	case STATUS_FAILED:
		break;
	}

	return "failed";
}

/**
 * problem_take() - Make a problem of the error that is in it
 * @problem:	Problem, whose @err somebody filled
 * @status:	What to exit with
 *
 * Return: @status
 */
enum status problem_take(struct problem *problem, enum status status)
{
	problem->status = status;
	snprintf(problem->code, sizeof(problem->code), "%s",
		 status_code(status));
	return status;
}

/**
 * problem_set() - Say what went wrong
 * @problem:	Problem; an earlier sentence and hint are forgotten
 * @status:	What to exit with
 * @fmt:	printf() format of the sentence, without a full stop
 *
 * Return: @status
 */
enum status problem_set(struct problem *problem, enum status status,
			const char *fmt, ...)
{
	char msg[sizeof(problem->err.msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	err_set(&problem->err, -EIO, "%s", msg);
	return problem_take(problem, status);
}

/**
 * problem_from_code() - Make a problem of what the daemon answered
 * @problem:	Problem, whose @err says what the daemon said
 * @code:	The daemon's data.code
 *
 * Return: what docs/protocol.md says vswctl exits with
 */
enum status problem_from_code(struct problem *problem, const char *code)
{
	enum status status = STATUS_FAILED;

	if (!strcmp(code, "invalid"))
		status = STATUS_USAGE;
	else if (!strcmp(code, "not-found"))
		status = STATUS_NOT_FOUND;
	else if (!strcmp(code, "exists"))
		status = STATUS_EXISTS;

	problem->status = status;
	name_printable(code, strlen(code), problem->code,
		       sizeof(problem->code));
	return status;
}

static void report_json(const struct problem *problem)
{
	const struct err *err = &problem->err;
	json_t *hint = err->hint[0] ? jsonrpc_text(err->hint) : NULL;
	json_t *report = json_pack("{s:i, s:{s:s, s:o, s:o*}}", "schema", 1,
				   "error", "code", problem->code, "message",
				   jsonrpc_text(err->msg), "hint", hint);
	json_t *error = json_object_get(report, "error");

	if (problem->excerpt[0]) {
		json_object_set_new(error, "excerpt",
				    json_string(problem->excerpt));
		json_object_set_new(error, "column",
				    json_integer((json_int_t)problem->caret));
	}
	json_dumpf(report, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(report);
}

/* What was typed, and below it what is wrong: ^~~~ */
static void report_excerpt(const struct problem *problem)
{
	fprintf(stderr, "  %s\n  %*s^", problem->excerpt, (int)problem->caret,
		"");
	for (size_t i = 1; i < problem->caret_len; i++)
		fputc('~', stderr);
	fputc('\n', stderr);
}

/**
 * problem_report() - Tell the user
 * @problem:	What went wrong
 * @what:	What was tried: a command, or NULL
 * @as_json:	An object on standard output, instead of words on stderr
 */
void problem_report(const struct problem *problem, const char *what,
		    bool as_json)
{
	/* Room for every character to become \xHH: the daemon's, not ours. */
	char shown[4 * sizeof(problem->err.msg)];

	if (as_json) {
		report_json(problem);
		return;
	}

	name_printable(problem->err.msg, strlen(problem->err.msg), shown,
		       sizeof(shown));
	fprintf(stderr, "vswctl: %s%s%s\n", what ? what : "", what ? ": " : "",
		shown);
	if (problem->excerpt[0])
		report_excerpt(problem);
	if (!problem->err.hint[0])
		return;
	name_printable(problem->err.hint, strlen(problem->err.hint), shown,
		       sizeof(shown));
	fprintf(stderr, "  hint: %s\n", shown);
}
