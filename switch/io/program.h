/* SPDX-License-Identifier: MIT */
/* program.h - is a classic BPF program safe to run? */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct bpf_insn;

bool program_is_safe(const struct bpf_insn *program, size_t n_insns);

#endif /* PROGRAM_H */
