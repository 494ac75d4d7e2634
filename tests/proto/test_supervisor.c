/* SPDX-License-Identifier: MIT */
/* test_supervisor.c - what a vswd tells the service manager */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "netns.h"

enum {
	HEARTBEAT_US = 100000, /* asked for; so one comes each 50 ms */
};

/* The service manager's end, and what it tells a daemon before it starts. */
static struct {
	int fd;
	char socket[108]; /* NOTIFY_SOCKET */
	const char *watchdog_usec; /* or NULL */
	const char *watchdog_pid; /* or NULL: the daemon's own */
	char message[400]; /* the newest */
	pid_t sender; /* of that */
} manager;

static void listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t len;

	snprintf(manager.socket, sizeof(manager.socket), "%s", path);
	memcpy(addr.sun_path, path, strlen(path));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			  strlen(path));
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(manager.fd >= 0);
	assert_int_equal(setsockopt(manager.fd, SOL_SOCKET, SO_PASSCRED,
				    &(int){ 1 }, sizeof(int)),
			 0);
	assert_int_equal(bind(manager.fd, (struct sockaddr *)&addr, len), 0);
}

static int setup(void **state)
{
	char path[100];

	*state = calloc(1, sizeof(struct daemon));
	memset(&manager, 0, sizeof(manager));
	snprintf(path, sizeof(path), "%s/notify", proto_rundir());
	unlink(path);
	listen_at(path);
	return 0;
}

static int teardown(void **state)
{
	close(manager.fd);
	return daemon_teardown(state);
}

#define manager_test(name)                                                     \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

static void as_a_service(void)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("NOTIFY_SOCKET", manager.socket, 1);
	if (!manager.watchdog_usec)
		return;
	setenv("WATCHDOG_USEC", manager.watchdog_usec, 1);
	setenv("WATCHDOG_PID",
	       manager.watchdog_pid ? manager.watchdog_pid : pid, 1);
}

static const struct daemon_start service = { .prepare = as_a_service };

