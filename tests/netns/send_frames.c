/* SPDX-License-Identifier: MIT */
/*
 * send_frames.c - sends frames exactly as told, sane or not
 *
 * usage: send_frames IFNAME <FRAMES
 *
 * Each line of FRAMES is one frame. Words of hex digits are its bytes, one
 * after the other; HEX*N stands for N times those. Words with a '=' say how it
 * is sent:
 *
 *   flags=N hdr_len=N gso=TYPE:SIZE csum=START+OFFSET
 *		the virtio-net header in front of it, all zero by default
 *   times=N	so often
 *   via=xdp	by an AF_XDP socket, which unlike a packet socket also takes
 *		frames that end before their Ethernet header does
 *
 * For each line, "sent" or what the kernel refused it with is printed, as in
 * "refused EINVAL".
 */

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "macros.h"

enum {
	FRAME_MAX = 256 * 1024,
	SEND_BUFFER = 4 << 20,
	XDP_CHUNK = 4096,
	XDP_CHUNKS = 8, /* a power of two: also the sizes of the rings */
};

struct order {
	struct virtio_net_hdr header;
	unsigned long times;
	bool xdp;
	size_t len;
	uint8_t data[FRAME_MAX];
};

/* Of an AF_XDP socket no more than it takes to send. */
struct xdp {
	int fd; /* -1: not opened yet */
	uint8_t *memory;
	struct xdp_desc *ring;
	uint32_t *producer;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void give_up(const char *word)
{
	fprintf(stderr, "send_frames: '%s' makes no sense\n", word);
	exit(2);
}

static int interface(const char *ifname)
{
	const unsigned ifindex = if_nametoindex(ifname);

	if (!ifindex)
		die(ifname);
	return (int)ifindex;
}

static int open_packet(const char *ifname)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, /* and no protocol: hears nothing */
		.sll_ifindex = interface(ifname),
	};
	const int fd = socket(AF_PACKET, SOCK_RAW, 0);
	const int on = 1, size = SEND_BUFFER;

	if (fd < 0)
		die("packet socket");
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0)
		die("PACKET_VNET_HDR");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die(ifname);
	return fd;
}

static int send_packet(int fd, struct order *order)
{
	struct iovec iov[] = {
		{ &order->header, sizeof(order->header) },
		{ order->data, order->len },
	};

	return writev(fd, iov, ARRAY_SIZE(iov)) < 0 ? errno : 0;
}

static void map_ring(struct xdp *xdp)
{
	struct xdp_mmap_offsets at;
	socklen_t len = sizeof(at);
	uint8_t *ring;

	if (getsockopt(xdp->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &len) < 0)
		die("XDP_MMAP_OFFSETS");
	ring = mmap(NULL, at.tx.desc + XDP_CHUNKS * sizeof(struct xdp_desc),
		    PROT_READ | PROT_WRITE, MAP_SHARED, xdp->fd,
		    XDP_PGOFF_TX_RING);
	if (ring == MAP_FAILED)
		die("mmap");
	xdp->ring = (void *)(ring + at.tx.desc);
	xdp->producer = (void *)(ring + at.tx.producer);
}

