/* SPDX-License-Identifier: MIT */
/* daemon.c - a real vswd for the tests of the control socket */

#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "macros.h"
#include "netns.h"

enum {
	ARGS_MAX = 16,
};

static struct {
	pid_t owner; /* who cleans up; its number is in every name */
	char rundir[40];
	size_t n_host_interfaces;
} tests;

/* Running the tests */

static size_t count_interfaces(void)
{
	struct if_nameindex *all = if_nameindex();
	size_t n = 0;

	while (all && all[n].if_index)
		n++;
	if_freenameindex(all);
	return n;
}

/* Namespaces of our own, in which /run/netns is empty and nobody's business. */
static void isolate(void)
{
	mkdir("/run/netns", 0755);
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proto", "/run/netns", "tmpfs", 0, "mode=0755") < 0) {
		perror("skipped: cannot make namespaces");
		exit(77);
	}
	tests.n_host_interfaces = count_interfaces();
}

static void on_signal(int signum)
{
	(void)signum; /* waitpid() returns, and that is all it is for */
}

static int wait_for_tests(pid_t pid)
{
	const struct sigaction action = { .sa_handler = on_signal };
	int status;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	while (waitpid(pid, &status, 0) < 0)
		kill(pid, SIGKILL);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);

	fprintf(stderr, "the tests were killed by signal %d\n",
		WTERMSIG(status));
	return 1;
}

/**
 * proto_main() - Run tests in a child, and clean up after it
 * @run_all:	Runs them; returns the number of failures
 *
 * Return: what main() should
 */
int proto_main(int (*run_all)(void))
{
	pid_t pid;
	int r;

	if (geteuid() != 0 || run("command -v ip >/dev/null")) {
		fprintf(stderr, "skipped: needs root and iproute2\n");
		return 77;
	}
	if (!getenv("VSWD")) {
		fprintf(stderr, "VSWD has to name the daemon to test\n");
		return 1;
	}

	tests.owner = getpid();
	strcpy(tests.rundir, "/tmp/vsw-proto-XXXXXX");
	if (!mkdtemp(tests.rundir)) {
		perror("cannot make a folder in /tmp");
		return 1;
	}
	setenv("VSW_RUNDIR", tests.rundir, 1);

	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		isolate();
		r = run_all();
		fflush(NULL);
		if (r)
			_exit(1); /* a test that failed frees nothing */
		exit(0);
	}
	r = wait_for_tests(pid);
	run("rm -rf -- '%s'", tests.rundir);
	return r;
}

/**
 * proto_owner() - Whose number is in every name
 *
 * Return: the process that cleans up
 */
int proto_owner(void)
{
	return tests.owner;
}

/**
 * proto_rundir() - Where the sockets of the daemons are
 *
 * Return: path
 */
const char *proto_rundir(void)
{
	return tests.rundir;
}

/**
 * run() - Run a shell command
 * @fmt:	printf() format of it
 *
 * Return: its exit status
 */
int run(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	return system(command);
}

/* Time */

/**
 * now_ms() - A clock to measure with
 *
 * Return: milliseconds since some time
 */
long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/**
 * pause_shortly() - Leave the processor to others between two looks
 */
void pause_shortly(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* Daemons */

static void become_daemon(const struct daemon *d,
			  const struct daemon_start *how)
{
	const char *argv[ARGS_MAX] = { getenv("VSWD") };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	size_t n = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, STDIN_FILENO);
	dup2(d->log_fd, STDOUT_FILENO);
	dup2(d->log_fd, STDERR_FILENO);
	if (!how->unnamed) {
		argv[n++] = "--name";
		argv[n++] = d->name;
	}
	for (size_t i = 0; i < ARRAY_SIZE(how->args) && how->args[i]; i++)
		argv[n++] = how->args[i];
	if (how->prepare)
		how->prepare();
	execv(argv[0], (char **)argv);
	perror(argv[0]);
	_exit(127);
}

/**
 * daemon_spawn() - Start a daemon, and do not wait for it
 * @d:		Daemon; its log, if it has been started before, is forgotten
 * @name:	What its name ends with
 * @how:	How, or NULL for nothing special
 */
void daemon_spawn(struct daemon *d, const char *name,
		  const struct daemon_start *how)
{
	static const struct daemon_start ordinary;

	snprintf(d->name, sizeof(d->name), "p%d%s", proto_owner(), name);
	snprintf(d->path, sizeof(d->path), "%s/%s.sock", tests.rundir, d->name);
	if (d->log_fd)
		close(d->log_fd);
	d->log_fd = memfd_create("log", MFD_CLOEXEC);
	assert_true(d->log_fd > 0);
	d->pid = fork();
	assert_true(d->pid >= 0);
	if (!d->pid)
		become_daemon(d, how ? how : &ordinary);
}

