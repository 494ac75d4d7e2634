/* SPDX-License-Identifier: MIT */
/*
 * packet.h - ports backed by a packet socket on a network interface
 *
 * The interface is the host end of a veth pair, in the namespace the daemon
 * lives in. See packet(7) and <linux/if_packet.h>.
 */
#ifndef PACKET_H
#define PACKET_H

struct err;
struct port;

int packet_open(int ifindex, struct err *err);
struct port *packet_port_new(const char *name, int fd);

#endif /* PACKET_H */
