/* SPDX-License-Identifier: MIT */
/* lab_words.c - the steps of a plan, for people and for programs */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "lab_diff.h"

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void say_place(FILE *out, const json_t *port)
{
	const char *attach = text(port, "attach");
	const char *name = lab_namespace(attach);

	if (name)
		fprintf(out, "namespace %s", name);
	else if (!strcmp(attach, "host"))
		fputs("the host", out);
	else
		fputs(attach, out);
}

/* A value, whatever it is: "10.0.0.1/24, fd00::1/64", "9000", "none". */
static void say_value(FILE *out, const json_t *value)
{
	if (json_is_integer(value))
		fprintf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "true" : "false", out);
	else if (json_is_string(value))
		fputs(json_string_value(value), out);
	else if (!json_array_size(value))
		fputs("none", out);

	for (size_t i = 0; i < json_array_size(value); i++)
		fprintf(out, "%s%s", i ? ", " : "",
			json_string_value(json_array_get(value, i)));
}

static void say_port(FILE *out, const json_t *port)
{
	const json_t *ip = json_object_get(port, "ip");
	const json_t *gateway = json_object_get(port, "gateway");
	const json_int_t mtu = json_integer_value(json_object_get(port, "mtu"));

	fprintf(out, "%s %s in ", text(port, "type"), text(port, "ifname"));
	say_place(out, port);
	if (json_array_size(ip)) {
		fputs(", ", out);
		say_value(out, ip);
	}
	if (json_array_size(gateway)) {
		fputs(", gateway ", out);
		say_value(out, gateway);
	}
	if (mtu != LAB_MTU_DEFAULT)
		fprintf(out, ", MTU %lld", (long long)mtu);
}

static void say_changes(FILE *out, const json_t *before, const json_t *after)
{
	const char *comma = "";

	for (size_t i = 0; i < LAB_N_PORT_KEYS; i++) {
		const char *key = lab_port_keys[i];
		const json_t *old = json_object_get(before, key);
		const json_t *new = json_object_get(after, key);

		if (!new || json_equal(old, new))
			continue;
		fprintf(out, "%s%s ", comma, key);
		say_value(out, old);
		fputs(" -> ", out);
		say_value(out, new);
		comma = ", ";
	}
}

static void say_port_step(FILE *out, const struct lab_step *step)
{
	const json_t *before = step->replaces ? step->replaces : step->before;

	fprintf(out, "port %s: ", step->name);
	if (!before || !step->after) {
		say_port(out, step->after ? step->after : before);
		return;
	}

	say_changes(out, before, step->after);
	if (json_object_get(before, "gone"))
		fputs("it was gone", out);
	if (step->replaces)
		fputs(" (attached anew)", out);
}

static void say_station(FILE *out, const struct lab_step *step)
{
	const json_t *station = step->after ? step->after : step->before;
	const json_int_t vlan =
		json_integer_value(json_object_get(station, "vlan"));

	fprintf(out, "station %s on port %s", step->name,
		text(station, "port"));
	if (vlan)
		fprintf(out, " in VLAN %lld", (long long)vlan);
}

static char sign_of(const struct lab_step *step)
{
	if (!step->after)
		return '-';

	if (step->before || step->replaces || step->subject == LAB_AGEING)
		return '~';

	return '+';
}

/**
 * lab_step_words() - A step in one line
 * @step:	Step
 *
 * Return: "+ namespace web", for free(), or NULL if memory ran out
 */
char *lab_step_words(const struct lab_step *step)
{
	char *words = NULL;
	size_t len;
	FILE *out = open_memstream(&words, &len);

	if (!out)
		return NULL;

	fprintf(out, "%c ", sign_of(step));
	switch (step->subject) {
	case LAB_NAMESPACE:
		fprintf(out, "namespace %s", step->name);
		break;
	case LAB_PORT:
		say_port_step(out, step);
		break;
	case LAB_STATION:
		say_station(out, step);
		break;
	case LAB_AGEING:
		fputs("switch: ageing ", out);
		say_value(out, step->before);
		fputs(" -> ", out);
		say_value(out, step->after);
		break;
	}
	fclose(out);
	return words;
}

/**
 * lab_plan_json() - A plan, as the protocol shows it
 * @plan:	Plan
 *
 * Return: an array of lines, a new reference, or NULL if memory ran out
 */
json_t *lab_plan_json(const struct lab_plan *plan)
{
	json_t *lines = json_array();

	for (size_t i = 0; i < plan->n_steps; i++) {
		char *words;

		if (plan->steps[i].silent)
			continue;
		words = lab_step_words(&plan->steps[i]);
		json_array_append_new(lines, json_string(words ? words : ""));
		free(words);
	}

	return lines;
}
