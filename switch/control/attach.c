/* SPDX-License-Identifier: MIT */
/* attach.c - ports made and removed: cable, device, place in the switch */

#include "attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "err.h"
#include "log.h"
#include "name.h"
#include "packet.h"
#include "tap.h"
#include "vswitch.h"
#include "worker.h"

/* Something the worker is at, and who wants to know. */
struct errand {
	TAILQ_ENTRY(errand) link;
	struct vswitch *sw;
	struct conn *conn;
	attach_on_done *on_done;
	char port[NAME_SIZE]; /* attaching: its name is taken */
	struct attachment *attachment; /* attaching: without a port so far */
};

/* Names that are only known once the request is looked at. */
struct names {
	char port[NAME_SIZE];
	char ifname[NAME_SIZE];
};

static void choose_names(const struct vswitch *sw,
			 const struct attach_request *request,
			 struct names *names)
{
	const char *slash = strrchr(request->target, '/');
	const char *port = request->port, *ifname = request->ifname;

	if (!port)
		port = slash ? slash + 1 : request->target;
	if (!ifname)
		ifname = strcmp(request->target, "host") ? "eth0" : sw->name;

	/* "pid:7" becomes "pid-7": a name has no colon. */
	name_shorten(port, names->port);
	name_shorten(ifname, names->ifname);
}

static struct errand *errand_new(struct vswitch *sw, struct conn *conn,
				 attach_on_done *on_done)
{
	struct errand *errand = calloc(1, sizeof(*errand));

	if (!errand)
		return NULL;

	errand->sw = sw;
	errand->conn = conn;
	errand->on_done = on_done;
	TAILQ_INSERT_TAIL(&sw->errands, errand, link);
	return errand;
}

static void errand_free(struct errand *errand)
{
	TAILQ_REMOVE(&errand->sw->errands, errand, link);
	free(errand);
}

/* Tell who asked, and be done with it. */
static void errand_end(struct errand *errand, int code,
		       struct attachment *attachment, const struct err *err)
{
	struct vswitch *sw = errand->sw;
	struct conn *conn = errand->conn;
	attach_on_done *on_done = errand->on_done;

	errand_free(errand);
	if (on_done)
		on_done(sw, conn, code, attachment, err);
}

static struct attachment *attachment_new(struct vswitch *sw,
					 const struct attach_request *request,
					 const struct names *names)
{
	struct attachment *attachment = calloc(1, sizeof(*attachment));

	if (!attachment)
		return NULL;

	attachment->sw = sw;
	memcpy(attachment->ifname, names->ifname, sizeof(names->ifname));
	attachment->target = strdup(request->target);
	if (!attachment->target) {
		free(attachment);
		return NULL;
	}

	return attachment;
}

static void attachment_free(struct attachment *attachment)
{
	if (!attachment)
		return;

	free(attachment->target);
	free(attachment);
}

static bool is_same(const struct attachment *attachment,
		    const struct attach_request *request,
		    const struct names *names)
{
	return !strcmp(attachment->target, request->target) &&
	       !strcmp(attachment->ifname, names->ifname) &&
	       attachment->cable.kind == request->kind;
}

/*
 * Whoever has the name already. A port that is gone is only a memory, and
 * makes way. Returns 1 if it is just what is wanted, 0 if the name is free.
 */
static int check_taken(struct vswitch *sw, const struct attach_request *request,
		       const struct names *names,
		       struct attachment **ret_existing, struct err *err)
{
	struct port *port = bridge_find_port(sw->bridge, names->port);
	struct attachment *attachment = port ? port->owner : NULL;
	const struct errand *errand;

	TAILQ_FOREACH (errand, &sw->errands, link) {
		if (!strcmp(errand->port, names->port))
			return err_set(err, -EEXIST,
				       "a port '%s' is just being attached",
				       names->port);
	}

	if (!port)
		return 0;
	if (port->state == PORT_STATE_GONE)
		return detach(sw, attachment, NULL, NULL, err);

	if (request->may_exist && is_same(attachment, request, names)) {
		*ret_existing = attachment;
		return 1;
	}

