/* SPDX-License-Identifier: MIT */
/* test_name.c - names of switches, ports and interfaces */

#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "macros.h"
#include "name.h"

static void assert_refused(int (*check)(const char *name, struct err *err),
			   const char *name, const char *sentence)
{
	struct err err = { 0 };

	if (check(name, &err) != -EINVAL)
		fail_msg("'%s' was accepted", name);
	assert_string_equal(err.msg, sentence);
}

static void usual_names_are_accepted(void **state)
{
	static const char *const names[] = { "a",
					     "eth0",
					     "vsw-web",
					     "br0.10",
					     "...",
					     "x_y",
					     "123456789012345",
					     "-",
					     "a@b#c!?",
					     "\"quoted\'name\\" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(name_check_port(names[i], NULL), 0);
		assert_int_equal(name_check_ifname(names[i], NULL), 0);
	}
}

static void a_long_name_is_refused_with_its_length(void **state)
{
	(void)state;
	assert_refused(name_check_ifname, "abcdefghijklmnopq",
		       "'abcdefghijklmnopq' is too long for an interface "
		       "name: 17 characters, at most 15");
	assert_refused(name_check_port, "1234567890123456",
		       "'1234567890123456' is too long for a port name: 16 "
		       "characters, at most 15");
}

static void a_name_says_which_character_is_wrong(void **state)
{
	(void)state;
	assert_refused(name_check_ifname, "",
		       "an interface name cannot be empty");
	assert_refused(name_check_ifname, "a/b",
		       "'a/b': an interface name cannot contain '/'");
	assert_refused(name_check_port, "a:b",
		       "'a:b': a port name cannot contain ':'");
	assert_refused(name_check_port, "eth%d",
		       "'eth%d': a port name cannot contain '%'");
	assert_refused(name_check_port, "a b",
		       "'a b': a port name cannot contain white space");
	assert_refused(name_check_port, "a\n",
		       "'a\\x0a': a port name cannot contain white space");
	assert_refused(name_check_port, "\033[2J",
		       "'\\x1b[2J': a port name cannot contain control "
		       "characters");
	assert_refused(name_check_port, "a\177",
		       "'a\\x7f': a port name cannot contain control "
		       "characters");
	assert_refused(name_check_port, "m\303\274ller",
		       "'m\\xc3\\xbcller': a port name cannot contain "
		       "anything but ASCII");
	assert_refused(name_check_port, ".", "'.' cannot be a port name");
	assert_refused(name_check_ifname, "..",
		       "'..' cannot be an interface name");
}

static void a_switch_name_is_fit_for_a_file_name(void **state)
{
	static const char *const good[] = {
		"vsw0", "0", "a.b_c-d", "abcdefghijklmnopqrstuvwxyz012345"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(name_check_switch(good[i], NULL), 0);

	assert_refused(name_check_switch, "", "a switch name cannot be empty");
	assert_refused(name_check_switch, "../x",
		       "'../x': a switch name cannot contain '/'");
	assert_refused(name_check_switch, "..",
		       "'..': a switch name begins with a letter or a digit");
	assert_refused(name_check_switch, "-x",
		       "'-x': a switch name begins with a letter or a digit");
	assert_refused(name_check_switch, "a@b",
		       "'a@b': a switch name cannot contain '@'");
	assert_refused(name_check_switch, "abcdefghijklmnopqrstuvwxyz0123456",
		       "'abcdefghijklmnopqrstuvwxyz0123456' is too long for a "
		       "switch name: 33 characters, at most 32");
}

static void assert_shortened(const char *name, const char *expected)
{
	char ret[NAME_SIZE];

	name_shorten(name, ret);
	assert_string_equal(ret, expected);
}

static void a_valid_name_is_not_shortened(void **state)
{
	(void)state;
	assert_shortened("web", "web");
	assert_shortened("123456789012345", "123456789012345");
	assert_shortened("...", "...");
}

static void an_invalid_character_becomes_a_dash(void **state)
{
	(void)state;
	assert_shortened("a/b:c d%e", "a-b-c-d-e");
	assert_shortened("m\303\274ller", "m--ller");
	assert_shortened(".", "-");
	assert_shortened("..", "--");
	assert_shortened("", "-");
}

static void long_names_stay_apart(void **state)
{
	char a[NAME_SIZE];
	char b[NAME_SIZE];
	char again[NAME_SIZE];

	(void)state;
	name_shorten("container-of-web-1", a);
	name_shorten("container-of-web-2", b);
	name_shorten("container-of-web-1", again);

	assert_string_equal(a, again);
	assert_string_not_equal(a, b);
	assert_memory_equal(a, "container--", 11);
	assert_int_equal(strlen(a), 15);
	assert_int_equal(strspn(a + 11, "0123456789abcdef"), 4);
}

static void whatever_the_name_the_short_one_is_valid(void **state)
{
	(void)state;
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		char ret[NAME_SIZE];
		char name[64];
		const size_t len = (size_t)random() % sizeof(name);
		struct err err;

		for (size_t j = 0; j < len; j++)
			name[j] = (char)(1 + random() % 255);
		name[len] = '\0';
		name_shorten(name, ret);
		if (name_check_port(ret, &err))
			fail_msg("%s", err.msg);
		if (!name_check_port(name, NULL))
			assert_string_equal(ret, name);
	}
}

static void what_is_shown_is_printable(void **state)
{
	char buf[NAME_SHOWN_SIZE];

	(void)state;
	assert_int_equal(name_printable("plain", 5, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "plain");
	assert_int_equal(name_printable("a\0b\t\377", 5, buf, sizeof(buf)), 14);
	assert_string_equal(buf, "a\\x00b\\x09\\xff");
	assert_int_equal(name_printable(NULL, 0, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
}

static void what_is_too_long_to_show_ends_in_dots(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(name_printable("1234567", 7, buf, sizeof(buf)), 7);
	assert_string_equal(buf, "1234567");
	assert_int_equal(name_printable("12345678", 8, buf, sizeof(buf)), 7);
	assert_string_equal(buf, "1234...");
	assert_int_equal(name_printable("12\n345", 6, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "12...");
}

static void any_buffer_is_large_enough_to_show_something(void **state)
{
	(void)state;
	for (size_t size = 1; size < 20; size++) {
		/* of the exact size, for ASan */
		char *buf = malloc(size);

		for (size_t len = 0; len < 12; len++) {
			assert_in_range(name_printable("a\nb\nc\nd\ne\nf\n",
						       len, buf, size),
					0, size - 1);
			assert_true(strlen(buf) < size);
		}
		free(buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_names_are_accepted),
		cmocka_unit_test(a_long_name_is_refused_with_its_length),
		cmocka_unit_test(a_name_says_which_character_is_wrong),
		cmocka_unit_test(a_switch_name_is_fit_for_a_file_name),
		cmocka_unit_test(a_valid_name_is_not_shortened),
		cmocka_unit_test(an_invalid_character_becomes_a_dash),
		cmocka_unit_test(long_names_stay_apart),
		cmocka_unit_test(whatever_the_name_the_short_one_is_valid),
		cmocka_unit_test(what_is_shown_is_printable),
		cmocka_unit_test(what_is_too_long_to_show_ends_in_dots),
		cmocka_unit_test(any_buffer_is_large_enough_to_show_something),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
