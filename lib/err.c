/* SPDX-License-Identifier: MIT */
/* err.c - an error a person can read */

#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/**
 * err_set() - Record an error and pass its code on
 * @err:	Where to record it, or NULL if the caller does not care
 * @code:	Negative errno
 * @fmt:	printf() format of the sentence
 *
 * Forgets the hint of an earlier error: a hint belongs to one sentence.
 *
 * Return: @code, so that callers can write `return err_set(...)`
 */
int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;

	err->code = code;
	err->hint[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return code;
}

/**
 * err_errno() - Record the failure of a system call
 * @err:	Where to record it, or NULL if the caller does not care
 * @fmt:	printf() format of the sentence; ": <reason>" is appended
 *
 * Return: -errno
 */
int err_errno(struct err *err, const char *fmt, ...)
{
	const int code = -errno;
	char what[120];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(err, code, "%s: %s", what, strerror(-code));
}

/**
 * err_hint() - Say what would help against the error just recorded
 * @err:	Error that err_set() or err_errno() filled, or NULL
 * @fmt:	printf() format of the hint
 */
void err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;

	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
}

/**
 * err_name() - Stable name of an error, as the control protocol spells it
 * @code:	Negative errno
 *
 * Clients decide by this name, so it is coarser than errno and never changes.
 *
 * Return: a constant string; "failed" for whatever has no name of its own
 */
const char *err_name(int code)
{
	switch (-code) {
	case EINVAL:
	case ERANGE:
	case EMSGSIZE:
		return "invalid";
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "not-found";
	case EEXIST:
		return "exists";
	case EPERM:
	case EACCES:
		return "denied";
	case ENOSPC:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return "limit";
	case EBUSY:
		return "busy";
	case ETIMEDOUT:
		return "timeout";
	default:
		return "failed";
	}
}
