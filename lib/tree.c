/* SPDX-License-Identifier: MIT */
/* tree.c - what a YAML file or a JSON value says, and where it says it */

#include "tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"

enum {
	ENTRIES_MIN = 4,
	NUMBER_SIZE = 32,
};

/**
 * tree_new() - Begin a tree
 *
 * Return: an empty tree for tree_free(), or NULL if memory ran out
 */
struct tree *tree_new(void)
{
	return calloc(1, sizeof(struct tree));
}

/**
 * tree_free() - Let go of a tree
 * @tree:	Tree with all its nodes, or NULL
 */
void tree_free(struct tree *tree)
{
	struct tree_node *node, *next;

	if (!tree)
		return;

	for (node = tree->all; node; node = next) {
		next = node->next;
		free(node->text);
		free(node->entries);
		free(node);
	}
	free(tree);
}

/**
 * tree_add() - Make a node
 * @tree:	Tree that will free it
 * @kind:	What it is
 *
 * Return: the node, in no place yet, or NULL if memory ran out
 */
struct tree_node *tree_add(struct tree *tree, enum tree_kind kind)
{
	struct tree_node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;

	node->kind = kind;
	node->weight = 1;
	node->next = tree->all;
	tree->all = node;
	return node;
}

/**
 * tree_append() - Put a node into a list or a map
 * @parent: List or map
 * @key:	Key, or NULL for a list
 * @value:	What to put there; may be in other places as well
 *
 * Return: 0, or -ENOMEM
 */
int tree_append(struct tree_node *parent, struct tree_node *key,
		struct tree_node *value)
{
	const size_t n = parent->n_entries;

	/* Its size is a power of two, so full when the number is one. */
	if (n == 0 || (n >= ENTRIES_MIN && (n & (n - 1)) == 0)) {
		const size_t size = n ? 2 * n : ENTRIES_MIN;
		struct tree_entry *entries =
			reallocarray(parent->entries, size, sizeof(entries[0]));

		if (!entries)
			return -ENOMEM;
		parent->entries = entries;
	}

	parent->entries[n] = (struct tree_entry){ key, value };
	parent->n_entries++;
	parent->weight += value->weight + (key ? 1 : 0);
	if (parent->height < value->height + 1)
		parent->height = value->height + 1;
	return 0;
}

/**
 * tree_refuse() - Say what is wrong with a node
 * @err:	Where to say it
 * @node:	What it is about
 * @fmt:	printf() format of one sentence
 *
 * Return: -EINVAL
 */
