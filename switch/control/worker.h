/* SPDX-License-Identifier: MIT */
/*
 * worker.h - a second process, for what may wait
 *
 * Arranging the machine means asking the kernel, and the kernel takes its
 * time: 20 ms to delete an interface or to move one, and as long as it likes
 * while somebody else holds its lock. The loop never waits. So a child process,
 * in the same back room, makes and cuts cables, and rings for busy ports; jobs
 * go to it one after the other, and results come back, with the descriptor that
 * a new port needs.
 *
 * Always true:
 *  - every job submitted gets one result, in order; when the worker dies, that
 *    of failure
 *  - cables to be cut that its queue has no room for are put off, never refused:
 *    a thousand ports may lose theirs at once. One a port, until all are gone
 *  - the last descriptor of a device is closed by the worker: the kernel may take
 *    its time
 *  - the worker ends with the daemon, however that ends
 */
#ifndef WORKER_H
#define WORKER_H

#include <ev.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "cable.h"
#include "cidr.h"
#include "err.h"
#include "name.h"
#include "ring.h"

struct nswatch;
struct room;

enum {
	WORKER_MAX_ADDRESSES = 32,
	WORKER_MAX_GATEWAYS = 2,
	WORKER_MAX_RINGS = 8, /* of at most 8 MiB each */
	WORKER_HANDOVER_SIZE = 1, /* no job: a descriptor for the next one */
};

enum worker_task {
	WORKER_LAY, /* a cable, and open the port's descriptor */
	WORKER_LOOK, /* which namespace @target is, if there is one */
	WORKER_CUT, /* @cable; its port's descriptor may come along */
	WORKER_SET_MTU, /* of the host end of @cable */
	WORKER_FIND_ADDRESS, /* of the far end; -ENOENT: it has none */
	WORKER_REFIT, /* @cable to @mtu and @addresses, after a WORKER_LOOK */
	WORKER_MAKE_NETNS, /* under the name @target */
	WORKER_REMOVE_NETNS, /* the same, if it is the one with @ino */
	WORKER_READ_LAB, /* in the file @target, as JSON into a descriptor */
	WORKER_OPEN_RING, /* for the port of @cable, at a place that is free */
	WORKER_SETTLE_RING, /* at a place: no frame is on its way to another */
	WORKER_CLOSE_RING, /* for good, if there is one at that place */
};

struct worker_job {
	enum worker_task task;

	/* WORKER_LAY, WORKER_LOOK */
	char target[PATH_MAX];
	bool watch; /* the folder @target is in, from now on */

	/* WORKER_LAY */
	enum cable_kind kind;
	char port[NAME_SIZE];
	char ifname[NAME_SIZE];
	bool has_mac;
	struct eth_addr mac;
	size_t n_addresses;
	struct cidr addresses[WORKER_MAX_ADDRESSES];
	size_t n_gateways;
	struct ip_addr gateways[WORKER_MAX_GATEWAYS];

	/* WORKER_LAY, 0 for the default, and WORKER_SET_MTU */
	unsigned mtu;

	/* WORKER_CUT, WORKER_SET_MTU, WORKER_FIND_ADDRESS, WORKER_REFIT,
	 * WORKER_OPEN_RING */
	struct cable cable;

	/* WORKER_REFIT: what it has so far */
	unsigned old_mtu;
	size_t n_old;
	struct cidr old[WORKER_MAX_ADDRESSES];

	/* WORKER_REMOVE_NETNS */
	ino_t ino;

	/* WORKER_..._RING: the worker keeps a descriptor of each. The
	 * program of its gate comes along, but to close it. */
	struct {
		unsigned place; /* below WORKER_MAX_RINGS */
		enum ring_shape shape;
		uint32_t group; /* of the port's socket */
	} ring;
};

struct worker_result {
	int code; /* 0, or -errno */
	struct err err; /* of a failure */

	/* WORKER_LAY, WORKER_LOOK */
	int folder; /* that is watched, or NSWATCH_NONE */
	bool is_to_come; /* failed since there is no such namespace yet */
	bool has_file; /* but there is a file on which it may be mounted */
	dev_t home_dev; /* which namespace it is */
	ino_t home_ino;

	/* WORKER_LAY */
	struct cable cable; /* of a failure, its MAC address and MTU */
	struct cable_obstacle obstacle; /* the name is taken, by this */
	unsigned offloads; /* enum port_offload */
	bool is_up; /* frames flow from the start */
	int fd; /* the port's, or the ring's; the callee's to keep */
	int missed_fd; /* a TAP's counter, see tap_missed.h; the same, or -1 */

	/* WORKER_FIND_ADDRESS */
	struct cidr address;

	/* WORKER_MAKE_NETNS */
	ino_t ino;
};

#define WORKER_NO_RESULT                                                       \
	{                                                                      \
		.fd = -1, .missed_fd = -1, .folder = -1, .obstacle.nsid = -1   \
	}

typedef void worker_on_done(const struct worker_result *result, void *user);

struct worker {
	struct ev_loop *loop;
	struct ev_io readable;
	struct ev_io writable; /* awaited while cables are to be cut */
	int fd; /* -1: the worker is dead */
	pid_t pid;
	TAILQ_HEAD(worker_tickets, worker_ticket) tickets; /* jobs under way */
	STAILQ_HEAD(worker_cuts, worker_cut) cuts; /* put off */
};

int worker_start(struct worker *worker, struct ev_loop *loop, struct room *room,
		 const struct nswatch *watch, const char *switch_name,
		 struct err *err);
void worker_stop(struct worker *worker);
int worker_submit(struct worker *worker, const struct worker_job *job,
		  int pass_fd, worker_on_done *on_done, void *user,
		  struct err *err);

#endif /* WORKER_H */
