/* SPDX-License-Identifier: MIT */
/*
 * pin.h - network namespaces that have a name: made, told apart, removed
 *
 * As `ip netns add` and `ip netns del` do it: the name is an empty file under
 * /run/netns, with the namespace mounted on it. A name can come to stand for
 * another namespace, so whoever wants to know which one it was keeps its
 * inode, to which its age is added, for inodes are used again. Never 0.
 */
#ifndef PIN_H
#define PIN_H

#include <sys/types.h>

struct err;
struct room;

ino_t pin_inode(const char *name);
int pin_make(const struct room *room, const char *name, ino_t *ret_ino,
	     struct err *err);
int pin_remove(const char *name, ino_t ino, struct err *err);

#endif /* PIN_H */
