/* SPDX-License-Identifier: MIT */
/*
 * rows.h - ports, stations and counters as the protocol shows them
 *
 * Each function returns a new reference, or NULL if memory ran out.
 */
#ifndef ROWS_H
#define ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "drop.h"
#include "eth.h"
#include "mtime.h"

struct fdb;
struct fdb_row;
struct port;
struct vswitch;

json_t *row_port(const struct vswitch *sw, struct port *port, bool details);
json_t *row_station(const struct fdb_row *row, mtime_t max_age);
json_t *row_fdb(const struct fdb *fdb);
json_t *row_totals(const struct vswitch *sw);
json_t *row_drops(const uint64_t dropped[DROP_COUNT]);
json_t *row_number(uint64_t value);
json_t *row_mac(struct eth_addr addr);

#endif /* ROWS_H */
