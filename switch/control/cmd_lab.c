/* SPDX-License-Identifier: MIT */
/* cmd_lab.c - apply, confirm, save, down */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "conn.h"
#include "dispatch.h"
#include "err.h"
#include "handlers.h"
#include "lab.h"
#include "labs.h"
#include "log.h"
#include "tree.h"
#include "vswitch.h"

static bool flag(const json_t *params, const char *key)
{
	return json_is_true(json_object_get(params, key));
}

/*
 * A lab that does not fit into a line comes in memory that both sides share.
 * Nothing else will do: reading a file or a pipe could let everybody wait.
 */
static int read_memory(int fd, json_t **ret, struct err *err)
{
	const off_t size = lseek(fd, 0, SEEK_END);
	json_error_t why;
	char *text;

	if (fcntl(fd, F_GET_SEALS) < 0)
		return err_set(err, -EINVAL,
			       "the descriptor is not that of a memfd");
	if (size < 0 || size > TREE_SIZE_MAX)
		return err_set(err, -EINVAL, "the lab is larger than %d MiB",
			       TREE_SIZE_MAX >> 20);

	text = malloc((size_t)size + 1);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	*ret = pread(fd, text, (size_t)size, 0) == size
		       ? json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES,
				    &why)
		       : NULL;
	free(text);
	return *ret ? 0 : err_set(err, -EINVAL, "the lab is not JSON");
}

static int take_lab(struct conn *conn, const json_t *params, json_t **ret,
		    struct err *err)
{
	const int fd = conn_take_fd(conn);
	json_t *value = json_incref(json_object_get(params, "lab"));
	int r = 0;

	if (fd >= 0) {
		json_decref(value);
		value = NULL;
		r = read_memory(fd, &value, err);
		close(fd);
	} else if (!value) {
		r = err_set(err, -EINVAL, "argument 'lab' is missing");
		err_hint(err, "a lab, or a descriptor of one as JSON");
	}
	if (!r)
		r = lab_read_json(value, ret, err);
	json_decref(value);
	return r;
}

static json_t *answer(const struct vswitch *sw, bool dry_run, json_t *lines)
{
	return json_pack("{s:i, s:s, s:b, s:i, s:O}", "schema", 1, "switch",
			 sw->name, "dry_run", dry_run, "changes",
			 (int)json_array_size(lines), "steps", lines);
}

static void on_applied(struct vswitch *sw, struct conn *conn, int code,
		       json_t *lines, const struct err *err)
{
	if (conn)
		dispatch_end(conn, code, code ? NULL : answer(sw, false, lines),
			     err);
}

int handle_lab_apply(struct vswitch *sw, struct conn *conn,
		     struct request *request, json_t **ret_result,
		     struct err *err)
{
	const json_t *params = request->message.params;
	const json_t *confirm = json_object_get(params, "confirm");
	json_t *lab = NULL, *lines;
	struct lab_request wanted = { .prune = flag(params, "prune"),
				      .dry_run = flag(params, "dry_run") };
	int r = take_lab(conn, params, &lab, err);

	if (!r && confirm && !json_integer_value(confirm))
		r = err_set(err, -EINVAL, "confirm: has to be longer than 0");
	wanted.confirm = mtime_from_ms((uint64_t)json_integer_value(confirm));
	wanted.lab = lab;
	if (!r)
		r = labs_apply(&sw->labs, &wanted, conn, on_applied, &lines,
			       err);
	json_decref(lab);
	if (!r) {
		*ret_result = answer(sw, true, lines);
		json_decref(lines);
	}

	request->waiting = r == -EINPROGRESS;
	return r;
}

static void on_undone(struct vswitch *sw, struct conn *conn, int code,
		      json_t *lines, const struct err *err)
{
	(void)lines;
	if (conn)
		dispatch_end(conn, code,
			     code ? NULL
				  : json_pack("{s:i, s:s, s:b}", "schema", 1,
					      "switch", sw->name, "kept", 0),
			     err);
}

int handle_lab_confirm(struct vswitch *sw, struct conn *conn,
		       struct request *request, json_t **ret_result,
		       struct err *err)
{
	int r;

	if (flag(request->message.params, "abort")) {
		r = labs_abort(&sw->labs, conn, on_undone, err);
		request->waiting = !r;
		return r < 0 ? r : -EINPROGRESS;
	}

	r = labs_confirm(&sw->labs, err);
	if (!r)
		*ret_result = json_pack("{s:i, s:s, s:b}", "schema", 1,
					"switch", sw->name, "kept", 1);
	return r;
}

int handle_lab_show(struct vswitch *sw, struct conn *conn,
		    struct request *request, json_t **ret_result,
		    struct err *err)
{
	json_t *state = lab_state(&sw->labs, NULL);
	json_t *lab = state ? lab_reduce(state, sw->name) : NULL;

	(void)conn;
	(void)request;
	json_decref(state);
	if (!lab)
		return err_set(err, -ENOMEM, "out of memory");

	*ret_result = json_pack("{s:i, s:s, s:o}", "schema", 1, "switch",
				sw->name, "lab", lab);
	return 0;
}

/* The answer goes out on the way; the end of the connection is the end. */
int handle_switch_stop(struct vswitch *sw, struct conn *conn,
		       struct request *request, json_t **ret_result,
		       struct err *err)
{
	(void)conn;
	(void)request;
	(void)err;
	log_info(LOG_CONTROL, "stopping, as a client asks");
	sw->labs.remove_namespaces = true;
	ev_break(sw->loop, EVBREAK_ALL);
	*ret_result = json_pack("{s:i, s:s}", "schema", 1, "switch", sw->name);
	return 0;
}
