/* SPDX-License-Identifier: MIT */
/* output.c - what a command puts out, other than words */

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * output_json() - Print JSON
 * @document:	What
 */
void output_json(const json_t *document)
{
	/* ASCII only: there are control characters above 127 as well. */
	json_dumpf(document, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
}

static enum status cannot(struct problem *problem, const char *file)
{
	err_errno(&problem->err, "cannot write %.80s", file);
	return problem_take(problem, STATUS_FAILED);
}

static int write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}

	return 0;
}

/* What is no ordinary file has nothing that could be lost. */
static enum status write_there(const char *file, const char *text,
			       struct problem *problem)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return cannot(problem, file);

	r = write_all(fd, text);
	if (close(fd) < 0 || r < 0)
		return cannot(problem, file);
	return STATUS_DONE;
}

/* As it was, or as any new file is. */
static mode_t mode_for(const struct stat *st)
{
	mode_t mask;

	if (st)
		return st->st_mode & 07777;

	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/**
 * output_file() - Write a file, or leave the one there is as it is
 * @file:	Its name
 * @text:	All that is to be in it
 * @problem:	Where to say what went wrong
 *
 * The new file takes the old one's place when it is on the disk and not
 * before, so a disk that is full costs nothing.
 *
 * Return: STATUS_DONE, or STATUS_FAILED
 */
enum status output_file(const char *file, const char *text,
			struct problem *problem)
{
	char path[PATH_MAX], new_path[PATH_MAX + 8];
	enum status status;
	struct stat st;
	const bool exists = stat(file, &st) == 0;
	int fd;

	if (exists && !S_ISREG(st.st_mode))
		return write_there(file, text, problem);
	if (!exists || !realpath(file, path)) /* not the link: what it means */
		snprintf(path, sizeof(path), "%s", file);

	snprintf(new_path, sizeof(new_path), "%s.XXXXXX", path);
	fd = mkostemp(new_path, O_CLOEXEC);
	if (fd < 0)
		return cannot(problem, file);

	if (fchmod(fd, mode_for(exists ? &st : NULL)) < 0 ||
	    write_all(fd, text) < 0 || fsync(fd) < 0 ||
	    rename(new_path, path) < 0) {
		status = cannot(problem, file);
		unlink(new_path);
	} else {
		status = STATUS_DONE;
	}
	close(fd);
	return status;
}
