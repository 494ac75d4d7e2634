/* SPDX-License-Identifier: MIT */
/*
 * sink.c - count the frames that generate sent
 *
 * usage: sink --interface IF [--run N] [--seconds N]
 *	  sink --once
 *
 * Prints "ready", counts until SIGTERM (or for N seconds at most, 600 unless
 * told), then until nothing has come for a tenth of a second, and prints one
 * line of JSON:
 *
 *	received	frames that came, each counted once
 *	missed		frames that came and could not be looked at, since we
 *			were too slow: they were forwarded all the same
 *	duplicates, reordered	see tally.h
 *	stale		frames of other trials
 *	seconds		from the first to the last
 *
 * Frames come through a ring shared with the kernel, a block at a time, so
 * that counting takes as little as possible of what is being measured.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "args.h"
#include "err.h"
#include "macros.h"
#include "measure.h"
#include "tally.h"
#include "wire.h"

enum {
	BLOCK_SIZE = 1 << 20,
	N_BLOCKS = 64,
	RETIRE_MS = 5, /* when a block is handed over that isn't full */
	POLL_MS = 10,
	QUIET_MS = 100,
	DRAIN_MAX_MS = 2000,
	DEFAULT_SECONDS = 600,
};

struct sink {
	struct wire wire;
	uint8_t *ring;
	unsigned next_block;
	uint32_t run;
	struct tally tally;
	uint64_t n_stale;
	uint64_t first_ns, last_ns;
};

static volatile sig_atomic_t is_stopped;

static const char usage[] =
	"usage: sink --interface IF [--run N] [--seconds N]\n"
	"       sink --once\n";

static void on_signal(int number)
{
	(void)number;
	is_stopped = 1;
}

static int open_ring(struct sink *sink, struct err *err)
{
	const int version = TPACKET_V3;
	const struct tpacket_req3 request = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = N_BLOCKS,
		.tp_frame_size = 2048,
		.tp_frame_nr = BLOCK_SIZE / 2048 * N_BLOCKS,
		.tp_retire_blk_tov = RETIRE_MS,
	};

	if (setsockopt(sink->wire.fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof(version)) < 0 ||
	    setsockopt(sink->wire.fd, SOL_PACKET, PACKET_RX_RING, &request,
		       sizeof(request)) < 0)
		return err_errno(err, "cannot make a ring");

	sink->ring = mmap(NULL, (size_t)BLOCK_SIZE * N_BLOCKS,
			  PROT_READ | PROT_WRITE, MAP_SHARED, sink->wire.fd, 0);
	if (sink->ring == MAP_FAILED)
		return err_errno(err, "cannot map the ring");
	return 0;
}

static int sink_open(struct sink *sink, const char *ifname, struct err *err)
{
	int r = wire_open(&sink->wire, ifname, err);

	if (r < 0)
		return r;

	tally_init(&sink->tally);
	r = open_ring(sink, err);
	if (!r)
		r = wire_listen(&sink->wire, WIRE_TYPE_LOAD, WIRE_KIND_LOAD,
				err);
	if (r < 0)
		wire_close(&sink->wire);
	return r;
}

static void sink_close(struct sink *sink)
{
	munmap(sink->ring, (size_t)BLOCK_SIZE * N_BLOCKS);
	wire_close(&sink->wire);
	tally_fini(&sink->tally);
}

static void count(struct sink *sink, const struct tpacket3_hdr *header)
{
	const uint8_t *frame = (const uint8_t *)header + header->tp_mac;
	struct wire_mark mark;

	if (!wire_read(frame, header->tp_snaplen, &mark))
		return;
	if (sink->run && mark.run != sink->run) {
		sink->n_stale++;
		return;
	}

	sink->last_ns = (uint64_t)header->tp_sec * 1000000000 + header->tp_nsec;
	if (!sink->first_ns)
		sink->first_ns = sink->last_ns;
	tally_add(&sink->tally, mark.seq);
}

/* Returns whether there was a block to count. */
static bool count_block(struct sink *sink)
{
	uint8_t *memory = sink->ring + (size_t)sink->next_block * BLOCK_SIZE;
	struct tpacket_block_desc *block = (void *)memory;
	const uint8_t *at;

	if (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
	      TP_STATUS_USER))
		return false;

	at = memory + block->hdr.bh1.offset_to_first_pkt;
	for (uint32_t i = 0; i < block->hdr.bh1.num_pkts; i++) {
		const struct tpacket3_hdr *header = (const void *)at;

		count(sink, header);
		at += header->tp_next_offset;
	}

	__atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL,
			 __ATOMIC_RELEASE);
	sink->next_block = (sink->next_block + 1) % N_BLOCKS;
	return true;
}

