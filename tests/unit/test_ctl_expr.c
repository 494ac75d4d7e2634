/* SPDX-License-Identifier: MIT */
/* test_ctl_expr.c - expressions of monitor and expect */

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "expr.h"
#include "macros.h"

static struct expr parsed(const char *text)
{
	struct expr expr;
	struct err err = { 0 };

	if (expr_parse(text, &expr, &err) < 0)
		fail_msg("'%s': %s", text, err.msg);
	return expr;
}

static void each_form_is_understood(void **state)
{
	struct expr expr;

	(void)state;
	expr = parsed("port web up");
	assert_int_equal(expr.kind, EXPR_PORT);
	assert_string_equal(expr.ports[0], "web");
	assert_string_equal(expr.word, "up");

	expr = parsed("mac 02:00:00:00:00:AB on p3");
	assert_int_equal(expr.kind, EXPR_MAC);
	assert_string_equal(expr.mac, "02:00:00:00:00:ab");
	assert_string_equal(expr.ports[0], "p3");
	assert_int_equal(expr.vlan, -1);

	expr = parsed("mac 02:00:00:00:00:01 vlan 7 on p3");
	assert_int_equal(expr.vlan, 7);

	expr = parsed("station 02:00:00:00:00:01 vlan 0 moved");
	assert_int_equal(expr.kind, EXPR_STATION);
	assert_int_equal(expr.vlan, 0);
	assert_string_equal(expr.word, "moved");

	expr = parsed("drop on web");
	assert_int_equal(expr.kind, EXPR_DROP);
	expr = parsed("  no   drops\ton web,db,host ");
	assert_int_equal(expr.kind, EXPR_NO_DROPS);
	assert_int_equal(expr.n_ports, 3);
	assert_string_equal(expr.ports[2], "host");

	expr = parsed("web reaches db");
	assert_int_equal(expr.kind, EXPR_REACHES);
	assert_string_equal(expr.ports[0], "web");
	assert_string_equal(expr.ports[1], "db");
}

static void a_port_may_be_called_like_a_word(void **state)
{
	(void)state;
	assert_int_equal(parsed("port reaches no").kind, EXPR_REACHES);
	assert_int_equal(parsed("port port up").kind, EXPR_PORT);
	assert_int_equal(parsed("mac 02:00:00:00:00:01 on on").kind, EXPR_MAC);
	assert_int_equal(parsed("no drops on on").kind, EXPR_NO_DROPS);
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *msg, *hint;
	} cases[] = {
		{ "", "'' is not the start of an expression",
		  "it looks like: port web up" },
		{ "prot web up", "'prot' is not the start of an expression",
		  "did you mean 'port'?" },
		{ "port web upp", "'upp' is not a state of a port",
		  "did you mean 'up'?" },
		{ "port web blue", "'blue' is not a state of a port",
		  "it looks like: port PORT STATE" },
		{ "port web", "the expression has too few or too many words",
		  "it looks like: port PORT STATE" },
		{ "mac 02:00:00:00:00:01 at p3", "'at' should be 'on'",
		  "it looks like: mac MAC [vlan VID] on PORT" },
		{ "mac 02:00:00 on p3", "'02:00:00' is not a MAC address",
		  "it looks like 02:00:00:00:00:01" },
		{ "mac ff:ff:ff:ff:ff:ff on p3",
		  "'ff:ff:ff:ff:ff:ff' is no station's address", "" },
		{ "mac 02:00:00:00:00:01 vlan 4095 on p3",
		  "'4095' is not a VLAN, 0 to 4094", "" },
		{ "mac 02:00:00:00:00:01 vlan -1 on p3",
		  "'-1' is not a VLAN, 0 to 4094", "" },
		{ "station 02:00:00:00:00:01 move",
		  "'move' is not what a station does",
		  "did you mean 'moved'?" },
		{ "no drops in web", "'in' should be 'on'",
		  "it looks like: no drops on PORT[,PORT...]" },
		{ "no frames on web", "'frames' should be 'drops'",
		  "it looks like: no drops on PORT[,PORT...]" },
		{ "web reaches web", "a port does not reach itself", "" },
		{ "a b c d e f g h i", "the expression has too many words",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };
		struct expr expr;

		assert_true(expr_parse(cases[i].text, &expr, &err) < 0);
		assert_string_equal(err.msg, cases[i].msg);
		assert_string_equal(err.hint, cases[i].hint);
	}
}

static void hostile_texts_are_refused(void **state)
{
	static const char *const texts[] = {
		"port \x1b[2J up",
		"port a/b up",
		"no drops on ,",
		"no drops on web,",
		"no drops on ,web",
		"no drops on web,,db",
		"drop on abcdefghijklmnop",
		"mac 02:00:00:00:00:01 vlan 99999999999999999999 on p",
		"mac 02:00:00:00:00:01 vlan 0x1 on p",
		"\xff\xfe reaches \xff",
	};
	char *huge = malloc(1 << 20);
	struct expr expr;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_true(expr_parse(texts[i], &expr, &err) < 0);
		assert_null(strchr(err.msg, '\x1b'));
	}

	assert_non_null(huge);
	memset(huge, 'a', 1 << 20);
	huge[(1 << 20) - 1] = '\0';
	assert_true(expr_parse(huge, &expr, &err) < 0);

	/* 65 ports, one too many */
	strcpy(huge, "no drops on p");
	for (int i = 0; i < EXPR_PORTS_MAX; i++)
		strcat(huge, ",p");
	assert_true(expr_parse(huge, &expr, &err) < 0);
	huge[strlen(huge) - 2] = '\0';
	assert_int_equal(parsed(huge).n_ports, EXPR_PORTS_MAX);
	free(huge);
}

/* Whatever bytes: an answer, and no harm. */
static void noise_does_no_harm(void **state)
{
	static const char *const words[] = {
		"port", "mac",   "on",      "02:00:00:00:00:01",
		"vlan", "7",     "reaches", ",",
		"no",   "drops",
	};
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[200] = "";
		struct expr expr;
		struct err err;

		for (int n = rand_r(&seed) % 8; n > 0; n--) {
			const size_t which =
				(size_t)rand_r(&seed) % ARRAY_SIZE(words);

			strcat(text, words[which]);
			strcat(text, rand_r(&seed) % 8 ? " " : "");
		}
		expr_parse(text, &expr, &err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_understood),
		cmocka_unit_test(a_port_may_be_called_like_a_word),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(hostile_texts_are_refused),
		cmocka_unit_test(noise_does_no_harm),
	};

	return cmocka_run_group_tests_name("ctl_expr", tests, NULL, NULL);
}
