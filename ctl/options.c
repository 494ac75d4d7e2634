/* SPDX-License-Identifier: MIT */
/* options.c - what was typed, made into a request */

#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arg.h"
#include "macros.h"
#include "name.h"
#include "nearest.h"
#include "units.h"

enum {
	TIMEOUT_DEFAULT_MS = 5000,
	TIMEOUT_LAB_MS = 120000, /* a large one takes a while */
	OPTION_SIZE = 32, /* of an option's name as typed, and NUL */
};

/* In the order of option_globals[]. */
enum global {
	GLOBAL_NAME,
	GLOBAL_JSON,
	GLOBAL_TIMEOUT,
	GLOBAL_HELP,
	GLOBAL_VERSION,

	GLOBAL_COUNT,
};

const struct option_global option_globals[] = {
	[GLOBAL_NAME] = { "name", 'n', "NAME",
			  "switch to talk to (default: the only one)" },
	[GLOBAL_JSON] = { "json", 'j', NULL, "answer as JSON" },
	[GLOBAL_TIMEOUT] = { "timeout", 't', "TIME",
			     "how long to wait for the switch (default: 5s)" },
	[GLOBAL_HELP] = { "help", 'h', NULL, "explain the command" },
	[GLOBAL_VERSION] = { "version", 'V', NULL, "print the version" },
};

const size_t option_n_globals = GLOBAL_COUNT;

/* Words still to be read, and what they become. */
struct reader {
	struct options *options;
	char **words; /* NULL-terminated */
	size_t n_bare; /* bare words the command has had */
	struct problem *problem;
};

static void show(const char *text, char ret[NAME_SHOWN_SIZE])
{
	name_printable(text, strlen(text), ret, NAME_SHOWN_SIZE);
}

/* "may_exist" is typed "--may-exist". */
static void option_name(const char *name, char ret[OPTION_SIZE])
{
	snprintf(ret, OPTION_SIZE, "%s", name);
	for (char *c = ret; *c; c++) {
		if (*c == '_')
			*c = '-';
	}
}

static enum status set_timeout(struct options *options, const char *text,
			       const char *who, struct problem *problem)
{
	mtime_t timeout;
	struct err why;

	if (duration_parse(text, &timeout, &problem->err) < 0) {
		why = problem->err;
		problem_set(problem, STATUS_USAGE, "%s: %s", who, why.msg);
		err_hint(&problem->err, "%s", why.hint);
		return STATUS_USAGE;
	}
	if (timeout.us == 0)
		return problem_set(problem, STATUS_USAGE,
				   "%s: has to be longer than 0", who);

	options->timeout = timeout;
	return STATUS_DONE;
}

static enum status set_name(struct options *options, const char *name,
			    struct problem *problem)
{
	if (name_check_switch(name, &problem->err) < 0)
		return problem_take(problem, STATUS_USAGE);

	options->name = name;
	return STATUS_DONE;
}

static enum status set_global(struct options *options, enum global global,
			      const char *value, struct problem *problem)
{
	switch (global) {
	case GLOBAL_NAME:
		return set_name(options, value, problem);
	case GLOBAL_TIMEOUT:
		return set_timeout(options, value, "--timeout", problem);
	case GLOBAL_JSON:
		options->json = true;
		break;
	case GLOBAL_HELP:
		options->help = true;
		break;
	case GLOBAL_VERSION:
		options->version = true;
		break;
	case GLOBAL_COUNT:
		break;
	}

	return STATUS_DONE;
}

static enum status set_arg(struct reader *reader, const struct cmd_arg *arg,
			   const char *text)
{
	struct problem *problem = reader->problem;
	json_t *object = arg->flags & CMD_ARG_LOCAL ? reader->options->locals
						    : reader->options->params;
	json_t *value, *values = json_object_get(object, arg->name);
	char typed[OPTION_SIZE];

	if (arg_parse(arg, text, &value, &problem->err) < 0)
		return problem_take(problem, STATUS_USAGE);

	if (!(arg->flags & CMD_ARG_MANY)) {
		if (!values) {
			json_object_set_new(object, arg->name, value);
			return STATUS_DONE;
		}
		json_decref(value);
		option_name(arg->name, typed);
		return problem_set(problem, STATUS_USAGE, "%s is given twice",
				   typed);
	}

	if (!values) {
		values = json_array();
		json_object_set_new(object, arg->name, values);
	}
	json_array_append_new(values, value);
	return STATUS_DONE;
}

