/* SPDX-License-Identifier: MIT */
/*
 * lab_config.h - the lab of vswd --config: at start, and once more on SIGHUP
 *
 * The file says what there is to be of what it has ever said: what was in it
 * before and is not any more is removed, and what somebody attached by hand
 * stays. A file that is wrong changes nothing.
 */
#ifndef LAB_CONFIG_H
#define LAB_CONFIG_H

#include <jansson.h>

struct err;
struct vswitch;

int lab_config_apply(struct vswitch *sw, const json_t *lab, struct err *err);
void lab_config_reread(struct vswitch *sw, const char *path);
void lab_config_catch_up(struct vswitch *sw);

#endif /* LAB_CONFIG_H */
