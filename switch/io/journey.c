/* SPDX-License-Identifier: MIT */
/* journey.c - where one frame went, in words */

#include "journey.h"

#include <stdio.h>
#include <string.h>

/* In order: once a name had no room, none that is shorter gets in later. */
static void add(struct journey_names *names, const char *name, const char *why)
{
	const size_t space = JOURNEY_NAMES_SIZE - names->len;
	int n;

	if (names->n_more) {
		names->n_more++;
		return;
	}

	n = snprintf(names->text + names->len, space, "%s%s%s%s%s",
		     names->len ? ", " : "", name, why ? " (" : "",
		     why ? why : "", why ? ")" : "");
	if (n < 0 || (size_t)n >= space) {
		names->text[names->len] = '\0';
		names->n_more = 1;
		return;
	}
	names->len += (uint32_t)n;
}

static size_t put(char *buf, size_t used, const char *before, const char *text)
{
	const int n = snprintf(buf + used, JOURNEY_TEXT_SIZE - used, "%s%s",
			       before, text);

	return used + (n > 0 ? (size_t)n : 0);
}

static size_t put_names(char *buf, size_t used, const char *before,
			const struct journey_names *names)
{
	char more[32];

	used = put(buf, used, before, names->text);
	if (!names->n_more)
		return used;

	snprintf(more, sizeof(more), " and %u more", names->n_more);
	return put(buf, used, more, "");
}

/**
 * journey_begin() - A frame has come in
 * @journey:	What is to be known of it
 */
void journey_begin(struct journey *journey)
{
	journey->sent.len = journey->sent.n_more = 0;
	journey->sent.text[0] = '\0';
	journey->refused.len = journey->refused.n_more = 0;
	journey->refused.text[0] = '\0';
	journey->dropped = DROP_NONE;
}

/**
 * journey_add_sent() - It left by a port
 * @journey:	Journey
 * @port:	The port's name
 */
void journey_add_sent(struct journey *journey, const char *port)
{
	add(&journey->sent, port, NULL);
}

/**
 * journey_add_refused() - It should have left by a port, and did not
 * @journey:	Journey
 * @port:	The port's name
 * @reason:	Why
 */
void journey_add_refused(struct journey *journey, const char *port,
			 enum drop_reason reason)
{
	add(&journey->refused, port, drop_name(reason));
}

/**
 * journey_lost_something() - Was a drop counted for the frame?
 * @journey:	Journey at its end
 *
 * Return: whether it was dropped, or refused by one port at least
 */
bool journey_lost_something(const struct journey *journey)
{
	return journey->dropped || journey->refused.len;
}

/**
 * journey_tell() - The whole of it
 * @journey:	Journey at its end
 * @from:	Name of the port the frame came in by
 * @ret:	The words
 */
void journey_tell(const struct journey *journey, const char *from,
		  char ret[JOURNEY_TEXT_SIZE])
{
	size_t used = put(ret, 0, "from ", from);

	if (journey->sent.len)
		used = put_names(ret, used, " to ", &journey->sent);
	if (journey->refused.len)
		put_names(ret, used, "; dropped at ", &journey->refused);
	else if (journey->dropped)
		put(ret, used, "; dropped: ", drop_name(journey->dropped));
}
