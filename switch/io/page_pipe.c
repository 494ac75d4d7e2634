/* SPDX-License-Identifier: MIT */
/*
 * page_pipe.c - bytes for a pipe, which gets the pages they lie in
 *
 * A page that is given away has to be replaced by a fresh one, which the kernel
 * fills with zeros. With pages of 4 KiB that costs more than the copy it saves;
 * with one of 2 MiB a third. So slots are huge pages, or nothing is given.
 */

#include "page_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum {
	MEMORY_SIZE = PAGE_PIPE_SLOTS * PAGE_PIPE_SLOT_SIZE,
	PAGE = 4096, /* where pages are larger, slots are no huge pages */
	GIVE_MIN = 16 * 1024, /* fewer bytes than that are written */
	TRY_AGAIN = 64 << 20, /* bytes written until that is tried again */
	PIECES_SPARE = 8, /* for what is put without asking for room */
};

/**
 * page_pipe_init() - Nothing waits
 * @pipe:	In the caller's memory
 * @fd:		Write end of a non-blocking pipe; stays the caller's
 *
 * Takes addresses, and no memory before bytes are put.
 *
 * Return: 0, or -ENOMEM
 */
int page_pipe_init(struct page_pipe *pipe, int fd)
{
	const uintptr_t mask = PAGE_PIPE_SLOT_SIZE - 1;

	*pipe = (struct page_pipe){ .fd = fd, .n_written = TRY_AGAIN };
	pipe->mapping = mmap(
		NULL, MEMORY_SIZE + PAGE_PIPE_SLOT_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pipe->mapping == MAP_FAILED) {
		pipe->mapping = NULL;
		return -ENOMEM;
	}

	/* Also where huge pages are used unasked: a quiet pipe needs none. */
	madvise(pipe->mapping, MEMORY_SIZE + PAGE_PIPE_SLOT_SIZE,
		MADV_NOHUGEPAGE);
	pipe->memory = pipe->mapping;
	pipe->memory += -(uintptr_t)pipe->mapping & mask;
	return 0;
}

/**
 * page_pipe_fini() - Forget what waits
 * @pipe:	Pipe, initialized or all zero; what was given away stays as it is
 */
void page_pipe_fini(struct page_pipe *pipe)
{
	if (pipe->mapping)
		munmap(pipe->mapping, MEMORY_SIZE + PAGE_PIPE_SLOT_SIZE);
	pipe->mapping = NULL;
}

static uint8_t *slot_memory(const struct page_pipe *pipe, size_t n)
{
	return pipe->memory + n * PAGE_PIPE_SLOT_SIZE;
}

static size_t slot_of(const struct page_pipe *pipe, const void *data)
{
	return (size_t)((const uint8_t *)data - pipe->memory) /
	       PAGE_PIPE_SLOT_SIZE;
}

static size_t n_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (size_t)usage.ru_minflt;
}

/* Forget the memory of a slot, which lives on where it was given to. */
static void renew(struct page_pipe *pipe, size_t n)
{
	madvise(slot_memory(pipe, n), PAGE_PIPE_SLOT_SIZE, MADV_DONTNEED);
	pipe->slots[n] = (struct page_slot){ .used = 0 };
}

/* Have the kernel put memory under one place of a slot. */
static bool populate(struct page_pipe *pipe, size_t n, size_t at)
{
	return !madvise(slot_memory(pipe, n) + at, PAGE, MADV_POPULATE_WRITE);
}

/* Is the slot, which has no memory yet, to be given away? Then it is huge. */
static void prepare(struct page_pipe *pipe, size_t n)
{
	size_t before;

	if (!pipe->gives && pipe->n_written < TRY_AGAIN)
		return;

	madvise(slot_memory(pipe, n), PAGE_PIPE_SLOT_SIZE, MADV_HUGEPAGE);
	before = n_faults();
	pipe->gives = populate(pipe, n, 0) &&
		      populate(pipe, n, PAGE_PIPE_SLOT_SIZE - PAGE) &&
		      n_faults() - before <= 1;
	pipe->n_written = 0;
	if (!pipe->gives)
		madvise(slot_memory(pipe, n), PAGE_PIPE_SLOT_SIZE,
			MADV_NOHUGEPAGE);
}

/* Return: whether there was a slot in which nothing waits. */
static bool next_slot(struct page_pipe *pipe)
{
	const size_t last = pipe->current;
	size_t n = 0;

	while (n < PAGE_PIPE_SLOTS && (n == last || pipe->slots[n].n_waiting))
		n++;
	if (n == PAGE_PIPE_SLOTS)
		return false;

	pipe->current = n;
	if (!pipe->slots[last].n_waiting)
		renew(pipe, last);
	prepare(pipe, n);
	return true;
}

/**
 * page_pipe_room() - How many bytes more may wait?
 * @pipe:	Pipe
 *
 * What is put without asking has room for a few pieces more.
 *
 * Return: bytes; 0 if no more can be put again either
 */
size_t page_pipe_room(const struct page_pipe *pipe)
{
	const size_t waiting = pipe->pending - pipe->repeated;

	if (pipe->end - pipe->first > PAGE_PIPE_PIECES - PIECES_SPARE ||
	    waiting > PAGE_PIPE_PENDING_MAX)
		return 0;
	return PAGE_PIPE_PENDING_MAX - waiting;
}

