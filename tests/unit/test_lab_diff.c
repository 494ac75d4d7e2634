/* SPDX-License-Identifier: MIT */
/* test_lab_diff.c - from the lab there is to the lab that is wanted */

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "lab.h"
#include "lab_diff.h"

enum {
	WORDS_SIZE = 4096,
};

static json_t *lab_of(const char *yaml)
{
	struct err err = { 0 };
	json_t *lab = NULL, *all;

	if (lab_read_yaml("lab", yaml, strlen(yaml), &lab, &err) < 0)
		fail_msg("%s", err.msg);
	all = lab_complete(lab, "lab0");
	json_decref(lab);
	return all;
}

/* All steps, a line each; those that are silent in parentheses. */
static const char *words_of(const struct lab_plan *plan)
{
	static char all[WORDS_SIZE];
	size_t used = 0;

	all[0] = '\0';
	for (size_t i = 0; i < plan->n_steps; i++) {
		const bool silent = plan->steps[i].silent;
		char *words = lab_step_words(&plan->steps[i]);

		used += (size_t)snprintf(all + used, sizeof(all) - used,
					 silent ? "(%s)\n" : "%s\n", words);
		free(words);
	}
	return all;
}

static const char *diff(const char *have_yaml, const char *want_yaml,
			bool prune)
{
	json_t *have = lab_of(have_yaml), *want = lab_of(want_yaml);
	struct lab_plan plan;
	const char *words;

	assert_int_equal(lab_diff(have, want, prune, &plan), 0);
	words = words_of(&plan);
	lab_plan_free(&plan);
	json_decref(want);
	json_decref(have);
	return words;
}

static void equal_labs_need_no_step(void **state)
{
	static const char lab[] =
		"switch: {name: lab0, ageing: 60s}\n"
		"namespaces: [web]\n"
		"ports: {web: {attach: web, ip: [10.0.0.1/24, 10.0.0.2/24]}}\n"
		"stations: [{mac: '02:00:00:00:00:01', port: web}]\n";

	(void)state;
	assert_string_equal(diff(lab, lab, false), "");
	assert_string_equal(diff(lab, lab, true), "");
	assert_string_equal(
		diff(lab,
		     "namespaces: [web]\n"
		     "ports: {web: {attach: 'netns:web', type: veth, "
		     "ifname: eth0, mtu: 1500, "
		     "ip: [10.0.0.2/24, 10.0.0.1/24]}}\n",
		     false),
		"");
}

static void what_is_missing_is_made_in_order(void **state)
{
	(void)state;
	assert_string_equal(
		diff("{}",
		     "stations: [{mac: '02:00:00:00:00:01', vlan: 7, "
		     "port: web}]\n"
		     "switch: {ageing: 20s}\n"
		     "ports:\n"
		     "  web: {attach: web, ip: [10.0.0.1/24, 'fd00::1/64'], "
		     "gateway: 10.0.0.254}\n"
		     "  host: {attach: host, type: tap, mtu: 9000}\n"
		     "namespaces: [web]\n",
		     false),
		"+ namespace web\n"
		"+ port web: veth eth0 in namespace web, 10.0.0.1/24, "
		"fd00::1/64, gateway 10.0.0.254\n"
		"+ port host: tap lab0 in the host, MTU 9000\n"
		"+ station 02:00:00:00:00:01 on port web in VLAN 7\n"
		"~ switch: ageing none -> 20s\n");
}

static void what_nobody_speaks_of_stays_unless_pruned(void **state)
{
	static const char have[] =
		"namespaces: [web, old]\n"
		"ports: {web: {attach: web}, old: {attach: old}}\n"
		"stations:\n"
		"- {mac: '02:00:00:00:00:01', port: web}\n"
		"- {mac: '02:00:00:00:00:02', port: old}\n";
	static const char want[] = "namespaces: [web]\n"
				   "ports: {web: {attach: web}}\n";

	(void)state;
	assert_string_equal(diff(have, want, false), "");
	assert_string_equal(diff(have, want, true),
			    "- station 02:00:00:00:00:01 on port web\n"
			    "- station 02:00:00:00:00:02 on port old\n"
			    "- port old: veth eth0 in namespace old\n"
			    "- namespace old\n");
}

static void a_little_is_changed_in_place(void **state)
{
	(void)state;
	assert_string_equal(
		diff("ports: {db: {attach: db, ip: 10.0.0.1/24}}\n"
		     "stations: [{mac: '02:00:00:00:00:01', port: db}]\n",
		     "ports: {db: {attach: db, ip: 10.0.0.2/24, mtu: 9000}}\n",
		     false),
		"~ port db: ip 10.0.0.1/24 -> 10.0.0.2/24, mtu 1500 -> 9000\n");
}

/* With what is pinned to it, be it spoken of or not. */
static void another_cable_is_laid_anew(void **state)
{
	(void)state;
	assert_string_equal(
		diff("ports: {db: {attach: db}, web: {attach: web}}\n"
		     "stations:\n"
		     "- {mac: '02:00:00:00:00:01', port: db}\n"
		     "- {mac: '02:00:00:00:00:02', port: db}\n"
		     "- {mac: '02:00:00:00:00:03', port: web}\n",
		     "ports: {db: {attach: db, type: tap}}\n"
		     "stations: [{mac: '02:00:00:00:00:01', port: db}]\n",
		     false),
		"(- station 02:00:00:00:00:01 on port db)\n"
		"(- station 02:00:00:00:00:02 on port db)\n"
		"(- port db: veth eth0 in namespace db)\n"
		"~ port db: type veth -> tap (attached anew)\n"
		"(+ station 02:00:00:00:00:01 on port db)\n"
		"(+ station 02:00:00:00:00:02 on port db)\n");
}

