/* SPDX-License-Identifier: MIT */
/*
 * daemon.c - one switch, from start to stop
 *
 * The wiring: makes every part, hands each what it needs of the others, runs
 * the loop until a signal says enough, and takes all apart in reverse.
 */

#include "daemon.h"

#include <errno.h>
#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "attach.h"
#include "bridge.h"
#include "err.h"
#include "fdb.h"
#include "lab_config.h"
#include "link.h"
#include "log.h"
#include "macros.h"
#include "options.h"
#include "port.h"
#include "room.h"
#include "supervisor.h"
#include "vswitch.h"

enum {
	HANG_UP_THREADS = 32,
};

static const int stop_signals[] = { SIGTERM, SIGINT, SIGHUP };

/* A switch, and whoever waits for it. */
struct service {
	struct vswitch sw;
	struct supervisor supervisor;
};

struct stop_watch {
	struct service *service;
	const char *config; /* or NULL */
	struct ev_signal signals[ARRAY_SIZE(stop_signals)];
};

static void on_stop_signal(struct ev_loop *loop, struct ev_signal *w,
			   int revents)
{
	struct stop_watch *watch = w->data;
	struct service *service = watch->service;

	(void)revents;
	if (w->signum == SIGHUP && watch->config) {
		lab_config_reread(&service->sw, watch->config);
		return;
	}
	/* From a terminal it means the end; "systemctl reload" does not. */
	if (w->signum == SIGHUP && supervisor_listens(&service->supervisor)) {
		log_warning(LOG_MAIN, "there is no --config to read again");
		return;
	}
	log_info(LOG_MAIN, "stopping on signal %d", w->signum);
	ev_break(loop, EVBREAK_ALL);
}

static void stop_watch_start(struct stop_watch *watch, struct ev_loop *loop)
{
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(stop_signals); i++) {
		ev_signal_init(&watch->signals[i], on_stop_signal,
			       stop_signals[i]);
		watch->signals[i].data = watch;
		ev_signal_start(loop, &watch->signals[i]);
	}
}

static void stop_watch_stop(struct stop_watch *watch, struct ev_loop *loop)
{
	for (size_t i = 0; i < ARRAY_SIZE(stop_signals); i++)
		ev_signal_stop(loop, &watch->signals[i]);
}

/* A port takes one or two, so as many as we may have. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;

	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warning(LOG_MAIN, "cannot raise the limit of descriptors");
}

static void on_port_failed(struct port *port, int error, void *user)
{
	struct vswitch *sw = user;

	links_port_gone(&sw->links, port->owner, strerror(-error));
}

static bool on_tick(void *user)
{
	struct vswitch *sw = user;

	return events_tick(&sw->events);
}

static void on_port_busy(struct port *port, void *user)
{
	struct vswitch *sw = user;

	rings_note_busy(&sw->rings, port->owner);
}

static int make_fdb(struct vswitch *sw, const struct options *options,
		    struct err *err)
{
	struct fdb_config config = {
		.max_entries = options->max_stations,
		.max_age = options->ageing,
	};

	if (getrandom(&config.key, sizeof(config.key), 0) !=
	    (ssize_t)sizeof(config.key))
		return err_errno(err, "cannot get random bytes");

	sw->fdb = fdb_new(&config);
	return sw->fdb ? 0 : err_set(err, -ENOMEM, "out of memory");
}

static int make_bridge(struct vswitch *sw, const struct options *options,
		       struct err *err)
{
	sw->bridge = bridge_new(sw->fdb);
	if (!sw->bridge ||
	    datapath_init(&sw->datapath, sw->loop, sw->bridge, &sw->clock) < 0)
		return err_set(err, -ENOMEM, "out of memory");

	sw->datapath.on_port_failed = on_port_failed;
	sw->datapath.on_tick = on_tick;
	sw->datapath.on_port_busy = on_port_busy;
	sw->datapath.user = sw;
	sw->datapath.spin.always = options->busy_poll;
	return 0;
}

/* Every one of @step ports from @first on. */
struct share {
	const struct bridge *bridge;
	size_t first, step;
};

static void *hang_up_share(void *arg)
{
	const struct share *share = arg;

	for (size_t i = share->first; i < share->bridge->n_ports;
	     i += share->step) {
		struct port *port = share->bridge->ports[i];

		port->ops->hang_up(port);
	}

	return NULL;
}

/*
 * Closing a packet socket makes the kernel wait some 10 ms until nobody can be
 * using it. Those who wait at the same time wait together, so this is the one
 * place that has threads: a switch of 1,000 ports would take 10 s to stop.
 */
