/* SPDX-License-Identifier: MIT */
/* rundir.c - where switches keep their sockets and locks */

#include "rundir.h"

#include <stdio.h>
#include <stdlib.h>

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
