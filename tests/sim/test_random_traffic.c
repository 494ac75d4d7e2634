/* SPDX-License-Identifier: MIT */
/*
 * test_random_traffic.c - any traffic, held against a naive switch
 *
 * Random frames, good and bad, through ports that go down, come back, refuse
 * frames and disappear, while stations move and time passes. After each batch
 * every frame, every byte and every counter is where the naive switch in
 * naive_switch.c says.
 *
 * Prints its seed; SEED=... in the environment replays a run.
 */

#include "fake_switch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bridge.h"
#include "drop_log.h"
#include "fdb.h"
#include "macros.h"
#include "mirror.h"
#include "naive_switch.h"
#include "superframe.h"
#include "unit.h"

enum {
	N_PORTS = FAKE_PORTS_MAX,
	N_FRAMES = 60000,
	N_STATIONS = 24,
};

struct play {
	struct fake_switch *sw;
	struct naive_switch naive;
	struct shot shots[FRAME_BATCH_MAX];
	struct arrival arrivals[FRAME_BATCH_MAX];
	uint32_t random;
	size_t in; /* the port whose turn it is */
	uint64_t n_dropped[DROP_COUNT]; /* to tell that each reason came up */
};

static uint32_t below(struct play *play, uint32_t limit)
{
	return next_random(&play->random) % limit;
}

static bool chance(struct play *play, uint32_t percent)
{
	return below(play, 100) < percent;
}

/* Frames. */

static struct eth_addr station(uint32_t i)
{
	return (struct eth_addr){ { 2, 0, 0, 0, 0, (uint8_t)(1 + i) } };
}

static uint16_t some_vid(struct play *play)
{
	static const uint16_t vids[] = { 0, 1, 10, 4094 };

	return vids[below(play, ARRAY_SIZE(vids))];
}

/* Stations prefer a port of their own, and wander at times. */
static struct eth_addr some_source(struct play *play)
{
	const uint32_t i = below(play, N_STATIONS / N_PORTS);

	if (chance(play, 10))
		return station(below(play, N_STATIONS));
	return station((uint32_t)(i * N_PORTS + play->in));
}

static struct eth_addr some_destination(struct play *play)
{
	if (chance(play, 5))
		return everybody;
	if (chance(play, 2))
		return (struct eth_addr){ { 1, 0, 0x5e, 0, 0, 9 } };
	if (chance(play, 2))
		return station(N_STATIONS + below(play, 9));
	return station(below(play, N_STATIONS));
}

static void put_addresses(struct play *play, struct arrival *arrival)
{
	const struct eth_addr to = some_destination(play);
	const struct eth_addr from = some_source(play);

	memcpy(arrival->bytes, to.b, sizeof(to.b));
	memcpy(arrival->bytes + 6, from.b, sizeof(from.b));
}

static void put_tags(struct play *play, struct arrival *arrival)
{
	uint32_t n = chance(play, 50) ? 0 : 1 + below(play, 3);

	if (chance(play, 1))
		n = 7 + below(play, 4); /* more than anyone looks through */
	for (; n; n--)
		arrival_tag(arrival, chance(play, 50) ? 0x8100 : 0x88a8,
			    (uint16_t)(below(play, 16) << 12 | some_vid(play)));
}

static void shoot_plain(struct play *play, struct shot *shot)
{
	struct arrival *arrival = shot->arrival;

	*arrival = arrival_new(alice, bob);
	put_addresses(play, arrival);
	put_tags(play, arrival);
	if (chance(play, 30))
		arrival->len += below(play, 1540);
}

