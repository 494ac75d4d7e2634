/* SPDX-License-Identifier: MIT */
/* test_access.c - who may connect to the control socket, and do what there */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "cmd.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "netns.h"
#include "usock.h"

enum {
	FAILED = JSONRPC_CODE_FAILED,
	NOBODY = 65534,
	OPERATOR = 4321, /* some ordinary user */
	GROUP = 4242, /* that is named vsw where a test says so */
};

/* In a process that has given up everything else for good. */
static int connect_as(const char *path, uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return -EPERM;
	return usock_connect(path, NULL);
}

/* Returns a connected socket, or -errno as the other user gets it. */
static int borrow_connection(const struct daemon *d, uid_t uid, gid_t gid)
{
	int pair[2], fd = -1, status;
	char byte = 0;
	pid_t pid;

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pid = fork();
	if (!pid) {
		fd = connect_as(d->path, uid, gid);
		if (fd >= 0)
			usock_send(pair[0], &byte, 1, fd);
		_exit(fd < 0 ? -fd : 0);
	}
	close(pair[0]);
	assert_true(usock_recv(pair[1], &byte, 1, &fd) >= 0);
	close(pair[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return fd >= 0 ? fd : -WEXITSTATUS(status);
}

static struct client *client_of(const struct daemon *d, uid_t uid, gid_t gid)
{
	const int fd = borrow_connection(d, uid, gid);

	if (fd < 0)
		fail_msg("uid %d cannot connect: %s", (int)uid, strerror(-fd));
	return client_adopt(fd);
}

static void assert_access(struct client *c, const char *access)
{
	const json_t *hello = client_read(c);

	assert_string_equal(text_at(hello, "method"), "hello");
	assert_string_equal(text_at(hello, "params.access"), access);
}

/* Whoever comes may connect: what they may do then is what we want to know. */
static void open_the_door(const struct daemon *d)
{
	assert_int_equal(chmod(proto_rundir(), 0711), 0);
	assert_int_equal(chmod(d->path, 0666), 0);
}

static void another_user_may_look_but_not_touch(void **state)
{
	struct daemon *d = *state;
	struct client *c;

	open_the_door(d);
	c = client_of(d, NOBODY, NOBODY);
	assert_access(c, "read");
	for (size_t i = 0; i < CMD_COUNT; i++) {
		const struct cmd_spec *spec = cmd_specs[i];
		const json_t *reply;

		if (!spec->method)
			continue;
		reply = client_call(c, spec->method, "{}");
		if (spec->access == CMD_ACCESS_WRITE)
			assert_refused(reply, FAILED, "denied", spec->method,
				       "root");
		else if (at(reply, "error"))
			assert_string_equal(text_at(reply, "error.data.code"),
					    "invalid");
	}
	assert_result(client_call(c, "port.list", "{}"));
	assert_result(client_call(c, "fdb.show", "{}"));
	assert_result(client_call(c, "switch.show", "{}"));
	client_free(c);
}

static void what_is_denied_is_not_done(void **state)
{
	struct daemon *d = *state;
	struct client *c, *root = client_new(d);
	const char *ns = netns_make("web");
	int fds[2], n_fds;
	char byte;

	assert_result(client_call(root, "port.attach",
				  "{'target':'%s','port':'web'}", ns));
	open_the_door(d);
	c = client_of(d, NOBODY, NOBODY);
	assert_access(c, "read");
	n_fds = daemon_n_fds(d);

	assert_refused(client_call(c, "port.attach",
				   "{'target':'%s','port':'x','ifname':'x'}",
				   ns),
		       FAILED, "denied", "port.attach", "root");
	assert_refused(client_call(c, "port.detach", "{'port':'web'}"), FAILED,
		       "denied", "port.detach", "root");
	client_say(c, "{'jsonrpc':'2.0','method':'port.detach',"
		      "'params':{'port':'web'}}");
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	client_pass(c, fds[1],
		    "{'jsonrpc':'2.0','id':1,'method':'capture.start'}");
	close(fds[1]);
	assert_refused(client_read(c), FAILED, "denied", "capture.start",
		       "root");
	eventually(read(fds[0], &byte, 1) == 0);
	close(fds[0]);

	assert_int_equal(daemon_n_fds(d), n_fds);
	assert_false(netns_has(ns, "x"));
	assert_int_equal(
		number_at(client_call(root, "port.list", "{}"), "result.count"),
		1);
	client_free(c);
	client_free(root);
}

/* The kernel notes who connects; a socket that changes hands stays theirs. */
static void who_connected_counts_and_not_who_writes(void **state)
{
	static const char flush[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"fdb.flush\"}\n";
	struct client *c = client_new(*state);
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		const bool ok = !setresuid(NOBODY, NOBODY, NOBODY) &&
				client_push(c, flush, sizeof(flush) - 1) > 0;

		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_result(client_read(c));
	client_free(c);
}

static void another_group_takes_nothing_from_root(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_of(d, 0, NOBODY);

	assert_access(c, "write");
	assert_result(client_call(c, "fdb.flush", "{}"));
	client_free(c);
}

/* The door itself */

static void write_groups(const char *lines)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "%s/group", proto_rundir());
	file = fopen(path, "we");
	if (!file || fputs(lines, file) < 0 || fclose(file) ||
	    unshare(CLONE_NEWNS) < 0 ||
	    mount(path, "/etc/group", NULL, MS_BIND, NULL) < 0) {
		perror("cannot change /etc/group");
		_exit(126);
	}
}

static void with_the_group(void)
{
	write_groups("root:x:0:\nvsw:x:4242:\n");
}

static void without_the_group(void)
{
	write_groups("root:x:0:\n");
}

static void the_socket_is_roots_alone_where_there_is_no_group(void **state)
{
	static const struct daemon_start how = { .prepare = without_the_group };
	struct daemon *d = *state;
	struct stat st;

	daemon_stop(d);
	daemon_start(d, "", &how);
	assert_int_equal(stat(d->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(chmod(proto_rundir(), 0711), 0);
	assert_int_equal(borrow_connection(d, NOBODY, GROUP), -EACCES);
}

static void the_group_may_look_where_there_is_one(void **state)
{
	static const struct daemon_start how = { .prepare = with_the_group };
	struct daemon *d = *state;
	struct client *c;
	struct stat st;

	daemon_stop(d);
	daemon_start(d, "", &how);
	assert_int_equal(stat(d->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_gid, GROUP);

	assert_int_equal(chmod(proto_rundir(), 0711), 0);
	c = client_of(d, NOBODY, GROUP);
	assert_access(c, "read");
	assert_result(client_call(c, "fdb.show", "{}"));
	assert_refused(client_call(c, "fdb.flush", "{}"), FAILED, "denied",
		       "fdb.flush", "root");
	assert_int_equal(borrow_connection(d, NOBODY, NOBODY), -EACCES);
	client_free(c);
}

/* Another user, but with all the privileges of root, across execve(). */
static void become_operator(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2];
	bool ok = !prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) &&
		  !setresuid(OPERATOR, OPERATOR, OPERATOR) &&
		  !syscall(SYS_capget, &head, caps);

	for (int i = 0; i < 2; i++)
		caps[i].inheritable = caps[i].permitted;
	ok = ok && !syscall(SYS_capset, &head, caps);
	for (int cap = 0; cap < 64; cap++)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* setresuid() forgot it */
	if (!ok) {
		perror("cannot become another user");
		_exit(126);
	}
}

static void the_daemons_own_user_may_do_what_root_may(void **state)
{
	static const struct daemon_start how = { .prepare = become_operator };
	struct daemon *d = *state;
	struct client *c;

	daemon_stop(d);
	daemon_start(d, "", &how);
	open_the_door(d);
	c = client_of(d, OPERATOR, NOBODY);
	assert_access(c, "write");
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'web'}",
				  netns_make("web")));
	client_free(c);
	c = client_of(d, NOBODY, OPERATOR);
	assert_access(c, "read");
	client_free(c);
	c = client_connect(d);
	assert_access(c, "write");
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(another_user_may_look_but_not_touch),
		daemon_test(what_is_denied_is_not_done),
		daemon_test(who_connected_counts_and_not_who_writes),
		daemon_test(another_group_takes_nothing_from_root),
		daemon_test(the_socket_is_roots_alone_where_there_is_no_group),
		daemon_test(the_group_may_look_where_there_is_one),
		daemon_test(the_daemons_own_user_may_do_what_root_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
