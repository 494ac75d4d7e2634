/* SPDX-License-Identifier: MIT */
/* test_units.c - sizes, durations and counts as people write them */

#include "unit.h"

#include <errno.h>
#include <string.h>

#include "err.h"
#include "macros.h"
#include "units.h"

static void assert_size(const char *text, uint64_t expected)
{
	struct err err = { 0 };
	uint64_t size = 1;

	if (size_parse(text, &size, &err))
		fail_msg("'%s': %s", text, err.msg);
	if (size != expected)
		fail_msg("'%s' is %llu", text, (unsigned long long)size);
}

static void assert_no_size(const char *text, int code)
{
	struct err err = { 0 };
	uint64_t size = 4711;

	if (size_parse(text, &size, &err) != code)
		fail_msg("'%s' gives %d: %s", text, err.code, err.msg);
	assert_true(size == 4711);
	assert_true(err.msg[0]);
}

static void sizes_are_read_as_people_write_them(void **state)
{
	(void)state;
	assert_size("0", 0);
	assert_size("64", 64);
	assert_size("64B", 64);
	assert_size("64k", 65536);
	assert_size("64K", 65536);
	assert_size("64Ki", 65536);
	assert_size("64KiB", 65536);
	assert_size("1M", 1048576);
	assert_size("2G", UINT64_C(2147483648));
	assert_size("3TiB", UINT64_C(3298534883328));
	assert_size("18446744073709551615", UINT64_MAX);
	assert_size("16777215T", UINT64_C(16777215) << 40);
}

