/* SPDX-License-Identifier: MIT */
/* options.h - the command line of vswd */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <jansson.h>
#include <stddef.h>

#include "mtime.h"

struct err;

enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

struct options {
	enum options_action action;
	const char *name; /* of the switch; NULL: as options_load() finds */
	const char *config; /* file with its lab, or NULL */
	json_t *lab; /* what that says; loaded by main() */
	mtime_t ageing;
	size_t max_stations;
	bool busy_poll; /* never sleep */
};

int options_parse(int argc, char **argv, struct options *ret_options,
		  struct err *err);
int options_load(struct options *options, struct err *err);
const char *options_help(void);

#endif /* OPTIONS_H */
