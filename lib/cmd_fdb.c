/* SPDX-License-Identifier: MIT */
/* cmd_fdb.c - the commands about stations */

#include "cmd_specs.h"

static const char *const station_types[] = { "dynamic", "static", NULL };

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
	CMD_CURSOR,
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

const struct cmd_spec cmd_show_fdb = {
	.id = CMD_SHOW_FDB,
	.verb = "show-fdb",
	.method = "fdb.show",
	.help = "list the stations the switch knows",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(show_fdb_args),
};

const struct cmd_spec cmd_add_fdb = {
	.id = CMD_ADD_FDB,
	.verb = "add-fdb",
	.method = "fdb.add",
	.help = "pin a station to a port",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(add_fdb_args),
};

const struct cmd_spec cmd_del_fdb = {
	.id = CMD_DEL_FDB,
	.verb = "del-fdb",
	.method = "fdb.del",
	.help = "remove a pinned station",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(del_fdb_args),
};

const struct cmd_spec cmd_flush_fdb = {
	.id = CMD_FLUSH_FDB,
	.verb = "flush-fdb",
	.method = "fdb.flush",
	.help = "forget learned stations: all, or those that match",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(flush_fdb_args),
};
