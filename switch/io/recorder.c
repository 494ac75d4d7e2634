/* SPDX-License-Identifier: MIT */
/*
 * recorder.c - pcapng blocks on their way into a pipe
 *
 * Pending output lies in one piece of memory, [start, end) of @buf. Blocks are
 * encoded behind it; when there is no room behind, what is pending moves to
 * the front.
 */

#include "recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "port.h"
#include "version.h"

enum {
	BUFFER_SIZE = 1 << 20,
	STATISTICS_SIZE = 128, /* more than one block of it needs */
	DESCRIPTION_SIZE = 200,
	BLOCK_USUAL_MAX = FRAME_SIZE_MAX + 4096, /* of a frame, with comment */
};

/* A port that frames were, or may be, recorded of. */
struct source {
	uint64_t port_id;
	uint32_t number; /* of its interface block */
	bool ended; /* its statistics are written, and nothing since */
	uint64_t frames, missed;
};

/* Room that is left for blocks of frames and interfaces. */
static size_t room(struct recorder *recorder)
{
	const size_t reserved = (recorder->n_sources + 1) * STATISTICS_SIZE;

	if (BUFFER_SIZE - recorder->end < BLOCK_USUAL_MAX && recorder->start) {
		memmove(recorder->buf, recorder->buf + recorder->start,
			recorder->end - recorder->start);
		recorder->end -= recorder->start;
		recorder->start = 0;
	}

	return recorder->end + reserved < BUFFER_SIZE
		       ? BUFFER_SIZE - recorder->end - reserved
		       : 0;
}

static size_t source_position(const struct recorder *recorder, uint64_t port_id)
{
	size_t low = 0, high = recorder->n_sources;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (recorder->sources[middle].port_id < port_id)
			low = middle + 1;
		else
			high = middle;
	}

	return low;
}

static struct source *source_find(const struct recorder *recorder,
				  const struct port *port)
{
	const size_t at = source_position(recorder, port->id);

	if (at == recorder->n_sources ||
	    recorder->sources[at].port_id != port->id)
		return NULL;
	return &recorder->sources[at];
}

static bool make_room_for_source(struct recorder *recorder)
{
	const size_t more = recorder->room_for_sources
				    ? 2 * recorder->room_for_sources
				    : 16;
	struct source *sources;

	if (recorder->n_sources < recorder->room_for_sources)
		return true;

	sources = reallocarray(recorder->sources, more, sizeof(sources[0]));
	if (!sources)
		return false;
	recorder->sources = sources;
	recorder->room_for_sources = more;
	return true;
}

/* A new port is described to the reader. */
static struct source *source_new(struct recorder *recorder,
				 const struct port *port)
{
	const size_t at = source_position(recorder, port->id);
	char description[DESCRIPTION_SIZE];
	struct source *source;
	size_t space, len;

	if (!make_room_for_source(recorder))
		return NULL;

	recorder->describe(port, description, sizeof(description));
	space = room(recorder); /* moves what is pending, so it comes first */
	len = pcapng_put_interface(recorder->buf + recorder->end, space,
				   &(struct pcapng_interface){
					   .name = port->name,
					   .description = description,
					   .filter = recorder->filter,
					   .snaplen = recorder->snaplen,
				   });
	if (!len)
		return NULL;

	recorder->end += len;
	source = &recorder->sources[at];
	memmove(source + 1, source,
		(recorder->n_sources - at) * sizeof(source[0]));
	*source = (struct source){
		.port_id = port->id,
		.number = (uint32_t)recorder->n_sources++,
	};
	return source;
}

/**
 * recorder_init() - Begin a recording
 * @recorder:	With what is the caller's to set, and the rest zero
 *
 * Return: 0, or -ENOMEM; recorder_fini() it in either case
 */
int recorder_init(struct recorder *recorder)
{
	recorder->buf = malloc(BUFFER_SIZE);
	if (!recorder->buf)
		return -ENOMEM;

	recorder->end =
		pcapng_put_section(recorder->buf, BUFFER_SIZE,
				   &(struct pcapng_section){
					   .application = "vswd " VSW_VERSION,
					   .os = "Linux",
				   });
	return 0;
}

/**
 * recorder_fini() - Close the pipe, and let go of what is pending
 * @recorder:	Recorder
 */
void recorder_fini(struct recorder *recorder)
{
	if (recorder->fd >= 0)
		close(recorder->fd);
	free(recorder->buf);
	free(recorder->sources);
}

/**
 * recorder_add_port() - Describe a port before it has said anything
 * @recorder:	Recorder that doesn't know the port
 * @port:	Port
 *
 * Return: false if there is no room
 */
