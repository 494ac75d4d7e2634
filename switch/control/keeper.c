/* SPDX-License-Identifier: MIT */
/* keeper.c - ports that come back: when to make them again */

#include "keeper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "bridge.h"
#include "err.h"
#include "log.h"
#include "macros.h"
#include "monitor.h"
#include "nswatch.h"
#include "plan.h"
#include "port.h"
#include "vswitch.h"

enum {
	TRIES_MAX = 8, /* at a time: the worker has others to serve */
	STEADY_MS = 10000, /* what lasts so long was not lost in a hurry */
	LOSS_DELAY_MS = 100, /* and then twice as long each time, ... */
	LOSS_DELAY_MAX_MS = 10000,
	FAILURE_DELAY_MS = 1000,
	FAILURE_DELAY_MAX_MS = 60000,
};

static const double LATER_S = 0.05;

/* One job of the worker, and who it is for. */
struct keeper_try {
	struct vswitch *sw;
	enum worker_task task;
	bool outdated; /* what was wanted when it began is not any more */
	struct attachment *attachment; /* NULL: it is kept no longer, ... */
	worker_on_done *then; /* ... and this wants the result, if not NULL */
	void *user;
};

/* A watched folder is let go of when nobody waits for what may come in it. */
struct folder {
	TAILQ_ENTRY(folder) link;
	int number;
	unsigned n_users;
};

static void pump(struct keeper *keeper);

static struct attachment *owner_of(struct keep *keep)
{
	return container_of(keep, struct attachment, keep);
}

static bool has_device(const struct attachment *attachment)
{
	return attachment->port->fd >= 0;
}

/* Folders */

static struct folder *find_folder(struct keeper *keeper, int number)
{
	struct folder *folder;

	TAILQ_FOREACH (folder, &keeper->folders, link) {
		if (folder->number == number)
			return folder;
	}

	return NULL;
}

static void use_folder(struct keeper *keeper, int number)
{
	struct folder *folder = find_folder(keeper, number);

	if (!folder) {
		folder = calloc(1, sizeof(*folder));
		if (!folder)
			return; /* it stays watched, which does no harm */
		folder->number = number;
		TAILQ_INSERT_TAIL(&keeper->folders, folder, link);
	}
	folder->n_users++;
}

/* While jobs are under way their results may bring a folder's next user. */
static void sweep_folders(struct keeper *keeper)
{
	struct folder *folder, *next;

	if (!TAILQ_EMPTY(&keeper->sw->worker.tickets))
		return;

	for (folder = TAILQ_FIRST(&keeper->folders); folder; folder = next) {
		next = TAILQ_NEXT(folder, link);
		if (folder->n_users)
			continue;
		nswatch_remove(keeper->watch, folder->number);
		TAILQ_REMOVE(&keeper->folders, folder, link);
		free(folder);
	}
}

/* Return: whether another folder is watched than before */
static bool set_folder(struct keeper *keeper, struct keep *keep, int number)
{
	struct folder *old = find_folder(keeper, keep->folder);

	if (keep->folder == number)
		return false;

	if (number != NSWATCH_NONE)
		use_folder(keeper, number);
	if (old)
		old->n_users--;
	keep->folder = number;
	sweep_folders(keeper);
	return true;
}

/**
 * keeper_forget_folder() - A folder was watched for a port that is not kept
 * @keeper:	Keeper
 * @number:	Of the folder, or NSWATCH_NONE
 */
void keeper_forget_folder(struct keeper *keeper, int number)
{
	struct folder *folder;

	if (number == NSWATCH_NONE)
		return;

	use_folder(keeper, number);
	folder = find_folder(keeper, number);
	if (folder)
		folder->n_users--;
	sweep_folders(keeper);
}

/* Tries */

/* As soon as the worker can take it; if a try is under way, once more. */
static void try_now(struct attachment *attachment)
{
	struct keeper *keeper = &attachment->sw->keeper;
	struct keep *keep = &attachment->keep;

	ev_timer_stop(keeper->sw->loop, &keep->retry);
	keep->again = keep->trying;
	if (keep->trying || keep->is_due)
		return;

	TAILQ_INSERT_TAIL(&keeper->due, keep, link);
	keep->is_due = true;
	pump(keeper);
}

