/* SPDX-License-Identifier: MIT */
/*
 * log.h - what the daemon tells its administrator
 *
 * One line per message on stderr, "vswd: host: text", or "<6>host: text" when
 * stderr is the journal, which knows who is talking.
 *
 * Always true:
 *  - a line is one write(2), so lines never mix
 *  - a line is printable ASCII, whatever a peer put into a name
 *  - logging never waits: nobody reads stderr, so lines are lost and counted
 *  - errno is as it was
 *
 * The table of levels is the one mutable global of the house (and the count
 * of lost lines lives in it). lib/ and core/ do not log, they fill struct err.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

struct err;

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

enum log_subsystem {
	LOG_MAIN,
	LOG_PORT,
	LOG_HOST,
	LOG_CONTROL,
	LOG_CAPTURE,
	LOG_N_SUBSYSTEMS,
};

int log_set_levels(const char *spec, struct err *err);
enum log_level log_get_level(enum log_subsystem subsystem);
bool log_enabled(enum log_subsystem subsystem, enum log_level level);
const char *log_level_name(enum log_level level);
const char *log_subsystem_name(enum log_subsystem subsystem);
void log_write(enum log_subsystem subsystem, enum log_level level,
	       const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Macros, so that the arguments of a message nobody wants cost nothing. */
#define log_at(subsystem, level, ...)                                          \
	do {                                                                   \
		if (log_enabled((subsystem), (level)))                         \
			log_write((subsystem), (level), __VA_ARGS__);          \
	} while (0)

#define log_error(subsystem, ...)                                              \
	log_at(subsystem, LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(subsystem, ...)                                            \
	log_at(subsystem, LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(subsystem, ...) log_at(subsystem, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(subsystem, ...)                                              \
	log_at(subsystem, LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif /* LOG_H */
