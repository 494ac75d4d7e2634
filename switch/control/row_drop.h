/* SPDX-License-Identifier: MIT */
/*
 * row_drop.h - drops of a port as the protocol shows them
 *
 * A port has a row for each reason that has occurred in each direction, and
 * one for what the kernel could not queue. They have numbers, so that a page
 * can end after any.
 */
#ifndef ROW_DROP_H
#define ROW_DROP_H

#include <jansson.h>

#include "drop.h"

struct drop_record;
struct port;
struct vswitch;

enum {
	ROW_DROP_MISSED = 2 * DROP_COUNT,
	ROW_DROP_COUNT, /* their numbers are below */
};

json_t *row_drop(const struct vswitch *sw, const struct port *port, int row);
json_t *row_drop_record(const struct vswitch *sw, const struct port *port,
			const struct drop_record *record);

#endif /* ROW_DROP_H */
