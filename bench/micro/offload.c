/* SPDX-License-Identifier: MIT */
/*
 * offload.c - how long checksums and segmentation take
 *
 * usage: offload [--quick | --once]
 *
 * Prints ns for each piece of work: see timing.h. Needs no rights.
 */
#include "timing.h"

#include "csum.h"
#include "macros.h"
#include "offload.h"
#include "segment.h"
#include "superframe.h"

enum {
	SUPER_PAYLOAD = 45 * 1448, /* as large as Linux makes them */
	SEGMENT_SIZE = 1600,
};

struct job {
	struct superframe frame;
	size_t len; /* for checksums */
	uint64_t found; /* so that the compiler can't leave work out */
};

static void sum(void *user, uint64_t n)
{
	struct job *job = user;

	for (uint64_t i = 0; i < n; i++)
		job->found +=
			csum_partial(job->frame.data, job->len, (uint32_t)i);
}

static void check(void *user, uint64_t n)
{
	struct job *job = user;

	for (uint64_t i = 0; i < n; i++)
		job->found += offload_check(job->frame.data, job->frame.len,
					    &job->frame.hdr);
}

/* Each time to a frame that wants it again: only the request is put back. */
static void complete(void *user, uint64_t n)
{
	struct job *job = user;

	for (uint64_t i = 0; i < n; i++) {
		struct virtio_net_hdr hdr = job->frame.hdr;

		offload_complete_checksum(job->frame.data, job->frame.len,
					  &hdr);
		job->found += hdr.flags;
	}
}

static void segment(void *user, uint64_t n)
{
	static uint8_t out[SEGMENT_SIZE];
	struct job *job = user;

	for (uint64_t i = 0; i < n; i++) {
		struct segmenter segmenter;
		int len;

		if (segmenter_init(&segmenter, job->frame.data, job->frame.len,
				   &job->frame.hdr))
			abort();
		while ((len = segmenter_next(&segmenter, out, sizeof(out))) > 0)
			job->found += (uint64_t)len;
	}
}

static void time_checksums(const struct timing *timing, struct job *job)
{
	static const size_t lens[] = { 64, 512, 1500, 65000 };

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		char name[40];

		job->len = lens[i];
		snprintf(name, sizeof(name), "csum, %zu bytes", lens[i]);
		timing_run(timing, name, sum, job);
	}
}

static void time_frames(const struct timing *timing, struct job *job, bool ipv6)
{
	struct superframe_spec spec = {
		.tcp = true,
		.ipv6 = ipv6,
		.payload_len = ipv6 ? 1428 : 1448,
		.seed = 1,
	};
	const char *family = ipv6 ? "IPv6" : "IPv4";
	char name[40];

	superframe_build(&job->frame, &spec);
	snprintf(name, sizeof(name), "check, TCP/%s frame", family);
	timing_run(timing, name, check, job);
	snprintf(name, sizeof(name), "complete, TCP/%s frame", family);
	timing_run(timing, name, complete, job);

	spec.super = true;
	spec.gso_size = (uint16_t)spec.payload_len;
	spec.payload_len = SUPER_PAYLOAD / spec.gso_size * spec.gso_size;
	superframe_build(&job->frame, &spec);
	snprintf(name, sizeof(name), "check, TCP/%s super-frame", family);
	timing_run(timing, name, check, job);
	snprintf(name, sizeof(name), "segment, TCP/%s super-frame", family);
	timing_run(timing, name, segment, job);
}

int main(int argc, char **argv)
{
	const struct timing timing = timing_init(argc, argv);
	static struct job job;

	time_checksums(&timing, &job);
	time_frames(&timing, &job, false);
	time_frames(&timing, &job, true);
	return job.found == 1; /* never, but the compiler can't know */
}