/*
 * "web,db" is typed for two values; a name with a comma is for programs.
 * @text is NULL for an option that takes no value.
 */
static enum status set_args(struct reader *reader, const struct cmd_arg *arg,
			    const char *text)
{
	char *words, *rest;
	enum status status = STATUS_DONE;

	if (!text || !(arg->flags & CMD_ARG_COMMAS))
		return set_arg(reader, arg, text);

	words = rest = strdup(text);
	if (!words)
		return problem_set(reader->problem, STATUS_FAILED,
				   "out of memory");
	while (rest && status == STATUS_DONE)
		status = set_arg(reader, arg, strsep(&rest, ","));
	free(words);
	return status;
}

/* Options */

static bool typed_as_option(const struct cmd_arg *arg)
{
	return !(arg->flags &
		 (CMD_ARG_POSITIONAL | CMD_ARG_FILTER | CMD_ARG_WIRE));
}

/* Does "--long=..." or "--long" mean @name? Return: what follows the name */
static const char *match_long(const char *word, const char *name)
{
	char typed[OPTION_SIZE];
	size_t len;

	option_name(name, typed);
	len = strlen(typed);
	if (strncmp(word + 2, typed, len))
		return NULL;
	word += 2 + len;
	return *word == '\0' || *word == '=' ? word : NULL;
}

static const char *match(const char *word, const char *name, char letter)
{
	if (word[1] == '-')
		return match_long(word, name);

	return letter && word[1] == letter ? word + 2 : NULL;
}

/*
 * The value of an option: behind '=', behind its letter, or the next word.
 * @rest is what follows the option's name in its word.
 */
static enum status take_value(struct reader *reader, const char *rest,
			      const char *label, const char **ret)
{
	const char *word = *reader->words;
	const bool is_long = word[1] == '-';
	char shown[NAME_SHOWN_SIZE];

	show(word, shown);
	if (!label) {
		*ret = NULL;
		if (!*rest)
			return STATUS_DONE;
		return problem_set(reader->problem, STATUS_USAGE,
				   "'%s': this option takes no value", shown);
	}

	if (*rest) {
		*ret = is_long ? rest + 1 : rest;
		return STATUS_DONE;
	}
	if (!reader->words[1])
		return problem_set(reader->problem, STATUS_USAGE,
				   "%s needs a value: %s %s", shown, shown,
				   label);
	*ret = *++reader->words;
	return STATUS_DONE;
}

static enum status unknown_option(struct reader *reader)
{
	const struct cmd_spec *spec = reader->options->spec;
	const char *word = *reader->words;
	char shown[NAME_SHOWN_SIZE], typed[OPTION_SIZE];
	struct nearest nearest;

	show(word, shown);
	problem_set(reader->problem, STATUS_USAGE, "unknown option '%s'",
		    shown);
	if (!spec)
		err_hint(&reader->problem->err,
			 "options of a command are given after it");

	nearest_init(&nearest, word + strspn(word, "-"));
	for (size_t i = 0; i < option_n_globals; i++)
		nearest_offer(&nearest, option_globals[i].name);
	for (size_t i = 0; spec && i < spec->n_args; i++) {
		const struct cmd_arg *arg = &spec->args[i];

		if (typed_as_option(arg))
			nearest_offer(&nearest, arg->name);
		else if ((arg->flags & CMD_ARG_FILTER) &&
			 match(word, arg->name, 0)) {
			err_hint(&reader->problem->err, "typed as %s=%s",
				 arg->name, arg->label);
			return STATUS_USAGE;
		}
	}
	if (nearest.best) {
		option_name(nearest.best, typed);
		err_hint(&reader->problem->err, "did you mean --%s?", typed);
	} else if (spec) {
		err_hint(&reader->problem->err, "vswctl help %s", spec->verb);
	}
	return STATUS_USAGE;
}

