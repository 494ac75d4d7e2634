/* SPDX-License-Identifier: MIT */
/* value.c - values out of an answer, and as people read them */

#include "value.h"

#include <stdio.h>
#include <string.h>

#include "mtime.h"

enum {
	KEY_SIZE = 32,
};

/**
 * value_get() - Follow a path
 * @object:	Where it starts, or NULL
 * @path:	Keys with dots between
 *
 * Return: what is there, or NULL
 */
const json_t *value_get(const json_t *object, const char *path)
{
	while (object && *path) {
		const size_t len = strcspn(path, ".");
		char key[KEY_SIZE];

		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		object = json_object_get(object, key);
		path += len + (path[len] == '.');
	}

	return object;
}

/**
 * value_text() - A string of an answer
 * @object:	Where the path starts, or NULL
 * @path:	Keys with dots between
 *
 * Return: the string, which is not fit for a terminal yet, or "-"
 */
const char *value_text(const json_t *object, const char *path)
{
	const char *text = json_string_value(value_get(object, path));

	return text && *text ? text : "-";
}

/**
 * value_number() - A number of an answer
 * @object:	Where the path starts, or NULL
 * @path:	Keys with dots between
 *
 * Return: the number, or 0; none of ours is negative
 */
uint64_t value_number(const json_t *object, const char *path)
{
	const json_int_t number = json_integer_value(value_get(object, path));

	return number > 0 ? (uint64_t)number : 0;
}

/**
 * value_plural() - One frame, two frames
 * @n:		How many
 *
 * Return: what goes behind the noun
 */
const char *value_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/**
 * value_count() - A number as people read it: "1,234,567"
 * @object:	Where the path starts, or NULL
 * @path:	Keys with dots between
 *
 * Return: the text
 */
struct value_text value_count(const json_t *object, const char *path)
{
	struct value_text text;

	count_format(value_number(object, path), text.s, sizeof(text.s));
	return text;
}

/**
 * value_size() - A number of bytes as people read it: "1.4 MiB"
 * @object:	Where the path starts, or NULL
 * @path:	Keys with dots between
 *
 * Return: the text
 */
struct value_text value_size(const json_t *object, const char *path)
{
	struct value_text text;

	size_format(value_number(object, path), text.s, sizeof(text.s));
	return text;
}

/**
 * value_age() - Milliseconds as people read them: "4m 10s"
 * @object:	Where the path starts, or NULL
 * @path:	Keys with dots between
 *
 * Below a second the digits only flicker, so that is "0s".
 *
 * Return: the text, or "-" where there is no number
 */
struct value_text value_age(const json_t *object, const char *path)
{
	struct value_text text = { "-" };
	uint64_t ms;

	if (!json_is_integer(value_get(object, path)))
		return text;

	ms = value_number(object, path);
	if (ms > UINT64_MAX / 2000)
		ms = UINT64_MAX / 2000;
	if (ms < 1000)
		snprintf(text.s, sizeof(text.s), "0s");
	else
		duration_format(mtime_from_ms(ms / 1000 * 1000), text.s,
				sizeof(text.s));
	return text;
}

/**
 * value_place() - What a port is attached to: "namespace web"
 * @port:	A row of port.list
 * @ret:	The words, which are not fit for a terminal yet
 */
void value_place(const json_t *port, char ret[VALUE_PLACE_SIZE])
{
	const char *target = value_text(port, "target");

	if (!strcmp(target, "host"))
		snprintf(ret, VALUE_PLACE_SIZE, "the host");
	else if (!strncmp(target, "pid:", 4))
		snprintf(ret, VALUE_PLACE_SIZE, "namespace of process %s",
			 target + 4);
	else
		snprintf(ret, VALUE_PLACE_SIZE, "namespace %s", target);
}
