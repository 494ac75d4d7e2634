/* SPDX-License-Identifier: MIT */
/*
 * journey.h - where one frame went, in words
 *
 *	from web to db, lan1
 *	from web to db; dropped at lan1 (queue-full)
 *	from web; dropped: no-egress
 *	from web to p1, p2, p3 and 997 more
 *
 * Of fixed size, however many ports a frame leaves by.
 */
#ifndef JOURNEY_H
#define JOURNEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drop.h"

enum {
	JOURNEY_NAMES_SIZE = 120, /* of the names in one list, and NUL */
	JOURNEY_TEXT_SIZE = 400, /* holds any journey in words, and NUL */
};

struct journey_names {
	char text[JOURNEY_NAMES_SIZE];
	uint32_t len;
	uint32_t n_more; /* those there was no room for */
};

struct journey {
	struct journey_names sent, refused;
	enum drop_reason dropped; /* why it left by no port at all */
};

void journey_begin(struct journey *journey);
void journey_add_sent(struct journey *journey, const char *port);
void journey_add_refused(struct journey *journey, const char *port,
			 enum drop_reason reason);
bool journey_lost_something(const struct journey *journey);
void journey_tell(const struct journey *journey, const char *from,
		  char ret[JOURNEY_TEXT_SIZE]);

#endif /* JOURNEY_H */
