/* SPDX-License-Identifier: MIT */
/*
 * capture.h - frames recorded as pcapng into a pipe
 *
 * An observer of the bridge. Frames are encoded into a buffer of bounded size
 * and written when the pipe has room; what finds the buffer full is counted as
 * missed. So a slow reader costs frames of the capture, and never any time.
 *
 * A frame is recorded when it comes in and each time it leaves by a port; or,
 * with @collapse, once, with a comment that says where it went; or, with
 * @drops, each time it is dropped, with a comment that says why. Both together
 * record each frame once that was dropped anywhere.
 *
 * Checksums are completed in the copy. Super-frames are recorded whole unless
 * @segment is set.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_insn;
struct bridge;
struct capture;
struct err;
struct port;

enum {
	CAPTURE_SNAPLEN_DEFAULT = 262144,
};

struct capture_config {
	int fd; /* write end of a pipe */
	struct port *const *ports; /* those to listen on */
	size_t n_ports; /* 0: all, those attached later included */
	const struct bpf_insn *program; /* NULL: every frame */
	size_t n_insns;
	const char *filter; /* what @program was compiled from, or NULL */
	uint64_t max_frames; /* 0: no limit */
	uint32_t snaplen; /* bytes kept of a frame; 0: the default */
	uint64_t wall_ns; /* now */
	bool skip_in, skip_out; /* directions that are left out */
	bool drops; /* dropped frames, and no others */
	bool collapse; /* each frame once, where it came in */
	bool as_received; /* what leaves: whole, though it had to be cut */
	bool segment; /* super-frames as the frames a wire would carry */

	/* Describe a port in a phrase: "namespace web, eth0". */
	void (*describe)(const struct port *port, char *buf, size_t size);

	/* There is something to write, or to end. */
	void (*on_pending)(struct capture *capture, void *user);
	void *user;
};

struct capture_counts {
	uint64_t frames; /* recorded */
	uint64_t missed; /* matched, and found no room */
};

int capture_open(struct capture **ret_capture, struct bridge *bridge,
		 const struct capture_config *config, struct err *err);
void capture_free(struct capture *capture);

int capture_fd(const struct capture *capture);
void capture_end_port(struct capture *capture, const struct port *port,
		      const char *why, uint64_t wall_ns);
void capture_finish(struct capture *capture, uint64_t wall_ns);
int capture_write(struct capture *capture);
bool capture_is_finished(const struct capture *capture);
bool capture_is_full(const struct capture *capture);
struct capture_counts capture_counts(const struct capture *capture);
const char *capture_filter(const struct capture *capture);

#endif /* CAPTURE_H */
