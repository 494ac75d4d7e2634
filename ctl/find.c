/* SPDX-License-Identifier: MIT */
/* find.c - which switch is meant, and a connection to it */

#include "find.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "rundir.h"

enum {
	/* For a daemon that is starting: people type "vswd & vswctl ..." */
	GRACE_MS = 300,
	RETRY_MS = 10,
};

/* What a look into the directory found. */
struct found {
	size_t n; /* switches that run */
	int fd; /* to the first one */
	char names[160]; /* of all, for people */
};

static bool nobody_listens(int r)
{
	return r == -ENOENT || r == -ECONNREFUSED || r == -ENOTDIR;
}

static enum status no_connection(const struct err *err, struct problem *problem)
{
	problem->err = *err;
	if (err->code == -ETIMEDOUT)
		return problem_take(problem, STATUS_TIMEOUT);
	if (err->code == -EACCES)
		err_hint(&problem->err,
			 "its socket is for root and the group vsw");

	return problem_take(problem, STATUS_FAILED);
}

static void found_add(struct found *found, const char *name, int fd)
{
	const size_t used = strlen(found->names);

	snprintf(found->names + used, sizeof(found->names) - used, "%s%s",
		 found->n ? ", " : "", name);
	if (found->n++ == 0)
		found->fd = fd;
	else
		close(fd);
}

/* Look at one file of the directory. */
static enum status look_at(const char *file, mtime_t deadline,
			   struct found *found, struct problem *problem)
{
	char name[NAME_SWITCH_SIZE], path[PATH_MAX];
	struct err err;
	int fd;

	if (!rundir_switch_of(file, "sock", name))
		return STATUS_DONE;

	rundir_path(path, sizeof(path), name, "sock");
	fd = client_connect(path, deadline, &err);
	if (nobody_listens(fd))
		return STATUS_DONE;
	if (fd < 0)
		return no_connection(&err, problem);

	found_add(found, name, fd);
	return STATUS_DONE;
}

static enum status look_around(mtime_t deadline, struct found *found,
			       struct problem *problem)
{
	enum status status = STATUS_DONE;
	struct dirent *entry;
	DIR *dir;

	*found = (struct found){ .fd = -1 };
	dir = opendir(rundir());
	if (!dir && errno == ENOENT)
		return STATUS_DONE;
	if (!dir) {
		err_errno(&problem->err, "cannot read %s", rundir());
		return problem_take(problem, STATUS_FAILED);
	}

	while (status == STATUS_DONE && (entry = readdir(dir)))
		status = look_at(entry->d_name, deadline, found, problem);
	closedir(dir);
	if (status != STATUS_DONE && found->fd >= 0)
		close(found->fd);
	return status;
}

/* Return: whether there is reason to look again, a moment later */
static bool try_again(mtime_t grace, mtime_t deadline)
{
	if (deadline_passed(grace) || deadline_passed(deadline))
		return false;

	deadline_pause(grace, RETRY_MS);
	return true;
}

static enum status find_only(mtime_t grace, mtime_t deadline, int *ret_fd,
			     struct problem *problem)
{
	struct found found;
	enum status status;

	do {
		status = look_around(deadline, &found, problem);
		if (status != STATUS_DONE)
			return status;
	} while (found.n == 0 && try_again(grace, deadline));

	if (found.n == 0) {
		problem_set(problem, STATUS_NO_DAEMON, "no switch is running");
		err_hint(&problem->err, "start one: vswd --name lab0");
		return STATUS_NO_DAEMON;
	}
	if (found.n > 1) {
		close(found.fd);
		problem_set(problem, STATUS_USAGE,
			    "%zu switches are running: %s", found.n,
			    found.names);
		err_hint(&problem->err,
			 "say which with --name, or set VSWCTL_NAME");
		return STATUS_USAGE;
	}

	*ret_fd = found.fd;
	return STATUS_DONE;
}

static enum status find_named(const char *name, mtime_t grace, mtime_t deadline,
			      int *ret_fd, struct problem *problem)
{
	char path[PATH_MAX];
	struct err err;
	int fd;

	rundir_path(path, sizeof(path), name, "sock");
	do {
		fd = client_connect(path, deadline, &err);
	} while (nobody_listens(fd) && try_again(grace, deadline));

	if (nobody_listens(fd)) {
		problem_set(problem, STATUS_NO_DAEMON,
			    "no switch named '%s' is running", name);
		err_hint(&problem->err, "start it: vswd --name %s", name);
		return STATUS_NO_DAEMON;
	}
	if (fd < 0)
		return no_connection(&err, problem);

	*ret_fd = fd;
	return STATUS_DONE;
}

/**
 * find_switch() - Find a switch and connect to it
 * @name:	Its name, or NULL for the only one that runs
 * @deadline:	When to give up
 * @ret:	The connection
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status find_switch(const char *name, mtime_t deadline, struct client **ret,
			struct problem *problem)
{
	const mtime_t grace = deadline_in(mtime_from_ms(GRACE_MS));
	enum status status;
	int fd = -1;

	if (name)
		status = find_named(name, grace, deadline, &fd, problem);
	else
		status = find_only(grace, deadline, &fd, problem);
	if (status != STATUS_DONE)
		return status;

	return client_open(fd, deadline, ret, problem);
}

/**
 * find_each() - Look at every switch that runs and lets us in
 * @patience:	How long to wait for each
 * @on_switch:	What to do with the connection, which is closed afterwards
 * @arg:	First argument of @on_switch
 *
 * A switch that is silent, or not for us, is left out: one that hangs must
 * not hide the others.
 */
void find_each(mtime_t patience,
	       void (*on_switch)(void *arg, const char *name,
				 struct client *client),
	       void *arg)
{
	char name[NAME_SWITCH_SIZE], path[PATH_MAX];
	struct problem ignored;
	struct dirent **entries;
	struct client *client;
	const int n = scandir(rundir(), &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const mtime_t deadline = deadline_in(patience);
		int fd = -1;

		if (rundir_switch_of(entries[i]->d_name, "sock", name)) {
			rundir_path(path, sizeof(path), name, "sock");
			fd = client_connect(path, deadline, &ignored.err);
		}
		if (fd >= 0 && client_open(fd, deadline, &client, &ignored) ==
				       STATUS_DONE) {
			on_switch(arg, name, client);
			client_close(client);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}