/* With something left to do to it: a checksum, or segmentation, too. */
static void shoot_offloaded(struct play *play, struct shot *shot)
{
	struct arrival *arrival = shot->arrival;
	static struct superframe f;

	shot->spec = (struct superframe_spec){
		.ipv6 = chance(play, 50),
		.tcp = chance(play, 60),
		.super = chance(play, 60),
		.options = chance(play, 10),
		.n_tags = (uint8_t)below(play, 3),
		.gso_size = (uint16_t)(50 + below(play, 500)),
		.payload_len = below(play, 1400),
		.seed = next_random(&play->random),
	};
	shot->spec.ecn = shot->spec.tcp && shot->spec.super && chance(play, 10);
	superframe_build(&f, &shot->spec);
	shot->l3 = f.l3;
	shot->l4 = f.l4;
	shot->payload = f.payload;
	arrival->len = f.len;
	arrival->offload = f.hdr;
	memcpy(arrival->bytes, f.data, f.len);
	put_addresses(play, arrival);
	if (shot->spec.n_tags)
		put16(arrival->bytes + 14, some_vid(play));
	if (!shot->spec.tcp && !shot->spec.super && chance(play, 20)) {
		put16(arrival->bytes + f.l4 + 2, 67);
		shot->is_dhcp = true;
	}
}

static void shoot_nonsense(struct play *play, struct shot *shot)
{
	struct virtio_net_hdr *hdr = &shot->arrival->offload;

	shoot_offloaded(play, shot);
	shot->lies = true;
	switch (below(play, 4)) {
	case 0:
		hdr->csum_start = (uint16_t)shot->arrival->len;
		break;
	case 1:
		hdr->hdr_len = (uint16_t)(shot->arrival->len + 1);
		break;
	case 2:
		hdr->gso_type = 77;
		break;
	default:
		hdr->flags |= 0x40;
		break;
	}
}

static void shoot_garbage(struct play *play, struct shot *shot)
{
	static const uint8_t odd_sources[][6] = {
		{ 0 }, { 1, 2, 3, 4, 5, 6 }, { 255, 255, 255, 255, 255, 255 }
	};
	static const uint8_t reserved[6] = { 1, 0x80, 0xc2, 0, 0, 0 };
	struct arrival *arrival = shot->arrival;

	shoot_plain(play, shot);
	switch (below(play, 6)) {
	case 0:
		arrival->len = below(play, 24);
		break;
	case 1:
		put16(arrival->bytes + 12, below(play, 0x620));
		break;
	case 2:
		memcpy(arrival->bytes + 6,
		       odd_sources[below(play, ARRAY_SIZE(odd_sources))], 6);
		break;
	case 3:
		memcpy(arrival->bytes, reserved, 6);
		arrival->bytes[5] = (uint8_t)below(play, 0x12);
		break;
	case 4:
		arrival->len = 0;
		arrival->fault =
			chance(play, 50) ? DROP_OVERSIZE : DROP_UNDESCRIBED;
		break;
	default:
		arrival->len = below(play, 100);
		for (size_t i = 0; i < arrival->len; i++)
			arrival->bytes[i] = (uint8_t)next_random(&play->random);
		break;
	}
}

static void shoot(struct play *play, size_t i)
{
	const uint32_t kind = below(play, 100);
	struct shot *shot = &play->shots[i];

	*shot = (struct shot){ .arrival = &play->arrivals[i] };
	if (kind < 60)
		shoot_plain(play, shot);
	else if (kind < 80)
		shoot_offloaded(play, shot);
	else if (kind < 85)
		shoot_nonsense(play, shot);
	else
		shoot_garbage(play, shot);
}

/* What happens between batches. */

static size_t some_port(struct play *play)
{
	const struct naive_switch *naive = &play->naive;

	return naive->order[below(play, (uint32_t)naive->n_order)];
}

static enum port_state some_state(struct play *play)
{
	return chance(play, 70) ? PORT_STATE_UP
				: (enum port_state)below(play, 4);
}

static void change_a_port(struct play *play)
{
	static const unsigned mtus[] = { 300, 576, 1500, 9000 };
	struct port *port = fake_switch_port(play->sw, some_port(play));

	port->state = some_state(play);
	port->mtu = mtus[below(play, ARRAY_SIZE(mtus))];
	port->offloads = PORT_OFFLOAD_ALL;
	if (chance(play, 50))
		port->offloads = below(play, PORT_OFFLOAD_ALL + 1);
}

