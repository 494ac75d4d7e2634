/* SPDX-License-Identifier: MIT */
/* monitor.c - show events as they happen */

#include "monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "condition.h"
#include "deadline.h"
#include "event_text.h"
#include "value.h"

enum {
	FOREVER_MS = 1000000000, /* eleven days, and then again */
};

struct monitor {
	const struct options *options;
	struct show show;
	struct condition until; /* if ... */
	bool has_until; /* ... so */
	mtime_t patience; /* --for, if ... */
	bool has_patience; /* ... so */
	int signal_fd;
	bool interrupted;
	int out_errno; /* why our output cannot be written, or 0 */
	uint64_t behind; /* notifications of what happened before */
	uint64_t last; /* event when we began */
	char cursor[48]; /* of the newest event */
};

static enum status take_until(struct monitor *monitor, struct problem *problem)
{
	const char *text = json_string_value(
		json_object_get(monitor->options->locals, "until"));
	enum status status;

	if (!text)
		return STATUS_DONE;

	status = condition_parse(&monitor->until, text, problem);
	if (status != STATUS_DONE)
		return status;
	if (!condition_is_event(&monitor->until)) {
		problem_set(problem, STATUS_USAGE,
			    "--until: no event tells of that");
		err_hint(&problem->err, "vswctl expect '%.80s' --within TIME",
			 text);
		return STATUS_USAGE;
	}

	monitor->has_until = true;
	return STATUS_DONE;
}

/**
 * monitor_new() - Understand what is to be shown
 * @options:	The command; has to stay
 * @show:	Where to, and how
 * @ret:	On success, the monitor
 * @problem:	Where to say what is wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status monitor_new(const struct options *options, const struct show *show,
			struct monitor **ret, struct problem *problem)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));
	enum status status;

	if (!monitor)
		return problem_set(problem, STATUS_FAILED, "out of memory");

	monitor->options = options;
	monitor->show = *show;
	monitor->signal_fd = -1;
	monitor->has_patience = value_get(options->locals, "for");
	monitor->patience = mtime_from_ms(value_number(options->locals, "for"));
	status = take_until(monitor, problem);
	if (status != STATUS_DONE) {
		monitor_free(monitor);
		return status;
	}

	*ret = monitor;
	return STATUS_DONE;
}

/**
 * monitor_free() - Let go of a monitor
 * @monitor:	Monitor, or NULL
 */
void monitor_free(struct monitor *monitor)
{
	if (!monitor)
		return;

	condition_fini(&monitor->until);
	if (monitor->signal_fd >= 0)
		close(monitor->signal_fd);
	free(monitor);
}

