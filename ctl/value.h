/* SPDX-License-Identifier: MIT */
/*
 * value.h - values out of an answer, and as people read them
 *
 * Paths are keys with dots between: "received.frames". Nothing fails: what is
 * not there, or not of its kind, is "-", 0 or an empty array.
 */
#ifndef VALUE_H
#define VALUE_H

#include <jansson.h>
#include <stdint.h>

#include "units.h"

enum {
	VALUE_PLACE_SIZE = 300, /* "namespace web", or a path */
};

const json_t *value_get(const json_t *object, const char *path);
const char *value_text(const json_t *object, const char *path);
uint64_t value_number(const json_t *object, const char *path);
const char *value_plural(uint64_t n);

/* Text in a struct, so that several fit into one call of printf(). */
struct value_text {
	char s[UNITS_TEXT_SIZE];
};

struct value_text value_count(const json_t *object, const char *path);
struct value_text value_size(const json_t *object, const char *path);
struct value_text value_age(const json_t *object, const char *path);
void value_place(const json_t *port, char ret[VALUE_PLACE_SIZE]);

#endif /* VALUE_H */
