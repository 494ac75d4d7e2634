/* SPDX-License-Identifier: MIT */
/* workbench.h - what the worker process does, see worker.h */
#ifndef WORKBENCH_H
#define WORKBENCH_H

struct nswatch;
struct room;

void workbench_run(int fd, struct room *room, const struct nswatch *watch,
		   const char *switch_name) __attribute__((noreturn));

#endif /* WORKBENCH_H */
