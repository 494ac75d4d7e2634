/* SPDX-License-Identifier: MIT */
/*
 * doctor.h - what is wrong with this machine and its switches
 *
 * Checks look and don't touch: none changes anything, and each finding that is
 * not "ok" comes with the command that would. Most work without a switch.
 *
 * A check is an entry of the table in doctor.c and a function in a
 * doctor_*.c, which says what it found: at least one thing each time.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <jansson.h>
#include <stdbool.h>

#include "mtime.h"
#include "options.h"
#include "problem.h"

enum doctor_level {
	DOCTOR_OK,
	DOCTOR_WARNING, /* works, but not as somebody may expect */
	DOCTOR_PROBLEM, /* does not work */
};

enum {
	DOCTOR_FIX_SIZE = 400,
	DOCTOR_WORD_SIZE = 300,
	DOCTOR_MANY = 5, /* findings of one kind that are told one by one */
};

struct doctor {
	const char *only; /* switch to look at, or NULL for all */
	mtime_t timeout; /* for each switch */
	const char *check; /* under way */
	json_t *findings; /* told so far */
	json_t *running; /* names of switches that were reached */
	json_t *switches; /* that answered: {hello, ports, stations} each */
	unsigned n[DOCTOR_PROBLEM + 1]; /* findings of each level */
};

/* Text in a struct, so that it can be made where it is needed. */
struct doctor_fix {
	char s[DOCTOR_FIX_SIZE];
};

struct doctor_word {
	char s[DOCTOR_WORD_SIZE];
};

enum status doctor_run(const struct options *options, bool colour);

/* For the checks */
void doctor_say(struct doctor *doctor, enum doctor_level level, const char *fix,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));
struct doctor_fix doctor_fix(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
struct doctor_word doctor_quote(const char *word);

/* doctor_kernel.c */
void doctor_kernel(struct doctor *doctor);
void doctor_namespaces(struct doctor *doctor);
void doctor_veth(struct doctor *doctor);
void doctor_packet(struct doctor *doctor);
void doctor_tun(struct doctor *doctor);

/* doctor_rights.c */
void doctor_privileges(struct doctor *doctor);
void doctor_group(struct doctor *doctor);
void doctor_folders(struct doctor *doctor);

/* doctor_limits.c */
void doctor_descriptors(struct doctor *doctor);
void doctor_inotify(struct doctor *doctor);
void doctor_backlog(struct doctor *doctor);

/* doctor_switches.c */
void doctor_switches(struct doctor *doctor);
void doctor_ports(struct doctor *doctor);
void doctor_mtus(struct doctor *doctor);
void doctor_macs(struct doctor *doctor);
void doctor_stations(struct doctor *doctor);

/* doctor_leftovers.c */
void doctor_leftovers(struct doctor *doctor);

#endif /* DOCTOR_H */
