/* SPDX-License-Identifier: MIT */
/* cmd_mirror.c - add-mirror, del-mirror, show-mirrors */

#include <errno.h>
#include <string.h>

#include "bridge.h"
#include "conn.h"
#include "dispatch.h"
#include "err.h"
#include "handlers.h"
#include "log.h"
#include "mirror.h"
#include "port.h"
#include "rows.h"
#include "vswitch.h"

static json_t *from_names(const struct mirror *mirror)
{
	json_t *names = json_array();

	if (!mirror->from)
		json_array_append_new(names, json_string("all"));
	for (size_t i = 0; i < mirror->n_from; i++)
		json_array_append_new(names, json_string(mirror->from[i]));
	return names;
}

static json_t *row_mirror(const struct mirror *mirror)
{
	const struct mirror_counters *c = &mirror->counters;
	const char *direction = "both";

	if (!mirror->tx)
		direction = "rx";
	else if (!mirror->rx)
		direction = "tx";

	return json_pack(
		"{s:s, s:o, s:s, s:s, s:s, s:s?, s:o, s:I, s:I, s:I, s:I, s:o}",
		"mirror", mirror->name, "from", from_names(mirror), "direction",
		direction, "to", mirror->to->name, "to_state",
		port_state_name(mirror->to->state), "filter", mirror->filter,
		"snaplen",
		mirror->snaplen ? json_integer(mirror->snaplen) : json_null(),
		"mirrored", (json_int_t)c->mirrored, "bytes",
		(json_int_t)c->bytes, "filtered", (json_int_t)c->filtered,
		"dropped", (json_int_t)mirror_dropped(mirror), "drops",
		row_drops(c->dropped));
}

static void on_mirror_done(struct conn *conn, int code,
			   const struct mirror *mirror, const struct err *err)
{
	dispatch_end(conn, code,
		     code ? NULL
			  : json_pack("{s:i, s:o}", "schema", 1, "mirror",
				      row_mirror(mirror)),
		     err);
}

int handle_mirror_add(struct vswitch *sw, struct conn *conn,
		      struct request *request, json_t **ret_result,
		      struct err *err)
{
	int r = mirrors_add(sw, request->message.params, conn, on_mirror_done,
			    err);

	(void)ret_result;
	request->waiting = r == -EINPROGRESS;
	return r;
}

int handle_mirror_del(struct vswitch *sw, struct conn *conn,
		      struct request *request, json_t **ret_result,
		      struct err *err)
{
	json_t *name = json_object_get(request->message.params, "mirror");
	int r = mirror_del(sw->bridge, json_string_value(name), err);

	(void)conn;
	if (r < 0) {
		err_hint(err, "vswctl show-mirrors lists them");
		return r;
	}

	log_info(LOG_PORT, "mirror %s is removed", json_string_value(name));
	*ret_result = json_pack("{s:i, s:O}", "schema", 1, "mirror", name);
	return 0;
}

int handle_mirror_list(struct vswitch *sw, struct conn *conn,
		       struct request *request, json_t **ret_result,
		       struct err *err)
{
	const struct mirrors *mirrors = sw->bridge->mirrors;
	json_t *rows = json_array();

	(void)conn;
	(void)request;
	(void)err;
	for (size_t i = 0; mirrors && i < MIRRORS_MAX; i++) {
		if (mirrors->slots[i])
			json_array_append_new(rows,
					      row_mirror(mirrors->slots[i]));
	}

	*ret_result = json_pack("{s:i, s:s, s:i, s:o}", "schema", 1, "switch",
				sw->name, "max", MIRRORS_MAX, "mirrors", rows);
	return 0;
}
