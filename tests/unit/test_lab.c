/* SPDX-License-Identifier: MIT */
/* test_lab.c - what a lab may say, and how it is written */

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "lab.h"
#include "macros.h"

/* The example of docs/labs.md and vsw.yaml(5). */
static const char example[] =
	"switch: {name: lab0, ageing: 300s}\n"
	"namespaces: [web, db]                 # made when absent\n"
	"ports:\n"
	"  web:  {attach: \"netns:web\", ip: [10.0.0.1/24, \"fd00::1/64\"],"
	" gateway: 10.0.0.254}\n"
	"  db:   {attach: \"netns:db\", type: tap, mtu: 9000}\n"
	"  host: {attach: host, ifname: lab0, ip: [10.0.0.254/24]}\n"
	"stations: [{mac: \"02:00:00:00:00:aa\", port: web}]\n";

static json_t *read_lab(const char *text)
{
	struct err err = { 0 };
	json_t *lab = NULL;

	if (lab_read_yaml("lab.yaml", text, strlen(text), &lab, &err) < 0)
		fail_msg("%s", err.msg);
	return lab;
}

static void assert_json(json_t *got, const char *wanted)
{
	json_t *json = json_loads(wanted, 0, NULL);
	char *text = json_dumps(got, 0);

	assert_non_null(json);
	if (!json_equal(got, json))
		fail_msg("%s instead of %s", text, wanted);
	free(text);
	json_decref(json);
}

static void assert_refused(const char *text, const char *message,
			   const char *hint)
{
	struct err err = { 0 };
	json_t *lab = NULL;

	assert_int_equal(
		lab_read_yaml("lab.yaml", text, strlen(text), &lab, &err),
		-EINVAL);
	assert_null(lab);
	assert_string_equal(err.msg, message);
	assert_string_equal(err.hint, hint);
}

static void the_example_is_understood(void **state)
{
	json_t *lab = read_lab(example);

	(void)state;
	assert_json(lab, "{\"switch\":{\"name\":\"lab0\",\"ageing\":\"300s\"},"
			 "\"namespaces\":[\"web\",\"db\"],\"ports\":{"
			 "\"web\":{\"attach\":\"netns:web\","
			 "\"ip\":[\"10.0.0.1/24\",\"fd00::1/64\"],"
			 "\"gateway\":[\"10.0.0.254\"]},"
			 "\"db\":{\"attach\":\"netns:db\",\"type\":\"tap\","
			 "\"mtu\":9000},"
			 "\"host\":{\"attach\":\"host\",\"ifname\":\"lab0\","
			 "\"ip\":[\"10.0.0.254/24\"]}},"
			 "\"stations\":[{\"mac\":\"02:00:00:00:00:aa\","
			 "\"port\":\"web\"}]}");
	assert_string_equal(lab_switch_name(lab), "lab0");
	json_decref(lab);
}

static void equal_things_are_written_equally(void **state)
{
	json_t *lab = read_lab(
		"switch: {ageing: 5m}\n"
		"ports:\n"
		"  a: {attach: web, mac: 02:00:00:00:00:AA, gateway: []}\n"
		"  b: {attach: /run/netns/db, ip: FD00:0::1/64}\n"
		"  c: {attach: \"netns:host\"}\n"
		"  d: {attach: \"pid:1\"}\n"
		"  7: {attach: /proc/1/ns/net}\n"
		"stations:\n");

	(void)state;
	assert_json(lab,
		    "{\"switch\":{\"ageing\":\"300s\"},\"ports\":{"
		    "\"a\":{\"attach\":\"netns:web\","
		    "\"mac\":\"02:00:00:00:00:aa\"},"
		    "\"b\":{\"attach\":\"netns:db\",\"ip\":[\"fd00::1/64\"]},"
		    "\"c\":{\"attach\":\"/run/netns/host\"},"
		    "\"d\":{\"attach\":\"pid:1\"},"
		    "\"7\":{\"attach\":\"/proc/1/ns/net\"}}}");
	assert_string_equal(lab_target("netns:web"), "web");
	assert_string_equal(lab_target("pid:1"), "pid:1");
	assert_null(lab_namespace("host"));
	json_decref(lab);
}