static enum status read_option(struct reader *reader)
{
	const struct cmd_spec *spec = reader->options->spec;
	const char *word = *reader->words;
	const char *rest, *value = NULL;
	enum status status;

	for (size_t i = 0; spec && i < spec->n_args; i++) {
		const struct cmd_arg *arg = &spec->args[i];

		rest = typed_as_option(arg)
			       ? match(word, arg->name, arg->letter)
			       : NULL;
		if (!rest)
			continue;
		status = take_value(reader, rest, arg->label, &value);
		return status == STATUS_DONE ? set_args(reader, arg, value)
					     : status;
	}

	for (size_t i = 0; i < option_n_globals; i++) {
		const struct option_global *global = &option_globals[i];

		rest = match(word, global->name, global->letter);
		if (!rest)
			continue;
		status = take_value(reader, rest, global->label, &value);
		return status == STATUS_DONE
			       ? set_global(reader->options, (enum global)i,
					    value, reader->problem)
			       : status;
	}

	return unknown_option(reader);
}

/* Bare words */

static enum status unknown_command(struct reader *reader)
{
	const char *word = *reader->words;
	char shown[NAME_SHOWN_SIZE];
	struct nearest nearest;

	show(word, shown);
	problem_set(reader->problem, STATUS_USAGE, "unknown command '%s'",
		    shown);
	nearest_init(&nearest, word);
	for (size_t i = 0; i < CMD_COUNT; i++) {
		if (cmd_specs[i]->verb)
			nearest_offer(&nearest, cmd_specs[i]->verb);
	}
	if (nearest.best)
		err_hint(&reader->problem->err, "did you mean '%s'?",
			 nearest.best);
	else
		err_hint(&reader->problem->err, "vswctl help lists them");
	return STATUS_USAGE;
}

static const struct cmd_arg *find_filter(const struct cmd_spec *spec,
					 const char *word)
{
	const char *equals = strchr(word, '=');

	for (size_t i = 0; equals && i < spec->n_args; i++) {
		const struct cmd_arg *arg = &spec->args[i];
		const size_t len = strlen(arg->name);

		if ((arg->flags & CMD_ARG_FILTER) &&
		    (size_t)(equals - word) == len &&
		    !strncmp(word, arg->name, len))
			return arg;
	}

	return NULL;
}

/* The positional argument for bare word number @n, or NULL */
static const struct cmd_arg *find_positional(const struct cmd_spec *spec,
					     size_t n)
{
	for (size_t i = 0; i < spec->n_args; i++) {
		const struct cmd_arg *arg = &spec->args[i];

		if (!(arg->flags & CMD_ARG_POSITIONAL))
			continue;
		if (n == 0 || (arg->flags & CMD_ARG_MANY))
			return arg;
		n--;
	}

	return NULL;
}

static enum status surplus_word(struct reader *reader)
{
	const struct cmd_spec *spec = reader->options->spec;
	char shown[NAME_SHOWN_SIZE];
	char filters[120] = "";
	size_t used = 0;

	show(*reader->words, shown);
	problem_set(reader->problem, STATUS_USAGE, "what is '%s'?", shown);
	for (size_t i = 0; i < spec->n_args && used < sizeof(filters); i++) {
		const struct cmd_arg *arg = &spec->args[i];

		if (arg->flags & CMD_ARG_FILTER)
			used += (size_t)snprintf(filters + used,
						 sizeof(filters) - used,
						 "%s%s=%s", used ? ", " : "",
						 arg->name, arg->label);
	}
	if (used)
		err_hint(&reader->problem->err, "filters are %s", filters);
	else
		err_hint(&reader->problem->err, "vswctl help %s", spec->verb);
	return STATUS_USAGE;
}

static enum status read_bare(struct reader *reader)
{
	struct options *options = reader->options;
	const char *word = *reader->words;
	const struct cmd_arg *arg;

	if (!options->spec) {
		options->spec = cmd_find_verb(word);
		return options->spec ? STATUS_DONE : unknown_command(reader);
	}

	arg = find_filter(options->spec, word);
	if (arg)
		return set_arg(reader, arg, strchr(word, '=') + 1);
	arg = find_positional(options->spec, reader->n_bare);
	if (!arg)
		return surplus_word(reader);

