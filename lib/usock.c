/* SPDX-License-Identifier: MIT */
/* usock.c - Unix stream sockets that can carry a descriptor */

#include "usock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "err.h"

/*
 * Of descriptors the kernel drops what does not fit here before it becomes one
 * of ours; what fits and is more than anybody wants, we close.
 */
enum {
	BACKLOG = 128,
};

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(USOCK_FDS_MAX * sizeof(int))];
};

static int usock_new(const char *path, struct sockaddr_un *addr,
		     struct err *err)
{
	int fd;

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(addr->sun_path))
		return err_set(err, -ENAMETOOLONG,
			       "%.100s...: the path of a socket has at most "
			       "%zu bytes",
			       path, sizeof(addr->sun_path) - 1);
	memcpy(addr->sun_path, path, strlen(path) + 1);

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, "cannot make a socket");

	return fd;
}

/**
 * usock_connect() - Connect to a socket, without waiting
 * @path:	Where it is
 * @err:	Where to say what went wrong, or NULL
 *
 * Return: a descriptor, or -errno: -ENOENT and -ECONNREFUSED if nobody listens
 * there, -EAGAIN if somebody does but has too many others waiting. The kernel
 * tells nobody when that is over: try again a little later.
 */
int usock_connect(const char *path, struct err *err)
{
	struct sockaddr_un addr;
	int r, fd;

	fd = usock_new(path, &addr, err);
	if (fd < 0)
		return fd;

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		r = err_errno(err, "cannot connect to %.100s", path);
		close(fd);
		return r;
	}

	return fd;
}

/**
 * usock_listen() - Make a socket others can connect to
 * @path:	Where; must not exist
 * @mode:	Its permissions, from the first moment on
 * @err:	Where to say what went wrong, or NULL
 *
 * Changes the umask for a moment: not for use beside other threads.
 *
 * Return: a descriptor, or -errno: -EADDRINUSE if @path exists
 */
int usock_listen(const char *path, mode_t mode, struct err *err)
{
	struct sockaddr_un addr;
	mode_t umask_before;
	int r, fd;

	fd = usock_new(path, &addr, err);
	if (fd < 0)
		return fd;

	umask_before = umask(~mode & 0777);
	r = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	if (r < 0)
		r = err_errno(err, "cannot create %.100s", path);
	umask(umask_before);
	if (r < 0)
		goto close_fd;

	if (listen(fd, BACKLOG) < 0) {
		r = err_errno(err, "cannot listen on %.100s", path);
		goto unlink_path;
	}

	return fd;

unlink_path:
	unlink(path);
close_fd:
	close(fd);
	return r;
}

/**
 * usock_accept() - Take the next client
 * @fd:		What usock_listen() returned
 *
 * Return: a descriptor, or -errno: -EAGAIN if nobody is waiting
 */
int usock_accept(int fd)
{
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	return client < 0 ? -errno : client;
}

/**
 * usock_send() - Send bytes, and a descriptor if there is one
 * @fd:		Socket
 * @data:	Bytes
 * @len:	How many; at least one
 * @pass_fd:	Descriptor to send along, which stays open here, or -1
 *
 * The descriptor travels with the first byte, so when fewer than @len bytes
 * were sent, the others have to follow without it.
 *
 * Return: how many bytes were sent, or -errno: -EAGAIN if there is no room
 */
ssize_t usock_send(int fd, const void *data, size_t len, int pass_fd)
{
	return usock_send_fds(fd, data, len, &pass_fd, pass_fd >= 0);
}

/**
 * usock_send_fds() - Send bytes and descriptors
 * @fd:		Socket
 * @data:	Bytes
 * @len:	How many; at least one
 * @pass_fds:	Descriptors to send along, which stay open here
 * @n_fds:	How many, up to USOCK_FDS_MAX
 *
 * As usock_send() otherwise.
 *
 * Return: how many bytes were sent, or -errno: -EAGAIN if there is no room
 */
ssize_t usock_send_fds(int fd, const void *data, size_t len,
		       const int *pass_fds, size_t n_fds)
{
	union control control = { .buf = { 0 } };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	if (n_fds) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), pass_fds, n_fds * sizeof(int));
	}

	do {
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);

	return n < 0 ? -errno : n;
}

/* The first @max descriptors that came; the others are closed. */
static void take_fds(struct msghdr *msg, int *ret_fds, size_t max)
{
	size_t n_taken = 0;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg;
	     cmsg = CMSG_NXTHDR(msg, cmsg)) {
		size_t n_fds;

		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;

		/* Counted, not assumed: padding can make room for one more. */
		n_fds = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n_fds; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int),
			       sizeof(int));
			if (n_taken < max)
				ret_fds[n_taken++] = fd;
			else
				close(fd);
		}
	}
}

/**
 * usock_recv() - Receive bytes, and a descriptor if one comes with them
 * @fd:		Socket
 * @buf:	Where the bytes go
 * @size:	How many at most
 * @ret_fd:	The descriptor, or -1; the caller's to close. NULL if unwanted.
 *		Set in any case.
 *
 * A peer that sends several descriptors with one message gets one of them
 * taken; no other stays open here, whether or not the message was cut.
 *
 * Return: how many bytes came, 0 if the peer has closed, or -errno: -EAGAIN
 * if there is nothing yet
 */
ssize_t usock_recv(int fd, void *buf, size_t size, int *ret_fd)
{
	return usock_recv_fds(fd, buf, size, ret_fd, ret_fd ? 1 : 0);
}

/**
 * usock_recv_fds() - Receive bytes and descriptors
 * @fd:		Socket
 * @buf:	Where the bytes go
 * @size:	How many at most
 * @ret_fds:	The descriptors in the order they were sent, the caller's to
 *		close, and -1 for each that did not come. Set in any case.
 * @n_fds:	How many are wanted; no other stays open here
 *
 * Return: as usock_recv()
 */
ssize_t usock_recv_fds(int fd, void *buf, size_t size, int *ret_fds,
		       size_t n_fds)
{
	union control control;
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	ssize_t n;

	for (size_t i = 0; i < n_fds; i++)
		ret_fds[i] = -1;
	do {
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;

	take_fds(&msg, ret_fds, n_fds);
	return n;
}

/**
 * usock_peer() - Who is at the other end, as the kernel says
 * @fd:		Connected socket
 * @ret:	Process, user and group, as of when it connected
 *
 * Return: 0, or -errno
 */
int usock_peer(int fd, struct usock_peer *ret)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;

	*ret = (struct usock_peer){ cred.pid, cred.uid, cred.gid };
	return 0;
}
