/* SPDX-License-Identifier: MIT */
/*
 * tidy.h - what clang-tidy cannot find out by itself
 *
 * The analyzer looks at one source file at a time. It does not know that
 * err_set() returns the code it is given, so it follows paths on which a
 * function has failed and claims to have succeeded. tidy.sh puts this header in
 * front of every file but err.c, so that it knows, and nobody has to write a
 * comment against it. Never compiled.
 */
#ifndef TIDY_H
#define TIDY_H

#include "err.h"

#define err_set(err, code, ...)                                                \
	((void)(err_set)((err), (code), __VA_ARGS__), (code))

#define err_errno(err, ...)                                                    \
	__extension__({                                                        \
		const int tidy_r = (err_errno)((err), __VA_ARGS__);            \
		__builtin_assume(tidy_r < 0);                                  \
		tidy_r;                                                        \
	})

#endif /* TIDY_H */
