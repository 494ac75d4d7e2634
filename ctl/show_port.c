/* SPDX-License-Identifier: MIT */
/* show_port.c - one port: all about it, and what became of a change */

#include "show.h"

#include <string.h>

#include "page.h"
#include "table.h"
#include "value.h"

static void add_offloads(struct table *page, const json_t *offloads)
{
	char text[200] = "";
	size_t used = 0;
	size_t i;
	json_t *offload;

	json_array_foreach(offloads, i, offload)
	{
		const char *name = json_string_value(offload);

		if (name && used < sizeof(text))
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used, "%s%s",
						 used ? " " : "", name);
	}

	page_row(page, TABLE_STYLE_PLAIN, "offloads", "%s",
		 used ? text : "none");
}

static void say_state(const struct show *show, const json_t *port)
{
	const bool up = !strcmp(value_text(port, "state"), "up");

	table_say(show->out, show->colour, TABLE_STYLE_HEAD, "PORT %s   ",
		  value_text(port, "port"));
	table_say(show->out, show->colour,
		  up ? TABLE_STYLE_GOOD : TABLE_STYLE_BAD, "%s%s for %s",
		  up ? "" : "! ", value_text(port, "state"),
		  value_age(port, "state_ms").s);
	fputc('\n', show->out);
}

/* Of a port that persists and is not up: what keeps it, and what will not. */
static void add_prospects(struct table *page, const json_t *port)
{
	const enum table_style plain = TABLE_STYLE_PLAIN;

	if (!json_is_string(value_get(port, "why")))
		return;

	page_row(page, TABLE_STYLE_BAD, "why", "%s", value_text(port, "why"));
	page_row(page, plain, "next", "%s", value_text(port, "next"));
	page_row(page, plain, "last tried", "%s ago",
		 value_age(port, "tried_ms").s);
	if (json_is_integer(value_get(port, "retry_ms")))
		page_row(page, plain, "tried again", "in %s",
			 value_age(port, "retry_ms").s);
}

/**
 * show_port() - Show what "show-port" asked for
 * @show:	Where to, and how
 * @result:	Result of port.show
 */
void show_port(const struct show *show, const json_t *result)
{
	const json_t *port = value_get(result, "port");
	const enum table_style plain = TABLE_STYLE_PLAIN;
	struct table *page = page_new();
	char place[VALUE_PLACE_SIZE];

	say_state(show, port);
	value_place(port, place);
	add_prospects(page, port);
	page_row(page, plain, "switch", "%s", value_text(result, "switch"));
	page_row(page, plain, "attached to", "%s%s", place,
		 json_is_true(value_get(port, "persist")) ? ", persistent"
							  : "");
	page_row(page, plain, "interface", "%s, %s, MTU %llu",
		 value_text(port, "ifname"), value_text(port, "mac"),
		 (unsigned long long)value_number(port, "mtu"));
	if (json_is_string(value_get(port, "host_ifname")))
		page_row(page, plain, "cable",
			 "%s, our end is %s in namespace %s",
			 value_text(port, "type"),
			 value_text(port, "host_ifname"),
			 value_text(port, "namespace"));
	else
		page_row(page, plain, "cable", "%s", value_text(port, "type"));
	add_offloads(page, value_get(port, "offloads"));
	if (json_is_string(value_get(port, "mirror")))
		page_row(page, plain, "mirror port",
			 "of %s, and carries nothing else",
			 value_text(port, "mirror"));
	page_row(page, plain, "stations", "%s",
		 value_count(port, "stations").s);
	page_traffic(page, "received", value_get(port, "received"));
	page_traffic(page, "sent", value_get(port, "sent"));
	page_print(page, show);
}

/**
 * show_attached() - Show what came of "attach"
 * @show:	Where to, and how
 * @result:	Result of port.attach
 */
void show_attached(const struct show *show, const json_t *result)
{
	const json_t *port = value_get(result, "port");
	const json_t *created = value_get(result, "created");
	char place[VALUE_PLACE_SIZE];

	const bool waits = !strcmp(value_text(port, "state"), "waiting");

	value_place(port, place);
	table_say(show->out, false, TABLE_STYLE_PLAIN, "%s: %s %s, %s %s by %s",
		  value_text(port, "port"),
		  json_is_false(created) ? "was attached already:"
		  : waits                ? "waits for"
					 : "attached",
		  place, value_text(port, "ifname"), value_text(port, "mac"),
		  value_text(port, "type"));
	fputc('\n', show->out);
}

/**
 * show_detached() - Show what came of "detach"
 * @show:	Where to, and how
 * @result:	Result of port.detach
 */
void show_detached(const struct show *show, const json_t *result)
{
	table_say(show->out, false, TABLE_STYLE_PLAIN, "%s: detached",
		  value_text(result, "port"));
	fputc('\n', show->out);
}
