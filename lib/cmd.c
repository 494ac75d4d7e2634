/* SPDX-License-Identifier: MIT */
/* cmd.c - the commands of the switch, declared once */

#include "cmd.h"

#include <string.h>

#include "macros.h"

static const char *const port_types[] = { "veth", "tap", NULL };
static const char *const station_types[] = { "dynamic", "static", NULL };

#define ARG_CURSOR                                                             \
	{                                                                      \
		.name = "cursor", .type = CMD_ARG_TYPE_CURSOR,                 \
		.flags = CMD_ARG_WIRE, .help = "where the page starts",        \
	}

static const struct cmd_arg attach_args[] = {
	{
		.name = "target",
		.type = CMD_ARG_TYPE_TARGET,
		.flags = CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL,
		.label = "TARGET",
		.help = "namespace: a name, a path, pid:N, or host",
	},
	{
		.name = "port",
		.type = CMD_ARG_TYPE_PORT,
		.label = "NAME",
		.help = "name of the port (default: after the namespace)",
	},
	{
		.name = "type",
		.type = CMD_ARG_TYPE_CHOICE,
		.label = "TYPE",
		.help = "kind of cable: veth or tap (default: veth)",
		.choices = port_types,
	},
	{
		.name = "ifname",
		.type = CMD_ARG_TYPE_IFNAME,
		.label = "IFNAME",
		.help = "interface in the namespace (default: eth0)",
	},
	{
		.name = "ip",
		.type = CMD_ARG_TYPE_IFADDR,
		.flags = CMD_ARG_MANY,
		.label = "ADDR/LEN",
		.help = "address of the interface; may be repeated",
	},
	{
		.name = "gateway",
		.type = CMD_ARG_TYPE_IP,
		.flags = CMD_ARG_MANY,
		.label = "ADDR",
		.help = "default route; once for IPv4, once for IPv6",
	},
	{
		.name = "mac",
		.type = CMD_ARG_TYPE_MAC,
		.label = "MAC",
		.help = "address of the interface (default: a random one)",
	},
	{
		.name = "mtu",
		.type = CMD_ARG_TYPE_MTU,
		.label = "BYTES",
		.help = "MTU of the interface (default: 1500)",
	},
	{
		.name = "may_exist",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "be content if the same thing is attached already",
	},
};

static const struct cmd_arg port_args[] = {
	{
		.name = "port",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL,
		.label = "PORT",
		.help = "name of the port",
	},
};

static const struct cmd_arg show_ports_args[] = {
	ARG_CURSOR,
};

static const struct cmd_arg show_fdb_args[] = {
	{
		.name = "port",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_FILTER,
		.label = "PORT",
		.help = "stations on this port",
	},
	{
		.name = "mac",
		.type = CMD_ARG_TYPE_MAC,
		.flags = CMD_ARG_FILTER,
		.label = "MAC",
		.help = "this station, in whatever VLAN",
	},
	{
		.name = "vlan",
		.type = CMD_ARG_TYPE_VLAN,
		.flags = CMD_ARG_FILTER,
		.label = "VID",
		.help = "stations of this VLAN; 0 is untagged",
	},
	{
		.name = "type",
		.type = CMD_ARG_TYPE_CHOICE,
		.flags = CMD_ARG_FILTER,
		.label = "TYPE",
		.help = "dynamic or static stations",
		.choices = station_types,
	},
	ARG_CURSOR,
};

static const struct cmd_arg add_fdb_args[] = {
	{
		.name = "mac",
		.type = CMD_ARG_TYPE_MAC,
		.flags = CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL,
		.label = "MAC",
		.help = "address of the station",
	},
	{
		.name = "port",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL,
		.label = "PORT",
		.help = "port it is reached by",
	},
	{
		.name = "vlan",
		.type = CMD_ARG_TYPE_VLAN,
		.label = "VID",
		.help = "VLAN (default: 0, untagged)",
	},
};

static const struct cmd_arg del_fdb_args[] = {
	{
		.name = "mac",
		.type = CMD_ARG_TYPE_MAC,
		.flags = CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL,
		.label = "MAC",
		.help = "address of the station",
	},
	{
		.name = "vlan",
		.type = CMD_ARG_TYPE_VLAN,
		.label = "VID",
		.help = "VLAN (default: 0, untagged)",
	},
};

static const struct cmd_arg flush_fdb_args[] = {
	{
		.name = "port",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_FILTER,
		.label = "PORT",
		.help = "only stations on this port",
	},
	{
		.name = "mac",
		.type = CMD_ARG_TYPE_MAC,
		.flags = CMD_ARG_FILTER,
		.label = "MAC",
		.help = "only this station, in whatever VLAN",
	},
	{
		.name = "vlan",
		.type = CMD_ARG_TYPE_VLAN,
		.flags = CMD_ARG_FILTER,
		.label = "VID",
		.help = "only stations of this VLAN; 0 is untagged",
	},
};

static const struct cmd_arg capture_args[] = {
	{
		.name = "ports",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_POSITIONAL | CMD_ARG_MANY,
		.label = "PORT",
		.help = "ports to listen on (default: all)",
	},
	{
		.name = "filter",
		.type = CMD_ARG_TYPE_TEXT,
		.letter = 'f',
		.label = "FILTER",
		.help = "frames that match this libpcap filter",
	},
	{
		.name = "bpf",
		.type = CMD_ARG_TYPE_BPF,
		.flags = CMD_ARG_WIRE,
		.help = "the filter, compiled for Ethernet",
	},
	{
		.name = "write",
		.type = CMD_ARG_TYPE_TEXT,
		.flags = CMD_ARG_LOCAL,
		.letter = 'w',
		.label = "FILE",
		.help = "write pcapng to FILE; - is standard output",
	},
	{
		.name = "count",
		.type = CMD_ARG_TYPE_COUNT,
		.letter = 'c',
		.label = "COUNT",
		.help = "end after COUNT frames",
	},
	{
		.name = "snaplen",
		.type = CMD_ARG_TYPE_SIZE,
		.letter = 's',
		.label = "BYTES",
		.help = "keep the first BYTES of each frame (default: all)",
	},
};

