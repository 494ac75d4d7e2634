/* SPDX-License-Identifier: MIT */
/* test_arg.c - values of arguments, typed and sent */

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arg.h"
#include "cmd.h"
#include "err.h"
#include "macros.h"

static const struct cmd_arg *find(enum cmd_id id, const char *name)
{
	const struct cmd_arg *arg = cmd_find_arg(cmd_specs[id], name);

	assert_non_null(arg);
	return arg;
}

static void assert_typed(enum cmd_id id, const char *name, const char *text,
			 const char *expected)
{
	json_t *value = NULL;
	struct err err = { 0 };
	char *dump;

	if (arg_parse(find(id, name), text, &value, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	dump = json_dumps(value, JSON_ENCODE_ANY);
	assert_string_equal(dump, expected);
	free(dump);
	json_decref(value);
}

static void assert_refused(enum cmd_id id, const char *name, const char *text,
			   const char *says)
{
	json_t *value = NULL;
	struct err err = { 0 };
	int r = arg_parse(find(id, name), text, &value, &err);

	if (r >= 0)
		fail_msg("%s was taken", text);
	assert_string_equal(err_name(r), "invalid");
	assert_null(value);
	assert_memory_equal(err.msg, name, strlen(name));
	if (!strstr(err.msg, says))
		fail_msg("'%s' does not say '%s'", err.msg, says);
}

/* Check a request of the daemon's side; NULL @says: it is fine. */
static void assert_params(enum cmd_id id, const char *params, const char *says)
{
	json_t *object = params ? json_loads(params, 0, NULL) : NULL;
	struct err err = { 0 };
	int r;

	if (params && !object)
		fail_msg("bad test: %s", params);
	r = arg_check_params(cmd_specs[id], object, &err);
	json_decref(object);
	if (!says) {
		if (r != 0)
			fail_msg("%s: %s", params, err.msg);
		return;
	}
	if (r >= 0)
		fail_msg("%s was taken", params);
	assert_string_equal(err_name(r), "invalid");
	if (!strstr(err.msg, says))
		fail_msg("'%s' does not say '%s'", err.msg, says);
}

static void what_is_typed_becomes_what_is_sent(void **state)
{
	(void)state;
	assert_typed(CMD_ADD_FDB, "mac", "02:00:00:00:00:AA",
		     "\"02:00:00:00:00:AA\"");
	assert_typed(CMD_ADD_FDB, "vlan", "0", "0");
	assert_typed(CMD_ADD_FDB, "vlan", "4094", "4094");
	assert_typed(CMD_ATTACH, "target", "web", "\"web\"");
	assert_typed(CMD_ATTACH, "target", "host", "\"host\"");
	assert_typed(CMD_ATTACH, "target", "pid:4711", "\"pid:4711\"");
	assert_typed(CMD_ATTACH, "target", "/proc/1/ns/net",
		     "\"/proc/1/ns/net\"");
	assert_typed(CMD_ATTACH, "ip", "10.0.0.1/24", "\"10.0.0.1/24\"");
	assert_typed(CMD_ATTACH, "ip", "fd00::1/64", "\"fd00::1/64\"");
	assert_typed(CMD_ATTACH, "gateway", "10.0.0.254", "\"10.0.0.254\"");
	assert_typed(CMD_ATTACH, "mtu", "68", "68");
	assert_typed(CMD_ATTACH, "mtu", "65535", "65535");
	assert_typed(CMD_ATTACH, "type", "tap", "\"tap\"");
	assert_typed(CMD_ATTACH, "may_exist", NULL, "true");
	assert_typed(CMD_CAPTURE, "count", "4", "4");
	assert_typed(CMD_CAPTURE, "snaplen", "64k", "65536");
	assert_typed(CMD_CAPTURE, "filter", "icmp or arp", "\"icmp or arp\"");
}

static void bad_macs_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"02:00:00:00:00",
		"02:00:00:00:00:01:02",
		"02:00:00:00:00:0g",
		"0200.0000.0001",
		" 02:00:00:00:00:01",
		"02:00:00:00:00:01\n",
		"02:00:00:00:00:0\x80",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(CMD_ADD_FDB, "mac", bad[i], "not a MAC");
	assert_refused(CMD_ADD_FDB, "mac", "01:00:5e:00:00:01",
		       "mac: '01:00:5e:00:00:01' is a group address, "
		       "not a station's");
	assert_refused(CMD_ADD_FDB, "mac", "ff:ff:ff:ff:ff:ff", "group");
	assert_refused(CMD_ADD_FDB, "mac", "00:00:00:00:00:00", "station");
}

static void bad_numbers_are_refused(void **state)
{
	static const char *const bad[] = {
		"",    " 1",  "1 ",   "-1",  "+1", "0x1",
		"1.5", "1e2", "four", "1,5", "1k", "99999999999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_refused(CMD_ADD_FDB, "vlan", bad[i], "0 to 4094");
		assert_refused(CMD_ATTACH, "mtu", bad[i], "68 to 65535");
		assert_refused(CMD_CAPTURE, "count", bad[i], "from 1 up");
	}
	assert_refused(CMD_ADD_FDB, "vlan", "4095", "4095 is not a VLAN");
	assert_refused(CMD_ATTACH, "mtu", "67", "67 is not an MTU");
	assert_refused(CMD_ATTACH, "mtu", "65536", "65536");
	assert_refused(CMD_CAPTURE, "count", "0", "0 is not");
	assert_refused(CMD_CAPTURE, "snaplen", "0", "1 to");
	assert_refused(CMD_CAPTURE, "snaplen", "4G", "4294967295");
	assert_refused(CMD_CAPTURE, "snaplen", "64x", "unit");
}

static void times_are_typed_with_units_and_sent_in_ms(void **state)
{
	(void)state;
	assert_typed(CMD_GC, "waiting", "90s", "90000");
	assert_typed(CMD_GC, "waiting", "1h", "3600000");
	assert_typed(CMD_GC, "waiting", "0", "0");
	assert_refused(CMD_GC, "waiting", "soon", "not a duration");
	assert_refused(CMD_GC, "waiting", "-1s", "not a duration");
	assert_refused(CMD_GC, "waiting", "40000d", "a time, such as");
}

static void bad_names_are_refused(void **state)
{
	static const char *const bad[] = {
		"",         ".",   "..",       "a b",
		"a/b",      "a:b", "a%d",      "sixteen-letters-",
		"a\033[1m", "a\n", "\xc3\xbc",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_refused(CMD_ATTACH, "port", bad[i], "a port name");
		assert_refused(CMD_ATTACH, "ifname", bad[i],
			       "an interface name");
	}
	assert_typed(CMD_ATTACH, "ifname", "fifteen-letters",
		     "\"fifteen-letters\"");
}

static void bad_targets_are_refused(void **state)
{
	char long_path[5000];

	(void)state;
	assert_refused(CMD_ATTACH, "target", "", "empty");
	assert_refused(CMD_ATTACH, "target", ".", "'.'");
	assert_refused(CMD_ATTACH, "target", "..", "'..'");
	assert_refused(CMD_ATTACH, "target", "./ns", "absolute");
	assert_refused(CMD_ATTACH, "target", "a\nb", "a\\x0ab");
	assert_refused(CMD_ATTACH, "target", "docker:web", "kind");
	assert_refused(CMD_ATTACH, "target", "pid:", "pid:");
	assert_refused(CMD_ATTACH, "target", "pid:0", "pid:");
	assert_refused(CMD_ATTACH, "target", "pid:-1", "pid:");
	assert_refused(CMD_ATTACH, "target", "pid:1x", "pid:");
	assert_refused(CMD_ATTACH, "target", "pid:99999999999", "pid:");
	assert_refused(CMD_ATTACH, "target", "w\xff", "UTF-8");

	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_refused(CMD_ATTACH, "target", long_path, "longer");
	long_path[0] = '/';
	assert_refused(CMD_ATTACH, "target", long_path, "longer");
}

static void other_bad_values_are_refused(void **state)
{
	(void)state;
	assert_refused(CMD_ATTACH, "ip", "10.0.0.1", "prefix");
	assert_refused(CMD_ATTACH, "ip", "10.0.0.1/33", "32");
	assert_refused(CMD_ATTACH, "ip", "10.0.0.256/24", "not an IP");
	assert_refused(CMD_ATTACH, "ip", "", "not an IP");
	assert_refused(CMD_ATTACH, "gateway", "10.0.0.1/24", "prefix");
	assert_refused(CMD_ATTACH, "gateway", "gw", "not an IP");
	assert_refused(CMD_ATTACH, "type", "vet", "'vet' is not veth or tap");
	assert_refused(CMD_ATTACH, "may_exist", "yes", "no value");
	assert_refused(CMD_CAPTURE, "filter", "\xff", "UTF-8");
	assert_refused(CMD_CAPTURE, "bpf", "1", "typed");
	assert_refused(CMD_SHOW_FDB, "cursor", "1", "typed");
}

static void good_requests_pass(void **state)
{
	(void)state;
	assert_params(CMD_SHOW_PORTS, NULL, NULL);
	assert_params(CMD_SHOW_PORTS, "{}", NULL);
	assert_params(CMD_SHOW_PORTS, "{\"cursor\":1000}", NULL);
	assert_params(CMD_SHOW_FDB,
		      "{\"cursor\":\"9-7\",\"vlan\":0,\"type\":\"static\"}",
		      NULL);
	assert_params(CMD_ATTACH,
		      "{\"target\":\"web\",\"port\":\"w\",\"type\":\"veth\","
		      "\"ifname\":\"eth0\",\"mac\":\"02:00:00:00:00:01\","
		      "\"ip\":[\"10.0.0.1/24\",\"fd00::1/64\"],"
		      "\"gateway\":[\"10.0.0.254\",\"fd00::2\"],"
		      "\"mtu\":9000,\"may_exist\":false}",
		      NULL);
	assert_params(CMD_CAPTURE,
		      "{\"ports\":[],\"bpf\":[[6,0,0,4294967295]],"
		      "\"filter\":\"\",\"count\":1,\"snaplen\":64}",
		      NULL);
	assert_params(CMD_STOP_CAPTURE, "{\"capture\":1}", NULL);
}

static void unknown_arguments_are_named_and_mended(void **state)
{
	(void)state;
	assert_params(CMD_DETACH, "{\"prot\":\"web\"}",
		      "unknown argument 'prot', did you mean 'port'?");
	assert_params(CMD_DETACH, "{\"port\":\"web\",\"force\":true}",
		      "unknown argument 'force'");
	assert_params(CMD_SHOW_SWITCH, "{\"verbose\":true}", "'verbose'");
	assert_params(CMD_DETACH, "{\"\":1}", "unknown argument ''");
	assert_params(CMD_DETACH, "{\"a\\u001b[1m\":1}", "'a\\x1b[1m'");
}

static void what_is_for_the_client_is_unknown_to_the_daemon(void **state)
{
	(void)state;
	assert_params(CMD_CAPTURE, "{\"write\":\"/etc/passwd\"}",
		      "unknown argument 'write'");
	assert_params(CMD_CAPTURE, "{\"writ\":1}", "unknown argument 'writ'");
}

static void missing_arguments_are_named(void **state)
{
	(void)state;
	assert_params(CMD_DETACH, NULL, "argument 'port' is missing");
	assert_params(CMD_ADD_FDB, "{\"mac\":\"02:00:00:00:00:01\"}",
		      "argument 'port' is missing");
	assert_params(CMD_STOP_CAPTURE, "{}", "'capture' is missing");
}

static void wrong_kinds_are_named(void **state)
{
	(void)state;
	assert_params(CMD_DETACH, "{\"port\":1}",
		      "port: must be a string, not a number");
	assert_params(CMD_DETACH, "{\"port\":null}", "not null");
	assert_params(CMD_DETACH, "{\"port\":{}}", "not an object");
	assert_params(CMD_DETACH, "{\"port\":[\"web\"]}", "not an array");
	assert_params(CMD_ADD_FDB,
		      "{\"mac\":\"02:00:00:00:00:01\",\"port\":\"a\","
		      "\"vlan\":\"1\"}",
		      "vlan: must be a number, not a string");
	assert_params(CMD_ATTACH, "{\"target\":\"a\",\"mtu\":1500.0}",
		      "mtu: must be a number, not a fraction");
	assert_params(CMD_ATTACH, "{\"target\":\"a\",\"may_exist\":1}",
		      "may_exist: must be a boolean, not a number");
	assert_params(CMD_ATTACH, "{\"target\":\"a\",\"ip\":\"10.0.0.1/24\"}",
		      "ip: must be an array, not a string");
	assert_params(CMD_ATTACH, "{\"target\":\"a\",\"ip\":[1]}",
		      "ip: must be a string, not a number");
	assert_params(CMD_SHOW_FDB, "{\"cursor\":null}", "cursor");
	assert_params(CMD_SHOW_FDB, "{\"cursor\":{}}", "cursor");
}

static void the_daemon_checks_values_like_the_client(void **state)
{
	(void)state;
	assert_params(CMD_ADD_FDB,
		      "{\"mac\":\"01:00:5e:00:00:01\",\"port\":\"a\"}",
		      "mac: '01:00:5e:00:00:01' is a group address");
	assert_params(CMD_ATTACH, "{\"target\":\"a\",\"mtu\":-1}",
		      "mtu: -1 is not an MTU");
	assert_params(CMD_ATTACH, "{\"target\":\"../a\"}", "target: ");
	assert_params(CMD_CAPTURE, "{\"ports\":[\"ok\",\"not ok\"]}",
		      "ports: 'not ok'");
	assert_params(CMD_CAPTURE, "{\"snaplen\":4294967296}", "snaplen");
}

static void values_do_not_repeat_or_contradict(void **state)
{
	(void)state;
	assert_params(CMD_CAPTURE, "{\"ports\":[\"a\",\"b\",\"a\"]}",
		      "ports: 'a' is there twice");
	assert_params(CMD_ATTACH,
		      "{\"target\":\"a\","
		      "\"gateway\":[\"10.0.0.1\",\"10.0.0.2\"]}",
		      "gateway: there can be only one for IPv4");
	assert_params(CMD_ATTACH,
		      "{\"target\":\"a\","
		      "\"gateway\":[\"fd00::1\",\"10.0.0.2\",\"fd00::2\"]}",
		      "gateway: there can be only one for IPv6");
}

static void programs_have_the_right_form(void **state)
{
	static const char *const bad[] = {
		"[]",
		"{}",
		"1",
		"null",
		"\"\"",
		"[1]",
		"[[]]",
		"[[6,0,0]]",
		"[[6,0,0,0,0]]",
		"[[6,0,0,\"0\"]]",
		"[[65536,0,0,0]]",
		"[[6,256,0,0]]",
		"[[6,0,256,0]]",
		"[[6,0,0,4294967296]]",
		"[[6,0,0,-1]]",
		"[[6,0,0,0.5]]",
	};
	char params[80];
	json_t *program = json_array(), *object;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(params, sizeof(params), "{\"bpf\":%s}", bad[i]);
		assert_params(CMD_CAPTURE, params, "bpf: ");
	}

	for (size_t i = 0; i < 4096; i++)
		json_array_append_new(program,
				      json_pack("[i,i,i,i]", 6, 0, 0, 0));
	object = json_pack("{s:O}", "bpf", program);
	assert_int_equal(arg_check_params(cmd_specs[CMD_CAPTURE], object, &err),
			 0);
	json_array_append_new(program, json_pack("[i,i,i,i]", 6, 0, 0, 0));
	assert_int_equal(arg_check_params(cmd_specs[CMD_CAPTURE], object, &err),
			 -EINVAL);
	json_decref(object);
	json_decref(program);
}

