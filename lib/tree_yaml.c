/* SPDX-License-Identifier: MIT */
/*
 * tree_yaml.c - a tree out of YAML, by libyaml's events
 *
 * libyaml reads as far as the next event, so a limit that is exceeded ends the
 * work at once. An alias becomes one more place of the node it stands for; the
 * weight of that node is counted each time.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "name.h"
#include "tree.h"

struct anchor {
	char *name;
	struct tree_node *node;
};

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the one at hand; deleted when it is used up */
	const char *text;
	struct tree *tree;
	size_t n_nodes;
	struct anchor anchors[TREE_ANCHORS_MAX];
	size_t n_anchors;
	struct tree_err *err;
};

static int refuse_at(struct reader *reader, yaml_mark_t mark, const char *what)
{
	reader->err->line = (unsigned)mark.line + 1;
	reader->err->column = (unsigned)mark.column + 1;
	return err_set(&reader->err->err, -EINVAL, "%s", what);
}

static int refuse(struct reader *reader, const char *what)
{
	return refuse_at(reader, reader->event.start_mark, what);
}

static int no_memory(struct reader *reader)
{
	return err_set(&reader->err->err, -ENOMEM, "out of memory");
}

/* Bytes that are no text have an offset, and no line. */
static yaml_mark_t mark_of(const struct reader *reader, size_t offset)
{
	yaml_mark_t mark = { .index = offset };

	for (size_t i = 0; i < offset; i++) {
		mark.column++;
		if (reader->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}

	return mark;
}

static int say_problem(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem ? parser->problem : "no YAML";

	if (parser->error == YAML_MEMORY_ERROR)
		return no_memory(reader);
	if (parser->error == YAML_READER_ERROR)
		return refuse_at(reader,
				 mark_of(reader, parser->problem_offset),
				 problem);

	refuse_at(reader, parser->problem_mark, problem);
	if (parser->context)
		err_hint(&reader->err->err, "%s that begins in line %zu",
			 parser->context, parser->context_mark.line + 1);
	return -EINVAL;
}

static int next(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	if (yaml_parser_parse(&reader->parser, &reader->event))
		return 0;

	memset(&reader->event, 0, sizeof(reader->event));
	return say_problem(reader);
}

static int count_nodes(struct reader *reader, size_t n)
{
	if (n > TREE_NODES_MAX - reader->n_nodes)
		return refuse(reader, "the file says too much: more than "
				      "500,000 things, aliases followed");

	reader->n_nodes += n;
	return 0;
}

/* A node for the event at hand, with its place. */
static int add(struct reader *reader, enum tree_kind kind,
	       const yaml_char_t *tag, struct tree_node **ret)
{
	struct tree_node *node;
	int r;

	if (tag)
		return refuse(reader, "tags are of no use here");
	r = count_nodes(reader, 1);
	if (r < 0)
		return r;

	node = tree_add(reader->tree, kind);
	if (!node)
		return no_memory(reader);
	node->line = (unsigned)reader->event.start_mark.line + 1;
	node->column = (unsigned)reader->event.start_mark.column + 1;
	*ret = node;
	return 0;
}

/* Known from its end on, so that nothing contains itself. */
static int remember(struct reader *reader, char *name, struct tree_node *node)
{
	if (!name)
		return 0;
	if (reader->n_anchors == TREE_ANCHORS_MAX) {
		free(name);
		return refuse(reader, "there are more than 64 anchors");
	}

	reader->anchors[reader->n_anchors++] = (struct anchor){ name, node };
	return 0;
}

static int copy_anchor(struct reader *reader, const yaml_char_t *anchor,
		       char **ret)
{
	*ret = NULL;
	if (!anchor)
		return 0;

	*ret = strdup((const char *)anchor);
	return *ret ? 0 : no_memory(reader);
}

static int take_alias(struct reader *reader, unsigned depth,
		      struct tree_node **ret)
{
	const char *name = (const char *)reader->event.data.alias.anchor;
	int r;

	/* From the newest on: a name may be given again. */
	for (size_t i = reader->n_anchors; i-- > 0;) {
		struct tree_node *node = reader->anchors[i].node;

		if (strcmp(reader->anchors[i].name, name))
			continue;
		if (depth + node->height > TREE_DEPTH_MAX)
			return refuse(reader, "it is nested more than 32 deep");
		r = count_nodes(reader, node->weight);
		if (!r)
			*ret = node;
		return r;
	}

	return refuse(reader, "there is no such anchor before this alias");
}

static int take_text(struct reader *reader, struct tree_node **ret)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	const size_t len = reader->event.data.scalar.length;
	char *anchor;
	int r;

	if (len > TREE_TEXT_MAX)
		return refuse(reader, "this is longer than 4,096 bytes");
	if (memchr(text, '\0', len))
		return refuse(reader, "there is a NUL in it");

	r = add(reader, TREE_TEXT, reader->event.data.scalar.tag, ret);
	if (r < 0)
		return r;
	(*ret)->plain =
		reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	(*ret)->text = strndup(text, len);
	if (!(*ret)->text)
		return no_memory(reader);

	r = copy_anchor(reader, reader->event.data.scalar.anchor, &anchor);
	return r < 0 ? r : remember(reader, anchor, *ret);
}

