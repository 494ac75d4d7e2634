/* SPDX-License-Identifier: MIT */
/* rows.c - ports, stations and counters as the protocol shows them */

#include "rows.h"

#include <stdint.h>
#include <stdio.h>

#include "attach.h"
#include "bridge.h"
#include "cidr.h"
#include "drop.h"
#include "fdb.h"
#include "macros.h"
#include "mirror.h"
#include "plan.h"
#include "port.h"
#include "vswitch.h"

/**
 * row_number() - A counter, or another number that is not negative
 * @value:	Number
 *
 * Return: it
 */
json_t *row_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *milliseconds(mtime_t time)
{
	return row_number(time.us / 1000);
}

/**
 * row_drops() - How many frames were dropped, for which reasons
 * @dropped:	A counter for each reason
 *
 * For people every reason is not a page: those that have happened.
 *
 * Return: an object
 */
json_t *row_drops(const uint64_t dropped[DROP_COUNT])
{
	json_t *object = json_object();

	for (int i = 0; i < DROP_COUNT; i++) {
		if (dropped[i])
			json_object_set_new(object,
					    drop_name((enum drop_reason)i),
					    row_number(dropped[i]));
	}

	return object;
}

static json_t *offloads(unsigned set)
{
	static const struct {
		enum port_offload bit;
		const char *name;
	} names[] = {
		{ PORT_OFFLOAD_CSUM, "csum" }, { PORT_OFFLOAD_TSO4, "tso4" },
		{ PORT_OFFLOAD_TSO6, "tso6" }, { PORT_OFFLOAD_ECN, "ecn" },
		{ PORT_OFFLOAD_USO, "uso" },   { PORT_OFFLOAD_BIG4, "big4" },
		{ PORT_OFFLOAD_BIG6, "big6" },
	};
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (set & names[i].bit)
			json_array_append_new(array,
					      json_string(names[i].name));
	}

	return array;
}

static json_t *received(uint64_t frames, uint64_t bytes, uint64_t forwarded,
			uint64_t dropped, uint64_t missed)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "frames",
			 row_number(frames), "bytes", row_number(bytes),
			 "forwarded", row_number(forwarded), "dropped",
			 row_number(dropped), "missed", row_number(missed));
}

static json_t *sent(uint64_t frames, uint64_t bytes, uint64_t dropped)
{
	return json_pack("{s:o, s:o, s:o}", "frames", row_number(frames),
			 "bytes", row_number(bytes), "dropped",
			 row_number(dropped));
}

static mtime_t since(const struct vswitch *sw, mtime_t then)
{
	return (mtime_t){ sw->clock.now.us - then.us };
}

/**
 * row_mac() - An address
 * @addr:	Address
 *
 * Return: a string
 */
json_t *row_mac(struct eth_addr addr)
{
	char text[ETH_ADDR_TEXT_SIZE];

	eth_addr_format(addr, text);
	return json_string(text);
}

/* What was not asked for is null, whatever the port has in its stead. */
static json_t *asked(const struct plan *plan)
{
	json_t *ip = json_array(), *gateway = json_array();

	for (size_t i = 0; i < plan->n_addresses; i++) {
		char text[CIDR_TEXT_SIZE];

		cidr_format(&plan->addresses[i], text);
		json_array_append_new(ip, json_string(text));
	}

	for (size_t i = 0; i < plan->n_gateways; i++) {
		char text[IP_TEXT_SIZE];

		ip_format(&plan->gateways[i], text);
		json_array_append_new(gateway, json_string(text));
	}

	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "ifname", plan->ifname,
			 "ip", ip, "gateway", gateway, "mac",
			 plan->has_mac ? row_mac(plan->mac) : json_null(),
			 "mtu",
			 plan->mtu ? json_integer(plan->mtu) : json_null());
}

static void add_details(const struct vswitch *sw, const struct port *port,
			json_t *row)
{
	const struct attachment *attachment = port->owner;
	const struct mirror *mirror = mirror_of_port(sw->bridge, port);
	char room[64];

	snprintf(room, sizeof(room), "vsw-%s", sw->name);
	json_object_set_new(row, "namespace", json_string(room));
	json_object_set_new(row, "host_ifname",
			    attachment->plan->kind == CABLE_VETH
				    ? json_string(port->name)
				    : json_null());
	json_object_set_new(row, "mirror",
			    mirror ? json_string(mirror->name) : json_null());
	json_object_set_new(row, "offloads", offloads(port->offloads));
	json_object_set_new(json_object_get(row, "received"), "drops",
			    row_drops(port->counters.rx_dropped));
	json_object_set_new(json_object_get(row, "sent"), "drops",
			    row_drops(port->counters.tx_dropped));
}

