/* SPDX-License-Identifier: MIT */
/* sink.c - where a capture goes: into files, to a program, to people */

#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "frames.h"
#include "savefile.h"
#include "value.h"

enum {
	FILES_MAX = 1000000,
	/* poll() says a pipe is writable when this much fits for certain. */
	PIPE_CHUNK = 4096,
	MOVE_MAX = 1 << 20,
};

static const char *local_text(const struct options *options, const char *name)
{
	return json_string_value(json_object_get(options->locals, name));
}

/**
 * sink_check() - Is it clear where a capture is to go?
 * @options:	The command
 * @problem:	Where to say what is not
 *
 * Return: STATUS_DONE, or STATUS_USAGE
 */
enum status sink_check(const struct options *options, struct problem *problem)
{
	const json_t *locals = options->locals;
	const char *file = local_text(options, "write");

	if (json_object_get(locals, "files") &&
	    !json_object_get(locals, "file_size")) {
		problem_set(problem, STATUS_USAGE,
			    "files: how large each may be is missing");
		err_hint(&problem->err, "-C SIZE says it");
		return STATUS_USAGE;
	}
	if (json_object_get(locals, "file_size") &&
	    (!file || !strcmp(file, "-")))
		return problem_set(problem, STATUS_USAGE,
				   "file-size: needs files to write to: "
				   "-w FILE");
	if (value_number(locals, "files") > FILES_MAX)
		return problem_set(problem, STATUS_USAGE, "files: at most %d",
				   FILES_MAX);

	return STATUS_DONE;
}

/*
 * A pipe, or /dev/null: splice() never waits for those. For a terminal or a
 * socket it might.
 */
static bool takes_pages(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       (S_ISFIFO(st.st_mode) ||
		(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)));
}

static enum status open_file(struct sink *sink, const char *name,
			     const struct options *options,
			     struct problem *problem)
{
	const json_t *locals = options->locals;
	const struct savefile_config config = {
		.path = name,
		.size_max = value_number(locals, "file_size"),
		.n_files = (uint32_t)value_number(locals, "files"),
	};
	struct stat st;

	sink->name = name;
	if (stat(name, &st) < 0 || S_ISREG(st.st_mode)) {
		if (savefile_open(&config, &sink->savefile, &problem->err))
			return problem_take(problem, STATUS_FAILED);
		return STATUS_DONE;
	}

	/* A named pipe, say. */
	if (config.size_max)
		return problem_set(problem, STATUS_USAGE,
				   "file-size: %.80s is no file", name);
	sink->fd = open(name, O_WRONLY | O_CLOEXEC);
	sink->is_no_pipe = !takes_pages(sink->fd);
	if (sink->fd >= 0)
		return STATUS_DONE;
	err_errno(&problem->err, "cannot open %.80s", name);
	return problem_take(problem, STATUS_FAILED);
}

