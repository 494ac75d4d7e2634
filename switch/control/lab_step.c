/* SPDX-License-Identifier: MIT */
/* lab_step.c - one step of a plan, done to the switch */

#include "lab_step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asked.h"
#include "attach.h"
#include "bridge.h"
#include "cidr.h"
#include "err.h"
#include "fdb.h"
#include "lab.h"
#include "lab_diff.h"
#include "labs.h"

#include "plan.h"
#include "port.h"
#include "units.h"
#include "vswitch.h"
#include "worker.h"

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* A worker's job under way, for one step. */
struct task {
	struct labs *labs;
	const struct lab_step *step;
	struct plan *plan; /* of a port that is changed */
};

static void task_free(struct task *task)
{
	plan_free(task->plan);
	free(task);
}

static struct task *task_new(struct labs *labs, const struct lab_step *step)
{
	struct task *task = calloc(1, sizeof(*task));

	if (task)
		*task = (struct task){ .labs = labs, .step = step };
	return task;
}

/* The worker is done with it. */
static void task_end(struct task *task, const struct worker_result *result)
{
	struct labs *labs = task->labs;
	const struct lab_step *step = task->step;

	task_free(task);
	lab_step_ended(labs, step, result->code, &result->err);
}

static int submit(struct task *task, const struct worker_job *job,
		  worker_on_done *on_done, struct err *err)
{
	int r = worker_submit(&task->labs->sw->worker, job, -1, on_done, task,
			      err);

	if (r < 0) {
		task_free(task);
		return r;
	}

	return LAB_STEP_BEGUN;
}

/* Namespaces */

static void on_made(const struct worker_result *result, void *user)
{
	struct task *task = user;

	if (!result->code)
		lab_made_note(task->labs, task->step->name, result->ino);
	task_end(task, result);
}

static void on_removed(const struct worker_result *result, void *user)
{
	struct task *task = user;

	if (!result->code)
		lab_made_forget(task->labs, task->step->name);
	task_end(task, result);
}

static int do_namespace(struct labs *labs, const struct lab_step *step,
			struct err *err)
{
	struct task *task = task_new(labs, step);
	struct worker_job job = { .task = step->after ? WORKER_MAKE_NETNS
						      : WORKER_REMOVE_NETNS,
				  .ino = lab_made_inode(labs, step->name) };

	if (!task)
		return err_set(err, -ENOMEM, "out of memory");

	snprintf(job.target, sizeof(job.target), "%s", step->name);
	return submit(task, &job, step->after ? on_made : on_removed, err);
}

/* Ports */

static struct attachment *find(const struct labs *labs, const char *name,
			       struct err *err)
{
	struct port *port = bridge_find_port(labs->sw->bridge, name);

	if (port)
		return port->owner;

	err_set(err, -ENOENT, "there is no port '%s' any more", name);
	return NULL;
}

/* The arguments of port.attach, out of a port of a lab. */
static json_t *params_of(const char *name, const json_t *port)
{
	const char *target = lab_target(text(port, "attach"));
	json_t *params = json_copy((json_t *)port);

	json_object_set_new(params, "target", json_string(target));
	json_object_set_new(params, "port", json_string(name));
	return params;
}

static void on_attached(struct vswitch *sw, struct conn *conn, void *user,
			int code, struct attachment *attachment,
			const struct err *err)
{
	const struct lab_step *step = user;

	(void)conn;
	/* It is the address it had before, and was not asked for then. */
	if (!code && json_object_get(step->after, "random_mac"))
		attachment->plan->has_mac = false;
	lab_step_ended(&sw->labs, step, code, err);
}

static int do_attach(struct labs *labs, const struct lab_step *step,
		     struct err *err)
{
	json_t *params = params_of(step->name, step->after);
	struct attachment *existing;
	struct asked asked;
	int r = asked_take(&asked, params, err);

	if (!r)
		r = attach(labs->sw, &asked.request, NULL, on_attached,
			   (void *)step, &existing, err);
	asked_free(&asked);
	json_decref(params);
	return r == -EINPROGRESS ? LAB_STEP_BEGUN : r;
}

static void on_detached(struct vswitch *sw, struct conn *conn, void *user,
			int code, struct attachment *attachment,
			const struct err *err)
{
	(void)conn;
	(void)attachment;
	lab_step_ended(&sw->labs, user, code, err);
}

static int do_detach(struct labs *labs, const struct lab_step *step,
		     struct err *err)
{
	struct attachment *attachment = find(labs, step->name, err);
	int r;

	if (!attachment)
		return -ENOENT;

	r = detach(labs->sw, attachment, NULL, on_detached, (void *)step, err);
	return r < 0 ? r : LAB_STEP_BEGUN;
}

/* What it is like from now on, should it have to be made again. */
static void adopt(struct task *task, const struct worker_result *result)
{
	struct attachment *attachment =
		find(task->labs, task->step->name, NULL);
	struct plan *old = attachment ? attachment->plan : task->plan;

	if (!attachment)
		return;

	attachment->plan = task->plan;
	task->plan = old;
	keeper_plan_changed(attachment, old->persist);
	if (old->persist || !attachment->plan->persist)
		return;
	keeper_take_on(attachment, result);
	if (attachment->port->fd < 0) /* just before it was to be kept */
		keeper_lost(attachment, "its cable is gone", true);
}

