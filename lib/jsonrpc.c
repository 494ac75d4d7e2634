/* SPDX-License-Identifier: MIT */
/* jsonrpc.c - JSON-RPC 2.0, one object a line */

#include "jsonrpc.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

enum {
	FRAMER_SIZE_FIRST = 4096,
};

static int bad_request(int *ret_code, struct err *err, const char *why)
{
	*ret_code = JSONRPC_CODE_REQUEST;
	return err_set(err, -EBADMSG, "%s", why);
}

static json_t *load(const char *line, size_t len, int *ret_code,
		    struct err *err)
{
	json_error_t why;
	json_t *root;

	/* At the very end jansson would take it for the end. */
	if (memchr(line, '\0', len)) {
		*ret_code = JSONRPC_CODE_PARSE;
		err_set(err, -EBADMSG, "not JSON: there is a zero byte in it");
		return NULL;
	}

	root = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
			  &why);
	if (root)
		return root;

	if (json_error_code(&why) == json_error_duplicate_key) {
		bad_request(ret_code, err, "a key is there twice");
		return NULL;
	}

	*ret_code = JSONRPC_CODE_PARSE;
	err_set(err, -EBADMSG, "not JSON: %s (byte %d)", why.text,
		why.position);
	return NULL;
}

/*
 * A misspelt "params" must not turn "forget the stations of web" into "forget
 * all stations", so members we don't know are refused like unknown arguments.
 */
static int check_members(json_t *root, int *ret_code, struct err *err)
{
	static const char *const known[] = { "jsonrpc", "id", "method",
					     "params" };
	const char *key;
	json_t *value;

	json_object_foreach(root, key, value)
	{
		size_t i = 0;

		while (i < 4 && strcmp(known[i], key))
			i++;
		if (i < 4)
			continue;
		*ret_code = JSONRPC_CODE_REQUEST;
		return err_set(err, -EBADMSG,
			       "a request has jsonrpc, id, method and params, "
			       "but no '%.64s'",
			       key);
	}

	return 0;
}

static int take_members(struct jsonrpc_request *request, int *ret_code,
			struct err *err)
{
	const char *version;
	json_t *id;
	int r;

	if (json_is_array(request->root)) {
		bad_request(ret_code, err, "batches are not served");
		err_hint(err, "send one request a line");
		return -EBADMSG;
	}
	if (!json_is_object(request->root))
		return bad_request(ret_code, err, "a request is an object");

	/* The id comes first: what is wrong later is answered under it. */
	id = json_object_get(request->root, "id");
	if (id && !json_is_string(id) && !json_is_integer(id) &&
	    !json_is_null(id))
		return bad_request(ret_code, err,
				   "id is a string, a whole number or null");
	request->id = id;

	r = check_members(request->root, ret_code, err);
	if (r < 0)
		return r;
	version = json_string_value(json_object_get(request->root, "jsonrpc"));
	if (!version || strcmp(version, "2.0"))
		return bad_request(ret_code, err, "jsonrpc is not \"2.0\"");
	request->method =
		json_string_value(json_object_get(request->root, "method"));
	if (!request->method)
		return bad_request(ret_code, err, "method is not a string");
	request->params = json_object_get(request->root, "params");
	if (json_is_array(request->params))
		return bad_request(ret_code, err,
				   "params are given by name: an object, "
				   "not an array");
	if (request->params && !json_is_object(request->params))
		return bad_request(ret_code, err, "params is not an object");

	return 0;
}

/**
 * jsonrpc_parse_request() - Read one line of a client
 * @line:	The line, with or without its newline; need not end with a NUL
 * @len:	Bytes of it
 * @ret:	Where the request goes; jsonrpc_request_free() it in either case
 * @ret_code:	On failure, JSONRPC_CODE_PARSE or JSONRPC_CODE_REQUEST
 * @err:	Where to say what is wrong, or NULL
 *
 * On failure @ret->id is still set where the line had a usable one, so that
 * the error can be answered under it; the other members mean nothing then.
 *
 * Return: 0, or -EBADMSG
 */
int jsonrpc_parse_request(const char *line, size_t len,
			  struct jsonrpc_request *ret, int *ret_code,
			  struct err *err)
{
	*ret = (struct jsonrpc_request){ .root = NULL };
	ret->root = load(line, len, ret_code, err);
	if (!ret->root)
		return -EBADMSG;

	return take_members(ret, ret_code, err);
}

/**
 * jsonrpc_request_free() - Let go of a request
 * @request:	What jsonrpc_parse_request() filled, or NULL
 */
void jsonrpc_request_free(struct jsonrpc_request *request)
{
	if (!request)
		return;

	json_decref(request->root);
	*request = (struct jsonrpc_request){ .root = NULL };
}

/**
 * jsonrpc_text() - A JSON string of any bytes
 * @text:	What it shall say
 *
 * A sentence may quote what came from outside, and may have been cut in the
 * middle of a character, so text that is not UTF-8 gets '?' for every byte
 * that is not ASCII.
 *
 * Return: a new reference, or NULL if memory ran out
 */
json_t *jsonrpc_text(const char *text)
{
	json_t *string = json_string(text);
	char *copy;

	if (string)
		return string;

	copy = strdup(text);
	if (!copy)
		return NULL;

	for (char *c = copy; *c; c++) {
		if (*c & 0x80)
			*c = '?';
	}
	string = json_string(copy);
	free(copy);
	return string;
}

/**
 * jsonrpc_result() - The answer to a request that was done
 * @id:		Id of the request
 * @result:	What came of it; taken over
 *
 * Return: the message, a new reference, or NULL if memory ran out
 */
json_t *jsonrpc_result(json_t *id, json_t *result)
{
	return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id,
			 "result", result);
}

