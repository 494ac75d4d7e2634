/* SPDX-License-Identifier: MIT */
/*
 * doctor_limits.c - is there room: descriptors, inotify, the kernel's queues?
 *
 * Not looked at: RLIMIT_MEMLOCK, since vswd locks no memory, and
 * net.core.rmem_max, since CAP_NET_ADMIN, which vswd has, goes beyond it.
 */

#include "doctor.h"

#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include "value.h"

enum {
	PORTS_FEW = 4000, /* a limit below it is worth a word */
	RESERVE = 128, /* descriptors that are not for ports */
	WANTED = 40000,
};

/* Return: the limit of descriptors of a process, or -1 */
static long long limit_of(uint64_t pid)
{
	long long limit = -1;
	char path[40], line[200];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%llu/limits",
		 (unsigned long long)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Max open files %lld", &limit) == 1)
			break;
	}
	if (file)
		fclose(file);
	return limit;
}

static void say_own_limit(struct doctor *doctor)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_max < PORTS_FEW + RESERVE)
		doctor_say(doctor, DOCTOR_WARNING,
			   doctor_fix("prlimit --pid $$ --nofile=%d", WANTED).s,
			   "a vswd started from here has %llu descriptors, and "
			   "each port takes one, a TAP two",
			   (unsigned long long)limit.rlim_max);
	else
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "a vswd started from here has %llu descriptors",
			   (unsigned long long)limit.rlim_max);
}

/**
 * doctor_descriptors() - Has each port its descriptor, and the next one, too?
 * @doctor:	Doctor
 */
void doctor_descriptors(struct doctor *doctor)
{
	const json_t *sw;
	size_t i;

	say_own_limit(doctor);
	json_array_foreach(doctor->switches, i, sw)
	{
		const uint64_t pid = value_number(sw, "hello.pid");
		const long long limit = limit_of(pid);
		const long long n = (long long)value_number(sw, "list.count");

		if (limit < 0 || n + RESERVE <= limit)
			continue;
		doctor_say(doctor, DOCTOR_PROBLEM,
			   doctor_fix("prlimit --pid %llu --nofile=%d",
				      (unsigned long long)pid, WANTED)
				   .s,
			   "%s has %lld ports and only %lld descriptors",
			   value_text(sw, "hello.switch"), n, limit);
	}
}

/**
 * doctor_inotify() - Is there an inotify instance left?
 * @doctor:	Doctor
 */
void doctor_inotify(struct doctor *doctor)
{
	int fd = inotify_init1(IN_CLOEXEC);

	if (fd < 0 && errno == EMFILE)
		doctor_say(doctor, DOCTOR_PROBLEM,
			   "sysctl -w fs.inotify.max_user_instances=1024",
			   "this user has used up its inotify instances, so "
			   "nobody is told of new namespaces");
	else if (fd < 0)
		doctor_say(doctor, DOCTOR_PROBLEM,
			   "apt install linux-image-amd64",
			   "the kernel has no inotify, so nobody is told of "
			   "new namespaces");
	else
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "inotify has instances left");
	if (fd >= 0)
		close(fd);
}

/**
 * doctor_backlog() - Has the kernel lost frames before anyone saw them?
 * @doctor:	Doctor
 *
 * Each processor queues what veth pairs carry; where a burst does not fit,
 * frames are lost, and no interface counts them.
 */
void doctor_backlog(struct doctor *doctor)
{
	FILE *file = fopen("/proc/net/softnet_stat", "re");
	unsigned long long lost = 0;
	unsigned one;
	char line[300];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*x %x", &one) == 1)
			lost += one;
	}
	if (file)
		fclose(file);
	if (lost)
		doctor_say(doctor, DOCTOR_WARNING,
			   "sysctl -w net.core.netdev_max_backlog=16384",
			   "the kernel has lost %llu frames since it started, "
			   "since a processor's queue was full",
			   lost);
	else
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "no frame was lost in a processor's queue");
}