static void on_changed(const struct worker_result *result, void *user)
{
	struct task *task = user;

	if (!result->code)
		adopt(task, result);
	keeper_forget_folder(&task->labs->sw->keeper, result->folder);
	task_end(task, result);
}

static struct worker_job refit_job(const struct attachment *attachment,
				   const struct plan *plan)
{
	const struct plan *old = attachment->plan;
	struct worker_job job;

	plan_job(plan, attachment->port->name, &job);
	job.task = WORKER_REFIT;
	job.watch = plan->persist && !old->persist;
	job.cable = attachment->cable;
	job.old_mtu = attachment->port->mtu;
	job.n_old = old->n_addresses;
	for (size_t i = 0; i < old->n_addresses; i++)
		job.old[i] = old->addresses[i];
	return job;
}

static int do_change(struct labs *labs, const struct lab_step *step,
		     struct err *err)
{
	struct attachment *attachment = find(labs, step->name, err);
	struct task *task = attachment ? task_new(labs, step) : NULL;
	json_t *params = params_of(step->name, step->after);
	struct worker_job job;
	struct asked asked = { 0 };
	int r = -ENOENT;

	if (task)
		r = asked_take(&asked, params, err);
	if (!r && json_object_get(step->after, "random_mac"))
		asked.request.mac = NULL;
	if (!r)
		r = plan_new(&task->plan, &asked.request, attachment->ifname,
			     err);
	asked_free(&asked);
	json_decref(params);
	if (r < 0) {
		if (task)
			task_free(task);
		return r;
	}

	job = refit_job(attachment, task->plan);
	if (attachment->port->fd >= 0)
		return submit(task, &job, on_changed, err);

	if (task->plan->persist && !attachment->plan->persist) {
		task_free(task);
		return err_set(err, -ENOENT, "it has just lost its interface");
	}

	/* It waits for its namespace, and will be made like this. */
	attachment->port->mtu = job.mtu;
	adopt(task, NULL);
	task_free(task);
	return LAB_STEP_DONE;
}

/* Stations and the rest: no waiting */

static int do_station(struct labs *labs, const struct lab_step *step,
		      bool undoing, struct err *err)
{
	const json_t *station = step->after ? step->after : step->before;
	const uint16_t vid =
		(uint16_t)json_integer_value(json_object_get(station, "vlan"));
	struct vswitch *sw = labs->sw;
	struct attachment *attachment;
	struct eth_addr mac = { { 0 } };
	int r;

	eth_addr_parse(step->name, &mac);
	if (!step->after) { /* gone with its port: that is what was wanted */
		fdb_static_del(sw->fdb, mac, vid);
		return LAB_STEP_DONE;
	}

	attachment = find(labs, text(station, "port"), err);
	/* A memory, or not to be brought back, which is told by then. */
	if (!attachment && undoing)
		return LAB_STEP_DONE;
	if (!attachment)
		return -ENOENT;
	r = fdb_static_add(sw->fdb, mac, vid, attachment->port->fdb_handle,
			   sw->clock.now);
	if (r == -EEXIST)
		return err_set(err, r, "it is pinned already");
	if (r == -ENOSPC)
		events_limit(&sw->events, EVENTS_LIMIT_STATIONS);
	if (r < 0)
		return err_set(err, r, "cannot pin it: %s", strerror(-r));
	return LAB_STEP_DONE;
}

static int do_ageing(struct labs *labs, const struct lab_step *step,
		     struct err *err)
{
	struct vswitch *sw = labs->sw;
	mtime_t ageing;
	int r = duration_parse(json_string_value(step->after), &ageing, err);

	if (r < 0)
		return r;

	fdb_set_max_age(sw->fdb, ageing, sw->clock.now);
	return LAB_STEP_DONE;
}

static int do_port(struct labs *labs, const struct lab_step *step, bool undoing,
		   struct err *err)
{
	/* It was only a memory, which nobody misses. */
	if (undoing && json_object_get(step->after, "gone"))
		return LAB_STEP_DONE;
	if (!step->before)
		return do_attach(labs, step, err);
	if (!step->after)
		return do_detach(labs, step, err);

	return do_change(labs, step, err);
}

/**
 * lab_step_begin() - Do a step, or begin it
 * @labs:	Labs
 * @step:	Step; has to last until its end
 * @undoing:	Whether it is done the other way round, see lab_step_invert()
 * @err:	On failure, one sentence
 *
 * Return: LAB_STEP_DONE, LAB_STEP_BEGUN, or -errno
 */
int lab_step_begin(struct labs *labs, const struct lab_step *step, bool undoing,
		   struct err *err)
{
	switch (step->subject) {
	case LAB_NAMESPACE:
		return do_namespace(labs, step, err);
	case LAB_PORT:
		return do_port(labs, step, undoing, err);
	case LAB_STATION:
		return do_station(labs, step, undoing, err);
	case LAB_AGEING:
		break;
	}

	return do_ageing(labs, step, err);
}
