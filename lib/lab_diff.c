/* SPDX-License-Identifier: MIT */
/* lab_diff.c - from the lab there is to the lab that is wanted, step by step */

#include "lab_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "macros.h"

enum {
	STEPS_MIN = 16,
	STATION_KEY_SIZE = 64,
};

/* What makes it another cable; the rest is changed while it carries frames. */
static const char *const cable_keys[] = { "attach", "type", "ifname",
					  "gateway" };

/* A difference that is being looked for. */
struct search {
	json_t *have_ports, *want_ports;
	json_t *have_stations, *want_stations; /* by VLAN and address */
	bool prune;
	struct lab_plan *plan;
};

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static struct lab_step *add_step(struct lab_plan *plan,
				 enum lab_subject subject, const char *name,
				 json_t *before, json_t *after)
{
	struct lab_step *steps = plan->steps;

	if (plan->n_steps == plan->size) {
		const size_t size = plan->size ? 2 * plan->size : STEPS_MIN;

		steps = reallocarray(steps, size, sizeof(steps[0]));
		if (!steps) {
			plan->failed = true;
			return &plan->spare;
		}
		plan->steps = steps;
		plan->size = size;
	}

	steps += plan->n_steps++;
	*steps = (struct lab_step){
		.subject = subject,
		.name = strdup(name),
		.before = json_incref(before),
		.after = json_incref(after),
	};
	plan->failed |= !steps->name;
	return steps;
}

/**
 * lab_plan_free() - Let go of a plan
 * @plan:	What lab_diff() filled in, or all zero; all zero afterwards
 */
void lab_plan_free(struct lab_plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		free(plan->steps[i].name);
		json_decref(plan->steps[i].before);
		json_decref(plan->steps[i].after);
		json_decref(plan->steps[i].replaces);
	}
	json_decref(plan->spare.replaces);
	free(plan->steps);
	*plan = (struct lab_plan){ 0 };
}

/**
 * lab_step_invert() - Make of a step the one that undoes it
 * @step:	Step
 */
void lab_step_invert(struct lab_step *step)
{
	json_t *before = step->before;

	step->before = step->after;
	step->after = before;
}

/* Comparing */

static bool contains(const json_t *list, const json_t *item)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (json_equal(json_array_get(list, i), item))
			return true;
	}

	return false;
}

/* Lists here are short, and their order says nothing. */
static bool same_list(const json_t *a, const json_t *b)
{
	if (json_array_size(a) != json_array_size(b))
		return false;
	for (size_t i = 0; i < json_array_size(a); i++) {
		if (!contains(b, json_array_get(a, i)))
			return false;
	}

	return true;
}

static bool same(const json_t *a, const json_t *b, const char *key)
{
	const json_t *one = json_object_get(a, key);
	const json_t *other = json_object_get(b, key);

	if (json_is_array(one) && json_is_array(other))
		return same_list(one, other);

	return one == other || json_equal(one, other);
}

/* A MAC address that nobody asked for is not in want of another. */
static bool same_mac(const json_t *have, const json_t *want)
{
	return !json_object_get(want, "mac") || same(have, want, "mac");
}

static bool must_replace(const json_t *have, const json_t *want)
{
	if (json_object_get(have, "gone") || !same_mac(have, want))
		return true;
	/* One that waits would wait for nothing. */
	if (json_is_true(json_object_get(have, "persist")) &&
	    !json_is_true(json_object_get(want, "persist")))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(cable_keys); i++) {
		if (!same(have, want, cable_keys[i]))
			return true;
	}

	return false;
}

static bool is_changed(const json_t *have, const json_t *want)
{
	return !same(have, want, "ip") || !same(have, want, "mtu") ||
	       !same(have, want, "persist");
}

/* The search, a part at a time */

static void key_of(const json_t *station, char ret[STATION_KEY_SIZE])
{
	snprintf(
		ret, STATION_KEY_SIZE, "%lld %s",
		(long long)json_integer_value(json_object_get(station, "vlan")),
		text(station, "mac"));
}

static json_t *by_key(const json_t *stations)
{
	char key[STATION_KEY_SIZE];
	json_t *map = json_object(), *station;
	size_t i;

	json_array_foreach(stations, i, station)
	{
		key_of(station, key);
		json_object_set(map, key, station);
	}
	return map;
}

/* A step for each of @names that is not among @others. */
static void diff_namespaces(const json_t *names, const json_t *others,
			    enum lab_subject subject, bool is_removal,
			    struct lab_plan *plan)
{
	json_t *known = json_object(), *name;
	size_t i;

	json_array_foreach(others, i, name)
	{
		json_object_set_new(known, json_string_value(name),
				    json_true());
	}
	json_array_foreach(names, i, name)
	{
		if (json_object_get(known, json_string_value(name)))
			continue;
		add_step(plan, subject, json_string_value(name),
			 is_removal ? name : NULL, is_removal ? NULL : name);
	}
	json_decref(known);
}

/* Whether the port a station is on goes, be it to make room for another. */
static bool port_goes(const struct search *search, const char *name)
{
	const json_t *have = json_object_get(search->have_ports, name);
	const json_t *want = json_object_get(search->want_ports, name);

	return want ? must_replace(have, want) : search->prune;
}

