/* SPDX-License-Identifier: MIT */
/* savefile.c - a capture in one file, or in several */

#include "savefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "pcapng.h"

enum {
	BUF_SIZE = PCAPNG_BLOCK_MAX + 64 * 1024,
	HEAD_LEN = 8, /* a block's type and length */
};

struct savefile {
	struct savefile_config config;
	uint32_t n; /* files begun before this one */
	int fd;
	uint64_t size; /* of what is written, all of it whole blocks */
	bool has_packets;
	uint8_t *head; /* section and interfaces so far: how a file begins */
	size_t head_len;
	size_t len; /* bytes in buf[] */
	uint8_t buf[BUF_SIZE];
};

static uint32_t load_u32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static int n_digits(uint32_t n)
{
	int digits = 1;

	while (n /= 10)
		digits++;
	return digits;
}

/**
 * savefile_name() - How the files of a capture are called
 * @config:	Capture
 * @n:		Which file, from 0
 * @buf:	The name
 * @size:	Bytes at @buf
 *
 * As tcpdump has it: "file", "file1", "file2", or where only so many are kept
 * "file00" to "file11" and again "file00".
 */
void savefile_name(const struct savefile_config *config, uint32_t n, char *buf,
		   size_t size)
{
	if (config->n_files)
		snprintf(buf, size, "%s%0*u", config->path,
			 n_digits(config->n_files - 1), n % config->n_files);
	else if (n)
		snprintf(buf, size, "%s%u", config->path, n);
	else
		snprintf(buf, size, "%s", config->path);
}

static int open_nth(struct savefile *file, struct err *err)
{
	char name[PATH_MAX];

	savefile_name(&file->config, file->n, name, sizeof(name));
	file->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (file->fd < 0)
		return err_errno(err, "cannot open %.80s", name);

	file->size = 0;
	file->has_packets = false;
	return 0;
}

/* @code: why, as errno has it */
static int failed(const struct savefile *file, int code, struct err *err)
{
	char name[PATH_MAX];

	savefile_name(&file->config, file->n, name, sizeof(name));
	errno = code;
	err_errno(err, "cannot write %.80s", name);
	if (file->size)
		err_hint(err, "what is in it is whole");
	return -code;
}

/* How many of the first @len bytes at @blocks are blocks that are whole. */
static size_t whole_blocks(const uint8_t *blocks, size_t len)
{
	size_t at = 0;

	while (len - at >= HEAD_LEN && load_u32(blocks + at + 4) <= len - at)
		at += load_u32(blocks + at + 4);
	return at;
}

/* @blocks are whole; after a failure the file still ends with a whole one. */
static int put(struct savefile *file, const uint8_t *blocks, size_t len,
	       struct err *err)
{
	size_t done = 0;
	int code = 0;

	while (done < len && !code) {
		const ssize_t n = write(file->fd, blocks + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR)
			code = errno;
	}

	file->size += whole_blocks(blocks, done);
	if (!code)
		return 0;

	failed(file, code, err);
	if (ftruncate(file->fd, (off_t)file->size) < 0)
		err_hint(err, "its end is damaged");
	return -code;
}

static int next_file(struct savefile *file, struct err *err)
{
	int r;

	if (close(file->fd) < 0) {
		file->fd = -1;
		return failed(file, errno, err);
	}
	file->n++;
	r = open_nth(file, err);
	if (r < 0)
		return r;

	return put(file, file->head, file->head_len, err);
}

static int remember(struct savefile *file, const uint8_t *block, size_t len,
		    struct err *err)
{
	uint8_t *head = realloc(file->head, file->head_len + len);

	if (!head)
		return err_set(err, -ENOMEM, "out of memory");

	memcpy(head + file->head_len, block, len);
	file->head = head;
	file->head_len += len;
	return 0;
}

/* How long is the block that begins here? 0: not all of it has arrived. */
static int block_len(const uint8_t *p, size_t len, size_t *ret, struct err *err)
{
	size_t block;

	*ret = 0;
	if (len < HEAD_LEN)
		return 0;

	block = load_u32(p + 4);
	if (block < PCAPNG_BLOCK_OVERHEAD || block > PCAPNG_BLOCK_MAX ||
	    block % 4)
		return err_set(err, -EBADMSG,
			       "the capture makes no sense: a block of %zu "
			       "bytes",
			       block);
	if (block <= len)
		*ret = block;
	return 0;
}

/* Write the whole blocks of buf[], as many as go into one file at once. */
static int write_blocks(struct savefile *file, size_t *ret_done,
			struct err *err)
{
	const uint64_t max = file->config.size_max;
	size_t begun = 0, at = 0, len;
	int r;

	for (;;) {
		const uint8_t *block = file->buf + at;

		r = block_len(block, file->len - at, &len, err);
		if (r < 0 || !len)
			break;
		if (load_u32(block) == PCAPNG_BLOCK_SECTION ||
		    load_u32(block) == PCAPNG_BLOCK_INTERFACE)
			r = remember(file, block, len, err);
		else if (max && file->has_packets &&
			 file->size + (at - begun) + len > max) {
			r = put(file, file->buf + begun, at - begun, err);
			if (!r)
				r = next_file(file, err);
			begun = at;
		}
		if (r < 0)
			return r;
		if (load_u32(block) == PCAPNG_BLOCK_PACKET)
			file->has_packets = true;
		at += len;
	}

	*ret_done = at;
	if (at > begun) {
		const int w = put(file, file->buf + begun, at - begun, err);

		r = w < 0 ? w : r;
	}
	return r;
}

/**
 * savefile_open() - Make the first file
 * @config:	Where to; @path has to live as long as the file
 * @ret:	On success, what to write to
 * @err:	On failure, one sentence
 *
 * A file of that name is overwritten.
 *
 * Return: 0, or -errno
 */
int savefile_open(const struct savefile_config *config, struct savefile **ret,
		  struct err *err)
{
	struct savefile *file = calloc(1, sizeof(*file));
	int r;

	if (!file)
		return err_set(err, -ENOMEM, "out of memory");

	file->config = *config;
	r = open_nth(file, err);
	if (r < 0) {
		free(file);
		return r;
	}

	*ret = file;
	return 0;
}

/**
 * savefile_write() - Write what has arrived
 * @file:	What savefile_open() made
 * @data:	Next bytes of the capture
 * @len:	How many
 * @err:	On failure, one sentence
 *
 * After a failure nothing more can be written.
 *
 * Return: 0, or -errno
 */
int savefile_write(struct savefile *file, const void *data, size_t len,
		   struct err *err)
{
	const uint8_t *p = data;

	while (len) {
		size_t n = BUF_SIZE - file->len, done = 0;
		int r;

		if (n > len)
			n = len;
		memcpy(file->buf + file->len, p, n);
		file->len += n;
		p += n;
		len -= n;
		r = write_blocks(file, &done, err);
		if (r < 0)
			return r;
		file->len -= done;
		memmove(file->buf, file->buf + done, file->len);
	}

	return 0;
}

/**
 * savefile_close() - Close the file
 * @file:	File, or NULL
 * @err:	On failure, one sentence
 *
 * Return: 0, or -errno if what was written is not there after all
 */
int savefile_close(struct savefile *file, struct err *err)
{
	int r = 0;

	if (!file)
		return 0;

	if (file->fd >= 0 && close(file->fd) < 0)
		r = failed(file, errno, err);
	free(file->head);
	free(file);
	return r;
}
