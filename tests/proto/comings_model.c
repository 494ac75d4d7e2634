/* SPDX-License-Identifier: MIT */
/* comings_model.c - what ports are like, after namespaces came and went */

#include "comings_model.h"

#include <stddef.h>

/**
 * model_expected_state() - State of a port that is attached
 * @place:	Its namespace
 * @port:	Port
 *
 * Return: its name
 */
const char *model_expected_state(const struct model_place *place,
				 const struct model_port *port)
{
	switch (port->where) {
	case MODEL_NOWHERE:
		return "gone";
	case MODEL_AWAY:
		return "moved";
	case MODEL_HOME:
		return place->exists ? "up" : "waiting";
	}

	return "?";
}

/**
 * model_has_cable() - Does a port have an interface somewhere?
 * @place:	Its namespace
 * @port:	Port
 *
 * Return: whether it has
 */
bool model_has_cable(const struct model_place *place,
		     const struct model_port *port)
{
	return port->attached && (port->where == MODEL_AWAY ||
				  (port->where == MODEL_HOME && place->exists));
}

/**
 * model_place_ends() - A namespace is deleted
 * @place:	Namespace
 *
 * What was taken away from it lives on.
 */
void model_place_ends(struct model_place *place)
{
	place->exists = false;
	place->made = false;
	for (size_t i = 0; i < MODEL_N_PORTS; i++) {
		struct model_port *port = &place->ports[i];

		if (port->attached && port->where == MODEL_HOME &&
		    !port->persists)
			port->where = MODEL_NOWHERE;
	}
}

/**
 * model_place_begins() - A namespace is added
 * @place:	Namespace
 */
void model_place_begins(struct model_place *place)
{
	place->exists = true;
	place->generation++;
	for (size_t i = 0; i < MODEL_N_PORTS; i++) {
		struct model_port *port = &place->ports[i];

		if (port->attached && port->where == MODEL_AWAY &&
		    port->persists)
			port->where = MODEL_HOME;
	}
}

/**
 * model_port_begins() - A port is attached, with nothing said but where and how
 * @port:	Port
 */
void model_port_begins(struct model_port *port)
{
	port->attached = true;
	port->where = MODEL_HOME;
	port->mtu = MODEL_MTU;
	port->has_address = false;
	port->has_station = false;
}
