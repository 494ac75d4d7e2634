/* SPDX-License-Identifier: MIT */
/* args.c - option values of benchmark programs; a bad one ends the program */

#include "args.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "units.h"

enum {
	EXIT_USAGE = 2,
	EXIT_SKIPPED = 77,
};

static _Noreturn void refuse(const char *option, const char *text,
			     const char *why)
{
	fprintf(stderr, "%s '%.60s': %s\n", option, text, why);
	exit(EXIT_USAGE);
}

/**
 * args_number() - Read a number
 * @option:	Whose value it is, to be named when it is wrong
 * @text:	Decimal digits
 * @min:	Smallest
 * @max:	Largest
 *
 * Return: the number
 */
uint64_t args_number(const char *option, const char *text, uint64_t min,
		     uint64_t max)
{
	char range[64];
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-')
		refuse(option, text, "not a number");
	if (number < min || number > max) {
		snprintf(range, sizeof(range),
			 "not between %" PRIu64 " and %" PRIu64, min, max);
		refuse(option, text, range);
	}
	return number;
}

/**
 * args_duration_ns() - Read a span of time
 * @option:	Whose value it is
 * @text:	As duration_parse() takes it
 *
 * Return: nanoseconds
 */
uint64_t args_duration_ns(const char *option, const char *text)
{
	struct err err;
	mtime_t duration;

	if (duration_parse(text, &duration, &err) < 0)
		refuse(option, text, err.msg);
	return duration.us * 1000;
}

/**
 * args_mac() - Read an Ethernet address
 * @option:	Whose value it is
 * @text:	"02:00:00:00:00:01"
 *
 * Return: the address
 */
struct eth_addr args_mac(const char *option, const char *text)
{
	struct eth_addr addr;

	if (!eth_addr_parse(text, &addr))
		refuse(option, text, "not an Ethernet address");
	return addr;
}

/**
 * args_usage() - Say how the program is called, and end it
 * @usage:	Text
 */
void args_usage(const char *usage)
{
	fputs(usage, stderr);
	exit(EXIT_USAGE);
}

/**
 * args_fail() - Say what went wrong, and end the program
 * @err:	What
 */
void args_fail(const struct err *err)
{
	fprintf(stderr, "%s\n", err->msg);
	exit(EXIT_FAILURE);
}

/**
 * args_skip() - Say what is lacking here, and end the program as skipped
 * @why:	What could not be done
 * @error:	-errno
 */
void args_skip(const char *why, int error)
{
	fprintf(stderr, "skipped: %s: %s\n", why, strerror(-error));
	exit(EXIT_SKIPPED);
}