static const struct cmd_arg stop_capture_args[] = {
	{
		.name = "capture",
		.type = CMD_ARG_TYPE_COUNT,
		.flags = CMD_ARG_REQUIRED,
		.help = "number of the capture, as its start answered",
	},
};

static const struct cmd_arg help_args[] = {
	{
		.name = "command",
		.type = CMD_ARG_TYPE_TEXT,
		.flags = CMD_ARG_POSITIONAL | CMD_ARG_LOCAL,
		.label = "COMMAND",
		.help = "command to explain",
	},
};

/* One entry: a verb, its method, its arguments. */
#define ARGS(array) .args = (array), .n_args = ARRAY_SIZE(array)

const struct cmd_spec cmd_specs[CMD_COUNT] = {
	[CMD_ATTACH] = {
		.verb = "attach",
		.method = "port.attach",
		.help = "join a namespace to the switch",
		.access = CMD_ACCESS_WRITE,
		.since = 1,
		ARGS(attach_args),
	},
	[CMD_DETACH] = {
		.verb = "detach",
		.method = "port.detach",
		.help = "remove a port and its cable",
		.access = CMD_ACCESS_WRITE,
		.since = 1,
		ARGS(port_args),
	},
	[CMD_SHOW_PORTS] = {
		.verb = "show-ports",
		.method = "port.list",
		.help = "list ports: state, what is attached, traffic",
		.access = CMD_ACCESS_READ,
		.since = 1,
		ARGS(show_ports_args),
	},
	[CMD_SHOW_PORT] = {
		.verb = "show-port",
		.method = "port.show",
		.help = "show all about one port, drops by reason included",
		.access = CMD_ACCESS_READ,
		.since = 1,
		ARGS(port_args),
	},
	[CMD_SHOW_FDB] = {
		.verb = "show-fdb",
		.method = "fdb.show",
		.help = "list the stations the switch knows",
		.access = CMD_ACCESS_READ,
		.since = 1,
		ARGS(show_fdb_args),
	},
	[CMD_ADD_FDB] = {
		.verb = "add-fdb",
		.method = "fdb.add",
		.help = "pin a station to a port",
		.access = CMD_ACCESS_WRITE,
		.since = 1,
		ARGS(add_fdb_args),
	},
	[CMD_DEL_FDB] = {
		.verb = "del-fdb",
		.method = "fdb.del",
		.help = "remove a pinned station",
		.access = CMD_ACCESS_WRITE,
		.since = 1,
		ARGS(del_fdb_args),
	},
	[CMD_FLUSH_FDB] = {
		.verb = "flush-fdb",
		.method = "fdb.flush",
		.help = "forget learned stations: all, or those that match",
		.access = CMD_ACCESS_WRITE,
		.since = 1,
		ARGS(flush_fdb_args),
	},
	[CMD_SHOW_SWITCH] = {
		.verb = "show-switch",
		.method = "switch.show",
		.help = "show the switch: limits, totals, captures",
		.access = CMD_ACCESS_READ,
		.since = 1,
	},
	[CMD_CAPTURE] = {
		.verb = "capture",
		.method = "capture.start",
		.help = "record frames, for people or as pcapng",
		.access = CMD_ACCESS_WRITE,
		.since = 1,
		ARGS(capture_args),
	},
	[CMD_STOP_CAPTURE] = {
		.method = "capture.stop",
		.help = "end a capture of this connection",
		.access = CMD_ACCESS_WRITE,
		.since = 1,
		ARGS(stop_capture_args),
	},
	[CMD_VERSION] = {
		.verb = "version",
		.help = "print the versions of client and switch",
		.access = CMD_ACCESS_READ,
		.since = 1,
	},
	[CMD_HELP] = {
		.verb = "help",
		.help = "explain the commands, or one of them",
		.access = CMD_ACCESS_READ,
		.since = 1,
		ARGS(help_args),
	},
};

/**
 * cmd_find_verb() - Look a command up by what is typed
 * @verb:	"show-fdb"
 *
 * Return: the command, or NULL if there is none of that name
 */
const struct cmd_spec *cmd_find_verb(const char *verb)
{
	for (size_t i = 0; i < CMD_COUNT; i++) {
		if (cmd_specs[i].verb && !strcmp(cmd_specs[i].verb, verb))
			return &cmd_specs[i];
	}

	return NULL;
}

/**
 * cmd_find_method() - Look a command up by what is sent
 * @method:	"fdb.show"
 *
 * Return: the command, or NULL if there is none of that name
 */
const struct cmd_spec *cmd_find_method(const char *method)
{
	for (size_t i = 0; i < CMD_COUNT; i++) {
		if (cmd_specs[i].method && !strcmp(cmd_specs[i].method, method))
			return &cmd_specs[i];
	}

	return NULL;
}

/**
 * cmd_find_arg() - Look an argument of a command up
 * @spec:	Command
 * @name:	Key of the argument in a request
 *
 * Return: the argument, or NULL if the command has none of that name
 */
const struct cmd_arg *cmd_find_arg(const struct cmd_spec *spec,
				   const char *name)
{
	for (size_t i = 0; i < spec->n_args; i++) {
		if (!strcmp(spec->args[i].name, name))
			return &spec->args[i];
	}

	return NULL;
}
