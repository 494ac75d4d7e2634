/* SPDX-License-Identifier: MIT */
/* show_switch.c - the switch: limits, totals, captures */

#include "show.h"

#include "page.h"
#include "table.h"
#include "value.h"

static void add_fdb(struct table *page, const json_t *fdb)
{
	const enum table_style plain = TABLE_STYLE_PLAIN;
	const enum table_style lost =
		value_number(fdb, "evicted") + value_number(fdb, "refused")
			? TABLE_STYLE_BAD
			: plain;

	page_row(page, plain, "stations", "%s dynamic, %s static of at most %s",
		 value_count(fdb, "dynamic").s, value_count(fdb, "static").s,
		 value_count(fdb, "max").s);
	page_row(page, plain, "  ageing", "%s", value_age(fdb, "ageing_ms").s);
	page_row(page, plain, "  so far", "%s learned, %s moved, %s aged",
		 value_count(fdb, "learned").s, value_count(fdb, "moved").s,
		 value_count(fdb, "aged").s);
	page_row(page, lost, "  at the limit", "%s%s evicted, %s refused",
		 lost == plain ? "" : "! ", value_count(fdb, "evicted").s,
		 value_count(fdb, "refused").s);
}

/* "2: web, db; icmp; 4 frames" */
static void add_capture(struct table *page, const json_t *capture)
{
	const bool missed = value_number(capture, "missed") > 0;
	const json_t *ports = value_get(capture, "ports");
	char name[40], list[160] = "";
	size_t used = 0;
	size_t i;
	json_t *port;

	json_array_foreach(ports, i, port)
	{
		const char *text = json_string_value(port);

		if (text && used < sizeof(list))
			used += (size_t)snprintf(list + used,
						 sizeof(list) - used, "%s%s",
						 used ? ", " : "", text);
	}

	snprintf(name, sizeof(name), "  capture %llu",
		 (unsigned long long)value_number(capture, "capture"));
	page_row(page, missed ? TABLE_STYLE_BAD : TABLE_STYLE_PLAIN, name,
		 "%s, filter %s, %s frame%s%s%s missed",
		 used ? list : "all ports", value_text(capture, "filter"),
		 value_count(capture, "frames").s,
		 value_plural(value_number(capture, "frames")),
		 missed ? ", ! " : ", ", value_count(capture, "missed").s);
}

/**
 * show_switch() - Show what "show-switch" asked for
 * @show:	Where to, and how
 * @result:	Result of switch.show
 */
void show_switch(const struct show *show, const json_t *result)
{
	const enum table_style plain = TABLE_STYLE_PLAIN;
	const json_t *captures = value_get(result, "captures");
	const bool refused = value_number(result, "clients.refused") > 0;
	struct table *page = page_new();
	size_t i;
	json_t *capture;

	table_say(show->out, show->colour, TABLE_STYLE_HEAD,
		  "SWITCH %s   up for %s", value_text(result, "switch"),
		  value_age(result, "uptime_ms").s);
	fputc('\n', show->out);

	page_row(page, plain, "daemon", "vswd %s, protocol %s, process %llu",
		 value_text(result, "version"),
		 value_count(result, "protocol").s,
		 (unsigned long long)value_number(result, "pid"));
	page_row(page, plain, "back room", "namespace %s",
		 value_text(result, "namespace"));
	page_row(page, plain, "ports", "%s, %s up, of at most %s",
		 value_count(result, "ports.count").s,
		 value_count(result, "ports.up").s,
		 value_count(result, "ports.max").s);
	add_fdb(page, value_get(result, "fdb"));
	page_row(page, refused ? TABLE_STYLE_BAD : plain, "clients",
		 "%s of at most %s, %s%s turned away",
		 value_count(result, "clients.count").s,
		 value_count(result, "clients.max").s, refused ? "! " : "",
		 value_count(result, "clients.refused").s);
	page_row(page, plain, "captures", "%zu", json_array_size(captures));
	json_array_foreach(captures, i, capture) add_capture(page, capture);
	page_traffic(page, "received", value_get(result, "totals.received"));
	page_traffic(page, "sent", value_get(result, "totals.sent"));
	page_print(page, show);
}
