/* SPDX-License-Identifier: MIT */
/*
 * pcapng_read.h - a capture, read as it arrives
 *
 * The other end of pcapng.h, for a client that prints frames while they come
 * out of a pipe. Bytes go in, in pieces of any size; events come out. The
 * writer is not trusted.
 *
 * Always true:
 *  - nothing outside the block at hand is read, whatever its lengths say
 *  - memory is fixed: one block of PCAPNG_BLOCK_MAX, PCAPNG_READ_INTERFACES
 *    interfaces; a capture that wants more is refused
 *  - texts in events are printable ASCII, fit for a terminal; payload is not
 *  - an event refers to an interface that was described before
 *  - after an error the reader stays broken: there is no finding back
 *
 * Left out on purpose: the byte order of other machines and link types other
 * than Ethernet, which are refused; other blocks and options are skipped.
 */
#ifndef PCAPNG_READ_H
#define PCAPNG_READ_H

#include <stddef.h>
#include <stdint.h>

#include "pcapng.h"

struct err;
struct pcapng_read;

enum {
	PCAPNG_READ_INTERFACES = 65536,
};

enum pcapng_event_type {
	PCAPNG_EVENT_SECTION,
	PCAPNG_EVENT_INTERFACE,
	PCAPNG_EVENT_PACKET,
	PCAPNG_EVENT_STATISTICS,
};

/* What it points to lives until the callback returns. */
struct pcapng_event {
	enum pcapng_event_type type;
	uint32_t interface_id; /* 0 for a section */
	union {
		struct pcapng_section section;
		struct pcapng_interface interface;
		struct pcapng_packet packet;
		struct pcapng_statistics statistics;
	};
};

struct pcapng_read *pcapng_read_new(
	void (*on_event)(void *arg, const struct pcapng_event *event),
	void *arg);
void pcapng_read_free(struct pcapng_read *reader);
int pcapng_read_feed(struct pcapng_read *reader, const void *data, size_t len,
		     struct err *err);
size_t pcapng_read_pending(const struct pcapng_read *reader);

#endif /* PCAPNG_READ_H */