/* Return: its exit status, 128 and the signal, or -1 if it runs on */
static int bury(struct daemon *d, long timeout_ms)
{
	const long deadline = now_ms() + timeout_ms;
	int status;

	while (waitpid(d->pid, &status, WNOHANG) != d->pid) {
		if (now_ms() >= deadline)
			return -1;
		pause_shortly();
	}
	d->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/**
 * daemon_start() - Start a daemon, and wait until it serves
 * @d:		Daemon
 * @name:	What its name ends with
 * @how:	How, or NULL for nothing special
 */
void daemon_start(struct daemon *d, const char *name,
		  const struct daemon_start *how)
{
	const long deadline = now_ms() + PATIENCE_MS;

	daemon_spawn(d, name, how);
	while (!strstr(daemon_log(d), "is ready")) {
		if (bury(d, 0) >= 0 || now_ms() >= deadline)
			fail_msg("vswd did not start: %s", daemon_log(d));
		pause_shortly();
	}
}

/**
 * daemon_wait() - Wait for a daemon to end by itself
 * @d:		Daemon
 *
 * Return: its exit status, or 128 and the signal that killed it
 */
int daemon_wait(struct daemon *d)
{
	const int status = bury(d, PATIENCE_MS);

	if (status < 0) {
		daemon_kill(d);
		fail_msg("vswd did not end: %s", daemon_log(d));
	}
	return status;
}

/**
 * daemon_stop() - Ask a daemon to end, and wait for it
 * @d:		Daemon
 *
 * Return: its exit status, or 128 and the signal that killed it
 */
int daemon_stop(struct daemon *d)
{
	kill(d->pid, SIGTERM);
	return daemon_wait(d);
}

/**
 * daemon_kill() - End a daemon without giving it a chance to clean up
 * @d:		Daemon
 */
void daemon_kill(struct daemon *d)
{
	if (!d->pid)
		return;
	kill(d->pid, SIGKILL);
	waitpid(d->pid, NULL, 0);
	d->pid = 0;
}

/**
 * daemon_log() - What a daemon has written so far
 * @d:		Daemon, running or not
 *
 * Return: text, until the next call
 */
const char *daemon_log(const struct daemon *d)
{
	static char text[DAEMON_LOG_SIZE];
	const ssize_t n = pread(d->log_fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int count_fds(pid_t pid)
{
	char path[40];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* "." and ".." */
}

/**
 * daemon_n_fds() - How many descriptors a daemon has open
 * @d:		Daemon
 *
 * Return: their number
 */
int daemon_n_fds(const struct daemon *d)
{
	return count_fds(d->pid);
}

/**
 * daemon_worker() - The process that arranges the daemon's cables
 * @d:		Daemon
 *
 * Return: its number
 */
pid_t daemon_worker(const struct daemon *d)
{
	char path[60];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)d->pid,
		 (int)d->pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return pid;
}

/* The third word of /proc/PID/stat; what is in parentheses has blanks. */
static char process_state(pid_t pid)
{
	char path[40], line[128];
	const char *name_end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	name_end = strrchr(line, ')');
	assert_non_null(name_end);
	return name_end[2];
}

/**
 * process_halt() - Stop a process where it is, until it gets SIGCONT
 * @pid:	Its number
 *
 * kill() alone returns before the process has stopped: on another processor
 * it still reads what is sent next.
 */
void process_halt(pid_t pid)
{
	assert_int_equal(kill(pid, SIGSTOP), 0);
	eventually(process_state(pid) == 'T');
}

/**
 * daemon_worker_n_fds() - How many descriptors that process has open
 * @d:		Daemon
 *
 * Return: their number
 */
int daemon_worker_n_fds(const struct daemon *d)
{
	return count_fds(daemon_worker(d));
}

/**
 * process_rss_kib() - How much memory a process occupies
 * @pid:	Its number
 *
 * Return: KiB
 */
long process_rss_kib(pid_t pid)
{
	char path[40], line[128];
	long kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (kib < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "VmRSS: %ld", &kib);
	fclose(file);
	assert_true(kib > 0);
	return kib;
}

/**
 * daemon_rss_kib() - How much memory a daemon occupies
 * @d:		Daemon
 *
 * Return: KiB
 */
long daemon_rss_kib(const struct daemon *d)
{
	return process_rss_kib(d->pid);
}

/**
 * daemon_room() - Where a daemon's back room is pinned
 * @d:		Daemon
 *
 * Return: path, until the next call
 */
const char *daemon_room(const struct daemon *d)
{
	static char path[64];

	snprintf(path, sizeof(path), "/run/netns/vsw-%s", d->name);
	return path;
}

/**
 * daemon_left_nothing() - Is the machine as it was before?
 * @d:		Daemon that has ended
 *
 * Return: whether it is; says on standard error what is left
 */
bool daemon_left_nothing(const struct daemon *d)
{
	char lock[sizeof(d->path)];
	const char *paths[] = { d->path, lock, daemon_room(d) };
	bool nothing = true;

	snprintf(lock, sizeof(lock), "%s/%s.lock", tests.rundir, d->name);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (access(paths[i], F_OK) < 0)
			continue;
		print_error("vswd left %s\n", paths[i]);
		nothing = false;
	}
	if (count_interfaces() != tests.n_host_interfaces) {
		print_error("vswd left an interface in the host\n");
		nothing = false;
	}
	return nothing;
}

/**
 * daemon_setup() - A daemon for a test
 * @state:	Where to put the struct daemon
 *
 * Return: 0
 */
int daemon_setup(void **state)
{
	struct daemon *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	*state = d;
	daemon_start(d, "", NULL);
	return 0;
}

/**
 * daemon_teardown() - End it, and remove the namespaces the test made
 * @state:	The struct daemon
 *
 * Return: 0 if the daemon ended in good order and left nothing behind
 */
int daemon_teardown(void **state)
{
	struct daemon *d = *state;
	int status = 0;

	if (d->pid) {
		kill(d->pid, SIGCONT);
		kill(d->pid, SIGTERM);
		status = bury(d, PATIENCE_MS);
		daemon_kill(d);
		if (status)
			print_error("vswd ended with %d:\n%s\n", status,
				    daemon_log(d));
		if (!daemon_left_nothing(d))
			status = 1;
	}
	netns_del_all();
	if (d->log_fd)
		close(d->log_fd);
	free(d);
	return status;
}