static void replace_a_port(struct play *play)
{
	const size_t i = below(play, N_PORTS);

	if (!play->sw->ports[i]) {
		fake_switch_attach(play->sw, i);
		naive_attach(&play->naive, i);
	} else if (play->naive.n_order > 2) {
		fake_switch_detach(play->sw, i);
		naive_detach(&play->naive, i);
	}
}

static void set_all_ports(struct play *play, enum port_state state)
{
	for (size_t i = 0; i < N_PORTS; i++) {
		if (play->sw->ports[i] && i != play->in)
			play->sw->ports[i]->port.state = state;
	}
}

static void change_a_static(struct play *play)
{
	const struct eth_addr addr = station(below(play, N_STATIONS));
	const uint16_t vid = some_vid(play);
	const size_t i = some_port(play);

	if (chance(play, 40))
		assert_int_equal(
			fdb_static_add(
				play->sw->fdb, addr, vid,
				fake_switch_port(play->sw, i)->fdb_handle,
				play->sw->now),
			naive_pin(&play->naive, addr, vid, i));
	else
		assert_int_equal(fdb_static_del(play->sw->fdb, addr, vid),
				 naive_unpin(&play->naive, addr, vid));
}

/* Of no port at all: what it makes of its own port is what matters here. */
static void change_the_mirror(struct play *play)
{
	const char *const nothing[] = { "" };
	const size_t i = some_port(play);
	const struct mirror_config config = {
		.name = "mirror",
		.from = nothing,
		.to = fake_switch_port(play->sw, i)->name,
	};

	if (mirror_del(play->sw->bridge, "mirror", NULL) < 0 &&
	    mirror_add(play->sw->bridge, &config, NULL) == 0)
		naive_silence(&play->naive, i);
}

/* Often to one side or the other of the moment when a station expires. */
static void let_time_pass(struct play *play)
{
	const struct naive_switch *naive = &play->naive;
	uint64_t us = below(play, 1000 * 1000);

	if (chance(play, 3))
		us = UINT64_C(1000) * below(play, 2 * FAKE_MAX_AGE_MS);
	if (naive->n_known && chance(play, 10)) {
		const struct naive_station *known =
			&naive->known[below(play, (uint32_t)naive->n_known)];
		const uint64_t end = known->heard.us + FAKE_MAX_AGE_MS * 1000;

		if (!known->is_static && end > play->sw->now.us)
			us = end - play->sw->now.us - below(play, 2);
	}
	fake_switch_pass_us(play->sw, us);
}

static void plan_refusals(struct play *play)
{
	for (uint32_t n = below(play, 100); n; n--)
		fake_switch_refuse(
			play->sw, some_port(play), below(play, 100),
			(enum drop_reason)(DROP_QUEUE_FULL + below(play, 4)));
}

static void live(struct play *play)
{
	let_time_pass(play);
	if (chance(play, 30))
		change_a_port(play);
	if (chance(play, 4))
		replace_a_port(play);
	if (chance(play, 5))
		change_the_mirror(play);
	if (chance(play, 10))
		change_a_static(play);
	if (chance(play, 10))
		fdb_sweep(play->sw->fdb, play->sw->now, below(play, 1000));
	play->in = some_port(play);
	if (chance(play, 1))
		set_all_ports(play, PORT_STATE_GONE);
	else if (chance(play, 5))
		set_all_ports(play, PORT_STATE_UP);
	fake_switch_forget(play->sw);
	if (chance(play, 30))
		plan_refusals(play);
}

/* What must hold after each batch. */

