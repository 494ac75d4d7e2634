/* SPDX-License-Identifier: MIT */
/*
 * packet.h - ports backed by a packet socket on a network interface
 *
 * The interface is the host end of a veth pair, in the namespace the daemon
 * lives in. See packet(7) and <linux/if_packet.h>.
 */
#ifndef PACKET_H
#define PACKET_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct port;
struct ring;

int packet_open(int ifindex, struct err *err);
unsigned packet_offloads(void);
struct port *packet_port_new(const char *name, int fd);

uint32_t packet_port_group(const struct port *port);
void packet_port_add_ring(struct port *port, struct ring *ring);
void packet_port_settle(struct port *port);
bool packet_port_leave(struct port *port);
struct ring *packet_port_ring(const struct port *port);
void packet_port_remove_ring(struct port *port);

#endif /* PACKET_H */
