/* SPDX-License-Identifier: MIT */
/*
 * segment_vs_kernel.c - our segments are the kernel's, byte for byte
 *
 *   packet socket --> vswa ======== vswb --> packet socket
 *   (super-frame)     offloads off           (segments)
 *
 * The sending end of the veth pair can neither checksum nor segment, so the
 * kernel's own code does it in software when a frame with an offload header is
 * written to it. What comes out at the other end has to be what a struct
 * segmenter makes of the same frame: same number, same order, same bytes.
 *
 * Runs in a network namespace of its own, which goes away with the process.
 * Needs CAP_NET_ADMIN and CAP_NET_RAW in there, or else is skipped (77).
 */

#include "../unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "../unit/superframe.h"
#include "eth.h"
#include "kernel.h"
#include "macros.h"
#include "segment.h"

enum {
	EXIT_SKIP = 77,
	PATIENCE_MS = 3000,
	RECEIVE_BUFFER = 64 << 20,
};

static const char sender[] = "vswa";
static const char receiver[] = "vswb";

static int tx = -1, rx = -1;
static int n_compared; /* segments, by the test that is running */
static struct superframe f;
static uint8_t ours[SUPERFRAME_MAX], theirs[SUPERFRAME_MAX];

/*
 * Making the cable
 */

__attribute__((noreturn)) static void give_up(const char *why)
{
	fprintf(stderr, "skipped: %s: %s\n", why, strerror(errno));
	exit(EXIT_SKIP);
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* keep the interfaces mute: without IPv6 a veth end has nothing to say */
static void switch_ipv6_off(void)
{
	static const char path[] =
		"/proc/sys/net/ipv6/conf/default/disable_ipv6";
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT) /* a kernel without IPv6 */
		return;
	must(fd >= 0 && write(fd, "1", 1) == 1, path);
	close(fd);
}

static void ethtool(const char *ifname, void *command, const char *what)
{
	struct ifreq ifr = { .ifr_data = command };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0, "socket");
	strcpy(ifr.ifr_name, ifname);
	must(ioctl(fd, SIOCETHTOOL, &ifr) >= 0, what);
	close(fd);
}

static void *zeroed(size_t size)
{
	void *p = calloc(1, size);

	must(p, "calloc");
	return p;
}

static struct ethtool_gstrings *feature_names(const char *ifname)
{
	struct ethtool_sset_info *info =
		zeroed(sizeof(*info) + sizeof(uint32_t));
	struct ethtool_gstrings *names;
	uint32_t n;

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1 << ETH_SS_FEATURES;
	ethtool(ifname, info, "ETHTOOL_GSSET_INFO");
	must(info->sset_mask, "names of features");
	n = info->data[0];
	free(info);

	names = zeroed(sizeof(*names) + (size_t)n * ETH_GSTRING_LEN);
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = n;
	ethtool(ifname, names, "ETHTOOL_GSTRINGS");
	return names;
}

/* whether a feature would save the kernel the work that it is to show us */
static bool feature_is_offload(const char *name)
{
	return !strncmp(name, "tx-checksum-", 12) ||
	       !strncmp(name, "tx-tcp", 6) || !strncmp(name, "tx-udp-", 7) ||
	       !strncmp(name, "rx-gro", 6);
}

/* by name, since the numbers of features differ from kernel to kernel */
static void switch_offloads_off(const char *ifname)
{
	struct ethtool_gstrings *names = feature_names(ifname);
	const uint32_t n_blocks = (names->len + 31) / 32;
	struct ethtool_sfeatures *set =
		zeroed(sizeof(*set) + n_blocks * sizeof(set->features[0]));

	set->cmd = ETHTOOL_SFEATURES;
	set->size = n_blocks;
	for (uint32_t i = 0; i < names->len; i++) {
		const uint8_t *name = names->data + (size_t)i * ETH_GSTRING_LEN;

		if (feature_is_offload((const char *)name))
			set->features[i / 32].valid |= 1U << i % 32;
	}
	ethtool(ifname, set, "ETHTOOL_SFEATURES");
	free(set);
	free(names);
}

