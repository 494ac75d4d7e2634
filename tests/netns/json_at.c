/* SPDX-License-Identifier: MIT */
/*
 * json_at.c - print what is in a JSON document at some paths
 *
 * jq(1) does that and more, but takes 40 ms of a processor just to start,
 * hundreds of times in the tests of this folder.
 *
 * usage: json_at NAME.NAME... [PATH...] <DOCUMENT
 *
 * Prints strings as they are, and all else as jq does: null where there is
 * nothing. Of an array, what each element has at the path. Each begins a line.
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(const json_t *value)
{
	if (json_is_string(value))
		fputs(json_string_value(value), stdout);
	else if (value)
		json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_INDENT(2));
	else
		fputs("null", stdout);
	putchar('\n');
}

static void print_at(const json_t *from, const char *path)
{
	const size_t len = strcspn(path, ".");
	const json_t *element, *at;
	size_t i;

	if (json_is_array(from)) {
		json_array_foreach(from, i, element) print_at(element, path);
		return;
	}

	at = json_object_getn(from, path, len);
	if (path[len])
		print_at(at, path + len + 1);
	else
		print(at);
}

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *document;

	if (argc < 2) {
		fputs("usage: json_at PATH... <DOCUMENT\n", stderr);
		return 2;
	}

	document = json_loadf(stdin, 0, &error);
	if (!document) {
		fprintf(stderr, "json_at: %s\n", error.text);
		return 1;
	}

	for (int i = 1; i < argc; i++)
		print_at(document, argv[i]);
	json_decref(document);
	return 0;
}
