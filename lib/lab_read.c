/* SPDX-License-Identifier: MIT */
/* lab_read.c - the schema of a lab */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "lab_field.h"
#include "macros.h"
#include "name.h"
#include "nearest.h"

enum {
	PATH_WORDS_SIZE = 48, /* "ports.web", shortened if need be */
	KEY_SIZE = 256 + NAME_SIZE + 8,
};

static const char *const lab_keys[] = { "switch", "namespaces", "ports",
					"stations" };
static const char *const switch_keys[] = { "name", "ageing" };
static const char *const station_keys[] = { "mac", "vlan", "port" };

/* A lab that is being read. */
struct reader {
	json_t *lab;
	json_t *interfaces; /* namespace and interface -> its port */
	struct tree_err *err;
};

static int no_memory(const struct reader *reader)
{
	return err_set(&reader->err->err, -ENOMEM, "out of memory");
}

static int read_switch(const struct reader *reader, const struct tree_node *map)
{
	const struct tree_node *name, *ageing;
	json_t *object = json_object();
	mtime_t duration;
	int r;

	r = lab_field_put(reader->err, reader->lab, "switch", object);
	if (!r)
		r = lab_field_check_keys(reader->err, map, switch_keys,
					 ARRAY_SIZE(switch_keys), "switch");
	if (r < 0)
		return r;

	name = lab_field_find(map, "name");
	if (name) {
		r = lab_field_expect(reader->err, name, TREE_TEXT,
				     "switch.name");
		if (!r && name_check_switch(name->text, &reader->err->err) < 0)
			r = lab_field_blame(reader->err, name, "switch.name",
					    -EINVAL);
		if (!r)
			r = lab_field_put(reader->err, object, "name",
					  json_string(name->text));
		if (r < 0)
			return r;
	}

	ageing = lab_field_find(map, "ageing");
	if (!ageing)
		return 0;
	r = lab_field_expect(reader->err, ageing, TREE_TEXT, "switch.ageing");
	if (r < 0)
		return r;
	r = lab_parse_ageing(ageing->text, &duration, &reader->err->err);
	if (r < 0)
		return lab_field_blame(reader->err, ageing, "switch.ageing", r);

	return lab_field_put(reader->err, object, "ageing",
			     lab_ageing(duration));
}

static int read_namespaces(const struct reader *reader,
			   const struct tree_node *list)
{
	json_t *names = json_array(), *seen = json_object(), *value = NULL;
	int r = lab_field_put(reader->err, reader->lab, "namespaces", names);

	for (size_t i = 0; i < list->n_entries && !r; i++) {
		const struct tree_node *node = list->entries[i].value;
		const char *name = node->text;

		r = lab_field_read(reader->err, CMD_ATTACH, "attach", node,
				   "namespaces", &value);
		if (r < 0)
			break;
		json_decref(value);
		if (strpbrk(name, "/:") || !strcmp(name, "host"))
			r = tree_refuse(reader->err, node,
					"namespaces: '%.60s' is not a name "
					"that a namespace can be made under",
					name);
		else if (json_object_get(seen, name))
			r = tree_refuse(reader->err, node,
					"namespaces: '%.60s' is there twice",
					name);
		else if (json_object_set_new(seen, name, json_true()) ||
			 json_array_append_new(names, json_string(name)))
			r = no_memory(reader);
	}
	json_decref(seen);
	return r;
}

/* Of the interfaces in one namespace no two can have one name. */
static int claim_interface(const struct reader *reader,
			   const struct tree_node *node, const char *name,
			   const json_t *port)
{
	const char *attach = json_string_value(json_object_get(port, "attach"));
	const char *ifname = json_string_value(json_object_get(port, "ifname"));
	const char *other;
	char *key;
	int r;

	if (!ifname)
		ifname = strcmp(attach, "host") ? "eth0" : "";
	if (asprintf(&key, "%s %s", ifname, attach) < 0)
		return no_memory(reader);

	other = json_string_value(json_object_get(reader->interfaces, key));
	if (other)
		r = tree_refuse(reader->err, node,
				"ports.%s: port '%s' is attached there by an "
				"interface of that name, %s",
				name, other, *ifname ? ifname : "the switch's");
	else
		r = lab_field_put(reader->err, reader->interfaces, key,
				  json_string(name));
	if (other)
		err_hint(&reader->err->err, "give it an ifname of its own");
	free(key);
	return r;
}

static int read_port(const struct reader *reader, const struct tree_node *key,
		     const struct tree_node *map, json_t *ports)
{
	char path[PATH_WORDS_SIZE], shown[NAME_SHOWN_SIZE];
	json_t *port = json_object();
	int r = lab_field_put(reader->err, ports, key->text, port);

	if (r < 0)
		return r;
	if (name_check_port(key->text, &reader->err->err) < 0)
		return lab_field_blame(reader->err, key, "ports", -EINVAL);

	name_printable(key->text, strlen(key->text), shown, sizeof(shown));
	snprintf(path, sizeof(path), "ports.%.40s", shown);
	r = lab_field_expect(reader->err, map, TREE_MAP, path);
	if (!r)
		r = lab_field_check_keys(reader->err, map, lab_port_keys,
					 LAB_N_PORT_KEYS, path);
	if (!r && !lab_field_find(map, "attach")) {
		tree_refuse(reader->err, key, "%s: 'attach' is missing", path);
		err_hint(&reader->err->err,
			 "attach: what the port leads to, as in netns:%s",
			 shown);
		return -EINVAL;
	}
	if (!r)
		r = lab_field_read_all(reader->err, CMD_ATTACH, map, path,
				       port);
	if (!r && json_is_true(json_object_get(port, "persist")) &&
	    !lab_can_persist(
		    json_string_value(json_object_get(port, "attach"))))
		r = tree_refuse(reader->err, lab_field_find(map, "persist"),
				"%s: persist: a process that has ended does "
				"not come back",
				path);
	return r < 0 ? r : claim_interface(reader, key, key->text, port);
}