static int packet_socket(const char *ifname, int protocol)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
				   .sll_protocol = htons((uint16_t)protocol) };
	const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	must(fd >= 0, "packet socket");
	sll.sll_ifindex = (int)if_nametoindex(ifname);
	must(!bind(fd, (struct sockaddr *)&sll, sizeof(sll)), "bind");
	return fd;
}

static void wait_for_carrier(const char *ifname)
{
	struct ifreq ifr = { 0 };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0, "socket");
	strcpy(ifr.ifr_name, ifname);
	for (int i = 0; i < PATIENCE_MS; i++) {
		must(!ioctl(fd, SIOCGIFFLAGS, &ifr), "SIOCGIFFLAGS");
		if (ifr.ifr_flags & IFF_RUNNING) {
			close(fd);
			return;
		}
		poll(NULL, 0, 1);
	}
	must(false, "carrier");
}

static int make_cable(void **state)
{
	const int one = 1, size = RECEIVE_BUFFER;

	(void)state;
	switch_ipv6_off();
	/* an MTU at which segments of every size pass */
	must(!system("ip link add vswa mtu 65535 type veth"
		     " peer name vswb mtu 65535 &&"
		     " ip link set vswa up && ip link set vswb up"),
	     "ip link");
	switch_offloads_off(sender);
	switch_offloads_off(receiver);
	wait_for_carrier(sender);
	wait_for_carrier(receiver);

	tx = packet_socket(sender, 0); /* 0: hears nothing */
	must(!setsockopt(tx, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)),
	     "PACKET_VNET_HDR");
	rx = packet_socket(receiver, ETH_P_ALL);
	must(!setsockopt(rx, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)),
	     "PACKET_AUXDATA");
	must(!setsockopt(rx, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)),
	     "SO_RCVBUFFORCE");
	return 0;
}

static int remove_cable(void **state)
{
	(void)state;
	close(tx);
	close(rx);
	return 0;
}

/*
 * Sending, receiving, comparing
 */

static int send_frame(void)
{
	struct iovec iov[] = { { &f.hdr, sizeof(f.hdr) }, { f.data, f.len } };
	const ssize_t n = writev(tx, iov, ARRAY_SIZE(iov));

	return n < 0 ? -errno : 0;
}

/* receivers get the outermost tag apart from the frame; put it back */
static uint8_t *restore_tag(struct msghdr *msg, uint8_t *frame, size_t *len)
{
	struct tpacket_auxdata aux;
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);

	assert_non_null(cmsg);
	assert_int_equal(cmsg->cmsg_type, PACKET_AUXDATA);
	memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
	/* the veth must not have left the checksum to us */
	assert_false(aux.tp_status & TP_STATUS_CSUMNOTREADY);
	if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
		return frame;
	*len += ETH_TAG_LEN;
	return eth_tag_insert(frame, aux.tp_vlan_tpid, aux.tp_vlan_tci);
}

/* the next frame of the kernel's, or NULL if none came by the deadline */
static const uint8_t *receive_frame(size_t *ret_len, int timeout_ms)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec iov = { theirs + ETH_TAG_LEN,
			     sizeof(theirs) - ETH_TAG_LEN };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct pollfd pfd = { .fd = rx, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, timeout_ms) <= 0)
		return NULL;
	n = recvmsg(rx, &msg, 0);
	assert_true(n > 0);
	assert_false(msg.msg_flags & MSG_TRUNC);
	*ret_len = (size_t)n;
	return restore_tag(&msg, theirs + ETH_TAG_LEN, ret_len);
}

static void expect_silence(void)
{
	size_t len;

	assert_null(receive_frame(&len, 0));
}