/**
 * page_pipe_reserve() - Where the next bytes are to be put
 * @pipe:	Pipe
 * @len:	How many there may be, at most page_pipe_room()
 *
 * Return: memory to write them to, then to be page_pipe_put(); NULL if there
 * is none
 */
uint8_t *page_pipe_reserve(struct page_pipe *pipe, size_t len)
{
	const struct page_slot *slot = &pipe->slots[pipe->current];

	if (PAGE_PIPE_SLOT_SIZE - slot->used < len) {
		if (len > PAGE_PIPE_SLOT_SIZE || !next_slot(pipe))
			return NULL;
		slot = &pipe->slots[pipe->current];
	}

	return slot_memory(pipe, pipe->current) + slot->used;
}

/* Do bytes at @data go on where the last piece ends? */
static bool goes_on(const struct page_pipe *pipe, const uint8_t *data)
{
	const struct iovec *last;

	if (pipe->end == pipe->first || pipe->is_repeated[pipe->end - 1])
		return false;
	last = &pipe->pieces[pipe->end - 1];
	return (uint8_t *)last->iov_base + last->iov_len == data &&
	       slot_of(pipe, last->iov_base) == slot_of(pipe, data);
}

static void add_piece(struct page_pipe *pipe, size_t slot, size_t at,
		      size_t len, bool repeated)
{
	uint8_t *data = slot_memory(pipe, slot) + at;

	pipe->pending += len;
	if (!repeated && goes_on(pipe, data)) {
		pipe->pieces[pipe->end - 1].iov_len += len;
		return;
	}

	if (pipe->end == PAGE_PIPE_PIECES) {
		pipe->end -= pipe->first;
		memmove(pipe->pieces, pipe->pieces + pipe->first,
			pipe->end * sizeof(pipe->pieces[0]));
		memmove(pipe->is_repeated, pipe->is_repeated + pipe->first,
			pipe->end * sizeof(pipe->is_repeated[0]));
		pipe->first = 0;
	}
	pipe->pieces[pipe->end] = (struct iovec){ data, len };
	pipe->is_repeated[pipe->end++] = repeated;
	pipe->slots[slot].n_waiting++;
}

/**
 * page_pipe_put() - Let bytes wait for the pipe
 * @pipe:	Pipe
 * @len:	How many of those that page_pipe_reserve() has made room for last
 */
void page_pipe_put(struct page_pipe *pipe, size_t len)
{
	struct page_slot *slot = &pipe->slots[pipe->current];

	if (len)
		add_piece(pipe, pipe->current, slot->used, len, false);
	slot->used += len;
}

/**
 * page_pipe_put_again() - Let bytes that wait already wait once more
 * @pipe:	Pipe
 * @data:	Where they were put, since page_pipe_write() was called last
 * @len:	How many, more than 0; page_pipe_room() is not 0 just before,
 *		and what goes before them and behind them may be put as well
 */
void page_pipe_put_again(struct page_pipe *pipe, const uint8_t *data,
			 size_t len)
{
	const size_t slot = slot_of(pipe, data);

	add_piece(pipe, slot, (size_t)(data - slot_memory(pipe, slot)), len,
		  true);
	pipe->repeated += len;
}

/* The pipe has taken the first @len bytes, by their pages or as a copy. */
static void consume(struct page_pipe *pipe, size_t len, bool given)
{
	pipe->pending -= len;
	while (len) {
		struct iovec *piece = &pipe->pieces[pipe->first];
		const size_t n = slot_of(pipe, piece->iov_base);
		const size_t part = len < piece->iov_len ? len : piece->iov_len;
		struct page_slot *slot = &pipe->slots[n];
		size_t until;

		if (pipe->is_repeated[pipe->first])
			pipe->repeated -= part;
		piece->iov_base = (uint8_t *)piece->iov_base + part;
		piece->iov_len -= part;
		len -= part;
		until = (size_t)((uint8_t *)piece->iov_base -
				 slot_memory(pipe, n));
		if (given && until > slot->given)
			slot->given = until;
		if (piece->iov_len)
			continue;

		pipe->first++;
		if (!--slot->n_waiting && n != pipe->current)
			renew(pipe, n);
	}
}

/* What was not given away can be written to again. */
static void rewind_slot(struct page_pipe *pipe, size_t len)
{
	struct page_slot *slot = &pipe->slots[pipe->current];

	pipe->first = pipe->end = 0;
	slot->used = slot->given;
	if (!pipe->gives && len >= GIVE_MIN && pipe->n_written >= TRY_AGAIN) {
		renew(pipe, pipe->current);
		prepare(pipe, pipe->current);
	}
}

/**
 * page_pipe_write() - Let the pipe have what it takes of what waits
 * @pipe:	Pipe
 *
 * Return: 1 when nothing waits any more, 0 when something does, -errno if the
 * reader is gone
 */
int page_pipe_write(struct page_pipe *pipe)
{
	const size_t len = pipe->pending;

	while (pipe->pending) {
		const struct iovec *pieces = &pipe->pieces[pipe->first];
		const size_t n_pieces = pipe->end - pipe->first;
		const bool give = pipe->gives && pipe->pending >= GIVE_MIN;
		const ssize_t n =
			give ? vmsplice(pipe->fd, pieces, n_pieces,
					SPLICE_F_NONBLOCK)
			     : writev(pipe->fd, pieces, (int)n_pieces);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		consume(pipe, (size_t)n, give);
		if (!give)
			pipe->n_written += (size_t)n;
	}

	rewind_slot(pipe, len);
	return 1;
}
