/* SPDX-License-Identifier: MIT */
/* rundir.h - where switches keep their sockets and locks */
#ifndef RUNDIR_H
#define RUNDIR_H

#include <stdbool.h>
#include <stddef.h>

#include "name.h"

const char *rundir(void);
bool rundir_path(char *buf, size_t size, const char *switch_name,
		 const char *suffix);
bool rundir_switch_of(const char *file, const char *suffix,
		      char ret[NAME_SWITCH_SIZE]);

#endif /* RUNDIR_H */