static void open_xdp(struct xdp *xdp, const char *ifname)
{
	const size_t size = XDP_CHUNKS * XDP_CHUNK;
	const int n = XDP_CHUNKS;
	struct xdp_umem_reg area = { .len = size, .chunk_size = XDP_CHUNK };
	struct sockaddr_xdp addr = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = XDP_COPY,
		.sxdp_ifindex = (uint32_t)interface(ifname),
	};

	xdp->fd = socket(AF_XDP, SOCK_RAW, 0);
	if (xdp->fd < 0)
		die("AF_XDP socket");
	xdp->memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (xdp->memory == MAP_FAILED)
		die("mmap");
	area.addr = (uintptr_t)xdp->memory;
	if (setsockopt(xdp->fd, SOL_XDP, XDP_UMEM_REG, &area, sizeof(area)) ||
	    setsockopt(xdp->fd, SOL_XDP, XDP_UMEM_FILL_RING, &n, sizeof(n)) ||
	    setsockopt(xdp->fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &n,
		       sizeof(n)) ||
	    setsockopt(xdp->fd, SOL_XDP, XDP_TX_RING, &n, sizeof(n)))
		die("AF_XDP options");
	map_ring(xdp);
	if (bind(xdp->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die(ifname);
}

/* Once per frame and program run: nobody takes completions back. */
static int send_xdp(struct xdp *xdp, const struct order *order)
{
	const uint32_t i = *xdp->producer % XDP_CHUNKS;

	if (order->len > XDP_CHUNK || *xdp->producer >= XDP_CHUNKS) {
		fprintf(stderr, "send_frames: too much for via=xdp\n");
		exit(2);
	}

	memcpy(xdp->memory + i * XDP_CHUNK, order->data, order->len);
	xdp->ring[i] = (struct xdp_desc){
		.addr = i * XDP_CHUNK,
		.len = (uint32_t)order->len,
	};
	__atomic_store_n(xdp->producer, *xdp->producer + 1, __ATOMIC_RELEASE);
	return sendto(xdp->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 ? errno : 0;
}

static void take_bytes(struct order *order, const char *word)
{
	const size_t n_digits = strspn(word, "0123456789abcdefABCDEF");
	const size_t start = order->len;
	unsigned long times = 1;
	char *end = (char *)word + n_digits;

	if (*end == '*')
		times = strtoul(end + 1, &end, 0);
	if (*end || n_digits % 2 || start + n_digits / 2 * times > FRAME_MAX)
		give_up(word);
	while (times--) {
		for (size_t i = 0; i < n_digits; i += 2) {
			const char pair[] = { word[i], word[i + 1], '\0' };

			order->data[order->len++] =
				(uint8_t)strtoul(pair, NULL, 16);
		}
	}
}

static void take_word(struct order *order, const char *word)
{
	struct virtio_net_hdr *header = &order->header;
	unsigned a, b;

	if (sscanf(word, "gso=%u:%u", &a, &b) == 2) {
		header->gso_type = (uint8_t)a;
		header->gso_size = (uint16_t)b;
	} else if (sscanf(word, "csum=%u+%u", &a, &b) == 2) {
		header->flags |= VIRTIO_NET_HDR_F_NEEDS_CSUM;
		header->csum_start = (uint16_t)a;
		header->csum_offset = (uint16_t)b;
	} else if (sscanf(word, "hdr_len=%u", &a) == 1) {
		header->hdr_len = (uint16_t)a;
	} else if (sscanf(word, "flags=%u", &a) == 1) {
		header->flags = (uint8_t)a;
	} else if (sscanf(word, "times=%u", &a) == 1) {
		order->times = a;
	} else if (!strcmp(word, "via=xdp")) {
		order->xdp = true;
	} else {
		take_bytes(order, word);
	}
}

static void take_line(struct order *order, char *line)
{
	char *saved, *word = strtok_r(line, " \t\n", &saved);

	memset(order, 0, offsetof(struct order, data));
	order->times = 1;
	for (; word; word = strtok_r(NULL, " \t\n", &saved))
		take_word(order, word);
}

int main(int argc, char **argv)
{
	static struct order order;
	struct xdp xdp = { .fd = -1 };
	size_t line_size = 0;
	char *line = NULL;
	int fd;

	if (argc != 2)
		give_up("usage");
	fd = open_packet(argv[1]);
	while (getline(&line, &line_size, stdin) >= 0) {
		int error = 0;

		take_line(&order, line);
		if (order.xdp && xdp.fd < 0)
			open_xdp(&xdp, argv[1]);
		while (order.times-- && !error)
			error = order.xdp ? send_xdp(&xdp, &order)
					  : send_packet(fd, &order);
		if (error)
			printf("refused %s\n", strerrorname_np(error));
		else
			printf("sent\n");
	}

	free(line);
	return 0;
}
