/* SPDX-License-Identifier: MIT */
/* ring.c - a second way into a port: a ring in memory shared with the kernel */

#include "ring.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "frame.h"
#include "kernel.h"
#include "packet_socket.h"
#include "ring_gate.h"
#include "tag.h"

/* Linux 6.2 has this, Debian 12's headers do not. */
#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

enum {
	BLOCK_SIZE = 1 << 20,
	SPARE_SLOTS = 4, /* for senders that are at it at the same time */
};

/*
 * A page more than a super-frame, which holds what comes with it, too;
 * neighbours do not share cache sets.
 */
static const struct {
	const char *name;
	unsigned slot_size, n_blocks;
} shapes[] = {
	[RING_BIG] = { "very large", OFFLOAD_BIG_MAX + 4096, 8 },
	[RING_BULK] = { "large", OFFLOAD_IP_MAX + 1 + 4096, 4 },
	[RING_SMALL] = { "small", 2048, 8 },
};

_Static_assert(RING_BULK_MAX + FRAME_HEADROOM + 256 <= OFFLOAD_IP_MAX + 4096,
	       "a slot holds what comes with a frame");

struct ring {
	int fd;
	struct ring_gate *gate;
	uint8_t *memory;
	size_t size; /* of the memory, bytes */
	unsigned slot_size;
	unsigned per_block;
	unsigned n_slots;
	uint64_t n_taken, n_lost;
	unsigned next; /* slot to be read next */
	unsigned oldest; /* first slot that is not the kernel's, up to @next */
};

static unsigned slots_per_block(enum ring_shape shape)
{
	return BLOCK_SIZE / shapes[shape].slot_size;
}

static unsigned count_slots(enum ring_shape shape)
{
	return slots_per_block(shape) * shapes[shape].n_blocks;
}

static struct tpacket2_hdr *slot(const struct ring *ring, unsigned number)
{
	/* What is left of a block behind its last slot is not used. */
	return (void *)(ring->memory +
			(size_t)(number / ring->per_block) * BLOCK_SIZE +
			(size_t)(number % ring->per_block) * ring->slot_size);
}

static unsigned after(const struct ring *ring, unsigned number)
{
	return number + 1 == ring->n_slots ? 0 : number + 1;
}

static bool is_ours(const struct tpacket2_hdr *header)
{
	return __atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) &
	       TP_STATUS_USER;
}

static int join(int fd, uint16_t group, uint16_t flags)
{
	const struct fanout_args request = {
		.id = group,
		.type_flags = PACKET_FANOUT_EBPF |
			      PACKET_FANOUT_FLAG_IGNORE_OUTGOING | flags,
		.max_num_members = 2,
	};

	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &request,
			  sizeof(request));
}

/**
 * ring_is_possible() - Does this kernel have what rings take?
 *
 * Those before 6.2 ignore a flag of groups, and we would hear what we send.
 *
 * Return: whether it does
 */
bool ring_is_possible(void)
{
	return kernel_is_at_least(6, 2);
}

/**
 * ring_shape_name() - For what frames is a ring of a shape?
 * @shape:	Shape, not RING_NONE
 *
 * Return: "small", say
 */
const char *ring_shape_name(enum ring_shape shape)
{
	return shapes[shape].name;
}

/**
 * ring_prepare() - Make a port's socket ready for a ring to come
 * @fd:		Packet socket, bound, and no frame of it needed so far
 *
 * It becomes the first of its fan-out group. A later start would lose frames.
 * Where that is not possible the port never gets a ring, and that is all.
 */
void ring_prepare(int fd)
{
	if (ring_is_possible())
		join(fd, 0, PACKET_FANOUT_FLAG_UNIQUEID);
}

/**
 * ring_group() - Which group a port's socket is in
 * @fd:		Packet socket
 *
 * Return: the number for ring_open(), or 0 if it is in none
 */
uint32_t ring_group(int fd)
{
	uint32_t group = 0;
	socklen_t len = sizeof(group);

	if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &group, &len) < 0)
		return 0;

	return group;
}

static int set_filter(int fd, int option)
{
	struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_fprog program = { .len = 1, .filter = nothing };

	return setsockopt(fd, SOL_SOCKET, option, &program, sizeof(program));
}

