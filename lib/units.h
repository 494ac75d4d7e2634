/* SPDX-License-Identifier: MIT */
/*
 * units.h - sizes, durations and counts as people write them
 *
 * Reads what options, configuration files and requests say ("64k", "1h30m")
 * and writes what tables and sentences show ("1.4 MiB", "4m 10s").
 *
 * Always true:
 *  - whatever overflows is refused, never wrapped or clipped
 *  - a duration can be added to any time the clock will ever show
 *  - duration_parse() reads what duration_format() wrote
 */
#ifndef UNITS_H
#define UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "mtime.h"

struct err;

enum {
	UNITS_TEXT_SIZE = 32, /* the longest text of any *_format(), and NUL */
};

int size_parse(const char *text, uint64_t *ret, struct err *err);
void size_format(uint64_t size, char *buf, size_t buf_size);
int duration_parse(const char *text, mtime_t *ret, struct err *err);
void duration_format(mtime_t duration, char *buf, size_t buf_size);
void count_format(uint64_t count, char *buf, size_t buf_size);

#endif /* UNITS_H */
