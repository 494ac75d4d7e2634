/* SPDX-License-Identifier: MIT */
/*
 * doctor_leftovers.c - what switches that were killed have left behind
 *
 * A switch of a name that nobody runs any more may have left a socket, a lock
 * nobody holds, its back room with cables in it, a log, and namespaces that it
 * has made for labs, which also one that was stopped by a signal leaves. The
 * next switch of that name cleans up; where there will be none, somebody else
 * has to.
 */

#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "name.h"
#include "netns_id.h"
#include "rundir.h"
#include "value.h"

#define NETNS_DIR "/run/netns"

static const char room_prefix[] = "vsw-";

/* Does the name of namespace @file say whose back room it is? */
static bool room_of(const char *file, char ret[NAME_SWITCH_SIZE])
{
	const size_t skip = strlen(room_prefix);

	if (strncmp(file, room_prefix, skip) != 0 ||
	    name_check_switch(file + skip, NULL) < 0)
		return false;

	snprintf(ret, NAME_SWITCH_SIZE, "%s", file + skip);
	return true;
}

static bool file_of(const char *file, char ret[NAME_SWITCH_SIZE])
{
	return rundir_switch_of(file, "sock", ret) ||
	       rundir_switch_of(file, "lock", ret) ||
	       rundir_switch_of(file, "made", ret) ||
	       rundir_switch_of(file, "log", ret);
}

static void note_names(json_t *names, const char *path,
		       bool (*switch_of)(const char *file,
					 char ret[NAME_SWITCH_SIZE]))
{
	char name[NAME_SWITCH_SIZE];
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (switch_of(entry->d_name, name))
			json_object_set_new(names, name, json_true());
	}
	if (dir)
		closedir(dir);
}

/* A switch holds its lock from before it makes anything to after the end. */
static bool is_locked(const char *name)
{
	char path[PATH_MAX];
	bool locked = false;
	int fd;

	rundir_path(path, sizeof(path), name, "lock");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno != ENOENT; /* if we may not look: rather silent */

	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		locked = true;
	close(fd);
	return locked;
}

/*
 * Does a process live in this room? It may be a switch that has its lock in
 * another folder. Where we may not look, one does; but of root some containers
 * hide process 1, which is no switch.
 */
static bool is_inhabited(const struct stat *room)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	bool inhabited = !dir;

	while (!inhabited && (entry = readdir(dir))) {
		char path[NAME_MAX + 20];
		struct stat st;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		if (stat(path, &st) < 0)
			inhabited = errno == EACCES && geteuid() != 0;
		else
			inhabited = st.st_dev == room->st_dev &&
				    st.st_ino == room->st_ino;
	}
	if (dir)
		closedir(dir);
	return inhabited;
}

/* Return: how many interfaces are in a room besides lo, as far as we may look */
static size_t count_cables(const char *path)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int room = open(path, O_RDONLY | O_CLOEXEC);
	struct if_nameindex *all = NULL;
	size_t n = 0;

	if (home >= 0 && room >= 0 && !setns(room, CLONE_NEWNET)) {
		all = if_nameindex();
		for (; all && all[n].if_index; n++)
			;
		if_freenameindex(all);
		setns(home, CLONE_NEWNET);
	}
	if (home >= 0)
		close(home);
	if (room >= 0)
		close(room);
	return n ? n - 1 : 0;
}

static bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* Return: whether a room is left; @ret_cables is how many are in it */
static bool find_room(const char *name, size_t *ret_cables)
{
	char path[sizeof(NETNS_DIR) + sizeof(room_prefix) + NAME_SWITCH_SIZE];
	struct stat st;

	snprintf(path, sizeof(path), NETNS_DIR "/%s%s", room_prefix, name);
	if (stat(path, &st) < 0 || is_inhabited(&st))
		return false;

	*ret_cables = count_cables(path);
	return true;
}

/* Add to @ret the file of this suffix, if it is there; says how it is to go. */
static bool find_file(const char *name, const char *suffix,
		      struct doctor_fix *ret)
{
	char path[PATH_MAX];

