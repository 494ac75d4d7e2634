/* SPDX-License-Identifier: MIT */
/* lab_step.h - one step of a plan, done to the switch */
#ifndef LAB_STEP_H
#define LAB_STEP_H

#include <stdbool.h>

struct err;
struct lab_step;
struct labs;

enum {
	LAB_STEP_DONE = 0,
	LAB_STEP_BEGUN = 1, /* lab_step_ended() will be called */
};

int lab_step_begin(struct labs *labs, const struct lab_step *step, bool undoing,
		   struct err *err);

/* By labs.c: one that has begun has come to its end. */
void lab_step_ended(struct labs *labs, const struct lab_step *step, int code,
		    const struct err *err);

#endif /* LAB_STEP_H */
