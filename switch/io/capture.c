/* SPDX-License-Identifier: MIT */
/*
 * capture.c - frames recorded as pcapng into a pipe
 *
 * Pending output lies in one piece of memory, [start, end) of @buf. Blocks are
 * encoded behind it; when there is no room behind, what is pending moves to
 * the front. A block enters whole or not at all, so whatever is missed, the
 * file stays valid. Room for the statistics at the end is kept free.
 */

#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge.h"
#include "bytes.h"
#include "err.h"
#include "frame.h"
#include "macros.h"
#include "offload.h"
#include "pcapng.h"
#include "port.h"
#include "program.h"
#include "version.h"

enum {
	BUFFER_SIZE = 1 << 20,
	STATISTICS_SIZE = 128, /* more than one block of it needs */
	DESCRIPTION_SIZE = 200,
};

/* A port that frames were, or may be, recorded of. */
struct source {
	uint64_t port_id;
	uint32_t number; /* of its interface block */
	uint64_t frames, missed;
};

struct capture {
	struct observer observer;
	struct bridge *bridge;
	struct capture_config config;
	struct bpf_insn *program;
	char *filter;
	struct source *sources; /* sorted by port_id */
	size_t n_sources, room_for_sources;
	bool only_sources; /* no port but these */
	bool finished;
	struct capture_counts counts;
	uint8_t *buf;
	size_t start, end;
};

/* Room that is left for blocks of frames and interfaces. */
static size_t room(struct capture *capture)
{
	const size_t reserved = (capture->n_sources + 1) * STATISTICS_SIZE;

	if (BUFFER_SIZE - capture->end < PCAPNG_BLOCK_MAX / 4 &&
	    capture->start) {
		memmove(capture->buf, capture->buf + capture->start,
			capture->end - capture->start);
		capture->end -= capture->start;
		capture->start = 0;
	}

	return capture->end + reserved < BUFFER_SIZE
		       ? BUFFER_SIZE - capture->end - reserved
		       : 0;
}

static size_t source_position(const struct capture *capture, uint64_t port_id)
{
	size_t low = 0, high = capture->n_sources;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (capture->sources[middle].port_id < port_id)
			low = middle + 1;
		else
			high = middle;
	}

	return low;
}

/* The source of a port, which is described to the reader when it is new. */
static struct source *source_get(struct capture *capture,
				 const struct port *port)
{
	size_t at = source_position(capture, port->id);
	struct source *sources = capture->sources;
	char description[DESCRIPTION_SIZE];
	size_t space, len;

	if (at < capture->n_sources && sources[at].port_id == port->id)
		return &sources[at];
	if (capture->only_sources)
		return NULL;

	if (capture->n_sources == capture->room_for_sources) {
		size_t more = capture->n_sources ? 2 * capture->n_sources : 16;

		sources = reallocarray(sources, more, sizeof(sources[0]));
		if (!sources)
			return NULL;
		capture->sources = sources;
		capture->room_for_sources = more;
	}

	capture->config.describe(port, description, sizeof(description));
	space = room(capture); /* moves what is pending, so it comes first */
	len = pcapng_put_interface(capture->buf + capture->end, space,
				   &(struct pcapng_interface){
					   .name = port->name,
					   .description = description,
					   .filter = capture->filter,
					   .snaplen = capture->config.snaplen,
				   });
	if (!len)
		return NULL;

	capture->end += len;
	memmove(&sources[at + 1], &sources[at],
		(capture->n_sources - at) * sizeof(sources[0]));
	sources[at] = (struct source){
		.port_id = port->id,
		.number = (uint32_t)capture->n_sources++,
	};
	return &sources[at];
}

static bool matches(const struct capture *capture, const struct frame *frame)
{
	if (!capture->program)
		return true;

	return bpf_filter(capture->program, frame->data, frame->len,
			  frame->len) != 0;
}

/* In the copy at @data, of which @caplen bytes are there. */
static void complete_checksum(const struct frame *frame, uint8_t *data,
			      uint32_t caplen)
{
	const uint32_t at =
		frame->offload.csum_start + frame->offload.csum_offset;
	uint16_t sum;

	if (frame->fault || !offload_needs_csum(&frame->offload) ||
	    at + sizeof(sum) > caplen)
		return;

	/*
	 * Completed as the kernel would, which writes 0xffff for 0 whatever the
	 * protocol. Only in UDP is that right, and Wireshark says so (RFC 1624).
	 */
	sum = offload_checksum(frame->data, frame->len, &frame->offload);
	if (sum == 0xffff &&
	    frame->offload.csum_offset != offsetof(struct udphdr, check))
		sum = 0;
	store_be16(data + at, sum);
}

