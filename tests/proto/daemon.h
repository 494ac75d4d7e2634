/* SPDX-License-Identifier: MIT */
/*
 * daemon.h - a real vswd for the tests of the control socket
 *
 * Tests run in network and mount namespaces of their own, with /run/netns to
 * themselves. So the "host" of their daemons is not the machine, two tests
 * cannot meet, and whatever way they end, the last process takes all that is
 * left with it.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "unit.h"

enum {
	PATIENCE_MS = 20000, /* until a test gives up waiting */
	DAEMON_LOG_SIZE = 65536,
};

struct daemon {
	char name[33]; /* of the switch */
	char path[108]; /* of its socket */
	pid_t pid; /* 0: it does not run */
	int log_fd; /* what it wrote to standard error and output */
};

/* How a daemon is started: all zero for nothing special. */
struct daemon_start {
	const char *args[8]; /* behind --name NAME, or instead of it */
	bool unnamed; /* there is no --name */
	void (*prepare)(void); /* called in the new process */
};

/* Running the tests */
int proto_main(int (*run_all)(void));
int proto_owner(void);
const char *proto_rundir(void);
int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Time */
long now_ms(void);
void pause_shortly(void);

/* Wait for a condition; the test fails if it does not come true in time. */
#define eventually_within(ms, condition)                                       \
	do {                                                                   \
		const long deadline_ = now_ms() + (ms);                        \
                                                                               \
		while (!(condition)) {                                         \
			if (now_ms() >= deadline_)                             \
				fail_msg("not within %ld ms: %s", (long)(ms),  \
					 #condition);                          \
			pause_shortly();                                       \
		}                                                              \
	} while (0)
#define eventually(condition) eventually_within(PATIENCE_MS, condition)

/* Daemons */
void daemon_spawn(struct daemon *d, const char *name,
		  const struct daemon_start *how);
void daemon_start(struct daemon *d, const char *name,
		  const struct daemon_start *how);
int daemon_wait(struct daemon *d);
int daemon_stop(struct daemon *d);
void daemon_kill(struct daemon *d);
const char *daemon_log(const struct daemon *d);
int daemon_n_fds(const struct daemon *d);
void process_halt(pid_t pid);
pid_t daemon_worker(const struct daemon *d);
int daemon_worker_n_fds(const struct daemon *d);
long process_rss_kib(pid_t pid);
long daemon_rss_kib(const struct daemon *d);
bool daemon_left_nothing(const struct daemon *d);
const char *daemon_room(const struct daemon *d);

/* A daemon for each test: *state is the struct daemon */
int daemon_setup(void **state);
int daemon_teardown(void **state);
#define daemon_test(name)                                                      \
	cmocka_unit_test_setup_teardown(name, daemon_setup, daemon_teardown)

#endif /* DAEMON_H */
