/* SPDX-License-Identifier: MIT */
/*
 * without_uso.c - runs a program as if Linux were older than 6.2
 *
 * usage: without_uso PROGRAM ARGUMENT...
 *
 * There TAPs take no super-frames of UDP, and TUNSETOFFLOAD says EINVAL to who
 * asks for them. A seccomp filter says so to the program and its children.
 */

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "macros.h"

/* TUN_F_USO4 and TUN_F_USO6, which Debian 12's headers do not have */
#define USO 0x60

#define LOAD(what)                                                             \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))

int main(int argc, char **argv)
{
	/* Of each argument the lower half, on machines with that one first. */
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 5),
		LOAD(args[1]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TUNSETOFFLOAD, 0, 3),
		LOAD(args[2]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, USO, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { ARRAY_SIZE(code), code };

	if (argc < 2) {
		fprintf(stderr, "usage: without_uso PROGRAM ARGUMENT...\n");
		return 2;
	}
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
		perror("seccomp");
		return 77;
	}

	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}
