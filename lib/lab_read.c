/* SPDX-License-Identifier: MIT */
/*
 * lab_read.c - the schema of a lab
 *
 * A value is checked by the same function as the option of "vswctl attach" or
 * "vswctl add-fdb" that it is named after, so both say the same about it.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arg.h"
#include "cidr.h"
#include "cmd.h"
#include "eth.h"
#include "lab.h"
#include "macros.h"
#include "name.h"
#include "nearest.h"
#include "tree.h"
#include "units.h"

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

static void show(const char *text, char ret[NAME_SHOWN_SIZE])
{
	name_printable(text, strlen(text), ret, NAME_SHOWN_SIZE);
}

/* @value goes into @object; json_object_set_new() takes NULL for a failure. */
static int put(const struct reader *reader, json_t *object, const char *key,
	       json_t *value)
{
	return json_object_set_new(object, key, value) < 0 ? no_memory(reader)
							   : 0;
}

/* Put the place into the lab before what a parser said about a value. */
static int blame(const struct reader *reader, const struct tree_node *node,
		 const char *path, int code)
{
	const struct err why = reader->err->err;

	if (code == -ENOMEM)
		return code;

	tree_refuse(reader->err, node, "%s: %s", path, why.msg);
	err_hint(&reader->err->err, "%s", why.hint);
	return -EINVAL;
}

static int expect(const struct reader *reader, const struct tree_node *node,
		  enum tree_kind kind, const char *path)
{
	static const char *const wanted[] = {
		[TREE_TEXT] = "one value",
		[TREE_LIST] = "a list",
		[TREE_MAP] = "a map",
	};

	if (node->kind == kind)
		return 0;

	return tree_refuse(reader->err, node, "%s: must be %s, not %s", path,
			   wanted[kind], tree_kind_words(node));
}

static bool is_key(const char *const *keys, size_t n_keys, const char *key)
{
	for (size_t i = 0; i < n_keys; i++) {
		if (!strcmp(keys[i], key))
			return true;
	}

	return false;
}

static int check_keys(const struct reader *reader, const struct tree_node *map,
		      const char *const *keys, size_t n_keys, const char *path)
{
	char shown[NAME_SHOWN_SIZE], all[80] = "";
	struct nearest nearest;
	size_t used = 0;

	for (size_t i = 0; i < map->n_entries; i++) {
		const struct tree_node *key = map->entries[i].key;

		if (is_key(keys, n_keys, key->text))
			continue;

		show(key->text, shown);
		nearest_init(&nearest, key->text);
		for (size_t k = 0; k < n_keys; k++) {
			nearest_offer(&nearest, keys[k]);
			used += (size_t)snprintf(all + used, sizeof(all) - used,
						 "%s%s", k ? ", " : "",
						 keys[k]);
		}
		if (nearest.best)
			return tree_refuse(
				reader->err, key,
				"%s: unknown key '%s', did you mean '%s'?",
				path, shown, nearest.best);
		tree_refuse(reader->err, key, "%s: unknown key '%s'", path,
			    shown);
		err_hint(&reader->err->err, "it can have %s", all);
		return -EINVAL;
	}

	return 0;
}

static const struct tree_node *find(const struct tree_node *map,
				    const char *key)
{
	for (size_t i = 0; i < map->n_entries; i++) {
		if (!strcmp(map->entries[i].key->text, key))
			return map->entries[i].value;
	}

	return NULL;
}

/* Values */

/* What a number is must not stand in quotes; what a text is may be anything. */
static bool wants_number(const struct cmd_arg *arg)
{
	return arg->type == CMD_ARG_TYPE_MTU || arg->type == CMD_ARG_TYPE_VLAN;
}

/* As the switch writes it, so that equal things are equal. */
static json_t *canonical(const struct cmd_arg *arg, const char *text)
{
	char address[CIDR_TEXT_SIZE];
	struct eth_addr mac;
	struct ip_addr ip;
	struct cidr cidr;

	if (arg->type == CMD_ARG_TYPE_MAC && eth_addr_parse(text, &mac)) {
		eth_addr_format(mac, address);
		return json_string(address);
	}
	if (arg->type == CMD_ARG_TYPE_IFADDR &&
	    !cidr_parse(text, &cidr, NULL)) {
		cidr_format(&cidr, address);
		return json_string(address);
	}
	if (arg->type == CMD_ARG_TYPE_IP && !ip_parse(text, &ip, NULL)) {
		ip_format(&ip, address);
		return json_string(address);
	}
	if (arg->type == CMD_ARG_TYPE_TARGET)
		return lab_attach(text);

	return json_string(text);
}

