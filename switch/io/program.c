/* SPDX-License-Identifier: MIT */
/*
 * program.c - is a classic BPF program safe to run?
 *
 * libpcap has a check of its own, which lets loops and divisions by zero pass.
 * The kernel's does not: it has to run such programs for anybody.
 */

#include "program.h"

#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

/* pcap/bpf.h can't be included beside linux/filter.h; this is how it lies. */
_Static_assert(sizeof(struct sock_filter) == 8, "as struct bpf_insn");

/**
 * program_is_safe() - Does a program end, and stay where it may look?
 * @program:	Program of a client
 * @n_insns:	How long it is
 *
 * Asks the kernel, by giving the program to a socket that nobody uses.
 *
 * Return: whether bpf_filter() may be given it; false also if there is no
 * descriptor left to find out
 */
bool program_is_safe(const struct bpf_insn *program, size_t n_insns)
{
	const struct sock_fprog prog = {
		.len = (unsigned short)n_insns,
		.filter = (struct sock_filter *)program,
	};
	int fd, r;

	if (n_insns > BPF_MAXINSNS)
		return false;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;

	r = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
	close(fd);
	return !r;
}
