/* SPDX-License-Identifier: MIT */
/* client.c - a connection to a switch */

#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "jsonrpc.h"
#include "usock.h"

enum {
	/* A page has up to 1,000 rows of some 500 bytes. */
	ANSWER_MAX = 16 * 1024 * 1024,
	RETRY_MS = 10,
};

struct client {
	int fd;
	mtime_t deadline;
	int last_id; /* of the newest request */
	json_t *hello; /* its params */
	struct jsonrpc_framer framer;
	bool drained; /* nothing in there that nobody has taken */
	void (*listener)(const json_t *message, void *user); /* or NULL */
	void *listener_user;
};

/**
 * client_connect() - Connect to a socket
 * @path:	Where it is
 * @deadline:	When to give up
 * @err:	Where to say what went wrong
 *
 * Return: a descriptor, or -errno: -ENOENT or -ECONNREFUSED if nobody listens
 * there, -ETIMEDOUT if the daemon did not take us in time
 */
int client_connect(const char *path, mtime_t deadline, struct err *err)
{
	for (;;) {
		int fd = usock_connect(path, err);

		if (fd != -EAGAIN)
			return fd;
		if (deadline_passed(deadline))
			return err_set(err, -ETIMEDOUT,
				       "the switch does not answer");
		deadline_pause(deadline, RETRY_MS);
	}
}

static enum status timed_out(struct problem *problem)
{
	return problem_set(problem, STATUS_TIMEOUT,
			   "the switch does not answer");
}

static enum status hung_up(const struct client *client, struct problem *problem)
{
	return problem_set(problem, STATUS_FAILED,
			   "the switch closed the connection before it %s",
			   client->hello ? "answered" : "said hello");
}

static enum status nonsense(struct problem *problem, const char *what)
{
	enum status status = problem_set(problem, STATUS_FAILED,
					 "the switch does not speak our "
					 "protocol: %s",
					 what);

	strcpy(problem->code, "protocol");
	return status;
}

/* Return: 1 for a message, 0 if more has to be read, or -1 for a problem */
static int next_message(struct client *client, json_t **ret,
			struct problem *problem)
{
	const char *line;
	size_t len;
	int r = jsonrpc_framer_next(&client->framer, &line, &len);

	if (r < 0) {
		nonsense(problem, "a line is too long");
		return -1;
	}
	if (r == 0)
		return 0;

	*ret = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(*ret))
		return 1;

	json_decref(*ret);
	nonsense(problem, "a line is not a JSON object");
	return -1;
}

/* Return: 1 if bytes came, 0 if there are none yet, or -1 for a problem */
static int read_some(struct client *client, struct problem *problem)
{
	size_t size;
	ssize_t n;
	char *buf;
	int r;

	r = jsonrpc_framer_space(&client->framer, &buf, &size);
	if (r < 0) {
		problem_set(problem, STATUS_FAILED, "out of memory");
		return -1;
	}

	n = usock_recv(client->fd, buf, size, NULL);
	if (n == -EAGAIN)
		return 0;
	if (n <= 0) {
		hung_up(client, problem);
		return -1;
	}

	jsonrpc_framer_added(&client->framer, (size_t)n);
	return 1;
}

/**
 * client_take() - Take the next message, without waiting
 * @client:	Connection
 * @ret:	The message, a new reference, or NULL if none has come
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status client_take(struct client *client, json_t **ret,
			struct problem *problem)
{
	int r;

	for (;;) {
		r = next_message(client, ret, problem);
		client->drained = r == 0;
		if (r > 0)
			return STATUS_DONE;
		if (r == 0)
			r = read_some(client, problem);
		if (r < 0)
			return problem->status;
		if (r == 0) {
			*ret = NULL;
			return STATUS_DONE;
		}
	}
}

/**
 * client_drained() - Is it the descriptor that has the next message?
 * @client:	Connection
 *
 * An answer may come with more behind it, which is read along: poll() cannot
 * see it, so whoever waits for messages has to take those first.
 *
 * Return: whether all that was read has been taken
 */
bool client_drained(const struct client *client)
{
	return client->drained;
}

/**
 * client_receive() - Wait for the next message
 * @client:	Connection
 * @ret:	The message, a new reference
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status client_receive(struct client *client, json_t **ret,
			   struct problem *problem)
{
	enum status status;

	for (;;) {
		/* Also against a daemon that never stops talking. */
		if (deadline_passed(client->deadline))
			return timed_out(problem);
		status = client_take(client, ret, problem);
		if (status != STATUS_DONE || *ret)
			return status;
		if (!deadline_wait(client->deadline, client->fd, POLLIN))
			return timed_out(problem);
	}
}

