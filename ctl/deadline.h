/* SPDX-License-Identifier: MIT */
/* deadline.h - how long the client is still prepared to wait */
#ifndef DEADLINE_H
#define DEADLINE_H

#include <stdbool.h>

#include "mtime.h"

mtime_t deadline_in(mtime_t duration);
bool deadline_passed(mtime_t deadline);
int deadline_left_ms(mtime_t deadline);
bool deadline_wait(mtime_t deadline, int fd, short events);
void deadline_pause(mtime_t deadline, unsigned pause_ms);

#endif /* DEADLINE_H */
