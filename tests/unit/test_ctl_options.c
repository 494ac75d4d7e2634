/* SPDX-License-Identifier: MIT */
/* test_ctl_options.c - what is typed becomes a request */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "macros.h"
#include "options.h"

enum {
	WORDS_MAX = 16,
};

/* Read a command line given as one string, blanks between the words. */
static enum status read_line(const char *line, char *copy,
			     struct options *options, struct problem *problem)
{
	char *words[WORDS_MAX + 1] = { (char *)"vswctl" };
	char *rest = strcpy(copy, line);
	int n = 1;

	while (rest && *rest) {
		assert_true(n < WORDS_MAX);
		words[n++] = strsep(&rest, " ");
	}
	words[n] = NULL;
	return options_parse(options, n, words, problem);
}

static void assert_request(const char *line, enum cmd_id id, const char *params,
			   const char *locals)
{
	char copy[200];
	struct options options;
	struct problem problem = { .status = STATUS_DONE };
	char *text;

	if (read_line(line, copy, &options, &problem) != STATUS_DONE ||
	    options_check(&options, &problem) != STATUS_DONE)
		fail_msg("%s: %s", line, problem.err.msg);
	assert_ptr_equal(options.spec, cmd_specs[id]);
	text = json_dumps(options.params, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, params);
	free(text);
	text = json_dumps(options.locals, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, locals);
	free(text);
	options_fini(&options);
}

static void assert_usage(const char *line, const char *says)
{
	char copy[200];
	struct options options;
	struct problem problem = { .status = STATUS_DONE };
	enum status status = read_line(line, copy, &options, &problem);

	if (status == STATUS_DONE && options.spec)
		status = options_check(&options, &problem);
	if (status != STATUS_USAGE)
		fail_msg("%s: not refused", line);
	if (!strstr(problem.err.msg, says) && !strstr(problem.err.hint, says))
		fail_msg("%s: '%s' (%s) does not say '%s'", line,
			 problem.err.msg, problem.err.hint, says);
	options_fini(&options);
}

static int setup(void **state)
{
	(void)state;
	unsetenv("VSWCTL_NAME");
	unsetenv("VSWCTL_TIMEOUT");
	return 0;
}

