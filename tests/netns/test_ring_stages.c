/* SPDX-License-Identifier: MIT */
/*
 * test_ring_stages.c - how a port's frames come while it gets and leaves a ring
 *
 *   sender (in a namespace) ======== port: a queue, and perhaps a ring
 *
 * The stages last as long as a test wants. In each come frames of three sizes,
 * the longest of which no slot of the ring has room for: the kernel keeps such
 * a frame as a whole in the queue of the ring's socket. Whatever the way, the
 * frames are as they were sent, and in the order in which they were.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/superframe.h"
#include "batch.h"
#include "host_fixture.h"
#include "kernel.h"
#include "macros.h"
#include "packet.h"
#include "port.h"
#include "ring.h"
#include "ring_gate.h"

/* Payloads of the frames, in turn. The last is for RING_BIG alone. */
static const size_t payloads[] = { 30, 60000, 120000 };

enum {
	GSO_SIZE = 1400,
	MANY = 2 * (int)ARRAY_SIZE(payloads), /* each size twice */
};

struct way {
	struct fixture *f;
	struct cable cable;
	struct port *port;
	struct batch *batch;
	enum ring_shape shape;
	int sender;
	int ring_fd; /* the worker's descriptor */
	unsigned n_sent, n_come;
};

/* No frame is like another. */
static void build(struct superframe *frame, unsigned number)
{
	const size_t payload_len = payloads[number % ARRAY_SIZE(payloads)];

	superframe_build(frame, &(struct superframe_spec){
					.tcp = true,
					.tcp_flags = TCP_ACK,
					.super = payload_len > GSO_SIZE,
					.big = payload_len > 65000,
					.gso_size = GSO_SIZE,
					.payload_len = payload_len,
					.seq = number,
					.seed = number + 1,
				});
}

static void sender_sends(struct way *way, unsigned n)
{
	struct superframe *frame = calloc(1, sizeof(*frame));

	for (; n; n--) {
		struct iovec iov[] = { { &frame->hdr, sizeof(frame->hdr) },
				       { frame->data, 0 } };

		build(frame, way->n_sent++);
		iov[1].iov_len = frame->len;
		assert_int_equal(writev(way->sender, iov, ARRAY_SIZE(iov)),
				 sizeof(frame->hdr) + frame->len);
	}
	free(frame);
}

/* The kernel looks at the header, and describes the frame anew. */
static void is_as_sent(const struct frame *got, unsigned number)
{
	struct superframe *sent = calloc(1, sizeof(*sent));

	build(sent, number);
	assert_int_equal(got->fault, DROP_NONE);
	assert_int_equal(got->len, sent->len);
	assert_memory_equal(got->data, sent->data, sent->len);
	assert_int_equal(got->offload.flags, sent->hdr.flags);
	assert_int_equal(got->offload.gso_type, sent->hdr.gso_type);
	assert_int_equal(got->offload.gso_size, sent->hdr.gso_size);
	assert_int_equal(got->offload.csum_start, sent->hdr.csum_start);
	assert_int_equal(got->offload.csum_offset, sent->hdr.csum_offset);
	free(sent);
}

static int take_batch(struct way *way)
{
	const int n = way->port->ops->receive(way->port, way->batch->frames,
					      FRAME_BATCH_MAX);

	assert_in_range(n, 0, FRAME_BATCH_MAX);
	return n;
}

static void done_with(struct way *way, int n)
{
	way->port->ops->done(way->port);
	batch_reset(way->batch, (size_t)n);
}

static bool all_have_come(void *user)
{
	struct way *way = user;
	const int n = take_batch(way);

	for (int i = 0; i < n; i++)
		is_as_sent(&way->batch->frames[i], way->n_come++);
	done_with(way, n);
	return way->n_come == way->n_sent;
}

/* All, and no more. */
static void expect_all(struct way *way)
{
	assert_true(becomes_true(all_have_come, way));
	assert_int_equal(take_batch(way), 0);
}

static bool is_queued(void *user)
{
	const struct way *way = user;
	int size_of_first = 0;

	assert_int_equal(ioctl(way->port->fd, SIOCINQ, &size_of_first), 0);
	return size_of_first > 0;
}

static size_t n_in_ring(const struct way *way)
{
	return ring_waiting(packet_port_ring(way->port), SIZE_MAX);
}

static bool has_many_in_ring(void *user)
{
	return n_in_ring(user) == MANY;
}

static bool has_all_in_ring(void *user)
{
	const struct way *way = user;

	return n_in_ring(way) == way->n_sent;
}

static void get_ring(struct way *way)
{
	struct fixture *f = way->f;
	struct ring_gate *gate = ring_gate_new(ring_room(way->shape), &f->err);
	struct ring *ring;
	int fd;

	if (!gate)
		fail_msg("%s", f->err.msg);
	fd = ring_open(way->cable.host_ifindex, packet_port_group(way->port),
		       way->shape, ring_gate_program(gate), &f->err);
	if (fd < 0)
		fail_msg("%s", f->err.msg);
	way->ring_fd = dup(fd); /* as the worker does */
	ring = ring_new(fd, way->shape, gate);
	assert_non_null(ring);
	packet_port_add_ring(way->port, ring);
}