static void print(struct monitor *monitor, const json_t *event)
{
	if (monitor->options->json) {
		json_dumpf(event, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
		putchar('\n');
	} else {
		event_text_print(&monitor->show, event);
	}

	/* What stdio could not write it forgets, and with it the reason. */
	if (ferror(stdout) && !monitor->out_errno)
		monitor->out_errno = errno;
}

static bool is_over(const struct monitor *monitor)
{
	return monitor->has_until && monitor->until.met && !monitor->behind;
}

static void on_message(const json_t *message, void *user)
{
	const json_t *event = json_object_get(message, "params");
	struct monitor *monitor = user;

	/* What comes in the same breath as the end is not shown any more. */
	if (strcmp(value_text(message, "method"), "event") || is_over(monitor))
		return;

	if (monitor->behind)
		monitor->behind--;
	if (value_number(event, "seq") >= monitor->last)
		monitor->behind = 0;
	snprintf(monitor->cursor, sizeof(monitor->cursor), "%s",
		 value_text(event, "cursor"));
	if (monitor->has_until)
		condition_note(&monitor->until, event);
	print(monitor, event);
}

static enum status take_events(struct monitor *monitor, struct client *client,
			       struct problem *problem)
{
	enum status status;
	json_t *message;

	do {
		status = client_take(client, &message, problem);
		if (status == STATUS_DONE && message)
			on_message(message, monitor);
		json_decref(message);
	} while (status == STATUS_DONE && message);

	return status;
}

static enum status subscribe(struct monitor *monitor, struct client *client,
			     struct problem *problem)
{
	json_t *result;
	enum status status;

	client_set_listener(client, on_message, monitor);
	status = client_call(client, "event.subscribe",
			     monitor->options->params, -1, &result, problem);
	if (status != STATUS_DONE)
		return status;

	monitor->behind = value_number(result, "behind");
	monitor->last = value_number(result, "last");
	snprintf(monitor->cursor, sizeof(monitor->cursor), "%s",
		 value_text(result, "cursor"));
	json_decref(result);
	return STATUS_DONE;
}

static enum status catch_signals(struct monitor *monitor,
				 struct problem *problem)
{
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	monitor->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (monitor->signal_fd >= 0)
		return STATUS_DONE;

	err_errno(&problem->err, "cannot wait for signals");
	return problem_take(problem, STATUS_FAILED);
}

/* Until something happens, a signal comes, or nobody reads any more. */
static void pause_for_events(struct monitor *monitor, struct client *client,
			     mtime_t deadline)
{
	struct pollfd fds[] = {
		{ .fd = client_fd(client), .events = POLLIN },
		{ .fd = monitor->signal_fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 },
	};
	int left_ms;

	if (monitor->has_until)
		deadline = condition_wake(&monitor->until, deadline);
	left_ms = deadline_left_ms(deadline);
	if (!client_drained(client))
		left_ms = 0;
	if (poll(fds, 3, left_ms) <= 0)
		return;
	if (fds[1].revents)
		monitor->interrupted = true;
	if (fds[2].revents & (POLLERR | POLLHUP))
		monitor->out_errno = EPIPE;
}

static enum status run(struct monitor *monitor, struct client *client,
		       struct problem *problem)
{
	const mtime_t patience = monitor->has_patience
					 ? monitor->patience
					 : mtime_from_ms(FOREVER_MS);
	const mtime_t deadline = deadline_in(patience);
	const mtime_t timeout = monitor->options->timeout;
	const mtime_t catch_up = deadline_in(timeout);
	enum status status = STATUS_DONE;

	while (status == STATUS_DONE && !is_over(monitor) &&
	       !monitor->interrupted && !monitor->out_errno) {
		const bool late = deadline_passed(deadline);

		if (monitor->has_patience && late && !monitor->behind)
			break;
		if (late && deadline_passed(catch_up))
			return problem_set(problem, STATUS_TIMEOUT,
					   "the switch does not answer");
		pause_for_events(monitor, client,
				 late ? deadline_in(timeout) : deadline);
		status = take_events(monitor, client, problem);
		client_set_deadline(client, deadline_in(timeout));
		if (status == STATUS_DONE && monitor->has_until)
			status = condition_ask_again(&monitor->until, client,
						     problem);
		if (fflush(stdout) && !monitor->out_errno)
			monitor->out_errno = errno;
	}

	if (status == STATUS_DONE && monitor->has_until && !monitor->out_errno)
		status = condition_end(&monitor->until, client, problem);
	return status;
}

static enum status conclude(const struct monitor *monitor,
			    struct problem *problem)
{
	if (monitor->has_until && !monitor->until.met)
		return problem_set(problem, STATUS_FALSE, "not true: %.80s: %s",
				   monitor->until.text, monitor->until.seen);
	if (!monitor->options->json && monitor->interrupted)
		fprintf(stderr, "to go on from here: --since %s\n",
			monitor->cursor);

	return STATUS_DONE;
}

/**
 * monitor_run() - Show events until it is enough
 * @monitor:	Monitor
 * @client:	Connection
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE; STATUS_FALSE if what was waited for did not happen; or
 * what else to exit with
 */
enum status monitor_run(struct monitor *monitor, struct client *client,
			struct problem *problem)
{
	enum status status = catch_signals(monitor, problem);

	if (status == STATUS_DONE)
		status = subscribe(monitor, client, problem);
	if (status == STATUS_DONE && monitor->has_until)
		status =
			condition_begin(&monitor->until, true, client, problem);
	if (status == STATUS_DONE)
		status = run(monitor, client, problem);
	if (monitor->out_errno == EPIPE)
		return STATUS_DONE; /* as it is with tcpdump | head */
	if (monitor->out_errno) {
		errno = monitor->out_errno;
		err_errno(&problem->err, "cannot write standard output");
		return problem_take(problem, STATUS_FAILED);
	}

	return status == STATUS_DONE ? conclude(monitor, problem) : status;
}