/**
 * jsonrpc_error() - The answer to a request that was not done
 * @id:		Id of the request, or NULL if it is not known
 * @code:	enum jsonrpc_code
 * @name:	What programs decide by; err_name(err->code) for most
 * @err:	The sentence, and the hint if there is one
 *
 * Return: the message, a new reference, or NULL if memory ran out
 */
json_t *jsonrpc_error(json_t *id, int code, const char *name,
		      const struct err *err)
{
	json_t *hint = err->hint[0] ? jsonrpc_text(err->hint) : NULL;

	return json_pack("{s:s, s:o, s:{s:i, s:o, s:{s:s, s:o*}}}", "jsonrpc",
			 "2.0", "id", id ? json_incref(id) : json_null(),
			 "error", "code", code, "message",
			 jsonrpc_text(err->msg), "data", "code", name, "hint",
			 hint);
}

/**
 * jsonrpc_notification() - A message that wants no answer
 * @method:	What happened
 * @params:	Object that says more; taken over
 *
 * Return: the message, a new reference, or NULL if memory ran out
 */
json_t *jsonrpc_notification(const char *method, json_t *params)
{
	return json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method,
			 "params", params);
}

/**
 * jsonrpc_call() - A request
 * @id:		Number its answer will carry
 * @method:	What to do
 * @params:	Object with the arguments; taken over
 *
 * Return: the message, a new reference, or NULL if memory ran out
 */
json_t *jsonrpc_call(int id, const char *method, json_t *params)
{
	return json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", id,
			 "method", method, "params", params);
}

/**
 * jsonrpc_line() - What goes over the wire
 * @message:	Message, which stays the caller's, or NULL
 * @ret_len:	Its bytes, the newline included
 *
 * Return: the line with a NUL behind it, to be freed, or NULL if there is no
 * message or memory ran out
 */
char *jsonrpc_line(json_t *message, size_t *ret_len)
{
	char *text, *line;
	size_t len;

	if (!message)
		return NULL;
	text = json_dumps(message, JSON_COMPACT);
	if (!text)
		return NULL;

	len = strlen(text);
	line = realloc(text, len + 2);
	if (!line) {
		free(text);
		return NULL;
	}

	memcpy(line + len, "\n", 2);
	*ret_len = len + 1;
	return line;
}

/**
 * jsonrpc_framer_init() - Start to cut lines
 * @framer:	Framer, in the caller's memory
 * @limit:	Bytes a line may have, its newline included
 */
void jsonrpc_framer_init(struct jsonrpc_framer *framer, size_t limit)
{
	*framer = (struct jsonrpc_framer){ .limit = limit };
}

/**
 * jsonrpc_framer_fini() - Let go of what was not taken
 * @framer:	Framer, or NULL
 */
void jsonrpc_framer_fini(struct jsonrpc_framer *framer)
{
	if (!framer)
		return;

	free(framer->buf);
	*framer = (struct jsonrpc_framer){ .limit = framer->limit };
}

static int framer_grow(struct jsonrpc_framer *framer)
{
	size_t size = framer->size ? framer->size * 2 : FRAMER_SIZE_FIRST;
	char *buf;

	if (size > framer->limit)
		size = framer->limit;
	buf = realloc(framer->buf, size);
	if (!buf)
		return -ENOMEM;

	framer->buf = buf;
	framer->size = size;
	return 0;
}

/**
 * jsonrpc_framer_space() - Where to read to
 * @framer:	Framer
 * @ret_buf:	Where to put bytes
 * @ret_size:	How many; at least one
 *
 * Lines that were handed out are no longer valid afterwards.
 *
 * Return: 0, -ENOBUFS if no more is taken in before lines are taken out (or
 * ever, where a line is too long), or -ENOMEM
 */
int jsonrpc_framer_space(struct jsonrpc_framer *framer, char **ret_buf,
			 size_t *ret_size)
{
	int r;

	if (framer->start > 0) {
		memmove(framer->buf, framer->buf + framer->start, framer->used);
		framer->start = 0;
	}
	if (framer->used == framer->limit)
		return -ENOBUFS;
	if (framer->used == framer->size) {
		r = framer_grow(framer);
		if (r < 0)
			return r;
	}

	*ret_buf = framer->buf + framer->used;
	*ret_size = framer->size - framer->used;
	return 0;
}

/**
 * jsonrpc_framer_added() - Say how much was read
 * @framer:	Framer
 * @len:	Bytes put where jsonrpc_framer_space() said
 */
void jsonrpc_framer_added(struct jsonrpc_framer *framer, size_t len)
{
	assert(len <= framer->size - framer->start - framer->used);
	framer->used += len;
}

/**
 * jsonrpc_framer_next() - Take the next line
 * @framer:	Framer
 * @ret_line:	The line; valid until the next jsonrpc_framer_space()
 * @ret_len:	Its bytes, without the newline; may be 0
 *
 * Return: 1 for a line, 0 if there is none yet, or -EMSGSIZE if there never
 * will be, since it is longer than the limit
 */
int jsonrpc_framer_next(struct jsonrpc_framer *framer, const char **ret_line,
			size_t *ret_len)
{
	char *line, *end;

	if (framer->used == 0)
		return 0;

	line = framer->buf + framer->start;
	end = memchr(line + framer->searched, '\n',
		     framer->used - framer->searched);
	if (!end) {
		framer->searched = framer->used;
		return framer->used == framer->limit ? -EMSGSIZE : 0;
	}

	*ret_line = line;
	*ret_len = (size_t)(end - line);
	framer->start += *ret_len + 1;
	framer->used -= *ret_len + 1;
	framer->searched = 0;
	return 1;
}
