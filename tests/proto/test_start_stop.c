/* SPDX-License-Identifier: MIT */
/* test_start_stop.c - how a vswd begins, and what is left when it ends */

#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "macros.h"
#include "netns.h"
#include "version.h"

enum {
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_EXISTS = 4,
	FAILED = JSONRPC_CODE_FAILED,
	SOON_MS = 2000,
};

/* A daemon that has not been started. */
static int setup(void **state)
{
	*state = calloc(1, sizeof(struct daemon));
	return *state ? 0 : -1;
}

#define plain_test(name)                                                       \
	cmocka_unit_test_setup_teardown(name, setup, daemon_teardown)

static bool has_tun(void)
{
	return access("/dev/net/tun", F_OK) == 0;
}

/* One line says what is wrong; a second may say what would help. */
static void assert_complains(const struct daemon *d, const char *what,
			     const char *hint)
{
	const char *log = daemon_log(d);
	const char *end = strchr(log, '\n');
	const char *found = strstr(log, what);

	if (!end || !found || found > end)
		fail_msg("the first line does not say '%s': %s", what, log);
	if (!hint) {
		if (end[1])
			fail_msg("more than one line: %s", log);
		return;
	}
	if (!strstr(end + 1, "hint: ") || !strstr(end + 1, hint))
		fail_msg("the second line does not hint at '%s': %s", hint,
			 log);
	end = strchr(end + 1, '\n');
	if (!end || end[1])
		fail_msg("more than two lines: %s", log);
}

static void attach(struct client *c, const char *ns, const char *port,
		   const char *type)
{
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'%s','ifname':'%s',"
				  "'type':'%s'}",
				  ns, port, port, type));
}

/* Two of a name */

static void a_second_daemon_of_a_name_is_refused(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	struct daemon second = { .log_fd = 0 };
	const char *ns = netns_make("web");
	char pid[16];

	attach(c, ns, "web", "veth");
	snprintf(pid, sizeof(pid), "%d", (int)d->pid);
	for (int i = 0; i < 3; i++) {
		daemon_spawn(&second, "", NULL);
		assert_int_equal(daemon_wait(&second), EXIT_EXISTS);
		assert_complains(&second, pid, NULL);
	}
	close(second.log_fd);

	/* And the first has not noticed. */
	assert_int_equal(
		number_at(client_call(c, "port.list", "{}"), "result.up"), 1);
	assert_true(netns_has(ns, "web"));
	client_free(c);
	c = client_new(d);
	client_free(c);
}

static void daemons_of_different_names_get_along(void **state)
{
	struct daemon *d = *state, second = { .log_fd = 0 };
	const char *ns = netns_make("web");
	struct client *c, *c2;

	daemon_start(&second, "b", NULL);
	c = client_new(d);
	c2 = client_new(&second);
	attach(c, ns, "web", "veth");
	attach(c2, ns, "web2", "veth");
	assert_int_equal(daemon_stop(&second), 0);
	assert_false(netns_has(ns, "web2"));
	assert_int_equal(
		number_at(client_call(c, "port.list", "{}"), "result.up"), 1);
	client_expect_closed(c2);
	client_free(c2);
	client_free(c);
	close(second.log_fd);
}

/* After a sudden end */

static void what_a_killed_daemon_left_is_taken_over(void **state)
{
	struct daemon *d = *state;
	const char *web = netns_make("web"), *db = netns_make("db");
	struct client *c;

	for (int round = 0; round < 3; round++) {
		c = client_new(d);
		attach(c, web, "web", "veth");
		if (has_tun())
			attach(c, db, "db", "tap");
		attach(c, "host", "vswptest", "veth");
		daemon_kill(d);
		client_expect_closed(c);
		client_free(c);

		/* That much is left, or the test would prove nothing. */
		assert_int_equal(access(d->path, F_OK), 0);
		assert_int_equal(access(daemon_room(d), F_OK), 0);
		assert_true(netns_has(web, "web"));
		assert_true(if_nametoindex("vswptest") > 0);

		daemon_start(d, "", NULL);
		assert_false(netns_has(web, "web"));
		assert_false(netns_has(db, "db"));
		assert_int_equal(if_nametoindex("vswptest"), 0);
	}
	c = client_new(d);
	attach(c, web, "web", "veth");
	assert_int_equal(daemon_stop(d), 0);
	assert_true(daemon_left_nothing(d));
	assert_false(netns_has(web, "web"));
	client_free(c);
}

