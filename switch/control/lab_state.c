/* SPDX-License-Identifier: MIT */
/* lab_state.c - the lab that a running switch is */

#include <string.h>

#include "attach.h"
#include "bridge.h"
#include "cidr.h"
#include "fdb.h"
#include "lab.h"
#include "labs.h"
#include "pin.h"
#include "plan.h"
#include "port.h"
#include "rows.h"
#include "vswitch.h"

enum {
	ROWS_AT_ONCE = 256,
};

static json_t *addresses_of(const struct plan *plan)
{
	json_t *list = json_array();
	char text[CIDR_TEXT_SIZE];

	for (size_t i = 0; i < plan->n_addresses; i++) {
		cidr_format(&plan->addresses[i], text);
		json_array_append_new(list, json_string(text));
	}

	return list;
}

static json_t *gateways_of(const struct plan *plan)
{
	json_t *list = json_array();
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < plan->n_gateways; i++) {
		ip_format(&plan->gateways[i], text);
		json_array_append_new(list, json_string(text));
	}

	return list;
}

/* How it is by now, where the kernel tells us; else as it was asked for. */
static json_t *port_state(const struct port *port)
{
	const struct attachment *attachment = port->owner;
	const struct plan *plan = attachment->plan;
	json_t *row = json_pack(
		"{s:o, s:s, s:s, s:o, s:o, s:o, s:i, s:b}", "attach",
		lab_attach(plan->target), "type", port->ops->kind, "ifname",
		attachment->ifname, "ip", addresses_of(plan), "gateway",
		gateways_of(plan), "mac", row_mac(attachment->mac), "mtu",
		(int)port->mtu, "persist", plan->persist);

	if (!plan->has_mac)
		json_object_set_new(row, "random_mac", json_true());
	if (port->state == PORT_STATE_GONE)
		json_object_set_new(row, "gone", json_true());
	return row;
}

/* What is gone is only a memory: in the way, but nothing to be proud of. */
static bool counts(const struct port *port, bool is_for_diff)
{
	return is_for_diff || port->state != PORT_STATE_GONE;
}

static json_t *ports_state(const struct bridge *bridge, bool is_for_diff)
{
	json_t *ports = json_object();

	for (size_t i = 0; i < bridge->n_ports; i++) {
		if (counts(bridge->ports[i], is_for_diff))
			json_object_set_new(ports, bridge->ports[i]->name,
					    port_state(bridge->ports[i]));
	}
	return ports;
}

static json_t *stations_state(const struct vswitch *sw, bool is_for_diff)
{
	const struct fdb_filter filter = { .type = FDB_TYPE_STATIC };
	struct fdb_row rows[ROWS_AT_ONCE];
	uint64_t cursor = FDB_CURSOR_START;
	json_t *stations = json_array();

	while (cursor != FDB_CURSOR_END) {
		size_t n = fdb_walk(sw->fdb, &filter, sw->clock.now, &cursor,
				    rows, ROWS_AT_ONCE, SIZE_MAX);

		for (size_t i = 0; i < n; i++) {
			if (!counts(rows[i].port, is_for_diff))
				continue;
			json_array_append_new(
				stations,
				json_pack("{s:o, s:i, s:s}", "mac",
					  row_mac(rows[i].addr), "vlan",
					  (int)rows[i].vid, "port",
					  rows[i].port->name));
		}
	}

	return stations;
}

/* Those that exist, of those that are wanted; of the others those we made. */
static json_t *namespaces_for_diff(const struct labs *labs, const json_t *want)
{
	json_t *list = json_array(), *wanted = json_object();
	const char *name;
	json_t *value;
	size_t i;

	json_array_foreach(json_object_get(want, "namespaces"), i, value)
	{
		name = json_string_value(value);
		json_object_set_new(wanted, name, json_true());
		if (pin_inode(name))
			json_array_append(list, value);
	}
	json_object_foreach(labs->namespaces, name, value)
	{
		const ino_t ino = (ino_t)json_integer_value(value);

		if (!json_object_get(wanted, name) && ino &&
		    pin_inode(name) == ino)
			json_array_append_new(list, json_string(name));
	}
	json_decref(wanted);
	return list;
}

static json_t *namespaces_declared(const struct labs *labs)
{
	json_t *list = json_array(), *value;
	const char *name;

	json_object_foreach(labs->namespaces, name, value)
		json_array_append_new(list, json_string(name));
	return list;
}

/**
 * lab_state() - Which lab is this?
 * @labs:	Labs of the switch
 * @want:	What it is to become, for lab_diff(); NULL: just show it, with
 *		every namespace that was declared
 *
 * Return: a completed lab, a new reference, or NULL if memory ran out. Ports
 * have in addition "random_mac" and "gone", where they are
 */
json_t *lab_state(const struct labs *labs, const json_t *want)
{
	const struct vswitch *sw = labs->sw;

	return json_pack("{s:{s:s, s:o}, s:o, s:o, s:o}", "switch", "name",
			 sw->name, "ageing", lab_ageing(fdb_max_age(sw->fdb)),
			 "namespaces",
			 want ? namespaces_for_diff(labs, want)
			      : namespaces_declared(labs),
			 "ports", ports_state(sw->bridge, want), "stations",
			 stations_state(sw, want));
}
