/* SPDX-License-Identifier: MIT */
/*
 * name.h - names of switches, ports and interfaces
 *
 * A port is named like an interface, so that the one can be made out of the
 * other. The rules are those of the kernel's dev_valid_name(), and stricter:
 * printable ASCII only, since names reach terminals, and no '%', since the
 * kernel takes "eth%d" for a template.
 *
 * name_printable() is what may be shown of a text that comes from outside,
 * a name or not.
 */
#ifndef NAME_H
#define NAME_H

#include <stddef.h>

struct err;

enum {
	NAME_SIZE = 16, /* of a port or an interface, and NUL: IFNAMSIZ */
	NAME_SWITCH_SIZE = 33, /* of a switch, and NUL */
	NAME_SHOWN_SIZE = 64, /* of a text quoted in a sentence, and NUL */
};

int name_check_port(const char *name, struct err *err);
int name_check_ifname(const char *name, struct err *err);
int name_check_switch(const char *name, struct err *err);
void name_shorten(const char *long_name, char ret[NAME_SIZE]);
size_t name_printable(const void *text, size_t len, char *buf, size_t size);

#endif /* NAME_H */
