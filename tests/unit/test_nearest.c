/* SPDX-License-Identifier: MIT */
/* test_nearest.c - what somebody probably meant */

#include "unit.h"

#include <string.h>

#include "macros.h"
#include "nearest.h"

static const char *nearest_of(const char *word)
{
	static const char *const words[] = { "attach",    "detach",
					     "show-fdb",  "show-ports",
					     "show-port", "ip",
					     "capture" };
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		nearest_offer(&nearest, words[i]);
	return nearest.best;
}

static void slips_of_the_finger_are_recognized(void **state)
{
	(void)state;
	assert_string_equal(nearest_of("atach"), "attach");
	assert_string_equal(nearest_of("dettach"), "detach");
	assert_string_equal(nearest_of("hsow-fdb"), "show-fdb");
	assert_string_equal(nearest_of("show_fdb"), "show-fdb");
	assert_string_equal(nearest_of("show-prots"), "show-ports");
	assert_string_equal(nearest_of("catpure"), "capture");
	assert_string_equal(nearest_of("pi"), "ip");
}

static void other_words_are_not(void **state)
{
	char long_word[1000];

	(void)state;
	assert_null(nearest_of(""));
	assert_null(nearest_of("x"));
	assert_null(nearest_of("frobnicate"));
	assert_null(nearest_of("\xff\xfe\xfd"));
	memset(long_word, 'a', sizeof(long_word));
	long_word[sizeof(long_word) - 1] = '\0';
	assert_null(nearest_of(long_word));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slips_of_the_finger_are_recognized),
		cmocka_unit_test(other_words_are_not),
	};

	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