static void a_room_that_leads_nowhere_is_replaced(void **state)
{
	struct daemon *d = *state;
	int fd;

	/* Plain files, as a kept /run has them after a reboot. */
	assert_int_equal(daemon_stop(d), 0);
	fd = open(daemon_room(d), O_WRONLY | O_CREAT | O_CLOEXEC, 0);
	assert_true(fd >= 0);
	close(fd);
	fd = open(d->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	daemon_start(d, "", NULL);
	client_free(client_new(d));
}

/* A good end */

static void every_signal_to_stop_leaves_nothing_behind(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	struct daemon *d = *state;
	const char *web = netns_make("web"), *db = netns_make("db");

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct client *c;

		daemon_start(d, "", NULL);
		c = client_new(d);
		attach(c, web, "web", "veth");
		attach(c, web, "web2", "veth");
		if (has_tun())
			attach(c, db, "db", "tap");
		attach(c, "host", "vswptest", "veth");

		kill(d->pid, signals[i]);
		assert_int_equal(daemon_wait(d), 0);
		client_expect_closed(c);
		client_free(c);
		assert_true(daemon_left_nothing(d));
		assert_false(netns_has(web, "web"));
		assert_false(netns_has(web, "web2"));
		assert_false(netns_has(db, "db"));
	}
}

static void busy_clients_delay_no_stop(void **state)
{
	static const char show[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"switch.show\"}\n";
	struct daemon *d = *state;
	struct client *clients[8];
	long began;

	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		clients[i] = client_new(d);
		while (client_push(clients[i], show, sizeof(show) - 1) > 0)
			;
	}
	began = now_ms();
	assert_int_equal(daemon_stop(d), 0);
	assert_true(now_ms() - began < SOON_MS);
	assert_true(daemon_left_nothing(d));
	for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
		client_free(clients[i]);
}

static void a_namespace_that_is_gone_is_no_obstacle_to_stopping(void **state)
{
	struct daemon *d = *state;
	const char *web = netns_make("web"), *db = netns_make("db");
	struct client *c = client_new(d);

	attach(c, web, "web", "veth");
	if (has_tun())
		attach(c, db, "db", "tap");
	netns_del(web);
	netns_del(db);
	assert_int_equal(daemon_stop(d), 0);
	assert_true(daemon_left_nothing(d));
	client_free(c);
}

/* Options */

static void bad_options_are_refused_by_name(void **state)
{
	static const struct {
		const char *args[4], *said;
	} cases[] = {
		{ { "--name", "" }, "name" },
		{ { "--name", "a/b" }, "'a/b'" },
		{ { "--name", ".." }, "'..'" },
		{ { "--name", "-x" }, "'-x'" },
		{ { "--name", "a b" }, "'a b'" },
		{ { "--name", "\xc3\xa9" }, "ASCII" },
		{ { "--name", "a23456789012345678901234567890123" },
		  "too long" },
		{ { "--ageing", "never" }, "never" },
		{ { "--ageing", "9s" }, "9s" },
		{ { "--ageing", "1000001s" }, "1000001s" },
		{ { "--ageing", "-300s" }, "-300s" },
		{ { "--ageing", "" }, "" },
		{ { "--max-stations", "0" }, "0" },
		{ { "--max-stations", "many" }, "many" },
		{ { "--max-stations", "99999999999999999999" }, "9999" },
		{ { "--max-stations", "-1" }, "-1" },
		{ { "--log", "loud" }, "loud" },
		{ { "--log", "nobody:debug" }, "nobody" },
		{ { "--log", "" }, "" },
		{ { "--name" }, "" },
		{ { "--frobnicate" }, "option" },
		{ { "-x" }, "option" },
		{ { "web" }, "'web'" },
		{ { "--name", "ok", "--", "x" }, "'x'" },
	};
	struct daemon *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct daemon_start how = { .unnamed = true };

		memcpy(how.args, cases[i].args, sizeof(cases[i].args));
		daemon_spawn(d, "", &how);
		assert_int_equal(daemon_wait(d), EXIT_USAGE);
		assert_complains(d, cases[i].said,
				 strstr(daemon_log(d), "hint:") ? "" : NULL);
	}
	assert_true(daemon_left_nothing(d));
}

