/* SPDX-License-Identifier: MIT */
/* test_jsonrpc.c - lines, requests and answers, hostile ones included */

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "jsonrpc.h"
#include "macros.h"

static int parse(const char *line, struct jsonrpc_request *ret, int *ret_code,
		 struct err *err)
{
	return jsonrpc_parse_request(line, strlen(line), ret, ret_code, err);
}

static void a_request_is_read(void **state)
{
	struct jsonrpc_request request;
	struct err err;
	int code;

	(void)state;
	assert_int_equal(parse("{\"jsonrpc\":\"2.0\",\"id\":7,"
			       "\"method\":\"fdb.show\","
			       "\"params\":{\"port\":\"web\"}}\n",
			       &request, &code, &err),
			 0);

	assert_string_equal(request.method, "fdb.show");
	assert_int_equal(json_integer_value(request.id), 7);
	assert_string_equal(
		json_string_value(json_object_get(request.params, "port")),
		"web");
	jsonrpc_request_free(&request);
	assert_null(request.root);
}

static void an_id_is_a_string_a_number_null_or_absent(void **state)
{
	static const char *const good[] = { "\"a\"", "-1", "null" };
	static const char *const bad[] = { "1.5", "true", "[]", "{}" };
	struct jsonrpc_request request;
	struct err err;
	char line[80];
	int code;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		snprintf(line, sizeof(line),
			 "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"x\"}",
			 good[i]);
		assert_int_equal(parse(line, &request, &code, &err), 0);
		assert_non_null(request.id);
		jsonrpc_request_free(&request);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(line, sizeof(line),
			 "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"x\"}",
			 bad[i]);
		assert_int_equal(parse(line, &request, &code, &err), -EBADMSG);
		assert_int_equal(code, JSONRPC_CODE_REQUEST);
		assert_null(request.id);
		jsonrpc_request_free(&request);
	}

	assert_int_equal(parse("{\"jsonrpc\":\"2.0\",\"method\":\"x\"}",
			       &request, &code, &err),
			 0);
	assert_null(request.id);
	assert_null(request.params);
	jsonrpc_request_free(&request);
}

static void what_is_not_json_is_a_parse_error(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"{",
		"hello",
		"{\"jsonrpc\":\"2.0\",\"method\":\"x\"} {}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"\xff\xfe\"}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"\xed\xa0\x80\"}",
		"{\"jsonrpc\":\"2.0\",\"method\":\"a\\u0000b\"}",
		"{\"jsonrpc\":\"2.0\",\"id\":99999999999999999999}",
		"{\"jsonrpc\":\"2.0\",\"id\":1e999}",
	};
	struct jsonrpc_request request;
	struct err err;
	int code;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		code = 0;
		err.msg[0] = '\0';
		assert_int_equal(parse(lines[i], &request, &code, &err),
				 -EBADMSG);
		assert_int_equal(code, JSONRPC_CODE_PARSE);
		assert_true(err.msg[0]);
		assert_null(request.root);
		jsonrpc_request_free(&request);
	}
}

static void json_that_is_no_request_is_refused_under_its_id(void **state)
{
	static const struct {
		const char *line;
		const char *says;
	} lines[] = {
		{ "1", "object" },
		{ "null", "object" },
		{ "[]", "batches" },
		{ "{\"id\":3,\"method\":\"x\"}", "jsonrpc" },
		{ "{\"id\":3,\"jsonrpc\":2.0,\"method\":\"x\"}", "jsonrpc" },
		{ "{\"id\":3,\"jsonrpc\":\"2.0\"}", "method" },
		{ "{\"id\":3,\"jsonrpc\":\"2.0\",\"method\":1}", "method" },
		{ "{\"id\":3,\"jsonrpc\":\"2.0\",\"method\":\"x\","
		  "\"params\":[1]}",
		  "by name" },
		{ "{\"id\":3,\"jsonrpc\":\"2.0\",\"method\":\"x\","
		  "\"params\":null}",
		  "params" },
		{ "{\"id\":3,\"jsonrpc\":\"2.0\",\"method\":\"x\","
		  "\"param\":{}}",
		  "'param'" },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"method\":\"y\"}",
		  "twice" },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"x\","
		  "\"params\":{\"a\":1,\"a\":2}}",
		  "twice" },
	};
	struct jsonrpc_request request;
	struct err err;
	int code;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(parse(lines[i].line, &request, &code, &err),
				 -EBADMSG);
		assert_int_equal(code, JSONRPC_CODE_REQUEST);
		assert_non_null(strstr(err.msg, lines[i].says));
		if (strstr(lines[i].line, "\"id\":3"))
			assert_int_equal(json_integer_value(request.id), 3);
		jsonrpc_request_free(&request);
	}
}

