/* SPDX-License-Identifier: MIT */
/* test_journal.c - events are numbered without gaps, and losses are told */

#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "err.h"
#include "journal.h"
#include "macros.h"

static int setup(void **state)
{
	*state = journal_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	journal_free(*state);
	return 0;
}

static void add(struct journal *journal, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct event event = { .kind = EVENT_CONFIG,
					     .count = journal->last + 1 };

		journal_add(journal, &event);
	}
}

static void assert_next(const struct journal *journal,
			struct journal_reader *reader, uint64_t seq)
{
	const struct event *event;
	uint64_t from, to;

	assert_int_equal(journal_read(journal, reader, &event, &from, &to),
			 JOURNAL_EVENT);
	assert_int_equal(event->seq, seq);
	assert_int_equal(event->count, seq);
}

static void assert_end(const struct journal *journal,
		       struct journal_reader *reader)
{
	const struct event *event;
	uint64_t from, to;

	assert_int_equal(journal_read(journal, reader, &event, &from, &to),
			 JOURNAL_END);
}

static void assert_lost(const struct journal *journal,
			struct journal_reader *reader, uint64_t wanted_from,
			uint64_t wanted_to)
{
	const struct event *event;
	uint64_t from, to;

	assert_int_equal(journal_read(journal, reader, &event, &from, &to),
			 JOURNAL_LOST);
	assert_int_equal(from, wanted_from);
	assert_int_equal(to, wanted_to);
}

static void events_are_read_in_order_and_once(void **state)
{
	struct journal *journal = *state;
	struct journal_reader reader = { .seen = 0 };

	assert_end(journal, &reader);
	add(journal, 2);
	assert_next(journal, &reader, 1);
	assert_next(journal, &reader, 2);
	assert_end(journal, &reader);
	add(journal, 1);
	assert_next(journal, &reader, 3);
	assert_end(journal, &reader);
}

static void a_full_journal_has_lost_nothing(void **state)
{
	struct journal *journal = *state;
	struct journal_reader reader = { .seen = 0 };

	add(journal, JOURNAL_SIZE);
	assert_int_equal(journal_first(journal), 1);
	for (uint64_t seq = 1; seq <= JOURNAL_SIZE; seq++)
		assert_next(journal, &reader, seq);
	assert_end(journal, &reader);
	add(journal, 1);
	assert_int_equal(journal_first(journal), 2);
}

static void who_is_too_slow_is_told_which_are_lost(void **state)
{
	struct journal *journal = *state;
	struct journal_reader reader = { .seen = 0 };

	add(journal, 1);
	assert_next(journal, &reader, 1);
	add(journal, JOURNAL_SIZE + 2);
	assert_int_equal(journal_first(journal), 4);
	assert_lost(journal, &reader, 2, 3);
	for (uint64_t seq = 4; seq <= JOURNAL_SIZE + 3; seq++)
		assert_next(journal, &reader, seq);
	assert_end(journal, &reader);
}

static void a_cursor_leads_back_to_where_it_was_made(void **state)
{
	struct journal *journal = *state;
	struct journal_reader reader;
	char cursor[JOURNAL_CURSOR_SIZE];
	struct err err;

	add(journal, 5);
	journal_cursor(journal, 3, cursor);
	assert_int_equal(journal_seek(journal, cursor, &reader, &err), 0);
	assert_next(journal, &reader, 4);
	assert_int_equal(journal_seek(journal, "0", &reader, &err), 0);
	assert_next(journal, &reader, 1);
	assert_int_equal(journal_seek(journal, "5", &reader, &err), 0);
	assert_end(journal, &reader);
}

static void another_journals_cursor_is_recognized(void **state)
{
	static const char *const others[] = { "2@00000000", "6", "99999999" };
	struct journal *journal = *state;
	const struct event *event;
	struct journal_reader reader;
	uint64_t from, to;
	struct err err;

	strcpy(journal->id, "5d1c0e2f");
	add(journal, 5);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(
			journal_seek(journal, others[i], &reader, &err), 0);
		assert_int_equal(
			journal_read(journal, &reader, &event, &from, &to),
			JOURNAL_RESTARTED);
		assert_next(journal, &reader, 1);
	}
}

static void nonsense_is_no_cursor(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"-1",
		"1@",
		"@5d1c0e2f",
		"1@5D1C0E2F",
		"1@5d1c0e2",
		"1@5d1c0e2f0",
		"1 ",
		" 1",
		"1@5d1c0e2\n",
		"0x10",
		"99999999999999999999",
		"1.5",
	};
	struct journal_reader reader;
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_true(journal_seek(*state, bad[i], &reader, &err) < 0);
		assert_string_equal(err.hint,
				    "it looks like 42, or 42@5d1c0e2f");
	}
}

#define JOURNAL_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		JOURNAL_TEST(events_are_read_in_order_and_once),
		JOURNAL_TEST(a_full_journal_has_lost_nothing),
		JOURNAL_TEST(who_is_too_slow_is_told_which_are_lost),
		JOURNAL_TEST(a_cursor_leads_back_to_where_it_was_made),
		JOURNAL_TEST(another_journals_cursor_is_recognized),
		JOURNAL_TEST(nonsense_is_no_cursor),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
