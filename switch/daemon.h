/* SPDX-License-Identifier: MIT */
/* daemon.h - one switch, from start to stop */
#ifndef DAEMON_H
#define DAEMON_H

struct err;
struct options;

int daemon_run(const struct options *options, struct err *err);

#endif /* DAEMON_H */
