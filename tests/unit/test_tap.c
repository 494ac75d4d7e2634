/* SPDX-License-Identifier: MIT */
/*
 * test_tap.c - how a TAP's frames are read and written
 *
 * The device is a pair of sockets, which keep messages apart as a TAP does: the
 * offload header, and the frame right behind it.
 */

#include "unit.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "batch.h"
#include "eth.h"
#include "port.h"
#include "tap.h"

enum {
	LEN = 60, /* of a frame */
	HEADER = sizeof(struct virtio_net_hdr),
};

struct wire {
	struct port *port;
	struct batch *batch;
	int far; /* where the port's user is */
	unsigned n_sent; /* by him */
};

static int set_up(void **state)
{
	static struct wire wire;
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	wire.far = fds[0];
	wire.port = tap_port_new("tap", fds[1], PORT_OFFLOAD_ALL);
	wire.batch = batch_new();
	wire.n_sent = 0;
	assert_non_null(wire.port);
	assert_non_null(wire.batch);
	*state = &wire;
	return 0;
}

static int tear_down(void **state)
{
	struct wire *wire = *state;

	wire->port->ops->free(wire->port);
	batch_free(wire->batch);
	close(wire->far);
	return 0;
}

/* Numbered, in the frame and in its header. */
static void user_sends(struct wire *wire, unsigned n)
{
	uint8_t message[HEADER + LEN];

	for (; n; n--) {
		struct virtio_net_hdr header = {
			.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			.csum_offset = (__virtio16)wire->n_sent,
		};

		memcpy(message, &header, HEADER);
		memset(message + HEADER, (int)wire->n_sent++, LEN);
		assert_int_equal(send(wire->far, message, sizeof(message), 0),
				 sizeof(message));
	}
}

static int receive(struct wire *wire)
{
	return wire->port->ops->receive(wire->port, wire->batch->frames,
					FRAME_BATCH_MAX);
}