/**
 * sink_open() - Find out where to, and in which form
 * @sink:	Sink, to be closed in either case
 * @options:	The command, sink_check()ed; has to stay
 * @problem:	Where to say what went wrong
 *
 * Nothing is overwritten before there is more.
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status sink_open(struct sink *sink, const struct options *options,
		      struct problem *problem)
{
	const char *file = local_text(options, "write");
	const bool as_json = options->json;

	if (file && strcmp(file, "-"))
		return open_file(sink, file, options, problem);

	sink->name = "standard output";
	sink->fd = STDOUT_FILENO;
	sink->is_no_pipe = !takes_pages(sink->fd);
	if (!file && (as_json || isatty(STDOUT_FILENO))) {
		sink->frames = frames_new(as_json);
		if (!sink->frames)
			return problem_set(problem, STATUS_FAILED,
					   "out of memory");
	}

	return STATUS_DONE;
}

static bool is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static enum status write_out(struct sink *sink, const char *data, size_t len,
			     struct problem *problem)
{
	const bool is_file = is_regular(sink->fd);

	while (len > 0) {
		enum status status = STATUS_DONE;
		size_t size = len;
		ssize_t n;

		if (!is_file)
			status = sink->wait(sink->user);
		if (status != STATUS_DONE)
			return status;
		if (!is_file && size > PIPE_CHUNK)
			size = PIPE_CHUNK;
		n = write(sink->fd, data, size);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0 && errno == EPIPE) {
			sink->reader_gone = true;
			return STATUS_DONE;
		}
		if (n < 0) {
			err_errno(&problem->err, "cannot write %.80s",
				  sink->name);
			return problem_take(problem, STATUS_FAILED);
		}
		data += n;
		len -= (size_t)n;
	}

	return STATUS_DONE;
}

static enum status write_frames(struct sink *sink, const char *data, size_t len,
				struct problem *problem)
{
	struct err err;
	enum status status;
	char *text;
	size_t text_len;
	int r;

	r = frames_feed(sink->frames, data, len, &text, &text_len, &err);
	status = write_out(sink, text, text_len, problem);
	free(text);
	if (status != STATUS_DONE || r == 0)
		return status;

	return problem_set(problem, STATUS_FAILED,
			   "the capture makes no sense: %s", err.msg);
}

static enum status write_file(struct sink *sink, const char *data, size_t len,
			      struct problem *problem)
{
	if (savefile_write(sink->savefile, data, len, &problem->err) < 0)
		return problem_take(problem, STATUS_FAILED);
	return STATUS_DONE;
}

/**
 * sink_write() - Pass pcapng on
 * @sink:	Sink, open
 * @data:	Bytes of the capture, as they come
 * @len:	How many
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, also where nobody reads any more; or what to exit with
 */
enum status sink_write(struct sink *sink, const char *data, size_t len,
		       struct problem *problem)
{
	if (sink->savefile)
		return write_file(sink, data, len, problem);
	if (sink->frames)
		return write_frames(sink, data, len, problem);

	return write_out(sink, data, len, problem);
}

/**
 * sink_can_move() - Is sink_move() worth a try?
 * @sink:	Sink, open
 *
 * Return: whether what comes goes out as it is, to what may be a pipe
 */
bool sink_can_move(const struct sink *sink)
{
	return !sink->savefile && !sink->frames && !sink->is_no_pipe;
}

/**
 * sink_move() - Pass pcapng on from pipe to pipe, without a copy
 * @sink:	Sink that can
 * @pipe_fd:	Where the capture comes from, readable
 * @ret_len:	How many bytes there were; 0: it has ended; -1: none so far
 *
 * Return: STATUS_DONE, also where nobody reads any more; or what to exit with
 */
enum status sink_move(struct sink *sink, int pipe_fd, ssize_t *ret_len)
{
	*ret_len = splice(pipe_fd, NULL, sink->fd, NULL, MOVE_MAX,
			  SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (*ret_len >= 0)
		return STATUS_DONE;

	switch (errno) {
	case EINTR:
		return STATUS_DONE;
	case EAGAIN: /* something came, so it is the reader who is slow */
		return sink->wait(sink->user);
	case EPIPE:
		sink->reader_gone = true;
		return STATUS_DONE;
	default:
		sink->is_no_pipe = true;
		return STATUS_DONE;
	}
}

/**
 * sink_close() - End what was written
 * @sink:	Sink, open or not
 * @status:	How the capture went
 * @problem:	What went wrong with it, or where to say what does
 *
 * A disk may also say as late as that that it is full.
 *
 * Return: @status, or what to exit with
 */
enum status sink_close(struct sink *sink, enum status status,
		       struct problem *problem)
{
	struct err err = { 0 };
	int r = savefile_close(sink->savefile, &err);

	frames_free(sink->frames);
	if (sink->fd > STDERR_FILENO && close(sink->fd) < 0)
		r = err_errno(&err, "cannot write %.80s", sink->name);
	if (r == 0 || status != STATUS_DONE)
		return status;

	problem->err = err;
	return problem_take(problem, STATUS_FAILED);
}