/* Two ports change places: both have to go before either can come. */
static void names_are_free_before_they_are_taken(void **state)
{
	(void)state;
	assert_string_equal(diff("ports: {a: {attach: web, ifname: x}, "
				 "b: {attach: web, ifname: y}}\n",
				 "ports: {a: {attach: web, ifname: y}, "
				 "b: {attach: web, ifname: x}}\n",
				 false),
			    "(- port a: veth x in namespace web)\n"
			    "(- port b: veth y in namespace web)\n"
			    "~ port a: ifname x -> y (attached anew)\n"
			    "~ port b: ifname y -> x (attached anew)\n");
}

static void a_station_moves(void **state)
{
	(void)state;
	assert_string_equal(
		diff("ports: {a: {attach: a}, b: {attach: b}}\n"
		     "stations: [{mac: '02:00:00:00:00:01', port: a}]\n",
		     "ports: {a: {attach: a}, b: {attach: b}}\n"
		     "stations: [{mac: '02:00:00:00:00:01', port: b}]\n",
		     false),
		"(- station 02:00:00:00:00:01 on port a)\n"
		"+ station 02:00:00:00:00:01 on port b\n");
}

static void an_address_is_changed_only_if_asked_for(void **state)
{
	static const char have[] =
		"ports: {a: {attach: a, mac: '02:00:00:00:00:01'}}\n";
	json_t *had = lab_of(have);
	json_t *want = lab_of("ports: {a: {attach: a, type: tap}}\n");
	struct lab_plan plan;

	(void)state;
	assert_string_equal(diff(have, "ports: {a: {attach: a}}\n", false), "");
	assert_string_equal(
		diff(have, "ports: {a: {attach: a, mac: '02:00:00:00:00:02'}}",
		     false),
		"(- port a: veth eth0 in namespace a)\n"
		"~ port a: mac 02:00:00:00:00:01 -> 02:00:00:00:00:02 "
		"(attached anew)\n");

	/* And a cable that is laid anew keeps it. */
	assert_int_equal(lab_diff(had, want, false, &plan), 0);
	assert_string_equal(
		json_string_value(json_object_get(plan.steps[1].after, "mac")),
		"02:00:00:00:00:01");
	lab_plan_free(&plan);
	json_decref(want);
	json_decref(had);
}

static void a_port_that_is_gone_is_attached_again(void **state)
{
	json_t *have = lab_of("ports: {a: {attach: a}}\n");
	json_t *want = lab_of("ports: {a: {attach: a}}\n");
	struct lab_plan plan;

	(void)state;
	json_object_set_new(
		json_object_get(json_object_get(have, "ports"), "a"), "gone",
		json_true());
	assert_int_equal(lab_diff(have, want, false, &plan), 0);
	assert_string_equal(words_of(&plan),
			    "(- port a: veth eth0 in namespace a)\n"
			    "~ port a: it was gone (attached anew)\n");
	lab_plan_free(&plan);
	json_decref(want);
	json_decref(have);
}

static void a_plan_can_be_undone(void **state)
{
	json_t *have = lab_of("ports: {a: {attach: a}, b: {attach: b}}\n");
	json_t *want = lab_of("ports: {a: {attach: a, mtu: 68}, "
			      "c: {attach: c}}\nnamespaces: [c]\n");
	struct lab_plan plan, undo = { 0 };

	(void)state;
	assert_int_equal(lab_diff(have, want, true, &plan), 0);
	assert_string_equal(words_of(&plan),
			    "+ namespace c\n"
			    "- port b: veth eth0 in namespace b\n"
			    "+ port c: veth eth0 in namespace c\n"
			    "~ port a: mtu 1500 -> 68\n");
	undo.n_steps = plan.n_steps;
	undo.steps = calloc(plan.n_steps, sizeof(undo.steps[0]));
	for (size_t i = 0; i < plan.n_steps; i++) {
		undo.steps[i] = plan.steps[plan.n_steps - 1 - i];
		lab_step_invert(&undo.steps[i]);
	}
	assert_string_equal(words_of(&undo),
			    "~ port a: mtu 68 -> 1500\n"
			    "- port c: veth eth0 in namespace c\n"
			    "+ port b: veth eth0 in namespace b\n"
			    "- namespace c\n");
	free(undo.steps);
	lab_plan_free(&plan);
	json_decref(want);
	json_decref(have);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_labs_need_no_step),
		cmocka_unit_test(what_is_missing_is_made_in_order),
		cmocka_unit_test(what_nobody_speaks_of_stays_unless_pruned),
		cmocka_unit_test(a_little_is_changed_in_place),
		cmocka_unit_test(another_cable_is_laid_anew),
		cmocka_unit_test(names_are_free_before_they_are_taken),
		cmocka_unit_test(a_station_moves),
		cmocka_unit_test(an_address_is_changed_only_if_asked_for),
		cmocka_unit_test(a_port_that_is_gone_is_attached_again),
		cmocka_unit_test(a_plan_can_be_undone),
	};

	return cmocka_run_group_tests_name("lab_diff", tests, NULL, NULL);
}
