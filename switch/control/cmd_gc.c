/* SPDX-License-Identifier: MIT */
/* cmd_gc.c - gc: clear away the ports that lead nowhere */

#include <errno.h>
#include <stdbool.h>

#include "attach.h"
#include "bridge.h"
#include "conn.h"
#include "handlers.h"
#include "plan.h"
#include "port.h"
#include "vswitch.h"

enum {
	PORTS_PER_TURN = 64, /* to remove one is work for all the others */
	ROWS_MAX = 1000, /* named in the answer */
};

/*
 * What has no namespace any more: ephemeral ports for good; those that persist
 * only if that has lasted for as long as whoever asks has said.
 */
static bool is_garbage(const struct vswitch *sw, const struct port *port,
		       const json_t *params)
{
	const json_t *waiting = json_object_get(params, "waiting");
	const uint64_t lasted_us = sw->clock.now.us - port->state_since.us;

	if (port->state == PORT_STATE_GONE)
		return true;

	return waiting && port->state == PORT_STATE_WAITING &&
	       lasted_us / 1000 >= (uint64_t)json_integer_value(waiting);
}

static json_t *row(const struct vswitch *sw, const struct port *port)
{
	const struct attachment *attachment = port->owner;
	const uint64_t lasted_us = sw->clock.now.us - port->state_since.us;

	return json_pack("{s:s, s:s, s:I, s:s}", "port", port->name, "state",
			 port_state_name(port->state), "state_ms",
			 (json_int_t)(lasted_us / 1000), "target",
			 attachment->plan->target);
}

/* Ports are in order of their id, so the id says where to go on. */
static struct port *next_garbage(const struct vswitch *sw,
				 struct request *request)
{
	const struct bridge *bridge = sw->bridge;

	for (size_t i = bridge_first_after(bridge, request->cursor);
	     i < bridge->n_ports; i++) {
		struct port *port = bridge->ports[i];

		request->cursor = port->id;
		if (is_garbage(sw, port, request->message.params))
			return port;
	}

	return NULL;
}

int handle_port_gc(struct vswitch *sw, struct conn *conn,
		   struct request *request, json_t **ret_result,
		   struct err *err)
{
	const bool dry_run = json_is_true(
		json_object_get(request->message.params, "dry_run"));
	struct port *port;
	int r;

	(void)conn;
	if (!request->rows)
		request->rows = json_array();
	for (int i = 0; i < PORTS_PER_TURN; i++) {
		port = next_garbage(sw, request);
		if (!port) {
			*ret_result = json_pack(
				"{s:i, s:b, s:I, s:O}", "schema", 1, "dry_run",
				dry_run, "count", (json_int_t)request->count,
				"ports", request->rows);
			return 0;
		}

		request->count++;
		if (request->count <= ROWS_MAX)
			json_array_append_new(request->rows, row(sw, port));
		r = dry_run ? 0
			    : detach(sw, port->owner, NULL, NULL, NULL, err);
		if (r < 0)
			return r;
	}

	return -EINPROGRESS;
}