static void record(struct capture *capture, struct source *source,
		   enum direction direction, const struct frame *frame,
		   uint64_t wall_ns)
{
	const uint32_t snaplen = capture->config.snaplen;
	struct pcapng_packet packet = {
		.interface_id = source->number,
		.direction = direction == DIRECTION_IN
				     ? PCAPNG_DIRECTION_INBOUND
				     : PCAPNG_DIRECTION_OUTBOUND,
		.time_ns = wall_ns,
		.data = frame->data,
		.caplen = frame->len < snaplen ? frame->len : snaplen,
		.len = frame->len,
	};
	size_t space = room(capture);
	uint8_t *block = capture->buf + capture->end;
	size_t len = pcapng_put_packet(block, space, &packet);

	if (!len) {
		source->missed++;
		capture->counts.missed++;
		return;
	}

	complete_checksum(frame, block + PCAPNG_PACKET_DATA, packet.caplen);
	capture->end += len;
	source->frames++;
	capture->counts.frames++;
}

static void on_frame(struct observer *observer, const struct port *port,
		     enum direction direction, const struct frame *frame,
		     uint64_t wall_ns)
{
	struct capture *capture =
		container_of(observer, struct capture, observer);
	const bool idle = capture->start == capture->end;
	struct source *source;

	if (capture_is_full(capture) || !matches(capture, frame))
		return;

	source = source_get(capture, port);
	if (source)
		record(capture, source, direction, frame, wall_ns);
	else if (!capture->only_sources)
		capture->counts.missed++;
	if (idle || capture_is_full(capture))
		capture->config.on_pending(capture, capture->config.user);
}

static int begin(struct capture *capture, struct err *err)
{
	const struct capture_config *config = &capture->config;

	capture->end =
		pcapng_put_section(capture->buf, BUFFER_SIZE,
				   &(struct pcapng_section){
					   .application = "vswd " VSW_VERSION,
					   .os = "Linux",
				   });

	/* All that are there now, so that the silent ones are seen too. */
	if (!config->n_ports) {
		for (size_t i = 0; i < capture->bridge->n_ports; i++) {
			if (capture->end > BUFFER_SIZE / 4)
				break; /* the others when they speak */
			source_get(capture, capture->bridge->ports[i]);
		}
		return 0;
	}

	for (size_t i = 0; i < config->n_ports; i++) {
		if (!source_get(capture, config->ports[i]))
			return err_set(err, -ENOSPC, "too many ports");
	}

	capture->only_sources = true;
	return 0;
}

static int take_program(struct capture *capture, struct err *err)
{
	const size_t size =
		capture->config.n_insns * sizeof(capture->program[0]);

	if (!capture->config.n_insns)
		return 0;
	if (!program_is_safe(capture->config.program, capture->config.n_insns))
		return err_set(err, -EINVAL, "bpf: not a valid program");

	capture->program = malloc(size);
	if (!capture->program)
		return err_set(err, -ENOMEM, "out of memory");

	memcpy(capture->program, capture->config.program, size);
	return 0;
}

/*
 * Whatever a client passes: only a pipe is sure to say when it is full. And
 * only if it is non-blocking, which the client, who has the same open file,
 * could undo. So the pipe is opened once more, for us alone.
 */
static int reopen_pipe(int passed, struct err *err)
{
	char path[32];
	struct stat st;
	int flags = fcntl(passed, F_GETFL);
	int fd;

	if (flags < 0 || fstat(passed, &st) < 0 || !S_ISFIFO(st.st_mode) ||
	    (flags & O_ACCMODE) == O_RDONLY)
		return err_set(err, -EINVAL,
			       "what came with the request is not the write "
			       "end of a pipe");

	snprintf(path, sizeof(path), "/proc/self/fd/%d", passed);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENXIO) /* so open() says that nobody reads */
			return err_set(err, -EINVAL, "nobody reads the pipe");
		return err_errno(err, "cannot use the pipe");
	}

	return fd;
}

/**
 * capture_open() - Start to record frames
 * @ret_capture: On success, the capture; untouched on failure
 * @bridge:	Bridge whose frames are recorded; has to outlive the capture
 * @config:	What to record; @ports, @program and @filter are copied. Its @fd
 *		is closed on success, and stays the caller's on failure
 * @err:	On failure, one sentence
 *
 * Return: 0; -EINVAL for a program or descriptor that won't do; -ENOMEM
 */
