/* SPDX-License-Identifier: MIT */
/*
 * tap_missed.h - frames that did not fit into the queue of a TAP device
 *
 * The kernel counts them at the interface, as dropped while sending, and the
 * interface goes to its user's namespace. Most ways to ask there, netlink and
 * the ioctls of /dev/net/tun among them, wait for whoever holds the kernel's
 * networking lock. A file of sysfs doesn't: it is opened while the interface
 * is still ours, and read ever after, in a microsecond.
 *
 * Always true of the descriptor:
 *  - it follows the interface into another namespace, and to another name
 *  - it keeps alive neither the interface nor a namespace
 */
#ifndef TAP_MISSED_H
#define TAP_MISSED_H

#include <stdint.h>

struct err;

int tap_missed_open(const char *ifname, struct err *err);
int tap_missed_read(int fd, uint64_t *ret_missed);

#endif /* TAP_MISSED_H */
