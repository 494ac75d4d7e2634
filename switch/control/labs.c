/* SPDX-License-Identifier: MIT */
/* labs.c - the switch made into the lab that somebody declared */

#include "labs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "lab.h"
#include "lab_config.h"
#include "lab_diff.h"
#include "lab_step.h"
#include "log.h"
#include "macros.h"
#include "vswitch.h"

enum {
	STEPS_UNDER_WAY = 32, /* so that the worker never waits for us */
	STEPS_PER_TURN = 256,
};

/* A plan that is being carried out, or undone. */
struct lab_job {
	struct labs *labs;
	struct conn *conn;
	labs_on_done *on_done;
	struct lab_plan plan;
	bool *is_done; /* of each step */
	json_t *lines;
	json_t *want; /* a completed lab; NULL when undoing what was done */
	json_t *only; /* see struct lab_request */
	bool prune;
	mtime_t confirm;
	bool undoing;
	size_t n_begun; /* steps that were, in the order of this direction */
	size_t n_ended; /* of these */
	size_t n_not_undone;
	int code; /* of the step that failed, or 0 */
	struct err err;
	struct ev_timer more; /* at zero: go on in the next turn; or fed */
};

static void proceed(struct lab_job *job);

/* Steps are begun, and come to their ends, in this order. */
static size_t nth(const struct lab_job *job, size_t n)
{
	return job->undoing ? job->plan.n_steps - 1 - n : n;
}

static void on_more(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	proceed(container_of(w, struct lab_job, more));
}

/*
 * When whoever called has returned, but in this turn: the next may be a flood
 * away. job_free() takes this back, too.
 */
static void go_on(struct lab_job *job)
{
	ev_feed_event(job->labs->sw->loop, &job->more, EV_CUSTOM);
}

static void job_free(struct lab_job *job)
{
	if (!job)
		return;

	if (job->labs)
		ev_timer_stop(job->labs->sw->loop, &job->more);
	lab_plan_free(&job->plan);
	json_decref(job->lines);
	json_decref(job->want);
	json_decref(job->only);
	free(job->is_done);
	free(job);
}

static void on_confirm_timeout(struct ev_loop *loop, struct ev_timer *w,
			       int revents)
{
	struct labs *labs = container_of(w, struct labs, confirm);
	struct err err;

	(void)loop;
	(void)revents;
	log_warning(LOG_CONTROL, "nobody has confirmed the lab: undoing it");
	if (labs_abort(labs, NULL, NULL, &err) < 0)
		log_error(LOG_CONTROL, "%s", err.msg);
}

/* The names a lab lists, as keys: there may be thousands. */
static json_t *namespaces_of(const json_t *lab)
{
	json_t *names = json_object(), *name;
	size_t i;

	json_array_foreach(json_object_get(lab, "namespaces"), i, name)
		json_object_set_new(names, json_string_value(name),
				    json_true());
	return names;
}

/* What a lab does not list any more is not its own any more. */
static void undeclare(struct lab_job *job)
{
	json_t *wanted = namespaces_of(job->want);
	json_t *known = namespaces_of(job->only), *value;
	struct labs *labs = job->labs;
	const char *name;
	void *tmp;

	json_object_foreach_safe(labs->namespaces, tmp, name, value)
	{
		if (!json_integer_value(value) &&
		    !json_object_get(wanted, name) &&
		    (!job->only || json_object_get(known, name)))
			lab_made_forget(labs, name);
	}
	json_decref(wanted);
	json_decref(known);
}

/* The namespaces a lab speaks of are its own, whoever has made them. */
static void declare(struct lab_job *job)
{
	json_t *name;
	size_t i;

	json_array_foreach(json_object_get(job->want, "namespaces"), i, name)
		lab_made_note(job->labs, json_string_value(name), 0);
	if (job->prune)
		undeclare(job);
}

/* What was done stays, at least for now. */
static void keep(struct lab_job *job)
{
	struct labs *labs = job->labs;

	declare(job);
	if (!job->confirm.us || !job->plan.n_steps) {
		job_free(job);
		return;
	}

	job->conn = NULL;
	labs->pending = job;
	ev_timer_set(&labs->confirm, (double)job->confirm.us / 1e6, 0.);
	ev_timer_start(labs->sw->loop, &labs->confirm);
}

