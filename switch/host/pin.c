/* SPDX-License-Identifier: MIT */
/* pin.c - network namespaces that have a name: made, told apart, removed */

#include "pin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "err.h"
#include "netns_id.h"
#include "room.h"

enum {
	PIN_PATH_SIZE = sizeof("/run/netns/") + NAME_MAX,
};

static void path_of(const char *name, char ret[PIN_PATH_SIZE])
{
	snprintf(ret, PIN_PATH_SIZE, "/run/netns/%s", name);
}

/**
 * pin_inode() - Which namespace has this name?
 * @name:	Name under /run/netns
 *
 * Return: its inode and age, never the same for two; 0 if there is none, be it
 * that a file has the name
 */
ino_t pin_inode(const char *name)
{
	char path[PIN_PATH_SIZE];
	struct statfs fs;
	struct stat st;
	int fd;
	ino_t ino = 0;

	path_of(name, path);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (!fstatfs(fd, &fs) && fs.f_type == NSFS_MAGIC && !fstat(fd, &st))
		ino = netns_id(&st);
	close(fd);
	return ino;
}

/* Into a namespace of our own, onto the path, and back. */
static int mount_new(const struct room *room, const char *path, struct err *err)
{
	int r = 0;

	if (unshare(CLONE_NEWNET) < 0)
		return err_errno(err, "cannot make a network namespace");
	if (mount("/proc/self/ns/net", path, "none", MS_BIND, NULL) < 0)
		r = err_errno(err, "cannot mount '%.80s'", path);
	room_return(room);
	return r;
}

/*
 * A place to mount a namespace on. An empty file that is there already is what
 * `ip netns add` leaves if it ends halfway.
 */
static int make_place(const char *name, const char *path, bool *ret_made,
		      struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);

	*ret_made = fd >= 0;
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno != EEXIST)
		return err_errno(err, "cannot make namespace '%.60s'", name);
	if (pin_inode(name))
		return err_set(err, -EEXIST,
			       "there is a namespace '%.60s' already", name);
	if (!lstat(path, &st) && S_ISREG(st.st_mode) && !st.st_size)
		return 0;

	err_set(err, -EEXIST, "'%.80s' is in the way, and is no namespace",
		path);
	err_hint(err, "if nobody needs it: rm %.80s", path);
	return -EEXIST;
}

/**
 * pin_make() - Make a namespace
 * @room:	Back room, in which the process is afterwards as before
 * @name:	Name under /run/netns
 * @ret_ino:	Its inode
 * @err:	On failure, one sentence
 *
 * Return: 0; -EEXIST if the name is taken, by a namespace or something that
 * could be of use to somebody; or -errno
 */
int pin_make(const struct room *room, const char *name, ino_t *ret_ino,
	     struct err *err)
{
	char path[PIN_PATH_SIZE];
	bool made;
	int r;

	path_of(name, path);
	r = make_place(name, path, &made, err);
	if (r < 0)
		return r;

	r = mount_new(room, path, err);
	if (r < 0) {
		if (made)
			unlink(path);
		return r;
	}

	*ret_ino = pin_inode(name);
	return 0;
}

/**
 * pin_remove() - Remove a namespace, if it is the one that is meant
 * @name:	Name under /run/netns
 * @ino:	Its inode
 * @err:	On failure, one sentence
 *
 * Processes that are in it stay there, as with `ip netns del`.
 *
 * Return: 0, also if another has the name by now or none; or -errno
 */
int pin_remove(const char *name, ino_t ino, struct err *err)
{
	char path[PIN_PATH_SIZE];

	if (!ino || pin_inode(name) != ino)
		return 0;

	path_of(name, path);
	if (umount2(path, MNT_DETACH) < 0 && errno != EINVAL)
		return err_errno(err, "cannot unmount '%.80s'", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(err, "cannot remove '%.80s'", path);

	return 0;
}
