/* SPDX-License-Identifier: MIT */
/* lab_client.h - what a client does with labs */
#ifndef LAB_CLIENT_H
#define LAB_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

struct client;

const json_t *lab_apply(struct client *c, const char *lab, const char *options);
char *lab_show(struct client *c);
bool lab_is(struct client *c, const char *wanted);
void lab_assert_is(struct client *c, const char *wanted);

#endif /* LAB_CLIENT_H */
