/* SPDX-License-Identifier: MIT */
/*
 * capture.c - record frames: to a file, for a program, or for people
 *
 * Three things happen at once: frames come out of the pipe, messages come from
 * the daemon, and signals come from the user. All are descriptors, so that one
 * poll() waits for them. The capture is over when the pipe has ended and the
 * daemon has said how many frames there were, in whichever order.
 */

#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deadline.h"
#include "filter.h"
#include "sink.h"
#include "units.h"
#include "value.h"

enum {
	PIPE_SIZE = 1024 * 1024, /* what an unprivileged pipe may have */
	BUF_SIZE = 64 * 1024,
	POLL_MS =
		100, /* how often the deadline is looked at, if there is one */
};

struct capture {
	struct client *client;
	const struct options *options;
	struct problem *problem;
	json_int_t number; /* the daemon's */
	int pipe_fd; /* read end, or -1 after its end */
	int signal_fd;
	struct sink sink; /* where it goes */

	bool has_end;
	mtime_t end; /* --for: when we have enough */
	bool stopping; /* it was our wish to end */
	bool hurried; /* and it was said twice */
	bool has_deadline;
	mtime_t deadline; /* from when on nothing more can happen but the end */

	bool client_gone; /* the daemon hung up */
	bool ended; /* the daemon said so: */
	uint64_t n_frames;
	uint64_t n_missed;
};

static enum status check_time(const struct options *options,
			      struct problem *problem)
{
	const json_t *time = value_get(options->locals, "for");

	if (time && !json_integer_value(time))
		return problem_set(problem, STATUS_USAGE,
				   "for: has to be longer than 0");

	return STATUS_DONE;
}

/**
 * capture_prepare() - Do what can fail without bothering the daemon
 * @options:	The command; its arguments get "bpf" if there is a "filter"
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status capture_prepare(const struct options *options,
			    struct problem *problem)
{
	const char *filter =
		json_string_value(json_object_get(options->params, "filter"));
	enum status status = sink_check(options, problem);
	json_t *bpf;

	if (status == STATUS_DONE)
		status = check_time(options, problem);
	if (status != STATUS_DONE || !filter)
		return status;

	status = filter_compile(filter, &bpf, problem);
	if (status == STATUS_DONE)
		json_object_set_new(options->params, "bpf", bpf);
	return status;
}

/* From now on the daemon owes us something, and may be silent only so long. */
static void set_deadline(struct capture *capture)
{
	capture->has_deadline = true;
	capture->deadline = deadline_in(capture->options->timeout);
}

static void ask_to_stop(struct capture *capture)
{
	struct problem ignored;
	json_t *params;

	capture->stopping = true;
	set_deadline(capture);
	client_set_deadline(capture->client, capture->deadline);
	params = json_pack("{s:I}", "capture", capture->number);
	/* If it doesn't get there, the end of the connection will do. */
	if (!capture->client_gone)
		client_send(capture->client, "capture.stop", params, -1,
			    &ignored);
	json_decref(params);
}

static void on_signal(struct capture *capture)
{
	struct signalfd_siginfo info;

	if (read(capture->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (capture->stopping)
		capture->hurried = true;
	else
		ask_to_stop(capture);
}

static void look_at_clock(struct capture *capture)
{
	if (capture->has_end && !capture->stopping &&
	    deadline_passed(capture->end))
		ask_to_stop(capture);
}

static void on_message(struct capture *capture, const json_t *message)
{
	const json_t *params = value_get(message, "params");

	if (strcmp(value_text(message, "method"), "capture.end") ||
	    json_integer_value(value_get(params, "capture")) != capture->number)
		return; /* the answer to our stop, for instance */

	capture->ended = true;
	capture->n_frames = value_number(params, "frames");
	capture->n_missed = value_number(params, "missed");
	set_deadline(capture);
}

static void receive(struct capture *capture)
{
	struct problem ignored;
	json_t *message;

	/* What is wrong with the connection matters less than what is lost. */
	for (;;) {
		if (client_take(capture->client, &message, &ignored) !=
		    STATUS_DONE) {
			capture->client_gone = true;
			return;
		}
		if (!message)
			return;
		on_message(capture, message);
		json_decref(message);
	}
}

static bool too_late(const struct capture *capture)
{
	return capture->has_deadline && deadline_passed(capture->deadline);
}

/*
 * Until output can be written. A reader may take its time, unless we were told
 * to stop: then it has as long as the daemon. Signals are seen here as well,
 * since a reader that is stuck must not make us deaf.
 */
static enum status wait_for_reader(void *user)
{
	struct capture *capture = user;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = capture->sink.fd, .events = POLLOUT },
			{ .fd = capture->signal_fd, .events = POLLIN },
		};

		if (capture->stopping &&
		    (capture->hurried || too_late(capture)))
			return problem_set(capture->problem, STATUS_TIMEOUT,
					   "nobody reads %.80s",
					   capture->sink.name);
		look_at_clock(capture);
		if (poll(fds, 2, POLL_MS) < 0)
			continue;
		if (fds[1].revents)
			on_signal(capture);
		if (fds[0].revents)
			return STATUS_DONE;
	}
}

static enum status copy(struct capture *capture, ssize_t *ret_len)
{
	char buf[BUF_SIZE];

	*ret_len = read(capture->pipe_fd, buf, sizeof(buf));
	if (*ret_len > 0)
		return sink_write(&capture->sink, buf, (size_t)*ret_len,
				  capture->problem);
	if (*ret_len < 0 && errno != EINTR && errno != EAGAIN)
		*ret_len = 0;
	return STATUS_DONE;
}

static enum status read_pipe(struct capture *capture)
{
	enum status status;
	ssize_t n;

