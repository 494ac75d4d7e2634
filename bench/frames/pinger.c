/* SPDX-License-Identifier: MIT */
/*
 * pinger.c - the round trip of one frame
 *
 * usage: pinger --interface IF --to MAC [--duration TIME] [--count N]
 *		[--interval TIME] [--timeout TIME] [--size BYTES]
 *		[--from-ip IP --to-ip IP]
 *	  pinger --interface IF --respond [--duration TIME]
 *	  pinger --once
 *
 * Sends a frame, waits for the answer (a second unless told), and sends the
 * next at once or TIME after the one before. Who answers is either another pinger,
 * with --respond, at the other end: then the round trip has the wake-ups of two
 * processes in it; or, with --from-ip and --to-ip, the kernel, to an ICMP echo
 * request: then it has hardly more in it than what is between the two.
 *
 * Prints one line of JSON. The first WARM_UP answers are not in it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "args.h"
#include "bytes.h"
#include "csum.h"
#include "err.h"
#include "measure.h"
#include "wire.h"

enum {
	WARM_UP = 20,
	MAX_SAMPLES = 1 << 23,
	MAX_SECONDS = 600,
	IP_AT = ETH_HEADER_LEN,
	ICMP_AT = IP_AT + 20,
	ICMP_ECHO = 8,
	TTL = 64,
	ONCE_COUNT = 200,
};

#define NS_PER_S UINT64_C(1000000000)

struct ping {
	const char *ifname;
	struct eth_addr to;
	struct in_addr from_ip, to_ip; /* both, or 0: raw Ethernet */
	size_t size;
	uint64_t duration_ns;
	uint64_t count;
	uint64_t interval_ns, timeout_ns;
	bool respond, once;
};

struct pinger {
	const struct ping *ping;
	struct wire wire;
	uint8_t frame[WIRE_SIZE_MAX];
	uint32_t run; /* its lower half identifies us in ICMP */
	struct samples samples;
	uint64_t n_sent, n_lost;
};

static volatile sig_atomic_t is_stopped;

static const char usage[] =
	"usage: pinger --interface IF --to MAC [--duration TIME] [--count N]\n"
	"\t\t[--interval TIME] [--timeout TIME] [--size BYTES]\n"
	"\t\t[--from-ip IP --to-ip IP]\n"
	"       pinger --interface IF --respond [--duration TIME]\n"
	"       pinger --once\n";

static void on_signal(int number)
{
	(void)number;
	is_stopped = 1;
}

/* Without SA_RESTART, so that a signal ends a recv(). */
static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static bool is_icmp(const struct pinger *pinger)
{
	return pinger->ping->to_ip.s_addr;
}

static void build_icmp(struct pinger *pinger)
{
	const struct ping *ping = pinger->ping;
	uint8_t *ip = pinger->frame + IP_AT, *icmp = pinger->frame + ICMP_AT;

	memset(ip, 0, ping->size - IP_AT);
	store_be16(pinger->frame + 12, ETH_TYPE_IPV4);
	ip[0] = 0x45;
	store_be16(ip + 2, (uint16_t)(ping->size - IP_AT));
	ip[8] = TTL;
	ip[9] = IPPROTO_ICMP;
	memcpy(ip + 12, &ping->from_ip, 4);
	memcpy(ip + 16, &ping->to_ip, 4);
	store_be16(ip + 10, csum_fold(csum_partial(ip, 20, 0)));
	icmp[0] = ICMP_ECHO;
	store_be16(icmp + 4, (uint16_t)pinger->run);
}

static void stamp(struct pinger *pinger, uint64_t seq)
{
	uint8_t *icmp = pinger->frame + ICMP_AT;

	if (!is_icmp(pinger)) {
		wire_stamp(pinger->frame, pinger->run, seq);
		return;
	}
	store_be16(icmp + 2, 0);
	store_be16(icmp + 6, (uint16_t)seq);
	store_be16(icmp + 2, csum_fold(csum_partial(
				     icmp, pinger->ping->size - ICMP_AT, 0)));
}

static bool is_answer(const struct pinger *pinger, const uint8_t *frame,
		      size_t len, uint64_t seq)
{
	struct wire_mark mark;

	if (is_icmp(pinger)) /* the filter has looked at the rest */
		return len >= ICMP_AT + 8 &&
		       load_be16(frame + ICMP_AT + 6) == (uint16_t)seq;

	return wire_read(frame, len, &mark) && mark.run == pinger->run &&
	       mark.seq == seq;
}

