/* SPDX-License-Identifier: MIT */
/*
 * packet.c - ports backed by a packet socket on a network interface
 *
 * PACKET_VNET_HDR puts the frame's offload state in front of it, both ways, so
 * that super-frames and unfinished checksums pass as they are. The kernel
 * takes VLAN tags out of received frames and tells them in PACKET_AUXDATA;
 * here they are put back where they were.
 */

#include "packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "err.h"
#include "eth.h"
#include "frame.h"
#include "port.h"

enum {
	/*
   * A TCP stream keeps megabytes of super-frames under way, and the
   * default of 208 KiB holds three. The memory is used while frames
   * wait, not before.
   */
	QUEUE_SIZE = 8 << 20,
};

/* The tag goes back between the addresses and the type; all behind it moves. */
static void restore_tag(struct frame *frame, const struct tpacket_auxdata *aux)
{
	uint16_t tpid = ETH_P_8021Q;

	if (!(aux->tp_status & TP_STATUS_VLAN_VALID) ||
	    frame->len < ETH_HEADER_LEN)
		return;

	if (aux->tp_status & TP_STATUS_VLAN_TPID_VALID)
		tpid = aux->tp_vlan_tpid;
	frame->data = eth_tag_insert(frame->data, tpid, aux->tp_vlan_tci);
	frame->len += ETH_TAG_LEN;
	if (frame->offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		frame->offload.csum_start += ETH_TAG_LEN;
	if (frame->offload.gso_type)
		frame->offload.hdr_len += ETH_TAG_LEN;
}

/* What one message brought, apart from the bytes that are in place already. */
static void finish(struct frame *frame, struct msghdr *msg, size_t len)
{
	struct cmsghdr *cmsg;

	if (len < sizeof(frame->offload)) {
		frame->len = 0;
		frame->fault = DROP_RUNT;
		return;
	}

	frame->len = (uint32_t)(len - sizeof(frame->offload));
	if (msg->msg_flags & MSG_TRUNC) {
		frame->fault = DROP_OVERSIZE;
		return;
	}

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		struct tpacket_auxdata aux;

		if (cmsg->cmsg_level != SOL_PACKET ||
		    cmsg->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
		restore_tag(frame, &aux);
	}
}

/*
 * An error of recvmmsg() that cost a frame or will go away, and is no reason
 * to give the port up. Returns how many frames it stands for, or -errno.
 */
static int receive_failed(struct frame *frame)
{
	switch (errno) {
	case EAGAIN:
	case EINTR:
	case ENETDOWN: /* told once; the link event says the rest */
	case ENOBUFS:
	case ENOMEM:
		return 0;
	case EINVAL:
		/* The kernel has thrown a frame away, since no virtio-net
     * header can say what it was: a tunnel's super-frame. */
		frame->len = 0;
		frame->fault = DROP_UNDESCRIBED;
		return 1;
	default:
		return -errno;
	}
}

static int packet_receive(struct port *port, struct frame *frames, size_t max)
{
	_Alignas(struct cmsghdr) char control[FRAME_BATCH_MAX][CMSG_SPACE(
		sizeof(struct tpacket_auxdata))];
	struct mmsghdr msgs[FRAME_BATCH_MAX];
	struct iovec iov[FRAME_BATCH_MAX][2];
	int n;

	for (size_t i = 0; i < max; i++) {
		iov[i][0].iov_base = &frames[i].offload;
		iov[i][0].iov_len = sizeof(frames[i].offload);
		iov[i][1].iov_base = frames[i].data;
		iov[i][1].iov_len = FRAME_SIZE_MAX;
		msgs[i].msg_hdr = (struct msghdr){
			.msg_iov = iov[i],
			.msg_iovlen = 2,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i]),
		};
	}

	n = recvmmsg(port->fd, msgs, (unsigned)max, MSG_DONTWAIT, NULL);
	if (n < 0)
		return receive_failed(&frames[0]);

	for (int i = 0; i < n; i++)
		finish(&frames[i], &msgs[i].msg_hdr, msgs[i].msg_len);

	return n;
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
	struct tpacket_stats stats = { 0 };
	socklen_t len = sizeof(stats);

	/* The kernel starts from zero after each reading. */
	if (!getsockopt(port->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		port->counters.rx_missed += stats.tp_drops;
}

static void packet_hang_up(struct port *port)
{
	if (port->fd < 0)
		return;

	packet_count_missed(port);
	close(port->fd);
	port->fd = -1;
}

static void packet_free(struct port *port)
{
	packet_hang_up(port);
	free(port);
}

static const struct port_ops packet_ops = {
	.kind = "veth",
	.receive = packet_receive,
	.send = packet_send,
	.count_missed = packet_count_missed,
	.hang_up = packet_hang_up,
	.free = packet_free,
};

static int set_option(int fd, int level, int option, int value,
		      const char *name, struct err *err)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		return err_errno(err, "cannot set %s", name);

	return 0;
}

/*
 * In this order: options first, so that no frame comes without them. There is
 * no need to be promiscuous: a veth delivers whatever its peer sends.
 */
static int set_up(int fd, int ifindex, struct err *err)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	int r;

	/* Only root of the first user namespace may exceed rmem_max. */
	if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_SIZE, "", NULL))
		set_option(fd, SOL_SOCKET, SO_RCVBUF, QUEUE_SIZE, "", NULL);
	if (set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, QUEUE_SIZE, "", NULL))
		set_option(fd, SOL_SOCKET, SO_SNDBUF, QUEUE_SIZE, "", NULL);

	r = set_option(fd, SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR",
		       err);
	if (!r)
		r = set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1,
			       "PACKET_IGNORE_OUTGOING", err);
	if (!r)
		r = set_option(fd, SOL_PACKET, PACKET_AUXDATA, 1,
			       "PACKET_AUXDATA", err);
	if (r < 0)
		return r;

	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_errno(err, "cannot bind to interface %d", ifindex);

	return 0;
}

/**
 * packet_open() - Open a socket that hears and speaks on an interface
 * @ifindex:	Interface in the calling thread's namespace
 * @err:	On failure, one sentence for the operator
 *
 * Return: a descriptor for packet_port_new(), or -errno
 */
int packet_open(int ifindex, struct err *err)
{
	int fd, r;

	/* Protocol 0 hears nothing until bind() says which interface. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		r = err_errno(err, "cannot open a packet socket");
		err_hint(err, "it takes CAP_NET_RAW; run vswd as root");
		return r;
	}

	r = set_up(fd, ifindex, err);
	if (r < 0) {
		close(fd);
		return r;
	}

	return fd;
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
	struct port *port = calloc(1, sizeof(*port));

	if (!port)
		return NULL;

	port->ops = &packet_ops;
	port->fd = fd;
	port->offloads = PORT_OFFLOAD_ALL;
	strncpy(port->name, name, sizeof(port->name) - 1);
	return port;
}
