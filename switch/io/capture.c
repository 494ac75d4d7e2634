/* SPDX-License-Identifier: MIT */
/* capture.c - frames recorded as pcapng into a pipe */

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
#include "journey.h"
#include "macros.h"
#include "offload.h"
#include "port.h"
#include "program.h"
#include "recorder.h"
#include "segment.h"

enum {
	NOTE_SIZE = 400, /* some five ports that ended at the same time */
	COMMENT_SIZE = NOTE_SIZE + JOURNEY_TEXT_SIZE,
};

/* A frame as it came in, to be recorded again as it goes out. */
struct original {
	const uint8_t *data;
	uint32_t len;
	struct virtio_net_hdr offload;
	uint8_t *payload; /* where it is recorded, NULL if it is not */
};

struct capture {
	struct observer observer;
	struct bridge *bridge;
	struct capture_config config;
	struct bpf_insn *program;
	char *filter;
	bool finished;
	struct capture_counts counts;
	struct recorder recorder;
	struct journey *journeys; /* of the frames of a batch, to collapse */
	uint8_t *segment; /* one piece of a super-frame */
	char note[NOTE_SIZE]; /* for the next frame that is recorded */
	struct original originals[FRAME_BATCH_MAX]; /* by their places */
};

static bool matches(const struct capture *capture, const struct frame *frame)
{
	if (!capture->program)
		return true;

	return bpf_filter(capture->program, frame->data, frame->len,
			  frame->len) != 0;
}

/*
 * Nobody can verify the checksum of a super-frame that is cut, and to sum up
 * what is not even recorded would be most of the work.
 */
static bool stays_unfinished(const struct frame *frame, uint32_t caplen)
{
	return caplen < frame->len && offload_is_super(&frame->offload);
}

/* Copy the first @caplen bytes of a frame, and its checksum completed. */
static void copy_payload(uint8_t *copy, const struct frame *frame,
			 uint32_t caplen)
{
	const struct virtio_net_hdr *offload = &frame->offload;
	const uint32_t at = offload->csum_start + offload->csum_offset;
	uint16_t sum;

	if (frame->fault || !offload_needs_csum(offload) ||
	    at + sizeof(sum) > caplen || stays_unfinished(frame, caplen)) {
		memcpy(copy, frame->data, caplen);
		return;
	}

	if (caplen == frame->len) {
		sum = offload_copy(copy, frame->data, caplen, offload);
	} else {
		memcpy(copy, frame->data, caplen);
		sum = offload_checksum(frame->data, frame->len, offload);
	}
	/*
	 * Completed as the kernel would, which writes 0xffff for 0 whatever the
	 * protocol. Only in UDP is that right, and Wireshark says so (RFC 1624).
	 */
	if (sum == 0xffff &&
	    offload->csum_offset != offsetof(struct udphdr, check))
		sum = 0;
	store_be16(copy + at, sum);
}

/* @comment and what is to be noted, in @buf if it takes both. */
static const char *whole_comment(struct capture *capture, const char *comment,
				 char buf[COMMENT_SIZE])
{
	if (!capture->note[0])
		return comment;

	snprintf(buf, COMMENT_SIZE, "%s%s%s", capture->note,
		 comment ? "; " : "", comment ? comment : "");
	return buf;
}

/* @payload: see recorder_put() */
static void record_piece(struct capture *capture, const struct record *record,
			 const struct frame *frame, uint8_t **payload)
{
	struct record full = *record;
	char comment[COMMENT_SIZE];
	const bool again = *payload;

	if (capture_is_full(capture) || !matches(capture, frame))
		return;

	full.len = frame->len;
	full.comment = whole_comment(capture, record->comment, comment);
	switch (recorder_put(&capture->recorder, &full, payload)) {
	case RECORDED:
		if (!again)
			copy_payload(*payload, frame,
				     recorder_caplen(&capture->recorder,
						     frame->len));
		capture->counts.frames++;
		capture->note[0] = '\0';
		break;
	case RECORDED_MISSED:
		capture->counts.missed++;
		break;
	case RECORDED_NOT_MEANT:
		break;
	}
}

/* Every piece has to match by itself, as it would have to on a wire. */
static void record_segments(struct capture *capture,
			    const struct record *record,
			    const struct frame *frame)
{
	struct frame piece = { .data = capture->segment };
	struct segmenter segmenter;
	int len;

	/* Cannot fail: frame_classify() has let the frame pass. */
	if (segmenter_init(&segmenter, frame->data, frame->len,
			   &frame->offload))
		return;

	while ((len = segmenter_next(&segmenter, capture->segment,
				     FRAME_SIZE_MAX)) > 0) {
		uint8_t *payload = NULL;

		piece.len = (uint32_t)len;
		record_piece(capture, record, &piece, &payload);
	}
}

