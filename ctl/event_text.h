/* SPDX-License-Identifier: MIT */
/*
 * event_text.h - events, a line each
 *
 *	   42  12:34:56.789012  port web up (was down)
 */
#ifndef EVENT_TEXT_H
#define EVENT_TEXT_H

#include <jansson.h>

#include "show.h"

void event_text_print(const struct show *show, const json_t *event);

#endif /* EVENT_TEXT_H */
