/* SPDX-License-Identifier: MIT */
/*
 * tap_missed.c - frames that did not fit into the queue of a TAP device
 *
 * The kernel counts them at the interface, as dropped while sending, and the
 * interface is in its user's namespace. Netlink could be asked, but waits for
 * whoever holds the kernel's networking lock, and this is called from the
 * loop. /proc/net/dev does not: it takes a visit of some 30 us. A descriptor of
 * it cannot be kept, since it keeps the namespace alive.
 */

#include "tap_missed.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifndef TUNGETDEVNETNS /* Linux 5.2 */
#define TUNGETDEVNETNS _IO('T', 227)
#endif

enum {
	FIELDS_BEFORE_DROPPED = 11, /* of a line of /proc/net/dev */
	/* Some 300 us: the namespace's root makes as many as it likes. */
	LINES_MAX = 256,
};

/* Open the table of the namespace that @ns is, from wherever we are. */
static FILE *open_table(int ns)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	FILE *table;

	if (home < 0)
		return NULL;
	if (setns(ns, CLONE_NEWNET) < 0) {
		close(home);
		return NULL;
	}

	table = fopen("/proc/thread-self/net/dev", "re");
	/* A daemon in somebody else's namespace must not go on. */
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
	close(home);
	return table;
}

/* The figure we want, if this is the line of that interface. */
static int parse(const char *line, const char *ifname, uint64_t *ret_missed)
{
	const size_t len = strlen(ifname);

	line += strspn(line, " ");
	if (strncmp(line, ifname, len) != 0 || line[len] != ':')
		return -ENOENT;

	line += len + 1;
	for (int i = 0; i < FIELDS_BEFORE_DROPPED; i++) {
		line += strspn(line, " ");
		line += strcspn(line, " ");
	}
	*ret_missed = strtoull(line, NULL, 10);
	return 0;
}

static int find(FILE *table, const char *ifname, uint64_t *ret_missed)
{
	int r = -ENOENT;
	char line[512];

	for (int i = 0; r < 0 && i < LINES_MAX; i++) {
		if (!fgets(line, sizeof(line), table))
			break;
		r = parse(line, ifname, ret_missed);
	}

	return r;
}

/**
 * tap_missed() - Ask the kernel how many frames it could not queue for us
 * @fd:		Descriptor of the TAP
 * @ret_missed:	Frames, since the device was made
 *
 * Return: 0, or -errno, as when the device is gone, or behind too many others
 */
int tap_missed(int fd, uint64_t *ret_missed)
{
	struct ifreq ifr = { .ifr_name = "" };
	FILE *table;
	int ns, r;

	if (ioctl(fd, TUNGETIFF, &ifr) < 0)
		return -errno;
	ns = ioctl(fd, TUNGETDEVNETNS);
	if (ns < 0)
		return -errno;

	table = open_table(ns);
	close(ns);
	if (!table)
		return -EIO;

	r = find(table, ifr.ifr_name, ret_missed);
	fclose(table);
	return r;
}
