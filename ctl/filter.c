/* SPDX-License-Identifier: MIT */
/*
 * filter.c - from a libpcap filter to the program the daemon runs
 *
 * libpcap says what is wrong with a filter, but not where. Where it is, is
 * found out by compiling its beginnings: PROBE is a number that libpcap's
 * scanner refuses with a message of its own, and the scanner gets there only
 * if there was nothing wrong before it.
 */

#include "filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"

enum {
	ACCEPT = 65535, /* what a filter returns; any number but 0 does */
	WORDS_MAX = 64, /* of filters we compile the beginnings of */
	CONTEXT = 30, /* characters shown before what is wrong */
};

static const char probe[] = "98765432109";

/* A part of the filter. */
struct span {
	size_t at, len;
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

/* Say what libpcap says about the first @len bytes, and @tail after them. */
static void try_beginning(pcap_t *pcap, const char *filter, size_t len,
			  const char *tail, char ret_says[PCAP_ERRBUF_SIZE])
{
	struct bpf_program program;
	char *text;

	ret_says[0] = '\0';
	if (asprintf(&text, "%.*s%s%s", (int)len, filter, *tail ? " " : "",
		     tail) < 0)
		return;
	if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) < 0)
		snprintf(ret_says, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(pcap));
	else
		pcap_freecode(&program);
	free(text);
}

static bool is_word_character(char c)
{
	return c && !strchr(" \t\r\n()[]=<>!&|,+*", c);
}

static bool is_operator(char c)
{
	return c && strchr("=<>!&|", c);
}

/* Words, operators and brackets of a filter. Return: how many, or 0 */
static size_t split(const char *filter, struct span words[WORDS_MAX])
{
	size_t n = 0, at = 0;

	while (filter[at += strspn(filter + at, " \t\r\n")]) {
		bool (*const goes_on)(char c) = is_operator(filter[at])
							? is_operator
							: is_word_character;
		size_t len = 1;

		while (goes_on(filter[at]) && goes_on(filter[at + len]))
			len++;
		if (n == WORDS_MAX)
			return 0;
		words[n++] = (struct span){ at, len };
		at += len;
	}

	return n;
}

/* What libpcap quotes, as in "unknown host 'web'", if it is in the filter. */
static bool find_quoted(const char *filter, const char *says, struct span *ret)
{
	const char *begin = strpbrk(says, "'\"");
	const char *end = begin ? strchr(begin + 1, *begin) : NULL;
	char name[NAME_SHOWN_SIZE];
	const char *found;

	if (!end || end == begin + 1)
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)(end - begin - 1), begin + 1);
	found = strstr(filter, name);
	if (!found)
		return false;

	*ret = (struct span){ (size_t)(found - filter), strlen(name) };
	return true;
}

/*
 * Where is what @says is about? The first word after which the scanner no
 * longer gets to the probe; or the first that makes libpcap say the same.
 */
static bool find_fault(pcap_t *pcap, const char *filter, const char *says,
		       struct span *ret)
{
	char other[PCAP_ERRBUF_SIZE];
	struct span words[WORDS_MAX];
	const size_t n = split(filter, words);
	size_t low = 0, high = n;

	if (find_quoted(filter, says, ret))
		return true;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		const struct span *word = &words[middle];

		try_beginning(pcap, filter, word->at + word->len, probe, other);
		if (strstr(other, probe))
			low = middle + 1;
		else
			high = middle;
	}
	if (low < n) {
		*ret = words[low];
		return true;
	}

	for (size_t i = 0; i + 1 < n; i++) {
		try_beginning(pcap, filter, words[i].at + words[i].len, "",
			      other);
		if (!strcmp(other, says) && !strstr(says, "syntax error")) {
			*ret = words[i];
			return true;
		}
	}
	if (n && !strstr(says, "syntax error"))
		*ret = words[n - 1];
	else
		*ret = (struct span){ strlen(filter), 1 }; /* more is needed */
	return n > 0;
}

static char visible(char c)
{
	if (c >= ' ' && c <= '~')
		return c;

	return '.';
}

/* The filter, or as much of it as fits, and a caret below what is wrong. */
static void point_at(struct problem *problem, const char *filter,
		     struct span fault)
{
	const size_t from = fault.at > CONTEXT ? fault.at - CONTEXT : 0;
	const char *before = from ? "..." : "";
	char *shown = problem->excerpt;
	size_t n = strlen(before), room = sizeof(problem->excerpt) - 4;

	snprintf(shown, room, "%s", before);
	for (size_t i = from; filter[i] && n < room; i++)
		shown[n++] = visible(filter[i]);
	snprintf(shown + n, sizeof(problem->excerpt) - n, "%s",
		 strlen(filter) - from > n - strlen(before) ? "..." : "");
	problem->caret = strlen(before) + fault.at - from;
	problem->caret_len = fault.len;
	if (problem->caret + problem->caret_len > room)
		problem->caret_len = room - problem->caret;
}

/**
 * filter_compile() - Compile a filter for Ethernet
 * @filter:	As for tcpdump
 * @ret:	The program, as capture.start takes it; a new reference
 * @problem:	Where to say what libpcap says, and to point at what it means
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status filter_compile(const char *filter, json_t **ret,
			   struct problem *problem)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, ACCEPT);
	enum status status = STATUS_DONE;
	char says[PCAP_ERRBUF_SIZE];
	struct bpf_program program;
	struct span fault;

	if (!pcap)
		return problem_set(problem, STATUS_FAILED, "out of memory");

	if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0) {
		snprintf(says, sizeof(says), "%s", pcap_geterr(pcap));
		status = problem_set(problem, STATUS_USAGE, "filter: %s", says);
		if (find_fault(pcap, filter, says, &fault))
			point_at(problem, filter, fault);
		goto close_pcap;
	}
	*ret = program_json(&program);
	pcap_freecode(&program);

close_pcap:
	pcap_close(pcap);
	return status;
}
