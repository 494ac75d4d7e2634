/* SPDX-License-Identifier: MIT */
/* options.c - the command line of vswd */

#include "options.h"

#include <errno.h>
#include <getopt.h>

#include "err.h"
#include "fdb.h"
#include "lab.h"
#include "log.h"
#include "name.h"
#include "units.h"

static int take_ageing(const char *text, mtime_t *ret, struct err *err)
{
	struct err why;
	int r = lab_parse_ageing(text, ret, &why);

	if (r < 0) {
		err_set(err, r, "--ageing: %s", why.msg);
		err_hint(err, "%s", why.hint);
	}
	return r;
}

static int take_max_stations(const char *text, size_t *ret, struct err *err)
{
	uint64_t n;
	int r = size_parse(text, &n, err);

	if (r < 0)
		return r;
	if (n < 1 || n > FDB_LIMIT_ENTRIES)
		return err_set(err, -EINVAL,
			       "--max-stations: %s is not between 1 and %d",
			       text, FDB_LIMIT_ENTRIES);

	*ret = n;
	return 0;
}

static int take(int option, const char *value, struct options *options,
		struct err *err)
{
	switch (option) {
	case 'n':
		options->name = value;
		return name_check_switch(value, err);
	case 'a':
		return take_ageing(value, &options->ageing, err);
	case 'm':
		return take_max_stations(value, &options->max_stations, err);
	case 'b':
		options->busy_poll = true;
		return 0;
	case 'c':
		options->config = value;
		return 0;
	case 'l':
		return log_set_levels(value, err);
	case 'h':
		options->action = OPTIONS_HELP;
		return 0;
	case 'V':
		options->action = OPTIONS_VERSION;
		return 0;
	default:
		return err_set(
			err, -EINVAL,
			"there is no such option, or it lacks its value");
	}
}

/**
 * options_parse() - Read the command line
 * @argc:	As main() has it
 * @argv:	As main() has it; the options keep pointing into it
 * @ret_options: On success, what was asked for
 * @err:	On failure, one sentence
 *
 * Sets the log's levels on the way.
 *
 * Return: 0, or -EINVAL
 */
int options_parse(int argc, char **argv, struct options *ret_options,
		  struct err *err)
{
	static const struct option table[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "ageing", required_argument, NULL, 'a' },
		{ "max-stations", required_argument, NULL, 'm' },
		{ "busy-poll", no_argument, NULL, 'b' },
		{ "config", required_argument, NULL, 'c' },
		{ "log", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = {
		.ageing = mtime_from_ms(FDB_DEFAULT_AGE_MS),
		.max_stations = FDB_DEFAULT_ENTRIES,
	};
	int option;

	opterr = 0; /* we say it ourselves, in one line */
	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		int r = take(option, optarg, &options, err);

		if (r < 0) {
			err_hint(err, "vswd --help");
			return r;
		}
	}

	if (optind < argc) {
		err_set(err, -EINVAL, "'%.60s' is one word too many",
			argv[optind]);
		err_hint(err, "vswd --help");
		return -EINVAL;
	}

	*ret_options = options;
	return 0;
}

/**
 * options_load() - Read the file that --config names
 * @options:	What options_parse() returned; gets @lab, and @name if the file
 *		has it
 * @err:	On failure, one sentence
 *
 * Return: 0, -EINVAL if the file is wrong or for another switch, or -errno
 */
int options_load(struct options *options, struct err *err)
{
	const char *name;
	int r;

	if (options->config) {
		r = lab_load(options->config, options->name, &options->lab,
			     err);
		if (r < 0)
			return r;
	}

	name = lab_switch_name(options->lab);
	if (!options->name)
		options->name = name ? name : "vsw0";
	return 0;
}

/**
 * options_help() - What --help prints
 *
 * Return: constant text
 */
const char *options_help(void)
{
	return "usage: vswd [OPTION...]\n"
	       "\n"
	       "Runs a virtual Ethernet switch until it is told to stop; "
	       "vswctl attaches\n"
	       "namespaces to it.\n"
	       "\n"
	       "  --name NAME           name of the switch (default: vsw0)\n"
	       "  --config FILE         become the lab that FILE declares\n"
	       "  --ageing DURATION     forget a silent station after this "
	       "(default: 300s)\n"
	       "  --max-stations COUNT  room for so many stations "
	       "(default: 65536)\n"
	       "  --busy-poll           never sleep: shorter round trips, and "
	       "one processor busy\n"
	       "  --log LEVEL           error, warning, info or debug; or "
	       "SUBSYSTEM:LEVEL,...\n"
	       "  --help                print this\n"
	       "  --version             print the version\n";
}
