/* SPDX-License-Identifier: MIT */
/* pcapng_read.c - a capture, read as it arrives */

#include "pcapng_read.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "name.h"

enum {
	HEAD_LEN = 12, /* enough to know a block's length and byte order */
	N_TEXTS = 3, /* of one block: no block has more that we show */
	TEXT_SIZE = 1024,
	TSRESOL_DEFAULT = 6, /* microseconds, if the capture does not say */
	TSRESOL_NS = 9,
	FILTER_IS_TEXT = 0,
	FOREIGN_BYTE_ORDER = 0x4d3c2b1a,
};

struct pcapng_read {
	void (*on_event)(void *arg, const struct pcapng_event *event);
	void *arg;
	struct err broken; /* code is 0 until something is wrong */
	bool in_section;
	size_t n_interfaces;
	size_t len; /* bytes of the block that have arrived */
	char texts[N_TEXTS][TEXT_SIZE];
	uint8_t tsresol[PCAPNG_READ_INTERFACES];
	uint8_t block[PCAPNG_BLOCK_MAX];
};

/* What is left to look at of a block's body. */
struct body {
	const uint8_t *p;
	size_t len;
};

struct option {
	uint16_t code;
	uint16_t len;
	const uint8_t *value;
};

static uint16_t load_u16(const uint8_t *p)
{
	uint16_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static uint32_t load_u32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static uint64_t load_u64(const uint8_t *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

/*
 * The next @len bytes of a body and their padding, or NULL. A body's length is
 * a multiple of 4, so where the bytes fit the padding does, too.
 */
static const uint8_t *take(struct body *body, size_t len)
{
	const uint8_t *p = body->p;
	size_t padded;

	if (len > body->len)
		return NULL;
	padded = (len + 3) & ~(size_t)3;
	body->p += padded;
	body->len -= padded;
	return p;
}

/* The next option. Return: 1, 0 at the end, or -EBADMSG. */
static int take_option(struct body *body, struct option *ret, struct err *err)
{
	const uint8_t *p;

	if (!body->len)
		return 0;
	p = take(body, 4);
	if (!p)
		return err_set(err, -EBADMSG,
			       "the capture is damaged: half an option");

	ret->code = load_u16(p);
	ret->len = load_u16(p + 2);
	if (ret->code == PCAPNG_OPTION_END)
		return 0;
	ret->value = take(body, ret->len);
	if (!ret->value)
		return err_set(err, -EBADMSG,
			       "the capture is damaged: an option is longer "
			       "than its block");
	return 1;
}

static const char *keep_text(struct pcapng_read *reader, int i,
			     const uint8_t *value, size_t len)
{
	/* Some writers count the terminating NUL. */
	name_printable(value, strnlen((const char *)value, len),
		       reader->texts[i], TEXT_SIZE);
	return reader->texts[i];
}

static const char *keep_option(struct pcapng_read *reader, int i,
			       const struct option *o)
{
	return keep_text(reader, i, o->value, o->len);
}

/* A time in units of 10^-@tsresol seconds, as nanoseconds. */
static uint64_t time_from(const uint8_t *p, unsigned tsresol)
{
	uint64_t t = (uint64_t)load_u32(p) << 32 | load_u32(p + 4);

	for (; tsresol > TSRESOL_NS; tsresol--)
		t /= 10;
	for (; tsresol < TSRESOL_NS; tsresol++) {
		if (t > UINT64_MAX / 10)
			return UINT64_MAX;
		t *= 10;
	}
	return t;
}

static int refuse_short(struct err *err)
{
	return err_set(err, -EBADMSG,
		       "the capture is damaged: a block is too short");
}

static int read_section(struct pcapng_read *reader, struct body *body,
			struct err *err)
{
	struct pcapng_event event = { .type = PCAPNG_EVENT_SECTION };
	const uint8_t *p = take(body, 16);
	struct option o;
	int r;

	if (!p)
		return refuse_short(err);
	if (load_u16(p + 4) != PCAPNG_VERSION_MAJOR)
		return err_set(err, -EPROTONOSUPPORT,
			       "the capture is in version %u of pcapng",
			       load_u16(p + 4));

	while ((r = take_option(body, &o, err)) > 0) {
		if (o.code == PCAPNG_OPTION_SECTION_HARDWARE)
			event.section.hardware = keep_option(reader, 0, &o);
		else if (o.code == PCAPNG_OPTION_SECTION_OS)
			event.section.os = keep_option(reader, 1, &o);
		else if (o.code == PCAPNG_OPTION_SECTION_APPLICATION)
			event.section.application = keep_option(reader, 2, &o);
	}
	if (r < 0)
		return r;

	reader->in_section = true;
	reader->n_interfaces = 0;
	reader->on_event(reader->arg, &event);
	return 0;
}

/* Return: 0 or a negative errno, with the interface described. */
static int read_interface_options(struct pcapng_read *reader, struct body *body,
				  struct pcapng_interface *ret,
				  uint8_t *ret_tsresol, struct err *err)
{
	struct option o;
	int r;

	while ((r = take_option(body, &o, err)) > 0) {
		if (o.code == PCAPNG_OPTION_INTERFACE_NAME)
			ret->name = keep_option(reader, 0, &o);
		else if (o.code == PCAPNG_OPTION_INTERFACE_DESCRIPTION)
			ret->description = keep_option(reader, 1, &o);
		else if (o.code == PCAPNG_OPTION_INTERFACE_FILTER &&
			 o.len > 1 && o.value[0] == FILTER_IS_TEXT)
			ret->filter =
				keep_text(reader, 2, o.value + 1, o.len - 1u);
		else if (o.code == PCAPNG_OPTION_INTERFACE_TSRESOL &&
			 o.len == 1)
			*ret_tsresol = o.value[0];
	}
	return r;
}

static int read_interface(struct pcapng_read *reader, struct body *body,
			  struct err *err)
{
	struct pcapng_event event = { .type = PCAPNG_EVENT_INTERFACE };
	const uint8_t *p = take(body, 8);
	uint8_t tsresol = TSRESOL_DEFAULT;
	int r;

	if (!p)
		return refuse_short(err);
	if (reader->n_interfaces == PCAPNG_READ_INTERFACES)
		return err_set(err, -ENOSPC,
			       "the capture has more than %d interfaces",
			       PCAPNG_READ_INTERFACES);
	if (load_u16(p) != PCAPNG_LINKTYPE_ETHERNET)
		return err_set(err, -EPROTONOSUPPORT,
			       "the capture is of link type %u, not Ethernet",
			       load_u16(p));

	event.interface_id = (uint32_t)reader->n_interfaces;
	event.interface.snaplen = load_u32(p + 4);
	r = read_interface_options(reader, body, &event.interface, &tsresol,
				   err);
	if (r < 0)
		return r;
	if (tsresol & 0x80)
		return err_set(err, -EPROTONOSUPPORT,
			       "the capture counts time in powers of two");

	reader->tsresol[reader->n_interfaces++] = tsresol;
	reader->on_event(reader->arg, &event);
	return 0;
}

static int check_interface(const struct pcapng_read *reader, uint32_t id,
			   struct err *err)
{
	if (id < reader->n_interfaces)
		return 0;
	return err_set(err, -EBADMSG,
		       "the capture is damaged: interface %u was never "
		       "described",
		       id);
}

static int read_packet(struct pcapng_read *reader, struct body *body,
		       struct err *err)
{
	struct pcapng_event event = { .type = PCAPNG_EVENT_PACKET };
	struct pcapng_packet *packet = &event.packet;
	const uint8_t *p = take(body, 20);
	struct option o;
	int r;

	if (!p)
		return refuse_short(err);
	event.interface_id = load_u32(p);
	r = check_interface(reader, event.interface_id, err);
	if (r < 0)
		return r;

	packet->interface_id = event.interface_id;
	packet->time_ns = time_from(p + 4, reader->tsresol[event.interface_id]);
	packet->caplen = load_u32(p + 12);
	packet->len = load_u32(p + 16);
	packet->data = take(body, packet->caplen);
	if (!packet->data)
		return err_set(err, -EBADMSG,
			       "the capture is damaged: a packet is longer "
			       "than its block");

	while ((r = take_option(body, &o, err)) > 0) {
		if (o.code == PCAPNG_OPTION_COMMENT)
			packet->comment = keep_option(reader, 0, &o);
		else if (o.code == PCAPNG_OPTION_PACKET_FLAGS && o.len == 4)
			packet->direction =
				(enum pcapng_direction)(load_u32(o.value) & 3);
	}
	if (r < 0)
		return r;
	if (packet->direction > PCAPNG_DIRECTION_OUTBOUND)
		packet->direction = PCAPNG_DIRECTION_UNKNOWN;

	reader->on_event(reader->arg, &event);
	return 0;
}

static void keep_counter(struct pcapng_statistics *statistics,
			 const struct option *o, uint8_t tsresol)
{
	if (o->len != 8)
		return;
	if (o->code == PCAPNG_OPTION_STATISTICS_START)
		statistics->start_ns = time_from(o->value, tsresol);
	else if (o->code == PCAPNG_OPTION_STATISTICS_END)
		statistics->end_ns = time_from(o->value, tsresol);
	else if (o->code == PCAPNG_OPTION_STATISTICS_RECEIVED)
		statistics->received = load_u64(o->value);
	else if (o->code == PCAPNG_OPTION_STATISTICS_DROPPED)
		statistics->dropped = load_u64(o->value);
	else if (o->code == PCAPNG_OPTION_STATISTICS_DELIVERED)
		statistics->delivered = load_u64(o->value);
}

static int read_statistics(struct pcapng_read *reader, struct body *body,
			   struct err *err)
{
	struct pcapng_event event = { .type = PCAPNG_EVENT_STATISTICS };
	const uint8_t *p = take(body, 12);
	struct option o;
	uint8_t tsresol;
	int r;

	if (!p)
		return refuse_short(err);
	event.interface_id = load_u32(p);
	r = check_interface(reader, event.interface_id, err);
	if (r < 0)
		return r;

	tsresol = reader->tsresol[event.interface_id];
	event.statistics.interface_id = event.interface_id;
	event.statistics.time_ns = time_from(p + 4, tsresol);
	while ((r = take_option(body, &o, err)) > 0) {
		if (o.code == PCAPNG_OPTION_COMMENT)
			event.statistics.comment = keep_option(reader, 0, &o);
		else
			keep_counter(&event.statistics, &o, tsresol);
	}
	if (r < 0)
		return r;

	reader->on_event(reader->arg, &event);
	return 0;
}

/*
 * The length of the block whose first HEAD_LEN bytes have arrived. Byte order
 * comes first: a length in the wrong one means nothing, and only the section
 * header's type reads the same in both.
 */
static int block_len(const struct pcapng_read *reader, size_t *ret,
		     struct err *err)
{
	const uint32_t type = load_u32(reader->block);
	const uint32_t len = load_u32(reader->block + 4);

	if (type == PCAPNG_BLOCK_SECTION) {
		const uint32_t order = load_u32(reader->block + 8);

		if (order == FOREIGN_BYTE_ORDER)
			return err_set(err, -EPROTONOSUPPORT,
				       "the capture is in the byte order of "
				       "another machine");
		if (order != PCAPNG_BYTE_ORDER)
			return err_set(err, -EBADMSG,
				       "the capture is damaged: its byte "
				       "order makes no sense");
	} else if (!reader->in_section) {
		return err_set(err, -EBADMSG, "this is not a pcapng capture");
	}

	if (len < PCAPNG_BLOCK_OVERHEAD || len % 4)
		return err_set(err, -EBADMSG,
			       "the capture is damaged: a block of %u bytes",
			       len);
	if (len > PCAPNG_BLOCK_MAX)
		return err_set(err, -EMSGSIZE,
			       "the capture has a block of %u bytes, at most "
			       "%d are read",
			       len, PCAPNG_BLOCK_MAX);
	*ret = len;
	return 0;
}

static int read_block(struct pcapng_read *reader, size_t len, struct err *err)
{
	struct body body = {
		.p = reader->block + 8,
		.len = len - PCAPNG_BLOCK_OVERHEAD,
	};

	if (load_u32(reader->block + len - 4) != len)
		return err_set(err, -EBADMSG,
			       "the capture is damaged: a block ends where it "
			       "should not");

	switch (load_u32(reader->block)) {
	case PCAPNG_BLOCK_SECTION:
		return read_section(reader, &body, err);
	case PCAPNG_BLOCK_INTERFACE:
		return read_interface(reader, &body, err);
	case PCAPNG_BLOCK_PACKET:
		return read_packet(reader, &body, err);
	case PCAPNG_BLOCK_STATISTICS:
		return read_statistics(reader, &body, err);
	default:
		return 0; /* name resolution, journal, what others invent */
	}
}

/* Moves bytes from @data until the block has @want. Return: true if it has. */
static bool fill(struct pcapng_read *reader, const uint8_t **data, size_t *len,
		 size_t want)
{
	size_t n = want - reader->len;

	if (n > *len)
		n = *len;
	if (n)
		memcpy(reader->block + reader->len, *data, n);
	reader->len += n;
	*data += n;
	*len -= n;
	return reader->len == want;
}

static int feed(struct pcapng_read *reader, const uint8_t *data, size_t len,
		struct err *err)
{
	while (len) {
		size_t want = 0;
		int r;

		if (reader->len < HEAD_LEN &&
		    !fill(reader, &data, &len, HEAD_LEN))
			return 0;
		r = block_len(reader, &want, err);
		if (r < 0)
			return r;
		if (!fill(reader, &data, &len, want))
			return 0;
		r = read_block(reader, want, err);
		if (r < 0)
			return r;
		reader->len = 0;
	}
	return 0;
}

/**
 * pcapng_read_new() - Begin to read a capture
 * @on_event:	Called for each block we understand, from pcapng_read_feed()
 * @arg:	Its first argument
 *
 * Return: a reader, or NULL without memory
 */
struct pcapng_read *pcapng_read_new(
	void (*on_event)(void *arg, const struct pcapng_event *event),
	void *arg)
{
	struct pcapng_read *reader = malloc(sizeof(*reader));

	if (!reader)
		return NULL;

	/* Not calloc(): half a megabyte of zeros that nobody reads. */
	reader->on_event = on_event;
	reader->arg = arg;
	reader->broken.code = 0;
	reader->in_section = false;
	reader->n_interfaces = 0;
	reader->len = 0;
	return reader;
}

/**
 * pcapng_read_free() - Stop reading
 * @reader:	Reader, or NULL; not from within its own callback
 */
void pcapng_read_free(struct pcapng_read *reader)
{
	free(reader);
}

/**
 * pcapng_read_feed() - Read the next bytes
 * @reader:	Reader
 * @data:	What has arrived
 * @len:	How much of it
 * @err:	What is wrong with it
 *
 * Return: 0, or a negative errno, then and ever after: -EBADMSG for what is
 * no capture or a damaged one, -EPROTONOSUPPORT, -EMSGSIZE or -ENOSPC for one
 * that is none of ours
 */
int pcapng_read_feed(struct pcapng_read *reader, const void *data, size_t len,
		     struct err *err)
{
	int r = reader->broken.code;

	if (!r)
		r = feed(reader, data, len, &reader->broken);
	if (r < 0 && err)
		*err = reader->broken;
	return r;
}

/**
 * pcapng_read_pending() - How much of a block has arrived, but not its end?
 * @reader:	Reader
 *
 * Return: bytes; other than 0 at the end of a capture means it was cut off
 */
size_t pcapng_read_pending(const struct pcapng_read *reader)
{
	return reader->len;
}