static void what_is_not_a_size_is_refused(void **state)
{
	static const char *const texts[] = { "",     " 1",  "1 ",   "-1",
					     "+1",   "k",   "1.5M", "0x10",
					     "64KB", "64x", "1kk",  "1KiBB" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_no_size(texts[i], -EINVAL);
}

static void a_size_that_overflows_is_refused(void **state)
{
	(void)state;
	assert_no_size("18446744073709551616", -ERANGE);
	assert_no_size("99999999999999999999999k", -ERANGE);
	assert_no_size("16777216T", -ERANGE);
	assert_no_size("18014398509481984k", -ERANGE);
}

static void assert_duration(const char *text, uint64_t expected_us)
{
	mtime_t duration = { 1 };
	struct err err = { 0 };

	if (duration_parse(text, &duration, &err))
		fail_msg("'%s': %s", text, err.msg);
	if (duration.us != expected_us)
		fail_msg("'%s' is %llu us", text,
			 (unsigned long long)duration.us);
}

static void assert_no_duration(const char *text, int code)
{
	mtime_t duration = { 4711 };
	struct err err = { 0 };

	if (duration_parse(text, &duration, &err) != code)
		fail_msg("'%s' gives %d: %s", text, err.code, err.msg);
	assert_true(duration.us == 4711);
	assert_true(err.msg[0]);
}

static void durations_are_read_as_people_write_them(void **state)
{
	(void)state;
	assert_duration("0", 0);
	assert_duration("300", 300000000);
	assert_duration("300s", 300000000);
	assert_duration("5m", 300000000);
	assert_duration("250ms", 250000);
	assert_duration("10us", 10);
	assert_duration("1h30m", UINT64_C(5400000000));
	assert_duration("1h 30m", UINT64_C(5400000000));
	assert_duration("2d", UINT64_C(172800000000));
	assert_duration("1d2h3m4s5ms6us", UINT64_C(93784005006));
	assert_duration("9223372036854775807us", INT64_MAX);
}

static void what_is_not_a_duration_is_refused(void **state)
{
	static const char *const texts[] = { "",      " ",    "-5s", "+5s",
					     " 5s",   "5s ",  "s",   "5x",
					     "30m1h", "1h1h", "1h5", "1h  5m",
					     "1.5s",  "5 s",  "5S",  "1h," };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_no_duration(texts[i], -EINVAL);
}

static void a_duration_that_overflows_is_refused(void **state)
{
	(void)state;
	assert_no_duration("9223372036854775808us", -ERANGE);
	assert_no_duration("9223372036855", -ERANGE);
	assert_no_duration("9223372036855s", -ERANGE);
	assert_no_duration("106751991d 10h", -ERANGE);
	assert_no_duration("18446744073709551615d", -ERANGE);
	assert_no_duration("99999999999999999999999", -ERANGE);
	assert_no_duration("99999999999999999999999x", -ERANGE);
}

static void sentences_show_no_control_characters(void **state)
{
	mtime_t duration;
	struct err err;

	(void)state;
	assert_true(duration_parse("5\033[2Jm\n", &duration, &err) < 0);
	assert_string_equal(err.msg, "'5\\x1b[2Jm\\x0a' is not a duration, as "
				     "in 300s or 1h30m");
}

static void durations_are_written_with_two_units(void **state)
{
	static const struct {
		uint64_t us;
		const char *text;
	} cases[] = {
		{ 0, "0ms" },
		{ 999, "0ms" },
		{ 250000, "250ms" },
		{ 999999, "999ms" },
		{ 1000000, "1s" },
		{ 2999999, "2s" },
		{ 59999999, "59s" },
		{ 60000000, "1m" },
		{ 250000000, "4m 10s" },
		{ UINT64_C(3600000000), "1h" },
		{ UINT64_C(10920000000), "3h 2m" },
		{ UINT64_C(86399999999), "23h 59m" },
		{ UINT64_C(86400000000), "1d" },
		{ UINT64_C(435600000000), "5d 1h" },
		{ UINT64_MAX, "213503982d 8h" },
	};
	char buf[UNITS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		duration_format((mtime_t){ cases[i].us }, buf, sizeof(buf));
		assert_string_equal(buf, cases[i].text);
	}
}

static void a_duration_written_can_be_read(void **state)
{
	char again[UNITS_TEXT_SIZE];
	char buf[UNITS_TEXT_SIZE];
	struct err err;

	(void)state;
	for (uint64_t us = 1; us < INT64_MAX / 3; us *= 3) {
		mtime_t duration;

		duration_format((mtime_t){ us }, buf, sizeof(buf));
		assert_int_equal(duration_parse(buf, &duration, &err), 0);
		duration_format(duration, again, sizeof(again));
		assert_string_equal(again, buf);
	}
}

static void sizes_are_written_with_one_decimal(void **state)
{
	static const struct {
		uint64_t size;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1 KiB" },
		{ 65536, "64 KiB" },
		{ 1468006, "1.4 MiB" },
		{ 1048575, "1 MiB" },
		{ UINT64_C(1099511627775), "1 TiB" },
		{ UINT64_MAX, "16 EiB" },
	};
	char buf[UNITS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_format(cases[i].size, buf, sizeof(buf));
		assert_string_equal(buf, cases[i].text);
	}
}

static void counts_are_written_with_separators(void **state)
{
	char buf[UNITS_TEXT_SIZE];

	(void)state;
	count_format(0, buf, sizeof(buf));
	assert_string_equal(buf, "0");
	count_format(999, buf, sizeof(buf));
	assert_string_equal(buf, "999");
	count_format(1000, buf, sizeof(buf));
	assert_string_equal(buf, "1,000");
	count_format(1234567, buf, sizeof(buf));
	assert_string_equal(buf, "1,234,567");
	count_format(UINT64_MAX, buf, sizeof(buf));
	assert_string_equal(buf, "18,446,744,073,709,551,615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read_as_people_write_them),
		cmocka_unit_test(what_is_not_a_size_is_refused),
		cmocka_unit_test(a_size_that_overflows_is_refused),
		cmocka_unit_test(durations_are_read_as_people_write_them),
		cmocka_unit_test(what_is_not_a_duration_is_refused),
		cmocka_unit_test(a_duration_that_overflows_is_refused),
		cmocka_unit_test(sentences_show_no_control_characters),
		cmocka_unit_test(durations_are_written_with_two_units),
		cmocka_unit_test(a_duration_written_can_be_read),
		cmocka_unit_test(sizes_are_written_with_one_decimal),
		cmocka_unit_test(counts_are_written_with_separators),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
