/* SPDX-License-Identifier: MIT */
/* cmd_mirror.c - the commands about mirrors */

#include "cmd_specs.h"

static const char *const directions[] = { "rx", "tx", "both", NULL };

static const struct cmd_arg add_mirror_args[] = {
	{
		.name = "mirror",
		.type = CMD_ARG_TYPE_PORT, /* the same makes a good name */
		.flags = CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL,
		.label = "NAME",
		.help = "name of the mirror",
	},
	{
		.name = "from",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_REQUIRED | CMD_ARG_MANY | CMD_ARG_COMMAS,
		.label = "PORT,...",
		.help = "ports whose frames are copied; all for every port",
	},
	{
		.name = "to",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_REQUIRED,
		.label = "PORT",
		.help = "port that carries the copies, and nothing else",
	},
	{
		.name = "direction",
		.type = CMD_ARG_TYPE_CHOICE,
		.label = "WHICH",
		.help = "what they receive, send, or both: rx, tx, both",
		.choices = directions,
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
		.name = "snaplen",
		.type = CMD_ARG_TYPE_SIZE,
		.letter = 's',
		.label = "BYTES",
		.help = "cut copies that are longer (default: none is)",
	},
};

static const struct cmd_arg del_mirror_args[] = {
	{
		.name = "mirror",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL,
		.label = "NAME",
		.help = "name of the mirror",
	},
};

const struct cmd_spec cmd_add_mirror = {
	.id = CMD_ADD_MIRROR,
	.verb = "add-mirror",
	.method = "mirror.add",
	.help = "copy what some ports carry to another port",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(add_mirror_args),
};

const struct cmd_spec cmd_del_mirror = {
	.id = CMD_DEL_MIRROR,
	.verb = "del-mirror",
	.method = "mirror.del",
	.help = "remove a mirror",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(del_mirror_args),
};

const struct cmd_spec cmd_show_mirrors = {
	.id = CMD_SHOW_MIRRORS,
	.verb = "show-mirrors",
	.method = "mirror.list",
	.help = "list mirrors, and what they copied and lost",
	.access = CMD_ACCESS_READ,
	.since = 1,
};