	status = sink_can_move(&capture->sink)
			 ? sink_move(&capture->sink, capture->pipe_fd, &n)
			 : copy(capture, &n);
	if (n == 0) {
		close(capture->pipe_fd);
		capture->pipe_fd = -1;
		set_deadline(capture);
	} else if (n > 0 && capture->has_deadline) {
		set_deadline(capture); /* it does go on */
	}
	return status;
}

static bool over(const struct capture *capture)
{
	if (capture->sink.reader_gone)
		return true;

	return capture->pipe_fd < 0 && (capture->ended || capture->client_gone);
}

static enum status run(struct capture *capture)
{
	enum status status = STATUS_DONE;

	/* A short capture may have ended in the same breath as it began. */
	receive(capture);
	while (status == STATUS_DONE && !over(capture)) {
		struct pollfd fds[] = {
			{ .fd = capture->pipe_fd, .events = POLLIN },
			{ .fd = capture->client_gone
					? -1
					: client_fd(capture->client),
			  .events = POLLIN },
			{ .fd = capture->signal_fd, .events = POLLIN },
			/* nothing but its end: nobody reads any more */
			{ .fd = capture->sink.fd, .events = 0 },
		};
		const bool timed = capture->has_deadline || capture->has_end;
		const int patience = timed ? POLL_MS : -1;

		look_at_clock(capture);
		if (capture->hurried)
			return STATUS_DONE;
		if (too_late(capture))
			return problem_set(capture->problem, STATUS_TIMEOUT,
					   "the switch does not end the "
					   "capture");
		if (poll(fds, 4, patience) < 0)
			continue;
		if (fds[2].revents)
			on_signal(capture);
		if (fds[1].revents)
			receive(capture);
		if (fds[0].revents)
			status = read_pipe(capture);
		else if (fds[3].revents)
			capture->sink.reader_gone = true;
	}

	return status;
}

static void say_summary(const struct capture *capture)
{
	char frames[UNITS_TEXT_SIZE], missed[UNITS_TEXT_SIZE];

	if (capture->options->quiet)
		return;
	count_format(capture->n_frames, frames, sizeof(frames));
	count_format(capture->n_missed, missed, sizeof(missed));
	if (capture->options->json && !capture->sink.frames &&
	    capture->sink.fd != STDOUT_FILENO)
		printf("{\n  \"schema\": 1,\n  \"frames\": %llu,\n"
		       "  \"missed\": %llu\n}\n",
		       (unsigned long long)capture->n_frames,
		       (unsigned long long)capture->n_missed);
	else
		fprintf(stderr, "%s frame%s captured, %s%s missed\n", frames,
			value_plural(capture->n_frames),
			capture->n_missed ? "! " : "", missed);
}

static enum status conclude(struct capture *capture)
{
	const uint64_t wanted = value_number(capture->options->params, "count");

	if (capture->sink.reader_gone)
		return STATUS_DONE; /* as it is with tcpdump | head */

	if (capture->ended)
		say_summary(capture);
	if (capture->stopping)
		return STATUS_DONE;
	if (!capture->ended)
		return problem_set(capture->problem, STATUS_FAILED,
				   "the switch went away; what it had "
				   "recorded is kept");
	if (!wanted || capture->n_frames < wanted)
		return problem_set(capture->problem, STATUS_FAILED,
				   "the switch ended the capture; what it had "
				   "recorded is kept");

	return STATUS_DONE;
}

static enum status start(struct capture *capture)
{
	struct problem *problem = capture->problem;
	enum status status;
	json_t *result;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0) {
		err_errno(&problem->err, "cannot make a pipe");
		return problem_take(problem, STATUS_FAILED);
	}

	/* Room for the moments in which we don't run; less does no harm. */
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	/* For a daemon of another user, which opens what it gets once more. */
	fchmod(fds[1], S_IRUSR | S_IWUSR | S_IWOTH);
	status =
		client_call(capture->client, "capture.start",
			    capture->options->params, fds[1], &result, problem);
	/* Ours too, or the end of the daemon's would not be the end. */
	close(fds[1]);
	if (status != STATUS_DONE) {
		close(fds[0]);
		return status;
	}

	capture->pipe_fd = fds[0];
	capture->number =
		json_integer_value(json_object_get(result, "capture"));
	json_decref(result);
	return STATUS_DONE;
}

static enum status catch_signals(struct capture *capture)
{
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	capture->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (capture->signal_fd >= 0)
		return STATUS_DONE;

	err_errno(&capture->problem->err, "cannot wait for signals");
	return problem_take(capture->problem, STATUS_FAILED);
}

/**
 * capture_run() - Record frames until the capture or somebody's patience ends
 * @client:	Connection
 * @options:	The command, capture_prepare()d
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status capture_run(struct client *client, const struct options *options,
			struct problem *problem)
{
	struct capture capture = {
		.client = client,
		.options = options,
		.problem = problem,
		.pipe_fd = -1,
		.signal_fd = -1,
		.sink = { .fd = -1, .wait = wait_for_reader, .user = &capture }
	};
	const uint64_t for_ms = value_number(options->locals, "for");
	enum status status = start(&capture);

	if (status == STATUS_DONE)
		status = catch_signals(&capture);
	if (status == STATUS_DONE)
		status = sink_open(&capture.sink, options, problem);
	capture.has_end = for_ms > 0;
	capture.end = deadline_in(mtime_from_ms(for_ms));
	if (status == STATUS_DONE)
		status = run(&capture);
	if (status == STATUS_DONE)
		status = conclude(&capture);

	status = sink_close(&capture.sink, status, problem);
	if (capture.signal_fd >= 0)
		close(capture.signal_fd);
	if (capture.pipe_fd >= 0)
		close(capture.pipe_fd);
	return status;
}
