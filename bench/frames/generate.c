/* SPDX-License-Identifier: MIT */
/*
 * generate.c - send numbered frames at a given rate
 *
 * usage: generate --interface IF --to MAC --duration TIME [--rate FPS]
 *		[--burst N] [--size BYTES] [--count N] [--run N]
 *		[--sources N]
 *	  generate --once
 *
 * BYTES is the length from the destination address to the end of the payload:
 * what the kernel is given, without the checksum of the wire. Without --rate
 * it sends as fast as it can; --burst N sends N at once, or what is due every
 * 50 us if that is more. --sources N takes turns between N source
 * addresses, which fills the table of a switch. Prints one line of JSON:
 *
 *	offered		frames handed to the kernel, refused ones included
 *	refused		of these, those it said at once it had no room for
 *	given_up	frames of the schedule never sent, since held up
 *	seconds, rate	from the first to the last, and offered by seconds
 *	busy_s		processor time all of the machine used meanwhile
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "args.h"
#include "err.h"
#include "measure.h"
#include "pace.h"
#include "wire.h"

enum {
	BATCH = 64,
	MAX_SECONDS = 600,
	MAX_FPS = 100000000,
	MAX_SOURCES = 1 << 24,
	ONCE_FRAMES = 200,
};

struct load {
	const char *ifname;
	struct eth_addr to;
	size_t size;
	uint64_t per_s;
	uint64_t burst;
	uint64_t duration_ns;
	uint64_t count;
	uint32_t run;
	uint32_t n_sources; /* 0: the interface's own address */
};

struct result {
	uint64_t n_offered, n_refused, n_given_up;
	uint64_t ns;
	double busy_s;
};

struct batch {
	uint8_t frames[BATCH][WIRE_SIZE_MAX];
	struct iovec iov[BATCH];
	struct mmsghdr msgs[BATCH];
};

static const char usage[] =
	"usage: generate --interface IF --to MAC --duration TIME [--rate FPS]\n"
	"\t\t[--burst N] [--size BYTES] [--count N] [--run N]\n"
	"\t\t[--sources N]\n"
	"       generate --once\n";