static void on_retry(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	try_now(owner_of(container_of(w, struct keep, retry)));
}

/* The @n-th time in a row, twice as late as the time before. */
static void try_later(struct attachment *attachment, unsigned n,
		      unsigned delay_ms, unsigned max_ms)
{
	struct keep *keep = &attachment->keep;
	struct ev_loop *loop = attachment->sw->loop;

	while (--n && delay_ms < max_ms)
		delay_ms *= 2;
	if (delay_ms > max_ms)
		delay_ms = max_ms;
	ev_timer_stop(loop, &keep->retry);
	ev_timer_init(&keep->retry, on_retry, delay_ms / 1000.0, 0);
	ev_timer_start(loop, &keep->retry);
}

static void say_why(struct keep *keep, const char *why)
{
	snprintf(keep->why, sizeof(keep->why), "%s", why);
}

static void fail(struct attachment *attachment, const struct err *why)
{
	struct keep *keep = &attachment->keep;

	say_why(keep, why->msg);
	links_set_state(&attachment->sw->links, attachment, PORT_STATE_FAILED,
			why->msg);
	keep->n_failures++;
	try_later(attachment, keep->n_failures, FAILURE_DELAY_MS,
		  FAILURE_DELAY_MAX_MS);
}

static void wait_for_it(struct attachment *attachment, const char *why)
{
	say_why(&attachment->keep, why);
	links_set_state(&attachment->sw->links, attachment, PORT_STATE_WAITING,
			why);
}

static void note_home(struct keep *keep, mtime_t now,
		      const struct worker_result *result)
{
	keep->home_dev = result->home_dev;
	keep->home_ino = result->home_ino;
	keep->laid = now;
	keep->n_failures = 0;
	keep->has_file = false;
	keep->obstacle = (struct cable_obstacle){ .nsid = -1 };
}

static void on_laid_again(struct attachment *attachment,
			  const struct worker_result *result)
{
	struct vswitch *sw = attachment->sw;
	struct err err = { 0 };

	note_home(&attachment->keep, sw->clock.now, result);
	if (attach_plug(sw, attachment, result, &err) < 0) {
		fail(attachment, &err);
		return;
	}

	log_info(LOG_PORT, "%s: made again in %s as %s", attachment->port->name,
		 attachment->target_words, attachment->ifname);
}

/* The port has no device, and now we know whether it gets one. */
static void take_laid(struct attachment *attachment,
		      const struct worker_result *result)
{
	struct keep *keep = &attachment->keep;

	if (!result->code) {
		on_laid_again(attachment, result);
		return;
	}

	keep->obstacle = result->obstacle;
	if (result->is_to_come) {
		keep->n_failures = 0;
		wait_for_it(attachment, result->err.msg);
	} else {
		fail(attachment, &result->err);
	}
}

/* The port has a device: does it still lead where the name leads? */
static void take_look(struct attachment *attachment,
		      const struct worker_result *result)
{
	const struct keep *keep = &attachment->keep;

	if (!result->code && has_device(attachment) &&
	    (result->home_dev != keep->home_dev ||
	     result->home_ino != keep->home_ino))
		keeper_lost(attachment, "its namespace was made anew", true);
}

/* The port is kept no longer. */
static void end_in_vain(struct keeper_try *try,
			const struct worker_result *result)
{
	keeper_forget_folder(&try->sw->keeper, result->folder);
	if (try->then)
		try->then(result, try->user);
	else if (try->task == WORKER_LAY && !result->code)
		attach_discard(try->sw, result);
}