static int read_truth(const struct reader *reader, const struct cmd_arg *arg,
		      const struct tree_node *node, const char *path,
		      json_t **ret)
{
	const bool is_true = !strcmp(node->text, "true");

	if (!node->plain || (!is_true && strcmp(node->text, "false")))
		return tree_refuse(reader->err, node,
				   "%s: %s: must be true or false", path,
				   arg->name);

	*ret = json_boolean(is_true);
	return 0;
}

static int read_value(const struct reader *reader, const struct cmd_arg *arg,
		      const struct tree_node *node, const char *path,
		      json_t **ret)
{
	const char *text = node->text;
	json_t *value = NULL;
	int r = expect(reader, node, TREE_TEXT, path);

	if (r < 0)
		return r;
	if (tree_is_nothing(node))
		return tree_refuse(reader->err, node, "%s: %s: has no value",
				   path, arg->name);
	if (arg->type == CMD_ARG_TYPE_FLAG)
		return read_truth(reader, arg, node, path, ret);
	if (wants_number(arg) && !node->plain)
		return tree_refuse(reader->err, node,
				   "%s: %s: must be a number, not a string",
				   path, arg->name);

	/* Said in so many words, it is a name and nothing else. */
	if (arg->type == CMD_ARG_TYPE_TARGET && !strncmp(text, "netns:", 6)) {
		text += 6;
		if (strpbrk(text, "/:"))
			return tree_refuse(reader->err, node,
					   "%s: %s: '%.60s' is not the name "
					   "of a namespace",
					   path, arg->name, text);
	}
	r = arg_parse(arg, text, &value, &reader->err->err);
	if (r < 0)
		return blame(reader, node, path, r);
	if (json_is_string(value)) {
		json_decref(value);
		value = canonical(arg, node->text);
		if (!value)
			return no_memory(reader);
	}

	*ret = value;
	return 0;
}

/* One value may stand for a list of one. */
static int read_values(const struct reader *reader, const struct cmd_arg *arg,
		       const struct tree_node *node, const char *path,
		       json_t **ret)
{
	const size_t n = node->kind == TREE_LIST ? node->n_entries : 1;
	json_t *values = json_array(), *value;
	int r = 0;

	if (!values)
		return no_memory(reader);
	if (n > LAB_MAX_ADDRESSES)
		r = tree_refuse(reader->err, node, "%s: %s: at most %d", path,
				arg->name, LAB_MAX_ADDRESSES);

	for (size_t i = 0; i < n && !r; i++) {
		const struct tree_node *item =
			node->kind == TREE_LIST ? node->entries[i].value : node;

		r = read_value(reader, arg, item, path, &value);
		if (!r && json_array_append_new(values, value) < 0)
			r = no_memory(reader);
		if (r < 0)
			break;
		r = arg_check(arg, values, &reader->err->err);
		if (r < 0)
			r = blame(reader, item, path, r);
	}
	if (r < 0) {
		json_decref(values);
		return r;
	}

	*ret = values;
	return 0;
}

/* The option of a command that a key is named after. */
static struct cmd_arg arg_of(enum cmd_id command, const char *key)
{
	const bool is_attach = !strcmp(key, "attach");
	struct cmd_arg arg =
		*cmd_find_arg(cmd_specs[command], is_attach ? "target" : key);

	arg.name = key;
	return arg;
}

/* What is in @map goes into @object, key by key. */
static int read_fields(const struct reader *reader, enum cmd_id command,
		       const struct tree_node *map, const char *path,
		       json_t *object)
{
	for (size_t i = 0; i < map->n_entries; i++) {
		const char *key = map->entries[i].key->text;
		const struct tree_node *node = map->entries[i].value;
		const struct cmd_arg arg = arg_of(command, key);
		json_t *value = NULL;
		int r;

		if (arg.flags & CMD_ARG_MANY)
			r = read_values(reader, &arg, node, path, &value);
		else
			r = read_value(reader, &arg, node, path, &value);
		/* An empty list says what no list says. */
		if (!r && json_is_array(value) && !json_array_size(value))
			json_decref(value);
		else if (!r)
			r = put(reader, object, key, value);
		if (r < 0)
			return r;
	}

	return 0;
}

/* The parts */

