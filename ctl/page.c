/* SPDX-License-Identifier: MIT */
/* page.c - a page of names and values */

#include "page.h"

#include <stdarg.h>
#include <string.h>

#include "macros.h"

enum {
	ROW_SIZE = 400,
};

/**
 * page_new() - Start a page
 *
 * Return: a table of two columns; page_print() frees it
 */
struct table *page_new(void)
{
	static const struct table_column columns[] = {
		{ "", false },
		{ "", false },
	};

	return table_new(columns, ARRAY_SIZE(columns));
}

/**
 * page_row() - Add a value
 * @page:	Page
 * @style:	What the value means
 * @name:	Its name; blanks in front make it part of the one above
 * @fmt:	printf() format of the value
 */
void page_row(struct table *page, enum table_style style, const char *name,
	      const char *fmt, ...)
{
	char text[ROW_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_cell(page, TABLE_STYLE_PLAIN, "%s", name);
	table_cell(page, style, "%s", text);
}

static void add_reasons(struct table *page, const json_t *drops)
{
	const char *reason;
	json_t *count;

	json_object_foreach((json_t *)drops, reason, count)
	{
		char name[80];

		if (json_integer_value(count) <= 0)
			continue;
		snprintf(name, sizeof(name), "    %s", reason);
		page_row(page, TABLE_STYLE_PLAIN, name, "%s",
			 value_count(count, "").s);
	}
}

/**
 * page_traffic() - Add the counters of one direction
 * @page:	Page
 * @name:	"received" or "sent"
 * @counters:	Object of the protocol by that name
 *
 * That frames are dropped is everyday life, so it is no reason to shout; that
 * frames are missed means the switch was too slow, so it is.
 */
void page_traffic(struct table *page, const char *name, const json_t *counters)
{
	const enum table_style plain = TABLE_STYLE_PLAIN;

	page_row(page, plain, name, "%s frame%s, %s",
		 value_count(counters, "frames").s,
		 value_plural(value_number(counters, "frames")),
		 value_size(counters, "bytes").s);
	if (value_get(counters, "forwarded"))
		page_row(page, plain, "  forwarded", "%s",
			 value_count(counters, "forwarded").s);
	page_row(page, plain, "  dropped", "%s",
		 value_count(counters, "dropped").s);
	add_reasons(page, value_get(counters, "drops"));
	if (value_number(counters, "missed"))
		page_row(page, TABLE_STYLE_BAD, "  missed", "! %s",
			 value_count(counters, "missed").s);
	else if (value_get(counters, "missed"))
		page_row(page, plain, "  missed", "0");
}

/**
 * page_print() - Print a page and let go of it
 * @page:	Page
 * @show:	Where to, and how
 */
void page_print(struct table *page, const struct show *show)
{
	table_print(page, show->out, false, show->colour);
	table_free(page);
}