static void on_tried(const struct worker_result *result, void *user)
{
	struct keeper_try *try = user;
	struct attachment *attachment = try->attachment;
	struct keeper *keeper = &try->sw->keeper;
	struct keep *keep = attachment ? &attachment->keep : NULL;
	bool again;

	keeper->n_trying--;
	if (!attachment) {
		end_in_vain(try, result);
		free(try);
		pump(keeper);
		return;
	}

	keep->trying = NULL;
	keep->tried = keeper->sw->clock.now;
	/* One that failed half-way makes and deletes such an interface, too. */
	again = keep->again || (keep->one_has_left && result->obstacle.ifindex);
	keep->again = false;
	keep->one_has_left = false;
	/* What came before the folder was watched, nobody has told. */
	again |= set_folder(keeper, keep, result->folder);
	again |= try->outdated;
	keep->has_file = result->is_to_come && result->has_file;
	if (try->task == WORKER_LOOK)
		take_look(attachment, result);
	else if (try->outdated && !result->code)
		attach_discard(try->sw, result);
	else
		take_laid(attachment, result);
	free(try);
	if (again)
		try_now(attachment);
	pump(keeper);
}

static int submit(struct keeper *keeper, struct attachment *attachment,
		  struct err *err)
{
	struct keeper_try *try = calloc(1, sizeof(*try));
	struct worker_job job;
	int r;

	if (!try)
		return err_set(err, -ENOMEM, "out of memory");

	try->sw = keeper->sw;
	try->attachment = attachment;
	plan_job(attachment->plan, attachment->port->name, &job);
	if (has_device(attachment))
		job.task = WORKER_LOOK;
	/* What was chosen at first stays, as nobody has asked for another. */
	job.has_mac = true;
	job.mac = attachment->mac;
	try->task = job.task;
	r = worker_submit(&keeper->sw->worker, &job, -1, on_tried, try, err);
	if (r < 0) {
		free(try);
		return r;
	}

	attachment->keep.trying = try;
	keeper->n_trying++;
	return 0;
}

/* Start what is due, as long as there is room. */
static void pump(struct keeper *keeper)
{
	struct keep *keep;

	while ((keep = TAILQ_FIRST(&keeper->due)) &&
	       keeper->n_trying < TRIES_MAX) {
		struct attachment *attachment = owner_of(keep);
		struct err err = { 0 };
		const int r = submit(keeper, attachment, &err);

		if (r == -EAGAIN) {
			ev_timer_again(keeper->sw->loop, &keeper->later);
			return;
		}
		TAILQ_REMOVE(&keeper->due, keep, link);
		keep->is_due = false;
		if (r < 0 && !has_device(attachment))
			fail(attachment, &err);
	}
}

static void on_later(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	(void)revents;
	ev_timer_stop(loop, w);
	pump(container_of(w, struct keeper, later));
}

/* Names and mounts */

static bool leads_through(const char *target, const char *name)
{
	const size_t len = strlen(name);
	const char *part = target;

	for (;;) {
		const size_t part_len = strcspn(part, "/");

		if (part_len == len && !memcmp(part, name, len))
			return true;
		if (!part[part_len])
			return false;
		part += part_len + 1;
	}
}

struct news {
	struct keeper *keeper;
	int folder;
	const char *name;
};

/* Return: whether it is about the namespace of this port, or may be */
static bool concerns(const struct attachment *attachment,
		     const struct news *news)
{
	const struct keep *keep = &attachment->keep;

	if (news->folder == NSWATCH_NONE)
		return true; /* news were lost */
	if (keep->folder != news->folder && !keep->trying)
		return false;
	return !news->name ||
	       leads_through(attachment->plan->target, news->name);
}

static void on_name(int folder, const char *name, void *user)
{
	struct keeper *keeper = user;
	const struct news news = { keeper, folder, name };
	const struct bridge *bridge = keeper->sw->bridge;

	for (size_t i = 0; i < bridge->n_ports; i++) {
		struct attachment *attachment = bridge->ports[i]->owner;

		if (!attachment->plan->persist || !concerns(attachment, &news))
			continue;
		if (!name && attachment->keep.folder == folder)
			set_folder(keeper, &attachment->keep, NSWATCH_NONE);
		attachment->keep.n_failures = 0;
		try_now(attachment);
	}
}

