/* SPDX-License-Identifier: MIT */
/*
 * room.c - the back room: the daemon's own network namespace
 *
 * Pinned the way `ip netns add` does it: /run/netns is a shared mount, so that
 * mounting and unmounting names reaches every mount namespace, and the name is
 * an empty file with the namespace bind-mounted on it.
 */

#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "link.h"
#include "macros.h"
#include "netns.h"
#include "rtnl.h"

#define RUN_DIR "/run/netns"

enum {
	LOCK_TRIES = 100,
	LOCK_PAUSE_US = 10000,
};

struct room {
	struct netns host; /* where the daemon was started */
	struct netns self;
	struct rtnl *nl;
	char path[sizeof(RUN_DIR "/vsw-") + NAME_MAX];
};

static int say_privilege(struct err *err, int code, const char *needed)
{
	if (code == -EPERM || code == -EACCES)
		err_hint(err, "vswd needs %s: run it as root", needed);
	return code;
}

/* Two that do this at once would stack two mounts and hide a name: lock out. */
static int share_run_dir(struct err *err)
{
	int dir = open(RUN_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	if (dir < 0)
		return err_errno(err, "cannot open " RUN_DIR);
	for (int i = 0; flock(dir, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK || i == LOCK_TRIES) {
			r = err_errno(err, "cannot lock " RUN_DIR);
			goto close_dir;
		}
		usleep(LOCK_PAUSE_US);
	}
	if (!mount("", RUN_DIR, "none", MS_SHARED | MS_REC, NULL))
		goto close_dir; /* somebody else was quicker */
	if (mount(RUN_DIR, RUN_DIR, "none", MS_BIND | MS_REC, NULL) < 0 ||
	    mount("", RUN_DIR, "none", MS_SHARED | MS_REC, NULL) < 0)
		r = say_privilege(err, err_errno(err, "cannot mount " RUN_DIR),
				  "CAP_SYS_ADMIN");
close_dir:
	close(dir);
	return r;
}

static int prepare_run_dir(struct err *err)
{
	if (mkdir(RUN_DIR, 0755) < 0 && errno != EEXIST)
		return say_privilege(err,
				     err_errno(err, "cannot make " RUN_DIR),
				     "to write to /run");
	if (!mount("", RUN_DIR, "none", MS_SHARED | MS_REC, NULL))
		return 0;
	if (errno != EINVAL)
		return say_privilege(err,
				     err_errno(err, "cannot mount " RUN_DIR),
				     "CAP_SYS_ADMIN");
	return share_run_dir(err);
}

/* Make the room and move in. On failure we are where we were. */
static int build(struct room *room, struct err *err)
{
	int fd = open(room->path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return say_privilege(
			err, err_errno(err, "cannot make '%s'", room->path),
			"to write to " RUN_DIR);
	close(fd);

	if (unshare(CLONE_NEWNET) < 0) {
		r = err_errno(err, "cannot make a network namespace");
		goto unlink_path;
	}
	r = netns_open_own(&room->self, "the back room", err);
	if (r < 0)
		goto go_home;
	if (mount("/proc/self/ns/net", room->path, "none", MS_BIND, NULL) < 0) {
		r = err_errno(err, "cannot mount '%s'", room->path);
		goto close_self;
	}
	return 0;

close_self:
	netns_close(&room->self);
go_home:
	netns_enter(&room->host, NULL);
unlink_path:
	unlink(room->path);
	return say_privilege(err, r, "CAP_SYS_ADMIN");
}

/* Move into the room a killed daemon left behind, or build it. */
static int move_in(struct room *room, struct err *err)
{
	int r = netns_open(&room->self, room->path, err);

	if (r == -EINVAL) {
		/* A pin of nothing, as after a reboot with a kept /run. */
		umount2(room->path, MNT_DETACH);
		unlink(room->path);
		r = -ENOENT;
	}
	if (r == -ENOENT)
		return build(room, err);
	if (r < 0)
		return r;
	snprintf(room->self.words, sizeof(room->self.words), "the back room");

	if (netns_equal(&room->self, &room->host)) {
		r = err_set(err, -EINVAL, "vswd was started inside '%s'",
			    room->path);
		err_hint(err, "start it in the host's namespace");
	} else {
		r = netns_enter(&room->self, err);
	}
	if (r < 0)
		netns_close(&room->self);
	return r;
}

/* No address, no router solicitation, no MLD report: nothing of our own. */
static int silence_ipv6(struct err *err)
{
	static const char *const paths[] = {
		"/proc/sys/net/ipv6/conf/all/disable_ipv6",
		"/proc/sys/net/ipv6/conf/default/disable_ipv6",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		int fd = open(paths[i], O_WRONLY | O_CLOEXEC);
		int r = 0;

		if (fd < 0 && errno == ENOENT)
			return 0; /* a kernel without IPv6 */
		if (fd < 0 || write(fd, "1", 1) != 1)
			r = err_errno(err, "cannot write '%s'", paths[i]);
		if (fd >= 0)
			close(fd);
		if (r < 0)
			return say_privilege(err, r, "CAP_NET_ADMIN");
	}
	return 0;
}

/**
 * room_open() - Make the back room, or take it over, and move in
 * @ret_room:	Where to put it
 * @switch_name: Name of the switch; the caller knows that no other daemon of
 *		that name is alive
 * @err:	What went wrong, and which privilege would help
 *
 * Cables that a killed daemon left in the room are deleted before this
 * returns, so that the names they had in other namespaces are free.
 *
 * Return: 0 or -errno
 */
int room_open(struct room **ret_room, const char *switch_name, struct err *err)
{
	struct room *room = calloc(1, sizeof(*room));
	int r;

	if (!room)
		return err_set(err, -ENOMEM, "out of memory");
	snprintf(room->path, sizeof(room->path), RUN_DIR "/vsw-%s",
		 switch_name);

	r = netns_open_own(&room->host, "the host", err);
	if (r < 0)
		goto free_room;
	r = prepare_run_dir(err);
	if (r < 0)
		goto close_host;
	r = move_in(room, err);
	if (r < 0)
		goto close_host;
	r = silence_ipv6(err);
	if (r < 0)
		goto move_out;
	r = rtnl_new(&room->nl, NETLINK_ROUTE, err);
	if (r < 0)
		goto move_out;
	/* In a new room there is nothing to delete, but it tells whether we
	 * may: better now than at the first attach. */
	r = link_delete_cables(room->nl);
	if (r < 0) {
		rtnl_error(room->nl, r, err, "cannot delete old cables");
		goto free_nl;
	}
	*ret_room = room;
	return 0;

free_nl:
	rtnl_free(room->nl);
move_out:
	netns_enter(&room->host, NULL);
	umount2(room->path, MNT_DETACH);
	unlink(room->path);
	netns_close(&room->self);
close_host:
	netns_close(&room->host);
free_room:
	free(room);
	return r;
}

/**
 * room_close() - Remove the back room, and every cable in it
 * @room:	The room, or NULL
 *
 * The process is where it was started afterwards. Cables are deleted by name
 * and not left to the end of the namespace, which somebody may delay by
 * looking at it, and which the kernel comes round to in its own time.
 */
void room_close(struct room *room)
{
	if (!room)
		return;
	link_delete_cables(room->nl);
	rtnl_free(room->nl);
	netns_enter(&room->host, NULL);
	umount2(room->path, MNT_DETACH);
	unlink(room->path);
	netns_close(&room->self);
	netns_close(&room->host);
	free(room);
}

/**
 * room_rtnl() - The room's route netlink socket
 * @room:	The room
 *
 * Return: the socket; the room stays its owner
 */
struct rtnl *room_rtnl(struct room *room)
{
	return room->nl;
}

/**
 * room_renew_rtnl() - Get a netlink socket of one's own
 * @room:	The room, as a child process has it
 * @err:	What went wrong
 *
 * What is shared over fork() would mix the answers of two processes.
 *
 * Return: 0 or -errno
 */
int room_renew_rtnl(struct room *room, struct err *err)
{
	struct rtnl *nl;
	int r = rtnl_new(&nl, NETLINK_ROUTE, err);

	if (r < 0)
		return r;
	rtnl_free(room->nl);
	room->nl = nl;
	return 0;
}

/**
 * room_fds() - The descriptors without which the room is of no use
 * @room:	The room
 * @ret_fds:	Where to put them, for a child process to keep
 */
void room_fds(const struct room *room, int ret_fds[ROOM_N_FDS])
{
	ret_fds[0] = room->host.fd;
	ret_fds[1] = room->self.fd;
	ret_fds[2] = rtnl_fd(room->nl);
}

/**
 * room_open_target() - Open the namespace a user wants to attach
 * @room:	The room
 * @ret_target:	Where to put it; to be closed by netns_close()
 * @text:	"host", or what netns_open() takes
 * @err:	What went wrong
 *
 * Return: 0 or -errno; -EINVAL for the room itself
 */
int room_open_target(const struct room *room, struct netns *ret_target,
		     const char *text, struct err *err)
{
	struct netns target;
	int r;

	if (!strcmp(text, "host"))
		r = netns_copy(&target, &room->host, err);
	else
		r = netns_open(&target, text, err);
	if (r < 0)
		return r;
	if (netns_equal(&target, &room->self)) {
		netns_close(&target);
		return err_set(err, -EINVAL,
			       "%s is the back room of this switch",
			       target.words);
	}
	*ret_target = target;
	return 0;
}

/**
 * room_return() - Come back after netns_enter()
 * @room:	The room
 *
 * Does not fail: a daemon that sits in somebody else's namespace would do
 * everything from here on to the wrong machine, so it ends instead.
 */
void room_return(const struct room *room)
{
	struct err err;

	if (!netns_enter(&room->self, &err))
		return;
	fprintf(stderr, "vswd: cannot return to %s: %s\n", room->path, err.msg);
	abort();
}
