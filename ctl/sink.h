/* SPDX-License-Identifier: MIT */
/*
 * sink.h - where a capture goes: into files, to a program, to people
 *
 * The pcapng that a switch writes goes in, as it comes. Files get it as it is,
 * and so does whoever reads our output, unless that is a terminal, or is to be
 * JSON: then frames are lines. A reader may be slow, or leave.
 */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "options.h"
#include "problem.h"

struct frames;
struct savefile;

/* To begin with, @fd is -1, and what follows @user is 0. */
struct sink {
	int fd; /* what is written to, or -1 with files */
	enum status (*wait)(void *user); /* until @fd can be written */
	void *user; /* of @wait */
	const char *name; /* "standard output", or a file */
	struct frames *frames; /* NULL: pcapng is passed on as it is, */
	struct savefile *savefile; /* or into files */
	bool reader_gone; /* nobody wants our output any more */
	bool is_no_pipe; /* so that pages can't be moved to @fd */
};

enum status sink_check(const struct options *options, struct problem *problem);
enum status sink_open(struct sink *sink, const struct options *options,
		      struct problem *problem);
enum status sink_write(struct sink *sink, const char *data, size_t len,
		       struct problem *problem);
bool sink_can_move(const struct sink *sink);
enum status sink_move(struct sink *sink, int pipe_fd, ssize_t *ret_len);
enum status sink_close(struct sink *sink, enum status status,
		       struct problem *problem);

#endif /* SINK_H */
