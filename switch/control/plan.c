/* SPDX-License-Identifier: MIT */
/* plan.c - what a port is to be like, as it was asked for */

#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "cidr.h"
#include "err.h"
#include "lab.h"
#include "worker.h"

static int check(const struct attach_request *request, struct err *err)
{
	if (strlen(request->target) >= sizeof(((struct worker_job *)0)->target))
		return err_set(err, -EINVAL, "the path is too long");
	if (request->n_addresses > WORKER_MAX_ADDRESSES)
		return err_set(err, -EINVAL, "ip: at most %d addresses",
			       WORKER_MAX_ADDRESSES);
	if (request->n_gateways > WORKER_MAX_GATEWAYS)
		return err_set(err, -EINVAL, "gateway: at most %d",
			       WORKER_MAX_GATEWAYS);
	if (request->persist && !lab_can_persist(request->target)) {
		err_set(err, -EINVAL,
			"persist: a process that has ended does not come back");
		err_hint(err, "give its namespace a name: ip netns attach "
			      "NAME PID");
		return -EINVAL;
	}
	return 0;
}

/* Return: a copy of @n things, or NULL if memory ran out or there are none */
static void *copy(const void *things, size_t n, size_t size)
{
	void *copied = n ? calloc(n, size) : NULL;

	if (copied)
		memcpy(copied, things, n * size);
	return copied;
}

/**
 * plan_new() - Keep what was asked for
 * @ret_plan:	Where to put it; to be freed by plan_free()
 * @request:	What was asked for; copied
 * @ifname:	Name of the far end, which is known by now
 * @err:	On failure, one sentence
 *
 * Return: 0; -EINVAL if it is too much, or can't be; -ENOMEM
 */
int plan_new(struct plan **ret_plan, const struct attach_request *request,
	     const char *ifname, struct err *err)
{
	const int r = check(request, err);
	struct plan *plan;

	if (r < 0)
		return r;

	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return err_set(err, -ENOMEM, "out of memory");

	strncpy(plan->ifname, ifname, sizeof(plan->ifname) - 1);
	plan->target = strdup(request->target);
	plan->kind = request->kind;
	plan->has_mac = request->mac;
	if (request->mac)
		plan->mac = *request->mac;
	plan->mtu = request->mtu;
	plan->n_addresses = request->n_addresses;
	plan->addresses = copy(request->addresses, request->n_addresses,
			       sizeof(plan->addresses[0]));
	plan->n_gateways = request->n_gateways;
	plan->gateways = copy(request->gateways, request->n_gateways,
			      sizeof(plan->gateways[0]));
	plan->persist = request->persist;
	if (!plan->target || (plan->n_addresses && !plan->addresses) ||
	    (plan->n_gateways && !plan->gateways)) {
		plan_free(plan);
		return err_set(err, -ENOMEM, "out of memory");
	}

	*ret_plan = plan;
	return 0;
}

/**
 * plan_free() - Forget what was asked for
 * @plan:	Plan, or NULL
 */
void plan_free(struct plan *plan)
{
	if (!plan)
		return;

	free(plan->addresses);
	free(plan->gateways);
	free(plan->target);
	free(plan);
}

/**
 * plan_job() - What the worker has to do for it
 * @plan:	Plan
 * @port:	Name of the port
 * @ret_job:	A WORKER_LAY
 */
void plan_job(const struct plan *plan, const char *port,
	      struct worker_job *ret_job)
{
	struct worker_job *job = ret_job;

	*job = (struct worker_job){
		.task = WORKER_LAY,
		.kind = plan->kind,
		.watch = plan->persist,
		.mtu = plan->mtu,
		.has_mac = plan->has_mac,
		.mac = plan->mac,
		.n_addresses = plan->n_addresses,
		.n_gateways = plan->n_gateways,
	};
	memcpy(job->target, plan->target, strlen(plan->target) + 1);
	memcpy(job->ifname, plan->ifname, sizeof(job->ifname));
	strncpy(job->port, port, sizeof(job->port) - 1);
	for (size_t i = 0; i < plan->n_addresses; i++)
		job->addresses[i] = plan->addresses[i];
	for (size_t i = 0; i < plan->n_gateways; i++)
		job->gateways[i] = plan->gateways[i];
}
