/* SPDX-License-Identifier: MIT */
/* show_drops.c - frames that went no further: which, when, and why */

#include "show.h"

#include <string.h>
#include <time.h>

#include "table.h"
#include "value.h"

enum {
	CLOCK_SIZE = 32,
};

/* When it was, on the clock on the wall: 12:34:56.789 */
static void format_clock(uint64_t ns, char text[CLOCK_SIZE])
{
	const time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;
	size_t n = 0;

	if (localtime_r(&seconds, &tm))
		n = strftime(text, CLOCK_SIZE, "%H:%M:%S", &tm);
	snprintf(text + n, CLOCK_SIZE - n, ".%03u",
		 (unsigned)(ns / 1000000 % 1000));
}

static void say_line(const struct show *show, const char *before,
		     const json_t *drop, const char *key)
{
	if (!json_is_string(value_get(drop, key)))
		return;

	table_say(show->out, false, TABLE_STYLE_PLAIN, "  %s%s", before,
		  value_text(drop, key));
	fputc('\n', show->out);
}

/**
 * show_drop() - Show one row of drop.list
 * @show:	Where to, and how
 * @drop:	The row
 */
void show_drop(const struct show *show, const json_t *drop)
{
	const char *reason = value_text(drop, "reason");
	char clock[CLOCK_SIZE];

	table_say(show->out, show->colour, TABLE_STYLE_HEAD, "%s %s   %s",
		  value_text(drop, "port"), value_text(drop, "direction"),
		  reason);
	table_say(show->out, false, TABLE_STYLE_PLAIN, "   %s frame%s",
		  value_count(drop, "count").s,
		  value_plural(value_number(drop, "count")));
	if (json_is_integer(value_get(drop, "last_ns"))) {
		format_clock(value_number(drop, "last_ns"), clock);
		table_say(show->out, false, TABLE_STYLE_PLAIN,
			  ", %s %s ago at %s",
			  strcmp(reason, "missed") ? "newest" : "noticed",
			  value_age(drop, "age_ms").s, clock);
	}
	fputc('\n', show->out);
	say_line(show, "", drop, "frame");
	say_line(show, "", drop, "cause");
	say_line(show, "to change it: ", drop, "remedy");
}

static uint64_t sum(const json_t *drops, const char *direction, bool missed)
{
	uint64_t total = 0;
	size_t i;
	json_t *drop;

	json_array_foreach(drops, i, drop)
	{
		if (!strcmp(value_text(drop, "direction"), direction) &&
		    missed == !strcmp(value_text(drop, "reason"), "missed"))
			total += value_number(drop, "count");
	}

	return total;
}

/**
 * show_drops() - Show what "show-drops" asked for
 * @show:	Where to, and how
 * @result:	Result of drop.list, all pages
 */
void show_drops(const struct show *show, const json_t *result)
{
	const json_t *drops = value_get(result, "drops");
	char in[UNITS_TEXT_SIZE], out[UNITS_TEXT_SIZE];
	const uint64_t missed = sum(drops, "in", true);
	size_t i;
	json_t *drop;

	count_format(sum(drops, "in", false), in, sizeof(in));
	count_format(sum(drops, "out", false), out, sizeof(out));
	table_say(show->out, show->colour, TABLE_STYLE_HEAD,
		  "SWITCH %s   dropped %s where they came in, %s copies where "
		  "they had to leave",
		  value_text(result, "switch"), in, out);
	if (missed) {
		count_format(missed, in, sizeof(in));
		table_say(show->out, show->colour, TABLE_STYLE_BAD,
			  "   ! missed %s", in);
	}
	fputc('\n', show->out);
	json_array_foreach(drops, i, drop) show_drop(show, drop);
}
