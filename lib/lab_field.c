/* SPDX-License-Identifier: MIT */
/* lab_field.c - what is said in a map of a lab, key by key */

#include "lab_field.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arg.h"
#include "cidr.h"
#include "eth.h"
#include "lab.h"
#include "name.h"
#include "nearest.h"

static int no_memory(struct tree_err *err)
{
	return err_set(&err->err, -ENOMEM, "out of memory");
}

/**
 * lab_field_put() - Put a value into an object
 * @err:	Where to say that memory ran out
 * @object:	Object, or NULL: memory ran out before
 * @key:	Key
 * @value:	Value, taken over; or NULL: memory ran out before
 *
 * Return: 0 or -ENOMEM
 */
int lab_field_put(struct tree_err *err, json_t *object, const char *key,
		  json_t *value)
{
	return json_object_set_new(object, key, value) < 0 ? no_memory(err) : 0;
}

/**
 * lab_field_blame() - Put the place into the lab before what a parser said
 * @err:	What is wrong with a value, and where to say it
 * @node:	Value
 * @path:	Its place: "ports.web"
 * @code:	What the parser returned
 *
 * Return: -EINVAL, or -ENOMEM if that is @code
 */
int lab_field_blame(struct tree_err *err, const struct tree_node *node,
		    const char *path, int code)
{
	const struct err why = err->err;

	if (code == -ENOMEM)
		return code;

	tree_refuse(err, node, "%s: %s", path, why.msg);
	err_hint(&err->err, "%s", why.hint);
	return -EINVAL;
}

/**
 * lab_field_expect() - Is this a value, a list or a map, as it has to be?
 * @err:	Where to say that it is not
 * @node:	What there is
 * @kind:	What it has to be
 * @path:	Its place
 *
 * Return: 0 or -EINVAL
 */
int lab_field_expect(struct tree_err *err, const struct tree_node *node,
		     enum tree_kind kind, const char *path)
{
	static const char *const wanted[] = {
		[TREE_TEXT] = "one value",
		[TREE_LIST] = "a list",
		[TREE_MAP] = "a map",
	};

	if (node->kind == kind)
		return 0;

