/* SPDX-License-Identifier: MIT */
/*
 * port_index.h - ports by their names
 *
 * A hash table with a list of ports at each place, so that attaching the
 * ten-thousandth port asks no more of its name than attaching the first.
 *
 * Always true between calls:
 *  - no two ports in it have one name
 *  - there are at least as many places as ports, unless memory ran out
 */
#ifndef PORT_INDEX_H
#define PORT_INDEX_H

#include <stddef.h>

struct port;

struct port_index {
	struct port **places; /* first port of each list, or NULL */
	size_t n_places; /* a power of two, or 0 */
	size_t n_ports;
};

int port_index_add(struct port_index *index, struct port *port);
void port_index_remove(struct port_index *index, const struct port *port);
struct port *port_index_find(const struct port_index *index, const char *name);
void port_index_fini(struct port_index *index);

#endif /* PORT_INDEX_H */
