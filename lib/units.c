/* SPDX-License-Identifier: MIT */
/* units.c - sizes, durations and counts as people write them */

#include "units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "macros.h"
#include "name.h"

/* From the largest to the smallest, the order in which people name them. */
static const struct duration_unit {
	const char *name;
	uint64_t us;
} duration_units[] = {
	{ "d", UINT64_C(86400000000) }, { "h", UINT64_C(3600000000) },
	{ "m", UINT64_C(60000000) },    { "s", UINT64_C(1000000) },
	{ "ms", UINT64_C(1000) },       { "us", UINT64_C(1) },
};

/*
 * Half of what an mtime_t holds: a duration is there to be added to a time,
 * and a sum that wraps around would be a deadline in the past.
 */
static const uint64_t duration_max_us = INT64_MAX;

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Steps over the digits at *@text, too many of them included (-ERANGE).
 * strtoull() would take a sign and leading blanks as well.
 */
static int take_number(const char **text, uint64_t *ret)
{
	const char *p = *text;
	uint64_t n = 0;
	int r = 0;

	if (!is_digit(*p))
		return -EINVAL;
	for (; is_digit(*p); p++) {
		const uint64_t digit = (uint64_t)(*p - '0');

		if (n > (UINT64_MAX - digit) / 10)
			r = -ERANGE;
		n = n * 10 + digit;
	}
	*text = p;
	if (!r)
		*ret = n;
	return r;
}

/* The power of two behind "", "B", "k", "Ki", "KiB", "M" ..., or -1. */
static int size_shift(const char *unit)
{
	static const char letters[] = "KMGT";

	if (!*unit || !strcasecmp(unit, "B"))
		return 0;
	for (int i = 0; letters[i]; i++) {
		if (strncasecmp(unit, &letters[i], 1))
			continue;
		if (!unit[1] || !strcasecmp(unit + 1, "i") ||
		    !strcasecmp(unit + 1, "iB"))
			return 10 * (i + 1);
	}
	return -1;
}

/**
 * size_parse() - Read a number of bytes
 * @text:	"1500", "64k", "64KiB", "1M", "2G", "1T"
 * @ret:	Bytes; untouched on failure
 * @err:	What is wrong with @text
 *
 * Multiples are powers of 1024. "64KB" is refused rather than guessed at:
 * half of its readers mean 64,000.
 *
 * Return: 0, -EINVAL, or -ERANGE when it does not fit
 */
int size_parse(const char *text, uint64_t *ret, struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	const char *unit = text;
	uint64_t n = 0;
	int shift;
	int r;

	name_printable(text, strlen(text), shown, sizeof(shown));
	r = take_number(&unit, &n);
	if (r == -EINVAL)
		return err_set(err, r, "'%s' is not a size, as in 64k or 2GiB",
			       shown);

	shift = size_shift(unit);
	if (shift < 0) {
		err_set(err, -EINVAL, "'%s' has no unit of size we know",
			shown);
		err_hint(err, "units are k, M, G and T, in powers of 1024");
		return -EINVAL;
	}
	if (r < 0 || n > UINT64_MAX >> shift)
		return err_set(err, -ERANGE, "'%s' is too large a size", shown);

	*ret = n << shift;
	return 0;
}

/**
 * size_format() - Write a number of bytes for people
 * @size:	Bytes
 * @buf:	Where to, UNITS_TEXT_SIZE for certain
 * @buf_size:	Bytes at @buf
 *
 * Writes "512 B", "64 KiB" or "1.4 MiB": one decimal, unless it is 0.
 */
void size_format(uint64_t size, char *buf, size_t buf_size)
{
	static const char letters[] = "KMGTPE";
	unsigned int shift = 0;
	uint64_t tenths;
	int i = -1;

	if (size < 1024) {
		snprintf(buf, buf_size, "%" PRIu64 " B", size);
		return;
	}

	/* Round first: 1,048,575 bytes are 1 MiB, not 1024 KiB. */
	do {
		uint64_t rest;

		shift += 10;
		i++;
		rest = size & ((UINT64_C(1) << shift) - 1);
		tenths = (size >> shift) * 10 +
			 ((rest * 10 + (UINT64_C(1) << (shift - 1))) >> shift);
	} while (tenths >= 10240 && letters[i + 1]);

	if (tenths % 10)
		snprintf(buf, buf_size, "%" PRIu64 ".%" PRIu64 " %ciB",
			 tenths / 10, tenths % 10, letters[i]);
	else
		snprintf(buf, buf_size, "%" PRIu64 " %ciB", tenths / 10,
			 letters[i]);
}