bool recorder_add_port(struct recorder *recorder, const struct port *port)
{
	return source_new(recorder, port);
}

/**
 * recorder_has_much_room() - Or should what can wait, wait?
 * @recorder:	Recorder
 *
 * Return: whether most of the buffer is free
 */
bool recorder_has_much_room(const struct recorder *recorder)
{
	return recorder->end <= BUFFER_SIZE / 4;
}

/**
 * recorder_put() - Record a frame
 * @recorder:	Recorder
 * @record:	What to record
 * @ret_data:	If recorded, the copy of the payload, which may be patched
 * @ret_caplen:	If recorded, how many bytes of it there are
 *
 * Return: what became of it
 */
enum recorded recorder_put(struct recorder *recorder,
			   const struct record *record, uint8_t **ret_data,
			   uint32_t *ret_caplen)
{
	const uint32_t caplen = record->len < recorder->snaplen
					? record->len
					: recorder->snaplen;
	struct source *source = source_find(recorder, record->port);
	size_t space, len;
	uint8_t *block;

	if (!source && recorder->only_known)
		return RECORDED_NOT_MEANT;
	if (!source)
		source = source_new(recorder, record->port);
	if (!source)
		return RECORDED_MISSED;

	/* One that is kept has come back: what was said of it was not all. */
	source->ended = false;
	space = room(recorder);
	block = recorder->buf + recorder->end;
	len = pcapng_put_packet(block, space,
				&(struct pcapng_packet){
					.interface_id = source->number,
					.direction = record->direction,
					.time_ns = record->wall_ns,
					.data = record->data,
					.caplen = caplen,
					.len = record->len,
					.comment = record->comment,
				});
	if (!len) {
		source->missed++;
		return RECORDED_MISSED;
	}

	recorder->end += len;
	source->frames++;
	*ret_data = block + PCAPNG_PACKET_DATA;
	*ret_caplen = caplen;
	return RECORDED;
}

static bool put_statistics(struct recorder *recorder, struct source *source,
			   size_t space, const char *comment, uint64_t wall_ns)
{
	const size_t len = pcapng_put_statistics(
		recorder->buf + recorder->end, space,
		&(struct pcapng_statistics){
			.interface_id = source->number,
			.time_ns = wall_ns,
			.start_ns = recorder->start_ns,
			.end_ns = wall_ns,
			.received = source->frames + source->missed,
			.dropped = source->missed,
			.delivered = source->frames,
			.comment = comment,
		});

	recorder->end += len;
	source->ended = len > 0;
	return source->ended;
}

/**
 * recorder_end_port() - A port will be heard of no more, or not for a while
 * @recorder:	Recorder
 * @port:	Port
 * @why:	For the record
 * @wall_ns:	Now
 *
 * Writes its statistics with @why as their comment, or leaves them to
 * recorder_end() where there is no room.
 *
 * Return: whether the port is one that is recorded, and had not ended
 */
bool recorder_end_port(struct recorder *recorder, const struct port *port,
		       const char *why, uint64_t wall_ns)
{
	struct source *source = source_find(recorder, port);

	if (!source || source->ended)
		return false;

	put_statistics(recorder, source, room(recorder), why, wall_ns);
	return true;
}

/**
 * recorder_end() - Add the statistics of all ports
 * @recorder:	Recorder; nothing must be put after that
 * @wall_ns:	Now
 */
void recorder_end(struct recorder *recorder, uint64_t wall_ns)
{
	room(recorder);
	for (size_t i = 0; i < recorder->n_sources; i++) {
		if (!recorder->sources[i].ended)
			put_statistics(recorder, &recorder->sources[i],
				       BUFFER_SIZE - recorder->end, NULL,
				       wall_ns);
	}
}

/**
 * recorder_is_idle() - Is all written?
 * @recorder:	Recorder
 *
 * Return: whether nothing is pending
 */
bool recorder_is_idle(const struct recorder *recorder)
{
	return recorder->start == recorder->end;
}

/**
 * recorder_write() - Write as much of what is pending as the pipe takes
 * @recorder:	Recorder
 *
 * Return: 1 when nothing is pending any more, 0 when something is, -errno if
 * the reader is gone
 */
int recorder_write(struct recorder *recorder)
{
	while (recorder->start < recorder->end) {
		ssize_t n = write(recorder->fd, recorder->buf + recorder->start,
				  recorder->end - recorder->start);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		recorder->start += (size_t)n;
	}

	recorder->start = recorder->end = 0;
	return 1;
}
