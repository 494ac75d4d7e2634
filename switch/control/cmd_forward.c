/* SPDX-License-Identifier: MIT */
/* cmd_forward.c - explain, with and without sending */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "bytes.h"
#include "conn.h"
#include "drop_log.h"
#include "err.h"
#include "explain.h"
#include "frame.h"
#include "handlers.h"
#include "inject.h"
#include "port.h"
#include "row_drop.h"
#include "vswitch.h"

enum {
	TYPE_EXPERIMENT = 0x88b5, /* IEEE 802 9.2: means nothing to anybody */
	LEN_DEFAULT = 60, /* the shortest there is on a wire, without its FCS */
};

/* A frame that is not there, where it would come in, and its memory. */
struct probe {
	struct port *in;
	struct frame frame;
	uint8_t *buffer;
};

static json_int_t number(const json_t *params, const char *key,
			 json_int_t otherwise)
{
	const json_t *value = json_object_get(params, key);

	return value ? json_integer_value(value) : otherwise;
}

static int take_address(const json_t *params, const char *key,
			struct eth_addr *ret, struct err *err)
{
	const char *text = json_string_value(json_object_get(params, key));

	if (!text)
		return err_set(err, -EINVAL, "argument '%s' is missing", key);

	eth_addr_parse(text, ret); /* checked by the command table */
	return 0;
}

static int probe_find_port(struct probe *probe, const struct vswitch *sw,
			   const json_t *params, struct err *err)
{
	const char *name = json_string_value(json_object_get(params, "in"));

	if (!name)
		return err_set(err, -EINVAL, "argument 'in' is missing");

	probe->in = bridge_find_port(sw->bridge, name);
	if (!probe->in)
		return err_set(err, -ENOENT, "there is no port '%s'", name);

	return 0;
}

/* All zero behind the header: no protocol takes that for a message. */
static int probe_init(struct probe *probe, const struct vswitch *sw,
		      const json_t *params, struct err *err)
{
	const uint16_t vid = (uint16_t)number(params, "vlan", 0);
	const uint16_t type = (uint16_t)number(params, "type", TYPE_EXPERIMENT);
	uint8_t header[ETH_HEADER_LEN + ETH_TAG_LEN];
	struct eth_addr src, dst;
	size_t n = 12, len = (size_t)number(params, "len", LEN_DEFAULT);
	int r;

	*probe = (struct probe){ .buffer = NULL };
	r = probe_find_port(probe, sw, params, err);
	if (!r)
		r = take_address(params, "src", &src, err);
	if (!r)
		r = take_address(params, "dst", &dst, err);
	if (r < 0)
		return r;

	probe->buffer = calloc(1, FRAME_HEADROOM + len);
	if (!probe->buffer)
		return err_set(err, -ENOMEM, "out of memory");

	memcpy(header, dst.b, 6);
	memcpy(header + 6, src.b, 6);
	if (vid) {
		store_be16(header + n, ETH_TYPE_DOT1Q);
		store_be16(header + n + 2, vid);
		n += ETH_TAG_LEN;
	}
	store_be16(header + n, type);
	n += 2;
	probe->frame.data = probe->buffer + FRAME_HEADROOM;
	probe->frame.len = (uint32_t)len;
	memcpy(probe->frame.data, header, n < len ? n : len);
	return 0;
}

/* The port that a frame has come in by which was dropped at @port. */
static int find_ingress(struct probe *probe, const struct vswitch *sw,
			struct port *port, const struct drop_record *record,
			struct err *err)
{
	probe->in = record->direction == DIRECTION_IN
			    ? port
			    : bridge_find_port(sw->bridge, record->other);
	if (!probe->in)
		return err_set(err, -ENOENT,
			       "it came in by port '%s', which is no longer "
			       "there",
			       record->other);

	return 0;
}

/* As it was received. What was not kept of it is zero; no decision reads it. */
static int probe_init_dropped(struct probe *probe, const struct vswitch *sw,
			      struct port *port, struct err *err)
{
	const struct drop_record *record = drop_log_newest(port);
	int r;

	*probe = (struct probe){ .buffer = NULL };
	if (!record)
		return err_set(err, -ENOENT, "port '%s' has dropped nothing",
			       port->name);
	r = find_ingress(probe, sw, port, record, err);
	if (r < 0)
		return r;

	probe->buffer = calloc(1, FRAME_HEADROOM + record->len);
	if (!probe->buffer)
		return err_set(err, -ENOMEM, "out of memory");

	probe->frame.data = probe->buffer + FRAME_HEADROOM;
	probe->frame.len = record->len;
	probe->frame.offload = record->offload;
	memcpy(probe->frame.data, record->bytes, record->n_bytes);
	/* Only whoever received it could tell these. */
	if (record->reason == DROP_OVERSIZE ||
	    record->reason == DROP_UNDESCRIBED)
		probe->frame.fault = record->reason;
	return 0;
}

static int explain_dropped(struct vswitch *sw, struct request *request,
			   const char *name, json_t **ret_result,
			   struct err *err)
{
	struct port *port = bridge_find_port(sw->bridge, name);
	struct probe probe;
	int r;

	if (json_object_size(request->message.params) > 1)
		return err_set(err, -EINVAL,
			       "last_drop: it is a frame already, and takes "
			       "nothing else");
	if (!port)
		return err_set(err, -ENOENT, "there is no port '%s'", name);
	r = probe_init_dropped(&probe, sw, port, err);
	if (r < 0)
		return r;

	frame_classify(&probe.frame);
	*ret_result = explain(sw, probe.in, &probe.frame, &request->cursor);
	free(probe.buffer);
	if (!*ret_result)
		return -EINPROGRESS;

	json_object_set_new(*ret_result, "last_drop",
			    row_drop_record(sw, port, drop_log_newest(port)));
	return 0;
}

int handle_forward_explain(struct vswitch *sw, struct conn *conn,
			   struct request *request, json_t **ret_result,
			   struct err *err)
{
	const json_t *params = request->message.params;
	const char *dropped_by =
		json_string_value(json_object_get(params, "last_drop"));
	struct probe probe;
	int r;

	(void)conn;
	if (dropped_by)
		return explain_dropped(sw, request, dropped_by, ret_result,
				       err);

	r = probe_init(&probe, sw, params, err);
	if (r < 0)
		return r;

	frame_classify(&probe.frame);
	*ret_result = explain(sw, probe.in, &probe.frame, &request->cursor);
	free(probe.buffer);
	return *ret_result ? 0 : -EINPROGRESS;
}

int handle_forward_inject(struct vswitch *sw, struct conn *conn,
			  struct request *request, json_t **ret_result,
			  struct err *err)
{
	struct frame classified;
	struct probe probe;
	int r = probe_init(&probe, sw, request->message.params, err);

	(void)conn;
	if (r < 0)
		return r;

	/* Before it changes what there is to explain. */
	classified = probe.frame;
	frame_classify(&classified);
	*ret_result = explain(sw, probe.in, &classified, &request->cursor);
	if (*ret_result)
		inject(sw, probe.in, &probe.frame, *ret_result);
	free(probe.buffer);
	return *ret_result ? 0 : -EINPROGRESS;
}
