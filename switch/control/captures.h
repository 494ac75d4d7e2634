/* SPDX-License-Identifier: MIT */
/*
 * captures.h - the captures that run, each for the connection that started it
 *
 * A capture ends when its count is reached, when it is told to, and when its
 * reader or its connection is gone; its pipe is closed when all is written.
 */
#ifndef CAPTURES_H
#define CAPTURES_H

#include <ev.h>
#include <jansson.h>
#include <stdint.h>
#include <sys/queue.h>

struct capture_config;
struct conn;
struct err;
struct port;
struct vswitch;

enum {
	CAPTURES_MAX = 16,
};

struct captures {
	TAILQ_HEAD(running_list, running) list;
	size_t n;
	uint64_t last_id;
	struct ev_prepare flush; /* while any capture runs */
};

void captures_init(struct captures *captures);
void captures_fini(struct vswitch *sw);
int captures_start(struct vswitch *sw, struct conn *conn,
		   struct capture_config *config, json_t *ports,
		   uint64_t *ret_id, struct err *err);
int captures_stop(struct vswitch *sw, const struct conn *conn, uint64_t id,
		  struct err *err);
void captures_end_of(struct vswitch *sw, const struct conn *conn);
void captures_port_gone(struct vswitch *sw, const struct port *port,
			const char *why);
json_t *captures_show(const struct vswitch *sw);

#endif /* CAPTURES_H */
