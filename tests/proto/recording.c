/* SPDX-License-Identifier: MIT */
/* recording.c - the reader's end of a capture */

#include "recording.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "err.h"
#include "netns.h"
#include "pcapng_read.h"

enum {
	FRAME_LEN = 1400,
};

static void keep(char kept[80], const char *text)
{
	if (text)
		snprintf(kept, 80, "%s", text);
}

static void on_event(void *arg, const struct pcapng_event *event)
{
	struct recording *p = arg;

	switch (event->type) {
	case PCAPNG_EVENT_SECTION:
		p->sections++;
		break;
	case PCAPNG_EVENT_INTERFACE:
		p->interfaces++;
		break;
	case PCAPNG_EVENT_PACKET:
		p->packets++;
		keep(p->comment, event->packet.comment);
		break;
	case PCAPNG_EVENT_STATISTICS:
		p->statistics++;
		keep(p->ended, event->statistics.comment);
		p->dropped += (json_int_t)event->statistics.dropped;
		break;
	}
}

/**
 * recording_start() - Start a capture
 * @c:		Client
 * @params:	Parameters: an object without its braces; see client.h
 *
 * Return: the recording, of which nothing has been read yet
 */
struct recording *recording_start(struct client *c, const char *params)
{
	struct recording *p = calloc(1, sizeof(*p));
	const json_t *reply;
	int fds[2];

	assert_non_null(p);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	client_pass(c, fds[1], CAPTURE_START ",'params':{%s}}", 1, params);
	close(fds[1]);
	reply = client_read(c);
	assert_result(reply);
	p->capture = number_at(reply, "result.capture");
	p->read_fd = fds[0];
	p->reader = pcapng_read_new(on_event, p);
	assert_non_null(p->reader);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	return p;
}

/**
 * recording_free() - Stop reading, and forget what was read
 * @p:		Recording
 */
void recording_free(struct recording *p)
{
	close(p->read_fd);
	pcapng_read_free(p->reader);
	free(p);
}

/**
 * recording_drain() - Take what is there
 * @p:		Recording
 *
 * Return: whether the pipe has come to its end
 */
bool recording_drain(struct recording *p)
{
	static char buf[65536];
	struct err err = { 0 };
	ssize_t n;

	while ((n = read(p->read_fd, buf, sizeof(buf))) > 0) {
		if (pcapng_read_feed(p->reader, buf, (size_t)n, &err) < 0)
			fail_msg("not a capture: %s", err.msg);
	}
	return n == 0;
}

/**
 * recording_assert_complete() - Wait for the end of a capture
 * @p:		Recording; the file has to be whole, and to add up
 * @c:		Client that is told of the end next, or NULL
 */
void recording_assert_complete(struct recording *p, struct client *c)
{
	const json_t *end;

	eventually(recording_drain(p));
	assert_int_equal(pcapng_read_pending(p->reader), 0);
	assert_int_equal(p->sections, 1);
	assert_int_equal(p->statistics, p->interfaces);
	if (!c)
		return;

	end = client_read(c);
	assert_string_equal(text_at(end, "method"), "capture.end");
	assert_int_equal(number_at(end, "params.capture"), p->capture);
	assert_int_equal(number_at(end, "params.frames"), p->packets);
	assert_int_equal(number_at(end, "params.missed"), p->dropped);
}

/**
 * recording_count() - How many captures are running
 * @c:		Client to ask
 *
 * Return: their number
 */
size_t recording_count(struct client *c)
{
	return json_array_size(
		at(client_call(c, "switch.show", "{}"), "result.captures"));
}

/**
 * recording_feed() - Let something happen that can be recorded
 * @ns:		Namespace that sends
 * @n:		How many frames
 */
void recording_feed(const char *ns, int n)
{
	static const unsigned char frame[FRAME_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02,
		0,    0,    0,    0,    1,    0x88, 0xb5,
	};

	netns_send(ns, "eth0", frame, sizeof(frame), n);
}
