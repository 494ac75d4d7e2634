/* SPDX-License-Identifier: MIT */
/*
 * hear_frames.c - prints what an interface receives, byte for byte
 *
 * usage: hear_frames IFNAME
 *
 * Says "listening", and from then on a line of hex digits per frame, until it
 * is killed. A VLAN tag the kernel has taken out is put back in its place.
 * What the namespace itself sends isn't shown.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	FRAME_MAX = 256 * 1024,
	ADDRESSES = 2 * ETH_ALEN, /* a tag is behind them */
	QUEUE_SIZE = 8 << 20,
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listen_to(const char *ifname)
{
	const int fd = socket(AF_PACKET, SOCK_RAW, 0);
	const int on = 1, size = QUEUE_SIZE;
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(ifname),
	};
	struct packet_mreq all = {
		.mr_ifindex = addr.sll_ifindex,
		.mr_type = PACKET_MR_PROMISC,
	};

	if (fd < 0)
		die("packet socket");
	if (!addr.sll_ifindex)
		die(ifname);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		       sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all,
		       sizeof(all)))
		die("options of the packet socket");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die(ifname);
	return fd;
}

/* Without printf(): of thousands of frames that is what takes the time. */
static void print_hex(const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		putchar_unlocked(digits[data[i] >> 4]);
		putchar_unlocked(digits[data[i] & 15]);
	}
}

static void print_tag(struct msghdr *msg)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		struct tpacket_auxdata aux;

		if (cmsg->cmsg_level != SOL_PACKET ||
		    cmsg->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			printf("%04x%04x", aux.tp_vlan_tpid, aux.tp_vlan_tci);
	}
}

static void hear(int fd)
{
	static uint8_t data[FRAME_MAX];
	_Alignas(struct cmsghdr) char control[128];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	const ssize_t len = recvmsg(fd, &msg, 0);

	if (len < 0) {
		/* An interface that is down, or was, may come back. */
		if (errno != ENETDOWN && errno != EINTR)
			die("recvmsg");
		return;
	}

	if (len < ADDRESSES) {
		print_hex(data, (size_t)len);
	} else {
		print_hex(data, ADDRESSES);
		print_tag(&msg);
		print_hex(data + ADDRESSES, (size_t)len - ADDRESSES);
	}
	putchar('\n');
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: hear_frames IFNAME\n");
		return 2;
	}

	fd = listen_to(argv[1]);
	puts("listening");
	fflush(stdout);
	for (;;)
		hear(fd);
}