static void nesting_has_an_end(void **state)
{
	struct jsonrpc_request request;
	char *line = malloc(60000);
	struct err err;
	int code;

	(void)state;
	assert_non_null(line);
	memset(line, '[', 60000);
	assert_int_equal(
		jsonrpc_parse_request(line, 60000, &request, &code, &err),
		-EBADMSG);
	assert_int_equal(code, JSONRPC_CODE_PARSE);
	jsonrpc_request_free(&request);
	free(line);
}

static void assert_line(json_t *message, const char *expected)
{
	size_t len = 0;
	char *line = jsonrpc_line(message, &len);

	assert_non_null(line);
	assert_string_equal(line, expected);
	assert_int_equal(len, strlen(expected));
	free(line);
	json_decref(message);
}

static void messages_look_as_the_protocol_says(void **state)
{
	json_t *id = json_integer(7);
	struct err err;

	(void)state;
	assert_line(jsonrpc_result(id, json_pack("{s:i}", "schema", 1)),
		    "{\"jsonrpc\":\"2.0\",\"id\":7,"
		    "\"result\":{\"schema\":1}}\n");
	err_set(&err, -ENOENT, "there is no namespace 'web'");
	assert_line(jsonrpc_error(NULL, -32000, "not-found", &err),
		    "{\"jsonrpc\":\"2.0\",\"id\":null,"
		    "\"error\":{\"code\":-32000,"
		    "\"message\":\"there is no namespace 'web'\","
		    "\"data\":{\"code\":\"not-found\"}}}\n");
	err_hint(&err, "ip netns add web");
	assert_line(jsonrpc_error(id, -32000, "not-found", &err),
		    "{\"jsonrpc\":\"2.0\",\"id\":7,"
		    "\"error\":{\"code\":-32000,"
		    "\"message\":\"there is no namespace 'web'\","
		    "\"data\":{\"code\":\"not-found\","
		    "\"hint\":\"ip netns add web\"}}}\n");
	assert_line(jsonrpc_notification("hello", json_object()),
		    "{\"jsonrpc\":\"2.0\",\"method\":\"hello\","
		    "\"params\":{}}\n");
	assert_line(jsonrpc_call(2, "port.list", json_object()),
		    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"port.list\","
		    "\"params\":{}}\n");
	assert_int_equal(id->refcount, 1);
	json_decref(id);
}

static void a_sentence_that_is_not_utf8_is_still_sent(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, -EINVAL, "cut in the middle of \xc3");
	assert_line(jsonrpc_error(NULL, -32602, "invalid", &err),
		    "{\"jsonrpc\":\"2.0\",\"id\":null,"
		    "\"error\":{\"code\":-32602,"
		    "\"message\":\"cut in the middle of ?\","
		    "\"data\":{\"code\":\"invalid\"}}}\n");
}

static void any_text_stays_on_one_line(void **state)
{
	(void)state;
	assert_line(json_pack("[o]", jsonrpc_text("a\nb\033[1m\"\\")),
		    "[\"a\\nb\\u001B[1m\\\"\\\\\"]\n");
}

static void nothing_gives_nothing(void **state)
{
	json_t *id = json_integer(1);
	size_t len;

	(void)state;
	assert_null(jsonrpc_result(id, NULL));
	assert_null(jsonrpc_notification("x", NULL));
	assert_null(jsonrpc_call(1, "x", NULL));
	assert_null(jsonrpc_line(NULL, &len));
	jsonrpc_request_free(NULL);
	jsonrpc_framer_fini(NULL);
	json_decref(id);
}

static int feed(struct jsonrpc_framer *framer, const char *text, size_t len)
{
	while (len > 0) {
		size_t size;
		char *buf;
		int r = jsonrpc_framer_space(framer, &buf, &size);

		if (r < 0)
			return r;
		if (size > len)
			size = len;
		memcpy(buf, text, size);
		jsonrpc_framer_added(framer, size);
		text += size;
		len -= size;
	}
	return 0;
}

static void assert_next(struct jsonrpc_framer *framer, const char *expected)
{
	const char *line;
	size_t len;

	assert_int_equal(jsonrpc_framer_next(framer, &line, &len), 1);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(line, expected, len);
}