static void help_and_version_are_printed(void **state)
{
	static const struct daemon_start help = { .args = { "--help" } };
	static const struct daemon_start version = { .args = { "--version" },
						     .unnamed = true };
	static const char *const options[] = { "--name",         "--ageing",
					       "--max-stations", "--log",
					       "--help",         "--version" };
	struct daemon *d = *state;

	daemon_spawn(d, "", &version);
	assert_int_equal(daemon_wait(d), 0);
	assert_string_equal(daemon_log(d), "vswd " VSW_VERSION "\n");
	daemon_spawn(d, "", &help);
	assert_int_equal(daemon_wait(d), 0);
	assert_int_equal(strncmp(daemon_log(d), "usage: vswd", 11), 0);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		assert_non_null(strstr(daemon_log(d), options[i]));
	assert_true(daemon_left_nothing(d));
}

static void options_do_what_they_say(void **state)
{
	static const struct daemon_start how = {
		.args = { "--ageing", "10s", "--max-stations=1k", "--log",
			  "warning,main:info" },
	};
	struct daemon *d = *state;
	struct client *c;
	const json_t *reply;

	daemon_start(d, "", &how);
	c = client_new(d);
	reply = client_call(c, "fdb.show", "{}");
	assert_int_equal(number_at(reply, "result.fdb.ageing_ms"), 10000);
	assert_in_range(number_at(reply, "result.fdb.max"), 1000, 1024);
	attach(c, netns_make("web"), "web", "veth");
	assert_null(strstr(daemon_log(d), "attached"));
	client_free(c);
}

/* What it may not do */

static void without_net_admin(void)
{
	prctl(PR_CAPBSET_DROP, CAP_NET_ADMIN);
}

static void without_sys_admin(void)
{
	prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN);
}

static void a_missing_privilege_is_named(void **state)
{
	static const struct {
		struct daemon_start how;
		const char *hint;
	} cases[] = {
		{ { .prepare = without_net_admin }, "CAP_NET_ADMIN" },
		{ { .prepare = without_sys_admin }, "CAP_SYS_ADMIN" },
	};
	struct daemon *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		daemon_spawn(d, "", &cases[i].how);
		assert_int_equal(daemon_wait(d), EXIT_FAILED);
		assert_complains(d, "not permitted", cases[i].hint);
		assert_true(daemon_left_nothing(d));
	}
}

static void rundir_below_a_file(void)
{
	setenv("VSW_RUNDIR", "/dev/null/vsw", 1);
}

static void rundir_below_nothing(void)
{
	setenv("VSW_RUNDIR", "/no/such/folder", 1);
}

static void rundir_too_long(void)
{
	static const char twenty[] = "/a23456789012345678.";
	char path[200] = "";

	for (int i = 0; i < 6; i++)
		strcat(path, twenty);
	setenv("VSW_RUNDIR", path, 1);
}

static void rundir_read_only(void)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("proto", proto_rundir(), "tmpfs", MS_RDONLY, NULL) < 0)
		_exit(126);
}