static bool is_completed(const struct shot *shot, const struct handed *handed)
{
	static struct superframe f;
	const uint8_t *bytes = shot->arrival->bytes;
	const size_t at = shot->l4 + (shot->spec.tcp ? 16 : 6);

	f.l3 = shot->l3;
	f.l4 = f.cut_l4 = shot->l4;
	memcpy(f.data, bytes, shot->l4);
	return handed->len == shot->arrival->len &&
	       !memcmp(handed->data, bytes, at) &&
	       !memcmp(handed->data + at + 2, bytes + at + 2,
		       handed->len - at - 2) &&
	       checksums_verify(&f, &shot->spec, handed->data, handed->len) &&
	       !handed->offload.flags && !handed->offload.gso_type;
}

static bool is_untouched(const struct shot *shot, const struct handed *handed)
{
	const struct arrival *arrival = shot->arrival;

	return handed->len == arrival->len &&
	       !memcmp(handed->data, arrival->bytes, arrival->len) &&
	       !memcmp(&handed->offload, &arrival->offload,
		       sizeof(arrival->offload));
}

static void expect_segment(const struct shot *shot, const struct handed *handed,
			   size_t done, size_t part)
{
	static struct superframe f;
	const uint8_t *bytes = shot->arrival->bytes;

	f.l3 = shot->l3;
	f.l4 = f.cut_l4 = shot->l4;
	memcpy(f.data, bytes, shot->l4);
	assert_int_equal(handed->len, shot->payload + part);
	assert_memory_equal(handed->data, bytes, shot->l3);
	assert_memory_equal(handed->data + shot->payload,
			    bytes + shot->payload + done, part);
	assert_true(
		checksums_verify(&f, &shot->spec, handed->data, handed->len));
	assert_int_equal(handed->offload.flags | handed->offload.gso_type, 0);
}

/* One frame at one port; @k: its first record there. Return: how many it has */
static size_t expect_copy(const struct play *play, const struct shot *shot,
			  size_t i, size_t k)
{
	const struct port *port = &play->sw->ports[i]->port;
	const struct handed *handed = fake_switch_handed(play->sw, i, k);
	const size_t n = naive_count_pieces(shot, port);
	const bool partial = offload_needs_csum(&shot->arrival->offload);

	if (n > 1) {
		for (size_t j = 0; j < n; j++) {
			const size_t done = j * shot->spec.gso_size;

			expect_segment(
				shot, fake_switch_handed(play->sw, i, k + j),
				done,
				j + 1 < n ? shot->spec.gso_size
					  : shot->spec.payload_len - done);
		}
	} else if (shot->is_dhcp || naive_lacks(shot, port)) {
		assert_true(is_completed(shot, handed));
	} else if (partial && !shot->spec.super) {
		assert_true(is_untouched(shot, handed) ||
			    is_completed(shot, handed));
	} else {
		assert_true(is_untouched(shot, handed));
	}
	return n;
}

/* The newest of a reason is the one on record; no record without a drop. */
static void expect_record(const struct play *play, size_t i,
			  enum direction direction, enum drop_reason reason)
{
	const struct port *port = &play->sw->ports[i]->port;
	const struct shot *shot =
		play->naive.ports[i].newest[direction][reason];
	const struct drop_record *record =
		drop_log_get(port, direction, reason);
	const uint64_t count = direction == DIRECTION_IN
				       ? port->counters.rx_dropped[reason]
				       : port->counters.tx_dropped[reason];
	size_t n;

	assert_int_equal(!record, !count);
	if (!shot)
		return;

	/* Behind these a checksum may have been completed. */
	n = shot->l4 ? shot->l4 : shot->arrival->len;
	assert_int_equal(record->wall_ns, play->sw->wall_ns);
	assert_int_equal(record->reason, reason);
	assert_int_equal(record->direction, direction);
	assert_int_equal(record->len, shot->arrival->len);
	assert_memory_equal(record->bytes, shot->arrival->bytes,
			    n < record->n_bytes ? n : record->n_bytes);
	if (direction == DIRECTION_OUT)
		assert_string_equal(record->other,
				    play->sw->ports[play->in]->port.name);
	else if (reason != DROP_MIRROR_PORT)
		assert_int_equal(!*record->other,
				 reason != DROP_SAME_PORT &&
					 reason < DROP_EGRESS_DOWN);
}

