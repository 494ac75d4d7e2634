/* SPDX-License-Identifier: MIT */
/*
 * attach.h - ports made and removed: cable, device, place in the switch
 *
 * The worker lays and cuts the cables, so both take a while, during which the
 * switch does other things. Attaching is all or nothing, and when its end is
 * told the first frame can flow; until then its name is taken.
 */
#ifndef ATTACH_H
#define ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "cable.h"
#include "datapath.h"
#include "keeper.h"
#include "port.h"

struct cidr;
struct conn;
struct err;
struct ip_addr;
struct plan;
struct ring_place;
struct vswitch;
struct worker_result;

/* What is wanted, checked. What is NULL or 0 is the default. */
struct attach_request {
	const char *target; /* as room_open_target() takes it */
	const char *port;
	enum cable_kind kind;
	const char *ifname;
	const struct eth_addr *mac;
	unsigned mtu;
	const struct cidr *addresses;
	size_t n_addresses;
	const struct ip_addr *gateways;
	size_t n_gateways;
	bool may_exist;
	bool persist;
};

/* A port and what it is attached to; port->owner points here. */
struct attachment {
	struct vswitch *sw;
	struct port *port;
	struct port_watch watch;
	struct cable cable; /* CABLE_NONE: the port has no device */
	struct plan *plan; /* what was asked for */
	struct keep keep; /* if it persists */
	struct eth_addr mac; /* that it has each time it is made */
	char target_words[80]; /* for people: "namespace web" */
	char ifname[PORT_NAME_SIZE]; /* of the far end, as it is called now */
	bool announced; /* its state is worth telling */
	bool is_busy; /* in rings->busy ... */
	TAILQ_ENTRY(attachment) busy_link; /* ... if so */
	struct ring_place *ring_place; /* where it has a ring, or NULL */
};

/*
 * Told the end of what was begun for @conn, which is NULL if it has hung up
 * meanwhile. @attachment is NULL unless something was attached.
 */
typedef void attach_on_done(struct vswitch *sw, struct conn *conn, void *user,
			    int code, struct attachment *attachment,
			    const struct err *err);

TAILQ_HEAD(errands, errand); /* attachments and detachments under way */

int attach(struct vswitch *sw, const struct attach_request *request,
	   struct conn *conn, attach_on_done *on_done, void *user,
	   struct attachment **ret_existing, struct err *err);
int attach_plug(struct vswitch *sw, struct attachment *attachment,
		const struct worker_result *result, struct err *err);
void attach_discard(struct vswitch *sw, const struct worker_result *result);
void attach_unplug(struct vswitch *sw, struct attachment *attachment);
int detach(struct vswitch *sw, struct attachment *attachment, struct conn *conn,
	   attach_on_done *on_done, void *user, struct err *err);
void attach_forget_conn(struct vswitch *sw, const struct conn *conn);
void attach_drop(struct vswitch *sw, struct attachment *attachment);

#endif /* ATTACH_H */
