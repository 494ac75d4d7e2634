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
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deadline.h"
#include "filter.h"
#include "frames.h"
#include "savefile.h"
#include "units.h"
#include "value.h"

enum {
	PIPE_SIZE = 1024 * 1024, /* what an unprivileged pipe may have */
	BUF_SIZE = 64 * 1024,
	FILES_MAX = 1000000,
	/* poll() says a pipe is writable when this much fits for certain. */
	PIPE_CHUNK = 4096,
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
	int out_fd;
	const char *out_name; /* "standard output", or a file */
	struct frames *frames; /* NULL: pcapng is passed on as it is, */
	struct savefile *savefile; /* or into files */

	bool has_end;
	mtime_t end; /* --for: when we have enough */
	bool stopping; /* it was our wish to end */
	bool hurried; /* and it was said twice */
	bool reader_gone; /* nobody wants our output any more */
	bool has_deadline;
	mtime_t deadline; /* from when on nothing more can happen but the end */

	bool client_gone; /* the daemon hung up */
	bool ended; /* the daemon said so: */
	uint64_t n_frames;
	uint64_t n_missed;
};

static const char *local_text(const struct options *options, const char *name)
{
	return json_string_value(json_object_get(options->locals, name));
}

static enum status check_time(const struct options *options,
			      struct problem *problem)
{
	const json_t *time = value_get(options->locals, "for");

	if (time && !json_integer_value(time))
		return problem_set(problem, STATUS_USAGE,
				   "for: has to be longer than 0");

	return STATUS_DONE;
}

static enum status check_files(const struct options *options,
			       struct problem *problem)
{
	const json_t *locals = options->locals;
	const char *file = local_text(options, "write");

	if (json_object_get(locals, "files") &&
	    !json_object_get(locals, "file_size")) {
		problem_set(problem, STATUS_USAGE,
			    "files: how large each may be is missing");
		err_hint(&problem->err, "-C SIZE says it");
		return STATUS_USAGE;
	}
	if (json_object_get(locals, "file_size") &&
	    (!file || !strcmp(file, "-")))
		return problem_set(problem, STATUS_USAGE,
				   "file-size: needs files to write to: "
				   "-w FILE");
	if (value_number(locals, "files") > FILES_MAX)
		return problem_set(problem, STATUS_USAGE, "files: at most %d",
				   FILES_MAX);

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
	enum status status = check_files(options, problem);
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
static enum status wait_for_reader(struct capture *capture)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = capture->out_fd, .events = POLLOUT },
			{ .fd = capture->signal_fd, .events = POLLIN },
		};

		if (capture->stopping &&
		    (capture->hurried || too_late(capture)))
			return problem_set(capture->problem, STATUS_TIMEOUT,
					   "nobody reads %.80s",
					   capture->out_name);
		look_at_clock(capture);
		if (poll(fds, 2, POLL_MS) < 0)
			continue;
		if (fds[1].revents)
			on_signal(capture);
		if (fds[0].revents)
			return STATUS_DONE;
	}
}

static bool is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static enum status write_out(struct capture *capture, const char *data,
			     size_t len)
{
	const bool is_file = is_regular(capture->out_fd);

	while (len > 0) {
		enum status status = STATUS_DONE;
		size_t size = len;
		ssize_t n;

		if (!is_file)
			status = wait_for_reader(capture);
		if (status != STATUS_DONE)
			return status;
		if (!is_file && size > PIPE_CHUNK)
			size = PIPE_CHUNK;
		n = write(capture->out_fd, data, size);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0 && errno == EPIPE) {
			capture->reader_gone = true;
			return STATUS_DONE;
		}
		if (n < 0) {
			err_errno(&capture->problem->err, "cannot write %.80s",
				  capture->out_name);
			return problem_take(capture->problem, STATUS_FAILED);
		}
		data += n;
		len -= (size_t)n;
	}

	return STATUS_DONE;
}

static enum status write_frames(struct capture *capture, const char *data,
				size_t len)
{
	struct problem *problem = capture->problem;
	struct err err;
	enum status status;
	char *text;
	size_t text_len;
	int r;

	r = frames_feed(capture->frames, data, len, &text, &text_len, &err);
	status = write_out(capture, text, text_len);
	free(text);
	if (status != STATUS_DONE || r == 0)
		return status;

	return problem_set(problem, STATUS_FAILED,
			   "the capture makes no sense: %s", err.msg);
}

