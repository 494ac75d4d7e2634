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
#include "netns.h"
#include "nswatch.h"
#include "packet.h"
#include "plan.h"
#include "tap.h"
#include "vswitch.h"
#include "worker.h"

/* Something the worker is at, and who wants to know. */
struct errand {
	TAILQ_ENTRY(errand) link;
	struct vswitch *sw;
	struct conn *conn;
	attach_on_done *on_done;
	void *user;
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
				 attach_on_done *on_done, void *user)
{
	struct errand *errand = calloc(1, sizeof(*errand));

	if (!errand)
		return NULL;

	errand->sw = sw;
	errand->conn = conn;
	errand->on_done = on_done;
	errand->user = user;
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
	void *user = errand->user;

	errand_free(errand);
	if (on_done)
		on_done(sw, conn, user, code, attachment, err);
}

static int attachment_new(struct attachment **ret, struct vswitch *sw,
			  const struct attach_request *request,
			  const struct names *names, struct err *err)
{
	struct attachment *attachment = calloc(1, sizeof(*attachment));
	int r;

	if (!attachment)
		return err_set(err, -ENOMEM, "out of memory");

	r = plan_new(&attachment->plan, request, names->ifname, err);
	if (r < 0) {
		free(attachment);
		return r;
	}

	attachment->sw = sw;
	attachment->cable = (struct cable)CABLE_NONE;
	attachment->keep.folder = NSWATCH_NONE;
	attachment->keep.obstacle.nsid = -1;
	netns_words(request->target, attachment->target_words);
	memcpy(attachment->ifname, names->ifname, sizeof(names->ifname));
	*ret = attachment;
	return 0;
}

static void attachment_free(struct attachment *attachment)
{
	if (!attachment)
		return;

	keeper_let_go(attachment, NULL, NULL);
	plan_free(attachment->plan);
	free(attachment);
}

static bool is_same(const struct attachment *attachment,
		    const struct attach_request *request,
		    const struct names *names)
{
	return !strcmp(attachment->plan->target, request->target) &&
	       !strcmp(attachment->ifname, names->ifname) &&
	       attachment->plan->kind == request->kind &&
	       attachment->plan->persist >= request->persist;
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
				       "a port '%s' is just being attached or "
				       "detached",
				       names->port);
	}

	if (!port)
		return 0;
	if (port->state == PORT_STATE_GONE)
		return detach(sw, attachment, NULL, NULL, NULL, err);

	if (request->may_exist && is_same(attachment, request, names)) {
		*ret_existing = attachment;
		return 1;
	}

	err_set(err, -EEXIST, "there is a port '%s' already, attached to %s",
		port->name, attachment->target_words);
	if (port->state == PORT_STATE_MOVED)
		err_hint(err,
			 "its interface was taken away; to have it back: "
			 "vswctl detach %s, then attach",
			 port->name);
	else
		err_hint(err, "choose another name: --port NAME");
	return -EEXIST;
}

/* A port that lacks nothing but a device. */
static int make_port(struct vswitch *sw, struct attachment *attachment,
		     const char *name, struct err *err)
{
	struct port *port = attachment->plan->kind == CABLE_TAP
				    ? tap_port_new(name, -1, 0)
				    : packet_port_new(name, -1);
	int r;

	if (!port)
		return err_set(err, -ENOMEM, "out of memory");

	port->owner = attachment;
	port->mtu = attachment->plan->mtu ? attachment->plan->mtu
					  : CABLE_DEFAULT_MTU;
	port->state = PORT_STATE_WAITING;
	port->state_since = sw->clock.now;
	r = bridge_add_port(sw->bridge, port, err);
	if (r < 0) {
		if (r == -ENOSPC)
			events_limit(&sw->events, EVENTS_LIMIT_PORTS);
		port->ops->free(port);
		return r;
	}

	attachment->port = port;
	return 0;
}

static void remove_port(struct vswitch *sw, struct port *port)
{
	bridge_remove_port(sw->bridge, port);
	datapath_tick(&sw->datapath);
	port->ops->free(port);
}

/* The worker closes @fd, if there is one; see worker.h. */
static void cut(struct vswitch *sw, const struct cable *cable, int fd)
{
	const struct worker_job job = { .task = WORKER_CUT, .cable = *cable };
	struct err err = { 0 };

	if (worker_submit(&sw->worker, &job, fd, NULL, NULL, &err) < 0)
		log_warning(LOG_PORT, "%s", err.msg);
}