/* Return: whether a message has come; it is in manager.message */
static bool hear(int timeout_ms)
{
	struct pollfd pollfd = { .fd = manager.fd, .events = POLLIN };
	char control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec iov = { manager.message, sizeof(manager.message) - 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct ucred ucred;
	ssize_t n;

	if (poll(&pollfd, 1, timeout_ms) != 1)
		return false;
	n = recvmsg(manager.fd, &msg, 0);
	assert_true(n > 0 && CMSG_FIRSTHDR(&msg));
	manager.message[n] = '\0';
	memcpy(&ucred, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(ucred));
	manager.sender = ucred.pid;
	return true;
}

static void assert_heard(const struct daemon *d, const char *line,
			 const char *status)
{
	char expected[400];

	if (!hear(PATIENCE_MS))
		fail_msg("the daemon says nothing, not even %s", line);
	snprintf(expected, sizeof(expected), "%s\nSTATUS=Switch %s, %s", line,
		 d->name, status);
	assert_string_equal(manager.message, expected);
	if (d->pid) /* it has not been buried */
		assert_int_equal(manager.sender, d->pid);
}

static void it_is_ready_when_the_socket_answers(void **state)
{
	struct daemon *d = *state;
	struct client *c;

	daemon_spawn(d, "", &service);
	assert_heard(d, "READY=1", "0 ports");
	c = client_new(d); /* at once, without waiting for anything */
	assert_result(client_call(c, "port.list", "{}"));
	client_free(c);
}

static void it_says_that_it_stops(void **state)
{
	struct daemon *d = *state;
	struct client *c;

	daemon_start(d, "", &service);
	assert_heard(d, "READY=1", "0 ports");
	c = client_new(d);
	client_attach_quietly(c, netns_make("web"), "web");
	kill(d->pid, SIGTERM);
	assert_heard(d, "STOPPING=1", "1 port");
	assert_int_equal(daemon_wait(d), 0);
	assert_false(hear(0));
	client_free(c);
}

static void one_that_could_not_start_is_never_ready(void **state)
{
	static const struct daemon_start bad = { .prepare = as_a_service,
						 .args = { "--ageing", "1s" } };
	struct daemon *d = *state;

	daemon_spawn(d, "", &bad);
	assert_int_equal(daemon_wait(d), 2);
	assert_false(hear(0));
}

static const char *lab_path(void)
{
	static char path[80];

	snprintf(path, sizeof(path), "%s/lab.yaml", proto_rundir());
	return path;
}

/* vswd --config, with a port of each of these interfaces in namespace @ns */
static void spawn_with_lab(struct daemon *d, const char *ns, const char *a,
			   const char *b)
{
	const struct daemon_start how = {
		.prepare = as_a_service,
		.args = { "--config", lab_path() },
	};
	FILE *file = fopen(lab_path(), "we");

	assert_non_null(file);
	fprintf(file,
		"ports:\n  a: {attach: %s, ifname: %s, persist: false}\n"
		"  b: {attach: %s, ifname: %s, persist: false}\n",
		ns, a, ns, b);
	assert_int_equal(fclose(file), 0);
	daemon_spawn(d, "", &how);
}

/* How many ports it has when it says so tells when it said so. */
static void one_with_a_lab_is_ready_when_it_has_become_that(void **state)
{
	struct daemon *d = *state;

	spawn_with_lab(d, netns_make("web"), "a", "b");
	assert_heard(d, "READY=1", "2 ports");
	assert_int_equal(daemon_stop(d), 0);
	assert_heard(d, "STOPPING=1", "2 ports");
}

static void one_whose_lab_fails_is_never_ready(void **state)
{
	struct daemon *d = *state;

	spawn_with_lab(d, netns_make("web"), "a", "lo");
	assert_int_equal(daemon_wait(d), 1);
	assert_heard(d, "STOPPING=1", "0 ports");
	assert_false(hear(0));
}

/* "systemctl reload" does not end a switch that has no file to read. */
static void sighup_without_a_file_changes_nothing(void **state)
{
	struct daemon *d = *state;

	daemon_start(d, "", &service);
	assert_heard(d, "READY=1", "0 ports");
	kill(d->pid, SIGHUP);
	eventually(strstr(daemon_log(d), "no --config to read again"));
	client_free(client_new(d));
	assert_false(hear(0));
}

static void its_heart_beats_in_the_loop(void **state)
{
	struct daemon *d = *state;
	struct client *c;

	manager.watchdog_usec = "100000";
	daemon_start(d, "", &service);
	assert_heard(d, "READY=1", "0 ports");
	for (int i = 0; i < 3; i++)
		assert_heard(d, "WATCHDOG=1", "0 ports");

	c = client_new(d);
	client_attach_quietly(c, netns_make("web"), "web");
	do {
		assert_true(hear(PATIENCE_MS));
	} while (!strstr(manager.message, "1 port"));
	assert_int_equal(manager.sender, d->pid);
	client_free(c);
}

static void its_heart_beats_twice_in_the_time_asked_for(void **state)
{
	struct daemon *d = *state;
	long start;

	manager.watchdog_usec = "400000";
	start = now_ms();
	daemon_start(d, "", &service);
	assert_heard(d, "READY=1", "0 ports");
	for (int i = 0; i < 4; i++)
		assert_heard(d, "WATCHDOG=1", "0 ports");
	/* Too early would be a waste; too late, the machine's load may be. */
	assert_true(now_ms() - start >= 4 * 200 - 50);
}

/* Without a watchdog, an idle switch has nothing to wake up for. */
static void nobody_hears_a_heart_that_nobody_asked_for(void **state)
{
	struct daemon *d = *state;

	daemon_start(d, "", &service);
	assert_heard(d, "READY=1", "0 ports");
	assert_false(hear(3 * HEARTBEAT_US / 1000));

	daemon_stop(d);
	assert_heard(d, "STOPPING=1", "0 ports");
	manager.watchdog_usec = "100000";
	manager.watchdog_pid = "1"; /* meant for another process */
	daemon_start(d, "", &service);
	assert_heard(d, "READY=1", "0 ports");
	assert_false(hear(3 * HEARTBEAT_US / 1000));
}

static void a_socket_without_a_file_is_as_good(void **state)
{
	struct daemon *d = *state;
	char name[60];

	close(manager.fd);
	snprintf(name, sizeof(name), "@vsw-notify-%d", proto_owner());
	listen_at(name);
	daemon_start(d, "", &service);
	assert_heard(d, "READY=1", "0 ports");
}

static void a_manager_that_cannot_be_told_is_done_without(void **state)
{
	static const char *const sockets[] = {
		"",
		"notify",
		"vsock:2:1234",
		"/nowhere/notify",
		"@",
		("/this/path/is/longer/than/the/one/hundred/and/eight/bytes/"
		 "that/the/address/of/a/unix/socket/has/room/for"),
	};
	struct daemon *d = *state;

	manager.watchdog_usec = "100000";
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
		strncpy(manager.socket, sockets[i], sizeof(manager.socket) - 1);
		daemon_start(d, "", &service);
		client_free(client_new(d));
		assert_int_equal(daemon_stop(d), 0);
	}
	strcpy(manager.socket, "@vsw-nobody");
	manager.watchdog_usec = "soon";
	daemon_start(d, "", &service);
	assert_non_null(strstr(daemon_log(d), "WATCHDOG_USEC"));
	assert_false(hear(0));
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		manager_test(it_is_ready_when_the_socket_answers),
		manager_test(it_says_that_it_stops),
		manager_test(one_that_could_not_start_is_never_ready),
		manager_test(one_with_a_lab_is_ready_when_it_has_become_that),
		manager_test(one_whose_lab_fails_is_never_ready),
		manager_test(sighup_without_a_file_changes_nothing),
		manager_test(its_heart_beats_in_the_loop),
		manager_test(its_heart_beats_twice_in_the_time_asked_for),
		manager_test(nobody_hears_a_heart_that_nobody_asked_for),
		manager_test(a_socket_without_a_file_is_as_good),
		manager_test(a_manager_that_cannot_be_told_is_done_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
