/* SPDX-License-Identifier: MIT */
/* main.c - vswd, the daemon: one process is one switch */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "daemon.h"
#include "err.h"
#include "log.h"
#include "options.h"
#include "version.h"

enum {
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_EXISTS = 4,
};

static void complain(const struct err *err)
{
	log_error(LOG_MAIN, "%s", err->msg);
	if (err->hint[0])
		log_error(LOG_MAIN, "hint: %s", err->hint);
}

int main(int argc, char **argv)
{
	struct options options;
	struct err err = { 0 };
	bool is_usage;
	int r;

	if (options_parse(argc, argv, &options, &err) < 0) {
		complain(&err);
		return EXIT_USAGE;
	}

	switch (options.action) {
	case OPTIONS_HELP:
		fputs(options_help(), stdout);
		return 0;
	case OPTIONS_VERSION:
		printf("vswd %s\n", VSW_VERSION);
		return 0;
	case OPTIONS_RUN:
		break;
	}

	r = options_load(&options, &err);
	is_usage = r == -EINVAL;
	if (!r)
		r = daemon_run(&options, &err);
	json_decref(options.lab);
	if (!r)
		return 0;

	complain(&err);
	if (is_usage)
		return EXIT_USAGE;
	return r == -EEXIST ? EXIT_EXISTS : EXIT_FAILED;
}
