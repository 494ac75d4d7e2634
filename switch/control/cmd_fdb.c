/* SPDX-License-Identifier: MIT */
/* cmd_fdb.c - show-fdb, add-fdb, del-fdb, flush-fdb */

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "bridge.h"
#include "conn.h"
#include "err.h"
#include "fdb.h"
#include "handlers.h"
#include "port.h"
#include "rows.h"
#include "vswitch.h"

enum {
	ROWS_PER_PAGE = 12, /* some 80 us: a page is built between frames */
	BUDGET = 8192, /* work for the FDB in one go, see fdb.h */
};

static int find_port(const struct vswitch *sw, const json_t *params,
		     struct port **ret_port, struct err *err)
{
	const char *name = json_string_value(json_object_get(params, "port"));
	struct port *port;

	if (!name)
		return 0;

	port = bridge_find_port(sw->bridge, name);
	if (!port)
		return err_set(err, -ENOENT, "there is no port '%s'", name);

	*ret_port = port;
	return 0;
}

static int take_filter(const struct vswitch *sw, const json_t *params,
		       struct fdb_filter *filter, struct err *err)
{
	const json_t *vlan = json_object_get(params, "vlan");
	const char *mac = json_string_value(json_object_get(params, "mac"));
	const char *type = json_string_value(json_object_get(params, "type"));
	struct port *port = NULL;
	int r = find_port(sw, params, &port, err);

	if (r < 0)
		return r;

	*filter = (struct fdb_filter){ .port = port };
	if (vlan) {
		filter->by_vid = true;
		filter->vid = (uint16_t)json_integer_value(vlan);
	}
	if (mac)
		filter->by_addr = eth_addr_parse(mac, &filter->addr);
	if (type)
		filter->type = strcmp(type, "static") ? FDB_TYPE_DYNAMIC
						      : FDB_TYPE_STATIC;
	return 0;
}

/* The station that add-fdb and del-fdb are about; arguments are checked. */
static void take_station(const json_t *params, struct eth_addr *ret_addr,
			 uint16_t *ret_vid)
{
	eth_addr_parse(json_string_value(json_object_get(params, "mac")),
		       ret_addr);
	*ret_vid =
		(uint16_t)json_integer_value(json_object_get(params, "vlan"));
}

/* One slice of the walk; returns whether the page is complete. */
static bool walk(const struct vswitch *sw, const struct fdb_filter *filter,
		 struct request *request)
{
	const size_t wanted = ROWS_PER_PAGE - json_array_size(request->rows);
	struct fdb_row rows[ROWS_PER_PAGE];
	size_t n = fdb_walk(sw->fdb, filter, sw->clock.now, &request->cursor,
			    rows, wanted, BUDGET);

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
			request->rows,
			row_station(&rows[i], fdb_max_age(sw->fdb)));

	return n == wanted || request->cursor == FDB_CURSOR_END;
}

int handle_fdb_show(struct vswitch *sw, struct conn *conn,
		    struct request *request, json_t **ret_result,
		    struct err *err)
{
	const json_t *params = request->message.params;
	struct fdb_filter filter;
	json_t *next;
	int r = take_filter(sw, params, &filter, err);

	(void)conn;
	if (r < 0)
		return r;

	if (!request->rows) {
		request->rows = json_array();
		request->cursor = (uint64_t)json_integer_value(
			json_object_get(params, "cursor"));
	}

	if (!walk(sw, &filter, request))
		return -EINPROGRESS;

	next = request->cursor == FDB_CURSOR_END
		       ? json_null()
		       : json_integer((json_int_t)request->cursor);
	*ret_result = json_pack("{s:i, s:s, s:o, s:O, s:o}", "schema", 1,
				"switch", sw->name, "fdb", row_fdb(sw->fdb),
				"stations", request->rows, "next", next);
	return 0;
}

int handle_fdb_add(struct vswitch *sw, struct conn *conn,
		   struct request *request, json_t **ret_result,
		   struct err *err)
{
	const json_t *params = request->message.params;
	struct port *port = NULL;
	struct fdb_row row = { .is_static = true };
	int r = find_port(sw, params, &port, err);

	(void)conn;
	if (r < 0)
		return r;

	assert(port); /* required, says the command table */
	take_station(params, &row.addr, &row.vid);
	row.port = port;
	r = fdb_static_add(sw->fdb, row.addr, row.vid, port->fdb_handle,
			   sw->clock.now);
	if (r == -EEXIST)
		return err_set(err, r, "that station is pinned already");
	if (r == -ENOSPC)
		events_limit(&sw->events, EVENTS_LIMIT_STATIONS);
	if (r < 0)
		return err_set(err, r, "cannot pin the station: %s",
			       strerror(-r));

	*ret_result = json_pack("{s:i, s:o}", "schema", 1, "station",
				row_station(&row, fdb_max_age(sw->fdb)));
	return 0;
}

int handle_fdb_del(struct vswitch *sw, struct conn *conn,
		   struct request *request, json_t **ret_result,
		   struct err *err)
{
	struct eth_addr addr = { { 0 } };
	uint16_t vid;
	int r;

	(void)conn;
	take_station(request->message.params, &addr, &vid);
	r = fdb_static_del(sw->fdb, addr, vid);
	if (r < 0) {
		err_set(err, r, "no such station is pinned in VLAN %u", vid);
		err_hint(err, "vswctl show-fdb type=static lists them");
		return r;
	}

	*ret_result = json_pack("{s:i, s:{s:i, s:o}}", "schema", 1, "station",
				"vlan", vid, "mac", row_mac(addr));
	return 0;
}

int handle_fdb_flush(struct vswitch *sw, struct conn *conn,
		     struct request *request, json_t **ret_result,
		     struct err *err)
{
	struct fdb_filter filter;
	int r = take_filter(sw, request->message.params, &filter, err);

	(void)conn;
	if (r < 0)
		return r;

	request->count += fdb_flush(sw->fdb, &filter, &request->cursor, BUDGET);
	datapath_tick(&sw->datapath);
	if (request->cursor != FDB_CURSOR_END)
		return -EINPROGRESS;

	*ret_result = json_pack("{s:i, s:I}", "schema", 1, "flushed",
				(json_int_t)request->count);
	return 0;
}