static const struct {
	const char *text, *message, *hint;
} mistakes[] = {
	{ "[]", "lab.yaml:1:1: a lab: must be a map, not a list", "" },
	{ "port: {}\n",
	  "lab.yaml:1:1: a lab: unknown key 'port', did you mean "
	  "'ports'?",
	  "" },
	{ "x: {}\n", "lab.yaml:1:1: a lab: unknown key 'x'",
	  "it can have switch, namespaces, ports, stations" },
	{ "ports: []\n", "lab.yaml:1:8: ports: must be a map, not a list", "" },
	{ "namespaces: web\n",
	  "lab.yaml:1:13: namespaces: must be a list, not one value", "" },
	{ "switch: {nmae: lab0}\n",
	  "lab.yaml:1:10: switch: unknown key 'nmae', did you mean "
	  "'name'?",
	  "" },
	{ "switch: {name: a b}\n",
	  "lab.yaml:1:16: switch.name: 'a b': a switch name cannot "
	  "contain white space",
	  "" },
	{ "switch:\n  ageing: 1s\n",
	  "lab.yaml:2:11: switch.ageing: 1s is not between 10 and "
	  "1000000 seconds",
	  "" },
	{ "switch: {ageing: soon}\n",
	  "lab.yaml:1:18: switch.ageing: 'soon' is not a duration, as "
	  "in 300s or 1h30m",
	  "units are d, h, m, s, ms and us" },
	{ "namespaces: [a, b, a]\n",
	  "lab.yaml:1:20: namespaces: 'a' is there twice", "" },
	{ "namespaces: [host]\n",
	  "lab.yaml:1:14: namespaces: 'host' is not a name that a "
	  "namespace can be made under",
	  "" },
	{ "namespaces: [{a: 1}]\n",
	  "lab.yaml:1:14: namespaces: must be one value, not a map", "" },
	{ "ports:\n  web: {atach: web}\n",
	  "lab.yaml:2:9: ports.web: unknown key 'atach', did you mean "
	  "'attach'?",
	  "" },
	{ "ports:\n  web: {attach: web}\n  web: {attach: db}\n",
	  "lab.yaml:3:3: 'web' is there twice", "" },
	{ "ports:\n  web: {mtu: 1500}\n",
	  "lab.yaml:2:3: ports.web: 'attach' is missing",
	  "attach: what the port leads to, as in netns:web" },
	{ "ports:\n  web:\n",
	  "lab.yaml:2:7: ports.web: must be a map, not nothing", "" },
	{ "ports: {web: {attach: web, mtu: 99999}}\n",
	  "lab.yaml:1:33: ports.web: mtu: 99999 is not an MTU, 68 to "
	  "65535",
	  "" },
	{ "ports: {web: {attach: web, mtu: '9000'}}\n",
	  "lab.yaml:1:33: ports.web: mtu: must be a number, not a "
	  "string",
	  "" },
	{ "ports: {web: {attach: web, mtu: [9000]}}\n",
	  "lab.yaml:1:33: ports.web: must be one value, not a list", "" },
	{ "ports: {web: {attach: web, type: bridge}}\n",
	  "lab.yaml:1:34: ports.web: type: 'bridge' is not veth or tap", "" },
	{ "ports: {web: {attach: web, ip: 10.0.0.300/24}}\n",
	  "lab.yaml:1:32: ports.web: ip: '10.0.0.300/24' is not an IP "
	  "address",
	  "" },
	{ "ports: {web: {attach: web, ip: [10.0.0.1/24,\n"
	  "  10.0.0.1/24]}}\n",
	  "lab.yaml:2:3: ports.web: ip: '10.0.0.1/24' is there twice", "" },
	{ "ports: {web: {attach: web, gateway: [10.0.0.1, 10.0.0.2]}}",
	  "lab.yaml:1:48: ports.web: gateway: there can be only one "
	  "for IPv4",
	  "" },
	{ "ports: {web: {attach: web, mac: '01:00:5e:00:00:01'}}\n",
	  "lab.yaml:1:33: ports.web: mac: '01:00:5e:00:00:01' is a "
	  "group address, not a station's",
	  "" },
	{ "ports: {web: {attach: web, persist: yes}}\n",
	  "lab.yaml:1:37: ports.web: persist: must be true or false", "" },
	{ "ports: {web: {attach: 'pid:7', persist: true}}\n",
	  "lab.yaml:1:41: ports.web: persist: a process that has ended "
	  "does not come back",
	  "" },
	{ "ports: {web: {attach: 'netns:a:b'}}\n",
	  "lab.yaml:1:23: ports.web: attach: 'a:b' is not the name of "
	  "a namespace",
	  "" },
	{ "ports: {web: {attach: ~}}\n",
	  "lab.yaml:1:23: ports.web: attach: has no value", "" },
	{ "ports: {'a/b': {attach: web}}\n",
	  "lab.yaml:1:9: ports: 'a/b': a port name cannot contain "
	  "'/'",
	  "" },
	{ "ports:\n  a: {attach: web}\n  b: {attach: 'netns:web'}\n",
	  "lab.yaml:3:3: ports.b: port 'a' is attached there by an "
	  "interface of that name, eth0",
	  "give it an ifname of its own" },
	{ "ports: {web: {attach: web}}\n"
	  "stations: [{mac: '02:00:00:00:00:01', port: wbe}]\n",
	  "lab.yaml:2:45: stations: there is no port 'wbe' in this "
	  "lab, did you mean 'web'?",
	  "" },
	{ "stations: [{mac: '02:00:00:00:00:01'}]\n",
	  "lab.yaml:1:12: stations: 'port' is missing", "" },
	{ "ports: {web: {attach: web}}\n"
	  "stations:\n"
	  "- {mac: '02:00:00:00:00:01', port: web}\n"
	  "- {mac: '02:00:00:00:00:01', port: web}\n",
	  "lab.yaml:4:9: stations: this one is there twice", "" },
	{ "ports: {web: {attach: web}}\n"
	  "stations: [{mac: '02:00:00:00:00:01', vlan: 4095, "
	  "port: web}]\n",
	  "lab.yaml:2:45: stations: vlan: 4095 is not a VLAN, 0 to "
	  "4094",
	  "" },
	{ "ports: {web: {attach: web\n",
	  "lab.yaml:2:1: did not find expected ',' or '}'",
	  "while parsing a flow mapping that begins in line 1" },
};

