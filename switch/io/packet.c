/* SPDX-License-Identifier: MIT */
/*
 * packet.c - ports backed by a packet socket on a network interface
 *
 * Frames come by the socket's queue, or by a ring. While they are turned from
 * one to the other both may hold some, and the order of those that one sender
 * has sent must not change. What counts is that each sender's frames come one
 * after the other: once one has gone the new way, the earlier ones are all
 * there to be taken on the old.
 *
 * The ring's gate may shut by itself, before the ring is full, and then the
 * port is leaving; even if it is still entering, so that the queue holds frames
 * that are older than those in the ring, and behind them some that are younger.
 */

#include "packet.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "err.h"
#include "frame.h"
#include "kernel.h"
#include "packet_socket.h"
#include "port.h"
#include "ring.h"
#include "ring_gate.h"

enum {
	/* At a frame that a processor is still putting into the ring. */
	FILLING_LOOKS = 10000,
};

/* How frames come. In between, both ways may hold some. */
enum packet_stage {
	PACKET_QUEUE,
	PACKET_ENTERING,
	PACKET_RING,
	PACKET_LEAVING,
};

/* A port and its ring, if it has one. */
struct packet_port {
	struct port port;
	struct ring *ring;
	enum packet_stage stage;
	bool has_settled; /* nothing comes to the queue while the gate is open */
	uint32_t n_unread; /* in the queue, when it was counted last; modulo */
	uint32_t n_older; /* of these, how many go before those in the ring */
	size_t n_owed; /* frames in the ring that may be taken now */
	uint64_t n_missed; /* in the queue; not told yet */
};

static struct packet_port *packet_of(struct port *port)
{
	return (struct packet_port *)port;
}

/* Frames out of the queue, which is not to be read without counting them. */
static int receive_queue(struct packet_port *packet, struct frame *frames,
			 size_t max)
{
	const int n = packet_socket_receive(packet->port.fd, frames, max);

	if (n > 0)
		packet->n_unread -= (uint32_t)n;
	return n;
}

/* An error that woke us; an undescribed frame may be all that there is. */
static int take_errors(struct packet_port *packet, struct frame *frames)
{
	int n = packet_socket_take_error(ring_fd(packet->ring), frames);

	if (n)
		return n;

	n = packet_socket_take_error(packet->port.fd, frames);
	if (n > 0)
		packet->n_unread -= (uint32_t)n;
	return n;
}

static int receive_owed(struct packet_port *packet, struct frame *frames,
			size_t max)
{
	const size_t n =
		ring_receive(packet->ring, frames,
			     packet->n_owed < max ? packet->n_owed : max);

	packet->n_owed -= n;
	return n ? (int)n : take_errors(packet, frames);
}

static bool has_queue(const struct packet_port *packet)
{
	int size_of_first = 0;

	ioctl(packet->port.fd, SIOCINQ, &size_of_first);
	return size_of_first > 0;
}

static void count_queue(struct packet_port *packet)
{
	struct packet_socket_count count;

	packet_socket_count(packet->port.fd, &count);
	packet->n_unread += count.n_queued;
	packet->n_missed += count.n_missed;
}

/*
 * As long as the gate is open, all that is in the queue is older than what is
 * in the ring. Once it has shut, that is true of those counted before; and of
 * one that a processor had in hands when the gate was opened and has put down
 * since, if the ring was full before we came again. That one comes late.
 */
static void count_older(struct packet_port *packet)
{
	count_queue(packet);
	if (ring_gate_state(ring_gate(packet->ring)) == RING_GATE_OPEN)
		packet->n_older = packet->n_unread;
}

static int receive_older(struct packet_port *packet, struct frame *frames,
			 size_t max)
{
	const int n = receive_queue(
		packet, frames, packet->n_older < max ? packet->n_older : max);

	if (n > 0) {
		packet->n_older -= (uint32_t)n;
	} else if (!has_queue(packet)) {
		packet->n_unread -= packet->n_older; /* miscounted */
		packet->n_older = 0;
	} /* or an error came first */
	return n;
}

static void put_last_first(struct frame *frames, size_t n, size_t n_last)
{
	struct frame last[FRAME_BATCH_MAX];

	memcpy(last, frames + n, n_last * sizeof(last[0]));
	memmove(frames + n_last, frames, n * sizeof(frames[0]));
	memcpy(frames, last, n_last * sizeof(last[0]));
}

/*
 * Leaving: once there is a frame in the queue, only those can still come to
 * the ring that a processor has in hands at this moment, one each. They go
 * before what is taken out of the queue; half of the batch is room enough.
 */
