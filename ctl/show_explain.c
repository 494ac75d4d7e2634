/* SPDX-License-Identifier: MIT */
/* show_explain.c - what would become of a frame, or has */

#include "show.h"

#include <string.h>

#include "table.h"
#include "value.h"

static const struct table_column columns[] = {
	{ "", false },
	{ "", false },
};

static void say_steps(const struct show *show, const json_t *steps)
{
	struct table *table = table_new(columns, 2);
	const char *before = "";
	size_t i;
	json_t *step;

	json_array_foreach(steps, i, step)
	{
		const char *name = value_text(step, "step");

		/* Of several in a row, the first says what they are. */
		table_cell(table, TABLE_STYLE_PLAIN, "  %s",
			   strcmp(name, before) ? name : "");
		table_cell(table, TABLE_STYLE_PLAIN, "%s",
			   value_text(step, "text"));
		before = name;
	}
	table_print(table, show->out, false, show->colour);
	table_free(table);
}

static void say_ports(const struct show *show, const json_t *ports)
{
	size_t i;
	json_t *port;

	json_array_foreach(ports, i, port)
		table_say(show->out, false, TABLE_STYLE_PLAIN, "%s%s",
			  i ? ", " : "", value_text(port, ""));
}

static void say_verdict(const struct show *show, const json_t *result)
{
	const char *verdict = value_text(result, "verdict");

	if (!strcmp(verdict, "drop")) {
		table_say(show->out, show->colour, TABLE_STYLE_BAD, "drop: %s",
			  value_text(result, "reason"));
	} else {
		table_say(show->out, show->colour, TABLE_STYLE_GOOD,
			  "%s: ", verdict);
		say_ports(show, value_get(result, "egress"));
	}
	fputc('\n', show->out);
}

static void say_sent(const struct show *show, const json_t *result)
{
	const json_t *sent = value_get(result, "sent");
	size_t i;
	json_t *refused;

	if (!sent)
		return;

	table_say(show->out, false, TABLE_STYLE_PLAIN, "sent by: %s",
		  json_array_size(sent) ? "" : "none");
	say_ports(show, sent);
	fputc('\n', show->out);
	json_array_foreach(value_get(result, "refused"), i, refused)
	{
		table_say(show->out, false, TABLE_STYLE_PLAIN,
			  "not sent by: %s, %s", value_text(refused, "port"),
			  value_text(refused, "reason"));
		fputc('\n', show->out);
	}
}

/**
 * show_explained() - Show what "explain" asked for
 * @show:	Where to, and how
 * @result:	Result of forward.explain or forward.inject
 */
void show_explained(const struct show *show, const json_t *result)
{
	if (json_is_object(value_get(result, "last_drop"))) {
		show_drop(show, value_get(result, "last_drop"));
		table_say(show->out, show->colour, TABLE_STYLE_HEAD, "now:");
		fputc('\n', show->out);
	}
	say_steps(show, value_get(result, "steps"));
	say_verdict(show, result);
	say_sent(show, result);
	if (json_is_string(value_get(result, "hint"))) {
		table_say(show->out, false, TABLE_STYLE_PLAIN,
			  "to change it: %s", value_text(result, "hint"));
		fputc('\n', show->out);
	}
}