static void end(struct lab_job *job)
{
	struct labs *labs = job->labs;
	labs_on_done *on_done = job->on_done;
	struct conn *conn = job->conn;
	json_t *lines = json_incref(job->lines);
	const bool was_undone = job->undoing;
	struct err err = job->err;
	int code = job->code;

	labs->job = NULL;
	if (job->n_not_undone)
		log_error(LOG_CONTROL, "%zu steps could not be undone",
			  job->n_not_undone);
	if (was_undone && job->want) {
		err_set(&err, -EIO, "%.140s; what was done before is undone%s",
			job->err.msg,
			job->n_not_undone ? ", but not all of it" : "");
		err_hint(&err, "%s", job->err.hint);
		code = -EIO;
	} else if (job->n_not_undone) {
		code = err_set(&err, -EIO,
			       "%zu of %zu steps could not be undone",
			       job->n_not_undone, job->plan.n_steps);
		err_hint(&err, "the log of vswd says which, and why");
	}

	if (code || was_undone)
		job_free(job);
	else
		keep(job);
	if (on_done)
		on_done(labs->sw, conn, code, lines, &err);
	json_decref(lines);
	if (!labs->job && !labs->pending)
		lab_config_catch_up(labs->sw);
}

/* A step with what was wrong with it, and its number for those who read logs. */
static void fail(struct lab_job *job, size_t i, int code, const struct err *why)
{
	const struct lab_step *step = &job->plan.steps[i];
	static const char *const subjects[] = {
		[LAB_NAMESPACE] = "namespace ",
		[LAB_PORT] = "port ",
		[LAB_STATION] = "station ",
		[LAB_AGEING] = "",
	};

	if (job->undoing) {
		log_error(LOG_CONTROL, "cannot undo a step: %s%s: %s",
			  subjects[step->subject], step->name, why->msg);
		job->n_not_undone++;
		return;
	}
	if (job->code)
		return; /* of several the first explains the others */

	job->code = code;
	err_set(&job->err, code, "%s%s: %s", subjects[step->subject],
		step->name, why->msg);
	err_hint(&job->err, "%s", why->hint);
}

static void settle(struct lab_job *job, size_t i, int code,
		   const struct err *err)
{
	job->is_done[i] = !job->undoing && !code;
	if (code)
		fail(job, i, code, err);
}

/* From now on backwards: what is done is undone, and the rest passed over. */
static void turn_round(struct lab_job *job)
{
	job->undoing = true;
	job->n_begun = job->n_ended = 0;
	for (size_t i = 0; i < job->plan.n_steps; i++)
		lab_step_invert(&job->plan.steps[i]);
}

/* Steps of another kind wait until those before them have come to an end. */
static bool must_wait(const struct lab_job *job)
{
	const struct lab_step *step, *last;

	if (job->n_begun == job->n_ended)
		return false;
	if (job->n_begun - job->n_ended >= STEPS_UNDER_WAY)
		return true;

	step = &job->plan.steps[nth(job, job->n_begun)];
	last = &job->plan.steps[nth(job, job->n_begun - 1)];
	return step->subject != last->subject ||
	       !step->before != !last->before || !step->after != !last->after;
}

static void begin_next(struct lab_job *job)
{
	const size_t i = nth(job, job->n_begun);
	struct err err = { 0 };
	int r;

	if (job->undoing && !job->is_done[i]) {
		job->n_begun++;
		job->n_ended++;
		return;
	}

	r = lab_step_begin(job->labs, &job->plan.steps[i], job->undoing, &err);
	job->n_begun++;
	if (r == LAB_STEP_BEGUN)
		return;

	job->n_ended++;
	settle(job, i, r, &err);
}

