/* SPDX-License-Identifier: MIT */
/*
 * expect.h - assertions for scripts: true now, or true in time
 *
 * Whoever waits has subscribed before asking how things are, so nothing falls
 * between the two.
 */
#ifndef EXPECT_H
#define EXPECT_H

#include "client.h"
#include "options.h"
#include "problem.h"

struct expect;

enum status expect_new(const struct options *options, struct expect **ret,
		       struct problem *problem);
enum status expect_run(struct expect *expect, struct client *client,
		       struct problem *problem);
void expect_free(struct expect *expect);

#endif /* EXPECT_H */