int capture_open(struct capture **ret_capture, struct bridge *bridge,
		 const struct capture_config *config, struct err *err)
{
	struct capture *capture;
	int fd = reopen_pipe(config->fd, err);
	int r;

	if (fd < 0)
		return fd;

	capture = calloc(1, sizeof(*capture));
	if (!capture) {
		close(fd);
		return err_set(err, -ENOMEM, "out of memory");
	}

	capture->bridge = bridge;
	capture->config = *config;
	capture->config.fd = fd;
	capture->observer.on_frame = on_frame;
	if (!capture->config.snaplen)
		capture->config.snaplen = CAPTURE_SNAPLEN_DEFAULT;
	capture->buf = malloc(BUFFER_SIZE);
	if (config->filter)
		capture->filter = strdup(config->filter);
	if (!capture->buf || (config->filter && !capture->filter)) {
		r = err_set(err, -ENOMEM, "out of memory");
		goto free_capture;
	}

	r = take_program(capture, err);
	if (r < 0)
		goto free_capture;
	r = begin(capture, err);
	if (r < 0)
		goto free_capture;

	bridge_observe(bridge, &capture->observer);
	close(config->fd);
	*ret_capture = capture;
	return 0;

free_capture:
	capture_free(capture);
	return r;
}

/**
 * capture_free() - End a capture at once and close its pipe
 * @capture:	Capture, or NULL
 *
 * For an orderly end call capture_finish() and capture_write() before.
 */
void capture_free(struct capture *capture)
{
	if (!capture)
		return;

	bridge_unobserve(capture->bridge, &capture->observer);
	if (capture->config.fd >= 0)
		close(capture->config.fd);
	free(capture->buf);
	free(capture->sources);
	free(capture->program);
	free(capture->filter);
	free(capture);
}

/**
 * capture_fd() - What the event loop has to watch for room to write
 * @capture:	Capture
 *
 * Return: the pipe
 */
int capture_fd(const struct capture *capture)
{
	return capture->config.fd;
}

/**
 * capture_finish() - Record nothing more, and add the statistics
 * @capture:	Capture
 * @wall_ns:	Now
 *
 * What is pending is still to be written: call capture_write() until it
 * returns 1.
 */
void capture_finish(struct capture *capture, uint64_t wall_ns)
{
	if (capture->finished)
		return;

	bridge_unobserve(capture->bridge, &capture->observer);
	capture->finished = true;
	room(capture);
	for (size_t i = 0; i < capture->n_sources; i++) {
		const struct source *source = &capture->sources[i];

		capture->end += pcapng_put_statistics(
			capture->buf + capture->end, BUFFER_SIZE - capture->end,
			&(struct pcapng_statistics){
				.interface_id = source->number,
				.time_ns = wall_ns,
				.start_ns = capture->config.wall_ns,
				.end_ns = wall_ns,
				.received = source->frames + source->missed,
				.dropped = source->missed,
				.delivered = source->frames,
			});
	}
}

/**
 * capture_write() - Write as much of what is pending as the pipe takes
 * @capture:	Capture
 *
 * Return: 1 when nothing is pending any more, 0 when something is, -errno if
 * the reader is gone
 */
int capture_write(struct capture *capture)
{
	while (capture->start < capture->end) {
		ssize_t n =
			write(capture->config.fd, capture->buf + capture->start,
			      capture->end - capture->start);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		capture->start += (size_t)n;
	}

	capture->start = capture->end = 0;
	return 1;
}

/**
 * capture_is_finished() - Has capture_finish() been called?
 * @capture:	Capture
 *
 * Return: whether nothing more is recorded
 */
bool capture_is_finished(const struct capture *capture)
{
	return capture->finished;
}

/**
 * capture_is_full() - Have as many frames been recorded as were asked for?
 * @capture:	Capture
 *
 * Return: whether it is time to finish
 */
bool capture_is_full(const struct capture *capture)
{
	return capture->config.max_frames &&
	       capture->counts.frames >= capture->config.max_frames;
}

/**
 * capture_counts() - How many frames have been recorded and missed so far
 * @capture:	Capture
 *
 * Return: the figures
 */
struct capture_counts capture_counts(const struct capture *capture)
{
	return capture->counts;
}

/**
 * capture_filter() - What the capture's filter was compiled from
 * @capture:	Capture
 *
 * Return: text owned by the capture, or NULL
 */
const char *capture_filter(const struct capture *capture)
{
	return capture->filter;
}
