/* SPDX-License-Identifier: MIT */
/*
 * usock.h - Unix stream sockets that can carry a descriptor
 *
 * All descriptors made here are non-blocking and close-on-exec. Nothing here
 * waits, and no signal comes of a peer that hung up.
 */
#ifndef USOCK_H
#define USOCK_H

#include <stddef.h>
#include <sys/types.h>

struct err;

enum {
	USOCK_FDS_MAX = 4, /* descriptors with one message */
};

struct usock_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

int usock_connect(const char *path, struct err *err);
int usock_listen(const char *path, mode_t mode, struct err *err);
int usock_accept(int fd);
ssize_t usock_send(int fd, const void *data, size_t len, int pass_fd);
ssize_t usock_recv(int fd, void *buf, size_t size, int *ret_fd);
ssize_t usock_send_fds(int fd, const void *data, size_t len,
		       const int *pass_fds, size_t n_fds);
ssize_t usock_recv_fds(int fd, void *buf, size_t size, int *ret_fds,
		       size_t n_fds);
int usock_peer(int fd, struct usock_peer *ret);

#endif /* USOCK_H */
