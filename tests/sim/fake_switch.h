/* SPDX-License-Identifier: MIT */
/*
 * fake_switch.h - a bridge whose ports are fakes and whose clock is a number
 *
 * For the tests of switch/core. A fake port writes down every frame it is
 * given to send, whether it takes it or refuses it. Frames arrive in buffers
 * on the heap of just their size, behind FRAME_HEADROOM bytes, so that ASan
 * sees whoever looks past either end; and what no backend fills in of a
 * struct frame is garbage.
 *
 * Always true:
 *  - whatever is sent, is sent by a port that is attached and up, in batches
 *    of 1 to FRAME_BATCH_MAX, and asks for no offload the port lacks
 *
 * fake_switch_expect() and fake_switch_expect_drop() let one frame arrive and
 * check all that came of it: bytes and offload header at the ports that had to
 * send it, silence at the others, and the counters of all of them.
 */
#ifndef FAKE_SWITCH_H
#define FAKE_SWITCH_H

#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "mtime.h"
#include "port.h"

struct bridge;
struct fdb;

enum {
	FAKE_PORTS = 4, /* of fake_switch_setup() */
	FAKE_PORTS_MAX = 8,
	FAKE_REFUSALS_MAX = 2048, /* frames that can be planned for */
	ARRIVAL_SIZE_MAX = 1664,
	FAKE_MAX_AGE_MS = 300 * 1000,
};

/* The first ports by name, and as sets. */
enum {
	PORT_A,
	PORT_B,
	PORT_C,
	PORT_D
};
enum {
	TO_A = 1,
	TO_B = 2,
	TO_C = 4,
	TO_D = 8
};

static const struct eth_addr alice = { { 2, 0, 0, 0, 0, 0xa } };
static const struct eth_addr bob = { { 2, 0, 0, 0, 0, 0xb } };
static const struct eth_addr carol = { { 2, 0, 0, 0, 0, 0xc } };
static const struct eth_addr everybody = { { 255, 255, 255, 255, 255, 255 } };

#define FAKE_SWITCH_TEST(name)                                                 \
	cmocka_unit_test_setup_teardown(name, fake_switch_setup,               \
					fake_switch_teardown)

/* A frame about to be received. */
struct arrival {
	uint8_t bytes[ARRIVAL_SIZE_MAX];
	const uint8_t *data; /* instead of bytes[], unless NULL */
	size_t len;
	struct virtio_net_hdr offload;
	enum drop_reason fault; /* which the backend has found */
};

/* A frame that a port was given to send. */
struct handed {
	uint8_t *data;
	size_t len;
	struct virtio_net_hdr offload;
	unsigned call; /* in which send() of this port, from 0 */
	enum drop_reason refused;
};

struct fake_port {
	struct port port;
	struct handed *handed; /* since fake_switch_forget() */
	size_t n_handed, room;
	unsigned n_calls;
	enum drop_reason refusals[FAKE_REFUSALS_MAX];
	struct port_counters before; /* at fake_switch_forget() */
};

struct fake_switch {
	struct bridge *bridge;
	struct fdb *fdb;
	struct fake_port *ports[FAKE_PORTS_MAX]; /* NULL: not attached */
	size_t n_ports;
	mtime_t now;
	uint64_t wall_ns;
};

int fake_switch_setup(void **state);
int fake_switch_teardown(void **state);
struct fake_switch *fake_switch_new(size_t n_ports);
void fake_switch_free(struct fake_switch *sw);
void fake_switch_attach(struct fake_switch *sw, size_t i);
void fake_switch_detach(struct fake_switch *sw, size_t i);
struct port *fake_switch_port(struct fake_switch *sw, size_t i);
void fake_switch_pass_us(struct fake_switch *sw, uint64_t us);
void fake_switch_refuse(struct fake_switch *sw, size_t i, size_t k,
			enum drop_reason reason);

struct arrival arrival_new(struct eth_addr from, struct eth_addr to);
struct arrival arrival_in_vlan(struct eth_addr from, struct eth_addr to,
			       uint16_t vid);
void arrival_tag(struct arrival *arrival, uint16_t tpid, uint16_t tci);

void fake_switch_arrive(struct fake_switch *sw, size_t in,
			const struct arrival *arrivals, size_t n);
void fake_switch_hear(struct fake_switch *sw, size_t in,
		      struct eth_addr station);
void fake_switch_forget(struct fake_switch *sw);
const struct handed *fake_switch_handed(const struct fake_switch *sw, size_t i,
					size_t k);
void fake_switch_expect_only(const struct fake_switch *sw, size_t i,
			     const struct arrival *arrival);
void fake_switch_expect_silence(const struct fake_switch *sw, unsigned ports);
void fake_switch_expect(struct fake_switch *sw, size_t in,
			const struct arrival *arrival, unsigned to);
void fake_switch_expect_drop(struct fake_switch *sw, size_t in,
			     const struct arrival *arrival,
			     enum drop_reason reason);

#endif /* FAKE_SWITCH_H */
