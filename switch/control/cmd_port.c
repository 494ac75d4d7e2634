/* SPDX-License-Identifier: MIT */
/* cmd_port.c - attach, detach, show-ports, show-port */

#include <errno.h>

#include "asked.h"
#include "attach.h"
#include "bridge.h"
#include "conn.h"
#include "dispatch.h"
#include "err.h"
#include "handlers.h"
#include "port.h"
#include "rows.h"
#include "vswitch.h"

enum {
	ROWS_PER_PAGE = 10, /* some 100 us: a page is built between frames */
};

static const char *text(const json_t *params, const char *key)
{
	return json_string_value(json_object_get(params, key));
}

static struct port *find_port(const struct vswitch *sw, const json_t *params,
			      struct err *err)
{
	const char *name = text(params, "port");
	struct port *port = bridge_find_port(sw->bridge, name);

	if (!port)
		err_set(err, -ENOENT, "there is no port '%s'", name);

	return port;
}

static json_t *attached(const struct vswitch *sw,
			const struct attachment *attachment, bool created)
{
	return json_pack("{s:i, s:b, s:o}", "schema", 1, "created", created,
			 "port", row_port(sw, attachment->port, false));
}

static void on_attach_done(struct vswitch *sw, struct conn *conn, void *user,
			   int code, struct attachment *attachment,
			   const struct err *err)
{
	(void)user;
	if (conn)
		dispatch_end(conn, code,
			     code ? NULL : attached(sw, attachment, true), err);
}

int handle_port_attach(struct vswitch *sw, struct conn *conn,
		       struct request *request, json_t **ret_result,
		       struct err *err)
{
	struct attachment *existing;
	struct asked asked;
	int r = asked_take(&asked, request->message.params, err);

	if (!r)
		r = attach(sw, &asked.request, conn, on_attach_done, NULL,
			   &existing, err);
	asked_free(&asked);
	if (!r)
		*ret_result = attached(sw, existing, false);

	request->waiting = r == -EINPROGRESS;
	return r;
}

static void on_detach_done(struct vswitch *sw, struct conn *conn, void *user,
			   int code, struct attachment *attachment,
			   const struct err *err)
{
	json_t *name;

	(void)sw;
	(void)user;
	(void)attachment;
	if (!conn)
		return;

	name = json_object_get(conn->request.message.params, "port");
	dispatch_end(conn, code,
		     code ? NULL
			  : json_pack("{s:i, s:O}", "schema", 1, "port", name),
		     err);
}

int handle_port_detach(struct vswitch *sw, struct conn *conn,
		       struct request *request, json_t **ret_result,
		       struct err *err)
{
	struct port *port = find_port(sw, request->message.params, err);
	int r;

	(void)ret_result;
	if (!port)
		return -ENOENT;

	r = detach(sw, port->owner, conn, on_detach_done, NULL, err);
	if (r < 0)
		return r;

	request->waiting = true;
	return -EINPROGRESS;
}

static size_t count_up(const struct bridge *bridge)
{
	size_t n = 0;

	for (size_t i = 0; i < bridge->n_ports; i++)
		n += bridge->ports[i]->state == PORT_STATE_UP;

	return n;
}

int handle_port_list(struct vswitch *sw, struct conn *conn,
		     struct request *request, json_t **ret_result,
		     struct err *err)
{
	const struct bridge *bridge = sw->bridge;
	const json_t *cursor =
		json_object_get(request->message.params, "cursor");
	json_t *rows = json_array(), *next = json_null();
	size_t i = bridge_first_after(bridge,
				      (uint64_t)json_integer_value(cursor));

	(void)conn;
	(void)err;
	for (size_t n = 0; i < bridge->n_ports && n < ROWS_PER_PAGE; i++, n++)
		json_array_append_new(rows,
				      row_port(sw, bridge->ports[i], false));
	if (i < bridge->n_ports)
		next = json_integer((json_int_t)bridge->ports[i - 1]->id);

	*ret_result =
		json_pack("{s:i, s:s, s:i, s:i, s:i, s:o, s:o}", "schema", 1,
			  "switch", sw->name, "count", (int)bridge->n_ports,
			  "up", (int)count_up(bridge), "max", BRIDGE_MAX_PORTS,
			  "ports", rows, "next", next);
	return 0;
}

int handle_port_show(struct vswitch *sw, struct conn *conn,
		     struct request *request, json_t **ret_result,
		     struct err *err)
{
	struct port *port = find_port(sw, request->message.params, err);

	(void)conn;
	if (!port)
		return -ENOENT;

	*ret_result = json_pack("{s:i, s:s, s:o}", "schema", 1, "switch",
				sw->name, "port", row_port(sw, port, true));
	return 0;
}
