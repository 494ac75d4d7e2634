/* SPDX-License-Identifier: MIT */
/* test_tree.c - what a YAML file says and where, and what is too much of it */

#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "macros.h"
#include "tree.h"

static struct tree *read_tree(const char *text)
{
	struct tree_err err = { 0 };
	struct tree *tree = NULL;

	if (tree_from_yaml(text, strlen(text), &tree, &err) < 0)
		fail_msg("%u:%u: %s", err.line, err.column, err.err.msg);
	return tree;
}

static void assert_refused_bytes(const char *text, size_t len, unsigned line,
				 unsigned column, const char *what)
{
	struct tree_err err = { 0 };
	struct tree *tree = NULL;

	assert_int_equal(tree_from_yaml(text, len, &tree, &err), -EINVAL);
	assert_null(tree);
	if (!strstr(err.err.msg, what))
		fail_msg("'%s' does not say '%s'", err.err.msg, what);
	if (err.line != line || err.column != column)
		fail_msg("%s: at %u:%u instead of %u:%u", err.err.msg, err.line,
			 err.column, line, column);
}

static void assert_refused(const char *text, unsigned line, unsigned column,
			   const char *what)
{
	assert_refused_bytes(text, strlen(text), line, column, what);
}

static const struct tree_node *value(const struct tree_node *map, size_t i)
{
	assert_true(i < map->n_entries);
	return map->entries[i].value;
}

static void nodes_know_what_and_where_they_are(void **state)
{
	struct tree *tree = read_tree("a: [1, 'x']\n"
				      "b:\n"
				      "  c: no\n");
	const struct tree_node *root = tree->root, *list, *map;

	(void)state;
	assert_int_equal(root->kind, TREE_MAP);
	assert_int_equal(root->n_entries, 2);
	list = value(root, 0);
	assert_int_equal(list->kind, TREE_LIST);
	assert_int_equal(list->line, 1);
	assert_int_equal(list->column, 4);
	assert_true(value(list, 0)->plain);
	assert_string_equal(value(list, 0)->text, "1");
	assert_false(value(list, 1)->plain);
	assert_string_equal(value(list, 1)->text, "x");
	map = value(root, 1);
	assert_string_equal(map->entries[0].key->text, "c");
	assert_int_equal(map->entries[0].key->line, 3);
	assert_int_equal(map->entries[0].key->column, 3);
	assert_string_equal(value(map, 0)->text, "no"); /* and not false */
	assert_int_equal(value(map, 0)->column, 6);
	tree_free(tree);
}

static void an_alias_stands_for_what_it_names(void **state)
{
	struct tree *tree = read_tree("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n");

	(void)state;
	assert_ptr_equal(value(tree->root, 1), value(tree->root, 0));
	assert_string_equal(value(tree->root, 3)->text, "3");
	tree_free(tree);
}

static void json_is_yaml(void **state)
{
	struct tree *tree = read_tree("{\"a\": [1, \"x\"],\n \"b\": {}}");

	(void)state;
	assert_int_equal(value(tree->root, 0)->n_entries, 2);
	assert_int_equal(value(tree->root, 1)->line, 2);
	tree_free(tree);
}

static void mistakes_are_pointed_at(void **state)
{
	(void)state;
	assert_refused("", 1, 1, "nothing in it");
	assert_refused("# only this\n", 2, 1, "nothing in it");
	assert_refused("a: [1, 2\n", 2, 1, "did not find expected");
	assert_refused("a: 1\n b: 2\n", 2, 3, "mapping values");
	assert_refused("a: 1\nb: 'x\n", 3, 1, "end of stream");
	assert_refused("a: 1\n---\nb: 2\n", 2, 1, "second document");
	assert_refused("a: 1\nb: 2\na: 3\n", 3, 1, "'a' is there twice");
	assert_refused("a: *x\n", 1, 4, "no such anchor");
	assert_refused("a: &x [*x]\n", 1, 8, "no such anchor");
	assert_refused("a: !!int 3\n", 1, 4, "tags");
	assert_refused("? [1]\n: 2\n", 1, 3, "key");
	assert_refused("a: \"x\\0y\"\n", 1, 4, "NUL");
	assert_refused("\ta: 1\n", 1, 1, "cannot start any token");
	assert_refused_bytes("a: 1\nb: \xff\xfe\n", 11, 2, 4, "UTF-8");
	assert_refused_bytes("a: 1\nb: \0\n", 10, 2, 4, "control characters");
}

