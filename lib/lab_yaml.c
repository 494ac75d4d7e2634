/* SPDX-License-Identifier: MIT */
/*
 * lab_yaml.c - a lab as people write it
 *
 * Parts on lines of their own, each port and each station on one line. What
 * another reader of YAML could take for a number, a date or a truth is quoted.
 */

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lab.h"
#include "macros.h"

enum {
	TEXT_SIZE_MIN = 4096,
	NUMBER_SIZE = 24,
};

struct writer {
	yaml_emitter_t emitter;
	char *text;
	size_t len, size;
	bool failed;
};

static int on_written(void *user, unsigned char *data, size_t len)
{
	struct writer *writer = user;
	size_t size = writer->size ? writer->size : TEXT_SIZE_MIN;
	char *text;

	while (size < writer->len + len + 1)
		size *= 2;
	if (size > writer->size) {
		text = realloc(writer->text, size);
		if (!text)
			return 0;
		writer->text = text;
		writer->size = size;
	}
	memcpy(writer->text + writer->len, data, len);
	writer->len += len;
	writer->text[writer->len] = '\0';
	return 1;
}

/* @made is what the initialiser of @event returned. */
static void emit(struct writer *writer, int made, yaml_event_t *event)
{
	if (made && writer->failed)
		yaml_event_delete(event);
	else if (!made || !yaml_emitter_emit(&writer->emitter, event))
		writer->failed = true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t count(const char *text, char wanted)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == wanted;
	return n;
}

static bool means_something(const char *word)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on",
					     "off",  "null",  "y",   "n" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcasecmp(words[i], word))
			return true;
	}

	return false;
}

/* Names, IPv4 addresses, paths and durations need no quotes. */
static bool is_plain(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._/-";
	const size_t len = strlen(text);

	if (!len || text[strspn(text, allowed)])
		return false;
	if (is_letter(text[0]))
		return !means_something(text);
	if (text[0] == '/')
		return true;
	if (text[0] < '0' || text[0] > '9')
		return false;

	return count(text, '.') == 3 || text[len - 1] == 's';
}

static void write_text(struct writer *writer, const char *text, bool quoted)
{
	yaml_event_t event;

	emit(writer,
	     yaml_scalar_event_initialize(
		     &event, NULL, NULL, (const yaml_char_t *)text,
		     (int)strlen(text), 1, 1,
		     quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
			    : YAML_PLAIN_SCALAR_STYLE),
	     &event);
}

/*
 * What is written is a lab, which is a few levels deep and no more.
 * NOLINTBEGIN(misc-no-recursion)
 */

static void write_value(struct writer *writer, const json_t *value, int depth);

static void write_map(struct writer *writer, json_t *map, int depth)
{
	yaml_event_t event;
	const char *key;
	json_t *value;

	emit(writer,
	     yaml_mapping_start_event_initialize(
		     &event, NULL, NULL, 1,
		     depth > 0 ? YAML_BLOCK_MAPPING_STYLE
			       : YAML_FLOW_MAPPING_STYLE),
	     &event);
	json_object_foreach(map, key, value)
	{
		write_text(writer, key, !is_plain(key));
		write_value(writer, value, depth - 1);
	}
	emit(writer, yaml_mapping_end_event_initialize(&event), &event);
}

static void write_list(struct writer *writer, const json_t *list, int depth)
{
	/* Of names as many as fit, of what has keys one a line. */
	const bool is_flat =
		depth <= 0 || !json_is_object(json_array_get(list, 0));
	yaml_event_t event;

	emit(writer,
	     yaml_sequence_start_event_initialize(
		     &event, NULL, NULL, 1,
		     is_flat ? YAML_FLOW_SEQUENCE_STYLE
			     : YAML_BLOCK_SEQUENCE_STYLE),
	     &event);
	for (size_t i = 0; i < json_array_size(list); i++)
		write_value(writer, json_array_get(list, i), 0);
	emit(writer, yaml_sequence_end_event_initialize(&event), &event);
}

/* @depth levels have lines of their own, those below share one. */
static void write_value(struct writer *writer, const json_t *value, int depth)
{
	char number[NUMBER_SIZE];

	if (json_is_object(value)) {
		write_map(writer, (json_t *)value, depth);
	} else if (json_is_array(value)) {
		write_list(writer, value, depth);
	} else if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld",
			 (long long)json_integer_value(value));
		write_text(writer, number, false);
	} else if (json_is_boolean(value)) {
		write_text(writer, json_is_true(value) ? "true" : "false",
			   false);
	} else {
		const char *text = json_string_value(value);

		write_text(writer, text, !is_plain(text));
	}
}

/* NOLINTEND(misc-no-recursion) */

static void write_lab(struct writer *writer, json_t *lab)
{
	yaml_event_t event;
	const char *key;
	json_t *part;

	emit(writer,
	     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
						 YAML_BLOCK_MAPPING_STYLE),
	     &event);
	json_object_foreach(lab, key, part)
	{
		const bool is_empty = json_object_size(part) == 0 &&
				      json_array_size(part) == 0;

		if (is_empty)
			continue;
		write_text(writer, key, false);
		write_value(writer, part, strcmp(key, "switch") ? 1 : 0);
	}
	emit(writer, yaml_mapping_end_event_initialize(&event), &event);
}

/**
 * lab_yaml() - Write a lab as YAML
 * @lab:	Lab
 *
 * Return: text for free(), or NULL if memory ran out
 */
char *lab_yaml(const json_t *lab)
{
	struct writer writer = { 0 };
	yaml_event_t event;

	if (!yaml_emitter_initialize(&writer.emitter))
		return NULL;

	yaml_emitter_set_output(&writer.emitter, on_written, &writer);
	yaml_emitter_set_width(&writer.emitter, -1);
	emit(&writer,
	     yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING),
	     &event);
	emit(&writer,
	     yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1),
	     &event);
	write_lab(&writer, (json_t *)lab);
	emit(&writer, yaml_document_end_event_initialize(&event, 1), &event);
	emit(&writer, yaml_stream_end_event_initialize(&event), &event);
	yaml_emitter_delete(&writer.emitter);
	if (!writer.failed)
		return writer.text;

	free(writer.text);
	return NULL;
}
