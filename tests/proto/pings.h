/* SPDX-License-Identifier: MIT */
/* pings.h - traffic by which a loss is noticed, while other things happen */
#ifndef PINGS_H
#define PINGS_H

#include <sys/types.h>

struct pings {
	pid_t pid;
	int log_fd; /* what ping has written */
};

void pings_start(struct pings *p, const char *ns, const char *option,
		 const char *address);
long pings_stop(struct pings *p);

#endif /* PINGS_H */
