/* SPDX-License-Identifier: MIT */
/* mirrors.c - mirrors asked for, while their ports are looked at */

#include "mirrors.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "bridge.h"
#include "cidr.h"
#include "err.h"
#include "insns.h"
#include "log.h"
#include "mirror.h"
#include "port.h"
#include "program.h"
#include "vswitch.h"
#include "worker.h"

struct mirror_errand {
	TAILQ_ENTRY(mirror_errand) link;
	struct vswitch *sw;
	struct conn *conn;
	mirrors_on_done *on_done;
	json_t *params; /* of mirror.add */
	uint64_t port_id; /* that was asked about */
};

static bool matches(const void *program, const uint8_t *data, uint32_t len)
{
	return bpf_filter(program, data, len, len) != 0;
}

/* What a request describes; the arrays are the caller's to free. */
struct wanted {
	struct mirror_config config;
	const char **from;
	struct bpf_insn *program;
};

static void wanted_free(struct wanted *wanted)
{
	free(wanted->from);
	free(wanted->program);
}

/* ["all"] is every port there is and will be. */
static int take_from(const json_t *names, struct wanted *wanted,
		     struct err *err)
{
	const size_t n = json_array_size(names);

	if (!n)
		return err_set(err, -EINVAL, "from: names no port");
	wanted->from = calloc(n, sizeof(wanted->from[0]));
	if (!wanted->from)
		return err_set(err, -ENOMEM, "out of memory");

	for (size_t i = 0; i < n; i++)
		wanted->from[i] = json_string_value(json_array_get(names, i));
	if (n == 1 && !strcmp(wanted->from[0], "all"))
		return 0;

	wanted->config.from = wanted->from;
	wanted->config.n_from = n;
	return 0;
}

static int take_filter(const json_t *params, struct wanted *wanted,
		       struct err *err)
{
	struct mirror_config *config = &wanted->config;
	size_t n;
	int r = insns_from_json(json_object_get(params, "bpf"),
				&wanted->program, &n, err);

	if (r < 0)
		return r;

	config->filter = json_string_value(json_object_get(params, "filter"));
	if (config->filter && !n)
		return err_set(err, -EINVAL,
			       "filter: comes without bpf, its program");
	if (!n)
		return 0;
	if (!program_is_safe(wanted->program, n))
		return err_set(err, -EINVAL, "bpf: not a valid program");

	config->program = wanted->program;
	config->matches = matches;
	return 0;
}

static int wanted_init(struct wanted *wanted, const json_t *params,
		       struct err *err)
{
	const char *direction =
		json_string_value(json_object_get(params, "direction"));
	int r;

	*wanted =
		(struct wanted){ .config = {
					 .name = json_string_value(
						 json_object_get(params,
								 "mirror")),
					 .rx = !direction ||
					       strcmp(direction, "tx"),
					 .tx = !direction ||
					       strcmp(direction, "rx"),
					 .to = json_string_value(
						 json_object_get(params, "to")),
					 .snaplen =
						 (uint32_t)json_integer_value(
							 json_object_get(
								 params,
								 "snaplen")),
				 } };
	r = take_from(json_object_get(params, "from"), wanted, err);
	return r < 0 ? r : take_filter(params, wanted, err);
}

static void tell_limit(struct vswitch *sw, int r)
{
	if (r == -ENOSPC)
		events_limit(&sw->events, EVENTS_LIMIT_MIRRORS);
}

static int check(struct vswitch *sw, const json_t *params, struct err *err)
{
	struct wanted wanted;
	int r = wanted_init(&wanted, params, err);

	if (!r)
		r = mirror_check(sw->bridge, &wanted.config, err);
	tell_limit(sw, r);
	wanted_free(&wanted);
	return r;
}

