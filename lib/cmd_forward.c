/* SPDX-License-Identifier: MIT */
/* cmd_forward.c - the commands about the way of one frame */

#include "cmd_specs.h"

enum {
	N_FRAME_ARGS = 6, /* of explain_args[]: those that make a frame */
};

static const struct cmd_arg explain_args[] = {
	{
		.name = "in",
		.type = CMD_ARG_TYPE_PORT,
		.label = "PORT",
		.help = "port the frame comes in by",
	},
	{
		.name = "src",
		.type = CMD_ARG_TYPE_ADDRESS,
		.label = "MAC",
		.help = "its source",
	},
	{
		.name = "dst",
		.type = CMD_ARG_TYPE_ADDRESS,
		.label = "MAC",
		.help = "its destination",
	},
	{
		.name = "vlan",
		.type = CMD_ARG_TYPE_VLAN,
		.label = "VID",
		.help = "VLAN of its tag (default: 0, untagged)",
	},
	{
		.name = "type",
		.type = CMD_ARG_TYPE_ETHERTYPE,
		.label = "TYPE",
		.help = "its EtherType (default: 0x88b5, experimental)",
	},
	{
		.name = "len",
		.type = CMD_ARG_TYPE_FRAME_LEN,
		.label = "BYTES",
		.help = "its length, header included (default: 60)",
	},
	{
		.name = "last_drop",
		.type = CMD_ARG_TYPE_PORT,
		.label = "PORT",
		.help = "the newest frame that this port has dropped",
	},
	{
		.name = "inject",
		.type = CMD_ARG_TYPE_FLAG,
		.flags = CMD_ARG_LOCAL,
		.help = "send it, and say which ports it left by",
	},
};

const struct cmd_spec cmd_explain = {
	.id = CMD_EXPLAIN,
	.verb = "explain",
	.method = "forward.explain",
	.help = "say what would become of a frame, and why",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(explain_args),
};

const struct cmd_spec cmd_inject = {
	.id = CMD_INJECT,
	.method = "forward.inject",
	.help = "send a frame as if a port had received it",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	.args = explain_args,
	.n_args = N_FRAME_ARGS,
};
