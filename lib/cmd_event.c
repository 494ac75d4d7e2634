/* SPDX-License-Identifier: MIT */
/* cmd_event.c - the commands about events, and about waiting for them */

#include "cmd_specs.h"

static const char *const port_states[] = {
	"up",     "down",     "gone",     "moved", "waiting",
	"failed", "attached", "detached", NULL,
};

#define SINCE                                                                  \
	{                                                                      \
		.name = "since", .type = CMD_ARG_TYPE_TEXT, .label = "SEQ",    \
		.help = "what happened after event SEQ, too",                  \
	}

#define WITHIN(text)                                                           \
	{                                                                      \
		.name = "within", .type = CMD_ARG_TYPE_DURATION,               \
		.flags = CMD_ARG_LOCAL, .label = "TIME", .help = (text),       \
	}

static const struct cmd_arg monitor_args[] = {
	SINCE,
	{
		.name = "until",
		.type = CMD_ARG_TYPE_TEXT,
		.flags = CMD_ARG_LOCAL,
		.label = "EXPR",
		.help = "end when EXPR is true, as in: 'port web up'",
	},
	{
		.name = "for",
		.type = CMD_ARG_TYPE_DURATION,
		.flags = CMD_ARG_LOCAL,
		.label = "TIME",
		.help = "end after TIME",
	},
};

static const struct cmd_arg list_events_args[] = {
	SINCE,
	{
		.name = "limit",
		.type = CMD_ARG_TYPE_COUNT,
		.label = "COUNT",
		.help = "at most so many",
	},
};

static const struct cmd_arg expect_args[] = {
	{
		.name = "expr",
		.type = CMD_ARG_TYPE_TEXT,
		.flags = CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL | CMD_ARG_MANY |
			 CMD_ARG_LOCAL,
		.label = "EXPR",
		.help = "what has to be true, as in: 'port web up'",
	},
	WITHIN("wait so long for it (default: don't wait)"),
};

static const struct cmd_arg wait_port_args[] = {
	{
		.name = "port",
		.type = CMD_ARG_TYPE_PORT,
		.flags = CMD_ARG_REQUIRED | CMD_ARG_POSITIONAL | CMD_ARG_LOCAL,
		.label = "PORT",
		.help = "name of the port, which need not be there yet",
	},
	{
		.name = "state",
		.type = CMD_ARG_TYPE_CHOICE,
		.flags = CMD_ARG_LOCAL,
		.label = "STATE",
		.help = "what to wait for (default: up)",
		.choices = port_states,
	},
	WITHIN("wait no longer than this (default: 30s)"),
};

const struct cmd_spec cmd_monitor = {
	.id = CMD_MONITOR,
	.verb = "monitor",
	.method = "event.subscribe",
	.help = "show events as they happen",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(monitor_args),
};

const struct cmd_spec cmd_list_events = {
	.id = CMD_LIST_EVENTS,
	.method = "event.list",
	.help = "what has happened so far",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(list_events_args),
};

const struct cmd_spec cmd_expect = {
	.id = CMD_EXPECT,
	.verb = "expect",
	.help = "check that something is true, or becomes true in time",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(expect_args),
};

const struct cmd_spec cmd_wait_port = {
	.id = CMD_WAIT_PORT,
	.verb = "wait-port",
	.help = "wait until a port is up, or in another state",
	.access = CMD_ACCESS_READ,
	.since = 1,
	CMD_ARGS(wait_port_args),
};