static int add(struct vswitch *sw, const json_t *params,
	       const struct mirror **ret_mirror, struct err *err)
{
	struct wanted wanted;
	int r = wanted_init(&wanted, params, err);

	if (!r)
		r = mirror_add(sw->bridge, &wanted.config, err);
	tell_limit(sw, r);
	if (!r) {
		wanted.program = NULL; /* the mirror has it */
		*ret_mirror = mirror_find(sw->bridge, wanted.config.name);
		log_info(LOG_PORT, "%s: carries the mirror %s from now on",
			 wanted.config.to, wanted.config.name);
		datapath_tick(&sw->datapath);
	}
	wanted_free(&wanted);
	return r;
}

static int refuse_addressed(const json_t *params,
			    const struct worker_result *result, struct err *err)
{
	char text[CIDR_TEXT_SIZE];

	cidr_format(&result->address, text);
	err_set(err, -EBUSY,
		"port '%s' has the address %s, and a mirror port carries "
		"copies only",
		json_string_value(json_object_get(params, "to")), text);
	err_hint(err, "mirror to a port that was attached without --ip");
	return -EBUSY;
}

static struct port *mirror_port(const struct vswitch *sw, const json_t *params)
{
	return bridge_find_port(
		sw->bridge, json_string_value(json_object_get(params, "to")));
}

static void errand_free(struct mirror_errand *errand)
{
	TAILQ_REMOVE(&errand->sw->mirror_errands, errand, link);
	json_decref(errand->params);
	free(errand);
}

static void on_asked(const struct worker_result *result, void *user)
{
	struct mirror_errand *errand = user;
	const struct port *port = mirror_port(errand->sw, errand->params);
	const struct mirror *mirror = NULL;
	struct err err = result->err;
	int r = result->code;

	if (!r)
		r = refuse_addressed(errand->params, result, &err);
	else if (r == -ENOENT && port && port->id != errand->port_id)
		r = err_set(&err, -EBUSY, "port '%s' was replaced meanwhile",
			    port->name);
	else if (r == -ENOENT)
		r = add(errand->sw, errand->params, &mirror, &err);

	if (errand->conn)
		errand->on_done(errand->conn, r, mirror, &err);
	errand_free(errand);
}

/**
 * mirrors_add() - Begin to mirror ports
 * @sw:		Switch
 * @params:	Those of mirror.add, checked against the command table
 * @conn:	Who asks
 * @on_done:	Told the end, if -EINPROGRESS is returned
 * @err:	On failure, one sentence
 *
 * Return: -EINPROGRESS when it has begun; what mirror_check() returns; -EINVAL
 * for a filter that won't do; -errno. Through @on_done also -EBUSY if the
 * mirror port has an address
 */
int mirrors_add(struct vswitch *sw, json_t *params, struct conn *conn,
		mirrors_on_done *on_done, struct err *err)
{
	struct worker_job job = { .task = WORKER_FIND_ADDRESS };
	const struct attachment *attachment;
	struct mirror_errand *errand;
	const struct port *port;
	int r = check(sw, params, err);

	if (r < 0)
		return r;

	errand = calloc(1, sizeof(*errand));
	if (!errand)
		return err_set(err, -ENOMEM, "out of memory");

	port = mirror_port(sw, params);
	attachment = port->owner;
	job.cable = attachment->cable;
	errand->sw = sw;
	errand->conn = conn;
	errand->on_done = on_done;
	errand->params = json_incref(params);
	errand->port_id = port->id;
	TAILQ_INSERT_TAIL(&sw->mirror_errands, errand, link);
	r = worker_submit(&sw->worker, &job, -1, on_asked, errand, err);
	if (r < 0) {
		errand_free(errand);
		return r;
	}

	return -EINPROGRESS;
}

/**
 * mirrors_forget_conn() - A client that may be waiting has hung up
 * @sw:		Switch
 * @conn:	Its connection; what it began comes to its end all the same
 */
void mirrors_forget_conn(struct vswitch *sw, const struct conn *conn)
{
	struct mirror_errand *errand;

	TAILQ_FOREACH (errand, &sw->mirror_errands, link) {
		if (errand->conn == conn)
			errand->conn = NULL;
	}
}
