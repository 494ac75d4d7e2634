/* SPDX-License-Identifier: MIT */
/*
 * tap.c - ports backed by a TAP device
 *
 * The device is made here, in the daemon's namespace, and moved to its user's
 * namespace afterwards; the descriptor stays connected to it. IFF_VNET_HDR and
 * TUNSETOFFLOAD make the kernel hand over super-frames and unfinished
 * checksums as they are. The device lives as long as the descriptor.
 */

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "err.h"
#include "frame.h"
#include "kernel.h"
#include "macros.h"
#include "port.h"
#include "tap_missed.h"

/* Linux 6.2 has these, Debian 12's headers do not. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

enum {
	/* EXCL: never join a device that is somebody else's. */
	DEVICE_FLAGS = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL,
	HEADER_SIZE = sizeof(struct virtio_net_hdr), /* in front of a frame */
};

_Static_assert(HEADER_SIZE + ETH_TAG_LEN <= FRAME_HEADROOM, "and has room");

struct tap {
	struct port port;
	int missed_fd; /* see tap_missed.h; -1: nobody counts */
	uint64_t missed; /* what this device has counted so far */
};

/* Did read() or write() fail for good? Otherwise the frame is what it cost. */
static bool is_gone(int error)
{
	return error == EBADFD || error == ENODEV || error == EBADF;
}

/*
 * The kernel's header and the frame as one piece of memory: a small frame
 * costs mostly what surrounds the two copies, and describing two pieces is a
 * part of that.
 */
static uint8_t *with_header(const struct frame *frame)
{
	return frame->data - HEADER_SIZE;
}

static int tap_receive(struct port *port, struct frame *frames, size_t max)
{
	const int fd = port->fd;
	size_t n = 0;

	while (n < max) {
		struct frame *frame = &frames[n];
		ssize_t len = read(fd, with_header(frame),
				   HEADER_SIZE + FRAME_SIZE_MAX + 1);

		if (len < 0) {
			if (errno == EINVAL) {
				/* No header can describe it; it is lost. */
				frame->len = 0;
				frame->fault = DROP_UNDESCRIBED;
				n++;
				continue;
			}
			if (is_gone(errno) && !n)
				return -errno;
			break;
		}

		if (len < HEADER_SIZE) {
			frame->len = 0;
			frame->fault = DROP_RUNT;
			n++;
			continue;
		}

		/* A longer one is cut without a word: ask for a byte more. */
		memcpy(&frame->offload, with_header(frame), HEADER_SIZE);
		frame->len = (uint32_t)(len - HEADER_SIZE);
		if (frame->len > FRAME_SIZE_MAX)
			frame->fault = DROP_OVERSIZE;
		n++;
	}

	return (int)n;
}

/* Why the kernel did not take a frame, in our words. */
static enum drop_reason refusal(int error)
{
	if (is_gone(error))
		return DROP_LINK_GONE;

	switch (error) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return DROP_QUEUE_FULL;
	case EIO: /* so write() says that the interface is down */
		return DROP_LINK_DOWN;
	default:
		return DROP_REFUSED;
	}
}

static void tap_send(struct port *port, struct frame *const *frames, size_t n)
{
	const int fd = port->fd;

	for (size_t i = 0; i < n; i++) {
		struct frame *frame = frames[i];
		ssize_t len;

		memcpy(with_header(frame), &frame->offload, HEADER_SIZE);
		len = write(fd, with_header(frame), HEADER_SIZE + frame->len);
		frame->unsent = len < 0 ? refusal(errno) : DROP_NONE;
	}
}

static void tap_count_missed(struct port *port)
{
	struct tap *tap = container_of(port, struct tap, port);
	uint64_t missed;

	/* If it cannot be asked any more, what it said last holds. */
	if (tap_missed_read(tap->missed_fd, &missed) < 0)
		return;

	port->counters.rx_missed += missed - tap->missed;
	tap->missed = missed;
}

static void tap_hang_up(struct port *port)
{
	if (port->fd < 0)
		return;

	tap_count_missed(port);
	close(port->fd);
	port->fd = -1;
	/* The next device, if there is one, starts anew. */
	tap_port_count_by(port, -1);
}

