/* SPDX-License-Identifier: MIT */
/* show_mirrors.c - all mirrors, a line each, and what became of a change */

#include "show.h"

#include <string.h>

#include "macros.h"
#include "table.h"
#include "value.h"

enum {
	LIST_SIZE = 80,
};

static const struct table_column columns[] = {
	{ "MIRROR", false },  { "FROM", false },   { "DIRECTION", false },
	{ "TO", false },      { "FILTER", false }, { "SNAPLEN", true },
	{ "MIRRORED", true }, { "BYTES", true },   { "FILTERED", true },
	{ "DROPPED", true },  { "", false }, /* what is wrong */
};

/* "web,db": the names, as many as there is room for */
static void join(const json_t *names, char ret[LIST_SIZE])
{
	size_t used = 0, i;
	json_t *name;

	ret[0] = '\0';
	json_array_foreach(names, i, name)
	{
		const char *text = json_string_value(name);

		if (!text)
			continue;
		if (used + strlen(text) + sizeof(",...") > LIST_SIZE) {
			snprintf(ret + used, LIST_SIZE - used, ",...");
			return;
		}
		used += (size_t)snprintf(ret + used, LIST_SIZE - used, "%s%s",
					 used ? "," : "", text);
	}
}

static void add_remark(struct table *table, const json_t *mirror)
{
	const char *reason = NULL, *most = NULL;
	json_int_t n_most = 0;
	json_t *n;

	if (strcmp(value_text(mirror, "to_state"), "up")) {
		table_cell(table, TABLE_STYLE_BAD, "! %s is %s",
			   value_text(mirror, "to"),
			   value_text(mirror, "to_state"));
		return;
	}

	json_object_foreach((json_t *)value_get(mirror, "drops"), reason, n)
	{
		if (json_integer_value(n) > n_most) {
			n_most = json_integer_value(n);
			most = reason;
		}
	}
	table_cell(table, most ? TABLE_STYLE_BAD : TABLE_STYLE_PLAIN, "%s%s",
		   most ? "! " : "", most ? most : "");
}

static void add_mirror(struct table *table, const json_t *mirror)
{
	const enum table_style plain = TABLE_STYLE_PLAIN;
	const json_t *filter = value_get(mirror, "filter");
	const bool is_cut = json_is_integer(value_get(mirror, "snaplen"));
	char from[LIST_SIZE];

	join(value_get(mirror, "from"), from);
	table_cell(table, plain, "%s", value_text(mirror, "mirror"));
	table_cell(table, plain, "%s", from);
	table_cell(table, plain, "%s", value_text(mirror, "direction"));
	table_cell(table, plain, "%s", value_text(mirror, "to"));
	table_cell(table, plain, "%s",
		   json_is_string(filter) ? json_string_value(filter) : "-");
	table_cell(table, plain, "%s",
		   is_cut ? value_count(mirror, "snaplen").s : "-");
	table_cell(table, plain, "%s", value_count(mirror, "mirrored").s);
	table_cell(table, plain, "%s", value_size(mirror, "bytes").s);
	table_cell(table, plain, "%s", value_count(mirror, "filtered").s);
	table_cell(table, plain, "%s", value_count(mirror, "dropped").s);
	add_remark(table, mirror);
}

/**
 * show_mirrors() - Show what "show-mirrors" asked for
 * @show:	Where to, and how
 * @result:	Result of mirror.list
 */
void show_mirrors(const struct show *show, const json_t *result)
{
	const json_t *mirrors = value_get(result, "mirrors");
	const size_t n = json_array_size(mirrors);
	struct table *table = table_new(columns, ARRAY_SIZE(columns));

	table_say(show->out, show->colour, TABLE_STYLE_HEAD,
		  "SWITCH %s   %zu mirror%s of at most %s",
		  value_text(result, "switch"), n, value_plural(n),
		  value_count(result, "max").s);
	fputc('\n', show->out);
	for (size_t i = 0; i < n; i++)
		add_mirror(table, json_array_get(mirrors, i));
	if (n)
		table_print(table, show->out, true, show->colour);
	table_free(table);
}

/**
 * show_mirror_added() - Show what came of "add-mirror"
 * @show:	Where to, and how
 * @result:	Result of mirror.add
 */
void show_mirror_added(const struct show *show, const json_t *result)
{
	const json_t *mirror = value_get(result, "mirror");
	char from[LIST_SIZE];

	join(value_get(mirror, "from"), from);
	table_say(show->out, false, TABLE_STYLE_PLAIN,
		  "%s: mirrors %s (%s) to %s", value_text(mirror, "mirror"),
		  from, value_text(mirror, "direction"),
		  value_text(mirror, "to"));
	fputc('\n', show->out);
}

/**
 * show_mirror_removed() - Show what came of "del-mirror"
 * @show:	Where to, and how
 * @result:	Result of mirror.del
 */
void show_mirror_removed(const struct show *show, const json_t *result)
{
	table_say(show->out, false, TABLE_STYLE_PLAIN, "%s: removed",
		  value_text(result, "mirror"));
	fputc('\n', show->out);
}
