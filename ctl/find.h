/* SPDX-License-Identifier: MIT */
/*
 * find.h - which switch is meant, and a connection to it
 *
 * The one that was named; else the only one that runs. Sockets nobody listens
 * to, which a killed daemon leaves behind, don't count.
 */
#ifndef FIND_H
#define FIND_H

#include "client.h"
#include "mtime.h"
#include "problem.h"

enum status find_switch(const char *name, mtime_t deadline, struct client **ret,
			struct problem *problem);
void find_each(mtime_t patience,
	       void (*on_switch)(void *arg, const char *name,
				 struct client *client),
	       void *arg);

#endif /* FIND_H */
