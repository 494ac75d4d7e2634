/* SPDX-License-Identifier: MIT */
/* test_host.c - the back room, and opening namespaces */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_fixture.h"

/* ---- the room ---- */

static void the_room_is_pinned_and_silent(void **state)
{
	struct fixture *f = *state;
	char path[64];
	struct stat pin;
	struct stat own;

	snprintf(path, sizeof(path), "/run/netns/vsw-%s", f->switch_name);
	assert_int_equal(stat(path, &pin), 0);
	assert_int_equal(stat("/proc/self/ns/net", &own), 0);
	assert_int_equal(pin.st_ino, own.st_ino);
	assert_string_equal(output("cat /proc/sys/net/ipv6/conf/*/disable_ipv6 "
				   "| sort -u"),
			    "1\n");
	assert_string_equal(output("ip addr | grep inet"), "");

	fixture_close_room(f);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(stat("/proc/self/ns/net", &own), 0);
	assert_int_not_equal(pin.st_ino, own.st_ino);
	fixture_open_room(f);
}

/* What a child does that is killed, or not: cmocka lives in the parent only. */
static int in_child(struct fixture *f, int (*act)(struct fixture *f))
{
	const pid_t pid = fork();
	int status;

	if (!pid)
		_exit(act(f));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int lay_and_die(struct fixture *f)
{
	struct cable cable;
	struct netns web;

	if (room_open(&f->room, f->switch_name, &f->err) ||
	    cable_kit_new(&f->kit, f->room, &f->err) ||
	    room_open_target(f->room, &web, f->web, &f->err))
		return 1;
	const struct cable_spec spec = spec_veth(f, &web);
	if (cable_lay(f->kit, &spec, &cable, &f->err))
		return 2;
	/* Somebody else's pair, which does not go with ours. */
	return run("ip link add user0 type veth peer name user1");
}

static void a_room_left_behind_is_taken_over(void **state)
{
	struct fixture *f = *state;
	struct cable cable;
	struct netns web;

	fixture_close_room(f);
	assert_int_equal(in_child(f, lay_and_die), 0);
	assert_int_equal(run("ip -n %s link show eth0 >/dev/null", f->web), 0);

	fixture_open_room(f);
	must_open(f, f->web, &web);
	const struct cable_spec spec = spec_veth(f, &web);
	assert_string_equal(output("ip -o link | grep -v ': lo:'"), "");
	must_lay(f, &spec, &cable); /* eth0 is free at once */
	netns_close(&web);
}

static void a_name_of_nothing_is_replaced(void **state)
{
	struct fixture *f = *state;
	char path[64];

	snprintf(path, sizeof(path), "/run/netns/vsw-%s", f->switch_name);
	fixture_close_room(f);
	assert_int_equal(run("touch %s", path), 0);
	fixture_open_room(f);
	fixture_close_room(f);
	assert_int_equal(access(path, F_OK), -1);

	assert_int_equal(
		run("touch %s && mount --bind /dev/null %s", path, path), 0);
	fixture_open_room(f);
	fixture_close_room(f);
	assert_int_equal(access(path, F_OK), -1);
	fixture_open_room(f);
}

static int open_again(struct fixture *f)
{
	struct room *room;

	/* The fixture's room is where this process "was started". */
	return room_open(&room, f->switch_name, &f->err) == -EINVAL &&
			       strstr(f->err.msg, "was started inside")
		       ? 0
		       : 1;
}

static void a_switch_is_not_started_in_its_own_room(void **state)
{
	assert_int_equal(in_child(*state, open_again), 0);
}

static int drop_capability(int capability)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	data[0].effective &= ~(1U << capability);
	return (int)syscall(SYS_capset, &head, data);
}

static int start_without(struct fixture *f, int capability, const char *name)
{
	struct room *room;

	if (drop_capability(capability) < 0)
		return 1;
	if (room_open(&room, f->switch_name, &f->err) != -EPERM)
		return 2;
	if (!strstr(f->err.msg, "Operation not permitted") ||
	    strchr(f->err.msg, '\n') || !strstr(f->err.hint, name)) {
		fprintf(stderr, "%s (%s)\n", f->err.msg, f->err.hint);
		return 3;
	}
	return 0;
}

static int start_without_sys_admin(struct fixture *f)
{
	return start_without(f, CAP_SYS_ADMIN, "CAP_SYS_ADMIN");
}

static int start_without_net_admin(struct fixture *f)
{
	return start_without(f, CAP_NET_ADMIN, "CAP_NET_ADMIN");
}

