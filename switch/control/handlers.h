/* SPDX-License-Identifier: MIT */
/*
 * handlers.h - what the commands do
 *
 * A handler translates: arguments in, one call to whoever does the work, an
 * answer out. Its arguments have been checked against the command table.
 */
#ifndef HANDLERS_H
#define HANDLERS_H

#include <jansson.h>

struct conn;
struct err;
struct request;
struct vswitch;

/*
 * Returns 0 with a result, or -errno with a sentence in @err. -EINPROGRESS
 * asks to be called again on the next turn of the loop, with the same
 * @request, which keeps a cursor and a count for the purpose; or, with
 * @request->waiting set, not until dispatch_end().
 */
typedef int handler_fn(struct vswitch *sw, struct conn *conn,
		       struct request *request, json_t **ret_result,
		       struct err *err);

handler_fn handle_port_attach, handle_port_detach, handle_port_list,
	handle_port_show, handle_port_gc;
handler_fn handle_fdb_show, handle_fdb_add, handle_fdb_del, handle_fdb_flush;
handler_fn handle_switch_show;
handler_fn handle_drop_list;
handler_fn handle_forward_explain, handle_forward_inject;
handler_fn handle_lab_apply, handle_lab_confirm, handle_lab_show,
	handle_switch_stop;
handler_fn handle_capture_start, handle_capture_stop;
handler_fn handle_mirror_add, handle_mirror_del, handle_mirror_list;
handler_fn handle_event_list, handle_event_subscribe;

#endif /* HANDLERS_H */
