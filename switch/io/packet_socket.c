/* SPDX-License-Identifier: MIT */
/*
 * packet_socket.c - a packet socket that carries frames with offload state
 *
 * PACKET_VNET_HDR puts the frame's offload state in front of it, both ways, so
 * that super-frames and unfinished checksums pass as they are. The kernel
 * takes VLAN tags out of received frames and tells them in PACKET_AUXDATA;
 * here they are put back where they were.
 */

#include "packet_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "err.h"
#include "frame.h"
#include "tag.h"

enum {
	/*
	 * A TCP stream keeps megabytes of super-frames under way, and the
	 * default of 208 KiB holds three. The memory is used while frames
	 * wait, not before.
	 */
	QUEUE_SIZE = 8 << 20,
};

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
		tag_restore(frame, aux.tp_status, aux.tp_vlan_tci,
			    aux.tp_vlan_tpid);
	}
}

/*
 * An error that cost a frame or will go away is no reason to give the port up.
 * Returns how many frames it stands for, or -errno.
 */
static int receive_failed(int error, struct frame *frame)
{
	switch (error) {
	case 0:
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
		return -error;
	}
}

/**
 * packet_socket_receive() - Take frames out of a socket's queue
 * @fd:		Packet socket
 * @frames:	As for port_ops.receive()
 * @max:	Room in @frames, at most FRAME_BATCH_MAX
 *
 * Return: as port_ops.receive()
 */
int packet_socket_receive(int fd, struct frame *frames, size_t max)
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

	n = recvmmsg(fd, msgs, (unsigned)max, MSG_DONTWAIT, NULL);
	if (n < 0)
		return receive_failed(errno, &frames[0]);

	for (int i = 0; i < n; i++)
		finish(&frames[i], &msgs[i].msg_hdr, msgs[i].msg_len);

	return n;
}

/**
 * packet_socket_take_error() - Take a socket's error, and nothing else
 * @fd:		Packet socket
 * @frame:	Filled in if the error has cost one
 *
 * An error that nobody takes keeps a descriptor readable for ever.
 *
 * Return: as port_ops.receive(): 1 if there is a frame to be dropped
 */
int packet_socket_take_error(int fd, struct frame *frame)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return receive_failed(error, frame);
}

/**
 * packet_socket_count() - Count the frames that have come since the last call
 * @fd:		Packet socket
 * @ret:	Their numbers
 */
void packet_socket_count(int fd, struct packet_socket_count *ret)
{
	struct tpacket_stats stats = { 0 };
	socklen_t len = sizeof(stats);

	/* The kernel starts from zero after each reading. */
	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	ret->n_queued = stats.tp_packets - stats.tp_drops;
	ret->n_missed = stats.tp_drops;
}

static int set_option(int fd, int level, int option, int value,
		      const char *name, struct err *err)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		return err_errno(err, "cannot set %s", name);

	return 0;
}

static int set_up(int fd, struct err *err)
{
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
	return r;
}

/**
 * packet_socket_new() - Open a socket that hears nothing so far
 * @err:	On failure, one sentence for the operator
 *
 * Return: its descriptor, with all options set, or -errno
 */
int packet_socket_new(struct err *err)
{
	int fd, r;

	/* Protocol 0 hears nothing until bind() says which interface. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		r = err_errno(err, "cannot open a packet socket");
		err_hint(err, "it takes CAP_NET_RAW; run vswd as root");
		return r;
	}

	r = set_up(fd, err);
	if (r < 0) {
		close(fd);
		return r;
	}

	return fd;
}

/**
 * packet_socket_bind() - Hear an interface from now on
 * @fd:		Packet socket with its options set, so that no frame comes
 *		without them
 * @ifindex:	Interface in the calling thread's namespace
 *
 * There is no need to be promiscuous: a veth delivers whatever its peer sends.
 *
 * Return: 0, or -1 and errno
 */
int packet_socket_bind(int fd, int ifindex)
{
	const struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};

	return bind(fd, (const struct sockaddr *)&addr, sizeof(addr));
}
