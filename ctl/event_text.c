/* SPDX-License-Identifier: MIT */
/* event_text.c - events, a line each */

#include "event_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "macros.h"
#include "table.h"
#include "value.h"

enum {
	LINE_SIZE = 400,
	STATION_SIZE = 80,
	TIME_SIZE = 40,
};

/* "2026-01-31T12:34:56.789012345Z" to the time on people's clocks */
static void local_time(const char *text, char ret[TIME_SIZE])
{
	struct tm tm = { 0 };
	unsigned ns = 0;
	time_t seconds;

	snprintf(ret, TIME_SIZE, "-");
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%9u", &tm.tm_year, &tm.tm_mon,
		   &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ns) != 7)
		return;

	tm.tm_year -= 1900;
	tm.tm_mon--;
	seconds = timegm(&tm);
	if (localtime_r(&seconds, &tm))
		snprintf(ret, TIME_SIZE, "%02d:%02d:%02d.%06u", tm.tm_hour,
			 tm.tm_min, tm.tm_sec, ns / 1000);
}

static void station_words(const json_t *event, char ret[STATION_SIZE])
{
	const uint64_t vlan = value_number(event, "vlan");

	if (vlan)
		snprintf(ret, STATION_SIZE, "station %.20s in VLAN %llu",
			 value_text(event, "mac"), (unsigned long long)vlan);
	else
		snprintf(ret, STATION_SIZE, "station %.20s",
			 value_text(event, "mac"));
}

static void attached(const json_t *event, char *line)
{
	snprintf(line, LINE_SIZE, "port %s attached to %s",
		 value_text(event, "port"), value_text(event, "attached_to"));
}

static void detached(const json_t *event, char *line)
{
	snprintf(line, LINE_SIZE, "port %s detached from %s",
		 value_text(event, "port"), value_text(event, "attached_to"));
}

static void state(const json_t *event, char *line)
{
	const bool why = value_get(event, "why");

	snprintf(line, LINE_SIZE, "port %s %s (was %s)%s%s",
		 value_text(event, "port"), value_text(event, "state"),
		 value_text(event, "was"), why ? ": " : "",
		 why ? value_text(event, "why") : "");
}

static void learned(const json_t *event, char *line)
{
	char station[STATION_SIZE];

	station_words(event, station);
	snprintf(line, LINE_SIZE, "%s learned on %s", station,
		 value_text(event, "port"));
}

static void moved(const json_t *event, char *line)
{
	const uint64_t n = value_number(event, "moves");
	char station[STATION_SIZE];

	station_words(event, station);
	snprintf(line, LINE_SIZE, "%s moved from %s to %s (%s time%s so far)",
		 station, value_text(event, "from"), value_text(event, "port"),
		 value_count(event, "moves").s, value_plural(n));
}

static void more_learned(const json_t *event, char *line)
{
	snprintf(line, LINE_SIZE, "%s more station%s learned",
		 value_count(event, "count").s,
		 value_plural(value_number(event, "count")));
}

static void more_moved(const json_t *event, char *line)
{
	snprintf(line, LINE_SIZE, "%s more move%s of stations",
		 value_count(event, "count").s,
		 value_plural(value_number(event, "count")));
}

static void flapping(const json_t *event, char *line)
{
	char station[STATION_SIZE];

	station_words(event, station);
	snprintf(line, LINE_SIZE,
		 "%s flaps between %s and %s: %s moves within 10s", station,
		 value_text(event, "from"), value_text(event, "port"),
		 value_count(event, "moves").s);
}

static void at_rest(const json_t *event, char *line)
{
	char station[STATION_SIZE];

	station_words(event, station);
	snprintf(line, LINE_SIZE, "%s has come to rest on %s after %s moves",
		 station, value_text(event, "port"),
		 value_count(event, "moves").s);
}