static void describe(const struct superframe_spec *spec)
{
	print_message("%s, %s, tags %u, %s, flags %#x%s, TCP options %u, "
		      "%s%zu bytes by %u\n",
		      spec->tcp ? "TCP" : "UDP", spec->ipv6 ? "IPv6" : "IPv4",
		      spec->n_tags, spec->options ? "options" : "plain",
		      spec->tcp_flags, spec->ecn ? " ECN" : "",
		      spec->tcp_options_len, spec->dont_fragment ? "DF, " : "",
		      spec->payload_len, spec->gso_size);
}

/*
 * Veth hands frames over within the system call, so whatever the kernel makes
 * of a frame is there when writev() is done, or a softirq later; frames that
 * are too many are noticed by the silence that has to follow the last one, and
 * otherwise at the latest by the next comparison, which they would head.
 */
static void compare_built(const struct superframe_spec *spec)
{
	struct segmenter seg;
	unsigned int n = 0;
	int len, r;

	assert_int_equal(segmenter_init(&seg, f.data, f.len, &f.hdr),
			 OFFLOAD_FAULT_NONE);
	r = send_frame();
	if (r) {
		describe(spec);
		fail_msg("the kernel refuses it: %s", strerror(-r));
	}
	while ((len = segmenter_next(&seg, ours, sizeof(ours))) > 0) {
		size_t their_len = 0;
		const uint8_t *frame = receive_frame(&their_len, PATIENCE_MS);

		if (!frame || their_len != (size_t)len ||
		    memcmp(frame, ours, their_len)) {
			describe(spec);
			print_message("segment %u: ours %d bytes, the kernel's "
				      "%zu\n",
				      n, len, their_len);
		}
		assert_non_null(frame);
		assert_int_equal(their_len, len);
		assert_memory_equal(frame, ours, their_len);
		n++;
	}
	assert_int_equal(len, 0);
	assert_true(n > 0);
	expect_silence();
	n_compared += (int)n;
}

static void compare(const struct superframe_spec *spec)
{
	superframe_build(&f, spec);
	compare_built(spec);
}

static void report(int at_least)
{
	print_message("%d segments compared\n", n_compared);
	assert_true(n_compared >= at_least);
	n_compared = 0;
}

/*
 * The tests
 */

/*
 * TCP and UDP, IPv4 and IPv6, with and without options or extension headers,
 * with none to two tags, DF or not
 */
static void every_kind_of_super_frame_is_cut_alike(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2 * 2 * 2 * 2 * 3; i++) {
		const struct superframe_spec spec = {
			.super = true,
			.ipv6 = i & 1,
			.tcp = i & 2,
			.options = i & 4,
			.dont_fragment = i & 8,
			.n_tags = (uint8_t)(i >> 4),
			.tcp_flags = TCP_ACK | TCP_PSH,
			.tcp_options_len = 12,
			.ip_id = 0xfffe,
			.seq = 0xfffff000,
			.gso_size = 1448,
			.payload_len = 9000,
			.seed = i + 1,
		};

		compare(&spec);
	}
	report(48 * 7);
}

static void tcp_flags_go_to_the_segments_they_belong_to(void **state)
{
	static const uint8_t flags[] = {
		0,
		TCP_FIN,
		TCP_PSH,
		TCP_CWR,
		TCP_URG,
		TCP_ECE,
		TCP_CWR | TCP_ECE,
		TCP_FIN | TCP_PSH | TCP_CWR | TCP_URG,
		0xff,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(flags) * 8; i++) {
		const struct superframe_spec spec = {
			.super = true,
			.tcp = true,
			.ipv6 = i & 1,
			.ecn = i & 2,
			.n_tags = i & 4 ? 1 : 0,
			.tcp_flags = flags[i >> 3] | TCP_ACK,
			.ip_id = (uint16_t)(i * 991),
			.seq = i * 0x01234567,
			.gso_size = 536,
			.payload_len = 2000,
			.seed = i + 1,
		};

		compare(&spec);
	}
	report(9 * 8 * 4);
}