static void expect_port(const struct play *play, size_t i)
{
	const struct fake_port *fake = play->sw->ports[i];
	const struct naive_port *naive = &play->naive.ports[i];
	const struct port_counters *counters = &fake->port.counters;
	const struct port was = { .counters = fake->before };
	size_t k = 0;

	for (size_t j = 0; j < naive->n_queue; j++)
		k += expect_copy(play, naive->queue[j], i, k);
	assert_int_equal(fake->n_handed, k);
	assert_memory_equal(counters, &naive->counters, sizeof(*counters));

	for (enum drop_reason r = DROP_NONE; r < DROP_COUNT; r++) {
		expect_record(play, i, DIRECTION_IN, r);
		expect_record(play, i, DIRECTION_OUT, r);
	}

	/* and so that no mistake of the model's can hide these: */
	if (i == play->in)
		assert_int_equal(fake->n_handed, 0);
	assert_int_equal(counters->rx_frames,
			 counters->rx_forwarded + port_rx_dropped(&fake->port));
	assert_int_equal(counters->rx_dropped[DROP_NONE], 0);
	assert_int_equal(counters->tx_frames + port_tx_dropped(&fake->port),
			 was.counters.tx_frames + port_tx_dropped(&was) +
				 naive->n_queue +
				 counters->tx_dropped[DROP_TOO_BIG] -
				 was.counters.tx_dropped[DROP_TOO_BIG]);
}

static void receive_batch(struct play *play, size_t n)
{
	const struct port_counters *in =
		&fake_switch_port(play->sw, play->in)->counters;

	for (size_t i = 0; i < n; i++)
		shoot(play, i);
	naive_receive(&play->naive, play->in, play->shots, n);
	fake_switch_arrive(play->sw, play->in, play->arrivals, n);
	for (size_t i = 0; i < N_PORTS; i++) {
		if (play->sw->ports[i])
			expect_port(play, i);
	}
	for (size_t i = 0; i < DROP_COUNT; i++)
		play->n_dropped[i] +=
			in->rx_dropped[i] -
			play->sw->ports[play->in]->before.rx_dropped[i];
}

/* A test that never comes across something would not notice it was broken. */
static void expect_variety(const struct play *play)
{
	for (enum drop_reason reason = DROP_NONE + 1; reason < DROP_COUNT;
	     reason++) {
		if (!play->n_dropped[reason])
			fail_msg("not one frame was dropped as '%s'",
				 drop_name(reason));
	}
}

static uint32_t choose_seed(void)
{
	const char *text = getenv("SEED");
	uint32_t seed = 0;

	if (text)
		seed = (uint32_t)strtoul(text, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) < 0)
		seed = 1;
	return seed ? seed : 1; /* 0 would stay 0 for ever */
}

static int setup(void **state)
{
	struct play *play = calloc(1, sizeof(*play));

	if (!play)
		return -1;
	*state = play;
	play->random = choose_seed();
	print_message("SEED=%u replays this run\n", play->random);
	play->sw = fake_switch_new(N_PORTS);
	play->naive.sw = play->sw;
	for (size_t i = 0; i < N_PORTS; i++)
		naive_attach(&play->naive, i);
	return 0;
}

static int teardown(void **state)
{
	struct play *play = *state;

	fake_switch_free(play->sw);
	free(play);
	return 0;
}

static void every_frame_goes_where_a_naive_switch_would_send_it(void **state)
{
	struct play *play = *state;
	size_t n;

	for (size_t done = 0; done < N_FRAMES; done += n) {
		live(play);
		n = chance(play, 20) ? FRAME_BATCH_MAX
				     : 1 + below(play, FRAME_BATCH_MAX);
		receive_batch(play, n);
	}
	expect_variety(play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_frame_goes_where_a_naive_switch_would_send_it,
			setup, teardown),
	};

	return cmocka_run_group_tests_name("random_traffic", tests, NULL, NULL);
}