static void settle(struct way *way)
{
	const struct ring *ring = packet_port_ring(way->port);

	assert_int_equal(ring_settle(way->ring_fd,
				     ring_gate_program(ring_gate(ring)),
				     &way->f->err),
			 0);
}

static void remove_ring(struct way *way)
{
	packet_port_remove_ring(way->port);
	close(way->ring_fd);
	way->ring_fd = -1;
}

/* Up to the stage that lasts. */
static void enter_ring(struct way *way)
{
	get_ring(way);
	settle(way);
	packet_port_settle(way->port);
	expect_all(way); /* so that nothing is left in the queue */
	assert_int_equal(
		ring_gate_state(ring_gate(packet_port_ring(way->port))),
		RING_GATE_OPEN);
}

static void open_sender(struct way *way, const struct netns *ns)
{
	const struct sockaddr_ll at = { .sll_family = AF_PACKET,
					.sll_ifindex = way->cable.far_ifindex };
	const int one = 1, size = 8 << 20;
	struct netns here;

	assert_int_equal(netns_open_own(&here, "here", NULL), 0);
	assert_int_equal(netns_enter(ns, NULL), 0);
	way->sender = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_int_equal(netns_enter(&here, NULL), 0);
	netns_close(&here);
	assert_true(way->sender >= 0);
	assert_int_equal(
		bind(way->sender, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(setsockopt(way->sender, SOL_PACKET, PACKET_VNET_HDR,
				    &one, sizeof(one)),
			 0);
	assert_int_equal(setsockopt(way->sender, SOL_SOCKET, SO_SNDBUFFORCE,
				    &size, sizeof(size)),
			 0);
}

static int set_up(void **state)
{
	struct way *way;
	struct netns web;
	int fd;

	if (fixture_setup(state))
		return -1;

	way = calloc(1, sizeof(*way));
	way->f = *state;
	way->shape = RING_BULK;
	way->ring_fd = -1;
	/* Without IPv6 an interface has nothing to say. */
	run("ip netns exec %s sysctl -qw net.ipv6.conf.default.disable_ipv6=1 "
	    "2>/dev/null",
	    way->f->web);
	must_open(way->f, way->f->web, &web);
	struct cable_spec spec = spec_veth(way->f, &web);
	must_lay(way->f, &spec, &way->cable);
	open_sender(way, &web);
	netns_close(&web);
	fd = packet_open(way->cable.host_ifindex, &way->f->err);
	if (fd < 0)
		fail_msg("%s", way->f->err.msg);
	way->port = packet_port_new("p1", fd);
	way->batch = batch_new();
	assert_non_null(way->batch);
	*state = way;
	return 0;
}

static int tear_down(void **state)
{
	struct way *way = *state;

	way->port->ops->free(way->port);
	batch_free(way->batch);
	if (way->ring_fd >= 0)
		close(way->ring_fd);
	close(way->sender);
	*state = way->f;
	free(way);
	return fixture_teardown(state);
}

/* Older frames in the queue, younger ones in the ring, none read so far. */
static void begin_to_enter(struct way *way)
{
	sender_sends(way, MANY);
	assert_true(becomes_true(is_queued, way));
	get_ring(way);
	sender_sends(way, MANY);
	assert_true(becomes_true(has_many_in_ring, way));
}

static void what_was_queued_comes_before_what_is_in_the_ring(void **state)
{
	struct way *way = *state;

	begin_to_enter(way);
	expect_all(way);
	settle(way);
	sender_sends(way, MANY);
	assert_true(becomes_true(has_many_in_ring, way));
	packet_port_settle(way->port);
	expect_all(way);
	assert_false(is_queued(way));
}

static void what_is_in_the_ring_comes_before_what_is_queued_again(void **state)
{
	struct way *way = *state;

	enter_ring(way);
	sender_sends(way, MANY);
	assert_true(becomes_true(has_many_in_ring, way));
	assert_true(packet_port_leave(way->port));
	sender_sends(way, MANY);
	assert_true(becomes_true(is_queued, way));
	assert_int_equal(n_in_ring(way), MANY);
	expect_all(way);
	settle(way);
	assert_int_equal(n_in_ring(way), 0);
	remove_ring(way);
	sender_sends(way, MANY);
	expect_all(way);
}

static void a_port_does_not_leave_before_it_has_entered(void **state)
{
	struct way *way = *state;

	begin_to_enter(way);
	assert_false(packet_port_leave(way->port));
	settle(way);
	packet_port_settle(way->port);
	assert_false(packet_port_leave(way->port));
	expect_all(way);
	assert_true(packet_port_leave(way->port));
}

/* The queue has no slots to waste, so it holds more. */
static void before_a_ring_is_full_the_queue_takes_what_comes(void **state)
{
	struct way *way = *state;
	const unsigned room = (unsigned)ring_room(way->shape);

	enter_ring(way);
	sender_sends(way, room + MANY);
	assert_true(becomes_true(is_queued, way));
	assert_int_equal(n_in_ring(way), room);
	expect_all(way);
	assert_true(packet_port_leave(way->port));
	way->port->ops->count_missed(way->port);
	assert_int_equal(way->port->counters.rx_missed, 0);
}

static bool is_filled(void *user)
{
	const struct way *way = user;

	return n_in_ring(way) == ring_room(way->shape);
}

/* Then some in the queue are older than all in the ring, and some younger. */
static void fill_up_too_soon(struct way *way)
{
	sender_sends(way, MANY);
	expect_all(way);
	sender_sends(way, MANY);
	assert_true(becomes_true(is_queued, way));
	get_ring(way);
	sender_sends(way, (unsigned)ring_room(way->shape) + MANY);
	assert_true(becomes_true(is_filled, way));
	expect_all(way);
	way->port->ops->count_missed(way->port);
	assert_int_equal(way->port->counters.rx_missed, 0);
	assert_true(packet_port_leave(way->port));
	settle(way);
	remove_ring(way);
}

static void a_ring_may_fill_up_while_older_frames_are_queued(void **state)
{
	struct way *way = *state;

	fill_up_too_soon(way);
	fill_up_too_soon(way);
	sender_sends(way, MANY);
	expect_all(way);
}

/* A port that comes back gets another one. */
static void a_new_socket_owes_nothing_of_the_old_one(void **state)
{
	struct way *way = *state;

	sender_sends(way, MANY);
	assert_true(becomes_true(is_queued, way));
	way->port->ops->count_missed(way->port);
	way->port->ops->hang_up(way->port);
	way->n_come = way->n_sent;
	way->port->fd = packet_open(way->cable.host_ifindex, &way->f->err);
	assert_true(way->port->fd >= 0);
	fill_up_too_soon(way);
}

/* The error of the socket comes before its frames. */
static void a_link_that_goes_down_does_not_lose_what_is_queued(void **state)
{
	struct way *way = *state;

	begin_to_enter(way);
	assert_int_equal(run("ip link set p1 down && ip link set p1 up"), 0);
	expect_all(way);
}

/* Though nothing was queued when it began. */
static void a_gate_may_shut_while_the_port_still_enters(void **state)
{
	struct way *way = *state;
	const unsigned room = (unsigned)ring_room(way->shape);

	get_ring(way);
	expect_all(way);
	sender_sends(way, room + MANY);
	assert_true(becomes_true(is_queued, way));
	expect_all(way);
}

static void a_ring_for_big_frames_has_slots_for_them(void **state)
{
	struct way *way = *state;
	int size_of_first = 0;

	way->shape = RING_BIG;
	enter_ring(way);
	sender_sends(way, MANY);
	assert_true(becomes_true(has_many_in_ring, way));
	assert_int_equal(ioctl(way->ring_fd, SIOCINQ, &size_of_first), 0);
	assert_int_equal(size_of_first, 0);
	expect_all(way);
}

/*
 * Long frames for a ring of small slots, more of them than its socket's queue
 * has room for. Each has a slot all the same, which says that it is lost; the
 * others are whole.
 */
static void what_the_queue_has_no_room_for_is_known_to_be_lost(void **state)
{
	struct way *way = *state;
	const unsigned n = 600;
	unsigned n_lost = 0;
	int n_taken;

	way->shape = RING_SMALL;
	enter_ring(way);
	sender_sends(way, n);
	assert_true(becomes_true(has_all_in_ring, way));
	while ((n_taken = take_batch(way)) > 0) {
		for (int i = 0; i < n_taken; i++) {
			const struct frame *frame = &way->batch->frames[i];

			if (frame->fault == DROP_QUEUE_FULL)
				n_lost++;
			else
				is_as_sent(frame, way->n_come);
			way->n_come++;
		}
		done_with(way, n_taken);
	}
	assert_int_equal(way->n_come, n);
	assert_in_range(n_lost, 1, n * 2 / 3);
	sender_sends(way, MANY);
	expect_all(way);
}

#define STAGE_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(what_was_queued_comes_before_what_is_in_the_ring),
		STAGE_TEST(
			what_is_in_the_ring_comes_before_what_is_queued_again),
		STAGE_TEST(a_port_does_not_leave_before_it_has_entered),
		STAGE_TEST(before_a_ring_is_full_the_queue_takes_what_comes),
		STAGE_TEST(a_ring_may_fill_up_while_older_frames_are_queued),
		STAGE_TEST(a_new_socket_owes_nothing_of_the_old_one),
		STAGE_TEST(a_link_that_goes_down_does_not_lose_what_is_queued),
		STAGE_TEST(a_gate_may_shut_while_the_port_still_enters),
		STAGE_TEST(a_ring_for_big_frames_has_slots_for_them),
		STAGE_TEST(what_the_queue_has_no_room_for_is_known_to_be_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	if (!ring_is_possible() || !kernel_takes_big_frames()) {
		print_message(
			"skipped: rings take Linux 6.2, big frames 6.6\n");
		return 77;
	}
	return fixture_main(run_all);
}
