/* SPDX-License-Identifier: MIT */
/* cmd_drop.c - the commands about frames that went no further */

#include "cmd_specs.h"

static const struct cmd_arg show_drops_args[] = {
	{
		.name = "port",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_POSITIONAL,
		.label = "PORT",
		.help = "only those of this port",
	},
	CMD_CURSOR,
};

const struct cmd_spec cmd_show_drops = {
	.id = CMD_SHOW_DROPS,
	.verb = "show-drops",
	.method = "drop.list",
	.help = "say which frames were dropped, and why",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(show_drops_args),
};