static void nobody_has_to_want_the_sentence(void **state)
{
	json_t *value = NULL;

	(void)state;
	assert_true(arg_parse(find(CMD_ADD_FDB, "mac"), "x", &value, NULL) < 0);
	assert_true(arg_parse(find(CMD_ATTACH, "port"), "", &value, NULL) < 0);
	assert_true(arg_check_params(cmd_specs[CMD_DETACH], NULL, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_typed_becomes_what_is_sent),
		cmocka_unit_test(bad_macs_are_refused),
		cmocka_unit_test(bad_numbers_are_refused),
		cmocka_unit_test(times_are_typed_with_units_and_sent_in_ms),
		cmocka_unit_test(bad_names_are_refused),
		cmocka_unit_test(bad_targets_are_refused),
		cmocka_unit_test(other_bad_values_are_refused),
		cmocka_unit_test(good_requests_pass),
		cmocka_unit_test(unknown_arguments_are_named_and_mended),
		cmocka_unit_test(
			what_is_for_the_client_is_unknown_to_the_daemon),
		cmocka_unit_test(missing_arguments_are_named),
		cmocka_unit_test(wrong_kinds_are_named),
		cmocka_unit_test(the_daemon_checks_values_like_the_client),
		cmocka_unit_test(values_do_not_repeat_or_contradict),
		cmocka_unit_test(programs_have_the_right_form),
		cmocka_unit_test(nobody_has_to_want_the_sentence),
	};

	return cmocka_run_group_tests_name("arg", tests, NULL, NULL);
}