static void on_names(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct keeper *keeper = container_of(w, struct keeper, names);

	(void)loop;
	(void)revents;
	nswatch_receive_names(keeper->watch, on_name, keeper);
}

/* Something was mounted: perhaps on the file that a port has an eye on. */
static void on_mounts(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct keeper *keeper = container_of(w, struct keeper, mounts);
	const struct bridge *bridge = keeper->sw->bridge;

	(void)loop;
	(void)revents;
	nswatch_receive_mounts(keeper->watch);
	for (size_t i = 0; i < bridge->n_ports; i++) {
		struct attachment *attachment = bridge->ports[i]->owner;

		if (attachment->keep.has_file || attachment->keep.trying)
			try_now(attachment);
	}
}

/**
 * keeper_open() - Get ready to hear of namespaces
 * @keeper:	In the caller's memory, all zero
 * @sw:		Switch
 * @err:	On failure, one sentence
 *
 * To be called before the worker is started, which adds folders to watch.
 *
 * Return: 0, or -errno
 */
int keeper_open(struct keeper *keeper, struct vswitch *sw, struct err *err)
{
	keeper->sw = sw;
	TAILQ_INIT(&keeper->due);
	TAILQ_INIT(&keeper->folders);
	ev_timer_init(&keeper->later, on_later, 0, LATER_S);
	return nswatch_new(&keeper->watch, err);
}

/**
 * keeper_start() - Make ports again from now on
 * @keeper:	Keeper, open
 */
void keeper_start(struct keeper *keeper)
{
	ev_io_init(&keeper->names, on_names, nswatch_names_fd(keeper->watch),
		   EV_READ);
	ev_io_init(&keeper->mounts, on_mounts, nswatch_mounts_fd(keeper->watch),
		   EV_READ);
	ev_io_start(keeper->sw->loop, &keeper->names);
	ev_io_start(keeper->sw->loop, &keeper->mounts);
}

/**
 * keeper_stop() - Make nothing again from now on
 * @keeper:	Keeper, started or not
 */
void keeper_stop(struct keeper *keeper)
{
	struct vswitch *sw = keeper->sw;

	if (!sw)
		return;

	ev_io_stop(sw->loop, &keeper->names);
	ev_io_stop(sw->loop, &keeper->mounts);
	for (size_t i = 0; sw->bridge && i < sw->bridge->n_ports; i++)
		keeper_let_go(sw->bridge->ports[i]->owner, NULL, NULL);
	ev_timer_stop(sw->loop, &keeper->later);
}

/**
 * keeper_close() - Be done with it
 * @keeper:	Keeper, stopped; or all zero
 */
void keeper_close(struct keeper *keeper)
{
	if (!keeper->sw)
		return;

	sweep_folders(keeper);
	nswatch_free(keeper->watch);
}

/**
 * keeper_take_on() - Keep a port from now on
 * @attachment:	A persistent port's, which has its place in the switch
 * @result:	Of the first time that its cable was to be laid
 *
 * If that failed because there is no such namespace, the port waits for it.
 */
void keeper_take_on(struct attachment *attachment,
		    const struct worker_result *result)
{
	struct keeper *keeper = &attachment->sw->keeper;
	struct keep *keep = &attachment->keep;

	keep->tried = keeper->sw->clock.now;
	keep->obstacle.nsid = -1;
	set_folder(keeper, keep, result->folder);
	if (!result->code) {
		note_home(keep, keeper->sw->clock.now, result);
		return;
	}

	say_why(keep, result->err.msg);
	try_now(attachment); /* it may have come since, unheard */
}

/**
 * keeper_let_go() - Keep a port no longer
 * @attachment:	Any port's
 * @then:	If a cable is just being laid, gets the result in our stead; or
 *		NULL
 * @user:	Passed to it
 *
 * Return: whether @then will be called
 */
