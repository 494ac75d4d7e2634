/* SPDX-License-Identifier: MIT */
/* pace.c - when is the next frame due? */

#include "pace.h"

/**
 * pace_start() - Start a schedule
 * @pace:	In the caller's memory
 * @per_s:	Frames a second; 0: as many as possible
 * @at_once:	Frames to wait for, if a nap's worth is less; 0: none
 * @now_ns:	Time
 */
void pace_start(struct pace *pace, uint64_t per_s, uint64_t at_once,
		uint64_t now_ns)
{
	*pace = (struct pace){
		.per_ns = (double)per_s / 1e9,
		.at_once = at_once,
		.start_ns = now_ns,
	};
}

/**
 * pace_take() - How many frames are to be sent now?
 * @pace:	Schedule
 * @now_ns:	Time
 * @max:	As many as the caller can send
 *
 * Return: that many, which count as sent; 0: sleep until pace_next_ns()
 */
uint64_t pace_take(struct pace *pace, uint64_t now_ns, uint64_t max)
{
	uint64_t due, burst;

	if (pace->per_ns <= 0)
		return max;

	due = (uint64_t)((double)(now_ns - pace->start_ns) * pace->per_ns);
	due = due > pace->n_due ? due - pace->n_due : 0;
	burst = (uint64_t)(PACE_BURST_NS * pace->per_ns);
	if (burst < PACE_BURST_MIN)
		burst = PACE_BURST_MIN;
	if (burst < 2 * pace->at_once) /* it may have slept a little too long */
		burst = 2 * pace->at_once;
	if (due > burst) {
		pace->n_given_up += due - burst;
		pace->n_due += due - burst;
		due = burst;
	}

	if (due > max)
		due = max;
	pace->n_due += due;
	return due;
}

/**
 * pace_next_ns() - When is it worth asking again?
 * @pace:	Schedule with a rate
 *
 * Return: when a nap's worth of frames is due, or one, or as many as asked for
 */
uint64_t pace_next_ns(const struct pace *pace)
{
	double n = PACE_NAP_NS * pace->per_ns;

	if (n < 1)
		n = 1;
	if (n < (double)pace->at_once)
		n = (double)pace->at_once;
	return pace->start_ns +
	       (uint64_t)(((double)pace->n_due + n) / pace->per_ns);
}
