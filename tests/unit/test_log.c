/* SPDX-License-Identifier: MIT */
/* test_log.c - what the daemon tells its administrator */

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "log.h"

/* stderr is a pipe while a test runs; what was written is read back. */
struct pipes {
	int real_stderr;
	int read_end;
};

static int setup(void **state)
{
	struct pipes *pipes = malloc(sizeof(*pipes));
	int fds[2];

	if (!pipes || pipe(fds) < 0)
		return -1;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	pipes->real_stderr = dup(STDERR_FILENO);
	pipes->read_end = fds[0];
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	unsetenv("JOURNAL_STREAM");
	program_invocation_short_name = "vswd";
	*state = pipes;
	return log_set_levels("info", NULL);
}

static int teardown(void **state)
{
	struct pipes *pipes = *state;

	dup2(pipes->real_stderr, STDERR_FILENO);
	close(pipes->real_stderr);
	close(pipes->read_end);
	free(pipes);
	return 0;
}

static const char *written(void **state)
{
	static char buf[8192];
	struct pipes *pipes = *state;
	ssize_t n = read(pipes->read_end, buf, sizeof(buf) - 1);

	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

static void a_line_says_who_speaks(void **state)
{
	log_info(LOG_HOST, "interface %s is %d", "eth0", 1);
	assert_string_equal(written(state),
			    "vswd: host: interface eth0 is 1\n");
	log_error(LOG_MAIN, "plain");
	assert_string_equal(written(state), "vswd: main: plain\n");
}

static void the_journal_gets_a_priority(void **state)
{
	char stream[64];
	struct stat st;

	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_set_levels("debug", NULL);

	log_error(LOG_HOST, "a");
	log_warning(LOG_PORT, "b");
	log_info(LOG_CONTROL, "c");
	log_debug(LOG_CAPTURE, "d");
	assert_string_equal(written(state), "<3>host: a\n<4>port: b\n"
					    "<6>control: c\n<7>capture: d\n");
}

static void an_inherited_journal_variable_means_nothing(void **state)
{
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_info(LOG_HOST, "a");
	setenv("JOURNAL_STREAM", "rubbish", 1);
	log_info(LOG_HOST, "b");
	assert_string_equal(written(state), "vswd: host: a\nvswd: host: b\n");
}

static void a_level_hides_what_is_less_important(void **state)
{
	int n_evaluated = 0;

	log_set_levels("warning", NULL);
	log_error(LOG_HOST, "error %d", ++n_evaluated);
	log_warning(LOG_HOST, "warning %d", ++n_evaluated);
	log_info(LOG_HOST, "info %d", ++n_evaluated);
	log_debug(LOG_HOST, "debug %d", ++n_evaluated);

	assert_string_equal(written(state), "vswd: host: error 1\n"
					    "vswd: host: warning 2\n");
	assert_int_equal(n_evaluated, 2);
}

static void each_subsystem_has_its_level(void **state)
{
	(void)state;
	assert_int_equal(log_set_levels("host:debug,control:warning", NULL), 0);
	assert_int_equal(log_get_level(LOG_HOST), LOG_LEVEL_DEBUG);
	assert_int_equal(log_get_level(LOG_CONTROL), LOG_LEVEL_WARNING);
	assert_int_equal(log_get_level(LOG_MAIN), LOG_LEVEL_INFO);

	assert_int_equal(log_set_levels("error,port:info", NULL), 0);
	assert_int_equal(log_get_level(LOG_HOST), LOG_LEVEL_ERROR);
	assert_int_equal(log_get_level(LOG_PORT), LOG_LEVEL_INFO);

	assert_int_equal(log_set_levels("host:debug", NULL), 0);
	assert_int_equal(log_get_level(LOG_MAIN), LOG_LEVEL_ERROR);
}

static void a_wrong_spec_changes_nothing(void **state)
{
	static const char *const specs[] = { "",
					     ",",
					     "loud",
					     "debug,",
					     "host:",
					     ":debug",
					     "debug,x:info",
					     "host:debug,nope",
					     "INFO",
					     "host:debug:info",
					     "debug info",
					     NULL };

	(void)state;
	for (int i = 0; specs[i]; i++) {
		struct err err = { 0 };

		if (log_set_levels(specs[i], &err) != -EINVAL)
			fail_msg("'%s' was accepted", specs[i]);
		assert_true(err.msg[0]);
		assert_true(err.hint[0]);
		for (int j = 0; j < LOG_N_SUBSYSTEMS; j++)
			assert_int_equal(log_get_level((enum log_subsystem)j),
					 LOG_LEVEL_INFO);
	}
}

static void the_hints_name_all_there_is(void **state)
{
	struct err err;

	(void)state;
	log_set_levels("loud", &err);
	assert_string_equal(err.msg, "'loud' is not a log level");
	for (int i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++)
		assert_non_null(
			strstr(err.hint, log_level_name((enum log_level)i)));

	log_set_levels("disk:info", &err);
	assert_string_equal(err.msg, "'disk' is not a subsystem that logs");
	for (int i = 0; i < LOG_N_SUBSYSTEMS; i++)
		assert_non_null(strstr(
			err.hint, log_subsystem_name((enum log_subsystem)i)));
}

static void a_hostile_name_cannot_forge_a_line(void **state)
{
	log_info(LOG_CONTROL, "client '%s' left",
		 "x\nvswd: host: all is well\r\033[2J\303\204");
	assert_string_equal(written(state),
			    "vswd: control: client 'x\\x0avswd: host: all is "
			    "well\\x0d\\x1b[2J\\xc3\\x84' left\n");
}

static void a_long_text_is_cut_and_stays_one_line(void **state)
{
	static char huge[100000];
	const char *line;

	memset(huge, 'x', sizeof(huge) - 1);
	log_info(LOG_HOST, "%s", huge);
	line = written(state);
	assert_true(strlen(line) < 1100);
	assert_string_equal(line + strlen(line) - 5, "x...\n");

	memset(huge, '\n', sizeof(huge) - 1);
	log_info(LOG_HOST, "%s", huge);
	line = written(state);
	assert_true(strlen(line) <= 2048);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_string_equal(line + strlen(line) - 8, "\\x0a...\n");
}

static void errno_survives_logging(void **state)
{
	(void)state;
	errno = EXDEV;
	log_info(LOG_HOST, "x");
	assert_int_equal(errno, EXDEV);

	/* and a failure on the way */
	setenv("JOURNAL_STREAM", "1:1", 1);
	close(STDERR_FILENO);
	errno = EXDEV;
	log_info(LOG_HOST, "x");
	assert_int_equal(errno, EXDEV);
}

static void a_reader_that_sleeps_costs_lines_not_time(void **state)
{
	char text[801];
	int n_read = 0;

	written(state);
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	alarm(20); /* a daemon that waits would wait for ever */
	for (int i = 0; i < 500; i++)
		log_info(LOG_HOST, "%s", text);
	alarm(0);

	while (*written(state))
		n_read++;
	assert_true(n_read > 1);
	log_info(LOG_HOST, "awake again");
	assert_non_null(strstr(written(state), "lines of log lost"));
	log_info(LOG_HOST, "and now");
	assert_string_equal(written(state), "vswd: host: and now\n");
}

static void a_reader_that_is_gone_is_no_signal(void **state)
{
	struct pipes *pipes = *state;

	close(pipes->read_end);
	log_info(LOG_HOST, "nobody hears this"); /* SIGPIPE would end us */
	pipes->read_end = -1;
}

#define pipe_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		pipe_test(a_line_says_who_speaks),
		pipe_test(the_journal_gets_a_priority),
		pipe_test(an_inherited_journal_variable_means_nothing),
		pipe_test(a_level_hides_what_is_less_important),
		pipe_test(each_subsystem_has_its_level),
		pipe_test(a_wrong_spec_changes_nothing),
		pipe_test(the_hints_name_all_there_is),
		pipe_test(a_hostile_name_cannot_forge_a_line),
		pipe_test(a_long_text_is_cut_and_stays_one_line),
		pipe_test(a_reader_that_sleeps_costs_lines_not_time),
		/* these two lose a line, so they come last */
		pipe_test(errno_survives_logging),
		pipe_test(a_reader_that_is_gone_is_no_signal),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
