/* SPDX-License-Identifier: MIT */
/* port_index.c - ports by their names */

#include "port_index.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"

enum {
	PLACES_MIN = 16,
};

/* FNV-1a. Who may name ports has no need of names that collide. */
static uint32_t hash(const char *name)
{
	uint32_t h = 2166136261U;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 16777619U;

	return h;
}

static struct port **place_of(struct port **places, size_t n_places,
			      const char *name)
{
	return &places[hash(name) & (n_places - 1)];
}

static void put(struct port **place, struct port *port)
{
	port->next_by_name = *place;
	*place = port;
}

/* Twice the places. Without memory the lists just grow longer. */
static void grow(struct port_index *index)
{
	const size_t n = index->n_places ? 2 * index->n_places : PLACES_MIN;
	struct port **places = calloc(n, sizeof(struct port *));

	if (!places)
		return;

	for (size_t i = 0; i < index->n_places; i++) {
		struct port *port, *next;

		for (port = index->places[i]; port; port = next) {
			next = port->next_by_name;
			put(place_of(places, n, port->name), port);
		}
	}
	free(index->places);
	index->places = places;
	index->n_places = n;
}

/**
 * port_index_add() - From now on a port can be found by its name
 * @index:	Index, all zero at first
 * @port:	Port whose name no other has, nor will it change; stays the
 *		caller's
 *
 * Return: 0, or -ENOMEM
 */
int port_index_add(struct port_index *index, struct port *port)
{
	if (index->n_ports >= index->n_places)
		grow(index);
	if (!index->n_places)
		return -ENOMEM;

	put(place_of(index->places, index->n_places, port->name), port);
	index->n_ports++;
	return 0;
}

/**
 * port_index_remove() - Forget a port
 * @index:	Index
 * @port:	Port; nothing happens if it is not in there
 */
void port_index_remove(struct port_index *index, const struct port *port)
{
	struct port **link;

	if (!index->n_places)
		return;

	link = place_of(index->places, index->n_places, port->name);
	while (*link && *link != port)
		link = &(*link)->next_by_name;
	if (!*link)
		return;

	*link = port->next_by_name;
	index->n_ports--;
}

/**
 * port_index_find() - Which port has this name?
 * @index:	Index
 * @name:	Name
 *
 * Return: the port, or NULL if there is none
 */
struct port *port_index_find(const struct port_index *index, const char *name)
{
	struct port *port = NULL;

	if (index->n_places)
		port = *place_of(index->places, index->n_places, name);
	while (port && strcmp(port->name, name))
		port = port->next_by_name;
	return port;
}

/**
 * port_index_fini() - Let go of the memory
 * @index:	Index; all zero afterwards
 */
void port_index_fini(struct port_index *index)
{
	free(index->places);
	*index = (struct port_index){ 0 };
}
