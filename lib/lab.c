/* SPDX-License-Identifier: MIT */
/* lab.c - a lab: what was not said, and how things are written */

#include "lab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "name.h"
#include "units.h"

const char *const lab_port_keys[LAB_N_PORT_KEYS] = {
	"attach", "type", "ifname", "ip", "gateway", "mac", "mtu", "persist",
};

static const char netns_prefix[] = "netns:";
static const char netns_dir[] = "/run/netns/";

/**
 * lab_parse_ageing() - Read after which time a silent station is forgotten
 * @text:	"300s"
 * @ret:	The time; untouched on failure
 * @err:	What is wrong with @text
 *
 * Return: 0, or -errno
 */
int lab_parse_ageing(const char *text, mtime_t *ret, struct err *err)
{
	mtime_t ageing;
	int r = duration_parse(text, &ageing, err);

	if (r < 0)
		return r;
	if (ageing.us < mtime_from_ms(LAB_AGEING_MIN_S * 1000).us ||
	    ageing.us > mtime_from_ms(LAB_AGEING_MAX_S * UINT64_C(1000)).us)
		return err_set(err, -EINVAL,
			       "%.40s is not between %d and %d seconds", text,
			       LAB_AGEING_MIN_S, LAB_AGEING_MAX_S);

	*ret = ageing;
	return 0;
}

/**
 * lab_ageing() - Write an ageing time, exactly
 * @ageing:	Time
 *
 * Return: a string, a new reference, or NULL if memory ran out
 */
json_t *lab_ageing(mtime_t ageing)
{
	const unsigned long long us = ageing.us;

	if (us % 1000000 == 0)
		return json_sprintf("%llus", us / 1000000);
	if (us % 1000 == 0)
		return json_sprintf("%llums", us / 1000);

	return json_sprintf("%lluus", us);
}

/* A name that stands for the namespace under it, and for nothing else. */
static bool is_namespace(const char *name)
{
	return *name && !strpbrk(name, "/:") && strcmp(name, "host") &&
	       strcmp(name, ".") && strcmp(name, "..");
}

/**
 * lab_attach() - Write what a port is attached to
 * @target:	As vswctl attach takes it, or with "netns:" before a name
 *
 * The same thing is always written the same way.
 *
 * Return: a string, a new reference, or NULL if memory ran out
 */
json_t *lab_attach(const char *target)
{
	const size_t dir_len = sizeof(netns_dir) - 1;
	const char *name = target;

	if (!strcmp(target, "netns:host")) /* "host" is another one */
		return json_string("/run/netns/host");
	if (!strncmp(target, netns_dir, dir_len))
		name = target + dir_len;
	else if (!strncmp(target, netns_prefix, sizeof(netns_prefix) - 1))
		return json_string(target);
	if (!is_namespace(name))
		return json_string(target);

	return json_sprintf("%s%s", netns_prefix, name);
}

/**
 * lab_namespace() - Which namespace is this, by its name?
 * @attach:	As lab_attach() writes it
 *
 * Return: the name, or NULL if it has none
 */
const char *lab_namespace(const char *attach)
{
	const size_t len = sizeof(netns_prefix) - 1;

	return strncmp(attach, netns_prefix, len) ? NULL : attach + len;
}

/**
 * lab_target() - What to tell vswctl attach
 * @attach:	As lab_attach() writes it
 *
 * Return: the target
 */
const char *lab_target(const char *attach)
{
	const char *name = lab_namespace(attach);

	return name ? name : attach;
}

/**
 * lab_can_persist() - Can it come back once it is gone?
 * @attach:	As lab_attach() writes it
 *
 * Return: whether; the namespace of a process ends with the process
 */
bool lab_can_persist(const char *attach)
{
	return strncmp(attach, "pid:", 4) && strncmp(attach, "/proc/", 6);
}

/**
 * lab_switch_name() - Which switch a lab is for
 * @lab:	Lab
 *
 * Return: its name, or NULL if the lab does not say
 */
const char *lab_switch_name(const json_t *lab)
{
	return json_string_value(
		json_object_get(json_object_get(lab, "switch"), "name"));
}

/* What is said where nothing is said: the same as vswctl attach does. */
static json_t *defaults_of(const json_t *port, const char *switch_name)
{
	const char *attach = json_string_value(json_object_get(port, "attach"));
	char ifname[NAME_SIZE];

	name_shorten(attach && !strcmp(attach, "host") ? switch_name : "eth0",
		     ifname);
	return json_pack("{s:s, s:s, s:[], s:[], s:i, s:b}", "type", "veth",
			 "ifname", ifname, "ip", "gateway", "mtu",
			 LAB_MTU_DEFAULT, "persist",
			 attach && lab_can_persist(attach));
}

/*
 * The same for most ports, so made once for each kind of them; what is in it
 * is shared by all ports that had nothing to say.
 */
struct defaults {
	const char *switch_name;
	json_t *of[2][2]; /* [is it the host?][does it persist?] */
};

static json_t *defaults_for(struct defaults *defaults, const json_t *port)
{
	const char *attach = json_string_value(json_object_get(port, "attach"));
	const bool is_host = attach && !strcmp(attach, "host");
	const bool persists = attach && lab_can_persist(attach);
	json_t **found = &defaults->of[is_host][persists];

	if (!*found)
		*found = defaults_of(port, defaults->switch_name);
	return *found;
}

static void defaults_fini(struct defaults *defaults)
{
	for (int i = 0; i < 4; i++)
		json_decref(defaults->of[i / 2][i % 2]);
}

