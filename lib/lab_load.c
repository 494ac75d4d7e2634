/* SPDX-License-Identifier: MIT */
/* lab_load.c - a lab out of a file, a text or a request */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab.h"
#include "lab_field.h"
#include "tree.h"

/**
 * lab_read_json() - Make a lab of what came in a request
 * @value:	Value; borrowed
 * @ret:	The lab, a new reference; untouched on failure
 * @err:	What is wrong
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int lab_read_json(const json_t *value, json_t **ret, struct err *err)
{
	struct tree_err why = { 0 };
	struct tree *tree;
	int r = tree_from_json(value, &tree, &why);

	if (!r) {
		r = lab_read(tree, ret, &why);
		tree_free(tree);
	}
	if (r < 0)
		*err = why.err;
	return r;
}

/* Is a lab, which has been read, for this switch? NULL: any will do. */
static int check_switch(const struct tree *tree, const char *switch_name,
			struct tree_err *err)
{
	const struct tree_node *map = lab_field_find(tree->root, "switch");
	const struct tree_node *name = map && map->kind == TREE_MAP
					       ? lab_field_find(map, "name")
					       : NULL;

	if (!switch_name || !name || !strcmp(name->text, switch_name))
		return 0;

	return tree_refuse(err, name,
			   "the lab is for switch '%s', and this is '%s'",
			   name->text, switch_name);
}

static int read_yaml(const char *file, const char *switch_name,
		     const char *text, size_t len, json_t **ret,
		     struct err *err)
{
	struct tree_err why = { 0 };
	json_t *lab = NULL;
	struct tree *tree;
	int r = tree_from_yaml(text, len, &tree, &why);

	if (!r) {
		r = lab_read(tree, &lab, &why);
		if (!r)
			r = check_switch(tree, switch_name, &why);
		tree_free(tree);
	}
	if (!r) {
		*ret = lab;
		return 0;
	}

	json_decref(lab);
	/* A path that is too long loses its beginning. */
	if (strlen(file) > 80)
		file += strlen(file) - 80;
	if (why.line)
		err_set(err, r, "%s:%u:%u: %s", file, why.line, why.column,
			why.err.msg);
	else
		err_set(err, r, "%s: %s", file, why.err.msg);
	err_hint(err, "%s", why.err.hint);
	return r;
}

/**
 * lab_read_yaml() - Make a lab of a file's text
 * @file:	What to call it in messages
 * @text:	Its text
 * @len:	Bytes of that
 * @ret:	The lab, a new reference; untouched on failure
 * @err:	What is wrong; begins with FILE:LINE:COLUMN
 *
 * Return: 0, -EINVAL or -ENOMEM
 */
int lab_read_yaml(const char *file, const char *text, size_t len, json_t **ret,
		  struct err *err)
{
	return read_yaml(file, NULL, text, len, ret, err);
}

/* All of a file, NUL not included; one byte more than allowed is enough. */
static int read_file(int fd, const char *name, char **ret, size_t *ret_len,
		     struct err *err)
{
	char *text = malloc(TREE_SIZE_MAX + 1);
	size_t len = 0;

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");

	while (len <= TREE_SIZE_MAX) {
		ssize_t n = read(fd, text + len, TREE_SIZE_MAX + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return err_errno(err, "cannot read %.80s", name);
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}

	*ret = text;
	*ret_len = len;
	return 0;
}

/**
 * lab_load() - Read a lab from a file
 * @path:	Where it is; "-" is standard input
 * @switch_name: Switch that it has to be for, if it says one; NULL: any will do
 * @ret:	The lab, a new reference; untouched on failure
 * @err:	What is wrong; begins with FILE:LINE:COLUMN if it is the file
 *
 * Return: 0, -EINVAL if the file is wrong, or another -errno if it could not
 * be read
 */
int lab_load(const char *path, const char *switch_name, json_t **ret,
	     struct err *err)
{
	const bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "stdin" : path;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	char *text = NULL;
	int r;

	if (fd < 0)
		return err_errno(err, "cannot open %.80s", path);

	r = read_file(fd, name, &text, &len, err);
	if (!is_stdin)
		close(fd);
	if (r < 0) /* a folder: not to be taken for a mistake in a file */
		return r == -EINVAL ? -EIO : r;

	r = read_yaml(name, switch_name, text, len, ret, err);
	free(text);
	return r;
}