static int read_switch(const struct reader *reader, const struct tree_node *map)
{
	const struct tree_node *name, *ageing;
	json_t *object = json_object();
	mtime_t duration;
	int r;

	r = put(reader, reader->lab, "switch", object);
	if (!r)
		r = check_keys(reader, map, switch_keys,
			       ARRAY_SIZE(switch_keys), "switch");
	if (r < 0)
		return r;

	name = find(map, "name");
	if (name) {
		r = expect(reader, name, TREE_TEXT, "switch.name");
		if (!r && name_check_switch(name->text, &reader->err->err) < 0)
			r = blame(reader, name, "switch.name", -EINVAL);
		if (!r)
			r = put(reader, object, "name",
				json_string(name->text));
		if (r < 0)
			return r;
	}

	ageing = find(map, "ageing");
	if (!ageing)
		return 0;
	r = expect(reader, ageing, TREE_TEXT, "switch.ageing");
	if (!r &&
	    lab_parse_ageing(ageing->text, &duration, &reader->err->err) < 0)
		r = blame(reader, ageing, "switch.ageing", -EINVAL);
	return r < 0 ? r : put(reader, object, "ageing", lab_ageing(duration));
}

static int read_namespaces(const struct reader *reader,
			   const struct tree_node *list)
{
	const struct cmd_arg arg = arg_of(CMD_ATTACH, "attach");
	json_t *names = json_array(), *seen = json_object(), *value = NULL;
	int r = put(reader, reader->lab, "namespaces", names);

	for (size_t i = 0; i < list->n_entries && !r; i++) {
		const struct tree_node *node = list->entries[i].value;
		const char *name = node->text;

		r = read_value(reader, &arg, node, "namespaces", &value);
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
		r = put(reader, reader->interfaces, key, json_string(name));
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
	int r = put(reader, ports, key->text, port);

	if (r < 0)
		return r;
	if (name_check_port(key->text, &reader->err->err) < 0)
		return blame(reader, key, "ports", -EINVAL);

	show(key->text, shown);
	snprintf(path, sizeof(path), "ports.%.40s", shown);
	r = expect(reader, map, TREE_MAP, path);
	if (!r)
		r = check_keys(reader, map, lab_port_keys, LAB_N_PORT_KEYS,
			       path);
	if (!r && !find(map, "attach")) {
		tree_refuse(reader->err, key, "%s: 'attach' is missing", path);
		err_hint(&reader->err->err,
			 "attach: what the port leads to, as in netns:%s",
			 shown);
		return -EINVAL;
	}
	if (!r)
		r = read_fields(reader, CMD_ATTACH, map, path, port);
	if (!r && json_is_true(json_object_get(port, "persist")) &&
	    !lab_can_persist(
		    json_string_value(json_object_get(port, "attach"))))
		r = tree_refuse(reader->err, find(map, "persist"),
				"%s: persist: a process that has ended does "
				"not come back",
				path);
	return r < 0 ? r : claim_interface(reader, key, key->text, port);
}

static int read_ports(const struct reader *reader, const struct tree_node *map)
{
	json_t *ports = json_object();
	int r = put(reader, reader->lab, "ports", ports);

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
		r = expect(reader, map, TREE_MAP, "stations");
	if (!r)
		r = check_keys(reader, map, station_keys,
			       ARRAY_SIZE(station_keys), "stations");
	if (r < 0)
		return r;
	if (!find(map, "mac") || !find(map, "port"))
		return tree_refuse(reader->err, map,
				   "stations: '%s' is missing",
				   find(map, "mac") ? "port" : "mac");

	r = read_fields(reader, CMD_ADD_FDB, map, "stations", station);
	if (!r)
		r = check_station_port(reader, find(map, "port"));
	if (r < 0)
		return r;

	snprintf(
		key, sizeof(key), "%lld %s",
		(long long)json_integer_value(json_object_get(station, "vlan")),
		json_string_value(json_object_get(station, "mac")));
	if (json_object_get(seen, key))
		return tree_refuse(reader->err, find(map, "mac"),
				   "stations: this one is there twice");
	return put(reader, seen, key, json_true());
}

static int read_stations(const struct reader *reader,
			 const struct tree_node *list)
{
	json_t *stations = json_array(), *seen = json_object();
	int r = put(reader, reader->lab, "stations", stations);

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
		const struct tree_node *node = find(root, parts[i].key);
		int r;

		if (!node || tree_is_nothing(node))
			continue;
		r = expect(reader, node, parts[i].kind, parts[i].key);
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
		r = expect(&reader, tree->root, TREE_MAP, "a lab");
	if (!r)
		r = check_keys(&reader, tree->root, lab_keys,
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
