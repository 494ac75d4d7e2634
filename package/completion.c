/* SPDX-License-Identifier: MIT */
/*
 * completion.c - puts the table of commands into the completion of a shell
 *
 * usage: completion <TEMPLATE >FILE
 *
 * Runs when vsw is built. The line "@TABLE@" of the template becomes a shell
 * function, which bash and zsh understand alike: for no argument it prints the
 * commands and the options of all of them, for a command what that takes. Each
 * is a line KIND|WORD|VALUE|HELP:
 *
 *	KIND	command; option, with a value; flag, without; filter; word; words
 *	WORD	what is typed: --type, -f, port=
 *	VALUE	what the value is: port, target, switch, file, lab (a switch or
 *		a file), command, =A,B or nothing that could be known
 */

#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "options.h"

enum {
	LINE_SIZE = 200,
};

static void print_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	}
	putchar('\'');
}

static void print_row(const char *kind, const char *word, const char *value,
		      const char *help)
{
	char line[LINE_SIZE];

	/* FILE|NAME would be two columns; a label is not typed anyhow. */
	snprintf(line, sizeof(line), "%s|%.*s|%s|%s", kind,
		 (int)strcspn(word, "|"), word, value, help);
	fputs(" \\\n\t\t\t", stdout);
	print_quoted(line);
}

static void print_option(const char *name, char letter, const char *value,
			 bool takes_value, const char *help)
{
	const char *kind = takes_value ? "option" : "flag";
	const char short_word[] = { '-', letter, '\0' };
	char word[LINE_SIZE];

	snprintf(word, sizeof(word), "--%s", name);
	for (char *c = word; *c; c++) {
		if (*c == '_')
			*c = '-';
	}
	print_row(kind, word, value, help);
	if (letter)
		print_row(kind, short_word, value, help);
}

/* What a shell can know of a value. A name yet to be given is not a "PORT". */
static void describe_value(const struct cmd_arg *arg, char ret[LINE_SIZE])
{
	const char *label = arg->label ? arg->label : "";
	const char *value = "";

	if (!strncmp(label, "PORT", strlen("PORT")))
		value = "port";
	else if (arg->type == CMD_ARG_TYPE_TARGET)
		value = "target";
	else if (!strcmp(label, "FILE"))
		value = "file";
	else if (!strcmp(label, "FILE|NAME"))
		value = "lab";
	else if (!strcmp(label, "COMMAND"))
		value = "command";
	snprintf(ret, LINE_SIZE, "%s", value);

	for (size_t i = 0; arg->choices && arg->choices[i]; i++) {
		const size_t used = strlen(ret);

		snprintf(ret + used, LINE_SIZE - used, "%c%s", i ? ',' : '=',
			 arg->choices[i]);
	}
}

static void print_arg(const struct cmd_arg *arg)
{
	char value[LINE_SIZE], word[LINE_SIZE];

	describe_value(arg, value);
	if (arg->flags & CMD_ARG_WIRE)
		return;
	if (arg->flags & CMD_ARG_FILTER) {
		snprintf(word, sizeof(word), "%s=", arg->name);
		print_row("filter", word, value, arg->help);
	} else if (arg->flags & CMD_ARG_POSITIONAL) {
		print_row(arg->flags & CMD_ARG_MANY ? "words" : "word",
			  arg->label, value, arg->help);
	} else {
		print_option(arg->name, arg->letter, value, arg->label,
			     arg->help);
	}
}

static void print_globals(void)
{
	fputs("\t'')\n\t\tprintf '%s\\n'", stdout);
	for (size_t i = 0; i < option_n_globals; i++) {
		const struct option_global *global = &option_globals[i];

		print_option(global->name, global->letter,
			     strcmp(global->name, "name") ? "" : "switch",
			     global->label, global->help);
	}
	for (size_t i = 0; i < CMD_COUNT; i++) {
		if (cmd_specs[i]->verb)
			print_row("command", cmd_specs[i]->verb, "",
				  cmd_specs[i]->help);
	}
	puts("\n\t\t;;");
}

static void print_table(void)
{
	puts("_vswctl_table() {\n\tcase $1 in");
	print_globals();
	for (size_t i = 0; i < CMD_COUNT; i++) {
		const struct cmd_spec *spec = cmd_specs[i];

		if (!spec->verb || !spec->n_args)
			continue;
		printf("\t%s)\n\t\tprintf '%%s\\n'", spec->verb);
		for (size_t j = 0; j < spec->n_args; j++)
			print_arg(&spec->args[j]);
		puts("\n\t\t;;");
	}
	puts("\tesac\n}");
}

int main(void)
{
	char line[LINE_SIZE];

	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "@TABLE@\n"))
			print_table();
		else
			fputs(line, stdout);
	}
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}