static void options_are_typed_in_any_usual_way(void **state)
{
	static const char *const lines[] = {
		"capture web -f icmp -c 4 -w out",
		"capture -ficmp -c4 -wout web",
		"capture --filter icmp --count 4 --write out web",
		"capture --filter=icmp --count=4 --write=out web",
		"-t 1s capture -j --filter=icmp web -c4 -n lab0 -w out",
		"--name=lab0 capture -f icmp -c 4 -w out -- web",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_request(lines[i], CMD_CAPTURE,
			       "{\"count\":4,\"filter\":\"icmp\","
			       "\"ports\":[\"web\"]}",
			       "{\"write\":\"out\"}");
}

static void words_find_their_arguments(void **state)
{
	(void)state;
	assert_request("add-fdb 02:00:00:00:00:01 web --vlan 0", CMD_ADD_FDB,
		       "{\"mac\":\"02:00:00:00:00:01\",\"port\":\"web\","
		       "\"vlan\":0}",
		       "{}");
	assert_request("capture a b c", CMD_CAPTURE,
		       "{\"ports\":[\"a\",\"b\",\"c\"]}", "{}");
	assert_request("show-fdb vlan=7 port=web", CMD_SHOW_FDB,
		       "{\"port\":\"web\",\"vlan\":7}", "{}");
	assert_request("attach web --may-exist --ip 10.0.0.1/24 --ip fd00::1/8",
		       CMD_ATTACH,
		       "{\"ip\":[\"10.0.0.1/24\",\"fd00::1/8\"],"
		       "\"may_exist\":true,\"target\":\"web\"}",
		       "{}");
	assert_request("help attach", CMD_HELP, "{}",
		       "{\"command\":\"attach\"}");
	assert_request("capture -w -", CMD_CAPTURE, "{}", "{\"write\":\"-\"}");
	assert_request("capture --for 1m30s", CMD_CAPTURE, "{}",
		       "{\"for\":90000}");
	assert_request("monitor --for 0", CMD_MONITOR, "{}", "{\"for\":0}");
	assert_request("wait-port web --within 250ms", CMD_WAIT_PORT, "{}",
		       "{\"port\":\"web\",\"within\":250}");
}

static void a_dash_can_begin_a_value_but_not_a_word(void **state)
{
	(void)state;
	assert_request("detach -- -port", CMD_DETACH, "{\"port\":\"-port\"}",
		       "{}");
	assert_request("attach web --port -p", CMD_ATTACH,
		       "{\"port\":\"-p\",\"target\":\"web\"}", "{}");
	assert_usage("detach -port", "unknown option '-port'");
}

static void mistakes_are_named(void **state)
{
	(void)state;
	assert_usage("detach", "PORT is missing");
	assert_usage("detach a b", "what is 'b'?");
	assert_usage("detach a --name", "needs a value");
	assert_usage("attach a --mac 1 --mac 2", "not a MAC");
	assert_usage("monitor --for soon", "for: 'soon' is not a duration");
	assert_usage("wait-port web --within 2000000d", "is not a time");
	assert_usage("attach a --mtu 1500 --mtu 1500", "mtu is given twice");
	assert_usage("attach a --may-exist --may-exist",
		     "may-exist is given twice");
	assert_usage("attach a --may_exist", "did you mean --may-exist?");
	assert_usage("show-fdb vlan=1 vlan=2", "given twice");
	assert_usage("show-fdb vlan", "filters are");
	assert_usage("show-fdb =", "what is '='?");
	assert_usage("-x detach", "given after it");
	assert_usage("--n detach", "unknown option '--n'");
	assert_usage("hepl", "did you mean 'help'?");
}

static void an_option_that_is_cut_short_is_no_option(void **state)
{
	(void)state;
	assert_usage("capture --count4", "unknown option");
	assert_usage("capture --coun 4", "did you mean --count?");
	assert_usage("capture --counts 4", "did you mean --count?");
	assert_usage("--js show-ports", "unknown option");
}

static void globals_are_read_wherever_they_stand(void **state)
{
	char copy[200];
	struct options options;
	struct problem problem;

	(void)state;
	assert_int_equal(read_line("--name lab0 show-ports --json -t 2s", copy,
				   &options, &problem),
			 STATUS_DONE);
	assert_string_equal(options.name, "lab0");
	assert_true(options.json);
	assert_int_equal(options.timeout.us, 2000000);
	options_fini(&options);

	assert_int_equal(read_line("show-ports", copy, &options, &problem),
			 STATUS_DONE);
	assert_null(options.name);
	assert_false(options.json);
	assert_int_equal(options.timeout.us, 5000000);
	options_fini(&options);

	assert_int_equal(read_line("bad -j", copy, &options, &problem),
			 STATUS_USAGE);
	assert_true(options.json);
	options_fini(&options);
}

static void options_win_over_the_environment(void **state)
{
	char copy[200];
	struct options options;
	struct problem problem;

	(void)state;
	setenv("VSWCTL_NAME", "lab7", 1);
	setenv("VSWCTL_TIMEOUT", "7s", 1);
	assert_int_equal(read_line("show-ports", copy, &options, &problem),
			 STATUS_DONE);
	assert_string_equal(options.name, "lab7");
	assert_int_equal(options.timeout.us, 7000000);
	options_fini(&options);
	assert_int_equal(
		read_line("-n lab0 show-ports -t 1", copy, &options, &problem),
		STATUS_DONE);
	assert_string_equal(options.name, "lab0");
	assert_int_equal(options.timeout.us, 1000000);
	options_fini(&options);

	setenv("VSWCTL_NAME", "", 1);
	setenv("VSWCTL_TIMEOUT", "", 1);
	assert_int_equal(read_line("show-ports", copy, &options, &problem),
			 STATUS_DONE);
	assert_null(options.name);
	options_fini(&options);
	setup(state);
}

/* A command's letter would hide a global one; so would its name. */
static void global_options_are_free_in_every_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < CMD_COUNT; i++) {
		const struct cmd_spec *spec = cmd_specs[i];

		for (size_t j = 0; j < option_n_globals; j++) {
			const struct option_global *global = &option_globals[j];

			assert_null(cmd_find_arg(spec, global->name));
			for (size_t k = 0; k < spec->n_args; k++)
				assert_int_not_equal(spec->args[k].letter,
						     global->letter);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_typed_in_any_usual_way),
		cmocka_unit_test(words_find_their_arguments),
		cmocka_unit_test(a_dash_can_begin_a_value_but_not_a_word),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(an_option_that_is_cut_short_is_no_option),
		cmocka_unit_test(globals_are_read_wherever_they_stand),
		cmocka_unit_test(options_win_over_the_environment),
		cmocka_unit_test(global_options_are_free_in_every_command),
	};

	return cmocka_run_group_tests_name("ctl_options", tests, setup, NULL);
}