static enum status write_file(struct capture *capture, const char *data,
			      size_t len)
{
	struct problem *problem = capture->problem;

	if (savefile_write(capture->savefile, data, len, &problem->err) < 0)
		return problem_take(problem, STATUS_FAILED);
	return STATUS_DONE;
}

static enum status read_pipe(struct capture *capture)
{
	char buf[BUF_SIZE];
	ssize_t n = read(capture->pipe_fd, buf, sizeof(buf));
	enum status status;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return STATUS_DONE;
	if (n <= 0) {
		close(capture->pipe_fd);
		capture->pipe_fd = -1;
		set_deadline(capture);
		return STATUS_DONE;
	}

	if (capture->savefile)
		status = write_file(capture, buf, (size_t)n);
	else if (capture->frames)
		status = write_frames(capture, buf, (size_t)n);
	else
		status = write_out(capture, buf, (size_t)n);
	if (capture->has_deadline)
		set_deadline(capture); /* it does go on */
	return status;
}

static bool over(const struct capture *capture)
{
	if (capture->reader_gone)
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
			{ .fd = capture->out_fd, .events = 0 },
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
			capture->reader_gone = true;
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
	if (capture->options->json && !capture->frames &&
	    capture->out_fd != STDOUT_FILENO)
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

	if (capture->reader_gone)
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

static enum status open_file(struct capture *capture, const char *name)
{
	const json_t *locals = capture->options->locals;
	const struct savefile_config config = {
		.path = name,
		.size_max = value_number(locals, "file_size"),
		.n_files = (uint32_t)value_number(locals, "files"),
	};
	struct problem *problem = capture->problem;
	struct stat st;

	capture->out_name = name;
	if (stat(name, &st) < 0 || S_ISREG(st.st_mode)) {
		if (savefile_open(&config, &capture->savefile, &problem->err))
			return problem_take(problem, STATUS_FAILED);
		return STATUS_DONE;
	}

	/* A named pipe, say. */
	if (config.size_max)
		return problem_set(problem, STATUS_USAGE,
				   "file-size: %.80s is no file", name);
	capture->out_fd = open(name, O_WRONLY | O_CLOEXEC);
	if (capture->out_fd >= 0)
		return STATUS_DONE;
	err_errno(&problem->err, "cannot open %.80s", name);
	return problem_take(problem, STATUS_FAILED);
}

/* Where to, and in which form. Nothing is overwritten before there is more. */
static enum status open_output(struct capture *capture)
{
	const char *file = local_text(capture->options, "write");
	const bool as_json = capture->options->json;

	if (file && strcmp(file, "-"))
		return open_file(capture, file);

	capture->out_name = "standard output";
	capture->out_fd = STDOUT_FILENO;
	if (!file && (as_json || isatty(STDOUT_FILENO))) {
		capture->frames = frames_new(as_json);
		if (!capture->frames)
			return problem_set(capture->problem, STATUS_FAILED,
					   "out of memory");
	}

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

/* A disk may also say as late as that that it is full. */
static enum status close_output(struct capture *capture, enum status status)
{
	struct problem *problem = capture->problem;
	struct err err = { 0 };
	int r = savefile_close(capture->savefile, &err);

	if (capture->out_fd > STDERR_FILENO && close(capture->out_fd) < 0)
		r = err_errno(&err, "cannot write %.80s", capture->out_name);
	if (r == 0 || status != STATUS_DONE)
		return status;

	problem->err = err;
	return problem_take(problem, STATUS_FAILED);
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
	struct capture capture = { .client = client,
				   .options = options,
				   .problem = problem,
				   .pipe_fd = -1,
				   .signal_fd = -1,
				   .out_fd = -1 };
	const uint64_t for_ms = value_number(options->locals, "for");
	enum status status = start(&capture);

	if (status == STATUS_DONE)
		status = catch_signals(&capture);
	if (status == STATUS_DONE)
		status = open_output(&capture);
	capture.has_end = for_ms > 0;
	capture.end = deadline_in(mtime_from_ms(for_ms));
	if (status == STATUS_DONE)
		status = run(&capture);
	if (status == STATUS_DONE)
		status = conclude(&capture);

	frames_free(capture.frames);
	status = close_output(&capture, status);
	if (capture.signal_fd >= 0)
		close(capture.signal_fd);
	if (capture.pipe_fd >= 0)
		close(capture.pipe_fd);
	return status;
}
