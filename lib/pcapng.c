/* SPDX-License-Identifier: MIT */
/* pcapng.c - captures as Wireshark reads them: the blocks, encoded */

#include "pcapng.h"

#include <stdbool.h>
#include <string.h>

enum {
	OPTION_HEAD = 4, /* code and length */
	FLAGS_LEN = 4,
	FILTER_IS_TEXT = 0, /* if_filter: a libpcap expression, not byte code */
	TSRESOL_NS = 9,
};

/* A block being written; once something did not fit, nothing does. */
struct block {
	uint8_t *buf;
	size_t size;
	size_t len;
	size_t left_out; /* bytes of the block that lie elsewhere */
	bool full;
};

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* Claims @len bytes, or NULL. */
static uint8_t *take(struct block *b, size_t len)
{
	uint8_t *p = b->buf + b->len;

	if (b->full || len > b->size - b->len) {
		b->full = true;
		return NULL;
	}
	b->len += len;
	return p;
}

static void put(struct block *b, const void *data, size_t len)
{
	uint8_t *p = take(b, len);

	if (p)
		memcpy(p, data, len);
}

static void put_u16(struct block *b, uint16_t value)
{
	put(b, &value, sizeof(value));
}

static void put_u32(struct block *b, uint32_t value)
{
	put(b, &value, sizeof(value));
}

/* Not a 64-bit number: the upper half comes first in either byte order. */
static void put_time(struct block *b, uint64_t ns)
{
	put_u32(b, (uint32_t)(ns >> 32));
	put_u32(b, (uint32_t)ns);
}

static void pad(struct block *b)
{
	static const uint8_t zeros[4];

	put(b, zeros, padded(b->left_out + b->len) - b->left_out - b->len);
}

/* The next @len bytes of the block are not encoded, but count. */
static void leave_out(struct block *b, size_t len)
{
	if (len > PCAPNG_BLOCK_MAX - b->len) {
		b->full = true;
		return;
	}
	b->left_out = len;
	if (b->size > PCAPNG_BLOCK_MAX - len)
		b->size = PCAPNG_BLOCK_MAX - len;
}

static void begin(struct block *b, uint8_t *buf, size_t size,
		  enum pcapng_block type)
{
	*b = (struct block){ .buf = buf, .size = size };
	if (b->size > PCAPNG_BLOCK_MAX)
		b->size = PCAPNG_BLOCK_MAX;
	put_u32(b, type);
	put_u32(b, 0); /* the length, known to end() */
}

static size_t end(struct block *b)
{
	const uint32_t len = (uint32_t)(b->left_out + b->len) + 4;

	put_u32(b, len);
	if (b->full)
		return 0;
	memcpy(b->buf + 4, &len, sizeof(len));
	return len;
}

static void put_option(struct block *b, enum pcapng_option code,
		       const void *data, size_t len)
{
	put_u16(b, (uint16_t)code);
	put_u16(b, (uint16_t)len);
	put(b, data, len);
	pad(b);
}

static void put_option_u64(struct block *b, enum pcapng_option code,
			   uint64_t value)
{
	put_option(b, code, &value, sizeof(value));
}

static void put_option_time(struct block *b, enum pcapng_option code,
			    uint64_t ns)
{
	put_u16(b, (uint16_t)code);
	put_u16(b, sizeof(ns));
	put_time(b, ns);
}

