/* SPDX-License-Identifier: MIT */
/*
 * problem.h - what went wrong, and what vswctl exits with
 *
 * Functions of the client that can fail return an enum status and fill a
 * struct problem; main() reports it once, for people or as JSON.
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* The exit codes of vswctl. Scripts rely on them: only ever add. */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1, /* refused, or tried and failed */
	STATUS_USAGE = 2, /* an argument is not what it should be */
	STATUS_NOT_FOUND = 3,
	STATUS_EXISTS = 4,
	STATUS_NO_DAEMON = 5,
	STATUS_TIMEOUT = 6,
	STATUS_FALSE = 7, /* what was expected is not true */
};

struct problem {
	enum status status;
	char code[24]; /* for programs: data.code of the protocol, or ours */
	struct err err;
	char excerpt[76]; /* of what was typed, printable; may be empty */
	size_t caret; /* from where on it is wrong, */
	size_t caret_len; /* and for how long */
};

enum status problem_set(struct problem *problem, enum status status,
			const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
enum status problem_take(struct problem *problem, enum status status);
enum status problem_from_code(struct problem *problem, const char *code);
void problem_report(const struct problem *problem, const char *what,
		    bool as_json);

#endif /* PROBLEM_H */
