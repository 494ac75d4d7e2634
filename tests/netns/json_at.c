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
 * nothing. Each begins a line.
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_at(const json_t *document, char *path)
{
	const json_t *at = document;

	for (char *name; (name = strsep(&path, "."));)
		at = json_object_get(at, name);

	if (json_is_string(at))
		fputs(json_string_value(at), stdout);
	else if (at)
		json_dumpf(at, stdout, JSON_ENCODE_ANY | JSON_INDENT(2));
	else
		fputs("null", stdout);
	putchar('\n');
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