static void proceed(struct lab_job *job)
{
	ev_timer_stop(job->labs->sw->loop, &job->more);
	for (int i = 0; i < STEPS_PER_TURN; i++) {
		const bool stuck = job->code && !job->undoing;

		if (job->n_begun < job->plan.n_steps && !stuck) {
			if (must_wait(job))
				return;
			begin_next(job);
			continue;
		}
		if (job->n_ended < job->n_begun)
			return;
		if (!stuck) {
			end(job);
			return;
		}
		turn_round(job);
	}

	ev_timer_start(job->labs->sw->loop, &job->more);
}

/**
 * lab_step_ended() - A step that had begun has come to its end
 * @labs:	Labs
 * @step:	Step
 * @code:	0, or -errno
 * @err:	On failure, one sentence
 */
void lab_step_ended(struct labs *labs, const struct lab_step *step, int code,
		    const struct err *err)
{
	struct lab_job *job = labs->job;

	job->n_ended++;
	settle(job, (size_t)(step - job->plan.steps), code, err);
	go_on(job); /* from within the worker's callback it could end all this */
}

static void limit_namespaces_to(json_t *have, const json_t *want,
				const json_t *before)
{
	json_t *namespaces = json_object_get(have, "namespaces");
	json_t *wanted = namespaces_of(want), *known = namespaces_of(before);

	for (size_t i = json_array_size(namespaces); i-- > 0;) {
		const char *name =
			json_string_value(json_array_get(namespaces, i));

		if (!json_object_get(wanted, name) &&
		    !json_object_get(known, name))
			json_array_remove(namespaces, i);
	}
	json_decref(wanted);
	json_decref(known);
}

/* Leave of @have only what is wanted now or was wanted before. */
static void limit_to(json_t *have, const json_t *want, const json_t *before)
{
	json_t *ports = json_object_get(have, "ports");
	json_t *stations = json_object_get(have, "stations");
	json_t *wanted = json_object_get(want, "ports");
	json_t *known = json_object_get(before, "ports");
	const char *name;
	json_t *port;
	void *tmp;

	limit_namespaces_to(have, want, before);
	for (size_t i = json_array_size(stations); i-- > 0;) {
		name = json_string_value(
			json_object_get(json_array_get(stations, i), "port"));
		if (!json_object_get(wanted, name) &&
		    !json_object_get(known, name))
			json_array_remove(stations, i);
	}
	json_object_foreach_safe(ports, tmp, name, port)
	{
		if (!json_object_get(wanted, name) &&
		    !json_object_get(known, name))
			json_object_del(ports, name);
	}
}

static int check(const struct labs *labs, const struct lab_request *request,
		 struct err *err)
{
	const char *name = lab_switch_name(request->lab);

	if (name && strcmp(name, labs->sw->name))
		return err_set(err, -EINVAL,
			       "the lab is for switch '%s', and this is '%s'",
			       name, labs->sw->name);
	if (request->dry_run)
		return 0;
	if (labs->job)
		return err_set(err, -EBUSY, "a lab is just being applied");
	if (labs->pending) {
		err_set(err, -EBUSY,
			"the lab that was applied last is not confirmed yet");
		err_hint(err, "vswctl confirm keeps it, vswctl confirm --abort "
			      "undoes it");
		return -EBUSY;
	}
	return 0;
}

static struct lab_job *make_job(struct labs *labs,
				const struct lab_request *request)
{
	struct lab_job *job = calloc(1, sizeof(*job));
	json_t *have = NULL;
	int r = -ENOMEM;

	if (!job)
		return NULL;

	job->prune = request->prune;
	job->only = json_incref((json_t *)request->only);
	job->confirm = request->confirm;
	job->want = lab_complete(request->lab, labs->sw->name);
	have = lab_state(labs, job->want);
	if (job->want && have) {
		if (request->only)
			limit_to(have, job->want, request->only);
		r = lab_diff(have, job->want, request->prune, &job->plan);
	}
	json_decref(have);
	if (!r) {
		job->lines = lab_plan_json(&job->plan);
		job->is_done =
			calloc(job->plan.n_steps + 1, sizeof(job->is_done[0]));
	}
	if (job->lines && job->is_done)
		return job;

	job_free(job);
	return NULL;
}

static void start(struct labs *labs, struct lab_job *job)
{
	job->labs = labs;
	labs->job = job;
	ev_timer_init(&job->more, on_more, 0., 0.);
	go_on(job);
}

