/* SPDX-License-Identifier: MIT */
/*
 * udp_segment.c - UDP with UDP_SEGMENT, datagram for datagram
 *
 * usage: udp_segment receive ADDRESS PORT
 *        udp_segment send ADDRESS PORT BURSTS
 *
 * The sender hands the kernel bursts of datagrams in one piece each. The
 * receiver checks that each arrives as it was meant, once and in order, and
 * acknowledges the last of a burst; the sender waits for that, so that nothing
 * is lost for lack of room. Both say in one line what is wrong and exit 1.
 */

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BURST_MAX = 60000,
	SEGMENTS_MAX = 60, /* the kernel took 64 when this was new */
	HEADER = 7, /* number, length, flags */
	PATIENCE_MS = 5000,
	QUEUE_SIZE = 4 << 20,
};

enum flag {
	FLAG_LAST_OF_BURST = 1,
	FLAG_LAST_OF_ALL = 2,
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_socket(const char *address, const char *port,
		       int (*join)(int, const struct sockaddr *, socklen_t))
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM,
	};
	const int size = QUEUE_SIZE;
	struct addrinfo *info;
	int fd;

	if (getaddrinfo(address, port, &hints, &info)) {
		fprintf(stderr, "%s, port %s: no such address\n", address,
			port);
		exit(2);
	}
	fd = socket(info->ai_family, SOCK_DGRAM, 0);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (join(fd, info->ai_addr, info->ai_addrlen) < 0)
		die(address);
	freeaddrinfo(info);
	return fd;
}

static void wait_for_datagram(int fd, const char *what)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	if (poll(&poller, 1, PATIENCE_MS) == 1)
		return;
	fprintf(stderr, "%s did not come\n", what);
	exit(1);
}

/* What datagram @number looks like if it has @len bytes. */
static void fill(uint8_t *data, uint32_t number, size_t len, unsigned flags)
{
	data[0] = (uint8_t)(number >> 24);
	data[1] = (uint8_t)(number >> 16);
	data[2] = (uint8_t)(number >> 8);
	data[3] = (uint8_t)number;
	data[4] = (uint8_t)(len >> 8);
	data[5] = (uint8_t)len;
	data[6] = (uint8_t)flags;
	for (size_t i = HEADER; i < len; i++)
		data[i] = (uint8_t)(number * 31 + i * 7);
}

static void check(const uint8_t *data, size_t len, uint32_t number)
{
	static uint8_t expected[BURST_MAX];

	if (len > BURST_MAX || len < HEADER) {
		fprintf(stderr, "datagram %u has %zu bytes\n", number, len);
		exit(1);
	}

	fill(expected, number, len, data[6]);
	if (!memcmp(data, expected, len))
		return;
	fprintf(stderr, "datagram %u is not what was sent\n", number);
	exit(1);
}

static int receive_all(int fd)
{
	static uint8_t data[BURST_MAX + 1];
	uint32_t number = 0;
	unsigned flags;

	puts("listening");
	fflush(stdout);
	do {
		struct sockaddr_storage from;
		socklen_t from_len = sizeof(from);
		ssize_t len;

		wait_for_datagram(fd, "the next datagram");
		len = recvfrom(fd, data, sizeof(data), 0,
			       (struct sockaddr *)&from, &from_len);
		if (len < 0)
			die("recvfrom");
		check(data, (size_t)len, number++);
		flags = data[6];
		if (flags && sendto(fd, data, HEADER, 0,
				    (struct sockaddr *)&from, from_len) < 0)
			die("sendto");
	} while (!(flags & FLAG_LAST_OF_ALL));

	printf("%u datagrams\n", number);
	return 0;
}

static void send_burst(int fd, const uint8_t *data, size_t len, uint16_t size)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(size))] = { 0 };
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_UDP;
	cmsg->cmsg_type = UDP_SEGMENT;
	cmsg->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(cmsg), &size, sizeof(size));
	if (sendmsg(fd, &msg, 0) != (ssize_t)len)
		die("sendmsg");
}

static int send_all(int fd, unsigned n_bursts)
{
	/* 1,452 is what an Ethernet frame holds with IPv6. */
	static const uint16_t sizes[] = { 1452, 16, 1000, 1452, 511 };
	static uint8_t data[BURST_MAX];
	uint32_t number = 0;

	for (unsigned burst = 0; burst < n_bursts; burst++) {
		const uint16_t size = sizes[burst % 5];
		const size_t n = BURST_MAX / size < SEGMENTS_MAX
					 ? BURST_MAX / size
					 : SEGMENTS_MAX;
		const size_t last = size - burst % 8; /* may be shorter */
		const unsigned flags =
			FLAG_LAST_OF_BURST |
			(burst + 1 == n_bursts ? FLAG_LAST_OF_ALL : 0U);

		for (size_t i = 0; i + 1 < n; i++)
			fill(data + i * size, number++, size, 0);
		fill(data + (n - 1) * size, number++, last, flags);
		send_burst(fd, data, (n - 1) * size + last, size);
		wait_for_datagram(fd, "an acknowledgement");
		if (recv(fd, data, sizeof(data), 0) < 0)
			die("recv");
	}

	printf("%u datagrams\n", number);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "receive"))
		return receive_all(open_socket(argv[2], argv[3], bind));
	if (argc == 5 && !strcmp(argv[1], "send"))
		return send_all(open_socket(argv[2], argv[3], connect),
				(unsigned)atoi(argv[4]));

	fprintf(stderr, "usage: udp_segment receive ADDRESS PORT\n"
			"       udp_segment send ADDRESS PORT BURSTS\n");
	return 2;
}