static void table_full(const json_t *event, char *line)
{
	snprintf(line, LINE_SIZE,
		 "FDB full: %s station%s evicted or not learned",
		 value_count(event, "count").s,
		 value_plural(value_number(event, "count")));
}

static const char *side(const json_t *event)
{
	return strcmp(value_text(event, "direction"), "in")
		       ? "of what it should send"
		       : "of what it received";
}

static void drops_started(const json_t *event, char *line)
{
	snprintf(line, LINE_SIZE, "drops on %s started: %s, %s",
		 value_text(event, "port"), value_text(event, "reason"),
		 side(event));
}

static void drops_stopped(const json_t *event, char *line)
{
	snprintf(line, LINE_SIZE, "drops on %s stopped: %s, %s, %s frame%s",
		 value_text(event, "port"), value_text(event, "reason"),
		 side(event), value_count(event, "count").s,
		 value_plural(value_number(event, "count")));
}

static void limit(const json_t *event, char *line)
{
	snprintf(line, LINE_SIZE, "limit of %s %s: %s refused",
		 value_count(event, "max").s, value_text(event, "limit"),
		 value_count(event, "count").s);
}

static void config(const json_t *event, char *line)
{
	const bool object = value_get(event, "object");

	snprintf(line, LINE_SIZE, "%s%s%s by %s (process %llu, user %llu)",
		 value_text(event, "method"), object ? " " : "",
		 object ? value_text(event, "object") : "",
		 value_text(event, "command"),
		 (unsigned long long)value_number(event, "pid"),
		 (unsigned long long)value_number(event, "uid"));
}

static void lost(const json_t *event, char *line)
{
	snprintf(line, LINE_SIZE, "%s event%s lost: %llu to %llu",
		 value_count(event, "lost").s,
		 value_plural(value_number(event, "lost")),
		 (unsigned long long)value_number(event, "from"),
		 (unsigned long long)value_number(event, "to"));
}

static void restarted(const json_t *event, char *line)
{
	(void)event;
	snprintf(line, LINE_SIZE,
		 "the switch was restarted, and what it knew is lost");
}

static const struct {
	const char *kind;
	void (*write)(const json_t *event, char *line);
	bool bad; /* not as it should be */
} kinds[] = {
	{ "port-attached", attached, false },
	{ "port-detached", detached, false },
	{ "port-state", state, false },
	{ "station-learned", learned, false },
	{ "station-moved", moved, false },
	{ "more-learned", more_learned, false },
	{ "more-moved", more_moved, false },
	{ "flapping-started", flapping, true },
	{ "flapping-stopped", at_rest, false },
	{ "table-full", table_full, true },
	{ "drops-started", drops_started, false },
	{ "drops-stopped", drops_stopped, false },
	{ "limit", limit, true },
	{ "config", config, false },
	{ "lost", lost, true },
	{ "restarted", restarted, true },
};

/**
 * event_text_print() - Print an event for people
 * @show:	Where to, and how
 * @event:	Params of a notification "event"; of a kind we don't know, the
 *		kind is all that is printed
 */
void event_text_print(const struct show *show, const json_t *event)
{
	const char *kind = value_text(event, "kind");
	char line[LINE_SIZE], seq[24] = "", time[TIME_SIZE] = "";
	bool bad = false;

	snprintf(line, sizeof(line), "%s", kind);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].kind, kind)) {
			kinds[i].write(event, line);
			bad = kinds[i].bad;
		}
	}
	if (value_get(event, "seq"))
		snprintf(seq, sizeof(seq), "%llu",
			 (unsigned long long)value_number(event, "seq"));
	if (value_get(event, "time"))
		local_time(value_text(event, "time"), time);

	fprintf(show->out, "%6s  %15s  ", seq, time);
	table_say(show->out, show->colour,
		  bad ? TABLE_STYLE_BAD : TABLE_STYLE_PLAIN, "%s%s",
		  bad ? "! " : "", line);
	fputc('\n', show->out);
}
