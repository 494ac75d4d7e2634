/* SPDX-License-Identifier: MIT */
/*
 * naive_switch.h - what a switch has to do, as simple as can be
 *
 * Predicts what becomes of the frames that arrive at a fake switch: which port
 * is given which frames in which order, and all counters. Stations are a plain
 * list; frames are looked at byte by byte. Shares no code with switch/core, but
 * reads the fake ports' state, MTU, offloads and planned refusals.
 */
#ifndef NAIVE_SWITCH_H
#define NAIVE_SWITCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fake_switch.h"
#include "superframe.h"

enum {
	NAIVE_STATIONS_MAX = 4096,
};

/* An arrival, and what its maker knows about it. */
struct shot {
	struct arrival *arrival;
	bool lies; /* its offload header does */
	bool is_dhcp; /* with a checksum to be filled in */
	struct superframe_spec spec; /* if it has an offload header */
	size_t l3, l4, payload;
};

struct naive_station {
	struct eth_addr addr;
	uint16_t vid;
	size_t port;
	mtime_t heard;
	bool is_static;
};

struct naive_port {
	struct port_counters counters;
	const struct shot *queue[FRAME_BATCH_MAX]; /* to be sent this time */
	size_t n_queue;
	size_t n_pieces; /* of all these: frames and segments */
	const struct shot *newest[2][DROP_COUNT]; /* dropped this time: when
						     coming in, going out */
};

struct naive_switch {
	const struct fake_switch *sw;
	struct naive_station known[NAIVE_STATIONS_MAX];
	size_t n_known;
	struct naive_port ports[FAKE_PORTS_MAX];
	size_t order[FAKE_PORTS_MAX]; /* ports as they were attached */
	size_t n_order;
};

void naive_attach(struct naive_switch *naive, size_t port);
void naive_detach(struct naive_switch *naive, size_t port);
void naive_silence(struct naive_switch *naive, size_t port);
int naive_pin(struct naive_switch *naive, struct eth_addr addr, uint16_t vid,
	      size_t port);
int naive_unpin(struct naive_switch *naive, struct eth_addr addr, uint16_t vid);
void naive_receive(struct naive_switch *naive, size_t in,
		   const struct shot *shots, size_t n);
bool naive_lacks(const struct shot *shot, const struct port *port);
size_t naive_count_pieces(const struct shot *shot, const struct port *port);

#endif /* NAIVE_SWITCH_H */