/* @payload: where its bytes are in the recording, if they are, or NULL */
static void record(struct capture *capture, const struct port *port,
		   enum direction direction, const struct frame *frame,
		   const char *comment, uint64_t wall_ns, uint8_t **payload)
{
	uint8_t *not_kept = NULL;
	const bool idle = recorder_is_idle(&capture->recorder);
	const struct record record = {
		.port = port,
		.direction = direction == DIRECTION_IN
				     ? PCAPNG_DIRECTION_INBOUND
				     : PCAPNG_DIRECTION_OUTBOUND,
		.wall_ns = wall_ns,
		.comment = comment,
	};

	if (capture_is_full(capture))
		return;

	if (capture->segment && !frame->fault &&
	    offload_is_super(&frame->offload))
		record_segments(capture, &record, frame);
	else
		record_piece(capture, &record, frame,
			     payload ? payload : &not_kept);
	if (idle || capture_is_full(capture))
		capture->config.on_pending(capture, capture->config.user);
}

static bool is_skipped(const struct capture *capture, enum direction direction)
{
	return direction == DIRECTION_IN ? capture->config.skip_in
					 : capture->config.skip_out;
}

/*
 * Where the bytes of a frame are in the recording, or will be. What was
 * rewritten on its way, or cut, is not what came in.
 */
static uint8_t **find_payload(struct capture *capture, enum direction direction,
			      const struct frame *frame)
{
	struct original *original = &capture->originals[frame->place];

	if (direction == DIRECTION_IN)
		*original = (struct original){
			.data = frame->data,
			.len = frame->len,
			.offload = frame->offload,
		};
	else if (original->data != frame->data || original->len != frame->len ||
		 memcmp(&original->offload, &frame->offload,
			sizeof(frame->offload)) != 0)
		return NULL;

	return &original->payload;
}

static void on_frame(struct observer *observer, const struct port *port,
		     enum direction direction, const struct frame *frame,
		     uint64_t wall_ns)
{
	struct capture *capture =
		container_of(observer, struct capture, observer);
	uint8_t **payload = find_payload(capture, direction, frame);

	if (!is_skipped(capture, direction))
		record(capture, port, direction, frame, NULL, wall_ns, payload);
}

static void on_drop(struct observer *observer, const struct port *port,
		    enum direction direction, const struct frame *frame,
		    enum drop_reason reason, uint64_t wall_ns)
{
	struct capture *capture =
		container_of(observer, struct capture, observer);
	char comment[JOURNEY_TEXT_SIZE];

	if (is_skipped(capture, direction))
		return;
	/* Who records all ports has it already, from one that refused it. */
	if (direction == DIRECTION_IN && frame->refusals &&
	    !capture->config.n_ports && !capture->config.skip_out)
		return;

	snprintf(comment, sizeof(comment), "dropped: %s", drop_name(reason));
	record(capture, port, direction, frame, comment, wall_ns, NULL);
}

static void on_dropping_frame(struct observer *observer,
			      const struct port *port, enum direction direction,
			      const struct frame *frame, uint64_t wall_ns)
{
	(void)observer;
	(void)port;
	(void)direction;
	(void)frame;
	(void)wall_ns;
}

static struct journey *journey_of(struct observer *observer,
				  const struct frame *frame)
{
	struct capture *capture =
		container_of(observer, struct capture, observer);

	return &capture->journeys[frame->place];
}

static void on_travelling_frame(struct observer *observer,
				const struct port *port,
				enum direction direction,
				const struct frame *frame, uint64_t wall_ns)
{
	(void)wall_ns;
	if (direction == DIRECTION_IN)
		journey_begin(journey_of(observer, frame));
	else
		journey_add_sent(journey_of(observer, frame), port->name);
}

static void on_travelling_drop(struct observer *observer,
			       const struct port *port,
			       enum direction direction,
			       const struct frame *frame,
			       enum drop_reason reason, uint64_t wall_ns)
{
	(void)wall_ns;
	if (direction == DIRECTION_IN)
		journey_of(observer, frame)->dropped = reason;
	else
		journey_add_refused(journey_of(observer, frame), port->name,
				    reason);
}

static void on_arrived(struct observer *observer, const struct port *in,
		       const struct frame *frame, uint64_t wall_ns)
{
	struct capture *capture =
		container_of(observer, struct capture, observer);
	const struct journey *journey = journey_of(observer, frame);
	char comment[JOURNEY_TEXT_SIZE];

	if (capture->config.drops && !journey_lost_something(journey))
		return;

	journey_tell(journey, in->name, comment);
	record(capture, in, DIRECTION_IN, frame, comment, wall_ns, NULL);
}

/* Who looks at what decides what is recorded. */
static void choose_observer(struct capture *capture)
{
	const struct capture_config *config = &capture->config;

	if (config->collapse)
		capture->observer = (struct observer){
			.on_frame = on_travelling_frame,
			.on_drop = on_travelling_drop,
			.on_done = on_arrived,
		};
	else if (config->drops)
		capture->observer = (struct observer){
			.on_frame = on_dropping_frame,
			.on_drop = on_drop,
		};
	else
		capture->observer = (struct observer){
			.as_sent = !config->as_received,
			.on_frame = on_frame,
		};
}

