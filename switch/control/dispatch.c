/* SPDX-License-Identifier: MIT */
/* dispatch.c - from a line to an answer */

#include "dispatch.h"

#include <errno.h>

#include "arg.h"
#include "cmd.h"
#include "conn.h"
#include "err.h"
#include "handlers.h"
#include "jsonrpc.h"
#include "server.h"
#include "vswitch.h"

static handler_fn *const handlers[CMD_COUNT] = {
	[CMD_ATTACH] = handle_port_attach,
	[CMD_DETACH] = handle_port_detach,
	[CMD_SHOW_PORTS] = handle_port_list,
	[CMD_SHOW_PORT] = handle_port_show,
	[CMD_GC] = handle_port_gc,
	[CMD_SHOW_FDB] = handle_fdb_show,
	[CMD_ADD_FDB] = handle_fdb_add,
	[CMD_DEL_FDB] = handle_fdb_del,
	[CMD_FLUSH_FDB] = handle_fdb_flush,
	[CMD_SHOW_SWITCH] = handle_switch_show,
	[CMD_CAPTURE] = handle_capture_start,
	[CMD_STOP_CAPTURE] = handle_capture_stop,
	[CMD_LIST_EVENTS] = handle_event_list,
	[CMD_MONITOR] = handle_event_subscribe,
	[CMD_SHOW_DROPS] = handle_drop_list,
	[CMD_EXPLAIN] = handle_forward_explain,
	[CMD_INJECT] = handle_forward_inject,
	[CMD_ADD_MIRROR] = handle_mirror_add,
	[CMD_DEL_MIRROR] = handle_mirror_del,
	[CMD_SHOW_MIRRORS] = handle_mirror_list,
	[CMD_APPLY] = handle_lab_apply,
	[CMD_CONFIRM] = handle_lab_confirm,
	[CMD_SAVE] = handle_lab_show,
	[CMD_DOWN] = handle_switch_stop,
};

/* A request without id is a notification, and nobody waits for its answer. */
static void answer(struct conn *conn, int code, const char *name,
		   const struct err *err, json_t *result)
{
	json_t *id = conn->request.message.id;

	if (!id) {
		json_decref(result);
		return;
	}

	if (err)
		conn_send(conn, jsonrpc_error(id, code, name, err));
	else
		conn_send(conn, jsonrpc_result(id, result));
}

static void tell_change(const struct conn *conn)
{
	if (conn->request.spec->access == CMD_ACCESS_WRITE)
		events_config(&conn->server->sw->events, conn);
}

static void conclude(struct conn *conn, int code, json_t *result,
		     const struct err *err)
{
	if (!code)
		tell_change(conn);
	if (code < 0)
		answer(conn,
		       code == -EINVAL ? JSONRPC_CODE_INVALID
				       : JSONRPC_CODE_FAILED,
		       err_name(code), err, NULL);
	else
		answer(conn, 0, NULL, NULL, result);
}

static void run(struct conn *conn)
{
	struct request *request = &conn->request;
	struct err err = { 0 };
	json_t *result = NULL;
	int r;

	r = handlers[request->spec->id](conn->server->sw, conn, request,
					&result, &err);
	request->pending = r == -EINPROGRESS;
	if (request->pending)
		return;

	conclude(conn, r, result, &err);
}

/**
 * dispatch_line() - Serve one line of a client
 * @conn:	Connection; @conn->request is where the request is kept
 * @line:	Line without its newline
 * @len:	Its length
 *
 * Queues the answer, or leaves the request pending: see dispatch_again().
 */
void dispatch_line(struct conn *conn, const char *line, size_t len)
{
	struct request *request = &conn->request;
	struct err err = { 0 };
	int code = 0;

	if (jsonrpc_parse_request(line, len, &request->message, &code, &err)) {
		/* What is no request is no notification either. */
		conn_send(conn,
			  jsonrpc_error(request->message.id, code,
					code == JSONRPC_CODE_PARSE ? "parse"
								   : "request",
					&err));
		return;
	}

	request->spec = cmd_find_method(request->message.method);
	if (!request->spec) {
		err_set(&err, -EINVAL, "there is no method '%.40s'",
			request->message.method);
		answer(conn, JSONRPC_CODE_METHOD, "method", &err, NULL);
		return;
	}

	if (request->spec->access == CMD_ACCESS_WRITE &&
	    conn->access != CMD_ACCESS_WRITE) {
		err_set(&err, -EPERM,
			"%s needs write access, and this "
			"connection may only read",
			request->spec->method);
		err_hint(&err, "run it as root");
		answer(conn, JSONRPC_CODE_FAILED, "denied", &err, NULL);
		return;
	}

	if (arg_check_params(request->spec, request->message.params, &err)) {
		answer(conn, JSONRPC_CODE_INVALID, "invalid", &err, NULL);
		return;
	}

	run(conn);
}

/**
 * dispatch_again() - Go on with a request that was left pending
 * @conn:	Connection whose request is pending
 */
void dispatch_again(struct conn *conn)
{
	run(conn);
}

/**
 * dispatch_end() - Answer a request that was waiting
 * @conn:	Connection whose request is waiting
 * @code:	0, or -errno
 * @result:	What to answer; the reference is taken over. NULL on failure
 * @err:	On failure, one sentence
 */
void dispatch_end(struct conn *conn, int code, json_t *result,
		  const struct err *err)
{
	conclude(conn, code, result, err);
	conn_resume(conn);
}

/**
 * dispatch_forget() - A client has hung up
 * @conn:	Connection, whose request may be pending
 *
 * What it has begun comes to its end, or stays half done, and nobody will
 * know then whose wish it was. So it is told now.
 */
void dispatch_forget(struct conn *conn)
{
	if (conn->request.pending)
		tell_change(conn);
}