bool keeper_let_go(struct attachment *attachment, worker_on_done *then,
		   void *user)
{
	struct keeper *keeper = &attachment->sw->keeper;
	struct keep *keep = &attachment->keep;
	struct keeper_try *try = keep->trying;

	ev_timer_stop(keeper->sw->loop, &keep->retry);
	if (keep->is_due)
		TAILQ_REMOVE(&keeper->due, keep, link);
	keep->is_due = false;
	set_folder(keeper, keep, NSWATCH_NONE);
	keep->trying = NULL;
	if (!try)
		return false;

	try->attachment = NULL;
	try->then = has_device(attachment) ? NULL : then;
	try->user = user;
	return try->then;
}

/**
 * keeper_is_laying() - Is the worker laying a port's cable?
 * @attachment:	Any port's
 *
 * Return: whether it is, or is about to
 */
bool keeper_is_laying(const struct attachment *attachment)
{
	const struct keeper_try *try = attachment->keep.trying;

	return try && try->task == WORKER_LAY;
}

/**
 * keeper_plan_changed() - A port is to be made in another way from now on
 * @attachment:	Any port's
 * @persisted:	Whether it was kept so far
 *
 * What the worker is just making in the old way is thrown away.
 */
void keeper_plan_changed(struct attachment *attachment, bool persisted)
{
	struct keep *keep = &attachment->keep;

	if (attachment->plan->persist) {
		if (keep->trying)
			keep->trying->outdated = true;
		return;
	}
	if (!persisted)
		return;

	keeper_let_go(attachment, NULL, NULL);
	if (!has_device(attachment)) /* and now will never have one */
		links_set_state(&attachment->sw->links, attachment,
				PORT_STATE_GONE, keep->why);
}

/**
 * keeper_lost() - A port has lost its cable, or its cable leads nowhere
 * @attachment:	A persistent port's
 * @why:	Half a sentence
 * @at_once:	Make it again at once; otherwise later and later, if it is lost
 *		time and again
 */
void keeper_lost(struct attachment *attachment, const char *why, bool at_once)
{
	struct keep *keep = &attachment->keep;
	const mtime_t steady = mtime_add(keep->laid, mtime_from_ms(STEADY_MS));

	attach_unplug(attachment->sw, attachment);
	wait_for_it(attachment, why);
	if (at_once || mtime_reached(attachment->sw->clock.now, steady))
		keep->n_losses = 0;
	else
		keep->n_losses++;

	if (keep->n_losses < 2)
		try_now(attachment);
	else
		try_later(attachment, keep->n_losses - 1, LOSS_DELAY_MS,
			  LOSS_DELAY_MAX_MS);
}

/**
 * keeper_home_gone() - A cable was taken elsewhere, and its namespace is gone
 * @attachment:	A persistent port's
 *
 * When there is a namespace of that name again, the port is made again in it.
 */
void keeper_home_gone(struct attachment *attachment)
{
	attachment->keep.home_ino = 0;
	try_now(attachment);
}

/**
 * keeper_on_link() - Is what was in a port's way gone?
 * @attachment:	A persistent port's
 * @event:	What has happened to an interface or a namespace
 */
void keeper_on_link(struct attachment *attachment,
		    const struct monitor_event *event)
{
	struct keep *keep = &attachment->keep;
	const struct link_info *link = &event->link;
	bool is_named_so;

	if (event->kind == MONITOR_NETNS_GONE) {
		if (event->nsid == keep->obstacle.nsid)
			try_now(attachment);
		return;
	}
	/* So with most ports, and all ports are asked about every event. */
	if (!keep->trying && !keep->obstacle.ifindex)
		return;

	is_named_so = !strcmp(link->ifname, attachment->plan->ifname);
	/* Under way: nobody knows yet what will turn out to be in the way. */
	if (keep->trying && event->kind == MONITOR_LINK_GONE && is_named_so)
		keep->one_has_left = true;
	if (!keep->obstacle.ifindex || event->nsid != keep->obstacle.nsid ||
	    link->ifindex != keep->obstacle.ifindex)
		return;
	if (event->kind == MONITOR_LINK_GONE || !is_named_so)
		try_now(attachment);
}
