/* SPDX-License-Identifier: MIT */
/*
 * table.h - text in columns as wide as what is in them
 *
 * Cells are filled in row by row; printing comes last, when the widths are
 * known. Whatever a cell is given, what is printed is printable ASCII, and a
 * row ends with its last character: no blanks behind it.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table;

/* Meaning, not colour; without colour the words have to do. */
enum table_style {
	TABLE_STYLE_PLAIN,
	TABLE_STYLE_HEAD,
	TABLE_STYLE_GOOD,
	TABLE_STYLE_BAD,
};

struct table_column {
	const char *head;
	bool right; /* numbers */
};

struct table *table_new(const struct table_column *columns, size_t n_columns);
void table_free(struct table *table);
void table_cell(struct table *table, enum table_style style, const char *fmt,
		...) __attribute__((format(printf, 3, 4)));
void table_print(const struct table *table, FILE *out, bool head, bool colour);
void table_say(FILE *out, bool colour, enum table_style style, const char *fmt,
	       ...) __attribute__((format(printf, 4, 5)));

#endif /* TABLE_H */
