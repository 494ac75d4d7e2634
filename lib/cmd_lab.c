/* SPDX-License-Identifier: MIT */
/* cmd_lab.c - the commands about labs that are declared in a file */

#include "cmd_specs.h"

#define LAB_FILE                                                               \
	{                                                                      \
		.name = "file", .type = CMD_ARG_TYPE_TEXT,                     \
		.flags =                                                       \
			CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL | CMD_ARG_LOCAL, \
		.label = "FILE",                                               \
		.help = "lab, see vsw.yaml(5); - is standard input",           \
	}

static const struct cmd_arg apply_args[] = {
	LAB_FILE,
	{
		.name = "lab",
		.type = CMD_ARG_TYPE_LAB,
		.flags = CMD_ARG_WIRE,
		.help = "the lab, unless it comes by a descriptor",
	},
	{
		.name = "dry_run",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "say what would change, and change nothing",
	},
	{
		.name = "prune",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "remove what is not in the lab",
	},
	{
		.name = "confirm",
		.type = CMD_ARG_TYPE_DURATION,
		.label = "TIME",
		.help = "undo it after TIME, unless it is confirmed",
	},
};

static const struct cmd_arg diff_args[] = {
	LAB_FILE,
	{
		.name = "prune",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "what is not in the lab is a difference, too",
	},
};

static const struct cmd_arg confirm_args[] = {
	{
		.name = "abort",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "undo it at once",
	},
};

static const struct cmd_arg save_args[] = {
	{
		.name = "file",
		.type = CMD_ARG_TYPE_TEXT,
		.flags = CMD_ARG_POSITIONAL | CMD_ARG_LOCAL,
		.label = "FILE",
		.help = "where to (default: standard output)",
	},
};

static const struct cmd_arg up_args[] = {
	LAB_FILE,
};

static const struct cmd_arg down_args[] = {
	{
		.name = "lab",
		.type = CMD_ARG_TYPE_TEXT,
		.flags = CMD_ARG_POSITIONAL | CMD_ARG_LOCAL,
		.label = "FILE|NAME",
		.help = "lab, or its switch (default: the only one)",
	},
};

const struct cmd_spec cmd_apply = {
	.id = CMD_APPLY,
	.verb = "apply",
	.method = "lab.apply",
	.help = "make the switch into the lab that a file declares",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(apply_args),
};

const struct cmd_spec cmd_diff = {
	.id = CMD_DIFF,
	.verb = "diff",
	.help = "say what apply would change; exit 7 if anything",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(diff_args),
};

const struct cmd_spec cmd_confirm = {
	.id = CMD_CONFIRM,
	.verb = "confirm",
	.method = "lab.confirm",
	.help = "keep what apply --confirm has changed",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(confirm_args),
};

const struct cmd_spec cmd_save = {
	.id = CMD_SAVE,
	.verb = "save",
	.method = "lab.show",
	.help = "write the running switch as a file for apply",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(save_args),
};

const struct cmd_spec cmd_up = {
	.id = CMD_UP,
	.verb = "up",
	.help = "start a lab, and its switch if it does not run",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(up_args),
};

const struct cmd_spec cmd_down = {
	.id = CMD_DOWN,
	.verb = "down",
	.method = "switch.stop",
	.help = "stop a switch, and remove all that was made for it",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(down_args),
};