	rundir_path(path, sizeof(path), name, suffix);
	if (!exists(path))
		return false;

	*ret = doctor_fix("%s %s", ret->s[0] ? ret->s : "rm -f",
			  doctor_quote(path).s);
	return true;
}

/* Return: whether something was found */
static bool look_at_files(struct doctor *doctor, const char *name)
{
	char what[80] = "its files are";
	struct doctor_fix files = { "" }, fix;
	size_t cables = 0;
	const bool sock = find_file(name, "sock", &files);
	const bool lock = find_file(name, "lock", &files);
	const bool room = find_room(name, &cables);

	find_file(name, "log", &files);
	if (!files.s[0] && !room)
		return false;

	if (room)
		snprintf(what, sizeof(what),
			 "its back room, with %zu cable%s, is", cables,
			 value_plural(cables));
	fix = doctor_fix("%s%s%s%s", room ? "ip netns del vsw-" : "",
			 room ? name : "", room && files.s[0] ? "; " : "",
			 files.s);
	doctor_say(doctor, DOCTOR_WARNING, fix.s,
		   "the switch %s %s, and %s still there", name,
		   sock || lock || room ? "was killed" : "does not run", what);
	return true;
}

/* Does this name still stand for the namespace that was made? */
static bool is_still(const char *name, unsigned long long ino)
{
	char path[sizeof(NETNS_DIR) + NAME_MAX + 1];
	struct stat st;

	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	return !stat(path, &st) && netns_id(&st) == ino;
}

/* Return: whether something was found; see switch/control/lab_made.c */
static bool look_at_namespaces(struct doctor *doctor, const char *name)
{
	struct doctor_fix fix = { "" }, file_fix = { "" };
	char path[PATH_MAX], made[NAME_MAX + 1];
	unsigned long long ino;
	size_t n = 0;
	FILE *file;

	rundir_path(path, sizeof(path), name, "made");
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fscanf(file, "%llu %255[^\n]", &ino, made) == 2) {
		if (is_still(made, ino) && n++ < DOCTOR_MANY)
			fix = doctor_fix("%sip netns del %s; ", fix.s,
					 doctor_quote(made).s);
	}
	fclose(file);

	find_file(name, "made", &file_fix);
	if (n > DOCTOR_MANY ||
	    strlen(fix.s) + strlen(file_fix.s) >= sizeof(fix.s))
		fix = doctor_fix("vswd --name %s & vswctl down %s", name, name);
	else
		fix = doctor_fix("%s%s", fix.s, file_fix.s);
	if (n)
		doctor_say(doctor, DOCTOR_WARNING, fix.s,
			   "the switch %s does not run, and %zu namespace%s "
			   "it has made %s still there",
			   name, n, value_plural(n), n == 1 ? "is" : "are");
	else
		doctor_say(doctor, DOCTOR_WARNING, fix.s,
			   "the switch %s does not run, and its list of "
			   "namespaces is still there",
			   name);
	return true;
}

/* Return: whether something was found */
static bool look_at(struct doctor *doctor, const char *name)
{
	bool found;

	if (is_locked(name))
		return false;

	found = look_at_files(doctor, name);
	return look_at_namespaces(doctor, name) || found;
}

/**
 * doctor_leftovers() - Has a switch left something behind?
 * @doctor:	Doctor
 */
void doctor_leftovers(struct doctor *doctor)
{
	json_t *names = json_object();
	const char *name;
	json_t *value;
	size_t n = 0;

	note_names(names, rundir(), file_of);
	note_names(names, NETNS_DIR, room_of);
	json_object_foreach(names, name, value)
	{
		if (doctor->only && strcmp(name, doctor->only) != 0)
			continue;
		if (!json_object_get(doctor->running, name))
			n += look_at(doctor, name);
	}
	json_decref(names);
	if (!n)
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "nothing is left of switches that were killed");
}
