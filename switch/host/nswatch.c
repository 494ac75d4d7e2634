/* SPDX-License-Identifier: MIT */
/* nswatch.c - hear of namespaces that get a name */

#include "nswatch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "err.h"

enum {
	READS_PER_TURN = 16,
	BUFFER_SIZE = 4096,
};

struct nswatch {
	int names_fd; /* inotify */
	int mounts_fd; /* epoll, of the next */
	int mountinfo_fd;
};

/*
 * The list of mounts can be read at any time; that it has changed is an
 * exceptional condition. libev does not wait for those, so an epoll of our own
 * translates.
 */
static int open_mounts(struct nswatch *watch, struct err *err)
{
	struct epoll_event event = { .events = EPOLLPRI };

	watch->mountinfo_fd =
		open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (watch->mountinfo_fd < 0)
		return err_errno(err, "cannot open /proc/self/mountinfo");
	watch->mounts_fd = epoll_create1(EPOLL_CLOEXEC);
	if (watch->mounts_fd < 0 || epoll_ctl(watch->mounts_fd, EPOLL_CTL_ADD,
					      watch->mountinfo_fd, &event) < 0)
		return err_errno(err, "cannot watch /proc/self/mountinfo");
	return 0;
}

/**
 * nswatch_new() - Get ready to hear of names
 * @ret_watch:	Where to put it
 * @err:	What went wrong
 *
 * Return: 0 or -errno
 */
int nswatch_new(struct nswatch **ret_watch, struct err *err)
{
	struct nswatch *watch = malloc(sizeof(*watch));
	int r;

	if (!watch)
		return err_set(err, -ENOMEM, "out of memory");

	*watch = (struct nswatch){ -1, -1, -1 };
	watch->names_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->names_fd < 0)
		r = err_errno(err, "cannot use inotify");
	else
		r = open_mounts(watch, err);
	if (r < 0)
		nswatch_free(watch);
	else
		*ret_watch = watch;
	return r;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/**
 * nswatch_free() - Hear no more
 * @watch:	Watch, or NULL
 */
void nswatch_free(struct nswatch *watch)
{
	if (!watch)
		return;

	close_fd(watch->mounts_fd);
	close_fd(watch->mountinfo_fd);
	close_fd(watch->names_fd);
	free(watch);
}

/**
 * nswatch_names_fd() - What to wait for: names
 * @watch:	Watch
 *
 * Return: a descriptor, readable when nswatch_receive_names() has something
 */
int nswatch_names_fd(const struct nswatch *watch)
{
	return watch->names_fd;
}

/**
 * nswatch_mounts_fd() - What to wait for: mounts
 * @watch:	Watch
 *
 * Return: a descriptor, readable when something was mounted or unmounted since
 *	nswatch_receive_mounts()
 */
int nswatch_mounts_fd(const struct nswatch *watch)
{
	return watch->mounts_fd;
}

static void deliver(const char *buffer, size_t len, nswatch_on_name *on_name,
		    void *user)
{
	size_t at = 0;

	while (at + sizeof(struct inotify_event) <= len) {
		const struct inotify_event *event = (const void *)(buffer + at);

		if (event->mask & IN_Q_OVERFLOW)
			on_name(NSWATCH_NONE, NULL, user);
		else if (event->mask & (IN_IGNORED | IN_MOVE_SELF))
			on_name(event->wd, NULL, user);
		else if (event->len)
			on_name(event->wd, event->name, user);
		at += sizeof(*event) + event->len;
	}
}

/**
 * nswatch_receive_names() - Deliver what has happened to names
 * @watch:	Watch
 * @on_name:	Called for each; may not free the watch
 * @user:	Passed to it
 *
 * Bounded work: what is left makes the descriptor readable again.
 */
void nswatch_receive_names(struct nswatch *watch, nswatch_on_name *on_name,
			   void *user)
{
	_Alignas(struct inotify_event) char buffer[BUFFER_SIZE];

	for (int i = 0; i < READS_PER_TURN; i++) {
		const ssize_t n = read(watch->names_fd, buffer, sizeof(buffer));

		if (n <= 0)
			return;
		deliver(buffer, (size_t)n, on_name, user);
	}
}

/**
 * nswatch_receive_mounts() - Take note that mounts have changed
 * @watch:	Watch
 */
void nswatch_receive_mounts(struct nswatch *watch)
{
	struct epoll_event event;

	/* To be asked is what makes the kernel forget that it had news. */
	epoll_wait(watch->mounts_fd, &event, 1, 0);
}

/* Cut the last part off; returns false if there is none left. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		return false;

	slash[slash == path] = '\0';
	return true;
}

/**
 * nswatch_add() - Watch the folder in which a namespace may appear
 * @watch:	Watch
 * @text:	A name under /run/netns, or an absolute path
 *
 * If there is no such folder yet, the nearest one above it, so that its coming
 * is heard of. To be called before looking whether the namespace is there.
 * Blocks for as long as it takes to look a path up.
 *
 * Return: number of the folder, which is the same each time; or NSWATCH_NONE
 */
int nswatch_add(const struct nswatch *watch, const char *text)
{
	const uint32_t mask = IN_CREATE | IN_DELETE | IN_MOVED_TO |
			      IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF |
			      IN_ONLYDIR;
	char path[PATH_MAX + sizeof("/run/netns/")];
	int folder = NSWATCH_NONE;

	snprintf(path, sizeof(path), "%s%s",
		 strchr(text, '/') ? "" : "/run/netns/", text);
	while (folder < 0 && go_up(path))
		folder = inotify_add_watch(watch->names_fd, path, mask);
	return folder < 0 ? NSWATCH_NONE : folder;
}

/**
 * nswatch_remove() - Watch a folder no longer
 * @watch:	Watch
 * @folder:	What nswatch_add() returned
 */
void nswatch_remove(struct nswatch *watch, int folder)
{
	inotify_rm_watch(watch->names_fd, folder);
}