static int begin(struct capture *capture, struct err *err)
{
	const struct capture_config *config = &capture->config;
	struct recorder *recorder = &capture->recorder;

	/* All that are there now, so that the silent ones are seen too. */
	if (!config->n_ports) {
		for (size_t i = 0; i < capture->bridge->n_ports; i++) {
			if (!recorder_has_much_room(recorder))
				break; /* the others when they speak */
			recorder_add_port(recorder, capture->bridge->ports[i]);
		}
		return 0;
	}

	for (size_t i = 0; i < config->n_ports; i++) {
		if (!recorder_add_port(recorder, config->ports[i]))
			return err_set(err, -ENOSPC, "too many ports");
	}

	recorder->only_known = true;
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
		err_errno(err, "cannot use the pipe");
		if (err->code == -EACCES)
			err_hint(err, "let others write to it: fchmod(fd, "
				      "0602)");
		return err->code;
	}

	return fd;
}

static int check_config(const struct capture_config *config, struct err *err)
{
	if (config->skip_in && config->skip_out)
		return err_set(err, -EINVAL, "no direction is left");
	if (config->collapse && (config->skip_in || config->skip_out))
		return err_set(err, -EINVAL,
			       "collapse and direction exclude each other: a "
			       "frame is recorded once, where it came in");
	return 0;
}

/* What a capture needs besides itself. */
static int allocate(struct capture *capture, struct err *err)
{
	const struct capture_config *config = &capture->config;

	if (config->filter)
		capture->filter = strdup(config->filter);
	if (config->collapse)
		capture->journeys =
			calloc(FRAME_BATCH_MAX, sizeof(capture->journeys[0]));
	if (config->segment)
		capture->segment = malloc(FRAME_SIZE_MAX);
	capture->recorder.filter = capture->filter;
	if (recorder_init(&capture->recorder) < 0 ||
	    (config->filter && !capture->filter) ||
	    (config->collapse && !capture->journeys) ||
	    (config->segment && !capture->segment))
		return err_set(err, -ENOMEM, "out of memory");

	return 0;
}

/**
 * capture_open() - Start to record frames
 * @ret_capture: On success, the capture; untouched on failure
 * @bridge:	Bridge whose frames are recorded; has to outlive the capture
 * @config:	What to record; @ports, @program and @filter are copied. Its @fd
 *		is closed on success, and stays the caller's on failure
 * @err:	On failure, one sentence
 *
 * Return: 0; -EINVAL for a program or descriptor that won't do, and for what
 * excludes each other; -ENOMEM
 */
int capture_open(struct capture **ret_capture, struct bridge *bridge,
		 const struct capture_config *config, struct err *err)
{
	struct capture *capture;
	int fd, r;

	r = check_config(config, err);
	if (r < 0)
		return r;
	fd = reopen_pipe(config->fd, err);
	if (fd < 0)
		return fd;

	capture = calloc(1, sizeof(*capture));
	if (!capture) {
		close(fd);
		return err_set(err, -ENOMEM, "out of memory");
	}

	capture->bridge = bridge;
	capture->config = *config;
	capture->recorder = (struct recorder){
		.fd = fd,
		.snaplen = config->snaplen ? config->snaplen
					   : CAPTURE_SNAPLEN_DEFAULT,
		.start_ns = config->wall_ns,
		.describe = config->describe,
	};
	choose_observer(capture);
	r = allocate(capture, err);
	if (r < 0)
		goto free_capture;
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
	recorder_fini(&capture->recorder);
	free(capture->journeys);
	free(capture->segment);
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
	return capture->recorder.fd;
}

/* Behind what is to be noted already; the last may be cut short. */
static void note_end(char note[NOTE_SIZE], const char *port, const char *why)
{
	const size_t used = strlen(note);

	snprintf(note + used, NOTE_SIZE - used, "%sport %s ended: %s",
		 used ? "; " : "", port, why);
}

/**
 * capture_end_port() - A port is no more, or not for a while
 * @capture:	Capture, which goes on
 * @port:	Port
 * @why:	A phrase for the record: "its interface was deleted"
 * @wall_ns:	Now
 *
 * It is said in the statistics of the port, and in a comment of the next frame
 * that is recorded, where people see it.
 */
void capture_end_port(struct capture *capture, const struct port *port,
		      const char *why, uint64_t wall_ns)
{
	const bool idle = recorder_is_idle(&capture->recorder);

	if (capture->finished ||
	    !recorder_end_port(&capture->recorder, port, why, wall_ns))
		return;

	note_end(capture->note, port->name, why);
	if (idle)
		capture->config.on_pending(capture, capture->config.user);
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
	recorder_end(&capture->recorder, wall_ns);
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
	return recorder_write(&capture->recorder);
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
