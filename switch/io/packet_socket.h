/* SPDX-License-Identifier: MIT */
/*
 * packet_socket.h - a packet socket that carries frames with offload state
 *
 * What the socket of a port and that of a ring have in common.
 */
#ifndef PACKET_SOCKET_H
#define PACKET_SOCKET_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct frame;

/* What has come to a socket. */
struct packet_socket_count {
	uint32_t n_queued; /* found room */
	uint32_t n_missed; /* did not */
};

int packet_socket_new(struct err *err);
int packet_socket_bind(int fd, int ifindex);
int packet_socket_receive(int fd, struct frame *frames, size_t max);
int packet_socket_take_error(int fd, struct frame *frame);
void packet_socket_count(int fd, struct packet_socket_count *ret);

#endif /* PACKET_SOCKET_H */