static void every_mistake_has_a_place_and_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++)
		assert_refused(mistakes[i].text, mistakes[i].message,
			       mistakes[i].hint);
}

static void in_a_request_it_says_the_same_without_a_place(void **state)
{
	json_t *json = json_pack("{s:{s:{s:s, s:i}}}", "ports", "web", "attach",
				 "web", "mtu", 9);
	struct err err = { 0 };
	json_t *lab;

	(void)state;
	assert_int_equal(lab_read_json(json, &lab, &err), -EINVAL);
	assert_string_equal(err.msg, "ports.web: mtu: 9 is not an MTU, 68 to "
				     "65535");
	json_decref(json);
}

static void what_is_understood_can_be_said_and_left_out(void **state)
{
	json_t *lab = read_lab(example);
	json_t *all = lab_complete(lab, "lab0");
	json_t *reduced = lab_reduce(all, "lab0");
	char *yaml = lab_yaml(reduced);

	(void)state;
	assert_json(json_object_get(json_object_get(all, "ports"), "db"),
		    "{\"attach\":\"netns:db\",\"type\":\"tap\",\"mtu\":9000,"
		    "\"ifname\":\"eth0\",\"ip\":[],\"gateway\":[],"
		    "\"persist\":true}");
	assert_string_equal(
		yaml,
		"switch: {name: lab0, ageing: 300s}\n"
		"namespaces: [db, web]\n"
		"ports:\n"
		"  db: {attach: \"netns:db\", type: tap, mtu: 9000}\n"
		"  host: {attach: host, ip: [10.0.0.254/24]}\n"
		"  web: {attach: \"netns:web\", "
		"ip: [10.0.0.1/24, \"fd00::1/64\"], gateway: [10.0.0.254]}\n"
		"stations:\n"
		"- {mac: \"02:00:00:00:00:aa\", port: web}\n");
	free(yaml);
	json_decref(reduced);
	json_decref(all);
	json_decref(lab);
}

/* To us these are names; others must not take them for something else. */
static void ports_that_say_little_get_what_goes_for_their_kind(void **state)
{
	json_t *lab = read_lab("ports:\n"
			       "  web: {attach: web}\n"
			       "  host: {attach: host}\n"
			       "  shell: {attach: pid:7, mtu: 9000}\n"
			       "  db: {attach: db, ip: 10.0.0.1/24}\n");
	json_t *before = json_deep_copy(lab);
	json_t *all = lab_complete(lab, "lab0");

	(void)state;
	assert_json(json_object_get(all, "ports"),
		    "{\"web\":{\"attach\":\"netns:web\",\"type\":\"veth\","
		    "\"ifname\":\"eth0\",\"ip\":[],\"gateway\":[],"
		    "\"mtu\":1500,\"persist\":true},"
		    "\"host\":{\"attach\":\"host\",\"type\":\"veth\","
		    "\"ifname\":\"lab0\",\"ip\":[],\"gateway\":[],"
		    "\"mtu\":1500,\"persist\":true},"
		    "\"shell\":{\"attach\":\"pid:7\",\"type\":\"veth\","
		    "\"ifname\":\"eth0\",\"ip\":[],\"gateway\":[],"
		    "\"mtu\":9000,\"persist\":false},"
		    "\"db\":{\"attach\":\"netns:db\",\"type\":\"veth\","
		    "\"ifname\":\"eth0\",\"ip\":[\"10.0.0.1/24\"],"
		    "\"gateway\":[],\"mtu\":1500,\"persist\":true}}");
	assert_json(json_object_get(all, "namespaces"), "[]");
	assert_json(json_object_get(all, "stations"), "[]");
	assert_json(json_object_get(all, "switch"), "{\"name\":\"lab0\"}");
	assert_true(json_equal(lab, before)); /* untouched */
	json_decref(all);
	json_decref(before);
	json_decref(lab);
}

