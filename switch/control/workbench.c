/* SPDX-License-Identifier: MIT */
/*
 * workbench.c - what the worker process does
 *
 * Plain and blocking: take a job, do it, send the result. Ends when the daemon
 * hangs up.
 */

#include "workbench.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "lab.h"
#include "link.h"
#include "macros.h"
#include "netns.h"
#include "nswatch.h"
#include "packet.h"
#include "pin.h"
#include "port.h"
#include "refit.h"
#include "ring.h"
#include "room.h"
#include "rtnl.h"
#include "tap.h"
#include "tap_missed.h"
#include "usock.h"
#include "worker.h"

struct workbench {
	struct room *room;
	struct cable_kit *kit;
	const struct nswatch *watch;
	const char *switch_name;
	int rings[WORKER_MAX_RINGS]; /* -1: none at that place */
};

static struct cable_spec spec_of(const struct workbench *bench,
				 const struct worker_job *job,
				 const struct netns *target,
				 const struct worker_result *result)
{
	return (struct cable_spec){
		.kind = job->kind,
		.switch_name = bench->switch_name,
		.port = job->port,
		.target = target,
		.ifname = job->ifname,
		.mac = &result->cable.mac,
		.mtu = result->cable.mtu,
		.addresses = job->addresses,
		.n_addresses = job->n_addresses,
		.gateways = job->gateways,
		.n_gateways = job->n_gateways,
	};
}

static void lay_veth(const struct workbench *bench, struct cable_spec *spec,
		     struct worker_result *result)
{
	struct link_info host;

	result->code =
		cable_lay(bench->kit, spec, &result->cable, &result->err);
	if (result->code)
		return;

	result->fd = packet_open(result->cable.host_ifindex, &result->err);
	if (result->fd < 0) {
		result->code = result->fd;
		cable_cut(bench->kit, &result->cable, NULL);
		return;
	}

	result->offloads = packet_offloads();
	result->is_up = !link_get(room_rtnl(bench->room),
				  result->cable.host_ifindex, &host) &&
			host.up && host.carrier;
}

static void close_fds(struct worker_result *result)
{
	if (result->fd >= 0)
		close(result->fd);
	if (result->missed_fd >= 0)
		close(result->missed_fd);
	result->fd = result->missed_fd = -1;
}

static void lay_tap(const struct workbench *bench, struct cable_spec *spec,
		    struct worker_result *result)
{
	const int ifindex = cable_next_ifindex(bench->kit);
	int fd = tap_open(spec->port, ifindex, &result->offloads, &result->err);

	if (fd < 0) {
		result->code = fd;
		return;
	}

	/* Now, while it is here. Without, @err says why nothing is counted. */
	result->missed_fd = tap_missed_open(spec->port, &result->err);
	spec->tap_ifindex = ifindex;
	result->code =
		cable_lay(bench->kit, spec, &result->cable, &result->err);
	result->fd = fd;
	if (result->code)
		close_fds(result);
	result->is_up = true;
}

/*
 * Watched first, so that a namespace that comes after the look is heard of.
 * The host has no name that could come and go.
 */
static int open_target(const struct workbench *bench,
		       const struct worker_job *job, struct netns *ret_target,
		       struct worker_result *result)
{
	if (job->watch && strcmp(job->target, "host"))
		result->folder = nswatch_add(bench->watch, job->target);

	result->code = room_open_target(bench->room, ret_target, job->target,
					&result->err);
	if (!result->code) {
		result->home_dev = ret_target->dev;
		result->home_ino = ret_target->ino;
	} else if (result->code == -ENOENT || result->code == -EINVAL) {
		result->has_file = result->code == -EINVAL;
		result->is_to_come = netns_is_to_come(job->target);
	}
	return result->code;
}

static void look(const struct workbench *bench, const struct worker_job *job,
		 struct worker_result *result)
{
	struct netns target;

	if (!open_target(bench, job, &target, result))
		netns_close(&target);
}

static void lay(const struct workbench *bench, const struct worker_job *job,
		struct worker_result *result)
{
	struct cable_spec spec;
	struct netns target;

	/* Known even if nothing comes of it: a port that waits has them. */
	result->cable.mtu = job->mtu ? job->mtu : CABLE_DEFAULT_MTU;
	result->cable.mac = job->mac;
	if (!job->has_mac)
		result->code =
			cable_choose_mac(&result->cable.mac, &result->err);
	if (result->code || open_target(bench, job, &target, result))
		return;

	spec = spec_of(bench, job, &target, result);
	if (job->kind == CABLE_TAP)
		lay_tap(bench, &spec, result);
	else
		lay_veth(bench, &spec, result);
	if (result->code == -EEXIST && job->watch)
		cable_find_obstacle(bench->kit, &spec, &result->obstacle);
	netns_close(&target); /* or `ip netns del` would have no effect */
}

static void set_mtu(const struct workbench *bench, const struct worker_job *job,
		    struct worker_result *result)
{
	struct link_change change = LINK_NO_CHANGE;
	struct rtnl *nl = room_rtnl(bench->room);

	change.mtu = cable_host_mtu(job->mtu);
	result->code = link_change(nl, job->cable.host_ifindex, &change);
	if (result->code)
		rtnl_error(nl, result->code, &result->err,
			   "cannot set the cable's MTU to %u", job->mtu);
}