	return tree_refuse(err, node, "%s: must be %s, not %s", path,
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

/**
 * lab_field_check_keys() - Does a map have keys that mean something?
 * @err:	Where to say which does not
 * @map:	Map
 * @keys:	Keys that it may have
 * @n_keys:	How many
 * @path:	Its place
 *
 * Return: 0 or -EINVAL
 */
int lab_field_check_keys(struct tree_err *err, const struct tree_node *map,
			 const char *const *keys, size_t n_keys,
			 const char *path)
{
	char shown[NAME_SHOWN_SIZE], all[80] = "";
	struct nearest nearest;
	size_t used = 0;

	for (size_t i = 0; i < map->n_entries; i++) {
		const struct tree_node *key = map->entries[i].key;

		if (is_key(keys, n_keys, key->text))
			continue;

		name_printable(key->text, strlen(key->text), shown,
			       sizeof(shown));
		nearest_init(&nearest, key->text);
		for (size_t k = 0; k < n_keys; k++) {
			nearest_offer(&nearest, keys[k]);
			used += (size_t)snprintf(all + used, sizeof(all) - used,
						 "%s%s", k ? ", " : "",
						 keys[k]);
		}
		if (nearest.best)
			return tree_refuse(
				err, key,
				"%s: unknown key '%s', did you mean '%s'?",
				path, shown, nearest.best);
		tree_refuse(err, key, "%s: unknown key '%s'", path, shown);
		err_hint(&err->err, "it can have %s", all);
		return -EINVAL;
	}

	return 0;
}

/**
 * lab_field_find() - What is said under a key?
 * @map:	Map
 * @key:	Key
 *
 * Return: the value, or NULL
 */
const struct tree_node *lab_field_find(const struct tree_node *map,
				       const char *key)
{
	for (size_t i = 0; i < map->n_entries; i++) {
		if (!strcmp(map->entries[i].key->text, key))
			return map->entries[i].value;
	}

	return NULL;
}

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

static int read_truth(struct tree_err *err, const struct cmd_arg *arg,
		      const struct tree_node *node, const char *path,
		      json_t **ret)
{
	const bool is_true = !strcmp(node->text, "true");

	if (!node->plain || (!is_true && strcmp(node->text, "false")))
		return tree_refuse(err, node, "%s: %s: must be true or false",
				   path, arg->name);

	*ret = json_boolean(is_true);
	return 0;
}

static int read_value(struct tree_err *err, const struct cmd_arg *arg,
		      const struct tree_node *node, const char *path,
		      json_t **ret)
{
	const char *text = node->text;
	json_t *value = NULL;
	int r = lab_field_expect(err, node, TREE_TEXT, path);

	if (r < 0)
		return r;
	if (tree_is_nothing(node))
		return tree_refuse(err, node, "%s: %s: has no value", path,
				   arg->name);
	if (arg->type == CMD_ARG_TYPE_FLAG)
		return read_truth(err, arg, node, path, ret);
	if (wants_number(arg) && !node->plain)
		return tree_refuse(err, node,
				   "%s: %s: must be a number, not a string",
				   path, arg->name);

	/* Said in so many words, it is a name and nothing else. */
	if (arg->type == CMD_ARG_TYPE_TARGET && !strncmp(text, "netns:", 6)) {
		text += 6;
		if (strpbrk(text, "/:"))
			return tree_refuse(err, node,
					   "%s: %s: '%.60s' is not the name "
					   "of a namespace",
					   path, arg->name, text);
	}
	r = arg_parse(arg, text, &value, &err->err);
	if (r < 0)
		return lab_field_blame(err, node, path, r);
	if (json_is_string(value)) {
		json_decref(value);
		value = canonical(arg, node->text);
		if (!value)
			return no_memory(err);
	}

	*ret = value;
	return 0;
}

/* One value may stand for a list of one. */
static int read_values(struct tree_err *err, const struct cmd_arg *arg,
		       const struct tree_node *node, const char *path,
		       json_t **ret)
{
	const size_t n = node->kind == TREE_LIST ? node->n_entries : 1;
	json_t *values = json_array(), *value = NULL;
	int r = 0;

	if (!values)
		return no_memory(err);
	if (n > LAB_MAX_ADDRESSES)
		r = tree_refuse(err, node, "%s: %s: at most %d", path,
				arg->name, LAB_MAX_ADDRESSES);

	for (size_t i = 0; i < n && !r; i++) {
		const struct tree_node *item =
			node->kind == TREE_LIST ? node->entries[i].value : node;

		r = read_value(err, arg, item, path, &value);
		if (!r && json_array_append_new(values, value) < 0)
			r = no_memory(err);
		if (r < 0)
			break;
		r = arg_check(arg, values, &err->err);
		if (r < 0)
			r = lab_field_blame(err, item, path, r);
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

/**
 * lab_field_read() - Read what is said under a key
 * @err:	Where to say what is wrong with it
 * @command:	Command that has an option of the same name
 * @key:	Key
 * @node:	Value
 * @path:	Place of the map it is in
 * @ret:	The value, a new reference; untouched on failure
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int lab_field_read(struct tree_err *err, enum cmd_id command, const char *key,
		   const struct tree_node *node, const char *path, json_t **ret)
{
	const struct cmd_arg arg = arg_of(command, key);

	if (arg.flags & CMD_ARG_MANY)
		return read_values(err, &arg, node, path, ret);

	return read_value(err, &arg, node, path, ret);
}

/**
 * lab_field_read_all() - Read what is said in a map
 * @err:	Where to say what is wrong with it
 * @command:	Command whose options the keys are named after
 * @map:	Map, whose keys are checked
 * @path:	Its place
 * @object:	Where it goes, key by key
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int lab_field_read_all(struct tree_err *err, enum cmd_id command,
		       const struct tree_node *map, const char *path,
		       json_t *object)
{
	for (size_t i = 0; i < map->n_entries; i++) {
		const char *key = map->entries[i].key->text;
		json_t *value = NULL;
		int r = lab_field_read(err, command, key, map->entries[i].value,
				       path, &value);

		/* An empty list says what no list says. */
		if (!r && json_is_array(value) && !json_array_size(value))
			json_decref(value);
		else if (!r)
			r = lab_field_put(err, object, key, value);
		if (r < 0)
			return r;
	}

	return 0;
}
