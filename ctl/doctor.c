/* SPDX-License-Identifier: MIT */
/* doctor.c - what is wrong: the table of checks, and how findings are told */

#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jsonrpc.h"
#include "macros.h"
#include "output.h"
#include "show.h"
#include "table.h"
#include "value.h"

enum {
	MESSAGE_SIZE = 400,
};

/* In the order in which one thing needs another. */
static const struct {
	const char *name;
	void (*run)(struct doctor *doctor);
} checks[] = {
	{ "kernel", doctor_kernel },
	{ "privileges", doctor_privileges },
	{ "namespaces", doctor_namespaces },
	{ "veth", doctor_veth },
	{ "packet", doctor_packet },
	{ "tun", doctor_tun },
	{ "group", doctor_group },
	{ "folders", doctor_folders },
	{ "inotify", doctor_inotify },
	{ "backlog", doctor_backlog },
	{ "switches", doctor_switches }, /* asks them; those below use it */
	{ "descriptors", doctor_descriptors },
	{ "ports", doctor_ports },
	{ "mtu", doctor_mtus },
	{ "mac", doctor_macs },
	{ "stations", doctor_stations },
	{ "left-overs", doctor_leftovers },
};

static const char *level_name(enum doctor_level level)
{
	switch (level) {
	case DOCTOR_OK:
		return "ok";
	case DOCTOR_WARNING:
		return "warning";
	case DOCTOR_PROBLEM:
		return "problem";
	}

	return "invalid";
}

/**
 * doctor_say() - Tell of a finding
 * @doctor:	Doctor
 * @level:	How bad it is
 * @fix:	The command that helps, or NULL if there is nothing to do
 * @fmt:	printf() format of one sentence, without a full stop
 */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *fix,
		const char *fmt, ...)
{
	char message[MESSAGE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	doctor->n[level]++;
	json_array_append_new(doctor->findings,
			      json_pack("{s:s, s:s, s:o, s:o}", "check",
					doctor->check, "level",
					level_name(level), "message",
					jsonrpc_text(message), "fix",
					fix ? jsonrpc_text(fix) : json_null()));
}

/**
 * doctor_fix() - Make the text of a command
 * @fmt:	printf() format; words that are not ours go through
 *		doctor_quote()
 *
 * Return: the text
 */
struct doctor_fix doctor_fix(const char *fmt, ...)
{
	struct doctor_fix fix;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fix.s, sizeof(fix.s), fmt, ap);
	va_end(ap);
	return fix;
}

/**
 * doctor_quote() - Make one word of a text, for a shell
 * @word:	Text, whoever made it up
 *
 * Return: the text, in quotes where it needs some; what is too long for a
 * command becomes "..."
 */
struct doctor_word doctor_quote(const char *word)
{
	static const char harmless[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_./:@%+=,";
	struct doctor_word quoted = { "" };
	size_t n = 0;

	if (*word && !word[strspn(word, harmless)] &&
	    strlen(word) < sizeof(quoted.s)) {
		snprintf(quoted.s, sizeof(quoted.s), "%s", word);
		return quoted;
	}

	quoted.s[n++] = '\'';
	for (; *word && n + 6 < sizeof(quoted.s); word++) {
		if (*word == '\'') {
			memcpy(quoted.s + n, "'\\''", 4);
			n += 4;
		} else {
			quoted.s[n++] = *word;
		}
	}
	if (*word)
		return (struct doctor_word){ "..." };
	quoted.s[n] = '\'';
	return quoted;
}

static void show_findings(const struct doctor *doctor, const struct show *show)
{
	static const struct table_column columns[] = {
		{ "", false },
		{ "", false },
		{ "", false },
	};
	static const enum table_style styles[] = {
		[DOCTOR_OK] = TABLE_STYLE_GOOD,
		[DOCTOR_WARNING] = TABLE_STYLE_HEAD,
		[DOCTOR_PROBLEM] = TABLE_STYLE_BAD,
	};
	struct table *table = table_new(columns, ARRAY_SIZE(columns));
	const json_t *finding;
	size_t i;

	json_array_foreach(doctor->findings, i, finding)
	{
		const char *level = value_text(finding, "level");
		enum table_style style = styles[DOCTOR_PROBLEM];

		if (!strcmp(level, level_name(DOCTOR_OK)))
			style = styles[DOCTOR_OK];
		else if (!strcmp(level, level_name(DOCTOR_WARNING)))
			style = styles[DOCTOR_WARNING];
		table_cell(table, style, "%s", level);
		table_cell(table, TABLE_STYLE_PLAIN, "%s",
			   value_text(finding, "check"));
		table_cell(table, TABLE_STYLE_PLAIN, "%s",
			   value_text(finding, "message"));
		if (!json_is_string(value_get(finding, "fix")))
			continue;
		table_cell(table, TABLE_STYLE_PLAIN, "%s", "");
		table_cell(table, TABLE_STYLE_PLAIN, "%s", "");
		table_cell(table, TABLE_STYLE_PLAIN, "fix: %s",
			   value_text(finding, "fix"));
	}
	table_print(table, show->out, false, show->colour);
	table_free(table);
	fprintf(show->out, "%u ok, %u warning%s, %u problem%s\n",
		doctor->n[DOCTOR_OK], doctor->n[DOCTOR_WARNING],
		value_plural(doctor->n[DOCTOR_WARNING]),
		doctor->n[DOCTOR_PROBLEM],
		value_plural(doctor->n[DOCTOR_PROBLEM]));
}

static void print_findings(const struct doctor *doctor)
{
	json_t *report = json_pack("{s:i, s:i, s:i, s:i, s:O}", "schema", 1,
				   "ok", (int)doctor->n[DOCTOR_OK], "warnings",
				   (int)doctor->n[DOCTOR_WARNING], "problems",
				   (int)doctor->n[DOCTOR_PROBLEM], "findings",
				   doctor->findings);

	output_json(report);
	json_decref(report);
}

/**
 * doctor_run() - Look whether all is well, and print what is not
 * @options:	What was typed
 * @colour:	Whether to use colours
 *
 * Return: STATUS_DONE, or STATUS_FAILED if there is a problem, of which all is
 * said already
 */
enum status doctor_run(const struct options *options, bool colour)
{
	struct doctor doctor = {
		.only = options->name,
		.timeout = options->timeout,
		.findings = json_array(),
		.running = json_object(),
		.switches = json_array(),
	};
	const struct show show = { stdout, colour };

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		doctor.check = checks[i].name;
		checks[i].run(&doctor);
	}
	if (options->json)
		print_findings(&doctor);
	else
		show_findings(&doctor, &show);
	json_decref(doctor.findings);
	json_decref(doctor.running);
	json_decref(doctor.switches);
	return doctor.n[DOCTOR_PROBLEM] ? STATUS_FAILED : STATUS_DONE;
}
