/* SPDX-License-Identifier: MIT */
/*
 * test_lab_file.c - labs and the files around them
 *
 * What is at the place of a namespace that is to be made, and the file of
 * vswd --config, read again while something else is going on.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "lab_client.h"
#include "netns.h"

enum {
	FAILED = JSONRPC_CODE_FAILED,
	LAB_SIZE = 512,
	PATH_SIZE = 96,
};

/* A namespace for the daemon to make */
static const char *new_name(void)
{
	static char name[40];

	snprintf(name, sizeof(name), "vswp-%d-new", proto_owner());
	return name;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* `ip netns add` makes a file first, and may end there. */
static void an_empty_file_is_no_namespace_and_becomes_one(void **state)
{
	struct client *c = client_new(*state);
	char path[PATH_SIZE], lab[LAB_SIZE];
	const json_t *reply;

	snprintf(path, sizeof(path), "/run/netns/%s", new_name());
	snprintf(lab, sizeof(lab),
		 "{'namespaces':['%s'],'ports':{'a':{'attach':'%s'}}}",
		 new_name(), new_name());
	write_file(path, "");
	reply = lab_apply(c, lab, "");
	assert_result(reply);
	assert_int_equal(number_at(reply, "result.changes"), 2);
	assert_true(netns_has(new_name(), "eth0"));
	assert_int_equal(number_at(lab_apply(c, lab, ""), "result.changes"), 0);

	reply = lab_apply(c, "{}", ",'prune':true");
	assert_int_equal(number_at(reply, "result.changes"), 2);
	assert_int_equal(access(path, F_OK), -1);
	client_free(c);
}

static void a_file_with_something_in_it_is_left_alone(void **state)
{
	struct client *c = client_new(*state);
	char path[PATH_SIZE], lab[LAB_SIZE];

	snprintf(path, sizeof(path), "/run/netns/%s", new_name());
	snprintf(lab, sizeof(lab), "{'namespaces':['%s']}", new_name());
	write_file(path, "somebody's notes\n");
	assert_refused(lab_apply(c, lab, ""), FAILED, "failed",
		       "is in the way, and is no namespace", "rm /run/netns/");
	assert_int_equal(run("grep -q notes %s", path), 0);
	unlink(path);
	client_free(c);
}

/* vswd --config */

static const char *config_path(void)
{
	static char path[80];

	snprintf(path, sizeof(path), "%s/lab.yaml", proto_rundir());
	return path;
}

static void restart_with(struct daemon *d, const char *text)
{
	const struct daemon_start how = { .args = { "--config",
						    config_path() } };

	daemon_stop(d);
	write_file(config_path(), text);
	daemon_start(d, "", &how);
}

/* A lab of one port, as a file has it or as a request does */
static const char *lab_with(const char *port, const char *ns)
{
	static char text[LAB_SIZE];

	snprintf(text, sizeof(text),
		 "{'ports':{'%s':{'attach':'%s','ifname':'%s'}}}", port, ns,
		 port);
	return text;
}

static void a_file_for_another_switch_is_refused_with_its_place(void **state)
{
	struct daemon *d = *state;
	char expected[120];

	restart_with(d, "{}");
	write_file(config_path(), "ports: {}\nswitch: {name: other}\n");
	kill(d->pid, SIGHUP);
	snprintf(expected, sizeof(expected),
		 "lab.yaml:2:16: the lab is for switch 'other', and this is "
		 "'%s'",
		 d->name);
	eventually(strstr(daemon_log(d), expected));
	eventually(strstr(daemon_log(d), "nothing was changed"));
}

static void sighup_waits_for_the_lab_that_is_being_applied(void **state)
{
	struct daemon *d = *state;
	const char *ns = netns_make("web");
	struct client *c, *other;
	pid_t worker;

	restart_with(d, "{}");
	c = client_new(d);
	other = client_new(d);
	worker = daemon_worker(d);
	process_halt(worker);
	client_say(c,
		   "{'jsonrpc':'2.0','id':1,'method':'lab.apply','params':"
		   "{'lab':%s}}",
		   lab_with("a", ns));
	assert_result(client_call(other, "switch.show", "{}"));
	write_file(config_path(), lab_with("b", ns));
	kill(d->pid, SIGHUP);
	eventually(strstr(daemon_log(d), "read again when the lab that is"));
	kill(worker, SIGCONT);
	eventually(strstr(daemon_log(d), "read again: 1 changes"));
	assert_true(netns_has(ns, "a"));
	assert_true(netns_has(ns, "b"));
	client_free(other);
	client_free(c);
}

static void sighup_waits_until_a_lab_is_confirmed_or_undone(void **state)
{
	struct daemon *d = *state;
	const char *ns = netns_make("web");
	struct client *c;

	restart_with(d, "{}");
	c = client_new(d);
	assert_result(lab_apply(c, lab_with("a", ns), ",'confirm':3600000"));
	write_file(config_path(), lab_with("b", ns));
	kill(d->pid, SIGHUP);
	eventually(strstr(daemon_log(d), "read again when the lab that was"));
	assert_result(client_call(c, "lab.confirm", "{}"));
	eventually(strstr(daemon_log(d), "read again: 1 changes"));
	assert_true(netns_has(ns, "a"));

	assert_result(lab_apply(c, lab_with("c", ns), ",'confirm':3600000"));
	write_file(config_path(), "{}");
	kill(d->pid, SIGHUP);
	assert_result(client_call(c, "switch.show", "{}"));
	assert_result(client_call(c, "lab.confirm", "{'abort':true}"));
	eventually(!netns_has(ns, "b"));
	assert_false(netns_has(ns, "c"));
	assert_true(netns_has(ns, "a"));
	client_free(c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(an_empty_file_is_no_namespace_and_becomes_one),
		daemon_test(a_file_with_something_in_it_is_left_alone),
		daemon_test(
			a_file_for_another_switch_is_refused_with_its_place),
		daemon_test(sighup_waits_for_the_lab_that_is_being_applied),
		daemon_test(sighup_waits_until_a_lab_is_confirmed_or_undone),
	};

	return cmocka_run_group_tests_name("lab_file", tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