/**
 * row_port() - A port
 * @sw:		Switch
 * @port:	Port of it; frames missed since last time are counted first
 * @details:	Whether to include what port.show has and port.list has not
 *
 * Return: an object
 */
json_t *row_port(const struct vswitch *sw, struct port *port, bool details)
{
	const struct attachment *attachment = port->owner;
	const struct port_counters *c = &port->counters;
	const struct eth_addr mac =
		port->fd >= 0 ? attachment->cable.mac : attachment->mac;
	json_t *row;

	port_count_missed(port, sw->clock.wall_ns);
	row = json_pack(
		"{s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:i, s:o, s:o, s:o}",
		"port", port->name, "state", port_state_name(port->state),
		"state_ms", milliseconds(since(sw, port->state_since)), "type",
		port->ops->kind, "target", attachment->plan->target,
		"attached_to", attachment->target_words, "ifname",
		attachment->ifname, "mac", row_mac(mac), "mtu", (int)port->mtu,
		"stations",
		row_number(fdb_port_count(sw->fdb, port->fdb_handle)),
		"received",
		received(c->rx_frames, c->rx_bytes, c->rx_forwarded,
			 port_rx_dropped(port), c->rx_missed),
		"sent", sent(c->tx_frames, c->tx_bytes, port_tx_dropped(port)));
	if (!row)
		return NULL;

	json_object_set_new(row, "persist",
			    json_boolean(attachment->plan->persist));
	json_object_set_new(row, "asked", asked(attachment->plan));
	keeper_describe(attachment, row);
	if (details)
		add_details(sw, port, row);

	return row;
}

/**
 * row_station() - A station
 * @row:	As the FDB shows it
 * @max_age:	When a silent one is forgotten
 *
 * Return: an object
 */
json_t *row_station(const struct fdb_row *row, mtime_t max_age)
{
	const struct attachment *attachment = row->port->owner;
	const mtime_t ttl = { max_age.us > row->age.us
				      ? max_age.us - row->age.us
				      : 0 };

	return json_pack(
		"{s:i, s:o, s:s, s:s, s:s, s:o, s:o, s:i}", "vlan", row->vid,
		"mac", row_mac(row->addr), "type",
		row->is_static ? "static" : "dynamic", "port", row->port->name,
		"target", attachment->plan->target, "age_ms",
		row->is_static ? json_null() : milliseconds(row->age), "ttl_ms",
		row->is_static ? json_null() : milliseconds(ttl), "moves",
		(int)row->n_moves);
}

/**
 * row_fdb() - The FDB: counts, limits, counters
 * @fdb:	FDB
 *
 * Return: an object
 */
json_t *row_fdb(const struct fdb *fdb)
{
	const struct fdb_counters *counters = fdb_counters(fdb);
	const struct fdb_counts counts = fdb_counts(fdb);

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "dynamic", row_number(counts.n_dynamic), "static",
			 row_number(counts.n_static), "max",
			 row_number(counts.max_entries), "ageing_ms",
			 milliseconds(fdb_max_age(fdb)), "learned",
			 row_number(counters->learned), "moved",
			 row_number(counters->moved), "aged",
			 row_number(counters->aged), "evicted",
			 row_number(counters->evicted), "refused",
			 row_number(counters->refused));
}

/**
 * row_totals() - What all ports together have carried
 * @sw:		Switch
 *
 * Return: an object
 */
json_t *row_totals(const struct vswitch *sw)
{
	uint64_t rx_dropped = 0, tx_dropped = 0;
	struct port_counters sum = { 0 };

	for (size_t i = 0; i < sw->bridge->n_ports; i++) {
		const struct port *port = sw->bridge->ports[i];
		const struct port_counters *c = &port->counters;

		sum.rx_frames += c->rx_frames;
		sum.rx_bytes += c->rx_bytes;
		sum.rx_forwarded += c->rx_forwarded;
		sum.rx_missed += c->rx_missed;
		sum.tx_frames += c->tx_frames;
		sum.tx_bytes += c->tx_bytes;
		rx_dropped += port_rx_dropped(port);
		tx_dropped += port_tx_dropped(port);
	}

	return json_pack("{s:o, s:o}", "received",
			 received(sum.rx_frames, sum.rx_bytes, sum.rx_forwarded,
				  rx_dropped, sum.rx_missed),
			 "sent", sent(sum.tx_frames, sum.tx_bytes, tx_dropped));
}