static int read_ports(const struct reader *reader, const struct tree_node *map)
{
	json_t *ports = json_object();
	int r = lab_field_put(reader->err, reader->lab, "ports", ports);

	for (size_t i = 0; i < map->n_entries && !r; i++)
		r = read_port(reader, map->entries[i].key,
			      map->entries[i].value, ports);
	return r;
}

static int check_station_port(const struct reader *reader,
			      const struct tree_node *node)
{
	json_t *ports = json_object_get(reader->lab, "ports");
	struct nearest nearest;
	const char *name;
	json_t *port;

	if (json_object_get(ports, node->text))
		return 0;

	nearest_init(&nearest, node->text);
	json_object_foreach(ports, name, port) nearest_offer(&nearest, name);
	if (nearest.best)
		return tree_refuse(
			reader->err, node,
			"stations: there is no port '%.30s' in this lab, "
			"did you mean '%s'?",
			node->text, nearest.best);
	return tree_refuse(reader->err, node,
			   "stations: there is no port '%.30s' in this lab",
			   node->text);
}

static int read_station(const struct reader *reader,
			const struct tree_node *map, json_t *stations,
			json_t *seen)
{
	json_t *station = json_object();
	char key[KEY_SIZE];
	int r = json_array_append_new(stations, station) < 0 ? no_memory(reader)
							     : 0;

	if (!r)
		r = lab_field_expect(reader->err, map, TREE_MAP, "stations");
	if (!r)
		r = lab_field_check_keys(reader->err, map, station_keys,
					 ARRAY_SIZE(station_keys), "stations");
	if (r < 0)
		return r;
	if (!lab_field_find(map, "mac") || !lab_field_find(map, "port"))
		return tree_refuse(reader->err, map,
				   "stations: '%s' is missing",
				   lab_field_find(map, "mac") ? "port" : "mac");

	r = lab_field_read_all(reader->err, CMD_ADD_FDB, map, "stations",
			       station);
	if (!r)
		r = check_station_port(reader, lab_field_find(map, "port"));
	if (r < 0)
		return r;

	snprintf(
		key, sizeof(key), "%lld %s",
		(long long)json_integer_value(json_object_get(station, "vlan")),
		json_string_value(json_object_get(station, "mac")));
	if (json_object_get(seen, key))
		return tree_refuse(reader->err, lab_field_find(map, "mac"),
				   "stations: this one is there twice");
	return lab_field_put(reader->err, seen, key, json_true());
}

static int read_stations(const struct reader *reader,
			 const struct tree_node *list)
{
	json_t *stations = json_array(), *seen = json_object();
	int r = lab_field_put(reader->err, reader->lab, "stations", stations);

	for (size_t i = 0; i < list->n_entries && !r; i++)
		r = read_station(reader, list->entries[i].value, stations,
				 seen);
	json_decref(seen);
	return r;
}

/* In this order, whichever the file's is: stations refer to ports. */
static int read_parts(const struct reader *reader, const struct tree_node *root)
{
	static const struct part {
		const char *key;
		enum tree_kind kind;
		int (*read)(const struct reader *reader,
			    const struct tree_node *node);
	} parts[] = {
		{ "switch", TREE_MAP, read_switch },
		{ "namespaces", TREE_LIST, read_namespaces },
		{ "ports", TREE_MAP, read_ports },
		{ "stations", TREE_LIST, read_stations },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct tree_node *node =
			lab_field_find(root, parts[i].key);
		int r;

		if (!node || tree_is_nothing(node))
			continue;
		r = lab_field_expect(reader->err, node, parts[i].kind,
				     parts[i].key);
		if (!r)
			r = parts[i].read(reader, node);
		if (r < 0)
			return r;
	}

	return 0;
}

/**
 * lab_read() - Check what a tree says, and make a lab of it
 * @tree:	Tree
 * @ret:	The lab, a new reference; untouched on failure
 * @err:	What is wrong, and where
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int lab_read(const struct tree *tree, json_t **ret, struct tree_err *err)
{
	const struct reader reader = { .lab = json_object(),
				       .interfaces = json_object(),
				       .err = err };
	int r = 0;

	err->line = err->column = 0;
	if (!reader.lab || !reader.interfaces)
		r = no_memory(&reader);
	if (!r)
		r = lab_field_expect(err, tree->root, TREE_MAP, "a lab");
	if (!r)
		r = lab_field_check_keys(err, tree->root, lab_keys,
					 ARRAY_SIZE(lab_keys), "a lab");
	if (!r)
		r = read_parts(&reader, tree->root);
	json_decref(reader.interfaces);
	if (r < 0) {
		json_decref(reader.lab);
		return r;
	}

	*ret = reader.lab;
	return 0;
}