/* Returns whether there was an answer. */
static bool await(struct pinger *pinger, uint64_t seq)
{
	uint8_t frame[WIRE_SIZE_MAX];

	for (;;) {
		ssize_t n = recv(pinger->wire.fd, frame, sizeof(frame), 0);

		if (n < 0 && (errno != EINTR || is_stopped))
			return false;
		if (n > 0 && is_answer(pinger, frame, (size_t)n, seq))
			return true;
	}
}

static int ping_all(struct pinger *pinger)
{
	const struct ping *ping = pinger->ping;
	const uint64_t start = measure_now_ns();
	uint64_t next = start;

	for (uint64_t seq = 0; seq < ping->count && !is_stopped; seq++) {
		uint64_t sent = measure_now_ns();

		if (sent - start >= ping->duration_ns)
			break;

		stamp(pinger, seq);
		if (send(pinger->wire.fd, pinger->frame, ping->size, 0) < 0 &&
		    errno != ENOBUFS)
			return -errno;
		pinger->n_sent++;
		if (!await(pinger, seq))
			pinger->n_lost++;
		else if (seq >= WARM_UP)
			samples_add(&pinger->samples, measure_now_ns() - sent);

		if (!ping->interval_ns)
			continue;
		next += ping->interval_ns;
		if (next < measure_now_ns())
			next = measure_now_ns(); /* don't make up for it */
		measure_sleep_until(next);
	}
	if (is_stopped && pinger->n_lost)
		pinger->n_lost--; /* the one that was interrupted */
	return 0;
}

static void print(struct pinger *pinger)
{
	struct samples *samples = &pinger->samples;

	samples_sort(samples);
	printf("{\"sent\":%" PRIu64 ",\"lost\":%" PRIu64
	       ",\"samples\":%zu,\"mean_us\":%.2f,\"min_us\":%.2f"
	       ",\"p50_us\":%.2f,\"p99_us\":%.2f,\"p999_us\":%.2f"
	       ",\"max_us\":%.2f}\n",
	       pinger->n_sent, pinger->n_lost, samples->n,
	       samples_mean_us(samples), samples_us(samples, 0),
	       samples_us(samples, 0.5), samples_us(samples, 0.99),
	       samples_us(samples, 0.999), samples_us(samples, 1));
}

static int run_ping(const struct ping *ping, uint64_t *ret_lost,
		    struct err *err)
{
	const struct timeval timeout = {
		.tv_sec = (time_t)(ping->timeout_ns / NS_PER_S),
		.tv_usec = (suseconds_t)(ping->timeout_ns % NS_PER_S / 1000),
	};
	static struct pinger pinger; /* too large for some stacks */
	int r;

	pinger.ping = ping;
	pinger.run = (uint32_t)getpid();
	r = wire_open(&pinger.wire, ping->ifname, err);
	if (r < 0)
		return r;

	wire_build(pinger.frame, ping->size, ping->to, pinger.wire.mac,
		   WIRE_TYPE_PING, WIRE_KIND_REQUEST);
	if (is_icmp(&pinger)) {
		build_icmp(&pinger);
		r = wire_listen_echo(&pinger.wire, (uint16_t)pinger.run, err);
	} else {
		r = wire_listen(&pinger.wire, WIRE_TYPE_PING, WIRE_KIND_REPLY,
				err);
	}
	if (r < 0)
		goto close_wire;

	setsockopt(pinger.wire.fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		   sizeof(timeout));
	samples_init(&pinger.samples, MAX_SAMPLES);
	r = ping_all(&pinger);
	if (r < 0)
		err_set(err, r, "cannot send: %s", strerror(-r));
	else
		print(&pinger);
	samples_fini(&pinger.samples);
	*ret_lost = pinger.n_lost;

close_wire:
	wire_close(&pinger.wire);
	return r;
}

static void answer(const struct wire *wire, uint8_t *frame, size_t len)
{
	const uint32_t kind = WIRE_KIND_REPLY;

	memcpy(frame, frame + 6, 6);
	memcpy(frame + 6, wire->mac.b, 6);
	memcpy(frame + ETH_HEADER_LEN + offsetof(struct wire_mark, kind), &kind,
	       sizeof(kind));
	send(wire->fd, frame, len, 0);
}

