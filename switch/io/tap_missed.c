/* SPDX-License-Identifier: MIT */
/* tap_missed.c - frames that did not fit into the queue of a TAP device */

#include "tap_missed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "err.h"

/*
 * What is mounted at /sys shows the interfaces of another namespace. So mount
 * one that is nowhere in the tree, and lasts as long as it is open.
 */
static int mount_sysfs(struct err *err)
{
	int fs = fsopen("sysfs", FSOPEN_CLOEXEC);
	int mount = -1;

	if (fs >= 0 && !fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = fsmount(fs, FSMOUNT_CLOEXEC,
				MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (mount < 0)
		mount = err_errno(err, "cannot mount sysfs");
	if (fs >= 0)
		close(fs);
	return mount;
}

/**
 * tap_missed_open() - Open the counter of an interface
 * @ifname:	Its name, in the namespace the caller is in
 * @err:	On failure, one sentence for the operator
 *
 * May wait: for the worker, not for the loop.
 *
 * Return: a descriptor for tap_missed_read(), or -errno
 */
int tap_missed_open(const char *ifname, struct err *err)
{
	char path[64];
	int mount = mount_sysfs(err);
	int fd;

	if (mount < 0)
		return mount;

	snprintf(path, sizeof(path), "class/net/%s/statistics/tx_dropped",
		 ifname);
	fd = openat(mount, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fd = err_errno(err, "cannot open /sys/%s", path);
	close(mount);
	return fd;
}

/**
 * tap_missed_read() - Ask the kernel how many frames it could not queue for us
 * @fd:		What tap_missed_open() returned, or -1
 * @ret_missed:	Frames, since the device was made
 *
 * Waits for nobody.
 *
 * Return: 0, or -errno, as when the device is gone
 */
int tap_missed_read(int fd, uint64_t *ret_missed)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;

	text[n] = '\0';
	*ret_missed = strtoull(text, NULL, 10);
	return 0;
}
