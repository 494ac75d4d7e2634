/* SPDX-License-Identifier: MIT */
/* cmd_capture.c - capture.start, capture.stop */

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "bridge.h"
#include "capture.h"
#include "conn.h"
#include "err.h"
#include "handlers.h"
#include "insns.h"
#include "vswitch.h"

/* What a request describes, in memory that capture_open() copies from. */
struct wanted {
	struct port **ports;
	struct bpf_insn *program;
};

static void wanted_free(struct wanted *wanted)
{
	free(wanted->ports);
	free(wanted->program);
}

static void describe(const struct port *port, char *buf, size_t size)
{
	const struct attachment *attachment = port->owner;

	snprintf(buf, size, "%s, %s", attachment->target_words,
		 attachment->ifname);
}

static int take_ports(const struct vswitch *sw, const json_t *names,
		      struct wanted *wanted, struct capture_config *config,
		      struct err *err)
{
	const size_t n = json_array_size(names);

	if (!n)
		return 0;

	wanted->ports = calloc(n, sizeof(wanted->ports[0]));
	if (!wanted->ports)
		return err_set(err, -ENOMEM, "out of memory");

	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		wanted->ports[i] = bridge_find_port(sw->bridge, name);
		if (!wanted->ports[i])
			return err_set(err, -ENOENT, "there is no port '%s'",
				       name);
	}

	config->ports = wanted->ports;
	config->n_ports = n;
	return 0;
}

static bool is_given(const json_t *params, const char *name, const char *value)
{
	const char *given = json_string_value(json_object_get(params, name));

	return given && !strcmp(given, value);
}

/* What of it all is recorded, and in which form. */
static int take_view(const json_t *params, struct capture_config *config,
		     struct err *err)
{
	config->skip_in = is_given(params, "direction", "out");
	config->skip_out = is_given(params, "direction", "in");
	config->drops = json_is_true(json_object_get(params, "drops"));
	config->collapse = json_is_true(json_object_get(params, "collapse"));
	config->segment = json_is_true(json_object_get(params, "segment"));
	config->as_received = is_given(params, "as", "received");
	if ((config->drops || config->collapse) &&
	    is_given(params, "as", "sent"))
		return err_set(err, -EINVAL,
			       "as: with drops or collapse, frames are "
			       "recorded as they were received");

	return 0;
}

int handle_capture_start(struct vswitch *sw, struct conn *conn,
			 struct request *request, json_t **ret_result,
			 struct err *err)
{
	const json_t *params = request->message.params;
	struct capture_config config = {
		.fd = conn_take_fd(conn),
		.filter = json_string_value(json_object_get(params, "filter")),
		.max_frames = (uint64_t)json_integer_value(
			json_object_get(params, "count")),
		.snaplen = (uint32_t)json_integer_value(
			json_object_get(params, "snaplen")),
		.wall_ns = sw->clock.wall_ns,
		.describe = describe,
	};
	struct wanted wanted = { 0 };
	uint64_t id;
	int r;

	if (config.fd < 0)
		return err_set(err, -EINVAL, "no pipe came with the request");

	r = take_view(params, &config, err);
	if (!r)
		r = take_ports(sw, json_object_get(params, "ports"), &wanted,
			       &config, err);
	if (!r)
		r = insns_from_json(json_object_get(params, "bpf"),
				    &wanted.program, &config.n_insns, err);
	config.program = wanted.program;
	if (!r)
		r = captures_start(sw, conn, &config,
				   json_object_get(params, "ports"), &id, err);
	wanted_free(&wanted);
	if (r) {
		close(config.fd);
		return r;
	}

	*ret_result =
		json_pack("{s:i, s:I}", "schema", 1, "capture", (json_int_t)id);
	return 0;
}

int handle_capture_stop(struct vswitch *sw, struct conn *conn,
			struct request *request, json_t **ret_result,
			struct err *err)
{
	json_t *id = json_object_get(request->message.params, "capture");
	int r = captures_stop(sw, conn, (uint64_t)json_integer_value(id), err);

	if (r < 0)
		return r;

	*ret_result = json_pack("{s:i, s:O}", "schema", 1, "capture", id);
	return 0;
}
