/* SPDX-License-Identifier: MIT */
/* frames.c - captured frames, a line each */

#include "frames.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decode.h"
#include "err.h"
#include "pcapng_read.h"

enum {
	TIME_SIZE = 40, /* "2026-01-31T12:34:56.789012345Z", and NUL */
};

struct name {
	char s[32];
};

struct frames {
	bool as_json;
	struct pcapng_read *reader;
	struct name *names; /* of interfaces, by their number */
	size_t n_names;
	size_t widest; /* of the names that frames were printed for */
	FILE *out; /* what the call at hand returns */
};

static void format_time(uint64_t time_ns, bool as_json, char ret[TIME_SIZE])
{
	const time_t seconds = (time_t)(time_ns / 1000000000);
	char text[TIME_SIZE] = "?";
	struct tm tm;

	/* People compare with their clock, programs with other machines. */
	if (as_json ? !!gmtime_r(&seconds, &tm) : !!localtime_r(&seconds, &tm))
		strftime(text, sizeof(text),
			 as_json ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &tm);
	snprintf(ret, TIME_SIZE, "%.28s.%09u%s", text,
		 (unsigned)(time_ns % 1000000000), as_json ? "Z" : "");
}

static const char *direction_name(enum pcapng_direction direction)
{
	switch (direction) {
	case PCAPNG_DIRECTION_INBOUND:
		return "in";
	case PCAPNG_DIRECTION_OUTBOUND:
		return "out";
	case PCAPNG_DIRECTION_UNKNOWN:
		break;
	}

	return "-";
}

static void on_interface(struct frames *frames, uint32_t id, const char *name)
{
	struct name *names;

	if (id >= frames->n_names) {
		names = reallocarray(frames->names, (size_t)id + 1,
				     sizeof(*names));
		if (!names)
			return; /* its frames come from "?" then */
		memset(names + frames->n_names, 0,
		       (id + 1 - frames->n_names) * sizeof(*names));
		frames->names = names;
		frames->n_names = (size_t)id + 1;
	}

	snprintf(frames->names[id].s, sizeof(frames->names[id].s), "%s",
		 name ? name : "");
}

static void print_json(FILE *out, const struct pcapng_packet *packet,
		       const char *time, const char *name, const char *line)
{
	json_t *frame = json_pack("{s:i, s:s, s:s, s:s, s:I, s:s}", "schema", 1,
				  "time", time, "port", name, "direction",
				  direction_name(packet->direction), "length",
				  (json_int_t)packet->len, "text", line);

	if (!frame)
		return;
	if (packet->comment)
		json_object_set_new(frame, "comment",
				    json_string(packet->comment));
	json_dumpf(frame, out, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', out);
	json_decref(frame);
}

static const char *name_of(struct frames *frames, uint32_t interface_id)
{
	const char *name = "?";

	if (interface_id < frames->n_names && frames->names[interface_id].s[0])
		name = frames->names[interface_id].s;
	if (strlen(name) > frames->widest)
		frames->widest = strlen(name);
	return name;
}

static void on_packet(struct frames *frames, const struct pcapng_packet *packet)
{
	const char *name = name_of(frames, packet->interface_id);
	char line[DECODE_LINE_SIZE];
	char time[TIME_SIZE];

	decode_frame(packet->data, packet->caplen, packet->len, line,
		     sizeof(line));
	format_time(packet->time_ns, frames->as_json, time);
	if (frames->as_json)
		print_json(frames->out, packet, time, name, line);
	else
		fprintf(frames->out, "%s %-*s %-3s  %s%s%s%s\n", time,
			(int)frames->widest, name,
			direction_name(packet->direction), line,
			packet->comment ? "  [" : "",
			packet->comment ? packet->comment : "",
			packet->comment ? "]" : "");
}

static void print_end_json(FILE *out, const char *time, const char *name,
			   const char *why)
{
	json_t *end = json_pack("{s:i, s:s, s:s, s:s}", "schema", 1, "time",
				time, "port", name, "ended", why);

	if (!end)
		return;
	json_dumpf(end, out, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputc('\n', out);
	json_decref(end);
}

/* Of statistics, only what they say about a port that came to its end. */
static void on_statistics(struct frames *frames,
			  const struct pcapng_statistics *statistics)
{
	const char *why = statistics->comment;
	const char *name;
	char time[TIME_SIZE];

	if (!why)
		return;

	name = name_of(frames, statistics->interface_id);
	format_time(statistics->time_ns, frames->as_json, time);
	if (frames->as_json)
		print_end_json(frames->out, time, name, why);
	else
		fprintf(frames->out, "%s %-*s -    port ended: %s\n", time,
			(int)frames->widest, name, why);
}

static void on_event(void *arg, const struct pcapng_event *event)
{
	struct frames *frames = arg;

	switch (event->type) {
	case PCAPNG_EVENT_INTERFACE:
		on_interface(frames, event->interface_id,
			     event->interface.name);
		break;
	case PCAPNG_EVENT_PACKET:
		on_packet(frames, &event->packet);
		break;
	case PCAPNG_EVENT_STATISTICS:
		on_statistics(frames, &event->statistics);
		break;
	case PCAPNG_EVENT_SECTION:
		break;
	}
}

/**
 * frames_new() - Start to print frames
 * @as_json:	As objects, instead of in words
 *
 * Return: the printer, or NULL if memory ran out
 */
struct frames *frames_new(bool as_json)
{
	struct frames *frames = calloc(1, sizeof(*frames));

	if (!frames)
		return NULL;

	frames->as_json = as_json;
	frames->reader = pcapng_read_new(on_event, frames);
	if (!frames->reader) {
		free(frames);
		return NULL;
	}

	return frames;
}

/**
 * frames_free() - Let go of a printer
 * @frames:	Printer, or NULL
 */
void frames_free(struct frames *frames)
{
	if (!frames)
		return;

	pcapng_read_free(frames->reader);
	free(frames->names);
	free(frames);
}

/**
 * frames_feed() - Print what has arrived
 * @frames:	Printer
 * @data:	Next bytes of the capture
 * @len:	How many
 * @ret_text:	Lines of the frames that are complete now, to be freed; set in
 *		any case, also if bytes after them made no sense
 * @ret_len:	Bytes of it
 * @err:	Where to say what is wrong with the bytes
 *
 * Return: 0, or -errno
 */
int frames_feed(struct frames *frames, const void *data, size_t len,
		char **ret_text, size_t *ret_len, struct err *err)
{
	int r;

	*ret_text = NULL;
	*ret_len = 0;
	frames->out = open_memstream(ret_text, ret_len);
	if (!frames->out)
		return err_set(err, -ENOMEM, "out of memory");

	r = pcapng_read_feed(frames->reader, data, len, err);
	fclose(frames->out);
	frames->out = NULL;
	return r;
}
