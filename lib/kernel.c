/* SPDX-License-Identifier: MIT */
/* kernel.c - which Linux this runs on */

#include "kernel.h"

#include <stdio.h>

#include <sys/utsname.h>

/**
 * kernel_is_at_least() - Is this Linux new enough?
 * @major:	First number of the oldest that will do
 * @minor:	Its second number
 *
 * For what cannot be found out by trying: flags that older kernels ignore, and
 * frames that they would fail to find memory for.
 *
 * Return: whether it is; false as well if it does not say
 */
bool kernel_is_at_least(unsigned major, unsigned minor)
{
	struct utsname utsname;
	unsigned is_major, is_minor;

	return !uname(&utsname) &&
	       sscanf(utsname.release, "%u.%u", &is_major, &is_minor) == 2 &&
	       (is_major > major || (is_major == major && is_minor >= minor));
}
