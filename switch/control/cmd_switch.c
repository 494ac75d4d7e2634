/* SPDX-License-Identifier: MIT */
/* cmd_switch.c - show-switch */

#include <stdio.h>
#include <unistd.h>

#include "bridge.h"
#include "handlers.h"
#include "port.h"
#include "rows.h"
#include "version.h"
#include "vswitch.h"

int handle_switch_show(struct vswitch *sw, struct conn *conn,
		       struct request *request, json_t **ret_result,
		       struct err *err)
{
	const struct bridge *bridge = sw->bridge;
	const struct server *server = &sw->server;
	char room[64];
	int up = 0;

	(void)conn;
	(void)request;
	(void)err;
	snprintf(room, sizeof(room), "vsw-%s", sw->name);
	for (size_t i = 0; i < bridge->n_ports; i++)
		up += bridge->ports[i]->state == PORT_STATE_UP;

	*ret_result = json_pack(
		"{s:i, s:s, s:s, s:i, s:i, s:I, s:s, s:{s:i, s:i, s:i}, s:o,"
		" s:{s:i, s:i, s:i, s:I}, s:o, s:o}",
		"schema", 1, "switch", sw->name, "version", VSW_VERSION,
		"protocol", SERVER_PROTOCOL, "pid", (int)getpid(), "uptime_ms",
		(json_int_t)((sw->clock.now.us - sw->started.us) / 1000),
		"namespace", room, "ports", "count", (int)bridge->n_ports, "up",
		up, "max", BRIDGE_MAX_PORTS, "fdb", row_fdb(sw->fdb), "clients",
		"count", (int)server->n_conns, "subscribers",
		(int)sw->events.subscribers.n, "max", SERVER_MAX_CLIENTS,
		"refused", (json_int_t)server->refused, "captures",
		captures_show(sw), "totals", row_totals(sw));
	return 0;
}
