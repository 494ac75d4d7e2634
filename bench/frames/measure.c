/* SPDX-License-Identifier: MIT */
/* measure.c - clocks and distributions for programs that measure */

#include "measure.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	FIRST_ROOM = 4096,
};

#define NS_PER_S UINT64_C(1000000000)

/**
 * measure_now_ns() - What time is it?
 *
 * Return: monotonic time
 */
uint64_t measure_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/**
 * measure_sleep_until() - Sleep
 * @deadline_ns: Monotonic time; if it has passed, this returns at once
 */
void measure_sleep_until(uint64_t deadline_ns)
{
	const struct timespec t = {
		.tv_sec = (time_t)(deadline_ns / NS_PER_S),
		.tv_nsec = (long)(deadline_ns % NS_PER_S),
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/**
 * measure_machine() - How much has the machine worked so far?
 *
 * Idle time is what the kernel measures itself when it stops the tick, so it
 * is better than the shares of user and system, which are sampled at ticks.
 *
 * Return: times since boot, all zero where /proc/stat cannot be read
 */
struct machine_time measure_machine(void)
{
	struct machine_time times = { .wall_ns = measure_now_ns() };
	const uint64_t tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	FILE *file = fopen("/proc/stat", "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		unsigned long long t[8] = { 0 };

		/* "cpu0 ...", not the sum of all in "cpu ..." */
		if (strncmp(line, "cpu", 3) || line[3] == ' ')
			continue;
		if (sscanf(line, "%*s %llu %llu %llu %llu %llu %llu %llu %llu",
			   &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6],
			   &t[7]) != 8)
			continue;
		times.n_cpus++;
		times.idle_ns += (t[3] + t[4]) * tick_ns;
		times.steal_ns += t[7] * tick_ns;
	}
	if (file)
		fclose(file);
	return times;
}

/**
 * measure_busy_s() - How much did the machine work in between?
 * @from:	Before
 * @to:		After
 *
 * Return: processor seconds of all that ran, interrupts included
 */
double measure_busy_s(const struct machine_time *from,
		      const struct machine_time *to)
{
	const double wall = (double)(to->wall_ns - from->wall_ns);
	const double idle = (double)(to->idle_ns - from->idle_ns);
	const double steal = (double)(to->steal_ns - from->steal_ns);
	const double busy = wall * to->n_cpus - idle - steal;

	return busy > 0 ? busy / (double)NS_PER_S : 0;
}

/**
 * samples_init() - Start collecting
 * @samples:	In the caller's memory
 * @limit:	How many at most
 */
void samples_init(struct samples *samples, size_t limit)
{
	*samples = (struct samples){ .limit = limit };
}

/**
 * samples_fini() - Free what was collected
 * @samples:	Samples
 */
void samples_fini(struct samples *samples)
{
	free(samples->ns);
	samples->ns = NULL;
}

/**
 * samples_add() - Remember one more
 * @samples:	Samples
 * @ns:		Its value; more than four seconds count as four
 */
void samples_add(struct samples *samples, uint64_t ns)
{
	if (samples->n == samples->room) {
		size_t room = samples->room ? 2 * samples->room : FIRST_ROOM;
		uint32_t *more = NULL;

		if (room <= samples->limit)
			more = reallocarray(samples->ns, room, sizeof(*more));
		if (!more) {
			samples->n_lost++;
			return;
		}
		samples->ns = more;
		samples->room = room;
	}
	samples->ns[samples->n++] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
}

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/**
 * samples_sort() - Prepare for samples_us()
 * @samples:	Samples
 */
void samples_sort(struct samples *samples)
{
	if (samples->n)
		qsort(samples->ns, samples->n, sizeof(*samples->ns), compare);
}

/**
 * samples_us() - What do so many of the samples not exceed?
 * @sorted:	Samples after samples_sort()
 * @quantile:	0.5 for the median, 1 for the largest
 *
 * Return: microseconds, 0 if there are no samples
 */
double samples_us(const struct samples *sorted, double quantile)
{
	size_t at;

	if (!sorted->n)
		return 0;

	at = (size_t)(quantile * (double)sorted->n);
	if (at >= sorted->n)
		at = sorted->n - 1;
	return sorted->ns[at] / 1e3;
}

/**
 * samples_mean_us() - The mean
 * @samples:	Samples
 *
 * Return: microseconds, 0 if there are no samples
 */
double samples_mean_us(const struct samples *samples)
{
	double sum = 0;

	for (size_t i = 0; i < samples->n; i++)
		sum += samples->ns[i];
	return samples->n ? sum / (double)samples->n / 1e3 : 0;
}

/**
 * measure_own_namespace() - Move to a network namespace with nothing but lo
 *
 * For --once, which tests run: what is sent there reaches nobody.
 *
 * Return: 0, or -errno; -EPERM where that takes more rights than we have
 */
int measure_own_namespace(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd, r = 0;

	if (unshare(CLONE_NEWNET) < 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return -errno;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		r = -errno;
	close(fd);
	return r;
}
