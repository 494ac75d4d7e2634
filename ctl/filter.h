/* SPDX-License-Identifier: MIT */
/*
 * filter.h - from a libpcap filter to the program the daemon runs
 *
 * Compiled here and not in the daemon: a name in a filter ("host web") may be
 * looked up in the network, and the daemon waits for nobody.
 */
#ifndef FILTER_H
#define FILTER_H

#include <jansson.h>

#include "problem.h"

enum status filter_compile(const char *filter, json_t **ret,
			   struct problem *problem);

#endif /* FILTER_H */
