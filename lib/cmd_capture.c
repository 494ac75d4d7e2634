/* SPDX-License-Identifier: MIT */
/* cmd_capture.c - the commands about captures */

#include "cmd_specs.h"

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

const struct cmd_spec cmd_capture = {
	.id = CMD_CAPTURE,
	.verb = "capture",
	.method = "capture.start",
	.help = "record frames, for people or as pcapng",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(capture_args),
};

const struct cmd_spec cmd_stop_capture = {
	.id = CMD_STOP_CAPTURE,
	.method = "capture.stop",
	.help = "end a capture of this connection",
	.access = CMD_ACCESS_WRITE,
	.since = 1,
	CMD_ARGS(stop_capture_args),
};
