/* SPDX-License-Identifier: MIT */
/*
 * batch.h - room to receive one batch of frames
 *
 * The switch handles one batch at a time, from one port, to the end. So one
 * batch of buffers serves all ports, and a port costs no buffer memory.
 */
#ifndef BATCH_H
#define BATCH_H

#include "frame.h"

struct batch {
	struct frame frames[FRAME_BATCH_MAX];
	uint8_t *buffers;
};

struct batch *batch_new(void);
void batch_free(struct batch *batch);
void batch_reset(struct batch *batch, size_t n);

#endif /* BATCH_H */
