/* SPDX-License-Identifier: MIT */
/* cmd.c - the table of all commands, and looking them up */

#include "cmd.h"

#include <string.h>

#include "cmd_specs.h"

const struct cmd_spec *const cmd_specs[CMD_COUNT] = {
	[CMD_ATTACH] = &cmd_attach,
	[CMD_DETACH] = &cmd_detach,
	[CMD_SHOW_PORTS] = &cmd_show_ports,
	[CMD_SHOW_PORT] = &cmd_show_port,
	[CMD_GC] = &cmd_gc,
	[CMD_SHOW_FDB] = &cmd_show_fdb,
	[CMD_ADD_FDB] = &cmd_add_fdb,
	[CMD_DEL_FDB] = &cmd_del_fdb,
	[CMD_FLUSH_FDB] = &cmd_flush_fdb,
	[CMD_SHOW_SWITCH] = &cmd_show_switch,
	[CMD_CAPTURE] = &cmd_capture,
	[CMD_STOP_CAPTURE] = &cmd_stop_capture,
	[CMD_MONITOR] = &cmd_monitor,
	[CMD_LIST_EVENTS] = &cmd_list_events,
	[CMD_EXPECT] = &cmd_expect,
	[CMD_WAIT_PORT] = &cmd_wait_port,
	[CMD_SHOW_DROPS] = &cmd_show_drops,
	[CMD_EXPLAIN] = &cmd_explain,
	[CMD_INJECT] = &cmd_inject,
	[CMD_ADD_MIRROR] = &cmd_add_mirror,
	[CMD_DEL_MIRROR] = &cmd_del_mirror,
	[CMD_SHOW_MIRRORS] = &cmd_show_mirrors,
	[CMD_DOCTOR] = &cmd_doctor,
	[CMD_APPLY] = &cmd_apply,
	[CMD_DIFF] = &cmd_diff,
	[CMD_CONFIRM] = &cmd_confirm,
	[CMD_SAVE] = &cmd_save,
	[CMD_UP] = &cmd_up,
	[CMD_DOWN] = &cmd_down,
	[CMD_VERSION] = &cmd_version,
	[CMD_HELP] = &cmd_help,
};

/**
 * cmd_find_verb() - Look a command up by what is typed
 * @verb:	"show-fdb"
 *
 * Return: the command, or NULL if there is none of that name
 */
const struct cmd_spec *cmd_find_verb(const char *verb)
{
	for (size_t i = 0; i < CMD_COUNT; i++) {
		if (cmd_specs[i]->verb && !strcmp(cmd_specs[i]->verb, verb))
			return cmd_specs[i];
	}

	return NULL;
}

/**
 * cmd_find_method() - Look a command up by what is sent
 * @method:	"fdb.show"
 *
 * Return: the command, or NULL if there is none of that name
 */
const struct cmd_spec *cmd_find_method(const char *method)
{
	for (size_t i = 0; i < CMD_COUNT; i++) {
		if (cmd_specs[i]->method &&
		    !strcmp(cmd_specs[i]->method, method))
			return cmd_specs[i];
	}

	return NULL;
}

/**
 * cmd_find_arg() - Look an argument of a command up
 * @spec:	Command
 * @name:	Key of the argument in a request
 *
 * Return: the argument, or NULL if the command has none of that name
 */
const struct cmd_arg *cmd_find_arg(const struct cmd_spec *spec,
				   const char *name)
{
	for (size_t i = 0; i < spec->n_args; i++) {
		if (!strcmp(spec->args[i].name, name))
			return &spec->args[i];
	}

	return NULL;
}
