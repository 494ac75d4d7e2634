/* SPDX-License-Identifier: MIT */
/*
 * ring_gate.h - says of each frame whether it goes to a ring or to the queue
 *
 * A port's socket and its ring's are a fan-out group, and this is the program
 * the kernel asks, for each frame, which of the two gets it. It shares a page
 * with the daemon, so the gate is opened and shut at once, without a word to
 * the kernel; and it shuts by itself, when a ring is about to be full, rather
 * than let frames be lost. Then the daemon empties the ring, goes on with the
 * queue, and gives the ring back.
 */
#ifndef RING_GATE_H
#define RING_GATE_H

#include <stdint.h>

struct err;

/* As the program knows it. */
enum ring_gate_state {
	RING_GATE_SHUT, /* all frames go to the queue */
	RING_GATE_OPEN, /* all go to the ring; shuts when it is full */
};

struct ring_gate;

struct ring_gate *ring_gate_new(uint64_t room, struct err *err);
void ring_gate_free(struct ring_gate *gate);
int ring_gate_program(const struct ring_gate *gate);
void ring_gate_set(struct ring_gate *gate, enum ring_gate_state state);
enum ring_gate_state ring_gate_state(const struct ring_gate *gate);
void ring_gate_note_taken(struct ring_gate *gate, uint64_t n_taken);

#endif /* RING_GATE_H */
