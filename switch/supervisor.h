/* SPDX-License-Identifier: MIT */
/*
 * supervisor.h - telling the service manager how we are
 *
 * The protocol of sd_notify(3): a datagram of "KEY=VALUE" lines to the socket
 * that NOTIFY_SOCKET names. Where it names none, nothing here does anything:
 * no descriptor, and no timer that would wake an idle switch.
 *
 * The heartbeat is a timer of the event loop, so that a loop which hangs is
 * heard of by silence.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	SUPERVISOR_STATUS_SIZE = 120, /* and NUL */
};

struct supervisor {
	int fd; /* -1: there is nobody to tell */
	struct sockaddr_un addr;
	socklen_t addr_len;
	struct ev_loop *loop;
	struct ev_timer heartbeat; /* inactive: nobody waits for one */
	/* One line on how we are; called now and then. */
	void (*describe)(char ret[SUPERVISOR_STATUS_SIZE], void *user);
	void *user;
};

void supervisor_start(struct supervisor *supervisor, struct ev_loop *loop);
bool supervisor_listens(const struct supervisor *supervisor);
void supervisor_tell(struct supervisor *supervisor, const char *state);
void supervisor_stop(struct supervisor *supervisor);

#endif /* SUPERVISOR_H */
