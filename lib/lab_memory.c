/* SPDX-License-Identifier: MIT */
/* lab_memory.c - a lab on its way to another process */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "err.h"
#include "lab.h"

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		const ssize_t n = write(fd, text, len);

		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}

	return 0;
}

/**
 * lab_memory() - Write a lab into memory that can be handed over
 * @lab:	Lab
 * @err:	On failure, one sentence
 *
 * As JSON, in one piece: json_dumpfd() makes a system call of every bracket.
 *
 * Return: descriptor of a memfd, the caller's, its offset at the end; or
 * -errno
 */
int lab_memory(const json_t *lab, struct err *err)
{
	char *text = json_dumps(lab, JSON_COMPACT);
	int fd, r;

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");

	fd = memfd_create("lab", MFD_CLOEXEC);
	r = fd < 0 ? -errno : write_all(fd, text, strlen(text));
	free(text);
	if (!r)
		return fd;

	if (fd >= 0)
		close(fd);
	return err_set(err, r, "cannot hand the lab over: %s", strerror(-r));
}