static void remove_stations(const struct search *search)
{
	const char *key;
	json_t *station, *wanted;

	json_object_foreach(search->have_stations, key, station)
	{
		const char *port = text(station, "port");
		const bool goes = port_goes(search, port);

		wanted = json_object_get(search->want_stations, key);
		if (goes || (wanted && !json_equal(wanted, station)) ||
		    (!wanted && search->prune))
			/* If it comes back, nothing has happened to it. */
			add_step(search->plan, LAB_STATION,
				 text(station, "mac"), station, NULL)
				->silent = wanted || !search->prune;
	}
}

static void add_stations(const struct search *search)
{
	const char *key;
	json_t *station, *had;

	json_object_foreach(search->want_stations, key, station)
	{
		had = json_object_get(search->have_stations, key);
		if (had && json_equal(had, station) &&
		    !port_goes(search, text(station, "port")))
			continue;
		add_step(search->plan, LAB_STATION, text(station, "mac"), NULL,
			 station)
			->silent = had && json_equal(had, station);
	}

	/* Those nobody spoke of, on ports that were attached anew. */
	json_object_foreach(search->have_stations, key, station)
	{
		const char *port = text(station, "port");

		if (json_object_get(search->want_stations, key) ||
		    search->prune || !port_goes(search, port))
			continue;
		add_step(search->plan, LAB_STATION, text(station, "mac"), NULL,
			 station)
			->silent = true;
	}
}

static void remove_ports(const struct search *search)
{
	const char *name;
	json_t *have, *want;

	json_object_foreach(search->have_ports, name, have)
	{
		want = json_object_get(search->want_ports, name);
		if (port_goes(search, name))
			add_step(search->plan, LAB_PORT, name, have, NULL)
				->silent = want;
	}
}

/* A port that stays where it is keeps the address others know it by. */
static json_t *with_mac_of(json_t *have, json_t *want)
{
	json_t *copy = json_copy(want), *mac = json_object_get(have, "mac");

	if (!mac || json_object_get(want, "mac") || !same(have, want, "attach"))
		return copy;

	json_object_set(copy, "mac", mac);
	if (json_object_get(have, "random_mac"))
		json_object_set_new(copy, "random_mac", json_true());
	return copy;
}

static void add_ports(const struct search *search)
{
	const char *name;
	json_t *have, *want, *after;

	json_object_foreach(search->want_ports, name, want)
	{
		have = json_object_get(search->have_ports, name);
		if (have && !must_replace(have, want))
			continue;
		after = with_mac_of(have, want);
		add_step(search->plan, LAB_PORT, name, NULL, after)->replaces =
			json_incref(have);
		json_decref(after);
	}
}

static void change_ports(const struct search *search)
{
	const char *name;
	json_t *have, *want, *after;

	json_object_foreach(search->want_ports, name, want)
	{
		have = json_object_get(search->have_ports, name);
		if (!have || must_replace(have, want) ||
		    !is_changed(have, want))
			continue;
		after = with_mac_of(have, want);
		add_step(search->plan, LAB_PORT, name, have, after);
		json_decref(after);
	}
}

static void diff_ageing(const json_t *have, const json_t *want,
			struct lab_plan *plan)
{
	json_t *before =
		json_object_get(json_object_get(have, "switch"), "ageing");
	json_t *after =
		json_object_get(json_object_get(want, "switch"), "ageing");

	if (after && !json_equal(before, after))
		add_step(plan, LAB_AGEING, "ageing", before, after);
}

/**
 * lab_diff() - What has to be done?
 * @have:	Lab there is, completed; "namespaces" are those that exist, of
 *		those that are wanted or were declared before. A port may have
 *		"gone": it is listed but carries nothing
 * @want:	Lab that is wanted, completed
 * @prune:	Whether what is not wanted is removed
 * @ret:	The plan, for lab_plan_free()
 *
 * Return: 0, or -ENOMEM with an empty plan
 */
int lab_diff(const json_t *have, const json_t *want, bool prune,
	     struct lab_plan *ret)
{
	const json_t *have_namespaces = json_object_get(have, "namespaces");
	const json_t *want_namespaces = json_object_get(want, "namespaces");
	struct search search = {
		.have_ports = json_object_get(have, "ports"),
		.want_ports = json_object_get(want, "ports"),
		.have_stations = by_key(json_object_get(have, "stations")),
		.want_stations = by_key(json_object_get(want, "stations")),
		.prune = prune,
		.plan = ret,
	};

	*ret = (struct lab_plan){ 0 };
	diff_namespaces(want_namespaces, have_namespaces, LAB_NAMESPACE, false,
			ret);
	remove_stations(&search);
	remove_ports(&search);
	add_ports(&search);
	change_ports(&search);
	add_stations(&search);
	diff_ageing(have, want, ret);
	/* Last: what was in one cannot be brought back. */
	if (prune)
		diff_namespaces(have_namespaces, want_namespaces, LAB_NAMESPACE,
				true, ret);
	json_decref(search.have_stations);
	json_decref(search.want_stations);
	if (!ret->failed)
		return 0;

	lab_plan_free(ret);
	return -ENOMEM;
}