static int set_up(int fd, int ifindex, uint16_t group, enum ring_shape shape)
{
	const struct tpacket_req request = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = shapes[shape].n_blocks,
		.tp_frame_size = shapes[shape].slot_size,
		.tp_frame_nr = count_slots(shape),
	};
	const int version = TPACKET_V2, reserve = FRAME_HEADROOM;
	const int copy = shape != RING_BIG; /* what is longer than a slot */

	/*
	 * From bind() until it has joined the group, the socket would hear what
	 * the port's own hears, too. Making the ring waits until no processor
	 * can be at such a frame any longer; only then the filter goes.
	 */
	if (set_filter(fd, SO_ATTACH_FILTER) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof(version)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_RESERVE, &reserve,
		       sizeof(reserve)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_COPY_THRESH, &copy,
		       sizeof(copy)) < 0 ||
	    packet_socket_bind(fd, ifindex) < 0 || join(fd, group, 0) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request,
		       sizeof(request)) < 0)
		return -errno;

	return 0;
}

/**
 * ring_room() - How full a ring may get before the queue is the better place
 * @shape:	Its shape
 *
 * The queue, which has no slots to waste, holds more super-frames, so those go
 * there. Of small frames a ring holds enough: where it is full for long, the
 * queue would be, too.
 *
 * Return: frames, for ring_gate_new()
 */
uint64_t ring_room(enum ring_shape shape)
{
	return shape == RING_SMALL ? UINT64_MAX
				   : count_slots(shape) - SPARE_SLOTS;
}

/**
 * ring_open() - Open a ring for a port, into which nothing comes so far
 * @ifindex:	Interface of the port, in the calling thread's namespace
 * @group:	What ring_group() says of the port's socket
 * @shape:	For what kind of frames
 * @program:	Of its gate, which is shut
 * @err:	On failure, one sentence
 *
 * Return: a descriptor for ring_new() and ring_settle(), or -errno
 */
int ring_open(int ifindex, uint32_t group, enum ring_shape shape, int program,
	      struct err *err)
{
	int fd = packet_socket_new(err);
	int r;

	if (fd < 0)
		return fd;

	r = set_up(fd, ifindex, (uint16_t)group, shape);
	if (r < 0)
		err_set(err, r, "cannot make a ring: %s", strerror(-r));
	else
		r = ring_settle(fd, program, err);
	if (r >= 0 && set_filter(fd, SO_DETACH_FILTER) < 0)
		r = err_errno(err, "cannot let frames into a ring");
	if (r < 0) {
		close(fd);
		return r;
	}

	return fd;
}

/**
 * ring_settle() - Wait until nobody is at a frame that goes an old way
 * @fd:		Descriptor of the ring
 * @program:	Of its gate, which has just been opened or shut
 * @err:	On failure, one sentence
 *
 * To set a group's program, if only once more, makes the kernel wait for all
 * processors that may be asking the one before.
 *
 * Return: 0, or -errno
 */
int ring_settle(int fd, int program, struct err *err)
{
	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program,
		       sizeof(program)) < 0)
		return err_errno(err, "cannot make a program choose between "
				      "a queue and a ring");

	return 0;
}

/**
 * ring_new() - Map a ring
 * @fd:		What ring_open() returned; the ring's on success
 * @shape:	Its shape
 * @gate:	Its gate; the ring's on success
 *
 * Return: the ring, or NULL if memory ran out
 */
struct ring *ring_new(int fd, enum ring_shape shape, struct ring_gate *gate)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;

	ring->size = (size_t)shapes[shape].n_blocks * BLOCK_SIZE;
	ring->memory = mmap(NULL, ring->size, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);
	if (ring->memory == MAP_FAILED) {
		free(ring);
		return NULL;
	}

	ring->fd = fd;
	ring->gate = gate;
	ring->slot_size = shapes[shape].slot_size;
	ring->per_block = slots_per_block(shape);
	ring->n_slots = count_slots(shape);
	return ring;
}

/**
 * ring_free() - Unmap a ring, and close this descriptor of it
 * @ring:	Ring, or NULL
 *
 * As long as the worker has its own descriptor, nothing waits here.
 */
void ring_free(struct ring *ring)
{
	if (!ring)
		return;

	munmap(ring->memory, ring->size);
	close(ring->fd);
	ring_gate_free(ring->gate);
	free(ring);
}

/**
 * ring_fd() - Descriptor of a ring
 * @ring:	Ring
 *
 * Return: the descriptor, readable when frames wait; it stays the ring's
 */
