/* SPDX-License-Identifier: MIT */
/*
 * spawn.c - a switch for a lab: the one that runs, or a new one
 *
 * The daemon gets a session of its own and a log beside its socket, and goes
 * on when we have gone.
 */

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deadline.h"
#include "macros.h"
#include "rundir.h"

enum {
	RETRY_MS = 10,
	END_MS = 2000, /* for cleaning up, of which there is little as yet */
	LOG_TAIL_SIZE = 400,
};

/* $VSWD, or beside us, installed or just built, or wherever programs are. */
static void find_program(char ret[PATH_MAX])
{
	static const char *const places[] = { "vswd", "../sbin/vswd",
					      "../switch/vswd" };
	const char *program = getenv("VSWD");
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	/* What a path means here it may not mean in /, where vswd begins. */
	if (program && *program) {
		if (!strchr(program, '/') || !realpath(program, ret))
			snprintf(ret, PATH_MAX, "%s", program);
		return;
	}

	self[len > 0 ? len : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < ARRAY_SIZE(places); i++) {
		int n = snprintf(ret, PATH_MAX, "%.*s/%s", (int)(slash - self),
				 self, places[i]);

		if (n < PATH_MAX && access(ret, X_OK) == 0)
			return;
	}
	snprintf(ret, PATH_MAX, "vswd");
}

static int open_log(const char *name, struct err *err)
{
	char path[PATH_MAX];
	int fd;

	if (mkdir(rundir(), 0755) < 0 && errno != EEXIST)
		return err_errno(err, "cannot create %.80s", rundir());
	if (!rundir_path(path, sizeof(path), name, "log"))
		return err_set(err, -EINVAL, "%.80s is too long a path",
			       rundir());

	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
		  0640);
	return fd < 0 ? err_errno(err, "cannot create %.80s", path) : fd;
}

static void become_daemon(const char *program, const char *name, int log_fd)
{
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setsid();
	dup2(null, STDIN_FILENO);
	dup2(log_fd, STDOUT_FILENO);
	dup2(log_fd, STDERR_FILENO);
	if (chdir("/") < 0)
		_exit(1);
	execlp(program, "vswd", "--name", name, (char *)NULL);
	dprintf(STDERR_FILENO, "vswd: cannot run %s: %s\n", program,
		strerror(errno));
	_exit(127);
}

/* What it said last is why it ended. */
static enum status say_ended(int log_fd, const char *name,
			     struct problem *problem)
{
	char tail[LOG_TAIL_SIZE] = "";
	const off_t size = lseek(log_fd, 0, SEEK_END);
	const off_t start =
		size > LOG_TAIL_SIZE - 1 ? size - LOG_TAIL_SIZE + 1 : 0;
	ssize_t len = pread(log_fd, tail, sizeof(tail) - 1, start);
	char *line;

	tail[len > 0 ? len : 0] = '\0';
	tail[strcspn(tail, "\n")] = '\0'; /* the next one is the hint */
	line = strstr(tail, ": ");
	problem_set(problem, STATUS_FAILED, "the switch did not start: %.140s",
		    line ? line + 2 : "it says nothing");
	spawn_forget_log(name);
	return STATUS_FAILED;
}

/* Until it serves, or has ended, or we have waited for long enough. */
static enum status await(pid_t pid, const char *path, mtime_t deadline,
			 struct client **ret, struct problem *problem)
{
	for (;;) {
		int fd = client_connect(path, deadline, &problem->err);

		if (fd >= 0)
			return client_open(fd, deadline, ret, problem);
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return STATUS_NO_DAEMON;
		if (deadline_passed(deadline))
			return problem_set(problem, STATUS_TIMEOUT,
					   "the switch does not answer");
		deadline_pause(deadline, RETRY_MS);
	}
}

/* Nobody would know of a switch that was started in vain. */
static void end(pid_t pid)
{
	const mtime_t deadline = deadline_in(mtime_from_ms(END_MS));

	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (deadline_passed(deadline)) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return;
		}
		deadline_pause(deadline, RETRY_MS);
	}
}

static enum status start(const char *name, const char *path, mtime_t deadline,
			 struct client **ret, struct problem *problem)
{
	const int log_fd = open_log(name, &problem->err);
	char program[PATH_MAX];
	enum status status;
	pid_t pid;

	if (log_fd < 0)
		return problem_take(problem, STATUS_FAILED);

	find_program(program);
	pid = fork();
	if (pid < 0) {
		err_errno(&problem->err, "cannot start a process");
		close(log_fd);
		return problem_take(problem, STATUS_FAILED);
	}
	if (!pid)
		become_daemon(program, name, log_fd);

	status = await(pid, path, deadline, ret, problem);
	if (status == STATUS_NO_DAEMON) {
		status = say_ended(log_fd, name, problem);
	} else if (status != STATUS_DONE) {
		end(pid);
		spawn_forget_log(name);
	}
	close(log_fd);
	return status;
}

/**
 * spawn_switch() - Connect to a switch, started if need be
 * @name:	Its name
 * @deadline:	When to give up
 * @ret:	The connection
 * @ret_started: Whether it was started
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status spawn_switch(const char *name, mtime_t deadline,
			 struct client **ret, bool *ret_started,
			 struct problem *problem)
{
	char path[PATH_MAX];
	int fd;

	rundir_path(path, sizeof(path), name, "sock");
	fd = client_connect(path, deadline, &problem->err);
	if (fd >= 0)
		return client_open(fd, deadline, ret, problem);
	if (fd != -ENOENT && fd != -ECONNREFUSED && fd != -ENOTDIR)
		return problem_take(problem, STATUS_FAILED);

	*ret_started = true;
	return start(name, path, deadline, ret, problem);
}

/**
 * spawn_forget_log() - Remove the log of a switch that has ended
 * @name:	Its name
 */
void spawn_forget_log(const char *name)
{
	char path[PATH_MAX];

	if (rundir_path(path, sizeof(path), name, "log"))
		unlink(path);
}