static void a_missing_privilege_is_named(void **state)
{
	struct fixture *f = *state;
	char path[64];

	snprintf(path, sizeof(path), "/run/netns/vsw-%s", f->switch_name);
	fixture_close_room(f);
	assert_int_equal(in_child(f, start_without_sys_admin), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(in_child(f, start_without_net_admin), 0);
	assert_int_equal(access(path, F_OK), -1);
	fixture_open_room(f);
}

/* ---- targets ---- */

static void a_target_has_a_name_a_path_or_a_process(void **state)
{
	struct fixture *f = *state;
	struct netns by_name;
	struct netns by_path;
	struct netns host;
	struct netns parent;
	char path[64];
	char pid[32];

	snprintf(path, sizeof(path), "/run/netns/%s", f->web);
	must_open(f, f->web, &by_name);
	must_open(f, path, &by_path);
	must_open(f, "host", &host);
	snprintf(pid, sizeof(pid), "pid:%d", (int)getppid());
	must_open(f, pid, &parent);
	assert_true(netns_equal(&by_name, &by_path));
	assert_false(netns_equal(&by_name, &host));
	assert_false(netns_equal(&by_name, &parent));
	assert_false(netns_equal(&host, &parent)); /* see host_fixture.h */
	assert_string_equal(host.words, "the host");
	assert_true(fcntl(host.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(by_name.fd, F_GETFD) & FD_CLOEXEC);
	netns_close(&parent);
	netns_close(&host);
	netns_close(&by_path);
	netns_close(&by_name);
	netns_close(&by_name);
}

static void refuse(struct fixture *f, const char *text, int code,
		   const char *msg, const char *hint)
{
	struct netns ns = { .fd = -7 };
	const int n_fds = count_fds();

	assert_int_equal(room_open_target(f->room, &ns, text, &f->err), code);
	if (!strstr(f->err.msg, msg))
		fail_msg("'%s' for '%s'", f->err.msg, text);
	if (!strstr(f->err.hint, hint))
		fail_msg("hint '%s' for '%s'", f->err.hint, text);
	assert_int_equal(ns.fd, -7);
	assert_int_equal(count_fds(), n_fds);
}

static void what_is_no_namespace_is_refused(void **state)
{
	struct fixture *f = *state;
	char room[64];
	char self[32];

	refuse(f, "nosuch", -ENOENT, "no namespace 'nosuch'",
	       "ip netns add nosuch");
	refuse(f, "", -EINVAL, "1 to 255", "");
	refuse(f, "/no/such", -ENOENT, "'/no/such'", "");
	refuse(f, "/etc/passwd", -EINVAL, "not a network namespace", "");
	refuse(f, "/", -EINVAL, "not a network namespace", "");
	refuse(f, "..", -EINVAL, "not a network namespace", "");
	refuse(f, "/proc/self/ns/uts", -EINVAL, "not a network namespace", "");
	refuse(f, "pid:", -EINVAL, "process number", "");
	refuse(f, "pid:-1", -EINVAL, "process number", "");
	refuse(f, "pid: 1", -EINVAL, "process number", "");
	refuse(f, "pid:1x", -EINVAL, "process number", "");
	refuse(f, "pid:99999999999", -EINVAL, "process number", "");
	refuse(f, "pid:2147483647", -ENOENT, "no process 2147483647", "");

	/* The room itself, under each of its names. */
	snprintf(room, sizeof(room), "vsw-%s", f->switch_name);
	snprintf(self, sizeof(self), "pid:%d", (int)getpid());
	refuse(f, room, -EINVAL, "back room", "");
	refuse(f, self, -EINVAL, "back room", "");
	refuse(f, "/proc/self/ns/net", -EINVAL, "back room", "");

	assert_int_equal(run("ip netns del %s", f->db), 0);
	assert_int_equal(run("touch /run/netns/%s", f->db), 0);
	refuse(f, f->db, -EINVAL, "not a network namespace", "ip netns del");
}

static void what_is_no_namespace_is_not_even_opened(void **state)
{
	struct fixture *f = *state;
	char file[] = "/tmp/vswtest-XXXXXX";
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct inotify_event event;

	/* In place of a watchdog, which would start barking. */
	assert_int_equal(close(mkstemp(file)), 0);
	assert_true(inotify_add_watch(watch, file, IN_OPEN) >= 0);
	refuse(f, file, -EINVAL, "not a network namespace", "");
	assert_int_equal(read(watch, &event, sizeof(event)), -1);
	assert_int_equal(errno, EAGAIN);
	close(open(file, O_RDONLY | O_CLOEXEC));
	assert_int_equal(read(watch, &event, sizeof(event)), sizeof(event));
	close(watch);
	unlink(file);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(the_room_is_pinned_and_silent),
		HOST_TEST(a_room_left_behind_is_taken_over),
		HOST_TEST(a_name_of_nothing_is_replaced),
		HOST_TEST(a_switch_is_not_started_in_its_own_room),
		HOST_TEST(a_missing_privilege_is_named),
		HOST_TEST(a_target_has_a_name_a_path_or_a_process),
		HOST_TEST(what_is_no_namespace_is_refused),
		HOST_TEST(what_is_no_namespace_is_not_even_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return fixture_main(run_all);
}
