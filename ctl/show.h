/* SPDX-License-Identifier: MIT */
/*
 * show.h - answers of the daemon, in words
 *
 * One function per command, each in a file of its own where it fills one. All
 * take the result as docs/protocol.md describes it, and survive one that is
 * not like that: what is missing is shown as "-" or 0.
 *
 * Rules: sizes and ages in units, names instead of numbers, '!' and a word
 * for whatever is not as it should be.
 */
#ifndef SHOW_H
#define SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Where to, and how. */
struct show {
	FILE *out;
	bool colour;
};

void show_attached(const struct show *show, const json_t *result);
void show_detached(const struct show *show, const json_t *result);
void show_gc(const struct show *show, const json_t *result);
void show_ports(const struct show *show, const json_t *result);
void show_port(const struct show *show, const json_t *result);
void show_fdb(const struct show *show, const json_t *result);
void show_pinned(const struct show *show, const json_t *result);
void show_unpinned(const struct show *show, const json_t *result);
void show_flushed(const struct show *show, const json_t *result);
void show_drops(const struct show *show, const json_t *result);
void show_drop(const struct show *show, const json_t *drop);
void show_explained(const struct show *show, const json_t *result);
void show_mirrors(const struct show *show, const json_t *result);
void show_mirror_added(const struct show *show, const json_t *result);
void show_mirror_removed(const struct show *show, const json_t *result);
void show_steps(const json_t *result);
void show_confirmed(const struct show *show, const json_t *result);
void show_switch(const struct show *show, const json_t *result);

#endif /* SHOW_H */