static void lines_come_out_however_they_went_in(void **state)
{
	static const char text[] = "one\n\nthree\nfo";
	struct jsonrpc_framer framer;
	const char *line;
	size_t len;

	(void)state;
	for (size_t cut = 0; cut < sizeof(text) - 1; cut++) {
		jsonrpc_framer_init(&framer, 64);
		assert_int_equal(feed(&framer, text, cut), 0);
		assert_int_equal(
			feed(&framer, text + cut, sizeof(text) - 1 - cut), 0);
		assert_next(&framer, "one");
		assert_next(&framer, "");
		assert_next(&framer, "three");
		assert_int_equal(jsonrpc_framer_next(&framer, &line, &len), 0);
		assert_int_equal(feed(&framer, "ur\n", 3), 0);
		assert_next(&framer, "four");
		jsonrpc_framer_fini(&framer);
	}
}

static void bytes_come_one_by_one(void **state)
{
	struct jsonrpc_framer framer;
	const char *line;
	size_t len;

	(void)state;
	jsonrpc_framer_init(&framer, 16);
	for (size_t i = 0; i < 40; i++) {
		assert_int_equal(feed(&framer, i % 4 == 3 ? "\n" : "x", 1), 0);
		if (i % 4 == 3)
			assert_next(&framer, "xxx");
		else
			assert_int_equal(
				jsonrpc_framer_next(&framer, &line, &len), 0);
	}
	jsonrpc_framer_fini(&framer);
}

static void the_longest_line_fits_and_one_byte_more_does_not(void **state)
{
	struct jsonrpc_framer framer;
	char *text = malloc(JSONRPC_LINE_MAX);
	const char *line;
	size_t len;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', JSONRPC_LINE_MAX);
	jsonrpc_framer_init(&framer, JSONRPC_LINE_MAX);
	assert_int_equal(feed(&framer, text, JSONRPC_LINE_MAX - 1), 0);
	assert_int_equal(jsonrpc_framer_next(&framer, &line, &len), 0);
	assert_int_equal(feed(&framer, "\n", 1), 0);
	assert_int_equal(jsonrpc_framer_next(&framer, &line, &len), 1);
	assert_int_equal(len, JSONRPC_LINE_MAX - 1);

	assert_int_equal(feed(&framer, text, JSONRPC_LINE_MAX), 0);
	assert_int_equal(jsonrpc_framer_next(&framer, &line, &len), -EMSGSIZE);
	assert_int_equal(jsonrpc_framer_next(&framer, &line, &len), -EMSGSIZE);
	assert_int_equal(feed(&framer, "\n", 1), -ENOBUFS);
	assert_true(framer.size <= JSONRPC_LINE_MAX);
	jsonrpc_framer_fini(&framer);
	free(text);
}

static void lines_that_wait_keep_the_buffer_from_growing(void **state)
{
	struct jsonrpc_framer framer;

	(void)state;
	jsonrpc_framer_init(&framer, 8);
	assert_int_equal(feed(&framer, "abc\ndef\nghi\n", 8), 0);
	assert_int_equal(feed(&framer, "ghi\n", 4), -ENOBUFS);
	assert_next(&framer, "abc");
	assert_int_equal(feed(&framer, "ghi\n", 4), 0);
	assert_next(&framer, "def");
	assert_next(&framer, "ghi");
	assert_int_equal(framer.used, 0);
	jsonrpc_framer_fini(&framer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read),
		cmocka_unit_test(an_id_is_a_string_a_number_null_or_absent),
		cmocka_unit_test(what_is_not_json_is_a_parse_error),
		cmocka_unit_test(
			json_that_is_no_request_is_refused_under_its_id),
		cmocka_unit_test(nesting_has_an_end),
		cmocka_unit_test(messages_look_as_the_protocol_says),
		cmocka_unit_test(a_sentence_that_is_not_utf8_is_still_sent),
		cmocka_unit_test(any_text_stays_on_one_line),
		cmocka_unit_test(nothing_gives_nothing),
		cmocka_unit_test(lines_come_out_however_they_went_in),
		cmocka_unit_test(bytes_come_one_by_one),
		cmocka_unit_test(
			the_longest_line_fits_and_one_byte_more_does_not),
		cmocka_unit_test(lines_that_wait_keep_the_buffer_from_growing),
	};

	return cmocka_run_group_tests_name("jsonrpc", tests, NULL, NULL);
}
