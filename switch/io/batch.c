/* SPDX-License-Identifier: MIT */
/* batch.c - room to receive one batch of frames */

#include "batch.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
	/* A page more than a frame: neighbours do not share cache sets. */
	STRIDE = OFFLOAD_BIG_MAX + 2 * 4096 + 64,
	BUFFERS_SIZE = FRAME_BATCH_MAX * STRIDE,
};

_Static_assert(STRIDE >= FRAME_HEADROOM + FRAME_SIZE_MAX, "a frame fits");

/**
 * batch_new() - Allocate a batch
 *
 * The pages are the kernel's until frames touch them: a switch that carries
 * small frames never pays for 64 super-frames.
 *
 * Return: the batch, ready for use, or NULL if memory ran out
 */
struct batch *batch_new(void)
{
	struct batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return NULL;

	batch->buffers = mmap(NULL, BUFFERS_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (batch->buffers == MAP_FAILED) {
		free(batch);
		return NULL;
	}

	batch_reset(batch, FRAME_BATCH_MAX);
	return batch;
}

/**
 * batch_free() - Free a batch
 * @batch:	Batch, or NULL
 */
void batch_free(struct batch *batch)
{
	if (!batch)
		return;

	munmap(batch->buffers, BUFFERS_SIZE);
	free(batch);
}

/**
 * batch_reset() - Make the first frames of a batch ready to be received into
 * @batch:	Batch
 * @n:		How many were used last time
 */
void batch_reset(struct batch *batch, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		batch->frames[i].data =
			batch->buffers + i * STRIDE + FRAME_HEADROOM;
		batch->frames[i].fault = DROP_NONE;
	}
}