static void hang_up_all(struct vswitch *sw)
{
	pthread_t threads[HANG_UP_THREADS];
	struct share shares[HANG_UP_THREADS];
	size_t n = 0;

	if (!sw->bridge)
		return;

	for (size_t i = 0; i < sw->bridge->n_ports; i++) {
		struct attachment *attachment = sw->bridge->ports[i]->owner;

		datapath_unwatch(&attachment->watch);
	}

	for (; n < HANG_UP_THREADS; n++) {
		shares[n] = (struct share){ sw->bridge, n, HANG_UP_THREADS };
		if (pthread_create(&threads[n], NULL, hang_up_share,
				   &shares[n]))
			break; /* detach_all() hangs up on the others */
	}
	while (n--)
		pthread_join(threads[n], NULL);
}

/* Their cables go with the back room. */
static void detach_all(struct vswitch *sw)
{
	hang_up_all(sw);
	while (sw->bridge && sw->bridge->n_ports)
		attach_drop(sw, sw->bridge->ports[0]->owner);
}

/* Works at every stage of start(): what is not there is skipped. */
static void stop(struct vswitch *sw)
{
	captures_fini(sw); /* first, so that clients are told of the end */
	server_hang_up(&sw->server);
	keeper_stop(&sw->keeper);
	links_stop(&sw->links);
	worker_stop(&sw->worker);
	rings_fini(&sw->rings);
	if (sw->room) /* all at once: one by one they cost 30 ms each */
		link_delete_cables(room_rtnl(sw->room));
	detach_all(sw);
	room_close(sw->room);
	datapath_fini(&sw->datapath);
	bridge_free(sw->bridge);
	events_stop(&sw->events);
	fdb_free(sw->fdb);
	keeper_close(&sw->keeper);
	clock_stop(&sw->clock, sw->loop);
	labs_fini(&sw->labs); /* now no port holds a namespace */
	server_unlock(&sw->server); /* last: now another may have the name */
}

static int start(struct vswitch *sw, const struct options *options,
		 struct err *err)
{
	int r;

	clock_start(&sw->clock, sw->loop);
	sw->started = sw->clock.now;
	captures_init(&sw->captures);
	TAILQ_INIT(&sw->errands);
	TAILQ_INIT(&sw->mirror_errands);
	rings_init(&sw->rings, sw);
	r = server_lock(&sw->server, sw->name, err);
	if (!r)
		labs_init(&sw->labs, sw);
	if (!r)
		r = make_fdb(sw, options, err);
	if (!r)
		r = make_bridge(sw, options, err);
	if (!r)
		r = events_start(&sw->events, sw, err);
	if (!r)
		r = room_open(&sw->room, sw->name, err);
	if (!r)
		r = keeper_open(&sw->keeper, sw, err);
	if (!r)
		r = worker_start(&sw->worker, sw->loop, sw->room,
				 sw->keeper.watch, sw->name, err);
	if (!r)
		r = links_start(&sw->links, sw, err);
	if (!r)
		keeper_start(&sw->keeper);
	if (!r)
		r = server_start(&sw->server, sw, sw->loop, err);
	if (!r && options->lab)
		r = lab_config_apply(sw, options->lab, err);
	return r;
}

/* From the loop at last, where it may wait for the service manager: once. */
static void on_ready(struct vswitch *sw)
{
	struct service *service = container_of(sw, struct service, sw);

	log_info(LOG_MAIN, "switch %s is ready", sw->name);
	supervisor_tell(&service->supervisor, "READY=1");
}

/* For the service manager, which shows it to whoever asks how we are. */
static void describe(char ret[SUPERVISOR_STATUS_SIZE], void *user)
{
	const struct vswitch *sw = user;

	snprintf(ret, SUPERVISOR_STATUS_SIZE, "Switch %s, %zu port%s", sw->name,
		 sw->bridge->n_ports, sw->bridge->n_ports == 1 ? "" : "s");
}

/**
 * daemon_run() - Run a switch until a signal stops it
 * @options:	What was asked for
 * @err:	On failure, one sentence
 *
 * Return: 0 if it ran and has removed all it had made, or -errno
 */
int daemon_run(const struct options *options, struct err *err)
{
	struct service service = {
		.sw = { .name = options->name, .on_ready = on_ready },
		.supervisor = { .describe = describe, .user = &service.sw },
	};
	struct vswitch *sw = &service.sw;
	struct supervisor *supervisor = &service.supervisor;
	struct stop_watch stop_watch = { .service = &service,
					 .config = options->config };
	int r;

	raise_descriptor_limit();
	sw->loop = ev_default_loop(EVFLAG_AUTO);
	if (!sw->loop)
		return err_set(err, -ENOSYS, "cannot start libev");

	supervisor_start(supervisor, sw->loop);
	stop_watch_start(&stop_watch, sw->loop);
	r = start(sw, options, err);
	if (!r) {
		if (!options->lab) /* or it is, when it has become that */
			on_ready(sw);
		ev_run(sw->loop, 0);
		supervisor_tell(supervisor, "STOPPING=1");
		*err = sw->failure;
		r = err->code;
	}

	stop(sw);
	stop_watch_stop(&stop_watch, sw->loop);
	supervisor_stop(supervisor);
	ev_loop_destroy(sw->loop);
	return r;
}
