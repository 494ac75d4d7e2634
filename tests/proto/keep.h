/* SPDX-License-Identifier: MIT */
/* keep.h - ports that persist, and what happens to their namespaces */
#ifndef KEEP_H
#define KEEP_H

#include <jansson.h>
#include <stdbool.h>

struct client;

const char *keep_tap_if_possible(void);
const json_t *keep_show(struct client *c, const char *port);
bool keep_is(struct client *c, const char *port, const char *state);
bool keep_next_is(struct client *c, const char *port, const char *words);
void keep_attach(struct client *c, const char *ns, const char *port,
		 const char *more);
void keep_del(const char *ns);
void keep_add(const char *ns);
const char *keep_name_only(const char *name);

#endif /* KEEP_H */