/* The unit @text begins with, as an index; "m" must not match "ms". */
static int take_duration_unit(const char **text)
{
	const size_t len = strcspn(*text, " 0123456789");

	for (size_t i = 0; i < ARRAY_SIZE(duration_units); i++) {
		if (strlen(duration_units[i].name) == len &&
		    !memcmp(*text, duration_units[i].name, len)) {
			*text += len;
			return (int)i;
		}
	}
	return -1;
}

/* Reads "1h30m"; units have to shrink, since "30m1h" is a slip of the pen. */
static int parse_terms(const char *p, uint64_t *ret_us)
{
	uint64_t us = 0;
	int last = -1;

	do {
		uint64_t n = 0;
		int unit;
		int r;

		if (last >= 0 && *p == ' ')
			p++;
		r = take_number(&p, &n);
		if (r < 0)
			return r;

		unit = take_duration_unit(&p);
		if (unit <= last)
			return -EINVAL;
		if (n > (duration_max_us - us) / duration_units[unit].us)
			return -ERANGE;
		us += n * duration_units[unit].us;
		last = unit;
	} while (*p);

	*ret_us = us;
	return 0;
}

/**
 * duration_parse() - Read a span of time
 * @text:	"300s", "5m", "250ms", "1h30m", "4m 10s", "2d"; seconds when
 *		it is a bare number
 * @ret:	The duration; untouched on failure
 * @err:	What is wrong with @text
 *
 * Return: 0, -EINVAL, or -ERANGE when it is too long to be added to a time
 */
int duration_parse(const char *text, mtime_t *ret, struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	const char *p = text;
	uint64_t us = 0;
	int r;

	name_printable(text, strlen(text), shown, sizeof(shown));
	r = take_number(&p, &us);
	if (!r && !*p) {
		if (us > duration_max_us / 1000000)
			r = -ERANGE;
		us *= 1000000;
	} else if (!r) {
		r = parse_terms(text, &us);
	}

	if (r == -ERANGE)
		return err_set(err, r, "'%s' is too long a time", shown);
	if (r < 0) {
		err_set(err, r, "'%s' is not a duration, as in 300s or 1h30m",
			shown);
		err_hint(err, "units are d, h, m, s, ms and us");
		return r;
	}

	ret->us = us;
	return 0;
}

/**
 * duration_format() - Write a span of time for people
 * @duration:	Any duration
 * @buf:	Where to, UNITS_TEXT_SIZE for certain
 * @buf_size:	Bytes at @buf
 *
 * Writes the two units that matter, rounded down as ages are: "250ms", "2s",
 * "4m 10s", "3h 2m", "5d 1h". Nothing is said about a second unit that is 0.
 */
void duration_format(mtime_t duration, char *buf, size_t buf_size)
{
	uint64_t first;
	uint64_t second;
	size_t i = 0;

	if (duration.us < 1000000) {
		snprintf(buf, buf_size, "%" PRIu64 "ms", duration.us / 1000);
		return;
	}

	while (duration.us < duration_units[i].us)
		i++;
	first = duration.us / duration_units[i].us;
	/* Milliseconds on top of seconds would only be noise. */
	if (duration_units[i].us == 1000000)
		second = 0;
	else
		second = duration.us % duration_units[i].us /
			 duration_units[i + 1].us;

	if (second)
		snprintf(buf, buf_size, "%" PRIu64 "%s %" PRIu64 "%s", first,
			 duration_units[i].name, second,
			 duration_units[i + 1].name);
	else
		snprintf(buf, buf_size, "%" PRIu64 "%s", first,
			 duration_units[i].name);
}

/**
 * count_format() - Write a number with thousands separators
 * @count:	Any number
 * @buf:	Where to, UNITS_TEXT_SIZE for certain
 * @buf_size:	Bytes at @buf
 *
 * Writes "1,234,567", whatever the locale: output is for grep as well.
 */
void count_format(uint64_t count, char *buf, size_t buf_size)
{
	char text[UNITS_TEXT_SIZE];
	char *p = text + sizeof(text);
	int n_digits = 0;

	*--p = '\0';
	do {
		if (n_digits && n_digits % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + count % 10);
		count /= 10;
		n_digits++;
	} while (count);

	snprintf(buf, buf_size, "%s", p);
}
