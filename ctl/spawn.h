/* SPDX-License-Identifier: MIT */
/* spawn.h - a switch for a lab: the one that runs, or a new one */
#ifndef SPAWN_H
#define SPAWN_H

#include <stdbool.h>

#include "client.h"
#include "mtime.h"
#include "problem.h"

enum status spawn_switch(const char *name, mtime_t deadline,
			 struct client **ret, bool *ret_started,
			 struct problem *problem);
void spawn_forget_log(const char *name);

#endif /* SPAWN_H */
