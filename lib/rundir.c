/* SPDX-License-Identifier: MIT */
/* rundir.c - where switches keep their sockets and locks */

#include "rundir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * rundir() - The folder of the sockets
 *
 * Return: $VSW_RUNDIR where it is set, which tests do, else /run/vsw
 */
const char *rundir(void)
{
	const char *dir = getenv("VSW_RUNDIR");

	return dir && dir[0] ? dir : "/run/vsw";
}

/**
 * rundir_path() - Path of a switch's file
 * @buf:	Where to write it
 * @size:	Bytes there
 * @switch_name: Name of the switch
 * @suffix:	"sock" or "lock"
 *
 * Return: whether it fitted
 */
bool rundir_path(char *buf, size_t size, const char *switch_name,
		 const char *suffix)
{
	int len =
		snprintf(buf, size, "%s/%s.%s", rundir(), switch_name, suffix);

	return len > 0 && (size_t)len < size;
}

/**
 * rundir_switch_of() - Whose file is this?
 * @file:	Name of a file in the folder
 * @suffix:	What kind of file is looked for, as for rundir_path()
 * @ret:	Name of its switch; untouched if it has none
 *
 * Return: false if it is another kind of file, or of no switch: what lies in
 * the folder need not be ours
 */
bool rundir_switch_of(const char *file, const char *suffix,
		      char ret[NAME_SWITCH_SIZE])
{
	const char *dot = strrchr(file, '.');
	char name[NAME_SWITCH_SIZE];

	if (!dot || strcmp(dot + 1, suffix) != 0 ||
	    (size_t)(dot - file) >= sizeof(name))
		return false;

	snprintf(name, sizeof(name), "%.*s", (int)(dot - file), file);
	if (name_check_switch(name, NULL) < 0)
		return false;
	snprintf(ret, NAME_SWITCH_SIZE, "%s", name);
	return true;
}