/**
 * labs_apply() - Begin to make the switch into a lab
 * @labs:	Labs
 * @request:	What is wanted; copied
 * @conn:	Who asks, or NULL
 * @on_done:	Told the end, if -EINPROGRESS is returned
 * @ret_lines:	The steps that would be taken, a new reference, if 0 is returned
 * @err:	On failure, one sentence
 *
 * Return: -EINPROGRESS when it has begun; 0 for a dry run; -EBUSY if another
 * lab is being applied or waits to be confirmed; -EINVAL if the lab is another
 * switch's; -ENOMEM. Through @on_done also -EIO, when a step has failed and
 * what was done before it is undone
 */
int labs_apply(struct labs *labs, const struct lab_request *request,
	       struct conn *conn, labs_on_done *on_done, json_t **ret_lines,
	       struct err *err)
{
	struct lab_job *job;
	int r = check(labs, request, err);

	if (r < 0)
		return r;

	job = make_job(labs, request);
	if (!job)
		return err_set(err, -ENOMEM, "out of memory");
	if (request->dry_run) {
		*ret_lines = json_incref(job->lines);
		job_free(job);
		return 0;
	}

	job->conn = conn;
	job->on_done = on_done;
	start(labs, job);
	return -EINPROGRESS;
}

static int no_pending(struct err *err)
{
	return err_set(err, -ENOENT, "no lab waits to be confirmed");
}

/**
 * labs_confirm() - What was applied last stays
 * @labs:	Labs
 * @err:	On failure, one sentence
 *
 * Return: 0, or -ENOENT if nothing waits to be confirmed
 */
int labs_confirm(struct labs *labs, struct err *err)
{
	if (!labs->pending)
		return no_pending(err);

	ev_timer_stop(labs->sw->loop, &labs->confirm);
	job_free(labs->pending);
	labs->pending = NULL;
	lab_config_catch_up(labs->sw);
	return 0;
}

/**
 * labs_abort() - Begin to undo what was applied last
 * @labs:	Labs
 * @conn:	Who asks, or NULL
 * @on_done:	Told the end, if 0 is returned; or NULL
 * @err:	On failure, one sentence
 *
 * Return: 0 when it has begun, or -ENOENT if nothing waits to be confirmed
 */
int labs_abort(struct labs *labs, struct conn *conn, labs_on_done *on_done,
	       struct err *err)
{
	struct lab_job *job = labs->pending;

	if (!job)
		return no_pending(err);

	ev_timer_stop(labs->sw->loop, &labs->confirm);
	labs->pending = NULL;
	json_decref(job->want);
	job->want = NULL; /* this is no failure, but what is wanted */
	job->conn = conn;
	job->on_done = on_done;
	turn_round(job);
	start(labs, job);
	return 0;
}

/**
 * labs_forget_conn() - A client that may be waiting has hung up
 * @labs:	Labs
 * @conn:	Its connection; what it began comes to its end all the same
 */
void labs_forget_conn(struct labs *labs, const struct conn *conn)
{
	if (labs->job && labs->job->conn == conn)
		labs->job->conn = NULL;
}

/**
 * labs_init() - Get ready
 * @labs:	In the caller's memory
 * @sw:		Switch, which has its name and loop
 */
void labs_init(struct labs *labs, struct vswitch *sw)
{
	*labs = (struct labs){ .sw = sw, .namespaces = json_object() };
	ev_timer_init(&labs->confirm, on_confirm_timeout, 0., 0.);
	lab_made_load(labs);
}

/**
 * labs_fini() - Give up what is under way
 * @labs:	Labs of a switch that stops; its worker must have stopped
 */
void labs_fini(struct labs *labs)
{
	if (!labs->sw)
		return;

	ev_timer_stop(labs->sw->loop, &labs->confirm);
	job_free(labs->job);
	job_free(labs->pending);
	if (labs->remove_namespaces)
		lab_made_remove_all(labs);
	json_decref(labs->namespaces);
	json_decref(labs->config);
	json_decref(labs->next_config);
	labs->sw = NULL;
}