int ring_fd(const struct ring *ring)
{
	return ring->fd;
}

/**
 * ring_gate() - What says whether frames come into a ring
 * @ring:	Ring
 *
 * Return: the gate, which stays the ring's
 */
struct ring_gate *ring_gate(const struct ring *ring)
{
	return ring->gate;
}

/**
 * ring_waiting() - Count the frames that wait
 * @ring:	Ring
 * @max:	Where to stop
 *
 * To be called when all that was taken has been released.
 *
 * Return: how many, at most @max
 */
size_t ring_waiting(const struct ring *ring, size_t max)
{
	unsigned number = ring->next;
	size_t n = 0;

	if (max >= ring->n_slots)
		max = ring->n_slots - 1;
	for (; n < max && is_ours(slot(ring, number)); n++)
		number = after(ring, number);

	return n;
}

/* A longer frame than a slot holds waits as a whole in the socket's queue. */
static void fetch_whole(const struct ring *ring, struct frame *frame)
{
	/* The socket's error comes first, if it has one: its link went down. */
	for (int i = 0; i < 2; i++) {
		if (packet_socket_receive(ring->fd, frame, 1) == 1)
			return;
	}

	frame->len = 0;
	frame->fault = DROP_QUEUE_FULL;
}

static void take(const struct ring *ring, struct tpacket2_hdr *header,
		 struct frame *frame)
{
	if (header->tp_status & TP_STATUS_COPY) {
		fetch_whole(ring, frame);
		return;
	}

	frame->data = (uint8_t *)header + header->tp_mac;
	frame->len = header->tp_snaplen;
	memcpy(&frame->offload, frame->data - sizeof(frame->offload),
	       sizeof(frame->offload));
	if (header->tp_len > FRAME_SIZE_MAX)
		frame->fault = DROP_OVERSIZE;
	else if (header->tp_snaplen < header->tp_len)
		frame->fault = DROP_QUEUE_FULL; /* the rest had no room */
	else
		tag_restore(frame, header->tp_status, header->tp_vlan_tci,
			    header->tp_vlan_tpid);
}

/**
 * ring_receive() - Take frames out of a ring
 * @ring:	Ring
 * @frames:	Filled in, as port_ops.receive() does
 * @max:	Room in @frames
 *
 * The frames are where the kernel has put them, until ring_release().
 *
 * Return: how many there were, at most @max
 */
size_t ring_receive(struct ring *ring, struct frame *frames, size_t max)
{
	size_t n = 0;

	/* Never all of them: that is how none looks like. */
	if (max >= ring->n_slots)
		max = ring->n_slots - 1;
	for (; n < max; n++) {
		struct tpacket2_hdr *header = slot(ring, ring->next);

		if (!is_ours(header))
			break;
		take(ring, header, &frames[n]);
		ring->next = after(ring, ring->next);
	}

	ring->n_taken += n;
	return n;
}

/**
 * ring_taken() - Count the frames taken out of a ring so far
 * @ring:	Ring
 *
 * Return: how many
 */
uint64_t ring_taken(const struct ring *ring)
{
	return ring->n_taken;
}

/**
 * ring_note_lost() - Some frames that the gate has let in are not in the ring
 * @ring:	Ring
 * @n:		How many the kernel had no room for, or no words
 */
void ring_note_lost(struct ring *ring, uint64_t n)
{
	ring->n_lost += n;
}

/**
 * ring_is_filling() - Is there a frame behind one that is still being put in?
 * @ring:	Ring, nothing of which waits to be taken
 *
 * Processors that send at the same time each fill a slot, and the one that
 * has the first may be the last to be done.
 *
 * Return: whether there is
 */
bool ring_is_filling(const struct ring *ring)
{
	unsigned number = ring->next;

	for (int i = 0; i < SPARE_SLOTS; i++) {
		number = after(ring, number);
		if (is_ours(slot(ring, number)))
			return true;
	}

	return false;
}

/**
 * ring_release() - Give the slots of all frames taken back to the kernel
 * @ring:	Ring
 */
void ring_release(struct ring *ring)
{
	while (ring->oldest != ring->next) {
		struct tpacket2_hdr *header = slot(ring, ring->oldest);

		__atomic_store_n(&header->tp_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
		ring->oldest = after(ring, ring->oldest);
	}
	ring_gate_note_taken(ring->gate, ring->n_taken + ring->n_lost);
}
