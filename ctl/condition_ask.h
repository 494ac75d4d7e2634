/* SPDX-License-Identifier: MIT */
/*
 * condition_ask.h - what a switch says when it is asked whether it is true
 *
 * The half of condition.h that asks, and how what is seen bears on what is
 * expected, whether it was asked for or an event told of it.
 */
#ifndef CONDITION_ASK_H
#define CONDITION_ASK_H

#include "condition.h"

enum status condition_ask(struct condition *condition, struct client *client,
			  struct problem *problem);
enum status condition_remember_drops(struct condition *condition,
				     struct client *client,
				     struct problem *problem);

void condition_see(struct condition *condition, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void condition_see_state(struct condition *condition, const char *state);
void condition_see_place(struct condition *condition, const char *port);

#endif /* CONDITION_ASK_H */
