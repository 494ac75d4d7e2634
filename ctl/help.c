/* SPDX-License-Identifier: MIT */
/* help.c - help, written from the command table */

#include "help.h"

#include <stdbool.h>
#include <string.h>

#include "cmd.h"
#include "options.h"

enum {
	WORD_SIZE = 40, /* "--long VALUE", and NUL */
	WORD_WIDTH = 20, /* of the left column */
};

static bool typed_as_option(const struct cmd_arg *arg)
{
	return !(arg->flags &
		 (CMD_ARG_POSITIONAL | CMD_ARG_FILTER | CMD_ARG_WIRE));
}

static void print_row(FILE *out, const char *word, const char *help)
{
	fprintf(out, "  %-*s  %s\n", WORD_WIDTH, word, help);
}

/* "-f, --filter FILTER", "--may-exist", "port=PORT" or "TARGET" */
static void option_word(const char *name, char letter, const char *label,
			char ret[WORD_SIZE])
{
	const char letters[] = { '-', letter, ',', ' ', '\0' };

	snprintf(ret, WORD_SIZE, "%s--%s%s%s", letter ? letters : "", name,
		 label ? " " : "", label ? label : "");
	for (char *c = ret; *c; c++) {
		if (*c == '_')
			*c = '-';
	}
}

static void arg_word(const struct cmd_arg *arg, char ret[WORD_SIZE])
{
	if (arg->flags & CMD_ARG_FILTER)
		snprintf(ret, WORD_SIZE, "%s=%s", arg->name, arg->label);
	else if (arg->flags & CMD_ARG_POSITIONAL)
		snprintf(ret, WORD_SIZE, "%s", arg->label);
	else
		option_word(arg->name, arg->letter, arg->label, ret);
}

static void print_globals(FILE *out)
{
	char word[WORD_SIZE];

	for (size_t i = 0; i < option_n_globals; i++) {
		const struct option_global *global = &option_globals[i];

		option_word(global->name, global->letter, global->label, word);
		print_row(out, word, global->help);
	}
}

static void print_usage(FILE *out, const struct cmd_spec *spec)
{
	bool has_options = false;

	fprintf(out, "usage: vswctl %s", spec->verb);
	for (size_t i = 0; i < spec->n_args; i++) {
		const struct cmd_arg *arg = &spec->args[i];
		const bool required = arg->flags & CMD_ARG_REQUIRED;
		char word[WORD_SIZE];

		if (typed_as_option(arg))
			has_options = true;
		if (typed_as_option(arg) || (arg->flags & CMD_ARG_WIRE))
			continue;
		arg_word(arg, word);
		fprintf(out, required ? " %s" : " [%s]", word);
		if (arg->flags & CMD_ARG_MANY)
			fputs("...", out);
	}
	fputs(has_options ? " [OPTION]...\n" : "\n", out);
}

/* Print the arguments that are options, or those that are not. */
static void print_args(FILE *out, const struct cmd_spec *spec, bool options)
{
	bool first = true;

	for (size_t i = 0; i < spec->n_args; i++) {
		const struct cmd_arg *arg = &spec->args[i];
		char word[WORD_SIZE];

		if ((arg->flags & CMD_ARG_WIRE) ||
		    typed_as_option(arg) != options)
			continue;
		if (first)
			fprintf(out, "\n%s:\n",
				options ? "options" : "arguments");
		first = false;
		arg_word(arg, word);
		print_row(out, word, arg->help);
	}
}

/**
 * help_command() - Explain one command
 * @out:	Where to
 * @spec:	Command, one that can be typed
 */
void help_command(FILE *out, const struct cmd_spec *spec)
{
	print_usage(out, spec);
	fprintf(out, "\n%s: %s\n", spec->verb, spec->help);
	print_args(out, spec, false);
	print_args(out, spec, true);
	fputs("\noptions of all commands:\n", out);
	print_globals(out);
}

/**
 * help_overview() - Say what vswctl is and what it can do
 * @out:	Where to
 */
void help_overview(FILE *out)
{
	fputs("usage: vswctl [OPTION]... COMMAND [ARGUMENT]...\n"
	      "\nvswctl: control and watch a virtual Ethernet switch, vswd\n"
	      "\ncommands:\n",
	      out);
	for (size_t i = 0; i < CMD_COUNT; i++) {
		if (cmd_specs[i]->verb)
			print_row(out, cmd_specs[i]->verb, cmd_specs[i]->help);
	}
	fputs("\noptions:\n", out);
	print_globals(out);
	fputs("\nenvironment:\n", out);
	print_row(out, "VSWCTL_NAME", "like --name");
	print_row(out, "VSWCTL_TIMEOUT", "like --timeout");
	print_row(out, "VSWD", "program that up starts");
	print_row(out, "NO_COLOR", "no colour, whatever the terminal");
	fputs("\nvswctl help COMMAND explains one of them.\n", out);
}

static json_t *arg_json(const struct cmd_arg *arg)
{
	char word[WORD_SIZE];

	arg_word(arg, word);
	return json_pack("{s:s, s:s, s:b, s:b, s:s}", "name", arg->name,
			 "typed", word, "required",
			 !!(arg->flags & CMD_ARG_REQUIRED), "many",
			 !!(arg->flags & CMD_ARG_MANY), "help", arg->help);
}

static json_t *command_json(const struct cmd_spec *spec)
{
	json_t *args = json_array();

	for (size_t i = 0; i < spec->n_args; i++) {
		if (!(spec->args[i].flags & CMD_ARG_WIRE))
			json_array_append_new(args, arg_json(&spec->args[i]));
	}

	return json_pack("{s:s, s:s?, s:s, s:s, s:o}", "verb", spec->verb,
			 "method", spec->method, "help", spec->help, "access",
			 spec->access == CMD_ACCESS_READ ? "read" : "write",
			 "args", args);
}

/**
 * help_json() - The command table, for programs that complete or generate
 * @spec:	Command, or NULL for all that can be typed
 *
 * Return: an object, a new reference, or NULL if memory ran out
 */
json_t *help_json(const struct cmd_spec *spec)
{
	json_t *commands = json_array();

	for (size_t i = 0; i < CMD_COUNT; i++) {
		if (cmd_specs[i]->verb && (!spec || spec == cmd_specs[i]))
			json_array_append_new(commands,
					      command_json(cmd_specs[i]));
	}

	return json_pack("{s:i, s:o}", "schema", 1, "commands", commands);
}
