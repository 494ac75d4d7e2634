/* SPDX-License-Identifier: MIT */
/*
 * capture.h - record frames: to a file, for a program, or for people
 *
 * The daemon writes pcapng into a pipe of ours. A reader behind us that is
 * slow makes us slow, the pipe fills, and the daemon counts what it could not
 * write: forwarding waits for nobody.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "client.h"
#include "options.h"
#include "problem.h"

enum status capture_prepare(const struct options *options,
			    struct problem *problem);
enum status capture_run(struct client *client, const struct options *options,
			struct problem *problem);

#endif /* CAPTURE_H */
