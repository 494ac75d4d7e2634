/* SPDX-License-Identifier: MIT */
/* keeper_words.c - what there is to say about a port that is kept */

#include <stdio.h>

#include "attach.h"
#include "keeper.h"
#include "plan.h"
#include "port.h"
#include "vswitch.h"

static json_t *milliseconds(mtime_t from, mtime_t to)
{
	return json_integer((json_int_t)((to.us - from.us) / 1000));
}

static void describe_next(const struct attachment *attachment, bool is_timed,
			  char *buf, size_t size)
{
	const struct keep *keep = &attachment->keep;

	if (keep->trying || keep->is_due)
		snprintf(buf, size, "being tried");
	else if (keep->obstacle.ifindex)
		snprintf(buf, size, "tried again when %s is gone from %s",
			 attachment->plan->ifname, attachment->target_words);
	else if (attachment->port->state == PORT_STATE_MOVED)
		snprintf(buf, size, "made again when it is back in %s",
			 attachment->target_words);
	else if (is_timed)
		snprintf(buf, size, "tried again after a while");
	else
		snprintf(buf, size, "made again when %s is there",
			 attachment->target_words);
}

/**
 * keeper_describe() - Why a port is not up, and what will be done
 * @attachment:	Any port's
 * @row:	Where to put it: why, tried_ms, retry_ms, next
 */
void keeper_describe(const struct attachment *attachment, json_t *row)
{
	const struct keep *keep = &attachment->keep;
	const struct vswitch *sw = attachment->sw;
	const enum port_state state = attachment->port->state;
	const bool is_timed = ev_is_active(&keep->retry);
	char next[sizeof(attachment->target_words) + 80];

	if (!attachment->plan->persist || state == PORT_STATE_UP ||
	    state == PORT_STATE_DOWN) {
		json_object_set_new(row, "why", json_null());
		json_object_set_new(row, "tried_ms", json_null());
		json_object_set_new(row, "retry_ms", json_null());
		json_object_set_new(row, "next", json_null());
		return;
	}

	describe_next(attachment, is_timed, next, sizeof(next));
	json_object_set_new(row, "why", json_string(keep->why));
	json_object_set_new(row, "tried_ms",
			    milliseconds(keep->tried, sw->clock.now));
	json_object_set_new(
		row, "retry_ms",
		is_timed ? json_integer(
				   (json_int_t)(ev_timer_remaining(
							sw->loop,
							(struct ev_timer *)&keep
								->retry) *
						1000))
			 : json_null());
	json_object_set_new(row, "next", json_string(next));
}
