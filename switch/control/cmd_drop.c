/* SPDX-License-Identifier: MIT */
/* cmd_drop.c - show-drops */

#include <errno.h>
#include <stdbool.h>

#include "bridge.h"
#include "conn.h"
#include "err.h"
#include "handlers.h"
#include "port.h"
#include "row_drop.h"
#include "vswitch.h"

enum {
	ROWS_PER_PAGE = 10, /* some 100 us: a page is built between frames */
	PORTS_PER_TURN = 10, /* and each is asked what it has missed */
	ROW_BITS = 8, /* of the cursor: the rest is the id of the port */
};

#define CURSOR_END UINT64_MAX

_Static_assert(ROW_DROP_COUNT < 1 << ROW_BITS, "a cursor holds any row");

/* The rows of a port, from where the cursor is; returns whether all fit. */
static bool add_port(const struct vswitch *sw, struct port *port,
		     struct request *request)
{
	const bool resumed = request->cursor >> ROW_BITS == port->id;
	int first = 0;

	if (resumed)
		first = (int)(request->cursor & ((1 << ROW_BITS) - 1));
	if (!first)
		port_count_missed(port, sw->clock.wall_ns);
	for (int i = first; i < ROW_DROP_COUNT; i++) {
		json_t *row = row_drop(sw, port, i);

		if (!row)
			continue;
		if (json_array_size(request->rows) == ROWS_PER_PAGE) {
			json_decref(row);
			request->cursor = port->id << ROW_BITS | (unsigned)i;
			return false;
		}
		json_array_append_new(request->rows, row);
	}

	request->cursor = (port->id + 1) << ROW_BITS;
	return true;
}

/* One slice of the walk; returns whether the page is complete. */
static bool walk(const struct vswitch *sw, struct request *request)
{
	const struct bridge *bridge = sw->bridge;
	const uint64_t id = request->cursor >> ROW_BITS;
	size_t i = id ? bridge_first_after(bridge, id - 1) : 0;

	for (int n = 0; i < bridge->n_ports; i++, n++) {
		if (n == PORTS_PER_TURN)
			return false;
		if (!add_port(sw, bridge->ports[i], request))
			return true;
	}

	request->cursor = CURSOR_END;
	return true;
}

int handle_drop_list(struct vswitch *sw, struct conn *conn,
		     struct request *request, json_t **ret_result,
		     struct err *err)
{
	const json_t *params = request->message.params;
	const char *name = json_string_value(json_object_get(params, "port"));
	struct port *port = name ? bridge_find_port(sw->bridge, name) : NULL;

	(void)conn;
	if (name && !port)
		return err_set(err, -ENOENT, "there is no port '%s'", name);

	if (!request->rows) {
		request->rows = json_array();
		request->cursor = (uint64_t)json_integer_value(
			json_object_get(params, "cursor"));
	}

	if (port) {
		if (add_port(sw, port, request))
			request->cursor = CURSOR_END;
	} else if (!walk(sw, request)) {
		return -EINPROGRESS;
	}

	*ret_result =
		json_pack("{s:i, s:s, s:O, s:o}", "schema", 1, "switch",
			  sw->name, "drops", request->rows, "next",
			  request->cursor == CURSOR_END
				  ? json_null()
				  : json_integer((json_int_t)request->cursor));
	return 0;
}
