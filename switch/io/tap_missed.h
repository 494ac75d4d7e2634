/* SPDX-License-Identifier: MIT */
/* tap_missed.h - frames that did not fit into the queue of a TAP device */
#ifndef TAP_MISSED_H
#define TAP_MISSED_H

#include <stdint.h>

int tap_missed(int fd, uint64_t *ret_missed);

#endif /* TAP_MISSED_H */