static void count_until(struct sink *sink, uint64_t deadline_ns,
			uint64_t quiet_ns)
{
	struct pollfd pollfd = { .fd = sink->wire.fd, .events = POLLIN };
	uint64_t now = measure_now_ns(), heard = now;

	while (now < deadline_ns && (quiet_ns || !is_stopped)) {
		bool any = false;

		while (count_block(sink))
			any = true;
		now = measure_now_ns();
		if (any)
			heard = now;
		else if (quiet_ns && now - heard > quiet_ns)
			break;
		else
			poll(&pollfd, 1, POLL_MS);
	}
}

static uint64_t missed(const struct sink *sink)
{
	struct tpacket_stats_v3 stats = { 0 };
	socklen_t len = sizeof(stats);

	if (getsockopt(sink->wire.fd, SOL_PACKET, PACKET_STATISTICS, &stats,
		       &len) < 0)
		return 0;
	return stats.tp_drops + sink->tally.n_beyond;
}

static void print(const struct sink *sink)
{
	const struct tally *tally = &sink->tally;

	printf("{\"received\":%" PRIu64 ",\"missed\":%" PRIu64
	       ",\"duplicates\":%" PRIu64 ",\"reordered\":%" PRIu64
	       ",\"stale\":%" PRIu64 ",\"seconds\":%.6f}\n",
	       tally->n_received, missed(sink), tally->n_duplicates,
	       tally->n_reordered, sink->n_stale,
	       (double)(sink->last_ns - sink->first_ns) / 1e9);
}

/*
 * --once: frames 0 to 8 over lo, the sixth of them never, the third and fourth
 * in wrong order, the fifth twice. Returns whether all that was noticed.
 */
static bool check(struct sink *sink)
{
	static const uint64_t order[] = { 0, 1, 3, 2, 4, 4, 6, 7, 8 };
	const struct tally *tally = &sink->tally;
	uint8_t frame[WIRE_SIZE_MIN];
	struct wire sender;
	struct err err;

	if (wire_open(&sender, "lo", &err) < 0)
		args_fail(&err);
	wire_build(frame, sizeof(frame), sender.mac, sender.mac, WIRE_TYPE_LOAD,
		   WIRE_KIND_LOAD);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		wire_stamp(frame, sink->run, order[i]);
		send(sender.fd, frame, sizeof(frame), 0);
	}
	wire_stamp(frame, sink->run + 1, 5);
	send(sender.fd, frame, sizeof(frame), 0);
	wire_close(&sender);

	count_until(sink, measure_now_ns() + UINT64_C(1000000) * DRAIN_MAX_MS,
		    UINT64_C(1000000) * QUIET_MS);
	return tally->n_received == 8 && tally->n_duplicates == 1 &&
	       tally->n_reordered == 1 && sink->n_stale == 1 && !missed(sink);
}

static int once(void)
{
	struct sink sink = { .run = 7 };
	struct err err;
	int r = measure_own_namespace();
	bool is_right;

	if (r < 0)
		args_skip("cannot make a network namespace", r);
	if (sink_open(&sink, "lo", &err) < 0)
		args_fail(&err);

	is_right = check(&sink);
	print(&sink);
	sink_close(&sink);
	return is_right ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void receive(struct sink *sink, uint64_t seconds)
{
	const struct sigaction action = { .sa_handler = on_signal };
	uint64_t now = measure_now_ns();

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	wire_hello(&sink->wire, WIRE_TYPE_LOAD);
	puts("ready");
	fflush(stdout);
	count_until(sink, now + seconds * UINT64_C(1000000000), 0);
	count_until(sink, measure_now_ns() + UINT64_C(1000000) * DRAIN_MAX_MS,
		    UINT64_C(1000000) * QUIET_MS);
}

int main(int argc, char **argv)
{
	static const struct option table[] = {
		{ "interface", required_argument, NULL, 'i' },
		{ "run", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 's' },
		{ "once", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	struct sink sink = { .run = 0 };
	uint64_t seconds = DEFAULT_SECONDS;
	const char *ifname = NULL;
	struct err err;
	int option;

	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (option == 'i')
			ifname = optarg;
		else if (option == 'n')
			sink.run = (uint32_t)args_number("--run", optarg, 0,
							 UINT32_MAX);
		else if (option == 's')
			seconds = args_number("--seconds", optarg, 1,
					      DEFAULT_SECONDS);
		else if (option == 'o')
			return once();
		else
			args_usage(usage);
	}
	if (!ifname || optind < argc)
		args_usage(usage);

	if (sink_open(&sink, ifname, &err) < 0)
		args_fail(&err);
	receive(&sink, seconds);
	print(&sink);
	sink_close(&sink);
	return EXIT_SUCCESS;
}
