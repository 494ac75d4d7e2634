/* SPDX-License-Identifier: MIT */
/*
 * insns.h - a filter's program, as requests carry it
 *
 * Clients compile filters; what they send is checked for its form by the
 * command table, and for what it would do by program_is_safe().
 */
#ifndef INSNS_H
#define INSNS_H

#include <jansson.h>
#include <stddef.h>

struct bpf_insn;
struct err;

int insns_from_json(const json_t *json, struct bpf_insn **ret_insns,
		    size_t *ret_n, struct err *err);

#endif /* INSNS_H */
