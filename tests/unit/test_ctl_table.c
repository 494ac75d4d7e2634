/* SPDX-License-Identifier: MIT */
/* test_ctl_table.c - columns, and values as people read them */

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "macros.h"
#include "show.h"
#include "table.h"
#include "value.h"

static const struct table_column columns[] = {
	{ "NAME", false },
	{ "N", true },
	{ "", false },
};

static void assert_printed(const struct table *table, bool head, bool colour,
			   const char *expected)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	table_print(table, out, head, colour);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void columns_are_as_wide_as_what_is_in_them(void **state)
{
	struct table *table = table_new(columns, ARRAY_SIZE(columns));

	(void)state;
	assert_printed(table, true, false, "NAME  N\n");
	assert_printed(table, false, false, "");
	table_cell(table, TABLE_STYLE_PLAIN, "a");
	table_cell(table, TABLE_STYLE_PLAIN, "%d", 1);
	table_cell(table, TABLE_STYLE_PLAIN, "%s", "");
	table_cell(table, TABLE_STYLE_PLAIN, "longer");
	table_cell(table, TABLE_STYLE_PLAIN, "%d", 1000);
	table_cell(table, TABLE_STYLE_PLAIN, "! so");
	assert_printed(table, true, false,
		       "NAME       N\n"
		       "a          1\n"
		       "longer  1000  ! so\n");
	table_free(table);
	table_free(NULL);
}

static void colour_does_not_move_columns(void **state)
{
	struct table *table = table_new(columns, ARRAY_SIZE(columns));

	(void)state;
	table_cell(table, TABLE_STYLE_BAD, "bad");
	table_cell(table, TABLE_STYLE_PLAIN, "7");
	table_cell(table, TABLE_STYLE_GOOD, "x");
	assert_printed(table, false, true,
		       "\033[31mbad\033[0m  7  \033[32mx\033[0m\n");
	table_free(table);
}

static void cells_are_printable_and_end(void **state)
{
	struct table *table = table_new(columns, 1);
	char long_text[5000];
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	(void)state;
	table_cell(table, TABLE_STYLE_PLAIN, "%s", "a\033[2Jb\n\xc2\x9b");
	assert_printed(table, false, false, "a\\x1b[2Jb\\x0a\\xc2\\x9b\n");
	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	table_cell(table, TABLE_STYLE_PLAIN, "%s", long_text);
	out = open_memstream(&text, &len);
	table_print(table, out, false, false);
	fclose(out);
	assert_true(len < 1100);
	free(text);
	table_free(table);
}

static void values_are_found_by_path(void **state)
{
	json_t *object = json_pack("{s:{s:i, s:s, s:s}, s:i}", "a", "n", 7, "s",
				   "text", "empty", "", "minus", -1);

	(void)state;
	assert_int_equal(value_number(object, "a.n"), 7);
	assert_string_equal(value_text(object, "a.s"), "text");
	assert_string_equal(value_text(object, "a.empty"), "-");
	assert_string_equal(value_text(object, "a.n"), "-");
	assert_string_equal(value_text(object, "a.no.such"), "-");
	assert_int_equal(value_number(object, "a.s"), 0);
	assert_int_equal(value_number(object, "minus"), 0);
	assert_int_equal(value_number(NULL, "a"), 0);
	assert_null(value_get(object, "a.n.deeper"));
	json_decref(object);
}

static void numbers_are_written_for_people(void **state)
{
	json_t *object = json_pack("{s:i, s:i, s:i, s:n, s:I}", "n", 1234567,
				   "ms", 250300, "short", 999, "null", "big",
				   (json_int_t)INT64_MAX);

	(void)state;
	assert_string_equal(value_count(object, "n").s, "1,234,567");
	assert_string_equal(value_size(object, "n").s, "1.2 MiB");
	assert_string_equal(value_age(object, "ms").s, "4m 10s");
	assert_string_equal(value_age(object, "short").s, "0s");
	assert_string_equal(value_age(object, "null").s, "-");
	assert_string_equal(value_age(object, "none").s, "-");
	assert_true(value_age(object, "big").s[0]);
	json_decref(object);
}

static void stations_are_sorted_by_vlan_then_mac(void **state)
{
	json_t *result =
		json_loads("{\"stations\":["
			   "{\"vlan\":10,\"mac\":\"02:00:00:00:00:01\"},"
			   "{\"vlan\":2,\"mac\":\"02:00:00:00:00:0b\"},"
			   "{\"vlan\":2,\"mac\":\"02:00:00:00:00:0a\"},"
			   "{\"vlan\":0,\"mac\":\"fe:00:00:00:00:01\"}]}",
			   0, NULL);
	char *text = NULL;
	size_t len = 0;
	struct show show = { open_memstream(&text, &len), false };
	const char *at;

	(void)state;
	assert_non_null(result);
	show_fdb(&show, result);
	fclose(show.out);
	at = strstr(text, " 0  fe:00:00:00:00:01");
	assert_non_null(at);
	at = strstr(at, " 2  02:00:00:00:00:0a");
	assert_non_null(at);
	at = strstr(at, " 2  02:00:00:00:00:0b");
	assert_non_null(at);
	assert_non_null(strstr(at, "10  02:00:00:00:00:01"));
	free(text);
	json_decref(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_what_is_in_them),
		cmocka_unit_test(colour_does_not_move_columns),
		cmocka_unit_test(cells_are_printable_and_end),
		cmocka_unit_test(values_are_found_by_path),
		cmocka_unit_test(numbers_are_written_for_people),
		cmocka_unit_test(stations_are_sorted_by_vlan_then_mac),
	};

	return cmocka_run_group_tests_name("ctl_table", tests, NULL, NULL);
}