/*
 * A payload that fits into one segment is one frame. There the kernel deviates
 * in a corner: virtio_net_hdr_to_skb() takes a TCP header for 20 bytes long
 * when it asks itself whether a frame is a super-frame at all, and
 * tcp_gso_segment() refuses those that are not. So with TCP options a payload
 * of gso_size, or up to the options' length less, is dropped. We send it in
 * one piece, as the sender meant it. Compared is what is shorter than that.
 */
static void payloads_of_every_size_are_cut_alike(void **state)
{
	static const size_t lens[] = { 1,    499,  500,  501,  999, 1000,
				       1001, 1499, 1500, 4999, 5001 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(lens) * 8; i++) {
		const size_t len = lens[i >> 3];
		const struct superframe_spec spec = {
			.super = true,
			.ipv6 = i & 1,
			.tcp = i & 2,
			.options = i & 4,
			.tcp_flags = TCP_ACK | TCP_FIN | TCP_CWR,
			.tcp_options_len = len == 499 || len == 500 ? 0 : 20,
			.seq = 7,
			.ip_id = 0x1234,
			.gso_size = 500,
			.payload_len = len,
			.seed = i + 1,
		};

		compare(&spec);
	}
	report(8 * 11 * 2);
}

/*
 * No more than 128 segments of UDP: the kernel refuses longer ones with EINVAL
 * (UDP_MAX_SEGMENTS), and sends none.
 */
static void odd_segment_sizes_are_cut_alike(void **state)
{
	static const uint16_t sizes[] = { 1,   2,    3,    7,    8,    100,
					  537, 1447, 1461, 8948, 20001 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes) * 4; i++) {
		const bool tcp = i & 2;
		const size_t size = sizes[i >> 2];
		const size_t most = size * (tcp ? 1000 : 128);
		const struct superframe_spec spec = {
			.super = true,
			.ipv6 = i & 1,
			.tcp = tcp,
			.tcp_flags = TCP_ACK | TCP_PSH,
			.tcp_options_len = 12,
			.gso_size = (uint16_t)size,
			.payload_len = most < 40000 ? most - size / 2 : 40000,
			.seed = i + 1,
		};

		compare(&spec);
	}
	report(2 * 5 * (1000 + 128));
}

/* the longest that an IP header can announce, by several sizes */
static void super_frames_of_64_kib_are_cut_alike(void **state)
{
	static const uint16_t sizes[] = { 1448, 1460, 8948, 40000, 536 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes) * 8; i++) {
		const bool ipv6 = i & 1, tcp = i & 2;
		const struct superframe_spec spec = {
			.super = true,
			.ipv6 = ipv6,
			.tcp = tcp,
			.n_tags = i & 4 ? 2 : 0,
			.tcp_flags = TCP_ACK,
			.gso_size = sizes[i >> 3],
			.payload_len =
				65535U - (ipv6 ? 0U : 20U) - (tcp ? 20U : 8U),
			.seed = i + 1,
		};

		compare(&spec);
	}
	report(8 * 200);
}

/*
 * Longer than an IP header can tell. Behind a tag the kernel does not find the
 * jumbo payload option, and leaves it in segments, where it is wrong.
 */
static void super_frames_of_big_tcp_are_cut_alike(void **state)
{
	static const uint16_t sizes[] = { 1448, 8948, 40000 };

	(void)state;
	if (!kernel_takes_big_frames()) {
		print_message("not on this kernel\n");
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes) * 8; i++) {
		const bool ipv6 = i & 1;
		const struct superframe_spec spec = {
			.super = true,
			.ipv6 = ipv6,
			.tcp = true,
			.big = true,
			.n_tags = (i & 2) && !ipv6 ? 2 : 0,
			.tcp_flags = TCP_ACK | TCP_PSH | TCP_CWR,
			.tcp_options_len = 12,
			.ip_id = 0xfffe,
			.gso_size = sizes[i >> 3],
			.payload_len = i & 4 ? OFFLOAD_BIG_MAX - 300 : 65536,
			.seed = i + 1,
		};

		compare(&spec);
	}
	report(4 * (65536 / 1448 + OFFLOAD_BIG_MAX / 1448));
}