static void batch_build(struct batch *batch, const struct load *load,
			struct eth_addr src)
{
	for (size_t i = 0; i < BATCH; i++) {
		wire_build(batch->frames[i], load->size, load->to, src,
			   WIRE_TYPE_LOAD, WIRE_KIND_LOAD);
		batch->iov[i].iov_base = batch->frames[i];
		batch->iov[i].iov_len = load->size;
		batch->msgs[i].msg_hdr.msg_iov = &batch->iov[i];
		batch->msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

/* 02:be and a number: nobody else's, and no group's. */
static void put_source(uint8_t *frame, uint32_t number)
{
	const struct eth_addr src = {
		{ 0x02, 0xbe, (uint8_t)(number >> 24), (uint8_t)(number >> 16),
		  (uint8_t)(number >> 8), (uint8_t)number }
	};

	memcpy(frame + 6, src.b, sizeof(src.b));
}

static int send_batch(const struct wire *wire, struct batch *batch,
		      const struct load *load, unsigned n,
		      struct result *result)
{
	unsigned done = 0;

	for (unsigned i = 0; i < n; i++) {
		const uint64_t seq = result->n_offered + i;

		wire_stamp(batch->frames[i], load->run, seq);
		if (load->n_sources)
			put_source(batch->frames[i],
				   (uint32_t)(seq % load->n_sources));
	}

	while (done < n) {
		int r = sendmmsg(wire->fd, batch->msgs + done, n - done, 0);

		if (r > 0) {
			done += (unsigned)r;
		} else if (errno == ENOBUFS || errno == EAGAIN) {
			result->n_refused++; /* the first of them is lost */
			done++;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	result->n_offered += n;
	return 0;
}

static int run(const struct wire *wire, const struct load *load,
	       struct result *ret)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	const struct machine_time before = measure_machine();
	const uint64_t start = measure_now_ns();
	struct machine_time after;
	struct result result = { 0 };
	struct pace pace;
	uint64_t now = start;
	int r = 0;

	if (!batch)
		return -ENOMEM;

	batch_build(batch, load, wire->mac);
	pace_start(&pace, load->per_s, load->burst, start);
	while (!r && now - start < load->duration_ns &&
	       result.n_offered < load->count) {
		const uint64_t left = load->count - result.n_offered;
		const uint64_t n =
			pace_take(&pace, now, left < BATCH ? left : BATCH);

		if (n)
			r = send_batch(wire, batch, load, (unsigned)n, &result);
		else
			measure_sleep_until(pace_next_ns(&pace));
		now = measure_now_ns();
	}

	after = measure_machine();
	result.ns = now - start;
	result.n_given_up = pace.n_given_up;
	result.busy_s = measure_busy_s(&before, &after);
	free(batch);
	*ret = result;
	return r;
}

static void print(const struct result *result)
{
	const double s = (double)result->ns / 1e9;

	printf("{\"offered\":%" PRIu64 ",\"refused\":%" PRIu64
	       ",\"given_up\":%" PRIu64
	       ",\"seconds\":%.6f,\"rate\":%.1f,\"busy_s\":%.3f}\n",
	       result->n_offered, result->n_refused, result->n_given_up, s,
	       s > 0 ? (double)result->n_offered / s : 0, result->busy_s);
}

static void take(int option, const char *value, struct load *load)
{
	switch (option) {
	case 'i':
		load->ifname = value;
		break;
	case 't':
		load->to = args_mac("--to", value);
		break;
	case 's':
		load->size = args_number("--size", value, WIRE_SIZE_MIN,
					 WIRE_SIZE_MAX);
		break;
	case 'r':
		load->per_s = args_number("--rate", value, 0, MAX_FPS);
		break;
	case 'b':
		load->burst = args_number("--burst", value, 1, BATCH);
		break;
	case 'd':
		load->duration_ns = args_duration_ns("--duration", value);
		break;
	case 'c':
		load->count = args_number("--count", value, 1, UINT64_MAX);
		break;
	case 'n':
		load->run =
			(uint32_t)args_number("--run", value, 0, UINT32_MAX);
		break;
	case 'm':
		load->n_sources = (uint32_t)args_number("--sources", value, 1,
							MAX_SOURCES);
		break;
	default:
		args_usage(usage);
	}
}

static void parse(int argc, char **argv, struct load *load)
{
	static const struct option table[] = {
		{ "interface", required_argument, NULL, 'i' },
		{ "to", required_argument, NULL, 't' },
		{ "size", required_argument, NULL, 's' },
		{ "rate", required_argument, NULL, 'r' },
		{ "burst", required_argument, NULL, 'b' },
		{ "duration", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'c' },
		{ "run", required_argument, NULL, 'n' },
		{ "sources", required_argument, NULL, 'm' },
		{ "once", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	bool once = false;
	int option;

	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (option == 'o')
			once = true;
		else
			take(option, optarg, load);
	}
	if (once) {
		int r = measure_own_namespace();

		if (r < 0)
			args_skip("cannot make a network namespace", r);
		load->ifname = "lo";
		load->count = ONCE_FRAMES;
		load->duration_ns = UINT64_C(1000000000);
	}
	if (optind < argc || !load->ifname || !load->duration_ns ||
	    load->duration_ns / 1000000000 > MAX_SECONDS)
		args_usage(usage);
}

int main(int argc, char **argv)
{
	struct load load = { .size = 64, .count = UINT64_MAX };
	struct result result;
	struct wire wire;
	struct err err;
	int r;

	parse(argc, argv, &load);
	prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
	r = wire_open(&wire, load.ifname, &err);
	if (r < 0)
		args_fail(&err);

	r = run(&wire, &load, &result);
	wire_close(&wire);
	if (r < 0) {
		fprintf(stderr, "cannot send: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	print(&result);
	return EXIT_SUCCESS;
}