static void is_number(const struct frame *frame, unsigned number)
{
	uint8_t wanted[LEN];

	memset(wanted, (int)number, LEN);
	assert_int_equal(frame->fault, DROP_NONE);
	assert_int_equal(frame->len, LEN);
	assert_memory_equal(frame->data, wanted, LEN);
	assert_int_equal(frame->offload.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(frame->offload.csum_offset, number);
}

static void frames_come_in_order_with_their_headers(void **state)
{
	struct wire *wire = *state;

	user_sends(wire, FRAME_BATCH_MAX + 5);
	assert_int_equal(receive(wire), FRAME_BATCH_MAX);
	for (unsigned i = 0; i < FRAME_BATCH_MAX; i++)
		is_number(&wire->batch->frames[i], i);

	batch_reset(wire->batch, FRAME_BATCH_MAX);
	assert_int_equal(receive(wire), 5);
	for (unsigned i = 0; i < 5; i++)
		is_number(&wire->batch->frames[i], FRAME_BATCH_MAX + i);
	batch_reset(wire->batch, 5);
	assert_int_equal(receive(wire), 0);
}

static void what_is_too_short_for_a_header_is_no_frame(void **state)
{
	struct wire *wire = *state;
	const struct frame *frames = wire->batch->frames;
	const uint8_t message[HEADER] = { 0 };

	user_sends(wire, 1);
	assert_int_equal(send(wire->far, message, HEADER - 1, 0), HEADER - 1);
	assert_int_equal(send(wire->far, message, HEADER, 0), HEADER);
	user_sends(wire, 1);
	assert_int_equal(receive(wire), 4);
	is_number(&frames[0], 0);
	assert_int_equal(frames[1].fault, DROP_RUNT);
	assert_int_equal(frames[1].len, 0);
	assert_int_equal(frames[2].fault, DROP_NONE); /* the core drops it */
	assert_int_equal(frames[2].len, 0);
	is_number(&frames[3], 1);
}

static void what_is_too_long_is_told_from_the_longest(void **state)
{
	struct wire *wire = *state;
	static uint8_t message[HEADER + FRAME_SIZE_MAX + 2];
	const int size = 2 * sizeof(message);

	assert_int_equal(setsockopt(wire->far, SOL_SOCKET, SO_SNDBUF, &size,
				    sizeof(size)),
			 0);
	for (size_t more = 0; more <= 2; more++) {
		const size_t len = HEADER + FRAME_SIZE_MAX + more;

		if (send(wire->far, message, len, 0) < 0)
			skip(); /* net.core.wmem_max */
		assert_int_equal(receive(wire), 1);
		assert_int_equal(wire->batch->frames[0].fault,
				 more ? DROP_OVERSIZE : DROP_NONE);
		batch_reset(wire->batch, 1);
	}
}

/* Fills in frames as the bridge would hand them over, and their list. */
static void prepare(struct wire *wire, struct frame **list, size_t n)
{
	struct frame *frames = wire->batch->frames;

	for (size_t i = 0; i < n; i++) {
		frames[i].len = LEN;
		frames[i].offload =
			(struct virtio_net_hdr){ .gso_size = (__virtio16)i };
		frames[i].unsent = DROP_REFUSED;
		memset(frames[i].data, (int)i, LEN);
		list[i] = &frames[i];
	}
}

/* To two ports one after the other, as when a frame is flooded. */
static void frames_go_in_order_and_stay_as_they_are(void **state)
{
	struct wire *wire = *state;
	struct frame *list[FRAME_BATCH_MAX];
	uint8_t message[HEADER + LEN + 1], wanted[LEN];
	struct virtio_net_hdr header;

	prepare(wire, list, FRAME_BATCH_MAX);
	for (int again = 0; again < 2; again++) {
		wire->port->ops->send(wire->port, list, FRAME_BATCH_MAX);
		for (size_t i = 0; i < FRAME_BATCH_MAX; i++) {
			assert_int_equal(list[i]->unsent, DROP_NONE);
			assert_int_equal(
				recv(wire->far, message, sizeof(message), 0),
				HEADER + LEN);
			memcpy(&header, message, HEADER);
			assert_int_equal(header.gso_size, i);
			memset(wanted, (int)i, LEN);
			assert_memory_equal(message + HEADER, wanted, LEN);
			assert_memory_equal(list[i]->data, wanted, LEN);
		}
	}
	assert_int_equal(recv(wire->far, message, sizeof(message), 0), -1);
}

/* A tag uses up a part of the room that the header goes to. */
static void a_tagged_frame_goes_with_its_header(void **state)
{
	struct wire *wire = *state;
	struct frame *list[1];
	uint8_t message[HEADER + LEN + ETH_TAG_LEN + 1];
	uint8_t tagged[LEN + ETH_TAG_LEN];
	struct frame *frame = &wire->batch->frames[0];

	prepare(wire, list, 1);
	frame->offload.gso_size = 7;
	memcpy(tagged, frame->data, 12);
	memcpy(tagged + 12, "\x81\x00\x00\x05", ETH_TAG_LEN);
	memcpy(tagged + 16, frame->data + 12, LEN - 12);
	frame->data = eth_tag_insert(frame->data, 0x8100, 5);
	frame->len += ETH_TAG_LEN;
	wire->port->ops->send(wire->port, list, 1);
	assert_int_equal(recv(wire->far, message, sizeof(message), 0),
			 HEADER + LEN + ETH_TAG_LEN);
	assert_memory_equal(message, &frame->offload, HEADER);
	assert_memory_equal(message + HEADER, tagged, LEN + ETH_TAG_LEN);
}

static void each_that_does_not_fit_is_told(void **state)
{
	struct wire *wire = *state;
	struct frame *list[FRAME_BATCH_MAX];
	size_t n_refused = 0;

	while (!n_refused) {
		prepare(wire, list, FRAME_BATCH_MAX);
		wire->port->ops->send(wire->port, list, FRAME_BATCH_MAX);
		for (size_t i = 0; i < FRAME_BATCH_MAX; i++) {
			if (!list[i]->unsent && !n_refused)
				continue;
			assert_int_equal(list[i]->unsent, DROP_QUEUE_FULL);
			n_refused++;
		}
	}
}

static void a_device_that_is_gone_is_told(void **state)
{
	struct wire *wire = *state;
	struct frame *list[FRAME_BATCH_MAX];
	const int fd = wire->port->fd;

	wire->port->fd = -1; /* to be closed all the same */
	assert_int_equal(receive(wire), -EBADF);
	prepare(wire, list, FRAME_BATCH_MAX);
	wire->port->ops->send(wire->port, list, FRAME_BATCH_MAX);
	for (size_t i = 0; i < FRAME_BATCH_MAX; i++)
		assert_int_equal(list[i]->unsent, DROP_LINK_GONE);
	wire->port->fd = fd;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_come_in_order_with_their_headers),
		TEST(what_is_too_short_for_a_header_is_no_frame),
		TEST(what_is_too_long_is_told_from_the_longest),
		TEST(frames_go_in_order_and_stay_as_they_are),
		TEST(a_tagged_frame_goes_with_its_header),
		TEST(each_that_does_not_fit_is_told),
		TEST(a_device_that_is_gone_is_told),
	};

	return cmocka_run_group_tests_name("tap", tests, NULL, NULL);
}
