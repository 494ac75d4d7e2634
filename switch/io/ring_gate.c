/* SPDX-License-Identifier: MIT */
/* ring_gate.c - says of each frame whether it goes to a ring or to the queue */

#include "ring_gate.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "err.h"
#include "macros.h"

/*
 * What is shared with the program. Each side writes lines of its own: the
 * senders' processors one, ours the other.
 */
struct gate_page {
	_Alignas(64) uint64_t n_given; /* to the ring, by the program */
	_Alignas(
		64) uint64_t n_taken; /* of these, not in the ring any longer */
	uint64_t room; /* the gate shuts when so many are in the ring */
	uint64_t state; /* ours, and the program's when it shuts the gate */
};

struct ring_gate {
	int map, program;
	struct gate_page *page;
};

/* Index of the group's member that gets the frame, in order of joining. */
enum {
	TO_QUEUE,
	TO_RING,
};

#define INSN(op, dst, src, offset, value)                                      \
	(struct bpf_insn)                                                      \
	{                                                                      \
		.code = (op), .dst_reg = (dst), .src_reg = (src),              \
		.off = (offset), .imm = (value)                                \
	}
#define LOAD(dst, src, field)                                                  \
	INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, src,                             \
	     offsetof(struct gate_page, field), 0)
#define SET(dst, value)    INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define SUBTRACT(dst, src) INSN(BPF_ALU64 | BPF_SUB | BPF_X, dst, src, 0, 0)
#define JUMP_IF(test, dst, value, offset)                                      \
	INSN(BPF_JMP | (test) | BPF_K, dst, 0, offset, value)
#define JUMP_IF_LESS(dst, src, offset)                                         \
	INSN(BPF_JMP | BPF_JLT | BPF_X, dst, src, offset, 0)
#define ADD_ATOMICALLY(dst, src, field)                                        \
	INSN(BPF_STX | BPF_ATOMIC | BPF_DW, dst, src,                          \
	     offsetof(struct gate_page, field), BPF_ADD)
#define STORE(dst, field, value)                                               \
	INSN(BPF_ST | BPF_MEM | BPF_DW, dst, 0,                                \
	     offsetof(struct gate_page, field), value)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/*
 * Processors that are here at the same time may each let one more in: the
 * room is to leave some for them.
 */
static int load_program(int map, struct err *err)
{
	enum {
		RESULT = BPF_REG_0,
		PAGE = BPF_REG_1,
		STATE = BPF_REG_2,
		N = BPF_REG_3,
		OTHER = BPF_REG_4,
	};
	const struct bpf_insn insns[] = {
		/* The page's address, which takes the room of two. */
		INSN(BPF_LD | BPF_IMM | BPF_DW, PAGE, BPF_PSEUDO_MAP_VALUE, 0,
		     map),
		INSN(0, 0, 0, 0, 0),
		SET(RESULT, TO_QUEUE),
		LOAD(STATE, PAGE, state),
		JUMP_IF(BPF_JEQ, STATE, RING_GATE_SHUT, 10), /* to the end */
		LOAD(N, PAGE, n_given),
		LOAD(OTHER, PAGE, n_taken),
		SUBTRACT(N, OTHER),
		LOAD(OTHER, PAGE, room),
		JUMP_IF_LESS(N, OTHER, 2), /* to the ring */
		STORE(PAGE, state, RING_GATE_SHUT),
		EXIT,
		/* The ring: */
		SET(N, 1),
		ADD_ATOMICALLY(PAGE, N, n_given),
		SET(RESULT, TO_RING),
		EXIT,
	};
	const int fd =
		bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "vsw_gate",
			      "Dual MIT/GPL", insns, ARRAY_SIZE(insns), NULL);

	if (fd < 0)
		return err_errno(err, "cannot load a BPF program");

	return fd;
}

static int set_up(struct ring_gate *gate, struct err *err)
{
	const struct bpf_map_create_opts options = {
		.sz = sizeof(options),
		.map_flags = BPF_F_MMAPABLE,
	};

	gate->map =
		bpf_map_create(BPF_MAP_TYPE_ARRAY, "vsw_gate", sizeof(uint32_t),
			       sizeof(*gate->page), 1, &options);
	if (gate->map < 0)
		return err_errno(err, "cannot make a BPF map");

	gate->page = mmap(NULL, sizeof(*gate->page), PROT_READ | PROT_WRITE,
			  MAP_SHARED, gate->map, 0);
	if (gate->page == MAP_FAILED) {
		gate->page = NULL;
		return err_errno(err, "cannot map a BPF map");
	}

	gate->program = load_program(gate->map, err);
	return gate->program < 0 ? gate->program : 0;
}

/**
 * ring_gate_new() - Make a gate, shut, that nobody asks so far
 * @room:	Frames in the ring at which it shuts; UINT64_MAX: never
 * @err:	On failure, one sentence
 *
 * It takes CAP_BPF, or CAP_SYS_ADMIN.
 *
 * Return: the gate, to be freed with ring_gate_free(); or NULL
 */
struct ring_gate *ring_gate_new(uint64_t room, struct err *err)
{
	struct ring_gate *gate = calloc(1, sizeof(*gate));

	if (!gate) {
		err_set(err, -ENOMEM, "no memory for a ring's gate");
		return NULL;
	}

	gate->map = -1;
	gate->program = -1;
	if (set_up(gate, err) < 0) {
		ring_gate_free(gate);
		return NULL;
	}

	gate->page->room = room;
	return gate;
}

/**
 * ring_gate_free() - Let go of a gate
 * @gate:	Gate, or NULL
 *
 * A group that still asks it finds it as it was left.
 */
void ring_gate_free(struct ring_gate *gate)
{
	if (!gate)
		return;

	if (gate->page)
		munmap(gate->page, sizeof(*gate->page));
	if (gate->map >= 0)
		close(gate->map);
	if (gate->program >= 0)
		close(gate->program);
	free(gate);
}

/**
 * ring_gate_program() - The program that is to be asked
 * @gate:	Gate
 *
 * Return: its descriptor, for PACKET_FANOUT_DATA; it stays the gate's
 */
int ring_gate_program(const struct ring_gate *gate)
{
	return gate->program;
}

/**
 * ring_gate_set() - Open or shut a gate, from the next frame on
 * @gate:	Gate
 * @state:	What it is to be
 *
 * Processors that have just asked it may still be at a frame that goes the old
 * way.
 */
void ring_gate_set(struct ring_gate *gate, enum ring_gate_state state)
{
	__atomic_store_n(&gate->page->state, (uint64_t)state, __ATOMIC_SEQ_CST);
}

/**
 * ring_gate_state() - Is a gate open, or has it shut?
 * @gate:	Gate
 *
 * Return: its state now
 */
enum ring_gate_state ring_gate_state(const struct ring_gate *gate)
{
	return (enum ring_gate_state)__atomic_load_n(&gate->page->state,
						     __ATOMIC_SEQ_CST);
}

/**
 * ring_gate_note_taken() - Tell a gate how much room has become free
 * @gate:	Gate
 * @n_taken:	Frames it has let into the ring that are there no longer, or
 *		never were
 */
void ring_gate_note_taken(struct ring_gate *gate, uint64_t n_taken)
{
	__atomic_store_n(&gate->page->n_taken, n_taken, __ATOMIC_RELEASE);
}
