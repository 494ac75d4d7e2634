/* SPDX-License-Identifier: MIT */
/*
 * startstop.c - how long a switch takes to start and to stop
 *
 * usage: startstop --runs N SOCKET DAEMON [ARG...]
 *	  startstop --once
 *
 * Starts DAEMON, connects to SOCKET until that succeeds and a first line has
 * been said there, stops it by SIGTERM and waits for its end. Prints one line
 * of JSON a run: start_ms and stop_ms.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "args.h"
#include "err.h"
#include "measure.h"

enum {
	MAX_RUNS = 1000,
	RETRY_NS = 50 * 1000,
	PATIENCE_MS = 10000,
};

static const char usage[] = "usage: startstop --runs N SOCKET DAEMON [ARG...]\n"
			    "       startstop --once\n";

/* Returns whether somebody at @path said something. */
static bool says_hello(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct pollfd pollfd = { .events = POLLIN };
	char line[256];
	bool heard = false;

	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	pollfd.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (pollfd.fd < 0)
		return false;
	if (!connect(pollfd.fd, (const struct sockaddr *)&addr, sizeof(addr)) &&
	    poll(&pollfd, 1, PATIENCE_MS) == 1)
		heard = recv(pollfd.fd, line, sizeof(line), 0) > 0;
	close(pollfd.fd);
	return heard;
}

static int await_hello(const char *path, pid_t pid, struct err *err)
{
	const uint64_t deadline =
		measure_now_ns() + PATIENCE_MS * UINT64_C(1000000);

	while (!says_hello(path)) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return err_set(err, -ECHILD, "the daemon has ended");
		if (measure_now_ns() > deadline) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return err_set(err, -ETIMEDOUT,
				       "the daemon is not ready");
		}
		measure_sleep_until(measure_now_ns() + RETRY_NS);
	}
	return 0;
}

static int run(const char *path, char **daemon, struct err *err)
{
	const uint64_t start = measure_now_ns();
	uint64_t ready, stopping;
	int status, r;
	pid_t pid = fork();

	if (pid < 0)
		return err_errno(err, "cannot fork");
	if (!pid) {
		execvp(daemon[0], daemon);
		_exit(127);
	}

	r = await_hello(path, pid, err);
	if (r < 0)
		return r;

	ready = measure_now_ns();
	kill(pid, SIGTERM);
	stopping = measure_now_ns();
	waitpid(pid, &status, 0);
	if (status)
		return err_set(err, -EIO, "the daemon ended with status %d",
			       status);

	printf("{\"start_ms\":%.3f,\"stop_ms\":%.3f}\n",
	       (double)(ready - start) / 1e6,
	       (double)(measure_now_ns() - stopping) / 1e6);
	return 0;
}

/* As a daemon for --once: says hello to one, and waits for SIGTERM. */
static int be_daemon(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	sigset_t set;
	int fd, number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, 1) < 0)
		return EXIT_FAILURE;
	dprintf(accept(fd, NULL, NULL), "hello\n");
	sigwait(&set, &number);
	unlink(path);
	return EXIT_SUCCESS;
}

/* With this very program for a daemon. */
static int once(char *self, struct err *err)
{
	char path[64], option[] = "--daemon";
	char *daemon[] = { self, option, path, NULL };

	snprintf(path, sizeof(path), "/tmp/bench-startstop-%d.sock",
		 (int)getpid());
	return run(path, daemon, err);
}

int main(int argc, char **argv)
{
	struct err err;

	if (argc == 3 && !strcmp(argv[1], "--daemon"))
		return be_daemon(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "--once")) {
		if (once(argv[0], &err) < 0)
			args_fail(&err);
		return EXIT_SUCCESS;
	}
	if (argc < 5 || strcmp(argv[1], "--runs"))
		args_usage(usage);

	for (uint64_t n = args_number("--runs", argv[2], 1, MAX_RUNS); n; n--) {
		if (run(argv[3], argv + 4, &err) < 0)
			args_fail(&err);
	}
	return EXIT_SUCCESS;
}
