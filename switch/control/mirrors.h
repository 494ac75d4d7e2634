/* SPDX-License-Identifier: MIT */
/*
 * mirrors.h - mirrors asked for, while their ports are looked at
 *
 * A namespace that has an address expects answers, which a mirror port does
 * not carry. The worker finds out whether it has one, so adding a mirror takes
 * a moment, during which the switch does other things.
 */
#ifndef MIRRORS_H
#define MIRRORS_H

#include <jansson.h>
#include <sys/queue.h>

struct conn;
struct err;
struct mirror;
struct vswitch;

/*
 * Told the end of what was begun for @conn, which is NULL if it has hung up
 * meanwhile. @mirror is NULL on failure.
 */
typedef void mirrors_on_done(struct conn *conn, int code,
			     const struct mirror *mirror,
			     const struct err *err);

struct mirror_errand;
TAILQ_HEAD(mirror_errands, mirror_errand);

int mirrors_add(struct vswitch *sw, json_t *params, struct conn *conn,
		mirrors_on_done *on_done, struct err *err);
void mirrors_forget_conn(struct vswitch *sw, const struct conn *conn);

#endif /* MIRRORS_H */
