/* SPDX-License-Identifier: MIT */
/* test_lab_file.c - labs and the files around them */

#include <stdio.h>
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

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(an_empty_file_is_no_namespace_and_becomes_one),
		daemon_test(a_file_with_something_in_it_is_left_alone),
	};

	return cmocka_run_group_tests_name("lab_file", tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
