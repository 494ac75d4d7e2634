/* SPDX-License-Identifier: MIT */
/*
 * forward.c - how long the switch core takes for a frame
 *
 * usage: forward [--quick | --once]
 *
 * Prints ns a frame, without any I/O: ports here take what they are given and
 * forget it. "decide" is forward_decide() alone; "receive" is all that
 * bridge_receive() does, in batches of 64 with as many sources. See timing.h.
 */
#include "timing.h"

#include "bridge.h"
#include "err.h"
#include "fdb.h"
#include "forward.h"
#include "frame.h"
#include "macros.h"
#include "port.h"

enum {
	MAX_PORTS = 64,
	MANY_STATIONS = 1 << 20,
	FRAME_LEN = 64,
};

struct core {
	struct fdb *fdb;
	struct bridge *bridge;
	struct port ports[MAX_PORTS];
	struct frame frames[FRAME_BATCH_MAX];
	uint8_t data[FRAME_BATCH_MAX][FRAME_HEADROOM + FRAME_LEN];
	mtime_t now;
	uint32_t n_stations, dice;
	uint64_t found;
};

static void port_send(struct port *port, struct frame *const *frames, size_t n)
{
	(void)port;
	for (size_t i = 0; i < n; i++)
		frames[i]->unsent = DROP_NONE;
}

static void port_free(struct port *port)
{
	(void)port;
}

static const struct port_ops port_ops = {
	.kind = "bench",
	.send = port_send,
	.free = port_free,
};

static void put_addr(uint8_t *at, uint8_t first, uint32_t number)
{
	const uint8_t addr[] = { first,
				 0,
				 (uint8_t)(number >> 24),
				 (uint8_t)(number >> 16),
				 (uint8_t)(number >> 8),
				 (uint8_t)number };

	memcpy(at, addr, sizeof(addr));
}

/* The batch that port 0 receives: from so many stations, to as many. */
static void build_frames(struct core *core, uint8_t dst_first)
{
	for (uint32_t i = 0; i < FRAME_BATCH_MAX; i++) {
		uint8_t *data = core->data[i] + FRAME_HEADROOM;

		memset(data, 0, FRAME_LEN);
		put_addr(data, dst_first, 2 * i + 1);
		put_addr(data + 6, 2, 2 * i);
		data[12] = 0x08;
		core->frames[i] = (struct frame){
			.data = data,
			.len = FRAME_LEN,
		};
		frame_classify(&core->frames[i]);
	}
}

static struct core *core_new(size_t n_ports, uint32_t n_stations)
{
	const struct fdb_config config = {
		.max_entries = MANY_STATIONS,
		.max_age = mtime_from_ms(FDB_DEFAULT_AGE_MS),
		.key = { { 1, 2, 3, 4, 5, 6, 7, 8 } },
	};
	struct core *core = calloc(1, sizeof(*core));
	struct err err;

	if (!core)
		abort();
	core->fdb = fdb_new(&config);
	core->bridge = core->fdb ? bridge_new(core->fdb) : NULL;
	if (!core->bridge)
		abort();
	for (size_t i = 0; i < n_ports; i++) {
		struct port *port = &core->ports[i];

		port->ops = &port_ops;
		port->fd = -1;
		port->mtu = 1500;
		port->state = PORT_STATE_UP;
		port->offloads = PORT_OFFLOAD_ALL;
		snprintf(port->name, sizeof(port->name), "p%u", (unsigned)i);
		if (bridge_add_port(core->bridge, port, &err) < 0)
			abort();
	}

	core->now = mtime_from_ms(1000);
	core->n_stations = n_stations;
	for (uint32_t i = 0; i < n_stations; i++) {
		struct eth_addr addr;

		put_addr(addr.b, 2, i);
		fdb_learn(core->fdb, addr, 0, core->ports[i % 2].fdb_handle,
			  core->now, NULL);
	}
	build_frames(core, 2);
	return core;
}

