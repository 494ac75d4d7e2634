/* SPDX-License-Identifier: MIT */
/*
 * frames.h - captured frames, a line each
 *
 * From the pcapng that the daemon writes to
 *
 *	12:34:56.789012345 web in   10.0.0.1 > 10.0.0.2 ICMP echo request ...
 *
 * or, for programs, to one JSON object a line. "in" and "out" are as the
 * switch sees it: in from web, out to web.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct frames;

struct frames *frames_new(bool as_json);
void frames_free(struct frames *frames);
int frames_feed(struct frames *frames, const void *data, size_t len,
		char **ret_text, size_t *ret_len, struct err *err);

#endif /* FRAMES_H */