	err_set(err, -EEXIST, "there is a port '%s' already, attached to %s",
		port->name, attachment->target_words);
	err_hint(err, "choose another name: --port NAME");
	return -EEXIST;
}

static int make_job(const struct attach_request *request,
		    const struct names *names, struct worker_job *job,
		    struct err *err)
{
	if (strlen(request->target) >= sizeof(job->target))
		return err_set(err, -EINVAL, "the path is too long");
	if (request->n_addresses > WORKER_MAX_ADDRESSES)
		return err_set(err, -EINVAL, "ip: at most %d addresses",
			       WORKER_MAX_ADDRESSES);
	if (request->n_gateways > WORKER_MAX_GATEWAYS)
		return err_set(err, -EINVAL, "gateway: at most %d",
			       WORKER_MAX_GATEWAYS);

	*job = (struct worker_job){
		.task = WORKER_LAY,
		.kind = request->kind,
		.mtu = request->mtu,
		.has_mac = request->mac,
		.n_addresses = request->n_addresses,
		.n_gateways = request->n_gateways,
	};
	if (request->mac)
		job->mac = *request->mac;
	memcpy(job->target, request->target, strlen(request->target) + 1);
	memcpy(job->port, names->port, sizeof(job->port));
	memcpy(job->ifname, names->ifname, sizeof(job->ifname));
	for (size_t i = 0; i < request->n_addresses; i++)
		job->addresses[i] = request->addresses[i];
	for (size_t i = 0; i < request->n_gateways; i++)
		job->gateways[i] = request->gateways[i];
	return 0;
}

/* The cable lies: give its port a place in the switch. */
static int join(struct vswitch *sw, struct attachment *attachment,
		const char *name, const struct worker_result *result,
		struct err *err)
{
	struct port *port;
	int r;

	if (result->fd < 0) /* what there is no number for, the kernel drops */
		return err_set(err, -EMFILE, "no descriptor is left for it");

	port = result->cable.kind == CABLE_TAP
		       ? tap_port_new(name, result->fd, result->offloads)
		       : packet_port_new(name, result->fd);
	if (!port) {
		close(result->fd);
		return err_set(err, -ENOMEM, "out of memory");
	}

	port->owner = attachment;
	port->mtu = result->cable.mtu;
	port->state = result->is_up ? PORT_STATE_UP : PORT_STATE_DOWN;
	port->state_since = sw->clock.now;
	r = bridge_add_port(sw->bridge, port, err);
	if (r < 0) {
		if (r == -ENOSPC)
			events_limit(&sw->events, EVENTS_LIMIT_PORTS);
		port->ops->free(port);
		return r;
	}

	attachment->port = port;
	datapath_watch(&sw->datapath, &attachment->watch, port);
	links_catch_up(&sw->links);
	attachment->announced = true;
	events_port_attached(&sw->events, attachment);
	return 0;
}

static void cut(struct vswitch *sw, const struct cable *cable)
{
	const struct worker_job job = { .task = WORKER_CUT, .cable = *cable };
	struct err err = { 0 };

	if (worker_submit(&sw->worker, &job, -1, NULL, NULL, &err) < 0)
		log_warning(LOG_PORT, "%s", err.msg);
}

static void on_laid(const struct worker_result *result, void *user)
{
	struct errand *errand = user;
	struct attachment *attachment = errand->attachment;
	struct vswitch *sw = errand->sw;
	struct err err = result->err;
	int r = result->code;

	if (r < 0)
		goto free_attachment;

	attachment->cable = result->cable;
	memcpy(attachment->target_words, result->target_words,
	       sizeof(attachment->target_words));
	r = join(sw, attachment, errand->port, result, &err);
	if (r < 0) {
		cut(sw, &result->cable);
		goto free_attachment;
	}

	log_info(LOG_PORT, "%s: attached to %s as %s", errand->port,
		 attachment->target_words, attachment->ifname);
	errand_end(errand, 0, attachment, &err);
	return;

free_attachment:
	attachment_free(attachment);
	errand_end(errand, r, NULL, &err);
}