static int receive_ring_first(struct packet_port *packet, struct frame *frames,
			      size_t max)
{
	const bool is_queued = has_queue(packet);
	const size_t half = FRAME_BATCH_MAX / 2;
	size_t n_late = 0;
	int n;

	n = (int)ring_receive(packet->ring, frames, max);
	if (n)
		return n;
	if (!is_queued)
		return take_errors(packet, frames);
	if (ring_is_filling(packet->ring))
		return 0; /* and come again, since there is a queue */

	n = receive_queue(packet, frames, max < half ? max : half);
	if (n <= 0)
		return n;

	for (int i = 0; i < FILLING_LOOKS; i++) {
		n_late += ring_receive(packet->ring, frames + n + n_late,
				       half - n_late);
		if (!ring_is_filling(packet->ring))
			break;
	}
	put_last_first(frames, (size_t)n, n_late);
	return n + (int)n_late;
}

/*
 * Entering: what is seen in the ring is younger than all that is in the queue
 * while the gate is open. So the queue is counted after the ring was looked
 * at, and those counted are taken before what was seen there.
 */
static int receive_queue_first(struct packet_port *packet, struct frame *frames,
			       size_t max)
{
	size_t n_waiting;

	if (packet->n_owed)
		return receive_owed(packet, frames, max);

	n_waiting = ring_waiting(packet->ring, SIZE_MAX);
	count_older(packet);
	if (packet->n_older)
		return receive_older(packet, frames, max);

	if (ring_gate_state(ring_gate(packet->ring)) == RING_GATE_SHUT) {
		packet->stage = PACKET_LEAVING;
		return receive_ring_first(packet, frames, max);
	}

	if (packet->has_settled)
		packet->stage = PACKET_RING;
	packet->n_owed = n_waiting;
	return receive_owed(packet, frames, max);
}

/*
 * The queue is not looked into: a frame there would mean that the gate has
 * shut, and that there are older ones in the ring by now.
 */
static int receive_ring(struct packet_port *packet, struct frame *frames,
			size_t max)
{
	const int n = (int)ring_receive(packet->ring, frames, max);

	return n ? n : take_errors(packet, frames);
}

static int packet_receive(struct port *port, struct frame *frames, size_t max)
{
	struct packet_port *packet = packet_of(port);

	if (packet->stage == PACKET_RING &&
	    ring_gate_state(ring_gate(packet->ring)) == RING_GATE_SHUT)
		packet->stage = PACKET_LEAVING;

	switch (packet->stage) {
	case PACKET_QUEUE:
		break;
	case PACKET_ENTERING:
		return receive_queue_first(packet, frames, max);
	case PACKET_RING:
		return receive_ring(packet, frames, max);
	case PACKET_LEAVING:
		return receive_ring_first(packet, frames, max);
	}

	return receive_queue(packet, frames, max);
}

static void packet_done(struct port *port)
{
	struct packet_port *packet = packet_of(port);

	if (packet->ring)
		ring_release(packet->ring);
}

/* Why the kernel did not take a frame, in our words. */
static enum drop_reason refusal(int error)
{
	switch (error) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return DROP_QUEUE_FULL;
	case ENETDOWN:
		return DROP_LINK_DOWN;
	case ENXIO:
	case ENODEV:
	case EBADF:
		return DROP_LINK_GONE;
	default:
		return DROP_REFUSED;
	}
}

/* Will the next frame meet the same error, so that trying is in vain? */
static bool holds_for_all(int error)
{
	return error != ENOBUFS && refusal(error) != DROP_REFUSED;
}

static void packet_send(struct port *port, struct frame *const *frames,
			size_t n)
{
	struct mmsghdr msgs[FRAME_BATCH_MAX];
	struct iovec iov[FRAME_BATCH_MAX][2];
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		iov[i][0].iov_base = &frames[i]->offload;
		iov[i][0].iov_len = sizeof(frames[i]->offload);
		iov[i][1].iov_base = frames[i]->data;
		iov[i][1].iov_len = frames[i]->len;
		msgs[i].msg_hdr = (struct msghdr){
			.msg_iov = iov[i],
			.msg_iovlen = 2,
		};
		frames[i]->unsent = DROP_NONE;
	}

	while (done < n) {
		int sent = sendmmsg(port->fd, msgs + done, (unsigned)(n - done),
				    MSG_DONTWAIT);
		int error = errno;

		if (sent > 0) {
			done += (size_t)sent;
			continue;
		}

		if (error == EINTR)
			continue;
		do {
			frames[done++]->unsent = refusal(error);
		} while (done < n && holds_for_all(error));
	}
}

static void packet_count_missed(struct port *port)
{
	struct packet_port *packet = packet_of(port);
	struct packet_socket_count count;

	count_queue(packet);
	port->counters.rx_missed += packet->n_missed;
	packet->n_missed = 0;
	if (packet->ring) {
		packet_socket_count(ring_fd(packet->ring), &count);
		ring_note_lost(packet->ring, count.n_missed);
		port->counters.rx_missed += count.n_missed;
	}
}

static void packet_hang_up(struct port *port)
{
	if (port->fd < 0)
		return;

	packet_port_remove_ring(port);
	close(port->fd);
	port->fd = -1;
	packet_of(port)->n_unread = 0; /* the next socket starts anew */
}

