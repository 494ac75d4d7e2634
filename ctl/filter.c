/* SPDX-License-Identifier: MIT */
/* filter.c - from a libpcap filter to the program the daemon runs */

#include "filter.h"

#include <pcap/pcap.h>

enum {
	FRAME_MAX = 65535 + 18, /* a super-frame with its header and a tag */
};

static json_t *program_json(const struct bpf_program *program)
{
	json_t *insns = json_array();

	for (u_int i = 0; i < program->bf_len; i++) {
		const struct bpf_insn *insn = &program->bf_insns[i];

		json_array_append_new(
			insns, json_pack("[i, i, i, I]", insn->code, insn->jt,
					 insn->jf, (json_int_t)insn->k));
	}

	return insns;
}

/**
 * filter_compile() - Compile a filter for Ethernet
 * @filter:	As for tcpdump
 * @ret:	The program, as capture.start takes it; a new reference
 * @problem:	Where to say what libpcap says
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status filter_compile(const char *filter, json_t **ret,
			   struct problem *problem)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, FRAME_MAX);
	enum status status = STATUS_DONE;
	struct bpf_program program;

	if (!pcap)
		return problem_set(problem, STATUS_FAILED, "out of memory");

	if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0) {
		status = problem_set(problem, STATUS_USAGE, "filter: %s",
				     pcap_geterr(pcap));
		goto close_pcap;
	}
	*ret = program_json(&program);
	pcap_freecode(&program);

close_pcap:
	pcap_close(pcap);
	return status;
}