static void close_fds(const struct worker_result *result)
{
	if (result->fd >= 0)
		close(result->fd);
	if (result->missed_fd >= 0)
		close(result->missed_fd);
}

/**
 * attach_discard() - Cut a cable that was laid, and is not wanted any more
 * @sw:		Switch
 * @result:	Of the worker that has laid it; its descriptor is taken over
 */
void attach_discard(struct vswitch *sw, const struct worker_result *result)
{
	cut(sw, &result->cable, result->fd);
	close_fds(result);
}

static void count_missed_by(struct port *port,
			    const struct worker_result *result)
{
	tap_port_count_by(port, result->missed_fd);
	if (result->missed_fd < 0)
		log_warning(LOG_PORT,
			    "%s: frames it misses are not counted: %s",
			    port->name,
			    result->err.msg[0] ? result->err.msg
					       : "no descriptor is left");
}

/**
 * attach_plug() - The cable lies: give its port the device
 * @sw:		Switch
 * @attachment:	The port's, which has none
 * @result:	Of the worker that has laid the cable. Whatever comes of this,
 *		both are taken over
 * @err:	On failure, one sentence
 *
 * Return: 0, or -EMFILE
 */
int attach_plug(struct vswitch *sw, struct attachment *attachment,
		const struct worker_result *result, struct err *err)
{
	const bool announced = attachment->announced;
	struct port *port = attachment->port;
	const enum port_state was = port->state;

	/* What there is no number for, the kernel drops. */
	if (result->fd < 0) {
		cut(sw, &result->cable, -1);
		return err_set(err, -EMFILE, "no descriptor is left for it");
	}

	attachment->cable = result->cable;
	attachment->mac = result->cable.mac;
	port->fd = result->fd;
	if (result->cable.kind == CABLE_TAP)
		count_missed_by(port, result);
	port->offloads = result->offloads;
	port->mtu = result->cable.mtu;
	datapath_watch(&sw->datapath, &attachment->watch, port);
	attachment->announced = false; /* what comes now is its past */
	links_set_state(&sw->links, attachment,
			result->is_up ? PORT_STATE_UP : PORT_STATE_DOWN, NULL);
	links_catch_up_with(&sw->links, attachment);
	attachment->announced = announced;
	if (announced)
		links_announce(&sw->links, attachment, was, NULL);
	return 0;
}

/**
 * attach_unplug() - Take a port's device away, and what is left of its cable
 * @sw:		Switch
 * @attachment:	The port's; its state is the caller's to set
 *
 * The worker closes the last descriptor, since the kernel takes its time.
 */
void attach_unplug(struct vswitch *sw, struct attachment *attachment)
{
	struct port *port = attachment->port;

	if (port->fd < 0)
		return;

	rings_forget(&sw->rings, attachment);
	datapath_unwatch(&attachment->watch);
	cut(sw, &attachment->cable, port->fd);
	port->ops->hang_up(port);
	attachment->cable = (struct cable)CABLE_NONE;
}

/* The worker has done what it could: give the port a place in the switch. */
static int join(struct vswitch *sw, struct attachment *attachment,
		const char *name, const struct worker_result *result,
		struct err *err)
{
	int r = make_port(sw, attachment, name, err);

	if (r < 0) {
		attach_discard(sw, result);
		return r;
	}

	attachment->mac = result->cable.mac;
	if (!result->code)
		r = attach_plug(sw, attachment, result, err);
	if (r < 0) {
		remove_port(sw, attachment->port);
		return r;
	}

	if (attachment->plan->persist)
		keeper_take_on(attachment, result);
	attachment->announced = true;
	events_port_attached(&sw->events, attachment);
	return 0;
}

static void on_laid(const struct worker_result *result, void *user)
{
	struct errand *errand = user;
	struct attachment *attachment = errand->attachment;
	const bool waits = result->code < 0 && attachment->plan->persist &&
			   result->is_to_come;
	struct vswitch *sw = errand->sw;
	struct err err = result->err;
	int r = waits ? 0 : result->code;

	if (!r)
		r = join(sw, attachment, errand->port, result, &err);
	if (r < 0) {
		keeper_forget_folder(&sw->keeper, result->folder);
		attachment_free(attachment);
		errand_end(errand, r, NULL, &err);
		return;
	}

	log_info(LOG_PORT,
		 waits ? "%s: waits for %s, to attach %s"
		       : "%s: attached to %s as %s",
		 errand->port, attachment->target_words, attachment->ifname);
	errand_end(errand, 0, attachment, &err);
}

