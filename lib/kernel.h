/* SPDX-License-Identifier: MIT */
/* kernel.h - which Linux this runs on */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>

bool kernel_is_at_least(unsigned major, unsigned minor);
bool kernel_takes_big_frames(void);

#endif /* KERNEL_H */
