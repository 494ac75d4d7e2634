/* SPDX-License-Identifier: MIT */
/* cmd_switch.c - the commands about the switch, and the client's own */

#include "cmd_specs.h"

static const struct cmd_arg help_args[] = {
	{
		.name = "command",
		.type = CMD_ARG_TYPE_TEXT,
		.flags = CMD_ARG_POSITIONAL | CMD_ARG_LOCAL,
		.label = "COMMAND",
		.help = "command to explain",
	},
};

const struct cmd_spec cmd_show_switch = {
	.id = CMD_SHOW_SWITCH,
	.verb = "show-switch",
	.method = "switch.show",
	.help = "show the switch: limits, totals, captures",
	.access = CMD_ACCESS_READ,
	.since = 1,
};

const struct cmd_spec cmd_doctor = {
	.id = CMD_DOCTOR,
	.verb = "doctor",
	.help = "check machine and switches, and say what helps",
	.access = CMD_ACCESS_READ,
	.since = 1,
};

const struct cmd_spec cmd_version = {
	.id = CMD_VERSION,
	.verb = "version",
	.help = "print the versions of client and switch",
	.access = CMD_ACCESS_READ,
	.since = 1,
};

const struct cmd_spec cmd_help = {
	.id = CMD_HELP,
	.verb = "help",
	.help = "explain the commands, or one of them",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(help_args),
};
