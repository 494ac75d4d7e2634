/* SPDX-License-Identifier: MIT */
/* test_lab_made.c - which namespaces were made here, written down */

#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <unistd.h>

#include "labs.h"
#include "vswitch.h"

static char folder[] = "/tmp/vsw-test-made-XXXXXX";
static char path[sizeof(folder) + 16];
static struct vswitch sw = { .name = "made0" };

static int begin(void **state)
{
	static struct labs labs;

	labs = (struct labs){ .sw = &sw, .namespaces = json_object() };
	*state = &labs;
	return 0;
}

static int end(void **state)
{
	struct labs *labs = *state;

	json_decref(labs->namespaces);
	unlink(path);
	return 0;
}

static void assert_written(const char *expected)
{
	char text[4096] = "";
	FILE *file = fopen(path, "r");
	size_t n = 0;

	if (file) {
		n = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[n] = '\0';
	assert_string_equal(text, expected);
}

static ino_t inode_of_file(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void each_that_was_made_is_a_line(void **state)
{
	struct labs *labs = *state;

	lab_made_note(labs, "web", 5);
	lab_made_note(labs, "db", 6);
	lab_made_note(labs, "there already", 0);
	assert_written("5 web\n6 db\n");
	assert_int_equal(lab_made_inode(labs, "db"), 6);
	assert_int_equal(lab_made_inode(labs, "there already"), 0);
}

/* Or a thousand would be written half a million times. */
static void one_more_does_not_write_the_others_anew(void **state)
{
	struct labs *labs = *state;
	ino_t ino;

	lab_made_note(labs, "web", 5);
	ino = inode_of_file();
	for (ino_t i = 6; i < 16; i++)
		lab_made_note(labs, "another", i);
	assert_int_equal(inode_of_file(), ino);
}

/* The line that says so last is the newest; see lab_made_load(). */
static void one_made_anew_is_a_line_behind_its_old_one(void **state)
{
	struct labs *labs = *state;

	lab_made_note(labs, "web", 5);
	lab_made_note(labs, "web", 7);
	assert_written("5 web\n7 web\n");
	assert_int_equal(lab_made_inode(labs, "web"), 7);
}

static void old_lines_go_when_they_are_the_most(void **state)
{
	struct labs *labs = *state;

	lab_made_note(labs, "a", 1);
	lab_made_note(labs, "b", 2);
	lab_made_note(labs, "c", 3);
	lab_made_forget(labs, "a");
	assert_written("1 a\n2 b\n3 c\n");
	lab_made_forget(labs, "b");
	assert_written("3 c\n");
	lab_made_note(labs, "d", 4);
	assert_written("3 c\n4 d\n");
}

static void with_the_last_one_the_file_goes(void **state)
{
	struct labs *labs = *state;

	lab_made_note(labs, "a", 1);
	lab_made_note(labs, "b", 2);
	lab_made_note(labs, "declared only", 0);
	lab_made_forget(labs, "b");
	lab_made_forget(labs, "a");
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(errno, ENOENT);
	lab_made_note(labs, "c", 3);
	assert_written("3 c\n");
}

/* Of a daemon that was killed while it wrote: see lab_made_load(). */
static void behind_half_a_line_nothing_is_written(void **state)
{
	struct labs *labs = *state;
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs("9 half a na", file);
	fclose(file);
	lab_made_note(labs, "a", 1);
	assert_written("1 a\n");
}

static void limit_files_to(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The file system is full: two bytes of the second line find room. */
static void what_was_written_in_part_is_written_anew(void **state)
{
	struct labs *labs = *state;

	lab_made_note(labs, "a", 1);
	signal(SIGXFSZ, SIG_IGN);
	limit_files_to(6);
	lab_made_note(labs, "b", 2);
	limit_files_to(RLIM_INFINITY);
	signal(SIGXFSZ, SIG_DFL);
	assert_written("1 a\n2 ");
	lab_made_note(labs, "c", 3);
	assert_written("1 a\n2 b\n3 c\n");
}

static void a_file_that_was_removed_is_written_anew(void **state)
{
	struct labs *labs = *state;

	lab_made_note(labs, "a", 1);
	unlink(path);
	lab_made_note(labs, "b", 2);
	assert_written("1 a\n2 b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_that_was_made_is_a_line,
						begin, end),
		cmocka_unit_test_setup_teardown(
			one_more_does_not_write_the_others_anew, begin, end),
		cmocka_unit_test_setup_teardown(
			one_made_anew_is_a_line_behind_its_old_one, begin, end),
		cmocka_unit_test_setup_teardown(
			old_lines_go_when_they_are_the_most, begin, end),
		cmocka_unit_test_setup_teardown(with_the_last_one_the_file_goes,
						begin, end),
		cmocka_unit_test_setup_teardown(
			behind_half_a_line_nothing_is_written, begin, end),
		cmocka_unit_test_setup_teardown(
			what_was_written_in_part_is_written_anew, begin, end),
		cmocka_unit_test_setup_teardown(
			a_file_that_was_removed_is_written_anew, begin, end),
	};
	int r;

	if (!mkdtemp(folder))
		return 1;

	setenv("VSW_RUNDIR", folder, 1);
	snprintf(path, sizeof(path), "%s/made0.made", folder);
	r = cmocka_run_group_tests_name("lab_made", tests, NULL, NULL);
	rmdir(folder);
	return r;
}
