/* SPDX-License-Identifier: MIT */
/* show_ports.c - all ports, a line each */

#include "show.h"

#include <string.h>

#include "macros.h"
#include "table.h"
#include "value.h"

static const struct table_column columns[] = {
	{ "PORT", false },   { "STATE", false },
	{ "TYPE", false },   { "ATTACHED TO", false },
	{ "MAC", false },    { "MTU", true },
	{ "RX", true },      { "TX", true },
	{ "DROPPED", true }, { "", false }, /* what is wrong */
};

static void add_counter(struct table *table, uint64_t n)
{
	char text[UNITS_TEXT_SIZE];

	count_format(n, text, sizeof(text));
	table_cell(table, TABLE_STYLE_PLAIN, "%s", text);
}

/* What somebody looking at the list should not overlook. */
static void add_remark(struct table *table, const json_t *port, bool up)
{
	const char *state = value_text(port, "state");
	const bool failed = !strcmp(state, "failed");

	if (!up)
		table_cell(table, TABLE_STYLE_BAD, "! %s for %s%s%s", state,
			   value_age(port, "state_ms").s, failed ? ": " : "",
			   failed ? value_text(port, "why") : "");
	else if (value_number(port, "received.missed"))
		table_cell(table, TABLE_STYLE_BAD, "! missed %s",
			   value_count(port, "received.missed").s);
	else
		table_cell(table, TABLE_STYLE_PLAIN, "%s", "");
}

static void add_port(struct table *table, const json_t *port)
{
	const bool up = !strcmp(value_text(port, "state"), "up");

	table_cell(table, TABLE_STYLE_PLAIN, "%s", value_text(port, "port"));
	table_cell(table, up ? TABLE_STYLE_GOOD : TABLE_STYLE_BAD, "%s",
		   value_text(port, "state"));
	table_cell(table, TABLE_STYLE_PLAIN, "%s", value_text(port, "type"));
	table_cell(table, TABLE_STYLE_PLAIN, "%s/%s",
		   value_text(port, "target"), value_text(port, "ifname"));
	table_cell(table, TABLE_STYLE_PLAIN, "%s", value_text(port, "mac"));
	table_cell(table, TABLE_STYLE_PLAIN, "%llu",
		   (unsigned long long)value_number(port, "mtu"));
	add_counter(table, value_number(port, "received.frames"));
	add_counter(table, value_number(port, "sent.frames"));
	add_counter(table, value_number(port, "received.dropped") +
				   value_number(port, "sent.dropped"));
	add_remark(table, port, up);
}

/**
 * show_ports() - Show what "show-ports" asked for
 * @show:	Where to, and how
 * @result:	Result of port.list, all pages
 */
void show_ports(const struct show *show, const json_t *result)
{
	const uint64_t count = value_number(result, "count");
	const uint64_t up = value_number(result, "up");
	const json_t *ports = value_get(result, "ports");
	struct table *table = table_new(columns, ARRAY_SIZE(columns));
	size_t i;
	json_t *port;

	table_say(show->out, show->colour, TABLE_STYLE_HEAD,
		  "SWITCH %s   %s port%s, %s up", value_text(result, "switch"),
		  value_count(result, "count").s, value_plural(count),
		  value_count(result, "up").s);
	if (up < count)
		table_say(show->out, show->colour, TABLE_STYLE_BAD,
			  "   ! %llu not up", (unsigned long long)(count - up));
	fputc('\n', show->out);

	json_array_foreach(ports, i, port) add_port(table, port);
	if (i > 0)
		table_print(table, show->out, true, show->colour);
	table_free(table);
}