	reader->n_bare++;
	return set_arg(reader, arg, word);
}

static enum status read_words(struct reader *reader)
{
	enum status status = STATUS_DONE;
	bool all_bare = false;

	for (; status == STATUS_DONE && *reader->words; reader->words++) {
		const char *word = *reader->words;

		if (!all_bare && !strcmp(word, "--"))
			all_bare = true;
		else if (!all_bare && word[0] == '-' && word[1])
			status = read_option(reader);
		else
			status = read_bare(reader);
	}

	return status;
}

static enum status read_environment(struct options *options,
				    struct problem *problem)
{
	const char *timeout = getenv("VSWCTL_TIMEOUT");
	const char *name = getenv("VSWCTL_NAME");

	/* Options win, and a bad name nobody asks for does no harm. */
	if (name && *name && !options->name) {
		if (set_name(options, name, problem) != STATUS_DONE) {
			err_hint(
				&problem->err,
				"it comes from VSWCTL_NAME in the environment");
			return STATUS_USAGE;
		}
	}
	if (timeout && *timeout && options->timeout.us == 0)
		return set_timeout(options, timeout, "VSWCTL_TIMEOUT", problem);

	return STATUS_DONE;
}

/* What changes a whole lab is given the time that takes. */
static mtime_t default_timeout(const struct cmd_spec *spec)
{
	const bool is_long =
		spec && (spec->id == CMD_APPLY || spec->id == CMD_CONFIRM ||
			 spec->id == CMD_UP || spec->id == CMD_DOWN);

	return mtime_from_ms(is_long ? TIMEOUT_LAB_MS : TIMEOUT_DEFAULT_MS);
}

/**
 * options_parse() - Read a command line
 * @options:	Where it goes; options_fini() it in either case
 * @argc:	As main() got it
 * @argv:	As main() got it; @options refers to it
 * @problem:	Where to say what is wrong
 *
 * On failure @options has what was understood before, so that main() knows
 * how to report it. Whether all is there that has to be, options_check() says.
 *
 * Return: STATUS_DONE, or STATUS_USAGE
 */
enum status options_parse(struct options *options, int argc, char **argv,
			  struct problem *problem)
{
	struct reader reader = { .options = options,
				 .words = argv + (argc > 0),
				 .problem = problem };
	enum status status;

	*options = (struct options){ .params = json_object(),
				     .locals = json_object() };
	status = read_words(&reader);
	/* Even if it comes after the mistake: programs read the answer. */
	for (; status != STATUS_DONE && *reader.words; reader.words++) {
		if (!strcmp(*reader.words, "--json") ||
		    !strcmp(*reader.words, "-j"))
			options->json = true;
	}
	if (status == STATUS_DONE)
		status = read_environment(options, problem);
	if (options->timeout.us == 0)
		options->timeout = default_timeout(options->spec);
	return status;
}

/**
 * options_check() - Is this complete, and does it fit together?
 * @options:	What options_parse() read
 * @problem:	Where to say what is wrong
 *
 * Return: STATUS_DONE, or STATUS_USAGE
 */
enum status options_check(const struct options *options,
			  struct problem *problem)
{
	const struct cmd_spec *spec = options->spec;

	for (size_t i = 0; i < spec->n_args; i++) {
		const struct cmd_arg *arg = &spec->args[i];
		const json_t *given = arg->flags & CMD_ARG_LOCAL
					      ? options->locals
					      : options->params;

		if (!(arg->flags & CMD_ARG_REQUIRED) ||
		    json_object_get(given, arg->name))
			continue;
		problem_set(problem, STATUS_USAGE, "%s is missing", arg->label);
		err_hint(&problem->err, "%s: %s", arg->label, arg->help);
		return STATUS_USAGE;
	}

	if (arg_check_params(spec, options->params, &problem->err) < 0)
		return problem_take(problem, STATUS_USAGE);

	return STATUS_DONE;
}

/**
 * options_fini() - Let go of a command line
 * @options:	What options_parse() filled
 */
void options_fini(struct options *options)
{
	json_decref(options->params);
	json_decref(options->locals);
}
