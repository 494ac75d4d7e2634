/* SPDX-License-Identifier: MIT */
/* insns.c - a filter's program, as requests carry it */

#include "insns.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "err.h"

/**
 * insns_from_json() - Read a program
 * @json:	A CMD_ARG_TYPE_BPF that has passed its check, or NULL
 * @ret_insns:	Instructions, for the caller to free(); NULL if there are none
 * @ret_n:	How many
 * @err:	On failure, one sentence
 *
 * Return: 0, or -ENOMEM
 */
int insns_from_json(const json_t *json, struct bpf_insn **ret_insns,
		    size_t *ret_n, struct err *err)
{
	const size_t n = json_array_size(json);
	struct bpf_insn *insns = NULL;

	if (n) {
		insns = calloc(n, sizeof(insns[0]));
		if (!insns)
			return err_set(err, -ENOMEM, "out of memory");
	}

	for (size_t i = 0; i < n; i++) {
		const json_t *insn = json_array_get(json, i);

		insns[i] = (struct bpf_insn){
			.code = (u_short)json_integer_value(
				json_array_get(insn, 0)),
			.jt = (u_char)json_integer_value(
				json_array_get(insn, 1)),
			.jf = (u_char)json_integer_value(
				json_array_get(insn, 2)),
			.k = (bpf_u_int32)json_integer_value(
				json_array_get(insn, 3)),
		};
	}

	*ret_insns = insns;
	*ret_n = n;
	return 0;
}