int tree_refuse(struct tree_err *err, const struct tree_node *node,
		const char *fmt, ...)
{
	char msg[sizeof(err->err.msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	err->line = node->line;
	err->column = node->column;
	return err_set(&err->err, -EINVAL, "%s", msg);
}

/**
 * tree_finish_map() - Check that no key is in a map twice
 * @map:	Map that is complete
 * @err:	Where to say which is
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int tree_finish_map(const struct tree_node *map, struct tree_err *err)
{
	char shown[NAME_SHOWN_SIZE];
	json_t *seen = json_object();
	int r = 0;

	for (size_t i = 0; i < map->n_entries && !r; i++) {
		const struct tree_node *key = map->entries[i].key;

		if (json_object_get(seen, key->text)) {
			name_printable(key->text, strlen(key->text), shown,
				       sizeof(shown));
			r = tree_refuse(err, key, "'%s' is there twice", shown);
		} else if (json_object_set_new(seen, key->text, json_true())) {
			r = err_set(&err->err, -ENOMEM, "out of memory");
		}
	}
	json_decref(seen);
	return r;
}

/**
 * tree_is_nothing() - Is this a key without a value?
 * @node:	Node
 *
 * Return: whether it is what YAML calls null
 */
bool tree_is_nothing(const struct tree_node *node)
{
	return node->kind == TREE_TEXT && node->plain &&
	       (!*node->text || !strcmp(node->text, "~") ||
		!strcmp(node->text, "null"));
}

/**
 * tree_kind_words() - What a node is, in words
 * @node:	Node
 *
 * Return: constant text
 */
const char *tree_kind_words(const struct tree_node *node)
{
	switch (node->kind) {
	case TREE_TEXT:
		return tree_is_nothing(node) ? "nothing"
		       : node->plain         ? "one value"
					     : "a string";
	case TREE_LIST:
		return "a list";
	case TREE_MAP:
		break;
	}

	return "a map";
}

/* From JSON */

struct from_json {
	struct tree *tree;
	size_t n_nodes;
	struct tree_err *err;
};

static int no_memory(struct from_json *from)
{
	return err_set(&from->err->err, -ENOMEM, "out of memory");
}

static struct tree_node *add_node(struct from_json *from, enum tree_kind kind)
{
	struct tree_node *node;

	if (++from->n_nodes > TREE_NODES_MAX) {
		err_set(&from->err->err, -EINVAL, "it says more than %d things",
			TREE_NODES_MAX);
		return NULL;
	}

	node = tree_add(from->tree, kind);
	if (!node)
		no_memory(from);
	return node;
}

static struct tree_node *add_text(struct from_json *from, const char *text,
				  size_t len, bool plain)
{
	struct tree_node *node = add_node(from, TREE_TEXT);

	if (!node)
		return NULL;
	if (len > TREE_TEXT_MAX || strlen(text) != len) {
		err_set(&from->err->err, -EINVAL,
			"a string is longer than %d bytes, or has a NUL in it",
			TREE_TEXT_MAX);
		return NULL;
	}

	node->plain = plain;
	node->text = strdup(text);
	if (node->text)
		return node;

	no_memory(from);
	return NULL;
}

static struct tree_node *add_number(struct from_json *from, const json_t *value)
{
	char text[NUMBER_SIZE];
	int len;

	if (json_is_integer(value))
		len = snprintf(text, sizeof(text), "%lld",
			       (long long)json_integer_value(value));
	else
		len = snprintf(text, sizeof(text), "%g",
			       json_real_value(value));
	return add_text(from, text, (size_t)len, true);
}

/*
 * add_json() goes no deeper than TREE_DEPTH_MAX.
 * NOLINTBEGIN(misc-no-recursion)
 */

static struct tree_node *add_json(struct from_json *from, const json_t *value,
				  unsigned depth);

static struct tree_node *add_array(struct from_json *from, const json_t *array,
				   unsigned depth)
{
	struct tree_node *list = add_node(from, TREE_LIST), *node;

	for (size_t i = 0; list && i < json_array_size(array); i++) {
		node = add_json(from, json_array_get(array, i), depth);
		if (!node)
			return NULL;
		if (tree_append(list, NULL, node) < 0) {
			no_memory(from);
			return NULL;
		}
	}

	return list;
}

static struct tree_node *add_object(struct from_json *from, json_t *object,
				    unsigned depth)
{
	struct tree_node *map = add_node(from, TREE_MAP), *key_node, *node;
	const char *key;
	json_t *value;

	if (!map)
		return NULL;

	json_object_foreach(object, key, value)
	{
		key_node = add_text(from, key, strlen(key), false);
		node = key_node ? add_json(from, value, depth) : NULL;
		if (!node)
			return NULL;
		if (tree_append(map, key_node, node) < 0) {
			no_memory(from);
			return NULL;
		}
	}

	return map;
}

static struct tree_node *add_json(struct from_json *from, const json_t *value,
				  unsigned depth)
{
	if (depth > TREE_DEPTH_MAX) {
		err_set(&from->err->err, -EINVAL,
			"it is nested more than %d deep", TREE_DEPTH_MAX);
		return NULL;
	}

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return add_object(from, (json_t *)value, depth + 1);
	case JSON_ARRAY:
		return add_array(from, value, depth + 1);
	case JSON_STRING:
		return add_text(from, json_string_value(value),
				json_string_length(value), false);
	case JSON_INTEGER:
	case JSON_REAL:
		return add_number(from, value);
	case JSON_TRUE:
		return add_text(from, "true", 4, true);
	case JSON_FALSE:
		return add_text(from, "false", 5, true);
	case JSON_NULL:
		break;
	}

	return add_text(from, "null", 4, true);
}

/* NOLINTEND(misc-no-recursion) */

/**
 * tree_from_json() - Make a tree of a JSON value
 * @value:	Value; borrowed
 * @ret:	The tree, for tree_free(); untouched on failure
 * @err:	What is wrong; there are no lines in it
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int tree_from_json(const json_t *value, struct tree **ret, struct tree_err *err)
{
	struct from_json from = { .tree = tree_new(), .err = err };

	err->line = err->column = 0;
	if (!from.tree)
		return no_memory(&from);

	from.tree->root = add_json(&from, value, 1);
	if (!from.tree->root) {
		tree_free(from.tree);
		return err->err.code;
	}

	*ret = from.tree;
	return 0;
}
