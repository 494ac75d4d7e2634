/* SPDX-License-Identifier: MIT */
/*
 * comings_model.h - what ports are like, after namespaces came and went
 *
 * Knows nothing of kernels and events, only what is promised.
 */
#ifndef COMINGS_MODEL_H
#define COMINGS_MODEL_H

#include <jansson.h>
#include <stdbool.h>

enum {
	MODEL_N_PORTS = 4, /* of a namespace */
	MODEL_MTU = 1500, /* unless another is asked for */
};

/* Where the far end of a port's cable is. */
enum model_where {
	MODEL_NOWHERE, /* deleted, and nobody makes it again */
	MODEL_HOME, /* in its namespace; if there is none, waiting for one */
	MODEL_AWAY,
};

struct model_port {
	bool attached;
	bool persists;
	const char *type;
	json_int_t mtu;
	bool has_address;
	bool has_station;
	enum model_where where;
	int home; /* generation of the namespace it was taken from */
	char name[16]; /* of port and interface */
	char address[20]; /* one that it may have */
	char station[18]; /* one that may be pinned to it */
};

struct model_place {
	const char *ns;
	bool exists;
	bool made; /* by the switch */
	int generation;
	struct model_port ports[MODEL_N_PORTS];
};

const char *model_expected_state(const struct model_place *place,
				 const struct model_port *port);
bool model_has_cable(const struct model_place *place,
		     const struct model_port *port);
void model_place_begins(struct model_place *place);
void model_place_ends(struct model_place *place);
void model_port_begins(struct model_port *port);

#endif /* COMINGS_MODEL_H */
