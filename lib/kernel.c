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

/**
 * kernel_takes_big_frames() - Can frames of more than 64 KiB be sent?
 *
 * From user space, into a packet socket or a TAP. Linux 6.3 has BIG TCP for
 * both IPv4 and IPv6; since 6.6 those two get memory for it in pieces larger
 * than a page, of which a frame has 16 or 17.
 *
 * Return: whether they can
 */
bool kernel_takes_big_frames(void)
{
	return kernel_is_at_least(6, 6);
}
