/* SPDX-License-Identifier: MIT */
/*
 * tap.h - ports backed by a TAP device
 *
 * See Documentation/networking/tuntap.rst and <linux/if_tun.h> of the kernel.
 */
#ifndef TAP_H
#define TAP_H

struct err;
struct port;

int tap_open(const char *name, int ifindex, unsigned *ret_offloads,
	     struct err *err);
struct port *tap_port_new(const char *name, int fd, unsigned offloads);
void tap_port_count_by(struct port *port, int missed_fd);

#endif /* TAP_H */
