/* SPDX-License-Identifier: MIT */
/* wire.c - the frames that benchmarks send, and the sockets they send them by */

#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "err.h"
#include "macros.h"

enum {
	MAGIC = 0x56535742, /* "VSWB" */
	KIND_AT = ETH_HEADER_LEN + offsetof(struct wire_mark, kind),
	SEND_BUFFER = 8 << 20,
};

static int look_up(struct wire *wire, const char *ifname, struct err *err)
{
	struct ifreq request = { 0 };

	strncpy(request.ifr_name, ifname, sizeof(request.ifr_name) - 1);
	if (ioctl(wire->fd, SIOCGIFINDEX, &request) < 0)
		return err_errno(err, "cannot find interface %s", ifname);

	wire->ifindex = request.ifr_ifindex;
	if (ioctl(wire->fd, SIOCGIFHWADDR, &request) < 0)
		return err_errno(err, "cannot read the address of %s", ifname);

	memcpy(wire->mac.b, request.ifr_hwaddr.sa_data, sizeof(wire->mac.b));
	return 0;
}

/**
 * wire_open() - Open a socket that sends by an interface, and hears nothing
 * @wire:	In the caller's memory
 * @ifname:	Interface in the calling process's namespace
 * @err:	On failure, one sentence
 *
 * Return: 0, or -errno
 */
int wire_open(struct wire *wire, const char *ifname, struct err *err)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET };
	const int size = SEND_BUFFER;
	int r;

	wire->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (wire->fd < 0)
		return err_errno(err, "cannot open a packet socket");

	r = look_up(wire, ifname, err);
	if (r < 0)
		goto close_fd;

	/* So that sending never waits for a receiver; no harm if refused. */
	setsockopt(wire->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));

	addr.sll_ifindex = wire->ifindex;
	if (bind(wire->fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		r = err_errno(err, "cannot bind to %s", ifname);
		goto close_fd;
	}
	return 0;

close_fd:
	wire_close(wire);
	return r;
}

/**
 * wire_close() - Close the socket
 * @wire:	Wire, open or closed
 */
void wire_close(struct wire *wire)
{
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
}

static int listen_to(struct wire *wire, struct sock_filter *code, size_t n,
		     struct err *err)
{
	const struct sock_fprog program = { (unsigned short)n, code };
	const struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = wire->ifindex,
	};
	const int one = 1;

	if (setsockopt(wire->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
		       sizeof(one)) < 0)
		return err_errno(err, "cannot ignore outgoing frames");
	if (setsockopt(wire->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)) < 0)
		return err_errno(err, "cannot attach a filter");
	if (bind(wire->fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_errno(err, "cannot listen");

	return 0;
}

/**
 * wire_listen() - Hear frames of one kind from now on
 * @wire:	Open wire
 * @ethertype:	Their type
 * @kind:	Their enum wire_kind
 * @err:	On failure, one sentence
 *
 * The kernel sorts out all others, and what this host sends itself. On lo
 * every frame is both sent and received, and is heard once.
 *
 * Return: 0, or -errno
 */
int wire_listen(struct wire *wire, uint16_t ethertype, uint32_t kind,
		struct err *err)
{
	const uint32_t len =
		ethertype == WIRE_TYPE_LOAD ? WIRE_SNAPLEN : WIRE_SIZE_MAX;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ethertype, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, KIND_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(kind), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, len),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return listen_to(wire, code, ARRAY_SIZE(code), err);
}

/**
 * wire_listen_echo() - Hear what a kernel answers to ICMP echo requests
 * @wire:	Open wire
 * @id:		Identifier of the requests
 * @err:	On failure, one sentence
 *
 * Return: 0, or -errno
 */
int wire_listen_echo(struct wire *wire, uint16_t id, struct err *err)
{
	enum {
		PROTOCOL_AT = ETH_HEADER_LEN + 9,
		ICMP_AT =
			ETH_HEADER_LEN + 20, /* our requests have no options */
	};
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_TYPE_IPV4, 0, 7),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, PROTOCOL_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 0, 5),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ICMP_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ICMP_AT + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, WIRE_SIZE_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return listen_to(wire, code, ARRAY_SIZE(code), err);
}

/**
 * wire_build() - Write a frame
 * @frame:	Where, @len bytes
 * @len:	From the destination address on, WIRE_SIZE_MIN at least
 * @dst:	Destination
 * @src:	Source
 * @ethertype:	WIRE_TYPE_*
 * @kind:	What it is for
 */
void wire_build(uint8_t *frame, size_t len, struct eth_addr dst,
		struct eth_addr src, uint16_t ethertype, enum wire_kind kind)
{
	const struct wire_mark mark = { .magic = MAGIC, .kind = kind };

	memset(frame, 0, len);
	memcpy(frame, dst.b, sizeof(dst.b));
	memcpy(frame + 6, src.b, sizeof(src.b));
	store_be16(frame + 12, ethertype);
	memcpy(frame + ETH_HEADER_LEN, &mark, sizeof(mark));
}

/**
 * wire_stamp() - Give a frame its number
 * @frame:	Frame from wire_build()
 * @run:	Number of the trial
 * @seq:	Number of the frame within it
 */
void wire_stamp(uint8_t *frame, uint32_t run, uint64_t seq)
{
	uint8_t *mark = frame + ETH_HEADER_LEN;

	memcpy(mark + offsetof(struct wire_mark, run), &run, sizeof(run));
	memcpy(mark + offsetof(struct wire_mark, seq), &seq, sizeof(seq));
}

/**
 * wire_read() - What does a frame say?
 * @frame:	Frame
 * @len:	Bytes there
 * @ret:	On success, what wire_build() and wire_stamp() wrote
 *
 * Return: whether it is one of ours
 */
bool wire_read(const uint8_t *frame, size_t len, struct wire_mark *ret)
{
	struct wire_mark mark;

	if (len < ETH_HEADER_LEN + sizeof(mark))
		return false;
	memcpy(&mark, frame + ETH_HEADER_LEN, sizeof(mark));
	if (mark.magic != MAGIC)
		return false;

	*ret = mark;
	return true;
}

/**
 * wire_hello() - Say something, so that switches learn where we are
 * @wire:	Open wire
 * @ethertype:	WIRE_TYPE_*
 *
 * Return: 0, or -errno
 */
int wire_hello(const struct wire *wire, uint16_t ethertype)
{
	const struct eth_addr all = { { 255, 255, 255, 255, 255, 255 } };
	uint8_t frame[WIRE_SIZE_MIN];

	wire_build(frame, sizeof(frame), all, wire->mac, ethertype,
		   WIRE_KIND_HELLO);
	return send(wire->fd, frame, sizeof(frame), 0) < 0 ? -errno : 0;
}