/**
 * attach() - Begin to join a namespace to the switch
 * @sw:		Switch
 * @request:	What is wanted; copied
 * @conn:	Who asks
 * @on_done:	Told the end, if -EINPROGRESS is returned
 * @ret_existing: The port that was there, if 0 is returned
 * @err:	On failure, one sentence
 *
 * Return: -EINPROGRESS when it has begun; 0 if with may_exist there is nothing
 * to do; -EEXIST if the port's name is taken; -errno. Through @on_done also
 * -EEXIST if the interface's name is taken, -ENOENT if there is no such
 * namespace
 */
int attach(struct vswitch *sw, const struct attach_request *request,
	   struct conn *conn, attach_on_done *on_done,
	   struct attachment **ret_existing, struct err *err)
{
	struct worker_job job;
	struct errand *errand;
	struct names names;
	int r;

	choose_names(sw, request, &names);
	r = make_job(request, &names, &job, err);
	if (r < 0)
		return r;
	r = check_taken(sw, request, &names, ret_existing, err);
	if (r)
		return r < 0 ? r : 0;

	errand = errand_new(sw, conn, on_done);
	if (!errand)
		return err_set(err, -ENOMEM, "out of memory");

	errand->attachment = attachment_new(sw, request, &names);
	memcpy(errand->port, names.port, sizeof(errand->port));
	r = errand->attachment
		    ? worker_submit(&sw->worker, &job, -1, on_laid, errand, err)
		    : err_set(err, -ENOMEM, "out of memory");
	if (r < 0) {
		attachment_free(errand->attachment);
		errand_free(errand);
		return r;
	}

	return -EINPROGRESS;
}

static void on_cut(const struct worker_result *result, void *user)
{
	struct errand *errand = user;

	if (result->code < 0)
		log_warning(LOG_PORT, "%s", result->err.msg);
	errand_end(errand, result->code, NULL, &result->err);
}

/**
 * detach() - Begin to remove a port and its cable
 * @sw:		Switch
 * @attachment:	The port's; freed unless this fails
 * @conn:	Who asks, or NULL
 * @on_done:	Told the end, or NULL
 * @err:	On failure, one sentence
 *
 * From now on the port carries nothing. Whatever is left of the cable goes;
 * what is gone already is no error. The port's descriptor goes along to the
 * worker, since a TAP's interface is deleted by closing the last one.
 *
 * Return: 0 when it has begun, or -errno
 */
int detach(struct vswitch *sw, struct attachment *attachment, struct conn *conn,
	   attach_on_done *on_done, struct err *err)
{
	const struct worker_job job = { .task = WORKER_CUT,
					.cable = attachment->cable };
	struct errand *errand = errand_new(sw, conn, on_done);
	int r;

	if (!errand)
		return err_set(err, -ENOMEM, "out of memory");

	r = worker_submit(&sw->worker, &job, attachment->port->fd, on_cut,
			  errand, err);
	if (r < 0) {
		errand_free(errand);
		return r;
	}

	attach_drop(sw, attachment);
	return 0;
}

/**
 * attach_drop() - Remove a port, and leave its cable to somebody else
 * @sw:		Switch
 * @attachment:	The port's; freed
 */
void attach_drop(struct vswitch *sw, struct attachment *attachment)
{
	struct port *port = attachment->port;

	log_info(LOG_PORT, "%s: detached from %s", port->name,
		 attachment->target_words);
	events_port_detached(&sw->events, attachment);
	captures_port_gone(sw, port, "it was detached");
	datapath_unwatch(&attachment->watch);
	bridge_remove_port(sw->bridge, port);
	datapath_tick(&sw->datapath);
	port->ops->free(port);
	attachment_free(attachment);
}

/**
 * attach_forget_conn() - A client that may be waiting has hung up
 * @sw:		Switch
 * @conn:	Its connection; what it began comes to its end all the same
 */
void attach_forget_conn(struct vswitch *sw, const struct conn *conn)
{
	struct errand *errand;

	TAILQ_FOREACH (errand, &sw->errands, link) {
		if (errand->conn == conn)
			errand->conn = NULL;
	}
}