static void change(const struct workbench *bench, const struct worker_job *job,
		   struct worker_result *result)
{
	/* Other gateways make it another cable, so these are the same. */
	const struct refit_state from = { job->old_mtu, job->old, job->n_old,
					  job->gateways, job->n_gateways };
	const struct refit_state to = { job->mtu, job->addresses,
					job->n_addresses, job->gateways,
					job->n_gateways };

	if (job->watch)
		look(bench, job, result);
	if (result->code < 0)
		return;

	result->code = refit(bench->room, job->target, &job->cable, &from, &to,
			     &result->err);
}

/* The daemon's loop waits for no disk: it gets all that is in it at once. */
static void read_lab(const struct workbench *bench,
		     const struct worker_job *job, struct worker_result *result)
{
	struct err *err = &result->err;
	struct stat st;
	json_t *lab;

	/* Anything else may let us wait for ever. */
	if (stat(job->target, &st) < 0)
		result->code = err_errno(err, "cannot open %.80s", job->target);
	else if (!S_ISREG(st.st_mode))
		result->code = err_set(err, -EINVAL, "%.80s is not a file",
				       job->target);
	else
		result->code =
			lab_load(job->target, bench->switch_name, &lab, err);
	if (result->code < 0)
		return;

	result->fd = lab_memory(lab, err);
	if (result->fd < 0)
		result->code = result->fd;
	json_decref(lab);
}

static void open_ring(struct workbench *bench, const struct worker_job *job,
		      int program, struct worker_result *result)
{
	int fd = ring_open(job->cable.host_ifindex, job->ring.group,
			   job->ring.shape, program, &result->err);

	if (fd < 0) {
		result->code = fd;
		return;
	}

	result->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (result->fd < 0) {
		result->code = err_errno(&result->err, "cannot make a ring");
		close(fd);
		return;
	}

	bench->rings[job->ring.place] = fd;
}

static void close_ring(struct workbench *bench, unsigned place)
{
	if (bench->rings[place] >= 0)
		close(bench->rings[place]);
	bench->rings[place] = -1;
}

/* @fd came with the job: a TAP's last descriptor takes its interface along. */
static void work(struct workbench *bench, const struct worker_job *job, int fd,
		 struct worker_result *result)
{
	switch (job->task) {
	case WORKER_LAY:
		lay(bench, job, result);
		break;
	case WORKER_LOOK:
		look(bench, job, result);
		break;
	case WORKER_CUT:
		result->code = cable_cut(bench->kit, &job->cable, &result->err);
		break;
	case WORKER_SET_MTU:
		set_mtu(bench, job, result);
		break;
	case WORKER_FIND_ADDRESS:
		result->code =
			address_find(job->cable.nsid, job->cable.far_ifindex,
				     &result->address, &result->err);
		break;
	case WORKER_REFIT:
		change(bench, job, result);
		break;
	case WORKER_MAKE_NETNS:
		result->code = pin_make(bench->room, job->target, &result->ino,
					&result->err);
		break;
	case WORKER_REMOVE_NETNS:
		result->code = pin_remove(job->target, job->ino, &result->err);
		break;
	case WORKER_READ_LAB:
		read_lab(bench, job, result);
		break;
	case WORKER_OPEN_RING:
		open_ring(bench, job, fd, result);
		break;
	case WORKER_SETTLE_RING:
		result->code = ring_settle(bench->rings[job->ring.place], fd,
					   &result->err);
		break;
	case WORKER_CLOSE_RING:
		close_ring(bench, job->ring.place);
		break;
	}

	if (fd >= 0)
		close(fd);
}

static ssize_t send_result(int fd, const struct worker_result *result)
{
	const int fds[] = { result->fd, result->missed_fd };
	size_t n_fds = 0;

	while (n_fds < ARRAY_SIZE(fds) && fds[n_fds] >= 0)
		n_fds++;
	return usock_send_fds(fd, result, sizeof(*result), fds, n_fds);
}

/**
 * workbench_run() - Work until the daemon hangs up
 * @fd:		Socket to the daemon; jobs come, results go
 * @room:	Back room the process is in
 * @watch:	Where folders to be watched are added
 * @switch_name: Name of the switch
 */
void workbench_run(int fd, struct room *room, const struct nswatch *watch,
		   const char *switch_name)
{
	struct workbench bench = { .room = room,
				   .watch = watch,
				   .switch_name = switch_name };
	static struct worker_job job; /* large, and there is one at a time */
	struct worker_result result = WORKER_NO_RESULT;
	int job_fd, handed_over = -1;

	for (size_t i = 0; i < ARRAY_SIZE(bench.rings); i++)
		bench.rings[i] = -1;

	/* A socket of its own: answers must not get mixed with the daemon's. */
	result.code = room_renew_rtnl(room, &result.err);
	if (!result.code)
		result.code = cable_kit_new(&bench.kit, room, &result.err);
	usock_send(fd, &result, sizeof(result), -1);

	while (!result.code || bench.kit) {
		ssize_t n = usock_recv(fd, &job, sizeof(job), &job_fd);

		if (n == WORKER_HANDOVER_SIZE) {
			handed_over = job_fd;
			continue;
		}
		if (n != (ssize_t)sizeof(job))
			break;
		if (job.task == WORKER_CUT) {
			job_fd = handed_over;
			handed_over = -1;
		}

		result = (struct worker_result)WORKER_NO_RESULT;
		work(&bench, &job, job_fd, &result);
		n = send_result(fd, &result);
		close_fds(&result);
		if (n != (ssize_t)sizeof(result))
			break;
	}

	_exit(0);
}
