/* SPDX-License-Identifier: MIT */
/* drop_log.c - the newest frame that was dropped, per port and reason */

#include "drop_log.h"

#include <stdlib.h>
#include <string.h>

#include "frame.h"

struct drop_log {
	struct drop_record *records[2][DROP_COUNT]; /* by direction, reason */
	uint64_t last_serial;
};

/* The first of its reason: returns NULL if there is no memory for it. */
static struct drop_record *record_new(struct port *port,
				      enum direction direction,
				      enum drop_reason reason)
{
	struct drop_log *log = port->drop_log;
	struct drop_record *record;

	if (!log)
		log = port->drop_log = calloc(1, sizeof(*log));
	if (!log)
		return NULL;

	record = calloc(1, sizeof(*record));
	if (!record)
		return NULL;

	record->reason = reason;
	record->direction = direction;
	log->records[direction][reason] = record;
	return record;
}

/**
 * drop_log_note() - Note a frame that was dropped
 * @list:	What is noted in this batch, NULL at its beginning
 * @port:	Port that counts it
 * @direction:	Whether it had come in there or was going out
 * @other:	The port that it was to leave or had come in by, or NULL
 * @frame:	Frame; its bytes, like both ports, stay until drop_log_write()
 * @reason:	Why
 *
 * The one before it of that port, direction and reason is forgotten.
 */
void drop_log_note(struct drop_record **list, struct port *port,
		   enum direction direction, const struct port *other,
		   const struct frame *frame, enum drop_reason reason)
{
	struct drop_log *log = port->drop_log;
	struct drop_record *record =
		log ? log->records[direction][reason] : NULL;

	if (!record)
		record = record_new(port, direction, reason);
	if (!record)
		return;

	if (!record->data) {
		record->next = *list;
		*list = record;
	}
	record->serial = ++port->drop_log->last_serial;
	record->data = frame->data;
	record->len = frame->len;
	record->payload = frame->fault ? 0 : frame->wire_len - frame->overhead;
	record->offload = frame->offload;
	record->in = direction == DIRECTION_IN ? port : other;
	record->out = direction == DIRECTION_IN ? other : port;
}

/*
 * As memcpy(), for what is mostly some dozens of bytes: the compiler makes of
 * that an instruction which takes 80 ns to begin.
 */
static void copy_head(uint8_t *to, const uint8_t *from, size_t n)
{
	enum {
		STEP = 16,
	};

	for (; n >= STEP; n -= STEP, to += STEP, from += STEP)
		memcpy(to, from, STEP);
	for (; n; n--)
		*to++ = *from++;
}

static void record_write(struct drop_record *record)
{
	const struct port *in = record->in, *out = record->out;
	const struct port *other = record->direction == DIRECTION_IN ? out : in;

	record->other[0] = '\0';
	if (other)
		memcpy(record->other, other->name, sizeof(record->other));
	record->in_state = in ? in->state : PORT_STATE_UP;
	record->out_state = out ? out->state : PORT_STATE_UP;
	record->mtu = out ? out->mtu : 0;
	record->n_bytes = record->len < DROP_RECORD_BYTES ? record->len
							  : DROP_RECORD_BYTES;
	copy_head(record->bytes, record->data, record->n_bytes);
	record->data = NULL;
	record->in = record->out = NULL;
}

/**
 * drop_log_write() - Keep what was noted, at the end of a batch
 * @list:	What was noted; empty afterwards
 * @wall_ns:	When, in ns since 1970
 */
void drop_log_write(struct drop_record **list, uint64_t wall_ns)
{
	for (; *list; *list = (*list)->next) {
		(*list)->wall_ns = wall_ns;
		record_write(*list);
	}
}

/**
 * drop_log_get() - The newest frame dropped for a reason
 * @port:	Port
 * @direction:	Whether it had come in there or was going out
 * @reason:	Why
 *
 * Return: the frame, valid until the next drop; NULL if there was none, or no
 * memory for it
 */
const struct drop_record *drop_log_get(const struct port *port,
				       enum direction direction,
				       enum drop_reason reason)
{
	return port->drop_log ? port->drop_log->records[direction][reason]
			      : NULL;
}

/**
 * drop_log_newest() - The newest frame dropped for any reason
 * @port:	Port
 *
 * Return: the frame, valid until the next drop; or NULL
 */
const struct drop_record *drop_log_newest(const struct port *port)
{
	const struct drop_record *newest = NULL;

	for (int i = 0; i < 2 * DROP_COUNT; i++) {
		const struct drop_record *record =
			drop_log_get(port, (enum direction)(i / DROP_COUNT),
				     (enum drop_reason)(i % DROP_COUNT));

		if (record && (!newest || record->serial > newest->serial))
			newest = record;
	}

	return newest;
}

/**
 * drop_log_free() - Forget all frames of a port
 * @port:	Port; its counters stay
 */
void drop_log_free(struct port *port)
{
	for (int i = 0; port->drop_log && i < 2 * DROP_COUNT; i++)
		free(port->drop_log->records[i / DROP_COUNT][i % DROP_COUNT]);
	free(port->drop_log);
	port->drop_log = NULL;
}
