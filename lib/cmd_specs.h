/* SPDX-License-Identifier: MIT */
/*
 * cmd_specs.h - one declaration a command, for the table in cmd.c
 *
 * A file for each subject (cmd_port.c, cmd_fdb.c, ...) defines its commands
 * and their arguments.
 */
#ifndef CMD_SPECS_H
#define CMD_SPECS_H

#include "cmd.h"
#include "macros.h"

/* What every listing takes that comes in pages. */
#define CMD_CURSOR                                                             \
	{                                                                      \
		.name = "cursor", .type = CMD_ARG_TYPE_CURSOR,                 \
		.flags = CMD_ARG_WIRE, .help = "where the page starts",        \
	}

/* The arguments of a command. */
#define CMD_ARGS(array) .args = (array), .n_args = ARRAY_SIZE(array)

extern const struct cmd_spec cmd_attach, cmd_detach, cmd_show_ports,
	cmd_show_port, cmd_gc, cmd_show_fdb, cmd_add_fdb, cmd_del_fdb,
	cmd_flush_fdb, cmd_show_switch, cmd_capture, cmd_stop_capture,
	cmd_monitor, cmd_list_events, cmd_expect, cmd_wait_port, cmd_show_drops,
	cmd_explain, cmd_inject, cmd_add_mirror, cmd_del_mirror,
	cmd_show_mirrors, cmd_doctor, cmd_apply, cmd_diff, cmd_confirm,
	cmd_save, cmd_up, cmd_down, cmd_version, cmd_help;

#endif /* CMD_SPECS_H */
