/* SPDX-License-Identifier: MIT */
/*
 * pcapng.h - captures as Wireshark reads them: the blocks, encoded
 *
 * draft-ietf-opsawg-pcapng. A capture is one section header, then interfaces,
 * numbered from 0 in the order in which they are described, and after them
 * packets and statistics, which refer to those numbers. Encodes into the
 * caller's memory and does nothing else: no I/O, no clock, no allocation.
 *
 * Always true:
 *  - a block is written completely, or 0 is returned and what lies at @buf
 *    means nothing
 *  - the payload is copied once, to PCAPNG_PACKET_DATA bytes behind the start
 *    of its block, where the caller may still patch it
 *  - no block is larger than PCAPNG_BLOCK_MAX, which the reader relies on
 *  - times are nanoseconds since 1970, byte order is the machine's
 */
#ifndef PCAPNG_H
#define PCAPNG_H

#include <stddef.h>
#include <stdint.h>

enum {
	PCAPNG_BLOCK_MAX = 512 * 1024, /* bytes, all included */
	PCAPNG_PACKET_DATA = 28, /* where in its block a payload begins */
	PCAPNG_TEXT_MAX = 4096, /* bytes of a text; the rest is cut off */
};

/* How a frame was going, as the switch sees it. */
enum pcapng_direction {
	PCAPNG_DIRECTION_UNKNOWN = 0,
	PCAPNG_DIRECTION_INBOUND = 1,
	PCAPNG_DIRECTION_OUTBOUND = 2,
};

/* Texts are UTF-8; one that is NULL is left out. */

struct pcapng_section {
	const char *application; /* "vswd 0.1.0" */
	const char *os;
	const char *hardware;
};

struct pcapng_interface {
	const char *name;
	const char *description;
	const char *filter; /* the expression frames had to match */
	uint32_t snaplen; /* 0 for no limit */
};

struct pcapng_packet {
	uint32_t interface_id;
	enum pcapng_direction direction;
	uint64_t time_ns;
	const uint8_t *data; /* NULL: the caller fills it in afterwards */
	uint32_t caplen; /* bytes at @data */
	uint32_t len; /* bytes the frame had */
	const char *comment;
};

struct pcapng_statistics {
	uint32_t interface_id;
	uint64_t time_ns; /* of the counting */
	uint64_t start_ns; /* of the capture */
	uint64_t end_ns; /* of the capture, 0 while it goes on */
	uint64_t received; /* frames that came by */
	uint64_t dropped; /* of those, lost for want of room */
	uint64_t delivered; /* of those, in the capture */
	const char *comment;
};

size_t pcapng_put_section(uint8_t *buf, size_t size,
			  const struct pcapng_section *section);
size_t pcapng_put_interface(uint8_t *buf, size_t size,
			    const struct pcapng_interface *interface);
size_t pcapng_put_packet(uint8_t *buf, size_t size,
			 const struct pcapng_packet *packet);
size_t pcapng_put_around(uint8_t *buf, size_t size,
			 const struct pcapng_packet *packet);
size_t pcapng_put_statistics(uint8_t *buf, size_t size,
			     const struct pcapng_statistics *statistics);
size_t pcapng_packet_size(const struct pcapng_packet *packet);

/* What reader and encoder have to agree on. */

enum {
	PCAPNG_BYTE_ORDER = 0x1a2b3c4d,
	PCAPNG_VERSION_MAJOR = 1,
	PCAPNG_LINKTYPE_ETHERNET = 1,
	PCAPNG_BLOCK_OVERHEAD = 12, /* type and length before, length after */
};

enum pcapng_block {
	PCAPNG_BLOCK_INTERFACE = 1,
	PCAPNG_BLOCK_STATISTICS = 5,
	PCAPNG_BLOCK_PACKET = 6,
	PCAPNG_BLOCK_SECTION = 0x0a0d0d0a,
};

enum pcapng_option {
	PCAPNG_OPTION_END = 0,
	PCAPNG_OPTION_COMMENT = 1,
	PCAPNG_OPTION_SECTION_HARDWARE = 2,
	PCAPNG_OPTION_SECTION_OS = 3,
	PCAPNG_OPTION_SECTION_APPLICATION = 4,
	PCAPNG_OPTION_INTERFACE_NAME = 2,
	PCAPNG_OPTION_INTERFACE_DESCRIPTION = 3,
	PCAPNG_OPTION_INTERFACE_TSRESOL = 9,
	PCAPNG_OPTION_INTERFACE_FILTER = 11,
	PCAPNG_OPTION_PACKET_FLAGS = 2,
	PCAPNG_OPTION_STATISTICS_START = 2,
	PCAPNG_OPTION_STATISTICS_END = 3,
	PCAPNG_OPTION_STATISTICS_RECEIVED = 4,
	PCAPNG_OPTION_STATISTICS_DROPPED = 5,
	PCAPNG_OPTION_STATISTICS_DELIVERED = 8,
};

#endif /* PCAPNG_H */
