/* SPDX-License-Identifier: MIT */
/* test_spin.c - does the loop poll, or sleep? */

#include "unit.h"

#include "spin.h"

static mtime_t at(uint64_t us)
{
	return (mtime_t){ 1000000 + us };
}

/* Two turns with frames, @gap_us apart; returns when the second was. */
static uint64_t serve_twice(struct spin *spin, uint64_t gap_us)
{
	spin_served(spin, at(0));
	spin_served(spin, at(gap_us));
	return gap_us;
}

static void a_single_frame_is_not_waited_for(void **state)
{
	struct spin spin = { 0 };

	(void)state;
	spin_served(&spin, at(0));
	assert_false(spin_once_more(&spin, at(1)));
}

static void frames_that_come_seldom_are_not_waited_for(void **state)
{
	struct spin spin = { 0 };
	uint64_t t = serve_twice(&spin, SPIN_BUDGET_US + 1);

	(void)state;
	assert_false(spin_once_more(&spin, at(t + 1)));
}

static void frames_that_follow_closely_are_waited_for(void **state)
{
	struct spin spin = { 0 };
	uint64_t t = serve_twice(&spin, SPIN_BUDGET_US);

	(void)state;
	for (uint64_t us = 1; us <= SPIN_BUDGET_US; us++)
		assert_true(spin_once_more(&spin, at(t + us)));
	assert_false(spin_once_more(&spin, at(t + SPIN_BUDGET_US + 1)));
}

static void waiting_in_vain_is_not_repeated(void **state)
{
	struct spin spin = { 0 };
	uint64_t t = serve_twice(&spin, 1);

	(void)state;
	assert_false(spin_once_more(&spin, at(t + SPIN_BUDGET_US + 1)));
	spin_served(&spin, at(t + 1000));
	assert_false(spin_once_more(&spin, at(t + 1001)));
}

static void whoever_was_not_alone_goes_to_sleep(void **state)
{
	struct spin spin = { 0 };
	uint64_t t = serve_twice(&spin, 1);

	(void)state;
	assert_true(spin_once_more(&spin, at(t + 1)));
	assert_false(spin_once_more(&spin, at(t + 1 + SPIN_GAP_US + 1)));
}

static void who_is_told_to_never_sleeps(void **state)
{
	struct spin spin = { .always = true };

	(void)state;
	assert_true(spin_once_more(&spin, at(0)));
	spin_served(&spin, at(1));
	assert_true(spin_once_more(&spin, at(1000000)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_single_frame_is_not_waited_for),
		cmocka_unit_test(frames_that_come_seldom_are_not_waited_for),
		cmocka_unit_test(frames_that_follow_closely_are_waited_for),
		cmocka_unit_test(waiting_in_vain_is_not_repeated),
		cmocka_unit_test(whoever_was_not_alone_goes_to_sleep),
		cmocka_unit_test(who_is_told_to_never_sleeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