static void chance_finds_no_difference(void **state)
{
	uint32_t random = 314159;

	(void)state;
	for (unsigned int i = 0; i < 600; i++) {
		const uint32_t r = next_random(&random);
		struct superframe_spec spec = {
			.super = true,
			.ipv6 = r & 1,
			.tcp = r & 2,
			.ecn = (r & 4) && (r & 2),
			.dont_fragment = r & 8,
			.options = r & 16,
			.n_tags = (uint8_t)((r >> 5) % 3),
			.tcp_flags = (uint8_t)(r >> 8),
			.tcp_options_len = (uint8_t)((r >> 16) % 11 * 4),
			.ip_id = (uint16_t)next_random(&random),
			.seq = next_random(&random),
			.gso_size = (uint16_t)(next_random(&random) % 3000 + 1),
			.seed = i + 1,
		};

		/* at least two segments; payloads_of_every_size says why */
		spec.payload_len = spec.gso_size + 1U +
				   next_random(&random) % (9U * spec.gso_size);
		compare(&spec);
	}
	report(600 * 2);
}

static void missing_checksums_are_completed_alike(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2 * 2 * 2 * 3 * 12; i++) {
		const struct superframe_spec spec = {
			.ipv6 = i & 1,
			.tcp = i & 2,
			.options = i & 4,
			.n_tags = (uint8_t)(i / 8 % 3),
			.tcp_flags = TCP_ACK | TCP_PSH | TCP_FIN | TCP_CWR,
			.tcp_options_len = 12,
			.payload_len = i / 24 * i,
			.seed = i + 1,
		};

		compare(&spec);
	}
	report(288);
}

/* choose the payload's word at @at so that segment @nth has a checksum of 0 */
static void cancel_checksum(size_t at, unsigned int nth)
{
	struct segmenter seg;

	put16(f.data + at, 0);
	assert_int_equal(segmenter_init(&seg, f.data, f.len, &f.hdr), 0);
	while (nth--)
		assert_true(segmenter_next(&seg, ours, sizeof(ours)) > 0);
	put16(f.data + at, get16(ours + f.l4 + f.hdr.csum_offset));
}

/*
 * UDP shows 0xffff instead of zero. TCP does so too in a frame that came with
 * a missing checksum, and does not in a segment; it makes no difference to a
 * receiver, but it does to "byte for byte".
 */
static void checksums_of_zero_are_written_alike(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 12; i++) {
		const struct superframe_spec spec = {
			.super = i >= 4,
			.ipv6 = i & 1,
			.tcp = i & 2,
			.gso_size = 100,
			.payload_len = i < 8 ? 100 : 200,
		};
		const unsigned int n = i < 8 ? 1 : 2;
		const size_t part = spec.payload_len / n;

		superframe_build(&f, &spec);
		for (unsigned int j = 1; j <= n; j++)
			cancel_checksum(f.payload + j * part - 2, j);
		compare_built(&spec);
		assert_int_equal(get16(ours + f.l4 + f.hdr.csum_offset),
				 spec.tcp && n > 1 ? 0 : 0xffff);
	}
	report(8 * 1 + 4 * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_super_frame_is_cut_alike),
		cmocka_unit_test(tcp_flags_go_to_the_segments_they_belong_to),
		cmocka_unit_test(payloads_of_every_size_are_cut_alike),
		cmocka_unit_test(odd_segment_sizes_are_cut_alike),
		cmocka_unit_test(super_frames_of_64_kib_are_cut_alike),
		cmocka_unit_test(super_frames_of_big_tcp_are_cut_alike),
		cmocka_unit_test(chance_finds_no_difference),
		cmocka_unit_test(missing_checksums_are_completed_alike),
		cmocka_unit_test(checksums_of_zero_are_written_alike),
	};

	if (unshare(CLONE_NEWNET))
		give_up("no network namespace of our own");
	return cmocka_run_group_tests_name("segment_vs_kernel", tests,
					   make_cable, remove_cable);
}
