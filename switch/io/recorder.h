/* SPDX-License-Identifier: MIT */
/*
 * recorder.h - pcapng blocks on their way into a pipe
 *
 * What is recorded waits in memory of bounded size until the pipe takes it (see
 * page_pipe.h); what finds that full is counted as missed. A block enters whole
 * or not at all, so whatever is missed, the file stays valid. Room for the
 * statistics of each port, which come at the end, is kept free.
 */
#ifndef RECORDER_H
#define RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "page_pipe.h"
#include "pcapng.h"

struct port;
struct source;

struct recorder {
	int fd; /* write end of a non-blocking pipe; the recorder's */
	uint32_t snaplen;
	uint64_t start_ns;
	const char *filter; /* for the record, or NULL */
	void (*describe)(const struct port *port, char *buf, size_t size);
	bool only_known; /* record no port but those added */

	/* Belongs to recorder.c. */
	struct source *sources; /* sorted by port */
	size_t n_sources, room_for_sources;
	struct page_pipe pipe;
};

/* What became of a frame. */
enum recorded {
	RECORDED,
	RECORDED_MISSED, /* no room */
	RECORDED_NOT_MEANT, /* of a port that is not recorded */
};

/* A frame to be recorded. */
struct record {
	const struct port *port;
	enum pcapng_direction direction;
	uint32_t len;
	uint64_t wall_ns;
	const char *comment; /* or NULL */
};

int recorder_init(struct recorder *recorder);
void recorder_fini(struct recorder *recorder);
bool recorder_add_port(struct recorder *recorder, const struct port *port);
bool recorder_has_much_room(const struct recorder *recorder);
uint32_t recorder_caplen(const struct recorder *recorder, uint32_t len);
enum recorded recorder_put(struct recorder *recorder,
			   const struct record *record, uint8_t **payload);
bool recorder_end_port(struct recorder *recorder, const struct port *port,
		       const char *why, uint64_t wall_ns);
void recorder_end(struct recorder *recorder, uint64_t wall_ns);
bool recorder_is_idle(const struct recorder *recorder);
int recorder_write(struct recorder *recorder);

#endif /* RECORDER_H */
