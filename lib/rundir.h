/* SPDX-License-Identifier: MIT */
/* rundir.h - where switches keep their sockets and locks */
#ifndef RUNDIR_H
#define RUNDIR_H

#include <stdbool.h>
#include <stddef.h>

const char *rundir(void);
bool rundir_path(char *buf, size_t size, const char *switch_name,
		 const char *suffix);

#endif /* RUNDIR_H */
