/* SPDX-License-Identifier: MIT */
/* cmd_capture.c - the commands about captures */

#include "cmd_specs.h"

static const char *const directions[] = { "in", "out", "both", NULL };
static const char *const stages[] = { "received", "sent", NULL };

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
	{
		.name = "direction",
		.type = CMD_ARG_TYPE_CHOICE,
		.letter = 'd',
		.label = "WAY",
		.help = "frames that go in, out or both (default)",
		.choices = directions,
	},
	{
		.name = "drops",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "dropped frames only, with the reason as comment",
	},
	{
		.name = "collapse",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "each frame once, and in a comment where it went",
	},
	{
		.name = "as",
		.type = CMD_ARG_TYPE_CHOICE,
		.label = "STAGE",
		.help = "what leaves: as received, or as sent (default)",
		.choices = stages,
	},
	{
		.name = "segment",
		.type = CMD_ARG_TYPE_FLAG,
		.help = "super-frames as the frames a wire would carry",
	},
	{
		.name = "file_size",
		.type = CMD_ARG_TYPE_SIZE,
		.flags = CMD_ARG_LOCAL,
		.letter = 'C',
		.label = "SIZE",
		.help = "begin another file when FILE would exceed SIZE",
	},
	{
		.name = "files",
		.type = CMD_ARG_TYPE_COUNT,
		.flags = CMD_ARG_LOCAL,
		.letter = 'W',
		.label = "FILES",
		.help = "with -C, keep the newest FILES files",
	},
	{
		.name = "for",
		.type = CMD_ARG_TYPE_DURATION,
		.flags = CMD_ARG_LOCAL,
		.label = "TIME",
		.help = "end after TIME: 10s, 5m",
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
