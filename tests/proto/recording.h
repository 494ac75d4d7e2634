/* SPDX-License-Identifier: MIT */
/*
 * recording.h - the reader's end of a capture
 *
 * Takes what comes out of the pipe apart, so that a capture which is not whole
 * fails the test, and counts what is in it.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct client;
struct pcapng_read;

/* The beginning of a request to start one; its id is to be filled in. */
#define CAPTURE_START "{'jsonrpc':'2.0','id':%d,'method':'capture.start'"

struct recording {
	int read_fd;
	json_int_t capture; /* its number */
	struct pcapng_read *reader;
	int sections, interfaces, packets, statistics;
	json_int_t dropped; /* as the statistics say */
	char comment[80]; /* of the newest packet that had one */
	char ended[80]; /* why the newest port ended that did */
};

struct recording *recording_start(struct client *c, const char *params);
void recording_free(struct recording *p);
bool recording_drain(struct recording *p);
void recording_assert_complete(struct recording *p, struct client *c);
size_t recording_count(struct client *c);
void recording_feed(const char *ns, int n);

#endif /* RECORDING_H */