/* Answers until SIGTERM, or for so long; says "ready" when it can. */
static int run_respond(const struct ping *ping, struct err *err)
{
	const struct timeval tick = { .tv_usec = 200000 };
	const uint64_t start = measure_now_ns();
	uint8_t frame[WIRE_SIZE_MAX];
	struct wire wire;
	int r = wire_open(&wire, ping->ifname, err);

	if (r < 0)
		return r;
	r = wire_listen(&wire, WIRE_TYPE_PING, WIRE_KIND_REQUEST, err);
	if (r < 0)
		goto close_wire;

	setsockopt(wire.fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	wire_hello(&wire, WIRE_TYPE_PING);
	puts("ready");
	fflush(stdout);
	while (!is_stopped && measure_now_ns() - start < ping->duration_ns) {
		ssize_t n = recv(wire.fd, frame, sizeof(frame), 0);

		if (n >= WIRE_SIZE_MIN)
			answer(&wire, frame, (size_t)n);
	}

close_wire:
	wire_close(&wire);
	return r;
}

static void take(int option, const char *value, struct ping *ping)
{
	switch (option) {
	case 'i':
		ping->ifname = value;
		break;
	case 't':
		ping->to = args_mac("--to", value);
		break;
	case 's':
		ping->size = args_number("--size", value, WIRE_SIZE_MIN,
					 WIRE_SIZE_MAX);
		break;
	case 'd':
		ping->duration_ns = args_duration_ns("--duration", value);
		break;
	case 'c':
		ping->count = args_number("--count", value, 1, UINT64_MAX);
		break;
	case 'v':
		ping->interval_ns = args_duration_ns("--interval", value);
		break;
	case 'w':
		ping->timeout_ns = args_duration_ns("--timeout", value);
		break;
	case 'F':
	case 'T':
		if (inet_pton(AF_INET, value,
			      option == 'F' ? &ping->from_ip : &ping->to_ip) !=
		    1)
			args_usage(usage);
		break;
	case 'R':
		ping->respond = true;
		break;
	case 'o':
		ping->once = true;
		break;
	default:
		args_usage(usage);
	}
}

static void parse(int argc, char **argv, struct ping *ping)
{
	static const struct option table[] = {
		{ "interface", required_argument, NULL, 'i' },
		{ "to", required_argument, NULL, 't' },
		{ "size", required_argument, NULL, 's' },
		{ "duration", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'c' },
		{ "interval", required_argument, NULL, 'v' },
		{ "timeout", required_argument, NULL, 'w' },
		{ "from-ip", required_argument, NULL, 'F' },
		{ "to-ip", required_argument, NULL, 'T' },
		{ "respond", no_argument, NULL, 'R' },
		{ "once", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1)
		take(option, optarg, ping);
	if (optind < argc || (!ping->ifname && !ping->once) ||
	    ping->duration_ns / NS_PER_S > MAX_SECONDS)
		args_usage(usage);
}

/* The responder as a child, whose "ready" is read here. */
static pid_t start_responder(const struct ping *ping)
{
	struct err err;
	int ends[2];
	char byte;
	pid_t child;

	if (pipe(ends) < 0)
		return -1;
	child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		_exit(run_respond(ping, &err) < 0);
	}

	close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		fputs("the responder is not ready\n", stderr);
	close(ends[0]);
	return child;
}

/* Both ends on one lo. Returns 0 if each request was answered. */
static int run_once(struct ping *ping, struct err *err)
{
	int r = measure_own_namespace();
	uint64_t n_lost = 0;
	pid_t child;

	if (r < 0)
		args_skip("cannot make a network namespace", r);

	ping->ifname = "lo";
	ping->count = ONCE_COUNT;
	child = start_responder(ping);
	if (child < 0)
		return err_errno(err, "cannot start the responder");

	r = run_ping(ping, &n_lost, err);
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	if (!r && n_lost)
		r = err_set(err, -EIO, "requests were not answered");
	return r;
}

int main(int argc, char **argv)
{
	struct ping ping = {
		.size = 64,
		.duration_ns = MAX_SECONDS * NS_PER_S,
		.timeout_ns = NS_PER_S,
		.count = UINT64_MAX,
	};
	uint64_t n_lost;
	struct err err;
	int r;

	parse(argc, argv, &ping);
	prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
	catch_signals();
	if (ping.once)
		r = run_once(&ping, &err);
	else if (ping.respond)
		r = run_respond(&ping, &err);
	else
		r = run_ping(&ping, &n_lost, &err);
	if (r < 0)
		args_fail(&err);
	return EXIT_SUCCESS;
}