static json_t *complete_ports(const json_t *ports, const char *switch_name)
{
	struct defaults defaults = { .switch_name = switch_name };
	json_t *all = json_object(), *port, *copy;
	const char *name;

	json_object_foreach((json_t *)ports, name, port)
	{
		copy = json_copy(port);
		if (json_object_update_missing(
			    copy, defaults_for(&defaults, port)) < 0 ||
		    json_object_set(all, name, copy) < 0) {
			json_decref(all);
			all = NULL;
		}
		json_decref(copy);
		if (!all)
			break;
	}
	defaults_fini(&defaults);
	return all;
}

static json_t *complete_stations(const json_t *stations)
{
	json_t *all = json_array(), *station, *copy;
	size_t i;

	json_array_foreach(stations, i, station)
	{
		copy = json_copy(station);
		if (!json_object_get(copy, "vlan"))
			json_object_set_new(copy, "vlan", json_integer(0));
		if (json_array_append_new(all, copy) < 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

static json_t *complete_switch(const json_t *sw, const char *switch_name)
{
	json_t *all = sw ? json_copy((json_t *)sw) : json_object();

	json_object_set_new(all, "name", json_string(switch_name));
	return all;
}

/**
 * lab_complete() - Say all that was left to be understood
 * @lab:	Lab; the other one shares its parts, which are not to be changed
 * @switch_name: Switch it is for
 *
 * Every port gets its type, ifname, ip, gateway, mtu and persist, every
 * station its VLAN; a MAC address and an ageing time that were not given stay open.
 *
 * Return: another lab, a new reference, or NULL if memory ran out
 */
json_t *lab_complete(const json_t *lab, const char *switch_name)
{
	const json_t *names = json_object_get(lab, "namespaces");

	return json_pack(
		"{s:o, s:o, s:o, s:o}", "switch",
		complete_switch(json_object_get(lab, "switch"), switch_name),
		"namespaces", names ? json_copy((json_t *)names) : json_array(),
		"ports",
		complete_ports(json_object_get(lab, "ports"), switch_name),
		"stations",
		complete_stations(json_object_get(lab, "stations")));
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What is as it is anyway need not be said. */
static json_t *reduce_port(const json_t *port, const json_t *defaults)
{
	json_t *reduced = json_object();

	for (size_t i = 0; i < LAB_N_PORT_KEYS; i++) {
		const char *key = lab_port_keys[i];
		json_t *value = json_object_get(port, key);

		/* What nobody has chosen is not worth keeping. */
		if (!strcmp(key, "mac") && json_object_get(port, "random_mac"))
			continue;
		if (value && !json_equal(value, json_object_get(defaults, key)))
			json_object_set(reduced, key, value);
	}
	return reduced;
}

static json_t *reduce_ports(json_t *ports, const char *switch_name)
{
	const size_t n = json_object_size(ports);
	const char **names = calloc(n + 1, sizeof(names[0]));
	struct defaults defaults = { .switch_name = switch_name };
	json_t *reduced, *port;
	const char *name;
	size_t i = 0;

	if (!names)
		return NULL;

	json_object_foreach(ports, name, port)
	{
		names[i++] = name;
	}
	qsort(names, i, sizeof(names[0]), compare_strings);
	reduced = json_object();
	for (size_t k = 0; k < i; k++) {
		port = json_object_get(ports, names[k]);
		json_object_set_new(
			reduced, names[k],
			reduce_port(port, defaults_for(&defaults, port)));
	}
	defaults_fini(&defaults);
	free(names);
	return reduced;
}

static const char *sort_key(const json_t *item)
{
	const json_t *mac = json_object_get(item, "mac");

	return json_string_value(json_is_object(item) ? mac : item);
}

static json_int_t vlan_of(const json_t *station)
{
	return json_integer_value(json_object_get(station, "vlan"));
}

/* Names by themselves, stations by VLAN and address. */
static int compare_items(const void *a, const void *b)
{
	const json_t *one = *(const json_t *const *)a;
	const json_t *other = *(const json_t *const *)b;

	if (json_is_object(one) && vlan_of(one) != vlan_of(other))
		return vlan_of(one) < vlan_of(other) ? -1 : 1;

	return strcmp(sort_key(one), sort_key(other));
}

static json_t *sort_list(const json_t *list)
{
	const size_t n = json_array_size(list);
	json_t **items = calloc(n + 1, sizeof(items[0]));
	json_t *sorted;

	if (!items)
		return NULL;

	for (size_t i = 0; i < n; i++)
		items[i] = json_array_get(list, i);
	qsort(items, n, sizeof(items[0]), compare_items);
	sorted = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append(sorted, items[i]);
	free(items);
	return sorted;
}

static json_t *reduce_stations(const json_t *stations)
{
	json_t *sorted = sort_list(stations), *reduced, *station;
	size_t i;

	if (!sorted)
		return NULL;

	reduced = json_array();
	json_array_foreach(sorted, i, station)
	{
		json_t *copy = json_copy(station);

		if (vlan_of(station) == 0)
			json_object_del(copy, "vlan");
		json_array_append_new(reduced, copy);
	}
	json_decref(sorted);
	return reduced;
}

/**
 * lab_reduce() - Leave out what goes without saying, and put it in order
 * @lab:	Lab, completed or not; of a port with "random_mac" the address is
 *		left out, too
 * @switch_name: Switch it is for
 *
 * Return: another lab, a new reference, or NULL if memory ran out
 */
json_t *lab_reduce(const json_t *lab, const char *switch_name)
{
	json_t *all = lab_complete(lab, switch_name), *reduced;

	if (!all)
		return NULL;

	reduced = json_pack(
		"{s:O, s:o, s:o, s:o}", "switch",
		json_object_get(all, "switch"), "namespaces",
		sort_list(json_object_get(all, "namespaces")), "ports",
		reduce_ports(json_object_get(all, "ports"), switch_name),
		"stations", reduce_stations(json_object_get(all, "stations")));
	json_decref(all);
	return reduced;
}
