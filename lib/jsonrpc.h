/* SPDX-License-Identifier: MIT */
/*
 * jsonrpc.h - JSON-RPC 2.0, one object a line
 *
 * What docs/protocol.md says about lines, requests and answers, and nothing
 * about methods. Both sides use it: the daemon parses requests and builds
 * answers, the client the other way round. No I/O: lines come out of a framer
 * that the caller reads into, and go out as text that the caller sends.
 *
 * Always true:
 *  - a framer holds at most @limit bytes, whatever the peer sends
 *  - whatever is built can be dumped: bytes that are not UTF-8 became '?'
 *
 * Ownership: a json_t that is returned is the caller's. Builders borrow @id
 * and take over @result and @params, also when they fail, so that calls nest;
 * NULL in (out of memory) gives NULL out, down to jsonrpc_line().
 */
#ifndef JSONRPC_H
#define JSONRPC_H

#include <jansson.h>
#include <stddef.h>

struct err;

enum {
	JSONRPC_LINE_MAX = 65536, /* of a request, newline included */
};

enum jsonrpc_code {
	JSONRPC_CODE_PARSE = -32700,
	JSONRPC_CODE_REQUEST = -32600,
	JSONRPC_CODE_METHOD = -32601,
	JSONRPC_CODE_INVALID = -32602,
	JSONRPC_CODE_FAILED = -32000,
};

struct jsonrpc_request {
	json_t *root; /* owns the others; NULL if the line is not JSON */
	json_t *id; /* string, integer or null; NULL: a notification */
	const char *method;
	json_t *params; /* object, or NULL where there are none */
};

int jsonrpc_parse_request(const char *line, size_t len,
			  struct jsonrpc_request *ret, int *ret_code,
			  struct err *err);
void jsonrpc_request_free(struct jsonrpc_request *request);

json_t *jsonrpc_result(json_t *id, json_t *result);
json_t *jsonrpc_error(json_t *id, int code, const char *name,
		      const struct err *err);
json_t *jsonrpc_notification(const char *method, json_t *params);
json_t *jsonrpc_call(int id, const char *method, json_t *params);
json_t *jsonrpc_text(const char *text);
char *jsonrpc_line(json_t *message, size_t *ret_len);

/*
 * Bytes in, lines out. The caller asks where to read to, reads, says how much
 * it was, and takes lines until there is none:
 *
 *	jsonrpc_framer_space(&framer, &buf, &size);	-ENOBUFS: take lines
 *	n = usock_recv(fd, buf, size, &passed);
 *	jsonrpc_framer_added(&framer, n);
 *	while (jsonrpc_framer_next(&framer, &line, &len) > 0)
 *		...
 */
struct jsonrpc_framer {
	char *buf;
	size_t limit; /* bytes of a line, newline included */
	size_t size; /* of buf; grows up to limit */
	size_t start; /* first byte not yet taken */
	size_t used; /* bytes from start on */
	size_t searched; /* of these, known to be without a newline */
};

void jsonrpc_framer_init(struct jsonrpc_framer *framer, size_t limit);
void jsonrpc_framer_fini(struct jsonrpc_framer *framer);
int jsonrpc_framer_space(struct jsonrpc_framer *framer, char **ret_buf,
			 size_t *ret_size);
void jsonrpc_framer_added(struct jsonrpc_framer *framer, size_t len);
int jsonrpc_framer_next(struct jsonrpc_framer *framer, const char **ret_line,
			size_t *ret_len);

#endif /* JSONRPC_H */
