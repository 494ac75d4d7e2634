/* SPDX-License-Identifier: MIT */
/*
 * space.c - make and remove network namespaces by the thousand
 *
 * usage: space add PREFIX FIRST COUNT
 *	  space del PREFIX FIRST COUNT
 *	  space --once
 *
 * The same as `ip netns add PREFIX1` and so on, in one process, since a
 * process for each would take longer than what is measured in them. Nothing
 * speaks in them: IPv6 is off, so that thousands of hosts don't greet all
 * others while attaching them is being timed.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "err.h"
#include "measure.h"

enum {
	MAX_COUNT = 20000,
	PATH_SIZE = 128,
};

static const char netns_dir[] = "/run/netns";

static const char usage[] = "usage: space add|del PREFIX FIRST COUNT\n"
			    "       space --once\n";

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* In the calling process's namespace, which may have been built without. */
static void silence(void)
{
	write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
}

static int add(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);

	if (fd < 0)
		return err_errno(err, "cannot make %s", path);
	close(fd);

	if (unshare(CLONE_NEWNET) < 0) {
		err_errno(err, "cannot make a network namespace");
		goto unlink;
	}
	silence();
	if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL) <
	    0) {
		err_errno(err, "cannot pin %s", path);
		goto unlink;
	}
	return 0;

unlink:
	unlink(path);
	return err->code;
}

/* What isn't there is removed already. */
static int del(const char *path, struct err *err)
{
	umount2(path, MNT_DETACH);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(err, "cannot remove %s", path);
	return 0;
}

static int once(void)
{
	int r = measure_own_namespace();

	if (r < 0)
		args_skip("cannot make a network namespace", r);
	silence();
	return EXIT_SUCCESS;
}

/* So that what is mounted there is seen in the namespaces of others, as
 * ip-netns(8) does it, which may not have run here before. */
static void prepare(void)
{
	mkdir(netns_dir, 0755);
	if (mount("", netns_dir, "none", MS_SHARED | MS_REC, NULL) < 0 &&
	    mount(netns_dir, netns_dir, "none", MS_BIND | MS_REC, NULL) == 0)
		mount("", netns_dir, "none", MS_SHARED | MS_REC, NULL);
}

int main(int argc, char **argv)
{
	uint64_t first, count;
	struct err err;
	bool is_add;

	if (argc == 2 && !strcmp(argv[1], "--once"))
		return once();
	if (argc != 5)
		args_usage(usage);
	is_add = !strcmp(argv[1], "add");
	if (!is_add && strcmp(argv[1], "del"))
		args_usage(usage);
	first = args_number("FIRST", argv[3], 0, MAX_COUNT);
	count = args_number("COUNT", argv[4], 0, MAX_COUNT);

	if (is_add)
		prepare();
	for (uint64_t i = first; i < first + count; i++) {
		char path[PATH_SIZE];

		snprintf(path, sizeof(path), "%s/%.60s%u", netns_dir, argv[2],
			 (unsigned)i);
		if ((is_add ? add(path, &err) : del(path, &err)) < 0)
			args_fail(&err);
	}
	return EXIT_SUCCESS;
}