static void tap_free(struct port *port)
{
	tap_hang_up(port);
	free(container_of(port, struct tap, port));
}

static const struct port_ops tap_ops = {
	.kind = "tap",
	.receive = tap_receive,
	.send = tap_send,
	.count_missed = tap_count_missed,
	.hang_up = tap_hang_up,
	.free = tap_free,
};

/* The largest set of offloads that this kernel takes. */
static int set_offloads(int fd, unsigned *ret_offloads, struct err *err)
{
	const unsigned long tcp =
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	const unsigned long udp = TUN_F_USO4 | TUN_F_USO6;

	*ret_offloads = PORT_OFFLOAD_ALL;
	if (!kernel_takes_big_frames())
		*ret_offloads &=
			~(unsigned)(PORT_OFFLOAD_BIG4 | PORT_OFFLOAD_BIG6);
	if (!ioctl(fd, TUNSETOFFLOAD, tcp | udp))
		return 0;

	*ret_offloads &= ~(unsigned)PORT_OFFLOAD_USO;
	if (ioctl(fd, TUNSETOFFLOAD, tcp) < 0)
		return err_errno(err, "cannot turn on the TAP's offloads");

	return 0;
}

static int open_device(struct err *err)
{
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int r;

	if (fd >= 0)
		return fd;

	r = err_errno(err, "cannot open /dev/net/tun");
	if (r == -ENOENT || r == -ENODEV)
		err_hint(err, "load the kernel's module: modprobe tun");
	else if (r == -EACCES || r == -EPERM)
		err_hint(err, "run vswd as root, or let it open the device");
	/* Not "not found": that is about what the user named. */
	return r == -ENOENT || r == -ENODEV ? -EOPNOTSUPP : r;
}

/**
 * tap_open() - Make a TAP device
 * @name:	Name of the device for the time being
 * @ifindex:	Its number
 * @ret_offloads: On success, what it takes (enum port_offload)
 * @err:	On failure, one sentence for the operator
 *
 * Return: a descriptor for tap_port_new(), or -errno
 */
int tap_open(const char *name, int ifindex, unsigned *ret_offloads,
	     struct err *err)
{
	struct ifreq ifr = { .ifr_flags = (short)DEVICE_FLAGS };
	int fd = open_device(err);
	int r;

	if (fd < 0)
		return fd;

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (ioctl(fd, TUNSETIFINDEX, &ifindex) < 0 ||
	    ioctl(fd, TUNSETIFF, &ifr) < 0) {
		r = err_errno(err, "cannot make a TAP '%s' of /dev/net/tun",
			      name);
		if (r == -EPERM)
			err_hint(err, "it takes CAP_NET_ADMIN; run vswd as "
				      "root");
		else if (r == -ENOTTY)
			err_hint(err, "that is something else; the device is "
				      "c 10 200");
		goto close_fd;
	}

	r = set_offloads(fd, ret_offloads, err);
	if (r < 0)
		goto close_fd;

	return fd;

close_fd:
	close(fd);
	return r;
}

/**
 * tap_port_new() - Make a port of a TAP device
 * @name:	Name of the port
 * @fd:		What tap_open() returned; the port's on success
 * @offloads:	What tap_open() said it takes
 *
 * Return: the port, down and with its MTU still to be set, to be freed with
 * its ops; or NULL if memory ran out
 */
struct port *tap_port_new(const char *name, int fd, unsigned offloads)
{
	struct tap *tap = calloc(1, sizeof(*tap));
	struct port *port;

	if (!tap)
		return NULL;

	port = &tap->port;
	port->ops = &tap_ops;
	port->fd = fd;
	port->offloads = offloads;
	strncpy(port->name, name, sizeof(port->name) - 1);
	tap->missed_fd = -1;
	return port;
}

/**
 * tap_port_count_by() - Say where the kernel counts what a device misses
 * @port:	Port that tap_port_new() made
 * @missed_fd:	What tap_missed_open() returned for the device, the port's from
 *		now on; or -1: nothing is counted
 */
void tap_port_count_by(struct port *port, int missed_fd)
{
	struct tap *tap = container_of(port, struct tap, port);

	if (tap->missed_fd >= 0)
		close(tap->missed_fd);
	tap->missed_fd = missed_fd;
	tap->missed = 0;
}