static void what_looks_like_something_else_is_quoted(void **state)
{
	json_t *lab = read_lab("ports:\n"
			       "  no: {attach: \"007\"}\n"
			       "  1e5: {attach: /tmp/ns}\n"
			       "  \"~\": {attach: \"null\"}\n"
			       "namespaces: [on, \"null\"]\n");
	char *yaml = lab_yaml(lab);
	json_t *again;

	(void)state;
	assert_string_equal(yaml, "namespaces: [\"on\", \"null\"]\n"
				  "ports:\n"
				  "  \"no\": {attach: \"netns:007\"}\n"
				  "  \"1e5\": {attach: /tmp/ns}\n"
				  "  \"~\": {attach: \"netns:null\"}\n");
	again = read_lab(yaml);
	assert_true(json_equal(lab, again));
	json_decref(again);
	free(yaml);
	json_decref(lab);
}

/* Chance of our own, the same everywhere: a seed is worth noting. */
static unsigned next_random(unsigned long long *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(*state >> 33);
}

static void random_name(unsigned long long *seed, char name[16])
{
	static const char letters[] = "abcyno019~!'\"#,[]{}&*-.?|<>=@`";
	const size_t len = 1 + next_random(seed) % 15;

	for (size_t i = 0; i < len; i++)
		name[i] = letters[next_random(seed) % (sizeof(letters) - 1)];
	name[len] = '\0';
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		name[0] = 'a';
}

/* Return: a target that only port @number has */
static json_t *random_target(unsigned long long *seed, int number)
{
	char name[16];

	random_name(seed, name);
	switch (next_random(seed) % 6) {
	case 0:
		return json_string("host");
	case 1:
		return json_sprintf("/var/run/docker/netns/%s%d", name, number);
	case 2:
		return json_sprintf("pid:%d", 1 + number);
	default:
		return json_sprintf("netns:%s%d", name, number);
	}
}

static void add_addresses(unsigned long long *seed, int number, json_t *port)
{
	json_object_set_new(port, "ip",
			    json_pack("[o, s]",
				      json_sprintf("10.0.%d.1/24", number),
				      "fd00::1/64"));
	if (next_random(seed) % 2)
		json_object_set_new(
			port, "gateway",
			json_pack("[o, s]", json_sprintf("10.0.%d.254", number),
				  "fd00::ff"));
}

static json_t *random_port(unsigned long long *seed, int number)
{
	json_t *port = json_object();
	const char *target;

	json_object_set_new(port, "attach", random_target(seed, number));
	target = json_string_value(json_object_get(port, "attach"));
	if (!strcmp(target, "host") || next_random(seed) % 3 == 0)
		json_object_set_new(port, "ifname",
				    json_sprintf("if%d", number));
	if (next_random(seed) % 3 == 0)
		json_object_set_new(port, "type", json_string("tap"));
	if (next_random(seed) % 3 == 0)
		json_object_set_new(
			port, "mtu",
			json_integer(68 + next_random(seed) % 65000));
	if (next_random(seed) % 3 == 0)
		json_object_set_new(port, "mac",
				    json_sprintf("02:00:00:00:00:%02x",
						 next_random(seed) % 256));
	if (strncmp(target, "pid:", 4) != 0 && next_random(seed) % 3 == 0)
		json_object_set_new(port, "persist",
				    json_boolean(next_random(seed) % 2));
	if (next_random(seed) % 2)
		add_addresses(seed, number, port);
	return port;
}