static void a_folder_that_cannot_be_written_is_named(void **state)
{
	static const struct {
		struct daemon_start how;
		const char *said;
	} cases[] = {
		{ { .prepare = rundir_below_a_file }, "/dev/null/vsw" },
		{ { .prepare = rundir_below_nothing }, "/no/such/folder" },
		{ { .prepare = rundir_too_long }, "/a23456789012345678." },
		{ { .prepare = rundir_read_only }, "/tmp/vsw-proto-" },
	};
	struct daemon *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		daemon_spawn(d, "", &cases[i].how);
		assert_int_equal(daemon_wait(d), EXIT_FAILED);
		assert_complains(d, cases[i].said, NULL);
		assert_true(daemon_left_nothing(d));
	}
}

/* In mount namespaces of their own, the machine's device stays as it is. */
static void cover(const char *source, const char *target, const char *type,
		  unsigned long flags)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(source, target, type, flags, NULL) < 0) {
		perror("cannot cover /dev/net/tun");
		_exit(126);
	}
}

static void tun_missing(void)
{
	cover("proto", "/dev/net", "tmpfs", 0);
}

static void tun_forbidden(void)
{
	cover("proto", "/dev/net", "tmpfs", MS_NODEV);
	if (mknod("/dev/net/tun", S_IFCHR | 0600, 10 << 8 | 200) < 0)
		_exit(126);
}

static void tun_unreadable(void)
{
	tun_forbidden();
	chmod("/dev/net/tun", 0);
	prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
}

static void tun_is_null(void)
{
	cover("/dev/null", "/dev/net/tun", NULL, MS_BIND);
}

static void tun_is_a_file(void)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "%s/tun", proto_rundir());
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0);
	close(fd);
	cover(path, "/dev/net/tun", NULL, MS_BIND);
}

static void attach_says_what_is_wrong_with_the_tun_device(void **state)
{
	static const struct {
		struct daemon_start how;
		const char *name; /* as programs know it; NULL for any */
	} cases[] = {
		{ { .prepare = tun_missing }, "failed" },
		{ { .prepare = tun_forbidden }, "denied" },
		{ { .prepare = tun_unreadable }, "denied" },
		{ { .prepare = tun_is_null }, NULL },
		{ { .prepare = tun_is_a_file }, NULL },
	};
	struct daemon *d = *state;
	const char *ns = netns_make("web");

	if (!has_tun())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct client *c;
		const json_t *reply;

		daemon_start(d, "", &cases[i].how);
		c = client_new(d);
		reply = client_call(c, "port.attach",
				    "{'target':'%s','port':'web','type':'tap'}",
				    ns);
		assert_refused(reply, FAILED,
			       cases[i].name
				       ? cases[i].name
				       : text_at(reply, "error.data.code"),
			       "/dev/net/tun", "");
		assert_int_equal(number_at(client_call(c, "port.list", "{}"),
					   "result.count"),
				 0);
		/* What needs no such device still works. */
		attach(c, ns, "web", "veth");
		assert_int_equal(daemon_stop(d), 0);
		client_free(c);
	}
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_second_daemon_of_a_name_is_refused),
		daemon_test(daemons_of_different_names_get_along),
		daemon_test(what_a_killed_daemon_left_is_taken_over),
		daemon_test(a_room_that_leads_nowhere_is_replaced),
		plain_test(every_signal_to_stop_leaves_nothing_behind),
		daemon_test(busy_clients_delay_no_stop),
		daemon_test(
			a_namespace_that_is_gone_is_no_obstacle_to_stopping),
		plain_test(bad_options_are_refused_by_name),
		plain_test(help_and_version_are_printed),
		plain_test(options_do_what_they_say),
		plain_test(a_missing_privilege_is_named),
		plain_test(a_folder_that_cannot_be_written_is_named),
		plain_test(attach_says_what_is_wrong_with_the_tun_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