/**
 * attach() - Begin to join a namespace to the switch
 * @sw:		Switch
 * @request:	What is wanted; copied
 * @conn:	Who asks
 * @on_done:	Told the end, if -EINPROGRESS is returned
 * @user:	Passed to it
 * @ret_existing: The port that was there, if 0 is returned
 * @err:	On failure, one sentence
 *
 * Return: -EINPROGRESS when it has begun; 0 if with may_exist there is nothing
 * to do; -EEXIST if the port's name is taken; -errno. Through @on_done also
 * -EEXIST if the interface's name is taken, -ENOENT if there is no such
 * namespace
 */
int attach(struct vswitch *sw, const struct attach_request *request,
	   struct conn *conn, attach_on_done *on_done, void *user,
	   struct attachment **ret_existing, struct err *err)
{
	struct attachment *attachment = NULL;
	struct worker_job job;
	struct errand *errand;
	struct names names;
	int r;

	choose_names(sw, request, &names);
	r = attachment_new(&attachment, sw, request, &names, err);
	if (r < 0)
		return r;
	r = check_taken(sw, request, &names, ret_existing, err);
	if (r) {
		attachment_free(attachment);
		return r < 0 ? r : 0;
	}

	errand = errand_new(sw, conn, on_done, user);
	if (!errand) {
		attachment_free(attachment);
		return err_set(err, -ENOMEM, "out of memory");
	}

	errand->attachment = attachment;
	memcpy(errand->port, names.port, sizeof(errand->port));
	plan_job(attachment->plan, names.port, &job);
	r = worker_submit(&sw->worker, &job, -1, on_laid, errand, err);
	if (r < 0) {
		attachment_free(attachment);
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

/* The cable of a port that was detached while the worker was laying it. */
static void on_laid_in_vain(const struct worker_result *result, void *user)
{
	const struct worker_job job = { .task = WORKER_CUT,
					.cable = result->cable };
	struct errand *errand = user;
	struct err err = { 0 };
	int r = 0;

	if (!result->code) {
		r = worker_submit(&errand->sw->worker, &job, result->fd, on_cut,
				  errand, &err);
		close_fds(result);
	}
	if (r < 0 || result->code)
		errand_end(errand, r, NULL, &err);
}

/**
 * detach() - Begin to remove a port and its cable
 * @sw:		Switch
 * @attachment:	The port's; freed unless this fails
 * @conn:	Who asks, or NULL
 * @on_done:	Told the end, or NULL
 * @user:	Passed to it
 * @err:	On failure, one sentence
 *
 * From now on the port carries nothing. Whatever is left of the cable goes;
 * what is gone already is no error. The port's descriptor goes along to the
 * worker, since a TAP's interface is deleted by closing the last one.
 *
 * Return: 0 when it has begun, or -errno
 */
int detach(struct vswitch *sw, struct attachment *attachment, struct conn *conn,
	   attach_on_done *on_done, void *user, struct err *err)
{
	const struct worker_job job = { .task = WORKER_CUT,
					.cable = attachment->cable };
	struct errand *errand = errand_new(sw, conn, on_done, user);
	int r;

	if (!errand)
		return err_set(err, -ENOMEM, "out of memory");

	if (keeper_is_laying(attachment)) {
		keeper_let_go(attachment, on_laid_in_vain, errand);
		memcpy(errand->port, attachment->port->name,
		       sizeof(errand->port)); /* taken till then */
		attach_drop(sw, attachment);
		return 0;
	}

	/* Nothing to cut, and nobody to be told. */
	if (!on_done && attachment->port->fd < 0) {
		errand_free(errand);
		attach_drop(sw, attachment);
		return 0;
	}

	rings_forget(&sw->rings, attachment); /* which submits something */
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
	rings_forget(&sw->rings, attachment);
	datapath_unwatch(&attachment->watch);
	keeper_let_go(attachment, NULL, NULL);
	remove_port(sw, port);
	attachment->port = NULL;
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
