/* SPDX-License-Identifier: MIT */
/* lab_config.c - the lab of vswd --config: at start, and once more on SIGHUP */

#include "lab_config.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "err.h"
#include "lab.h"
#include "labs.h"
#include "log.h"
#include "vswitch.h"
#include "worker.h"

static void complain(const struct err *err)
{
	log_error(LOG_CONTROL, "%s", err->msg);
	if (err->hint[0])
		log_error(LOG_CONTROL, "hint: %s", err->hint);
}

static int apply(struct vswitch *sw, const json_t *lab, labs_on_done *on_done,
		 struct err *err)
{
	struct labs *labs = &sw->labs;
	json_t *nothing = json_object();
	const struct lab_request request = {
		.lab = lab,
		.prune = true,
		.only = labs->config ? labs->config : nothing,
	};
	int r = labs_apply(labs, &request, NULL, on_done, NULL, err);

	json_decref(nothing);
	if (r != -EINPROGRESS)
		return r;

	labs->next_config = json_incref((json_t *)lab);
	return 0;
}

/* What was applied is what the next reading is compared with. */
static void settle(struct labs *labs, int code)
{
	json_t **old = code ? &labs->next_config : &labs->config;

	json_decref(*old);
	if (!code)
		labs->config = labs->next_config;
	labs->next_config = NULL;
}

static void on_started(struct vswitch *sw, struct conn *conn, int code,
		       json_t *lines, const struct err *err)
{
	(void)conn;
	(void)lines;
	settle(&sw->labs, code);
	if (!code) {
		sw->on_ready(sw);
		return;
	}

	sw->failure = *err;
	ev_break(sw->loop, EVBREAK_ALL);
}

/**
 * lab_config_apply() - Begin to make the switch into its lab, at start
 * @sw:		Switch, which stops if that fails, and else is ready
 * @lab:	The lab, as it was loaded
 * @err:	On failure, one sentence
 *
 * Return: 0 when it has begun, or -errno
 */
int lab_config_apply(struct vswitch *sw, const json_t *lab, struct err *err)
{
	return apply(sw, lab, on_started, err);
}

static void on_reread(struct vswitch *sw, struct conn *conn, int code,
		      json_t *lines, const struct err *err)
{
	size_t i;
	json_t *line;

	(void)conn;
	settle(&sw->labs, code);
	if (code) {
		complain(err);
		return;
	}

	json_array_foreach(lines, i, line)
		log_info(LOG_CONTROL, "%s", json_string_value(line));
	log_info(LOG_CONTROL, "the configuration was read again: %zu changes",
		 json_array_size(lines));
}

static void put_off(struct labs *labs)
{
	labs->reread_due = true;
	log_info(LOG_CONTROL,
		 labs->job ? "the configuration is read again when the lab "
			     "that is being applied has come to its end"
			   : "the configuration is read again when the lab "
			     "that was applied last is confirmed or undone");
}

static void on_read(const struct worker_result *result, void *user)
{
	struct vswitch *sw = user;
	json_t *lab = NULL;
	struct err err = result->err;
	int r = result->code;

	if (!r) {
		lseek(result->fd, 0, SEEK_SET);
		lab = json_loadfd(result->fd, 0, NULL);
		r = lab ? apply(sw, lab, on_reread, &err)
			: err_set(&err, -EIO, "cannot read the configuration");
	}
	if (result->fd >= 0)
		close(result->fd);
	json_decref(lab);
	if (r == -EBUSY) { /* somebody was quicker */
		put_off(&sw->labs);
	} else if (r < 0) {
		complain(&err);
		log_error(LOG_CONTROL, "nothing was changed");
	}
}

/**
 * lab_config_reread() - Begin to read the file again, and to apply it
 * @sw:		Switch
 * @path:	The file; has to last as long as the switch
 *
 * How it ends is told in the log. While a lab is being applied or waits to be
 * confirmed, this is put off, for whoever has asked has seen to the file, and
 * will not ask again.
 */
void lab_config_reread(struct vswitch *sw, const char *path)
{
	struct worker_job job = { .task = WORKER_READ_LAB };
	struct labs *labs = &sw->labs;
	struct err err;

	labs->config_path = path;
	if (labs->job || labs->pending) {
		put_off(labs);
		return;
	}

	labs->reread_due = false;
	snprintf(job.target, sizeof(job.target), "%s", path);
	if (worker_submit(&sw->worker, &job, -1, on_read, sw, &err) < 0)
		complain(&err);
}

/**
 * lab_config_catch_up() - Do what lab_config_reread() has put off
 * @sw:		Switch; no lab is under way or waits to be confirmed
 */
void lab_config_catch_up(struct vswitch *sw)
{
	if (sw->labs.reread_due)
		lab_config_reread(sw, sw->labs.config_path);
}
