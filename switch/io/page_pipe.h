/* SPDX-License-Identifier: MIT */
/*
 * page_pipe.h - bytes for a pipe, which gets the pages they lie in
 *
 * Bytes are put into memory of ours, in order, and wait there until the pipe
 * takes them. Many at once are not copied into the pipe: it gets the pages
 * (vmsplice()), whoever reads them may keep or pass them on, and so nothing is
 * ever written again where bytes lie that were given away. Few are written.
 *
 * Bytes that wait can be put into the stream once more without a copy.
 *
 * Always true between calls:
 *  - at most PAGE_PIPE_PENDING_MAX bytes wait; those that wait once more take
 *    no memory, and do not count
 *  - nobody writes where bytes lie that were given away; our hold on that
 *    memory ends as soon as nothing in it waits and it is full
 *  - all memory that is ours lies in PAGE_PIPE_SLOTS pieces, one or two as a
 *    rule: it takes a slow reader and much put again to have more
 */
#ifndef PAGE_PIPE_H
#define PAGE_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum {
	PAGE_PIPE_PENDING_MAX = 1 << 20, /* bytes, those put again left out */
	PAGE_PIPE_SLOT_SIZE = 2 << 20, /* a huge page where there are any */
	PAGE_PIPE_SLOTS = 4,
	PAGE_PIPE_PIECES = 1024,
};

/* A piece of memory, used from the front to the back. */
struct page_slot {
	size_t used;
	size_t given; /* of that, these bytes are the readers', too */
	size_t n_waiting; /* pieces that lie in it */
};

struct page_pipe {
	int fd; /* write end of a non-blocking pipe; the caller's */

	/* Belongs to page_pipe.c. */
	void *mapping;
	uint8_t *memory; /* the slots, one after the other */
	struct page_slot slots[PAGE_PIPE_SLOTS];
	size_t current; /* the slot that bytes are put into */
	bool gives; /* there are huge pages to give away */
	size_t n_written; /* bytes, since that was last tried */
	size_t pending; /* bytes that wait */
	size_t repeated; /* of these, put again */
	struct iovec pieces[PAGE_PIPE_PIECES]; /* that wait: [first, end) */
	bool is_repeated[PAGE_PIPE_PIECES];
	size_t first, end;
};

int page_pipe_init(struct page_pipe *pipe, int fd);
void page_pipe_fini(struct page_pipe *pipe);
size_t page_pipe_room(const struct page_pipe *pipe);
uint8_t *page_pipe_reserve(struct page_pipe *pipe, size_t len);
void page_pipe_put(struct page_pipe *pipe, size_t len);
void page_pipe_put_again(struct page_pipe *pipe, const uint8_t *data,
			 size_t len);
int page_pipe_write(struct page_pipe *pipe);

#endif /* PAGE_PIPE_H */
