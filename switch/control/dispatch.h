/* SPDX-License-Identifier: MIT */
/*
 * dispatch.h - from a line to an answer
 *
 * Everything that can be refused without knowing the method in detail is
 * refused here, in one place: what is no request, no method, no argument, and
 * who may not write.
 */
#ifndef DISPATCH_H
#define DISPATCH_H

#include <jansson.h>
#include <stddef.h>

struct conn;
struct err;

void dispatch_line(struct conn *conn, const char *line, size_t len);
void dispatch_again(struct conn *conn);
void dispatch_end(struct conn *conn, int code, json_t *result,
		  const struct err *err);
void dispatch_forget(struct conn *conn);

#endif /* DISPATCH_H */
