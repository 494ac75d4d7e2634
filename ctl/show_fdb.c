/* SPDX-License-Identifier: MIT */
/* show_fdb.c - the stations the switch knows, and what became of a change */

#include "show.h"

#include <stdlib.h>
#include <string.h>

#include "macros.h"
#include "table.h"
#include "value.h"

static const struct table_column columns[] = {
	{ "VLAN", true },   { "MAC", false },  { "PORT", false },
	{ "OWNER", false }, { "TYPE", false }, { "AGE", true },
	{ "MOVES", true },
};

/* By VLAN, then by MAC: lower-case hex, so by text. */
static int compare(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	const uint64_t one_vlan = value_number(one, "vlan");
	const uint64_t other_vlan = value_number(other, "vlan");

	if (one_vlan != other_vlan)
		return one_vlan < other_vlan ? -1 : 1;

	return strcmp(value_text(one, "mac"), value_text(other, "mac"));
}

static void add_station(struct table *table, const json_t *station)
{
	const enum table_style plain = TABLE_STYLE_PLAIN;

	table_cell(table, plain, "%llu",
		   (unsigned long long)value_number(station, "vlan"));
	table_cell(table, plain, "%s", value_text(station, "mac"));
	table_cell(table, plain, "%s", value_text(station, "port"));
	table_cell(table, plain, "%s", value_text(station, "target"));
	table_cell(table, plain, "%s", value_text(station, "type"));
	table_cell(table, plain, "%s", value_age(station, "age_ms").s);
	table_cell(table, plain, "%s", value_count(station, "moves").s);
}

static void say_totals(const struct show *show, const json_t *result,
		       size_t n_shown)
{
	const json_t *fdb = value_get(result, "fdb");
	const uint64_t n_dynamic = value_number(fdb, "dynamic");
	const uint64_t n_static = value_number(fdb, "static");
	char count[UNITS_TEXT_SIZE];

	count_format(n_dynamic + n_static, count, sizeof(count));
	table_say(show->out, show->colour, TABLE_STYLE_HEAD,
		  "SWITCH %s   %s station%s of at most %s "
		  "(%s dynamic, %s static)   ageing %s   moved %s",
		  value_text(result, "switch"), count,
		  value_plural(n_dynamic + n_static), value_count(fdb, "max").s,
		  value_count(fdb, "dynamic").s, value_count(fdb, "static").s,
		  value_age(fdb, "ageing_ms").s, value_count(fdb, "moved").s);
	if (n_shown < n_dynamic + n_static) {
		count_format(n_shown, count, sizeof(count));
		table_say(show->out, show->colour, TABLE_STYLE_HEAD,
			  "   %s shown", count);
	}
	if (value_number(fdb, "evicted"))
		table_say(show->out, show->colour, TABLE_STYLE_BAD,
			  "   ! evicted %s", value_count(fdb, "evicted").s);
	if (value_number(fdb, "refused"))
		table_say(show->out, show->colour, TABLE_STYLE_BAD,
			  "   ! refused %s", value_count(fdb, "refused").s);
	fputc('\n', show->out);
}

/**
 * show_fdb() - Show what "show-fdb" asked for
 * @show:	Where to, and how
 * @result:	Result of fdb.show, all pages
 */
void show_fdb(const struct show *show, const json_t *result)
{
	const json_t *stations = value_get(result, "stations");
	const size_t n = json_array_size(stations);
	struct table *table = table_new(columns, ARRAY_SIZE(columns));
	json_t **sorted = calloc(n ? n : 1, sizeof(*sorted));

	say_totals(show, result, n);
	/* Without memory to sort in, unsorted is better than nothing. */
	for (size_t i = 0; sorted && i < n; i++)
		sorted[i] = json_array_get(stations, i);
	if (sorted)
		qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0; i < n; i++)
		add_station(table,
			    sorted ? sorted[i] : json_array_get(stations, i));
	if (n > 0)
		table_print(table, show->out, true, show->colour);
	free(sorted);
	table_free(table);
}

static void say_vlan(const struct show *show, const json_t *station)
{
	const uint64_t vlan = value_number(station, "vlan");

	if (vlan)
		table_say(show->out, false, TABLE_STYLE_PLAIN, " in VLAN %llu",
			  (unsigned long long)vlan);
	fputc('\n', show->out);
}

/**
 * show_pinned() - Show what came of "add-fdb"
 * @show:	Where to, and how
 * @result:	Result of fdb.add
 */
void show_pinned(const struct show *show, const json_t *result)
{
	const json_t *station = value_get(result, "station");

	table_say(show->out, false, TABLE_STYLE_PLAIN, "%s: pinned to port %s",
		  value_text(station, "mac"), value_text(station, "port"));
	say_vlan(show, station);
}

/**
 * show_unpinned() - Show what came of "del-fdb"
 * @show:	Where to, and how
 * @result:	Result of fdb.del
 */
void show_unpinned(const struct show *show, const json_t *result)
{
	const json_t *station = value_get(result, "station");

	table_say(show->out, false, TABLE_STYLE_PLAIN, "%s: no longer pinned",
		  value_text(station, "mac"));
	say_vlan(show, station);
}

/**
 * show_flushed() - Show what came of "flush-fdb"
 * @show:	Where to, and how
 * @result:	Result of fdb.flush
 */
void show_flushed(const struct show *show, const json_t *result)
{
	table_say(show->out, false, TABLE_STYLE_PLAIN, "%s station%s forgotten",
		  value_count(result, "flushed").s,
		  value_plural(value_number(result, "flushed")));
	fputc('\n', show->out);
}
