/* SPDX-License-Identifier: MIT */
/*
 * labs.h - the switch made into the lab that somebody declared
 *
 * The difference between the lab there is and the lab that is wanted becomes a
 * plan (lab_diff.h), whose steps are done one after the other, by the worker
 * where they take long. When a step fails, those that were done are undone.
 *
 * Always true:
 *  - one plan is under way at a time, or waits to be confirmed
 *  - a plan comes to its end, done or undone, whether or not its client stays
 *  - which namespaces were made here is written down in the run directory, so
 *    that the next daemon of this name knows as well
 */
#ifndef LABS_H
#define LABS_H

#include <ev.h>
#include <jansson.h>
#include <stdbool.h>

#include "mtime.h"

struct conn;
struct err;
struct lab_job;
struct vswitch;

struct labs {
	struct vswitch *sw;
	struct lab_job *job; /* under way, or NULL */
	struct lab_job *pending; /* done, and waits to be confirmed; or NULL */
	struct ev_timer confirm;
	json_t *namespaces; /* declared: name -> inode if we made it, else 0 */
	size_t n_made_lines; /* that are written down; 0: write all of them */
	json_t *config; /* the lab of --config that was applied last, or NULL */
	json_t *next_config; /* and the one that is being applied */
	const char *config_path; /* of --config, since the first SIGHUP */
	bool reread_due; /* it came when that could not be done */
	bool remove_namespaces; /* when the switch stops */
};

/* What is wanted of the switch. */
struct lab_request {
	const json_t *lab; /* as lab_read() returns it */
	bool prune; /* remove what is not in it ... */
	const json_t *only; /* ... but was in this one; NULL: whatever it is */
	bool dry_run;
	mtime_t confirm; /* undo it after this time; 0: it is for good */
};

/*
 * Told the end of what was begun. @lines are the steps, borrowed; empty on
 * failure. @conn is NULL if it has hung up.
 */
typedef void labs_on_done(struct vswitch *sw, struct conn *conn, int code,
			  json_t *lines, const struct err *err);

void labs_init(struct labs *labs, struct vswitch *sw);
void labs_fini(struct labs *labs);
void labs_forget_conn(struct labs *labs, const struct conn *conn);

int labs_apply(struct labs *labs, const struct lab_request *request,
	       struct conn *conn, labs_on_done *on_done, json_t **ret_lines,
	       struct err *err);
int labs_confirm(struct labs *labs, struct err *err);
int labs_abort(struct labs *labs, struct conn *conn, labs_on_done *on_done,
	       struct err *err);

/* lab_state.c */
json_t *lab_state(const struct labs *labs, const json_t *want);

/* lab_made.c */
void lab_made_load(struct labs *labs);
void lab_made_note(struct labs *labs, const char *name, ino_t ino);
void lab_made_forget(struct labs *labs, const char *name);
ino_t lab_made_inode(const struct labs *labs, const char *name);
void lab_made_remove_all(struct labs *labs);

#endif /* LABS_H */