static enum status check_hello(struct client *client, json_t *message,
			       struct problem *problem)
{
	const char *method, *why;
	json_t *params, *protocol;

	method = json_string_value(json_object_get(message, "method"));
	params = json_object_get(message, "params");
	if (!method || !json_is_object(params))
		return nonsense(problem, "there is no hello");
	if (!strcmp(method, "goodbye")) {
		why = json_string_value(json_object_get(params, "message"));
		problem_set(problem, STATUS_FAILED, "%s",
			    why ? why : "the switch turned us away");
		why = json_string_value(json_object_get(params, "code"));
		return problem_from_code(problem, why ? why : "failed");
	}
	if (strcmp(method, "hello"))
		return nonsense(problem, "there is no hello");

	protocol = json_object_get(params, "protocol");
	if (!json_is_integer(protocol))
		return nonsense(problem, "the hello has no protocol number");
	if (json_integer_value(protocol) != CLIENT_PROTOCOL) {
		problem_set(problem, STATUS_FAILED,
			    "the switch speaks protocol %lld, this vswctl %d",
			    (long long)json_integer_value(protocol),
			    CLIENT_PROTOCOL);
		err_hint(&problem->err, "use the vswctl that came with vswd");
		strcpy(problem->code, "protocol");
		return STATUS_FAILED;
	}

	client->hello = json_incref(params);
	return STATUS_DONE;
}

/**
 * client_open() - Hear what the daemon says first
 * @fd:		What client_connect() returned; taken over, also on failure
 * @deadline:	When to give up, now and in later calls
 * @ret:	The connection
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status client_open(int fd, mtime_t deadline, struct client **ret,
			struct problem *problem)
{
	struct client *client = calloc(1, sizeof(*client));
	json_t *message = NULL;
	enum status status;

	if (!client) {
		close(fd);
		return problem_set(problem, STATUS_FAILED, "out of memory");
	}

	client->fd = fd;
	client->deadline = deadline;
	jsonrpc_framer_init(&client->framer, ANSWER_MAX);
	status = client_receive(client, &message, problem);
	if (status == STATUS_DONE) {
		status = check_hello(client, message, problem);
		json_decref(message);
	}
	if (status != STATUS_DONE) {
		client_close(client);
		return status;
	}

	*ret = client;
	return STATUS_DONE;
}

/**
 * client_close() - Hang up
 * @client:	Connection, or NULL
 */
void client_close(struct client *client)
{
	if (!client)
		return;

	jsonrpc_framer_fini(&client->framer);
	json_decref(client->hello);
	close(client->fd);
	free(client);
}

/**
 * client_fd() - What to poll for messages
 * @client:	Connection
 *
 * Return: its descriptor
 */
int client_fd(const struct client *client)
{
	return client->fd;
}

/**
 * client_hello() - What the daemon said of itself
 * @client:	Connection
 *
 * Return: params of its hello
 */
const json_t *client_hello(const struct client *client)
{
	return client->hello;
}

/**
 * client_set_deadline() - Be patient, or no longer
 * @client:	Connection
 * @deadline:	When to give up from now on
 */
void client_set_deadline(struct client *client, mtime_t deadline)
{
	client->deadline = deadline;
}

/**
 * client_set_listener() - Have notifications heard that come before an answer
 * @client:	Connection
 * @listener:	Told of each while client_call() waits
 * @user:	For @listener
 */
void client_set_listener(struct client *client,
			 void (*listener)(const json_t *message, void *user),
			 void *user)
{
	client->listener = listener;
	client->listener_user = user;
}

static enum status send_line(struct client *client, const char *line,
			     size_t len, int pass_fd, struct problem *problem)
{
	while (len > 0) {
		ssize_t n = usock_send(client->fd, line, len, pass_fd);

		if (n > 0) {
			line += n;
			len -= (size_t)n;
			pass_fd = -1; /* it went with the first byte */
		} else if (n != -EAGAIN) {
			return hung_up(client, problem);
		} else if (!deadline_wait(client->deadline, client->fd,
					  POLLOUT)) {
			return timed_out(problem);
		}
	}

	return STATUS_DONE;
}

