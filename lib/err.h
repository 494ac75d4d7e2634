/* SPDX-License-Identifier: MIT */
/*
 * err.h - an error a person can read
 *
 * Library code does not log. It returns -errno and, when it can say more,
 * fills a caller-owned struct err. Whoever asked decides where it goes: the
 * log at start-up, the reply on the control socket, an assertion in a test.
 */
#ifndef ERR_H
#define ERR_H

struct err {
	int code; /* negative errno */
	char msg[200]; /* one sentence, no full stop, no newline */
	char hint[160]; /* what would help, as a phrase; may be empty */
};

int err_set(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int err_errno(struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void err_hint(struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
const char *err_name(int code);

#endif /* ERR_H */
