/* SPDX-License-Identifier: MIT */
/* monitor.h - show events as they happen */
#ifndef MONITOR_H
#define MONITOR_H

#include "client.h"
#include "options.h"
#include "problem.h"
#include "show.h"

struct monitor;

enum status monitor_new(const struct options *options, const struct show *show,
			struct monitor **ret, struct problem *problem);
enum status monitor_run(struct monitor *monitor, struct client *client,
			struct problem *problem);
void monitor_free(struct monitor *monitor);

#endif /* MONITOR_H */