/*
 * take_node() goes no deeper than TREE_DEPTH_MAX.
 * NOLINTBEGIN(misc-no-recursion)
 */

static int take_node(struct reader *reader, unsigned depth,
		     struct tree_node **ret);

static int take_entries(struct reader *reader, struct tree_node *node,
			unsigned depth, yaml_event_type_t end)
{
	const bool is_map = node->kind == TREE_MAP;
	struct tree_node *key = NULL, *value;
	int r;

	for (;;) {
		r = next(reader);
		if (r < 0 || reader->event.type == end)
			return r;
		if (is_map && reader->event.type != YAML_SCALAR_EVENT)
			return refuse(reader, "a key has to be a plain word");
		if (is_map) {
			r = take_text(reader, &key);
			if (!r)
				r = next(reader);
		}
		if (!r)
			r = take_node(reader, depth, &value);
		if (!r && tree_append(node, key, value) < 0)
			r = no_memory(reader);
		if (r < 0)
			return r;
	}
}

static int take_list(struct reader *reader, unsigned depth,
		     struct tree_node **ret)
{
	char *anchor;
	int r = add(reader, TREE_LIST, reader->event.data.sequence_start.tag,
		    ret);

	if (!r)
		r = copy_anchor(reader,
				reader->event.data.sequence_start.anchor,
				&anchor);
	if (r < 0)
		return r;

	r = take_entries(reader, *ret, depth, YAML_SEQUENCE_END_EVENT);
	if (!r)
		return remember(reader, anchor, *ret);
	free(anchor);
	return r;
}

static int take_map(struct reader *reader, unsigned depth,
		    struct tree_node **ret)
{
	char *anchor;
	int r = add(reader, TREE_MAP, reader->event.data.mapping_start.tag,
		    ret);

	if (!r)
		r = copy_anchor(reader, reader->event.data.mapping_start.anchor,
				&anchor);
	if (r < 0)
		return r;

	r = take_entries(reader, *ret, depth, YAML_MAPPING_END_EVENT);
	if (!r)
		r = tree_finish_map(*ret, reader->err);
	if (!r)
		return remember(reader, anchor, *ret);
	free(anchor);
	return r;
}

/* The node that begins with the event at hand. */
static int take_node(struct reader *reader, unsigned depth,
		     struct tree_node **ret)
{
	const yaml_event_type_t type = reader->event.type;

	if (type == YAML_ALIAS_EVENT)
		return take_alias(reader, depth, ret);
	if (type == YAML_SCALAR_EVENT)
		return take_text(reader, ret);
	if (depth >= TREE_DEPTH_MAX)
		return refuse(reader, "it is nested more than 32 deep");
	if (type == YAML_SEQUENCE_START_EVENT)
		return take_list(reader, depth + 1, ret);

	return take_map(reader, depth + 1, ret);
}

/* NOLINTEND(misc-no-recursion) */

static int take_document(struct reader *reader)
{
	int r;

	do {
		r = next(reader);
		if (r < 0)
			return r;
		if (reader->event.type == YAML_STREAM_END_EVENT)
			return refuse(reader, "there is nothing in it");
	} while (reader->event.type != YAML_DOCUMENT_START_EVENT);

	r = next(reader);
	if (!r)
		r = take_node(reader, 0, &reader->tree->root);
	if (!r)
		r = next(reader); /* the document's end */
	if (!r)
		r = next(reader);
	if (!r && reader->event.type != YAML_STREAM_END_EVENT)
		r = refuse(reader, "a second document begins here");
	return r;
}

/**
 * tree_from_yaml() - Make a tree of a file's text
 * @text:	YAML, of which JSON is a part
 * @len:	Its bytes
 * @ret:	The tree, for tree_free(); untouched on failure
 * @err:	What is wrong, and where
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int tree_from_yaml(const char *text, size_t len, struct tree **ret,
		   struct tree_err *err)
{
	struct reader reader = { .text = text, .err = err };
	int r;

	err->line = err->column = 0;
	if (len > TREE_SIZE_MAX)
		return err_set(&err->err, -EINVAL, "it is larger than %d MiB",
			       TREE_SIZE_MAX >> 20);

	reader.tree = tree_new();
	if (!reader.tree || !yaml_parser_initialize(&reader.parser)) {
		tree_free(reader.tree);
		return no_memory(&reader);
	}

	yaml_parser_set_input_string(&reader.parser, (const yaml_char_t *)text,
				     len);
	r = take_document(&reader);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	while (reader.n_anchors > 0)
		free(reader.anchors[--reader.n_anchors].name);
	if (r < 0) {
		tree_free(reader.tree);
		return r;
	}

	*ret = reader.tree;
	return 0;
}
