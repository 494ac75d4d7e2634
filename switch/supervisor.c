/* SPDX-License-Identifier: MIT */
/*
 * supervisor.c - telling the service manager how we are
 *
 * Not libsystemd: for one datagram it brings six libraries and a megabyte into
 * a process with privileges. sd_notify(3) promises that the protocol stays as
 * it is, for those who speak it on their own.
 */

#include "supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "log.h"
#include "macros.h"

enum {
	PATIENCE_S = 2, /* with a service manager that is slow to read */
};

/* "/run/systemd/notify", or "@name" in the kernel's own name space */
static bool set_address(struct supervisor *supervisor, const char *path)
{
	struct sockaddr_un *addr = &supervisor->addr;
	const size_t len = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || len < 2 ||
	    len >= sizeof(addr->sun_path))
		return false;

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(addr->sun_path, path, len);
	if (path[0] == '@')
		addr->sun_path[0] = '\0';
	supervisor->addr_len =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return true;
}

static void send_message(struct supervisor *supervisor, const char *text,
			 int flags)
{
	const ssize_t n =
		sendto(supervisor->fd, text, strlen(text), flags | MSG_NOSIGNAL,
		       (const struct sockaddr *)&supervisor->addr,
		       supervisor->addr_len);

	if (n < 0)
		log_debug(LOG_MAIN, "cannot tell the service manager: %s",
			  strerror(errno));
}

/* A datagram that has to wait is a heartbeat missed; the next one will do. */
static void on_heartbeat(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct supervisor *supervisor =
		container_of(w, struct supervisor, heartbeat);
	char status[SUPERVISOR_STATUS_SIZE] = "";
	char message[SUPERVISOR_STATUS_SIZE + 40];

	(void)loop;
	(void)revents;
	supervisor->describe(status, supervisor->user);
	snprintf(message, sizeof(message), "WATCHDOG=1\nSTATUS=%s", status);
	send_message(supervisor, message, MSG_DONTWAIT);
}

/* How often to be heard of: twice in the time after which we count as hung. */
static double heartbeat_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	char *end;
	unsigned long long n;

	if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	errno = 0;
	n = strtoull(usec, &end, 10);
	if (errno || *end || usec[0] == '-') {
		log_warning(LOG_MAIN, "WATCHDOG_USEC is not a number");
		return 0;
	}
	return (double)n / 2 / 1e6;
}

/**
 * supervisor_start() - Find out who wants to know
 * @supervisor:	In the caller's memory, with @describe and @user set
 * @loop:	Event loop that the heartbeat is to prove alive
 *
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them from
 * the environment: they are not for processes that we start. A service manager
 * that cannot be reached is no reason not to run.
 */
void supervisor_start(struct supervisor *supervisor, struct ev_loop *loop)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const double interval = path ? heartbeat_interval() : 0;

	supervisor->fd = -1;
	supervisor->loop = loop;
	ev_timer_init(&supervisor->heartbeat, on_heartbeat, interval, interval);
	if (!path)
		return;
	if (set_address(supervisor, path))
		supervisor->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (supervisor->fd < 0)
		log_warning(LOG_MAIN, "cannot talk to the service manager");
	else
		setsockopt(supervisor->fd, SOL_SOCKET, SO_SNDTIMEO,
			   &(const struct timeval){ .tv_sec = PATIENCE_S },
			   sizeof(struct timeval));
	if (supervisor->fd >= 0 && interval > 0)
		ev_timer_start(loop, &supervisor->heartbeat);

	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

/**
 * supervisor_listens() - Is there a service manager?
 * @supervisor:	Started
 *
 * Return: whether one wants to be told
 */
bool supervisor_listens(const struct supervisor *supervisor)
{
	return supervisor->fd >= 0;
}

/**
 * supervisor_tell() - Tell of a change: "READY=1", "STOPPING=1"
 * @supervisor:	Started or not, or all zero
 * @state:	Lines of sd_notify(3); a status is added
 *
 * May wait, if the service manager is slow to read: for use outside the loop.
 */
void supervisor_tell(struct supervisor *supervisor, const char *state)
{
	char status[SUPERVISOR_STATUS_SIZE] = "";
	char message[SUPERVISOR_STATUS_SIZE + 40];

	if (!supervisor->loop || supervisor->fd < 0)
		return;

	supervisor->describe(status, supervisor->user);
	snprintf(message, sizeof(message), "%.20s\nSTATUS=%s", state, status);
	send_message(supervisor, message, 0);
}

/**
 * supervisor_stop() - Say nothing more
 * @supervisor:	Started or not, or all zero
 */
void supervisor_stop(struct supervisor *supervisor)
{
	if (!supervisor->loop)
		return;

	ev_timer_stop(supervisor->loop, &supervisor->heartbeat);
	if (supervisor->fd >= 0)
		close(supervisor->fd);
	supervisor->fd = -1;
}
