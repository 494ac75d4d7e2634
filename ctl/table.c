/* SPDX-License-Identifier: MIT */
/* table.c - text in columns as wide as what is in them */

#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"

enum {
	CELL_SIZE = 512, /* what is longer ends in "..." */
	GAP = 2, /* blanks between columns */
};

struct cell {
	char *text;
	enum table_style style;
};

struct table {
	const struct table_column *columns;
	size_t n_columns;
	struct cell *cells;
	size_t n_cells;
	size_t size; /* cells there is room for */
};

/*
 * A client that prints and ends has nothing better to do without memory than
 * to end at once: a table with holes would be a lie.
 */
static void *or_die(void *memory)
{
	if (memory)
		return memory;

	fputs("vswctl: out of memory\n", stderr);
	exit(1);
}

/**
 * table_new() - Start a table
 * @columns:	Its columns, which have to stay where they are
 * @n_columns:	How many
 *
 * Return: the table
 */
struct table *table_new(const struct table_column *columns, size_t n_columns)
{
	struct table *table = or_die(calloc(1, sizeof(*table)));

	table->columns = columns;
	table->n_columns = n_columns;
	return table;
}

/**
 * table_free() - Let go of a table
 * @table:	Table, or NULL
 */
void table_free(struct table *table)
{
	if (!table)
		return;

	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}

static void format_printable(char ret[CELL_SIZE], const char *fmt, va_list ap)
{
	char text[CELL_SIZE];

	vsnprintf(text, sizeof(text), fmt, ap);
	name_printable(text, strlen(text), ret, CELL_SIZE);
}

/**
 * table_cell() - Fill in the next cell
 * @table:	Table
 * @style:	What it means
 * @fmt:	printf() format of its text
 */
void table_cell(struct table *table, enum table_style style, const char *fmt,
		...)
{
	char text[CELL_SIZE];
	va_list ap;

	if (table->n_cells == table->size) {
		table->size = table->size ? table->size * 2 : 64;
		table->cells = or_die(reallocarray(table->cells, table->size,
						   sizeof(*table->cells)));
	}

	va_start(ap, fmt);
	format_printable(text, fmt, ap);
	va_end(ap);
	table->cells[table->n_cells++] =
		(struct cell){ or_die(strdup(text)), style };
}

static const char *style_start(enum table_style style)
{
	switch (style) {
	case TABLE_STYLE_HEAD:
		return "\033[1m";
	case TABLE_STYLE_GOOD:
		return "\033[32m";
	case TABLE_STYLE_BAD:
		return "\033[31m";
	case TABLE_STYLE_PLAIN:
		break;
	}

	return "";
}

static void print_styled(FILE *out, bool colour, enum table_style style,
			 const char *text)
{
	if (!colour || style == TABLE_STYLE_PLAIN || !*text)
		fputs(text, out);
	else
		fprintf(out, "%s%s\033[0m", style_start(style), text);
}

/* One row; @cells is NULL for the heads of the columns. */
static void print_row(const struct table *table, const struct cell *cells,
		      const size_t *widths, FILE *out, bool colour)
{
	size_t owed = 0; /* blanks, printed only if something follows */

	for (size_t i = 0; i < table->n_columns; i++) {
		const char *text =
			cells ? cells[i].text : table->columns[i].head;
		const enum table_style style =
			cells ? cells[i].style : TABLE_STYLE_HEAD;
		const size_t pad = widths[i] - strlen(text);

		if (table->columns[i].right)
			owed += pad;
		if (*text) {
			fprintf(out, "%*s", (int)owed, "");
			print_styled(out, colour, style, text);
			owed = 0;
		}
		if (!table->columns[i].right)
			owed += pad;
		owed += GAP;
	}
	fputc('\n', out);
}

/**
 * table_print() - Print a table
 * @table:	Table, all rows filled in
 * @out:	Where to
 * @head:	Whether to begin with the heads of the columns
 * @colour:	Whether styles become colours
 */
void table_print(const struct table *table, FILE *out, bool head, bool colour)
{
	size_t *widths = or_die(calloc(table->n_columns, sizeof(*widths)));
	const size_t n_rows = table->n_cells / table->n_columns;

	for (size_t i = 0; head && i < table->n_columns; i++)
		widths[i] = strlen(table->columns[i].head);
	for (size_t i = 0; i < n_rows * table->n_columns; i++) {
		const size_t len = strlen(table->cells[i].text);

		if (len > widths[i % table->n_columns])
			widths[i % table->n_columns] = len;
	}

	if (head)
		print_row(table, NULL, widths, out, colour);
	for (size_t i = 0; i < n_rows; i++)
		print_row(table, table->cells + i * table->n_columns, widths,
			  out, colour);
	free(widths);
}

/**
 * table_say() - Print words beside a table, as printable as its cells
 * @out:	Where to
 * @colour:	Whether the style becomes a colour
 * @style:	What they mean
 * @fmt:	printf() format
 */
void table_say(FILE *out, bool colour, enum table_style style, const char *fmt,
	       ...)
{
	char text[CELL_SIZE];
	va_list ap;

	va_start(ap, fmt);
	format_printable(text, fmt, ap);
	va_end(ap);
	print_styled(out, colour, style, text);
}
