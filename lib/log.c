/* SPDX-License-Identifier: MIT */
/* log.c - what the daemon tells its administrator */

#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "macros.h"
#include "name.h"

enum {
	TEXT_SIZE = 1024,
	/* Room for escapes; below PIPE_BUF, so that a pipe takes it whole. */
	LINE_SIZE = 2048,
};

static struct {
	struct {
		const char *name;
		enum log_level level;
	} subsystems[LOG_N_SUBSYSTEMS];
	unsigned long n_lost;
} log_state = {
	.subsystems = {
		[LOG_MAIN] = { "main", LOG_LEVEL_INFO },
		[LOG_PORT] = { "port", LOG_LEVEL_INFO },
		[LOG_HOST] = { "host", LOG_LEVEL_INFO },
		[LOG_CONTROL] = { "control", LOG_LEVEL_INFO },
		[LOG_CAPTURE] = { "capture", LOG_LEVEL_INFO },
	},
};

static const struct {
	const char *name;
	int priority; /* as syslog(3) and journald number them */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", 3 },
	[LOG_LEVEL_WARNING] = { "warning", 4 },
	[LOG_LEVEL_INFO] = { "info", 6 },
	[LOG_LEVEL_DEBUG] = { "debug", 7 },
};

static int find_level(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		if (strlen(levels[i].name) == len &&
		    !memcmp(levels[i].name, name, len))
			return (int)i;
	}
	return -1;
}

static int find_subsystem(const char *name, size_t len)
{
	for (int i = 0; i < LOG_N_SUBSYSTEMS; i++) {
		const char *ours = log_state.subsystems[i].name;

		if (strlen(ours) == len && !memcmp(ours, name, len))
			return i;
	}
	return -1;
}

/* One "level" or "subsystem:level" of @len bytes. */
static int parse_item(const char *item, size_t len,
		      enum log_level ret[LOG_N_SUBSYSTEMS], struct err *err)
{
	const char *colon = memchr(item, ':', len);
	const char *name = colon ? colon + 1 : item;
	const size_t name_len = len - (size_t)(name - item);
	const int level = find_level(name, name_len);
	char shown[NAME_SHOWN_SIZE];
	int subsystem;

	if (level < 0) {
		name_printable(name, name_len, shown, sizeof(shown));
		err_set(err, -EINVAL, "'%s' is not a log level", shown);
		err_hint(err, "levels are error, warning, info and debug");
		return -EINVAL;
	}
	if (!colon) {
		for (int i = 0; i < LOG_N_SUBSYSTEMS; i++)
			ret[i] = (enum log_level)level;
		return 0;
	}

	subsystem = find_subsystem(item, (size_t)(colon - item));
	if (subsystem < 0) {
		name_printable(item, (size_t)(colon - item), shown,
			       sizeof(shown));
		err_set(err, -EINVAL, "'%s' is not a subsystem that logs",
			shown);
		err_hint(err, "those are main, port, host, control, capture");
		return -EINVAL;
	}
	ret[subsystem] = (enum log_level)level;
	return 0;
}

/**
 * log_set_levels() - Say how much to log
 * @spec:	"debug" for all subsystems, "host:debug" for one, or several
 *		separated by commas, of which later ones win; what is not
 *		mentioned stays as it is
 * @err:	What is wrong with @spec
 *
 * Return: 0, or -EINVAL and nothing has changed
 */
int log_set_levels(const char *spec, struct err *err)
{
	enum log_level wanted[LOG_N_SUBSYSTEMS];

	for (int i = 0; i < LOG_N_SUBSYSTEMS; i++)
		wanted[i] = log_state.subsystems[i].level;

	for (;;) {
		const size_t len = strcspn(spec, ",");
		const int r = parse_item(spec, len, wanted, err);

		if (r < 0)
			return r;
		if (!spec[len])
			break;
		spec += len + 1;
	}

	for (int i = 0; i < LOG_N_SUBSYSTEMS; i++)
		log_state.subsystems[i].level = wanted[i];
	return 0;
}

/**
 * log_get_level() - How much does a subsystem log?
 * @subsystem:	Which
 *
 * Return: the least important level that is written
 */
enum log_level log_get_level(enum log_subsystem subsystem)
{
	return log_state.subsystems[subsystem].level;
}

/**
 * log_enabled() - Would a message be written?
 * @subsystem:	Who has something to say
 * @level:	How important it is
 *
 * Return: true if so
 */
bool log_enabled(enum log_subsystem subsystem, enum log_level level)
{
	return level <= log_state.subsystems[subsystem].level;
}

/**
 * log_level_name() - What log_set_levels() calls a level
 * @level:	Which
 *
 * Return: a constant string
 */
const char *log_level_name(enum log_level level)
{
	return levels[level].name;
}

/**
 * log_subsystem_name() - What log_set_levels() calls a subsystem
 * @subsystem:	Which
 *
 * Return: a constant string
 */
const char *log_subsystem_name(enum log_subsystem subsystem)
{
	return log_state.subsystems[subsystem].name;
}

/*
 * The variable alone proves nothing: a shell started by a service inherits
 * it and sends stderr elsewhere. systemd.exec(5) says to compare.
 */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev;
	uintmax_t ino;
	struct stat st;

	if (!stream || sscanf(stream, "%ju:%ju", &dev, &ino) != 2)
		return false;
	return !fstat(STDERR_FILENO, &st) && st.st_dev == dev &&
	       st.st_ino == ino;
}

/* Never waits: forwarding frames matters more than a reader that is asleep. */
static bool write_line(const char *line, size_t len)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t n;

	/* A reader that is gone (POLLERR) would mean SIGPIPE. */
	if (poll(&fd, 1, 0) != 1 || fd.revents != POLLOUT)
		return false;
	do {
		n = write(STDERR_FILENO, line, len);
	} while (n < 0 && errno == EINTR);
	return n >= 0;
}

static size_t format_head(bool journal, enum log_subsystem subsystem,
			  enum log_level level, char *buf, size_t size)
{
	const char *name = log_state.subsystems[subsystem].name;
	int n;

	if (journal)
		n = snprintf(buf, size, "<%d>%s: ", levels[level].priority,
			     name);
	else
		n = snprintf(buf, size,
			     "%.32s: %s: ", program_invocation_short_name,
			     name);
	return (size_t)n;
}

static bool write_text(enum log_subsystem subsystem, enum log_level level,
		       const char *text)
{
	char line[LINE_SIZE];
	size_t len;

	len = format_head(stderr_is_journal(), subsystem, level, line,
			  sizeof(line));
	len += name_printable(text, strlen(text), line + len,
			      sizeof(line) - len);
	line[len++] = '\n'; /* where the terminating NUL was */
	return write_line(line, len);
}

/**
 * log_write() - Write one line, whatever the level
 * @subsystem:	Who says so
 * @level:	How important it is, for the journal
 * @fmt:	printf() format, without a newline; what it yields may hold
 *		anything, and what is not printable is escaped
 *
 * Called by log_error() and its sisters, which check the level first.
 */
void log_write(enum log_subsystem subsystem, enum log_level level,
	       const char *fmt, ...)
{
	const int saved_errno = errno;
	char text[TEXT_SIZE];
	va_list ap;

	if (log_state.n_lost) {
		snprintf(text, sizeof(text),
			 "%lu lines of log lost, since nobody read them",
			 log_state.n_lost);
		if (write_text(LOG_MAIN, LOG_LEVEL_WARNING, text))
			log_state.n_lost = 0;
	}

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) >= (int)sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	va_end(ap);

	if (!write_text(subsystem, level, text))
		log_state.n_lost++;
	errno = saved_errno;
}