/**
 * client_send() - Send a request
 * @client:	Connection
 * @method:	What to do
 * @params:	Object with the arguments; borrowed
 * @pass_fd:	Descriptor to send along, or -1
 * @problem:	Where to say what went wrong
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status client_send(struct client *client, const char *method,
			json_t *params, int pass_fd, struct problem *problem)
{
	enum status status;
	json_t *request;
	size_t len = 0;
	char *line;

	request = jsonrpc_call(++client->last_id, method, json_incref(params));
	line = jsonrpc_line(request, &len);
	json_decref(request);
	if (!line)
		return problem_set(problem, STATUS_FAILED, "out of memory");

	if (len > JSONRPC_LINE_MAX)
		status = problem_set(problem, STATUS_USAGE,
				     "the request is too long: %zu bytes, "
				     "at most %d",
				     len, JSONRPC_LINE_MAX);
	else
		status = send_line(client, line, len, pass_fd, problem);
	free(line);
	return status;
}

static enum status take_error(const json_t *error, struct problem *problem)
{
	const json_t *data = json_object_get(error, "data");
	const char *code = json_string_value(json_object_get(data, "code"));
	const char *hint = json_string_value(json_object_get(data, "hint"));
	const char *message =
		json_string_value(json_object_get(error, "message"));

	if (!message)
		return nonsense(problem, "an error says nothing");

	err_set(&problem->err, -EIO, "%s", message);
	if (hint)
		err_hint(&problem->err, "%s", hint);
	return problem_from_code(problem, code ? code : "failed");
}

/* Ours, or one without an id: the daemon could not even read whose it is. */
static bool is_answer(const struct client *client, const json_t *message)
{
	const json_t *id = json_object_get(message, "id");

	if (json_is_null(id))
		return json_object_get(message, "error");

	return json_is_integer(id) && json_integer_value(id) == client->last_id;
}

/**
 * client_call() - Send a request and wait for its answer
 * @client:	Connection
 * @method:	What to do
 * @params:	Object with the arguments; borrowed
 * @pass_fd:	Descriptor to send along, or -1
 * @ret:	The result, an object, a new reference
 * @problem:	Where to say what went wrong
 *
 * Notifications that come before the answer go to the listener, if there is
 * one.
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status client_call(struct client *client, const char *method,
			json_t *params, int pass_fd, json_t **ret,
			struct problem *problem)
{
	json_t *message = NULL, *result;
	enum status status;

	status = client_send(client, method, params, pass_fd, problem);
	while (status == STATUS_DONE) {
		status = client_receive(client, &message, problem);
		if (status != STATUS_DONE)
			return status;
		if (is_answer(client, message))
			break;
		if (client->listener)
			client->listener(message, client->listener_user);
		json_decref(message);
	}
	if (status != STATUS_DONE)
		return status;

	result = json_object_get(message, "result");
	if (json_object_get(message, "error"))
		status = take_error(json_object_get(message, "error"), problem);
	else if (!json_is_object(result))
		status = nonsense(problem, "an answer has no result");
	else
		*ret = json_incref(result);
	json_decref(message);
	return status;
}

/* Append the rows of @page to the arrays of that name, and go on where it does. */
static void merge_page(json_t *all, json_t *page)
{
	const char *key;
	json_t *value;

	json_object_foreach(page, key, value)
	{
		if (json_is_array(value) &&
		    json_is_array(json_object_get(all, key)))
			json_array_extend(json_object_get(all, key), value);
	}
	json_object_del(all, "next");
	json_object_set(all, "next", json_object_get(page, "next"));
}

/**
 * client_call_pages() - Send requests until the answer is complete
 * @client:	Connection
 * @method:	What to ask
 * @params:	Object with the arguments; borrowed
 * @ret:	The result, all rows in one, without "next"; a new reference
 * @problem:	Where to say what went wrong
 *
 * What is not rows is as the first page has it.
 *
 * Return: STATUS_DONE, or what to exit with
 */
enum status client_call_pages(struct client *client, const char *method,
			      json_t *params, json_t **ret,
			      struct problem *problem)
{
	json_t *args = json_copy(params);
	json_t *all = NULL, *page, *next;
	enum status status;

	status = client_call(client, method, args, -1, &all, problem);
	while (status == STATUS_DONE) {
		next = json_object_get(all, "next");
		if (!next || json_is_null(next))
			break;
		json_object_set(args, "cursor", next);
		status = client_call(client, method, args, -1, &page, problem);
		if (status != STATUS_DONE)
			break;
		if (json_equal(json_object_get(page, "next"), next))
			status = nonsense(problem, "a page leads to itself");
		merge_page(all, page);
		json_decref(page);
	}
	json_decref(args);
	if (status != STATUS_DONE) {
		json_decref(all);
		return status;
	}

	json_object_del(all, "next");
	*ret = all;
	return STATUS_DONE;
}
