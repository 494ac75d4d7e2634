/* SPDX-License-Identifier: MIT */
/*
 * tree.h - what a YAML file or a JSON value says, and where it says it
 *
 * Texts, lists and maps. Nothing is made of a text here: whether "9000" is a
 * number or a name, whoever asks for the one or the other decides, so a
 * namespace called "no" or "007" stays what it is.
 *
 * Always true:
 *  - keys of a map are texts, none of them there twice
 *  - a text has no NUL in it and at most TREE_TEXT_MAX bytes
 *  - the tree is as small as the limits below say, also when every alias is
 *    followed, so whoever walks it needs no limit of his own
 *
 * Whatever exceeds a limit is refused while it is read, so a file made to
 * explode costs no more than one of TREE_SIZE_MAX bytes.
 */
#ifndef TREE_H
#define TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum {
	TREE_SIZE_MAX = 4 << 20, /* bytes of a file */
	TREE_DEPTH_MAX = 32,
	TREE_NODES_MAX = 500000, /* counted once more for each alias */
	TREE_ANCHORS_MAX = 64,
	TREE_TEXT_MAX = 4096,
};

enum tree_kind {
	TREE_TEXT,
	TREE_LIST,
	TREE_MAP,
};

struct tree_node;

struct tree_entry {
	struct tree_node *key; /* NULL in a list */
	struct tree_node *value;
};

struct tree_node {
	enum tree_kind kind;
	unsigned line, column; /* from 1; 0: not from a file */
	bool plain; /* text without quotes: a number, if you like */
	char *text;
	struct tree_entry *entries;
	size_t n_entries;

	size_t weight; /* nodes below and itself, aliases followed */
	unsigned height; /* levels below it */
	struct tree_node *next; /* of all nodes there are */
};

struct tree {
	struct tree_node *root;
	struct tree_node *all;
};

/* What is wrong, and where; line 0: with the whole, or not in a file. */
struct tree_err {
	struct err err;
	unsigned line, column;
};

int tree_from_yaml(const char *text, size_t len, struct tree **ret,
		   struct tree_err *err);
int tree_from_json(const json_t *value, struct tree **ret,
		   struct tree_err *err);
void tree_free(struct tree *tree);

bool tree_is_nothing(const struct tree_node *node);
const char *tree_kind_words(const struct tree_node *node);
int tree_refuse(struct tree_err *err, const struct tree_node *node,
		const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* For those who make trees. */
struct tree *tree_new(void);
struct tree_node *tree_add(struct tree *tree, enum tree_kind kind);
int tree_append(struct tree_node *parent, struct tree_node *key,
		struct tree_node *value);
int tree_finish_map(const struct tree_node *map, struct tree_err *err);

#endif /* TREE_H */
