/* SPDX-License-Identifier: MIT */
/*
 * lab_diff.h - from the lab there is to the lab that is wanted, step by step
 *
 * Pure: two labs in, steps out. Each step knows what it is about before and
 * after, so a step is undone by doing it the other way round, and a plan by
 * undoing its steps in reverse order.
 *
 * Always true:
 *  - what is the same in both labs is in no step
 *  - steps are in an order in which each can be done: a name, an interface or
 *    a namespace is free before it is taken, and there before it is used
 *  - unless asked to prune, only what is in the way is removed
 */
#ifndef LAB_DIFF_H
#define LAB_DIFF_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum lab_subject {
	LAB_NAMESPACE, /* a string */
	LAB_PORT, /* as in a completed lab */
	LAB_STATION,
	LAB_AGEING, /* a string */
};

struct lab_step {
	enum lab_subject subject;
	char *name; /* of a port or namespace, address of a station */
	json_t *before; /* NULL: there is none, the step makes one */
	json_t *after; /* NULL: the step removes it */
	json_t *replaces; /* LAB_PORT: what was removed to make room for it */
	bool silent; /* part of another step, for whoever reads the plan */
};

struct lab_plan {
	struct lab_step *steps;
	size_t n_steps, size;
	bool failed; /* memory ran out, */
	struct lab_step spare; /* ... and this was filled in instead */
};

int lab_diff(const json_t *have, const json_t *want, bool prune,
	     struct lab_plan *ret);
void lab_plan_free(struct lab_plan *plan);
void lab_step_invert(struct lab_step *step);
char *lab_step_words(const struct lab_step *step);
json_t *lab_plan_json(const struct lab_plan *plan);

#endif /* LAB_DIFF_H */
