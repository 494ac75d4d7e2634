/* SPDX-License-Identifier: MIT */
/* test_cmd.c - the command table is complete and consistent */

#include "unit.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "cmd.h"

enum {
	HELP_MAX = 60, /* so that a help page keeps to 80 columns */
};

typedef void (*check_arg)(const struct cmd_spec *spec,
			  const struct cmd_arg *arg);

static void for_each_arg(check_arg check)
{
	for (size_t i = 0; i < CMD_COUNT; i++) {
		for (size_t j = 0; j < cmd_specs[i]->n_args; j++)
			check(cmd_specs[i], &cmd_specs[i]->args[j]);
	}
}

static bool typed(const struct cmd_arg *arg)
{
	return !(arg->flags & CMD_ARG_WIRE);
}

/* One line, lower case unless it begins with a proper name, no full stop. */
static void assert_help(const char *help)
{
	assert_non_null(help);
	assert_true(strlen(help) > 0 && strlen(help) <= HELP_MAX);
	assert_true(!isupper((unsigned char)help[0]) ||
		    isupper((unsigned char)help[1]));
	assert_int_not_equal(help[strlen(help) - 1], '.');
	for (; *help; help++)
		assert_true(isprint((unsigned char)*help));
}

static void every_command_is_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < CMD_COUNT; i++) {
		const struct cmd_spec *spec = cmd_specs[i];

		assert_true(spec->verb || spec->method);
		assert_help(spec->help);
		assert_true(spec->since >= 1);
		assert_true(spec->access == CMD_ACCESS_READ ||
			    spec->access == CMD_ACCESS_WRITE);
		assert_true(!spec->n_args == !spec->args);
	}
}

/* What looks only is open to all; whoever adds a command has to decide. */
static void only_commands_that_show_are_open_to_readers(void **state)
{
	(void)state;
	for (size_t i = 0; i < CMD_COUNT; i++) {
		const struct cmd_spec *spec = cmd_specs[i];
		const char *dot;

		if (!spec->method) /* the access its parts need */
			continue;
		dot = strchr(spec->method, '.');
		assert_non_null(dot);
		assert_int_equal(spec->access == CMD_ACCESS_READ,
				 !strcmp(dot, ".show") ||
					 !strcmp(dot, ".list") ||
					 !strcmp(dot, ".subscribe") ||
					 !strcmp(dot, ".explain"));
	}
}

static void verbs_and_methods_are_found_and_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < CMD_COUNT; i++) {
		const struct cmd_spec *spec = cmd_specs[i];

		if (spec->verb)
			assert_ptr_equal(cmd_find_verb(spec->verb), spec);
		if (spec->method)
			assert_ptr_equal(cmd_find_method(spec->method), spec);
	}
	assert_null(cmd_find_verb("fdb.show"));
	assert_null(cmd_find_method("show-fdb"));
	assert_null(cmd_find_verb(""));
	assert_null(cmd_find_method(""));
}

static void check_names(const struct cmd_spec *spec, const struct cmd_arg *arg)
{
	assert_non_null(arg->name);
	assert_ptr_equal(cmd_find_arg(spec, arg->name), arg);
	assert_help(arg->help);
	for (const char *c = arg->name; *c; c++)
		assert_true(islower((unsigned char)*c) || *c == '_');

	for (const struct cmd_arg *other = spec->args; other < arg; other++) {
		assert_true(!arg->letter || arg->letter != other->letter);
		assert_string_not_equal(other->name, arg->name);
	}
}

static void arguments_are_described_and_unique(void **state)
{
	(void)state;
	for_each_arg(check_names);
	assert_null(cmd_find_arg(cmd_specs[CMD_ATTACH], "no_such"));
}

static void check_kinds(const struct cmd_spec *spec, const struct cmd_arg *arg)
{
	const unsigned flags = arg->flags;

	assert_true(!(flags & CMD_ARG_COMMAS) || flags & CMD_ARG_MANY);
	assert_int_equal(!!arg->choices, arg->type == CMD_ARG_TYPE_CHOICE);
	if (arg->type == CMD_ARG_TYPE_FLAG)
		assert_false(flags & (CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL |
				      CMD_ARG_MANY | CMD_ARG_FILTER));
	if (arg->type == CMD_ARG_TYPE_CURSOR || arg->type == CMD_ARG_TYPE_BPF)
		assert_true(flags & CMD_ARG_WIRE);
	if (flags & CMD_ARG_WIRE) {
		assert_false(flags & (CMD_ARG_POSITIONAL | CMD_ARG_FILTER |
				      CMD_ARG_LOCAL));
		assert_false(arg->letter);
	}
	assert_false((flags & CMD_ARG_POSITIONAL) && (flags & CMD_ARG_FILTER));
	assert_false((flags & CMD_ARG_POSITIONAL) && arg->letter);
	assert_false((flags & CMD_ARG_FILTER) && (flags & CMD_ARG_REQUIRED));

	/* What is typed with a value needs a word for it in the help. */
	if (spec->verb && typed(arg))
		assert_int_equal(!arg->label, arg->type == CMD_ARG_TYPE_FLAG);
	if (!spec->method && typed(arg) && spec->id != CMD_DIFF)
		assert_true(flags & CMD_ARG_LOCAL);
	assert_true(!arg->letter || isalpha((unsigned char)arg->letter));
}

static void arguments_are_of_one_kind(void **state)
{
	(void)state;
	for_each_arg(check_kinds);
}

static void global_options_are_not_taken_by_a_command(void **state)
{
	static const char *const globals[] = { "name", "json", "timeout",
					       "help", "version" };

	(void)state;
	for (size_t i = 0; i < CMD_COUNT; i++) {
		for (size_t j = 0; j < sizeof(globals) / sizeof(*globals); j++)
			assert_null(cmd_find_arg(cmd_specs[i], globals[j]));
		for (size_t j = 0; j < cmd_specs[i]->n_args; j++)
			assert_int_not_equal(cmd_specs[i]->args[j].letter, 'h');
	}
}

static void bare_words_can_mean_only_one_thing(void **state)
{
	(void)state;
	for (size_t i = 0; i < CMD_COUNT; i++) {
		const struct cmd_arg *last = NULL;

		for (size_t j = 0; j < cmd_specs[i]->n_args; j++) {
			const struct cmd_arg *arg = &cmd_specs[i]->args[j];

			if (!(arg->flags & CMD_ARG_POSITIONAL))
				continue;
			if (last) {
				assert_false(last->flags & CMD_ARG_MANY);
				assert_true((last->flags & CMD_ARG_REQUIRED) ||
					    !(arg->flags & CMD_ARG_REQUIRED));
			}
			last = arg;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_described),
		cmocka_unit_test(only_commands_that_show_are_open_to_readers),
		cmocka_unit_test(verbs_and_methods_are_found_and_unique),
		cmocka_unit_test(arguments_are_described_and_unique),
		cmocka_unit_test(arguments_are_of_one_kind),
		cmocka_unit_test(global_options_are_not_taken_by_a_command),
		cmocka_unit_test(bare_words_can_mean_only_one_thing),
	};

	return cmocka_run_group_tests_name("cmd", tests, NULL, NULL);
}
