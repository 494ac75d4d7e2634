/* SPDX-License-Identifier: MIT */
/* netns.c - network namespaces: naming, opening, entering */

#include "netns.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "err.h"

/*
 * Open what @path names if it is a network namespace. Looked at by O_PATH
 * first: an ordinary open() of a FIFO, a tape or a watchdog does something.
 *
 * Return: descriptor; -ENXIO if it is something else; or -errno
 */
static int open_nsfs(const char *path)
{
	char again[32];
	struct statfs fs;
	int handle = open(path, O_PATH | O_CLOEXEC);
	int fd;

	if (handle < 0)
		return -errno;
	if (fstatfs(handle, &fs) < 0 || fs.f_type != NSFS_MAGIC) {
		close(handle);
		return -ENXIO;
	}
	snprintf(again, sizeof(again), "/proc/self/fd/%d", handle);
	fd = open(again, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(handle);
	if (fd >= 0 && ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
		close(fd);
		return -ENXIO;
	}
	return fd;
}

static int identify(struct netns *ns, struct err *err)
{
	struct stat st;

	if (fstat(ns->fd, &st) < 0) {
		const int r = err_errno(err, "cannot look at %s", ns->words);

		close(ns->fd);
		return r;
	}
	ns->dev = st.st_dev;
	ns->ino = st.st_ino;
	return 0;
}

static int open_name(struct netns *ns, const char *name, struct err *err)
{
	char path[sizeof("/run/netns/") + NAME_MAX];

	if (!name[0] || strlen(name) > NAME_MAX)
		return err_set(err, -EINVAL,
			       "a namespace's name has 1 to %d characters",
			       NAME_MAX);

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	ns->fd = open_nsfs(path);
	if (ns->fd >= 0)
		return 0;
	if (ns->fd == -ENOENT) {
		err_set(err, -ENOENT, "there is no namespace '%s'", name);
		err_hint(err, "ip netns add %s", name);
		return -ENOENT;
	}
	if (ns->fd == -ENXIO) {
		err_set(err, -EINVAL, "'%s' is not a network namespace", path);
		err_hint(err, "if it was left behind: ip netns del %s", name);
		return -EINVAL;
	}
	return err_set(err, ns->fd, "cannot open %s: %s", ns->words,
		       strerror(-ns->fd));
}

static int open_pid(struct netns *ns, const char *digits, struct err *err)
{
	char path[40];
	char *end;
	long pid;

	errno = 0;
	pid = strtol(digits, &end, 10);
	if (!isdigit((unsigned char)digits[0]) || *end || errno || pid < 1 ||
	    pid > INT_MAX)
		return err_set(err, -EINVAL, "'%.20s' is not a process number",
			       digits);

	snprintf(path, sizeof(path), "/proc/%ld/ns/net", pid);
	ns->fd = open_nsfs(path);
	if (ns->fd >= 0)
		return 0;
	/* A process that ended but is not buried yet has no namespace. */
	if (ns->fd == -ENOENT || ns->fd == -ESRCH)
		return err_set(err, -ENOENT, "there is no process %ld", pid);
	err_set(err, ns->fd, "cannot open %s: %s", ns->words,
		strerror(-ns->fd));
	if (ns->fd == -EACCES || ns->fd == -EPERM)
		err_hint(err, "vswd needs CAP_SYS_PTRACE: run it as root");
	return ns->fd;
}

static int open_path(struct netns *ns, const char *path, struct err *err)
{
	ns->fd = open_nsfs(path);
	if (ns->fd >= 0)
		return 0;
	if (ns->fd == -ENXIO)
		return err_set(err, -EINVAL,
			       "'%.120s' is not a network namespace", path);
	return err_set(err, ns->fd, "cannot open '%.120s': %s", path,
		       strerror(-ns->fd));
}

/**
 * netns_words() - What to call a namespace in messages
 * @text:	As netns_open() takes it, or "host"
 * @ret:	The words, cut where they are too long
 */
void netns_words(const char *text, char ret[NETNS_WORDS_SIZE])
{
	if (!strcmp(text, "host"))
		snprintf(ret, NETNS_WORDS_SIZE, "the host");
	else if (!strncmp(text, "pid:", 4))
		snprintf(ret, NETNS_WORDS_SIZE, "the namespace of process %s",
			 text + 4);
	else
		snprintf(ret, NETNS_WORDS_SIZE, "namespace %s", text);
}

/**
 * netns_is_to_come() - Might a namespace yet appear where there is none?
 * @text:	A name under /run/netns, or a path
 *
 * `ip netns add` makes a file, and a moment later mounts the namespace on it.
 *
 * Return: whether there is nothing, or a plain file; and not something else
 *	that a namespace would have to replace
 */
bool netns_is_to_come(const char *text)
{
	char path[PATH_MAX];
	struct statfs fs;
	struct stat st;

	snprintf(path, sizeof(path), "%s%s",
		 strchr(text, '/') ? "" : "/run/netns/", text);
	if (stat(path, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR;
	return S_ISREG(st.st_mode) && !statfs(path, &fs) &&
	       fs.f_type != NSFS_MAGIC;
}

/**
 * netns_open() - Open the namespace a user named
 * @ret_ns:	Where to put it
 * @text:	A name under /run/netns, a path (has a '/'), or pid:N
 * @err:	What went wrong: -ENOENT there is none, -EINVAL not a namespace
 *
 * Return: 0 or -errno
 */
int netns_open(struct netns *ret_ns, const char *text, struct err *err)
{
	struct netns ns = { .fd = -1 };
	int r;

	netns_words(text, ns.words);
	if (strchr(text, '/'))
		r = open_path(&ns, text, err);
	else if (!strncmp(text, "pid:", 4))
		r = open_pid(&ns, text + 4, err);
	else
		r = open_name(&ns, text, err);
	if (!r)
		r = identify(&ns, err);
	if (!r)
		*ret_ns = ns;
	return r;
}

/**
 * netns_open_own() - Open the namespace the process is in
 * @ret_ns:	Where to put it
 * @words:	What to call it in messages
 * @err:	What went wrong
 *
 * Return: 0 or -errno
 */
int netns_open_own(struct netns *ret_ns, const char *words, struct err *err)
{
	struct netns ns;
	int r;

	snprintf(ns.words, sizeof(ns.words), "%s", words);
	ns.fd = open("/proc/self/ns/net", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (ns.fd < 0)
		return err_errno(err, "cannot open /proc/self/ns/net");
	r = identify(&ns, err);
	if (!r)
		*ret_ns = ns;
	return r;
}

/**
 * netns_copy() - Open once more what is open
 * @ret_ns:	Where to put it
 * @ns:		What is open
 * @err:	What went wrong
 *
 * Return: 0 or -errno
 */
int netns_copy(struct netns *ret_ns, const struct netns *ns, struct err *err)
{
	const int fd = fcntl(ns->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return err_errno(err, "cannot open %s", ns->words);
	*ret_ns = *ns;
	ret_ns->fd = fd;
	return 0;
}

/**
 * netns_close() - Let go of a namespace
 * @ns:		Namespace, open or closed before; or NULL
 */
void netns_close(struct netns *ns)
{
	if (!ns || ns->fd < 0)
		return;
	close(ns->fd);
	ns->fd = -1;
}

/**
 * netns_equal() - Are these two the same namespace?
 * @a:		One, open
 * @b:		The other, open
 *
 * Return: whether they are
 */
bool netns_equal(const struct netns *a, const struct netns *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/**
 * netns_enter() - Go into a namespace
 * @ns:		Where to
 * @err:	What went wrong; we are still where we were then
 *
 * Return: 0 or -errno
 */
int netns_enter(const struct netns *ns, struct err *err)
{
	int r;

	if (!setns(ns->fd, CLONE_NEWNET))
		return 0;
	r = err_errno(err, "cannot enter %s", ns->words);
	if (r == -EPERM)
		err_hint(err, "vswd needs CAP_SYS_ADMIN: run it as root");
	return r;
}
