/* SPDX-License-Identifier: MIT */
/* doctor_rights.c - who may do what: privileges, the group, folders */

#include "doctor.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "macros.h"
#include "rundir.h"

enum {
	GROUPS_MAX = 256,
};

/* Those without which vswd does not even start, or attaches nothing. */
static const struct {
	unsigned number;
	const char *name;
} needed[] = {
	{ CAP_SYS_ADMIN, "SYS_ADMIN" },
	{ CAP_NET_ADMIN, "NET_ADMIN" },
	{ CAP_NET_RAW, "NET_RAW" },
	{ CAP_NET_BROADCAST, "NET_BROADCAST" },
};

static unsigned long long own_capabilities(void)
{
	unsigned long long caps = 0;
	char line[200];
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	}
	if (file)
		fclose(file);
	return caps;
}

/**
 * doctor_privileges() - Could we run a switch?
 * @doctor:	Doctor
 */
void doctor_privileges(struct doctor *doctor)
{
	const unsigned long long caps = own_capabilities();
	size_t lacking = 0;

	if (geteuid() != 0) {
		doctor_say(doctor, DOCTOR_WARNING, "sudo vswctl doctor",
			   "not run as root, so some things cannot be tried");
		return;
	}

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (caps >> needed[i].number & 1)
			continue;
		lacking++;
		doctor_say(doctor, DOCTOR_PROBLEM,
			   doctor_fix("docker run --cap-add %s ...",
				      needed[i].name)
				   .s,
			   "root has no CAP_%s here, which vswd needs; a "
			   "container has to be given it",
			   needed[i].name);
	}
	if (!lacking)
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "root, with the capabilities that vswd needs");
}

static bool in_group(gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	const int n = getgroups(GROUPS_MAX, groups);

	for (int i = 0; i < n; i++) {
		if (groups[i] == gid)
			return true;
	}
	return getegid() == gid;
}

/**
 * doctor_group() - May others than root look at switches?
 * @doctor:	Doctor
 */
void doctor_group(struct doctor *doctor)
{
	const struct group *group = getgrnam("vsw");
	const struct passwd *user;

	if (!group) {
		doctor_say(doctor, DOCTOR_WARNING, "groupadd --system vsw",
			   "there is no group vsw, so only root can talk to "
			   "switches");
		return;
	}
	if (geteuid() == 0 || in_group(group->gr_gid)) {
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "the group vsw may look at switches");
		return;
	}

	user = getpwuid(getuid());
	doctor_say(doctor, DOCTOR_WARNING,
		   doctor_fix("sudo usermod --append --groups vsw %s",
			      doctor_quote(user ? user->pw_name : "USER").s)
			   .s,
		   "you are not in the group vsw, so you cannot talk to "
		   "switches");
}

/* Whoever writes into it could put a switch of his own there. */
static bool rundir_is_safe(struct doctor *doctor)
{
	struct stat st;

	if (stat(rundir(), &st) < 0 || !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return true;

	doctor_say(doctor, DOCTOR_PROBLEM,
		   doctor_fix("chmod 755 %s", doctor_quote(rundir()).s).s,
		   "others may write to %s, and put a false switch there",
		   rundir());
	return false;
}

/*
 * As `ip netns add` and vswd make it, /run/netns is a shared mount, so that
 * every container and service sees what is mounted there.
 */
static bool netns_is_shared(struct doctor *doctor)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	bool is_private = false;
	char line[1000];

	while (file && fgets(line, sizeof(line), file)) {
		if (strstr(line, " /run/netns "))
			is_private = !strstr(line, " shared:");
	}
	if (file)
		fclose(file);
	if (is_private)
		doctor_say(doctor, DOCTOR_WARNING,
			   "mount --make-shared /run/netns",
			   "/run/netns is not a shared mount, so namespaces "
			   "made elsewhere are not seen here");
	return !is_private;
}

/**
 * doctor_folders() - Are sockets and namespaces where they belong?
 * @doctor:	Doctor
 */
void doctor_folders(struct doctor *doctor)
{
	const bool safe = rundir_is_safe(doctor);

	if (netns_is_shared(doctor) && safe)
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "%s and /run/netns are as they should be", rundir());
}
