/* SPDX-License-Identifier: MIT */
/*
 * keeper.h - ports that come back
 *
 * A persistent port outlives its cable. When the cable is lost, the port stays
 * in its place in the switch, with its number, counters and pinned stations,
 * and the keeper has the worker lay another one as soon as that can be: when
 * the namespace has a name again, when the name of the interface is free, or
 * after a while, if somebody keeps deleting what was made.
 *
 * Nothing is asked time and again: names of namespaces are heard of (nswatch),
 * so is the end of an interface that is in the way (links). Timers only hold
 * back what would come too fast, or try again what failed for reasons that are
 * nobody's event.
 *
 * Always true between calls:
 *  - a persistent port without a device is tried, is about to be, or waits for
 *    something that will be heard of
 *  - of one port at most one try is under way, and of all ports few
 */
#ifndef KEEPER_H
#define KEEPER_H

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "cable.h"
#include "mtime.h"
#include "worker.h"

struct attachment;
struct err;
struct monitor_event;
struct nswatch;
struct vswitch;

/* Of a persistent port, in its struct attachment. */
struct keep {
	TAILQ_ENTRY(keep) link; /* in keeper->due ... */
	bool is_due; /* ... if so */
	struct keeper_try *trying; /* under way */
	bool again; /* something has happened since it began */
	bool one_has_left; /* an interface of that name, somewhere, since then */
	bool has_file; /* the namespace may be mounted any moment */
	int folder; /* watched, or NSWATCH_NONE */
	dev_t home_dev; /* the namespace it was laid to last */
	ino_t home_ino;
	struct cable_obstacle obstacle; /* has the interface's name */
	struct ev_timer retry;
	unsigned n_losses; /* one soon after the other */
	unsigned n_failures; /* in a row */
	mtime_t laid, tried;
	char why[sizeof(((struct err *)0)->msg)]; /* it is not up */
};

struct keeper {
	struct vswitch *sw;
	struct nswatch *watch;
	struct ev_io names, mounts;
	struct ev_timer later; /* the worker's queue is full */
	TAILQ_HEAD(keeps, keep) due; /* to be tried when others have been */
	unsigned n_trying;
	TAILQ_HEAD(folders, folder) folders; /* that are watched */
};

int keeper_open(struct keeper *keeper, struct vswitch *sw, struct err *err);
void keeper_start(struct keeper *keeper);
void keeper_stop(struct keeper *keeper);
void keeper_close(struct keeper *keeper);

void keeper_take_on(struct attachment *attachment,
		    const struct worker_result *result);
void keeper_forget_folder(struct keeper *keeper, int number);
bool keeper_let_go(struct attachment *attachment, worker_on_done *then,
		   void *user);
bool keeper_is_laying(const struct attachment *attachment);
void keeper_plan_changed(struct attachment *attachment, bool persisted);
void keeper_lost(struct attachment *attachment, const char *why, bool at_once);
void keeper_home_gone(struct attachment *attachment);
void keeper_on_link(struct attachment *attachment,
		    const struct monitor_event *event);

/* keeper_words.c */
void keeper_describe(const struct attachment *attachment, json_t *row);

#endif /* KEEPER_H */
