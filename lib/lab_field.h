/* SPDX-License-Identifier: MIT */
/*
 * lab_field.h - what is said in a map of a lab, key by key
 *
 * A value is checked by the same function as the option of "vswctl attach" or
 * "vswctl add-fdb" that its key is named after, so both say the same about it.
 * What is wrong is told with the place of the map in the lab, a "path".
 */
#ifndef LAB_FIELD_H
#define LAB_FIELD_H

#include <jansson.h>
#include <stddef.h>

#include "cmd.h"
#include "tree.h"

int lab_field_expect(struct tree_err *err, const struct tree_node *node,
		     enum tree_kind kind, const char *path);
int lab_field_check_keys(struct tree_err *err, const struct tree_node *map,
			 const char *const *keys, size_t n_keys,
			 const char *path);
const struct tree_node *lab_field_find(const struct tree_node *map,
				       const char *key);

int lab_field_read(struct tree_err *err, enum cmd_id command, const char *key,
		   const struct tree_node *node, const char *path,
		   json_t **ret);
int lab_field_read_all(struct tree_err *err, enum cmd_id command,
		       const struct tree_node *map, const char *path,
		       json_t *object);

int lab_field_put(struct tree_err *err, json_t *object, const char *key,
		  json_t *value);
int lab_field_blame(struct tree_err *err, const struct tree_node *node,
		    const char *path, int code);

#endif /* LAB_FIELD_H */