static void core_free(struct core *core)
{
	bridge_free(core->bridge);
	fdb_free(core->fdb);
	free(core);
}

static void decide(void *user, uint64_t n)
{
	struct core *core = user;

	for (uint64_t i = 0; i < n; i++) {
		const struct frame *frame = &core->frames[i % FRAME_BATCH_MAX];

		core->found += forward_decide(core->bridge, &core->ports[0],
					      frame, core->now)
				       .kind;
	}
}

static void receive(void *user, uint64_t n)
{
	struct core *core = user;

	for (uint64_t i = 0; i < n; i += FRAME_BATCH_MAX)
		bridge_receive(core->bridge, &core->ports[0], core->frames,
			       FRAME_BATCH_MAX, core->now, 0);
	core->found += core->ports[1].counters.tx_frames;
}

/* A linear congruential generator: cheap, and as good as it need be. */
static uint32_t draw(struct core *core)
{
	core->dice = core->dice * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)core->dice * core->n_stations >> 32);
}

/*
 * Every frame from another station to another: hardly an entry is in a cache.
 * See core_new() for who is where.
 */
static void receive_mixed(void *user, uint64_t n)
{
	struct core *core = user;

	for (uint64_t i = 0; i < n; i += FRAME_BATCH_MAX) {
		for (size_t j = 0; j < FRAME_BATCH_MAX; j++) {
			uint8_t *data = core->data[j] + FRAME_HEADROOM;

			put_addr(data, 2, draw(core) | 1);
			put_addr(data + 6, 2, draw(core) & ~1U);
		}
		bridge_receive(core->bridge, &core->ports[0], core->frames,
			       FRAME_BATCH_MAX, core->now, 0);
	}
	core->found += core->ports[1].counters.tx_frames;
}

static void time_mixed(const struct timing *timing, uint32_t n_stations)
{
	struct core *core = core_new(2, n_stations);
	char name[40];

	snprintf(name, sizeof(name), "receive, all of %u stations", n_stations);
	timing_run(timing, name, receive_mixed, core);
	core_free(core);
}

static void time_core(const struct timing *timing, size_t n_ports,
		      uint32_t n_stations)
{
	struct core *core = core_new(n_ports, n_stations);
	char name[40];

	snprintf(name, sizeof(name), "decide, %u stations", n_stations);
	timing_run(timing, name, decide, core);
	snprintf(name, sizeof(name), "receive, %u stations", n_stations);
	timing_run(timing, name, receive, core);
	core_free(core);
}

static void time_flood(const struct timing *timing, size_t n_ports)
{
	struct core *core = core_new(n_ports, 2 * FRAME_BATCH_MAX);
	char name[40];

	build_frames(core, 3);
	snprintf(name, sizeof(name), "receive, flooded to %zu ports",
		 n_ports - 1);
	timing_run(timing, name, receive, core);
	core_free(core);
}

/* Each frame is dropped, and so is each copy when @dst_first is no station's. */
static void time_drops(const struct timing *timing, uint8_t dst_first,
		       const char *name)
{
	struct core *core = core_new(2, 2 * FRAME_BATCH_MAX);

	build_frames(core, dst_first);
	core->ports[1].mtu = 10;
	timing_run(timing, name, receive, core);
	core_free(core);
}

int main(int argc, char **argv)
{
	const struct timing timing = timing_init(argc, argv);

	time_core(&timing, 2, 1024);
	time_core(&timing, 2, FDB_DEFAULT_ENTRIES);
	time_mixed(&timing, FDB_DEFAULT_ENTRIES);
	time_mixed(&timing, MANY_STATIONS);
	time_flood(&timing, 2);
	time_flood(&timing, MAX_PORTS);
	time_drops(&timing, 2, "receive, all dropped");
	time_drops(&timing, 3, "receive, flooded and all dropped");
	return EXIT_SUCCESS;
}