static void packet_free(struct port *port)
{
	packet_hang_up(port);
	free(packet_of(port));
}

static const struct port_ops packet_ops = {
	.kind = "veth",
	.receive = packet_receive,
	.done = packet_done,
	.send = packet_send,
	.count_missed = packet_count_missed,
	.hang_up = packet_hang_up,
	.free = packet_free,
};

/**
 * packet_open() - Open a socket that hears and speaks on an interface
 * @ifindex:	Interface in the calling thread's namespace
 * @err:	On failure, one sentence for the operator
 *
 * Return: a descriptor for packet_port_new(), or -errno
 */
int packet_open(int ifindex, struct err *err)
{
	int fd = packet_socket_new(err);
	int r;

	if (fd < 0)
		return fd;

	if (packet_socket_bind(fd, ifindex) < 0) {
		r = err_errno(err, "cannot bind to interface %d", ifindex);
		close(fd);
		return r;
	}

	ring_prepare(fd);
	return fd;
}

/**
 * packet_offloads() - What a packet socket takes as it is
 *
 * It takes long super-frames of IPv6, too, but damages them: the kernel does
 * not trust them (SKB_GSO_DODGY) and begins to cut each, by taking out its
 * jumbo payload option, before it finds that there is no need to.
 *
 * Return: a set of enum port_offload
 */
unsigned packet_offloads(void)
{
	const unsigned offloads = PORT_OFFLOAD_ALL & ~PORT_OFFLOAD_BIG6;

	return kernel_takes_big_frames() ? offloads
					 : offloads & ~PORT_OFFLOAD_BIG4;
}

/**
 * packet_port_new() - Make a port of a packet socket
 * @name:	Name of the port
 * @fd:		What packet_open() returned; the port's on success
 *
 * Return: the port, down and with its MTU still to be set, to be freed with
 * its ops; or NULL if memory ran out
 */
struct port *packet_port_new(const char *name, int fd)
{
	struct packet_port *packet = calloc(1, sizeof(*packet));

	if (!packet)
		return NULL;

	packet->port.ops = &packet_ops;
	packet->port.fd = fd;
	packet->port.offloads = packet_offloads();
	strncpy(packet->port.name, name, sizeof(packet->port.name) - 1);
	return &packet->port;
}

/**
 * packet_port_group() - Can a port have a ring?
 * @port:	Port of any kind
 *
 * Return: its group for ring_open(), or 0 if it cannot
 */
uint32_t packet_port_group(const struct port *port)
{
	return port->ops == &packet_ops ? ring_group(port->fd) : 0;
}

/**
 * packet_port_add_ring() - Give a port a ring, and let frames into it
 * @port:	Packet port without a ring
 * @ring:	Ring with its gate shut; the port's from now on
 */
void packet_port_add_ring(struct port *port, struct ring *ring)
{
	struct packet_port *packet = packet_of(port);

	packet->ring = ring;
	packet->stage = PACKET_ENTERING;
	packet->n_owed = 0;
	packet->has_settled = false;
	count_queue(packet);
	packet->n_older = packet->n_unread;
	ring_gate_set(ring_gate(ring), RING_GATE_OPEN);
	count_older(packet);
}

/**
 * packet_port_settle() - All that comes goes into the ring by now
 * @port:	Packet port with a ring
 *
 * To be called once ring_settle() has returned. What is left in the queue
 * comes first.
 */
void packet_port_settle(struct port *port)
{
	packet_of(port)->has_settled = true;
}

/**
 * packet_port_leave() - Let no more frames into a port's ring
 * @port:	Packet port with a ring
 *
 * Return: whether no more come; false while the gate is open and older frames
 * are left in the queue
 */
bool packet_port_leave(struct port *port)
{
	struct packet_port *packet = packet_of(port);
	struct ring_gate *gate = ring_gate(packet->ring);

	if (packet->stage == PACKET_ENTERING) {
		if (ring_gate_state(gate) == RING_GATE_SHUT)
			return true; /* and leaving when it has read enough */
		if (!packet->has_settled || has_queue(packet))
			return false;
	}

	ring_gate_set(gate, RING_GATE_SHUT);
	packet->stage = PACKET_LEAVING;
	return true;
}

/**
 * packet_port_ring() - Ring of a port
 * @port:	Packet port
 *
 * Return: the ring, which stays the port's, or NULL
 */
struct ring *packet_port_ring(const struct port *port)
{
	return ((const struct packet_port *)port)->ring;
}

/**
 * packet_port_remove_ring() - Take the ring from a port
 * @port:	Packet port with a ring, into which nothing comes any longer and
 *		in which nothing is; or whose frames don't matter
 */
void packet_port_remove_ring(struct port *port)
{
	struct packet_port *packet = packet_of(port);

	packet_count_missed(port);
	ring_free(packet->ring);
	packet->ring = NULL;
	packet->stage = PACKET_QUEUE;
}
