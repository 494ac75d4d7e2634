/* SPDX-License-Identifier: MIT */
/* recorder.c - pcapng blocks on their way into a pipe */

#include "recorder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "port.h"
#include "version.h"

enum {
	STATISTICS_SIZE = 128, /* more than one block of it needs */
	STATISTICS_WHY_SIZE = 8192, /* the same, of one that says why */
	AGAIN_MIN = 8192, /* a payload that is shorter is copied again */
	DESCRIPTION_SIZE = 200,
	INTERFACE_SIZE = 8192, /* the same, of what describes a port */
};

/* A port that frames were, or may be, recorded of. */
struct source {
	uint64_t port_id;
	uint32_t number; /* of its interface block */
	bool ended; /* its statistics are written, and nothing since */
	uint64_t frames, missed;
};

/* Room that is left for blocks of frames and interfaces. */
static size_t room(const struct recorder *recorder)
{
	const size_t reserved = (recorder->n_sources + 1) * STATISTICS_SIZE;
	const size_t all = page_pipe_room(&recorder->pipe);

	return reserved < all ? all - reserved : 0;
}

/* Memory for a block of up to @size bytes, or NULL if there is no room. */
static uint8_t *reserve(struct recorder *recorder, size_t size)
{
	if (size > room(recorder))
		return NULL;
	return page_pipe_reserve(&recorder->pipe, size);
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
	uint8_t *block;
	size_t len;

	if (!make_room_for_source(recorder))
		return NULL;

	recorder->describe(port, description, sizeof(description));
	block = reserve(recorder, INTERFACE_SIZE);
	if (!block)
		return NULL;
	len = pcapng_put_interface(block, INTERFACE_SIZE,
				   &(struct pcapng_interface){
					   .name = port->name,
					   .description = description,
					   .filter = recorder->filter,
					   .snaplen = recorder->snaplen,
				   });
	if (!len)
		return NULL;

	page_pipe_put(&recorder->pipe, len);
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
	uint8_t *block;
	int r = page_pipe_init(&recorder->pipe, recorder->fd);

	if (r < 0)
		return r;

	block = page_pipe_reserve(&recorder->pipe, INTERFACE_SIZE);
	page_pipe_put(
		&recorder->pipe,
		pcapng_put_section(block, INTERFACE_SIZE,
				   &(struct pcapng_section){
					   .application = "vswd " VSW_VERSION,
					   .os = "Linux",
				   }));
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
	page_pipe_fini(&recorder->pipe);
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
 * Return: whether little waits for the pipe
 */
bool recorder_has_much_room(const struct recorder *recorder)
{
	return recorder->pipe.pending <= PAGE_PIPE_PENDING_MAX / 4;
}

/* Return: where the payload is to be copied to; NULL without room */
static uint8_t *put_packet(struct recorder *recorder,
			   const struct pcapng_packet *packet)
{
	const size_t size = pcapng_packet_size(packet);
	uint8_t *block = reserve(recorder, size);

	if (!block || !pcapng_put_packet(block, size, packet))
		return NULL;

	page_pipe_put(&recorder->pipe, size);
	return block + PCAPNG_PACKET_DATA;
}

/* Return: false without room */
static bool put_packet_around(struct recorder *recorder,
			      const struct pcapng_packet *packet,
			      const uint8_t *payload)
{
	const size_t around = pcapng_packet_size(packet) - packet->caplen;
	uint8_t *block;

	block = reserve(recorder, around);
	if (!block || !pcapng_put_around(block, around, packet))
		return false;

	page_pipe_put(&recorder->pipe, PCAPNG_PACKET_DATA);
	page_pipe_put_again(&recorder->pipe, payload, packet->caplen);
	page_pipe_put(&recorder->pipe, around - PCAPNG_PACKET_DATA);
	return true;
}

/**
 * recorder_caplen() - How many bytes of a frame are recorded?
 * @recorder:	Recorder
 * @len:	Bytes the frame has
 *
 * Return: bytes
 */
uint32_t recorder_caplen(const struct recorder *recorder, uint32_t len)
{
	return len < recorder->snaplen ? len : recorder->snaplen;
}

/**
 * recorder_put() - Record a frame
 * @recorder:	Recorder
 * @record:	What to record
 * @payload:	NULL, and if the frame is recorded, the place to which the
 *		caller is to copy recorder_caplen() bytes of it at once; or the
 *		place where an earlier call had them copied to, if they are the
 *		same, and recorder_write() was not called since
 *
 * Return: what became of it
 */
enum recorded recorder_put(struct recorder *recorder,
			   const struct record *record, uint8_t **payload)
{
	struct source *source = source_find(recorder, record->port);
	struct pcapng_packet packet = {
		.direction = record->direction,
		.time_ns = record->wall_ns,
		.caplen = recorder_caplen(recorder, record->len),
		.len = record->len,
		.comment = record->comment,
	};
	bool done;

	if (!source && recorder->only_known)
		return RECORDED_NOT_MEANT;
	if (!source)
		source = source_new(recorder, record->port);
	if (!source)
		return RECORDED_MISSED;

	/* One that is kept has come back: what was said of it was not all. */
	source->ended = false;
	packet.interface_id = source->number;
	packet.data = *payload;
	if (*payload && packet.caplen >= AGAIN_MIN) {
		done = put_packet_around(recorder, &packet, *payload);
	} else {
		uint8_t *data = put_packet(recorder, &packet);

		done = data;
		if (!*payload)
			*payload = data;
	}
	if (!done) {
		source->missed++;
		return RECORDED_MISSED;
	}

	source->frames++;
	return RECORDED;
}

/* @block: room for it, of @size bytes, or NULL */
static void put_statistics(struct recorder *recorder, struct source *source,
			   uint8_t *block, size_t size, const char *comment,
			   uint64_t wall_ns)
{
	size_t len;

	if (!block)
		return;

	len = pcapng_put_statistics(
		block, size,
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
	page_pipe_put(&recorder->pipe, len);
	source->ended = len > 0;
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

	put_statistics(recorder, source, reserve(recorder, STATISTICS_WHY_SIZE),
		       STATISTICS_WHY_SIZE, why, wall_ns);
	return true;
}

/**
 * recorder_end() - Add the statistics of all ports
 * @recorder:	Recorder; nothing must be put after that
 * @wall_ns:	Now
 */
void recorder_end(struct recorder *recorder, uint64_t wall_ns)
{
	for (size_t i = 0; i < recorder->n_sources; i++) {
		if (!recorder->sources[i].ended)
			put_statistics(recorder, &recorder->sources[i],
				       page_pipe_reserve(&recorder->pipe,
							 STATISTICS_SIZE),
				       STATISTICS_SIZE, NULL, wall_ns);
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
	return !recorder->pipe.pending;
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
	return page_pipe_write(&recorder->pipe);
}