/* Cut where a character begins: half a character is no UTF-8. */
static size_t text_len(const char *text)
{
	size_t len = strnlen(text, PCAPNG_TEXT_MAX + 1);

	if (len <= PCAPNG_TEXT_MAX)
		return len;
	len = PCAPNG_TEXT_MAX;
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void put_option_text(struct block *b, enum pcapng_option code,
			    const char *text)
{
	if (text)
		put_option(b, code, text, text_len(text));
}

static void put_end_of_options(struct block *b)
{
	put_u32(b, PCAPNG_OPTION_END);
}

/**
 * pcapng_put_section() - Encode the section header, which comes first
 * @buf:	Where to
 * @size:	Bytes at @buf
 * @section:	Who captures, and on what
 *
 * Return: bytes written, or 0 if they would not fit
 */
size_t pcapng_put_section(uint8_t *buf, size_t size,
			  const struct pcapng_section *section)
{
	struct block b;

	begin(&b, buf, size, PCAPNG_BLOCK_SECTION);
	put_u32(&b, PCAPNG_BYTE_ORDER);
	put_u16(&b, PCAPNG_VERSION_MAJOR);
	put_u16(&b, 0);
	put_u32(&b, UINT32_MAX); /* the section's length: not known */
	put_u32(&b, UINT32_MAX);
	put_option_text(&b, PCAPNG_OPTION_SECTION_HARDWARE, section->hardware);
	put_option_text(&b, PCAPNG_OPTION_SECTION_OS, section->os);
	put_option_text(&b, PCAPNG_OPTION_SECTION_APPLICATION,
			section->application);
	put_end_of_options(&b);
	return end(&b);
}

static void put_filter(struct block *b, const char *filter)
{
	const size_t len = text_len(filter);

	put_u16(b, PCAPNG_OPTION_INTERFACE_FILTER);
	put_u16(b, (uint16_t)(1 + len));
	put(b, &(uint8_t){ FILTER_IS_TEXT }, 1);
	put(b, filter, len);
	pad(b);
}

/**
 * pcapng_put_interface() - Encode the description of one Ethernet interface
 * @buf:	Where to
 * @size:	Bytes at @buf
 * @interface:	What to say about it
 *
 * The n-th one of a section is interface n-1, which nobody needs to say.
 *
 * Return: bytes written, or 0 if they would not fit
 */
size_t pcapng_put_interface(uint8_t *buf, size_t size,
			    const struct pcapng_interface *interface)
{
	struct block b;

	begin(&b, buf, size, PCAPNG_BLOCK_INTERFACE);
	put_u16(&b, PCAPNG_LINKTYPE_ETHERNET);
	put_u16(&b, 0);
	put_u32(&b, interface->snaplen);
	put_option_text(&b, PCAPNG_OPTION_INTERFACE_NAME, interface->name);
	put_option_text(&b, PCAPNG_OPTION_INTERFACE_DESCRIPTION,
			interface->description);
	put_option(&b, PCAPNG_OPTION_INTERFACE_TSRESOL,
		   &(uint8_t){ TSRESOL_NS }, 1);
	if (interface->filter)
		put_filter(&b, interface->filter);
	put_end_of_options(&b);
	return end(&b);
}

/**
 * pcapng_packet_size() - How long will this packet be?
 * @packet:	Packet somebody means to encode
 *
 * Return: exactly what pcapng_put_packet() returns where there is room
 */
size_t pcapng_packet_size(const struct pcapng_packet *packet)
{
	size_t size = PCAPNG_PACKET_DATA + padded(packet->caplen) + 4;

	if (packet->comment)
		size += OPTION_HEAD + padded(text_len(packet->comment));
	if (packet->direction != PCAPNG_DIRECTION_UNKNOWN)
		size += OPTION_HEAD + FLAGS_LEN;
	if (packet->comment || packet->direction != PCAPNG_DIRECTION_UNKNOWN)
		size += OPTION_HEAD;
	return size;
}

/* @elsewhere: the payload is not part of what is encoded */
static size_t put_packet(uint8_t *buf, size_t size,
			 const struct pcapng_packet *packet, bool elsewhere)
{
	struct block b;

	begin(&b, buf, size, PCAPNG_BLOCK_PACKET);
	put_u32(&b, packet->interface_id);
	put_time(&b, packet->time_ns);
	put_u32(&b, packet->caplen);
	put_u32(&b, packet->len);
	if (elsewhere)
		leave_out(&b, packet->caplen);
	else if (packet->data)
		put(&b, packet->data, packet->caplen);
	else
		take(&b, packet->caplen);
	pad(&b);

	put_option_text(&b, PCAPNG_OPTION_COMMENT, packet->comment);
	if (packet->direction != PCAPNG_DIRECTION_UNKNOWN) {
		const uint32_t flags = packet->direction;

		put_option(&b, PCAPNG_OPTION_PACKET_FLAGS, &flags, FLAGS_LEN);
	}
	if (packet->comment || packet->direction != PCAPNG_DIRECTION_UNKNOWN)
		put_end_of_options(&b);
	return end(&b);
}

/**
 * pcapng_put_packet() - Encode one frame
 * @buf:	Where to; the payload is at @buf + PCAPNG_PACKET_DATA afterwards
 * @size:	Bytes at @buf
 * @packet:	The frame; without data, @caplen bytes are left to the caller
 *
 * Return: bytes written, or 0 if they would not fit, be it into @size or
 * into a block
 */
size_t pcapng_put_packet(uint8_t *buf, size_t size,
			 const struct pcapng_packet *packet)
{
	return put_packet(buf, size, packet, false);
}

/**
 * pcapng_put_around() - Encode one frame but for its payload
 * @buf:	Where to: PCAPNG_PACKET_DATA bytes that go before the payload,
 *		then those that go behind it
 * @size:	Bytes at @buf
 * @packet:	The frame; its data is not looked at
 *
 * For a payload that lies elsewhere as it is to be.
 *
 * Return: bytes written, or 0 if they would not fit into @size, or with the
 * payload into a block
 */
size_t pcapng_put_around(uint8_t *buf, size_t size,
			 const struct pcapng_packet *packet)
{
	const size_t len = put_packet(buf, size, packet, true);

	return len ? len - packet->caplen : 0;
}

/**
 * pcapng_put_statistics() - Encode what an interface has counted
 * @buf:	Where to
 * @size:	Bytes at @buf
 * @statistics:	The counters
 *
 * Return: bytes written, or 0 if they would not fit
 */
size_t pcapng_put_statistics(uint8_t *buf, size_t size,
			     const struct pcapng_statistics *statistics)
{
	struct block b;

	begin(&b, buf, size, PCAPNG_BLOCK_STATISTICS);
	put_u32(&b, statistics->interface_id);
	put_time(&b, statistics->time_ns);
	put_option_text(&b, PCAPNG_OPTION_COMMENT, statistics->comment);
	put_option_time(&b, PCAPNG_OPTION_STATISTICS_START,
			statistics->start_ns);
	if (statistics->end_ns)
		put_option_time(&b, PCAPNG_OPTION_STATISTICS_END,
				statistics->end_ns);
	put_option_u64(&b, PCAPNG_OPTION_STATISTICS_RECEIVED,
		       statistics->received);
	put_option_u64(&b, PCAPNG_OPTION_STATISTICS_DROPPED,
		       statistics->dropped);
	put_option_u64(&b, PCAPNG_OPTION_STATISTICS_DELIVERED,
		       statistics->delivered);
	put_end_of_options(&b);
	return end(&b);
}
