/* SPDX-License-Identifier: MIT */
/*
 * options.h - what was typed, made into a request
 *
 * Which words a command takes is in lib/cmd.h, what they may be is in
 * lib/arg.h, and how words become options is here: "--long value",
 * "--long=value", "-l value", "-lvalue", "filter=value", bare words, and "--"
 * after which all words are bare. Global options may stand anywhere.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "cmd.h"
#include "mtime.h"
#include "problem.h"

struct options {
	const struct cmd_spec *spec; /* the command; NULL if there is none */
	json_t *params; /* what is sent */
	json_t *locals; /* what stays here: CMD_ARG_LOCAL */
	const char *name; /* of the switch, or NULL */
	mtime_t timeout;
	bool json;
	bool help;
	bool version;
	bool quiet; /* say nothing that is no mistake */
};

/* An option every command takes. */
struct option_global {
	const char *name;
	char letter; /* or 0 */
	const char *label; /* NULL if it takes no value */
	const char *help;
};

extern const struct option_global option_globals[];
extern const size_t option_n_globals;

enum status options_parse(struct options *options, int argc, char **argv,
			  struct problem *problem);
enum status options_check(const struct options *options,
			  struct problem *problem);
void options_fini(struct options *options);

#endif /* OPTIONS_H */
