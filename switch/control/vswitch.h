/* SPDX-License-Identifier: MIT */
/*
 * vswitch.h - all there is of the switch a daemon runs
 *
 * Made and taken apart by the wiring (switch/daemon.c); handed to handlers,
 * which use the part that they are about.
 */
#ifndef VSWITCH_H
#define VSWITCH_H

#include <ev.h>

#include "attach.h"
#include "captures.h"
#include "clock.h"
#include "datapath.h"
#include "events.h"
#include "keeper.h"
#include "err.h"
#include "labs.h"
#include "links.h"
#include "mirrors.h"
#include "rings.h"
#include "server.h"
#include "worker.h"

struct bridge;
struct fdb;
struct room;

struct vswitch {
	const char *name;
	struct ev_loop *loop;
	struct clock clock;
	mtime_t started;
	struct fdb *fdb;
	struct bridge *bridge;
	struct datapath datapath;
	struct room *room;
	struct worker worker;
	struct errands errands;
	struct mirror_errands mirror_errands;
	struct links links;
	struct keeper keeper;
	struct rings rings;
	struct captures captures;
	struct events events;
	struct labs labs;
	struct server server;
	/* It is what it was to become; called once, or never if it fails. */
	void (*on_ready)(struct vswitch *sw);
	struct err failure; /* why it stops by itself; code 0: it does not */
};

#endif /* VSWITCH_H */
