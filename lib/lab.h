/* SPDX-License-Identifier: MIT */
/*
 * lab.h - a lab: a switch, its namespaces, ports and pinned stations
 *
 * The same thing in a file (YAML, or JSON, which is YAML), in a request and in
 * what a running switch is said to be; vsw.yaml(5) describes it. Here it is a
 * JSON object that has been checked, of this form, in which what was not said
 * is not there:
 *
 *	{"switch":{"name":"lab0","ageing":"300s"},
 *	 "namespaces":["web"],
 *	 "ports":{"web":{"attach":"netns:web","type":"tap","ifname":"eth0",
 *	                 "ip":["10.0.0.1/24"],"gateway":["10.0.0.254"],
 *	                 "mac":"02:00:00:00:00:01","mtu":9000,
 *	                 "persist":false}},
 *	 "stations":[{"mac":"02:00:00:00:00:02","vlan":0,"port":"web"}]}
 *
 * Always true of what lab_read() and its like return:
 *  - each value is what the command of the same option would accept, and
 *    written as the switch itself writes it
 *  - stations are on ports of the lab; no two of them, and no two interfaces
 *    of one namespace, have the same name
 *  - reading it once more gives the same
 */
#ifndef LAB_H
#define LAB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "mtime.h"

struct err;
struct tree;
struct tree_err;

enum {
	LAB_AGEING_MIN_S = 10, /* IEEE 802.1Q table 8-6 */
	LAB_AGEING_MAX_S = 1000000,
	LAB_MAX_ADDRESSES = 32, /* of an interface */
	LAB_MTU_DEFAULT = 1500, /* of an interface, as of any Ethernet */
	LAB_N_PORT_KEYS = 8,
};

/* What can be said of a port, in the order of the manual. */
extern const char *const lab_port_keys[LAB_N_PORT_KEYS];

int lab_read(const struct tree *tree, json_t **ret, struct tree_err *err);
int lab_read_yaml(const char *file, const char *text, size_t len, json_t **ret,
		  struct err *err);
int lab_read_json(const json_t *value, json_t **ret, struct err *err);
int lab_load(const char *path, const char *switch_name, json_t **ret,
	     struct err *err);
int lab_memory(const json_t *lab, struct err *err);

const char *lab_switch_name(const json_t *lab);
json_t *lab_complete(const json_t *lab, const char *switch_name);
json_t *lab_reduce(const json_t *lab, const char *switch_name);
char *lab_yaml(const json_t *lab);

int lab_parse_ageing(const char *text, mtime_t *ret, struct err *err);
json_t *lab_ageing(mtime_t ageing);

json_t *lab_attach(const char *target);
const char *lab_target(const char *attach);
const char *lab_namespace(const char *attach);
bool lab_can_persist(const char *attach);

#endif /* LAB_H */