static char *repeat(const char *part, size_t n)
{
	const size_t len = strlen(part);
	char *text = malloc(n * len + 1);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, part, len);
	text[n * len] = '\0';
	return text;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void what_is_deep_is_refused_at_once(void **state)
{
	const long start = now_ms();
	char *text = repeat("[", TREE_SIZE_MAX - 1);
	struct tree *tree;
	char ok[2 * TREE_DEPTH_MAX + 1];

	(void)state;
	assert_refused(text, 1, TREE_DEPTH_MAX + 1, "nested");
	free(text);
	text = repeat("- ", TREE_SIZE_MAX / 2 - 1);
	assert_refused(text, 1, 2 * TREE_DEPTH_MAX + 1, "nested");
	free(text);
	text = repeat("{a: ", TREE_SIZE_MAX / 4 - 1);
	assert_refused(text, 1, 4 * TREE_DEPTH_MAX + 1, "nested");
	free(text);
	assert_true(now_ms() - start < 10000);

	memset(ok, '[', TREE_DEPTH_MAX);
	memset(ok + TREE_DEPTH_MAX, ']', TREE_DEPTH_MAX);
	ok[2 * TREE_DEPTH_MAX] = '\0';
	tree = read_tree(ok);
	assert_int_equal(tree->root->height, TREE_DEPTH_MAX - 1);
	tree_free(tree);
}

/* Ten lines stand for ten to the tenth: "the billion laughs". */
static void what_explodes_is_refused(void **state)
{
	char text[2000] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";

	(void)state;
	for (int i = 1; i <= 9; i++)
		sprintf(text + strlen(text),
			"a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,"
			"*a%d,*a%d]\n",
			i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
			i - 1, i - 1, i - 1);
	assert_refused(text, 6, 22, "too much");
}

/* Aliases can be nested, too. */
static void what_is_deep_by_aliases_is_refused(void **state)
{
	char text[4000] = "a0: &a0 [x]\n";

	(void)state;
	for (int i = 1; i < 40; i++)
		sprintf(text + strlen(text), "a%d: &a%d [*a%d]\n", i, i, i - 1);
	assert_refused(text, 32, 12, "nested");
}

static void what_is_large_is_refused(void **state)
{
	char *text = repeat("#", 10 << 20);

	(void)state;
	assert_refused(text, 0, 0, "larger than 4 MiB");
	free(text);
	text = repeat("x", TREE_TEXT_MAX + 1);
	assert_refused(text, 1, 1, "4,096");
	free(text);
	text = repeat("- x\n", TREE_NODES_MAX);
	assert_refused(text, TREE_NODES_MAX, 3, "too much");
	free(text);
	text = repeat("- &a x\n", TREE_ANCHORS_MAX + 1);
	assert_refused(text, TREE_ANCHORS_MAX + 1, 3, "64 anchors");
	free(text);
}

static void json_has_the_same_limits(void **state)
{
	struct tree_err err = { 0 };
	json_t *deep = json_array(), *outer, *wide, *text;
	struct tree *tree;

	(void)state;
	for (int i = 0; i < TREE_DEPTH_MAX; i++) {
		outer = json_array();
		json_array_append_new(outer, deep);
		deep = outer;
	}
	assert_int_equal(tree_from_json(deep, &tree, &err), -EINVAL);
	assert_non_null(strstr(err.err.msg, "nested"));
	json_decref(deep);

	wide = json_array();
	for (int i = 0; i < TREE_NODES_MAX; i++)
		json_array_append_new(wide, json_integer(i));
	assert_int_equal(tree_from_json(wide, &tree, &err), -EINVAL);
	assert_non_null(strstr(err.err.msg, "500000"));
	json_decref(wide);

	text = json_stringn("a\0b", 3);
	assert_int_equal(tree_from_json(text, &tree, &err), -EINVAL);
	assert_non_null(strstr(err.err.msg, "NUL"));
	json_decref(text);
}

static void json_becomes_the_same_tree(void **state)
{
	json_t *json =
		json_pack("{s:[i,s,b,f], s:n}", "a", 1, "x", 1, 1.5, "b");
	struct tree_err err = { 0 };
	const struct tree_node *list;
	struct tree *tree;

	(void)state;
	assert_int_equal(tree_from_json(json, &tree, &err), 0);
	list = value(tree->root, 0);
	assert_string_equal(value(list, 0)->text, "1");
	assert_true(value(list, 0)->plain);
	assert_string_equal(value(list, 1)->text, "x");
	assert_false(value(list, 1)->plain);
	assert_string_equal(value(list, 2)->text, "true");
	assert_string_equal(value(list, 3)->text, "1.5");
	assert_true(tree_is_nothing(value(tree->root, 1)));
	assert_int_equal(tree->root->line, 0);
	tree_free(tree);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_what_and_where_they_are),
		cmocka_unit_test(an_alias_stands_for_what_it_names),
		cmocka_unit_test(json_is_yaml),
		cmocka_unit_test(mistakes_are_pointed_at),
		cmocka_unit_test(what_is_deep_is_refused_at_once),
		cmocka_unit_test(what_explodes_is_refused),
		cmocka_unit_test(what_is_deep_by_aliases_is_refused),
		cmocka_unit_test(what_is_large_is_refused),
		cmocka_unit_test(json_has_the_same_limits),
		cmocka_unit_test(json_becomes_the_same_tree),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