static json_t *random_lab(unsigned long long *seed)
{
	json_t *lab = json_pack(
		"{s:{s:s, s:o}, s:[], s:{}, s:[]}", "switch", "name", "lab0",
		"ageing", json_sprintf("%us", 10 + next_random(seed) % 1000),
		"namespaces", "ports", "stations");
	const int n = (int)(next_random(seed) % 20);
	char name[16];

	for (int i = 0; i < n; i++) {
		random_name(seed, name);
		if (json_object_get(json_object_get(lab, "ports"), name))
			continue;
		json_object_set_new(json_object_get(lab, "ports"), name,
				    random_port(seed, i));
		json_array_append_new(json_object_get(lab, "namespaces"),
				      json_sprintf("%s%d", name, i));
		json_array_append_new(
			json_object_get(lab, "stations"),
			json_pack("{s:o, s:i, s:s}", "mac",
				  json_sprintf("02:00:00:00:01:%02x", i),
				  "vlan", i, "port", name));
	}
	return lab;
}

static void what_was_written_reads_the_same(void **state)
{
	const char *seed_text = getenv("SEED");
	unsigned long long seed =
		seed_text ? strtoull(seed_text, NULL, 0) : 20261122;

	(void)state;
	print_message("SEED=%llu\n", seed);
	for (int i = 0; i < 500; i++) {
		json_t *made = random_lab(&seed), *lab, *reduced, *read, *again;
		struct err err = { 0 };
		char *yaml;

		if (lab_read_json(made, &lab, &err) < 0)
			fail_msg("%s", err.msg);
		reduced = lab_reduce(lab, "lab0");
		yaml = lab_yaml(reduced);
		read = read_lab(yaml);
		again = lab_reduce(read, "lab0");
		if (!json_equal(again, reduced))
			fail_msg("%s", yaml);
		json_decref(again);
		json_decref(read);
		json_decref(reduced);
		json_decref(lab);
		json_decref(made);
		free(yaml);
	}
}

static void a_lab_of_a_thousand_ports_is_no_trouble(void **state)
{
	json_t *ports = json_object(), *lab, *read, *again;
	struct err err = { 0 };
	char name[16], *yaml;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		json_object_set_new(ports, name,
				    json_pack("{s:o, s:[o]}", "attach",
					      json_sprintf("netns:lab-%d", i),
					      "ip",
					      json_sprintf("10.%d.%d.1/16",
							   i / 250, i % 250)));
	}
	lab = json_pack("{s:o}", "ports", ports);
	assert_int_equal(lab_read_json(lab, &read, &err), 0);
	assert_true(json_equal(lab, read));
	yaml = lab_yaml(read);
	again = read_lab(yaml);
	assert_true(json_equal(lab, again));
	free(yaml);
	json_decref(again);
	json_decref(read);
	json_decref(lab);
}

static void what_is_handed_over_is_the_same_lab_in_a_memfd(void **state)
{
	json_t *lab = read_lab(
		"ports: {web: {attach: \"netns:w\\xe4b\", mtu: 9000}}\n");
	struct err err = { 0 };
	const int fd = lab_memory(lab, &err);
	json_t *read;

	(void)state;
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GET_SEALS) >= 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	read = json_loadfd(fd, 0, NULL);
	assert_true(json_equal(lab, read));
	json_decref(read);
	json_decref(lab);
	close(fd);
}

static void a_file_that_cannot_be_read_says_why(void **state)
{
	struct err err = { 0 };
	json_t *lab;

	(void)state;
	assert_int_equal(lab_load("/nonexistent/lab.yaml", NULL, &lab, &err),
			 -ENOENT);
	assert_string_equal(err.msg, "cannot open /nonexistent/lab.yaml: No "
				     "such file or directory");
	assert_int_equal(lab_load("/", NULL, &lab, &err), -EISDIR);
	assert_string_equal(err.msg, "cannot read /: Is a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_understood),
		cmocka_unit_test(equal_things_are_written_equally),
		cmocka_unit_test(every_mistake_has_a_place_and_a_sentence),
		cmocka_unit_test(in_a_request_it_says_the_same_without_a_place),
		cmocka_unit_test(what_is_understood_can_be_said_and_left_out),
		cmocka_unit_test(
			ports_that_say_little_get_what_goes_for_their_kind),
		cmocka_unit_test(what_looks_like_something_else_is_quoted),
		cmocka_unit_test(what_was_written_reads_the_same),
		cmocka_unit_test(a_lab_of_a_thousand_ports_is_no_trouble),
		cmocka_unit_test(
			what_is_handed_over_is_the_same_lab_in_a_memfd),
		cmocka_unit_test(a_file_that_cannot_be_read_says_why),
	};

	return cmocka_run_group_tests_name("lab", tests, NULL, NULL);
}
