/* SPDX-License-Identifier: MIT */
/* test_rundir.c - where switches keep their sockets and locks */

#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "macros.h"
#include "rundir.h"

#define NAME_32 "abcdefghijklmnopqrstuvwxyz012345"

static void a_path_leads_to_a_file_and_its_name_back(void **state)
{
	static const char *const names[] = { "lab0", "a.b", "a.sock", NAME_32 };
	char path[100], name[NAME_SWITCH_SIZE];

	(void)state;
	setenv("VSW_RUNDIR", "/somewhere", 1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(rundir_path(path, sizeof(path), names[i], "sock"));
		assert_memory_equal(path, "/somewhere/", 11);
		assert_true(rundir_switch_of(path + 11, "sock", name));
		assert_string_equal(name, names[i]);
		assert_false(rundir_switch_of(path + 11, "lock", name));
	}
}

static void what_else_lies_there_is_of_no_switch(void **state)
{
	static const char *const files[] = {
		"",
		".",
		"..",
		".sock",
		"sock",
		"lab0",
		"lab0sock",
		"lab0.socks",
		"lab0.sock.played",
		"lab 0.sock",
		"\x1b[2J.sock",
		NAME_32 "6.sock",
	};
	char name[NAME_SWITCH_SIZE] = "untouched";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (rundir_switch_of(files[i], "sock", name))
			fail_msg("'%s' is of '%s'", files[i], name);
		assert_string_equal(name, "untouched");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_leads_to_a_file_and_its_name_back),
		cmocka_unit_test(what_else_lies_there_is_of_no_switch),
	};

	return cmocka_run_group_tests_name("rundir", tests, NULL, NULL);
}
