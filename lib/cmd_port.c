/* SPDX-License-Identifier: MIT */
/* cmd_port.c - the commands about ports: attaching, detaching, looking at them */

#include "cmd_specs.h"

static const char *const port_types[] = { "veth", "tap", NULL };

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
		.name = "persist",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "keep the port, and make it again when it can be",
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
	CMD_CURSOR,
};

static const struct cmd_arg gc_args[] = {
	{
		.name = "waiting",
		.type = CMD_ARG_TYPE_DURATION,
		.label = "TIME",
		.help = "also ports that have been waiting for so long",
	},
	{
		.name = "dry_run",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "only say what would be removed",
	},
};

const struct cmd_spec cmd_attach = {
	.id = CMD_ATTACH,
	.verb = "attach",
	.method = "port.attach",
	.help = "join a namespace to the switch",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(attach_args),
};

const struct cmd_spec cmd_detach = {
	.id = CMD_DETACH,
	.verb = "detach",
	.method = "port.detach",
	.help = "remove a port and its cable",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(port_args),
};

const struct cmd_spec cmd_show_ports = {
	.id = CMD_SHOW_PORTS,
	.verb = "show-ports",
	.method = "port.list",
	.help = "list ports: state, what is attached, traffic",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(show_ports_args),
};

const struct cmd_spec cmd_show_port = {
	.id = CMD_SHOW_PORT,
	.verb = "show-port",
	.method = "port.show",
	.help = "show all about one port, drops by reason included",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(port_args),
};

const struct cmd_spec cmd_gc = {
	.id = CMD_GC,
	.verb = "gc",
	.method = "port.gc",
	.help = "remove ports whose namespace or interface is gone",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(gc_args),
};
