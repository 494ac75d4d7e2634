/* SPDX-License-Identifier: MIT */
/* test_egress.c - how frames leave: size, refusals, batches, observers */

#include "fake_switch.h"

#include <string.h>

#include "bridge.h"
#include "macros.h"
#include "superframe.h"
#include "unit.h"

enum {
	TO_BCD = TO_B | TO_C | TO_D,
	MAX_SIGHTINGS = 16,
	NUMBER_AT = 20,
};

/* From alice, and told apart by a byte. */
static struct arrival numbered(struct eth_addr to, uint8_t number)
{
	struct arrival arrival = arrival_new(alice, to);

	arrival.bytes[NUMBER_AT] = number;
	return arrival;
}

/* Size. */

static void the_mtu_counts_neither_header_nor_tags(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival from_10 = arrival_in_vlan(bob, everybody, 10);
	struct arrival arrival = arrival_new(alice, bob);

	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_arrive(sw, PORT_B, &from_10, 1);
	arrival.len = ETH_HEADER_LEN + 1500;
	for (int n_tags = 0; n_tags < 3; n_tags++) {
		fake_switch_expect(sw, PORT_A, &arrival, TO_B);
		arrival.len++;
		fake_switch_expect_drop(sw, PORT_A, &arrival, DROP_TOO_BIG);
		arrival.len--;
		arrival_tag(&arrival, ETH_TYPE_DOT1Q, 10);
	}
}

static void of_a_super_frame_the_segments_have_to_fit(void **state)
{
	static struct superframe f;
	struct fake_switch *sw = *state;
	struct superframe_spec spec = {
		.tcp = true,
		.super = true,
		.tcp_options_len = 12,
		.payload_len = 60000,
	};
	struct arrival arrival = { .data = f.data };

	for (spec.n_tags = 0; spec.n_tags < 3; spec.n_tags++) {
		for (spec.gso_size = 1447; spec.gso_size < 1450;
		     spec.gso_size++) {
			superframe_build(&f, &spec);
			arrival.len = f.len;
			arrival.offload = f.hdr;
			fake_switch_forget(sw);
			fake_switch_arrive(sw, PORT_A, &arrival, 1);
			if (spec.gso_size <= 1448)
				fake_switch_expect_only(sw, PORT_B, &arrival);
			else
				fake_switch_expect_silence(sw, ~0U);
		}
	}

	/* one that is shorter than its segments may be is as long as it is */
	spec = (struct superframe_spec){
		.tcp = true,
		.super = true,
		.gso_size = 9000,
		.payload_len = 1460,
	};
	superframe_build(&f, &spec);
	arrival.len = f.len;
	arrival.offload = f.hdr;
	fake_switch_expect(sw, PORT_A, &arrival, TO_BCD);
}

static void a_port_too_narrow_for_a_flooded_frame_counts_it(void **state)
{
	struct fake_switch *sw = *state;
	const struct port_counters *b = &sw->ports[PORT_B]->port.counters;
	const struct port_counters *a = &sw->ports[PORT_A]->port.counters;
	struct arrival arrival = arrival_new(alice, bob);

	arrival.len = 1000;
	fake_switch_port(sw, PORT_B)->mtu = 985;
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_silence(sw, TO_A | TO_B);
	fake_switch_expect_only(sw, PORT_C, &arrival);
	fake_switch_expect_only(sw, PORT_D, &arrival);
	assert_int_equal(b->tx_dropped[DROP_TOO_BIG], 1);
	assert_int_equal(port_tx_dropped(fake_switch_port(sw, PORT_B)), 1);
	assert_int_equal(a->rx_forwarded, 1);
	assert_int_equal(port_rx_dropped(fake_switch_port(sw, PORT_A)), 0);

	fake_switch_port(sw, PORT_B)->mtu = 986;
	fake_switch_expect(sw, PORT_A, &arrival, TO_BCD);

	for (size_t i = PORT_B; i <= PORT_D; i++)
		fake_switch_port(sw, i)->mtu = 985;
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_silence(sw, ~0U);
	assert_int_equal(b->tx_dropped[DROP_TOO_BIG], 2);
	assert_int_equal(a->rx_dropped[DROP_TOO_BIG], 1);
}

/* Refusals of those who send. */

static void a_refused_copy_counts_at_its_port_alone(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, bob);

	for (size_t i = PORT_B; i <= PORT_D; i++) {
		const struct port *port = fake_switch_port(sw, i);
		const uint64_t sent = port->counters.tx_frames;

		fake_switch_forget(sw);
		fake_switch_refuse(sw, i, 0, DROP_QUEUE_FULL);
		fake_switch_arrive(sw, PORT_A, &arrival, 1);
		for (size_t j = PORT_B; j <= PORT_D; j++)
			fake_switch_expect_only(sw, j, &arrival);
		assert_int_equal(port->counters.tx_dropped[DROP_QUEUE_FULL], 1);
		assert_int_equal(port_tx_dropped(port), 1);
		assert_int_equal(port->counters.tx_frames, sent);
	}
	assert_int_equal(sw->ports[PORT_A]->port.counters.rx_forwarded, 3);
	assert_int_equal(port_rx_dropped(fake_switch_port(sw, PORT_A)), 0);
}

static void a_frame_its_only_port_refuses_is_dropped_for_that(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival batch[] = {
		numbered(bob, 0),
		numbered(bob, 1),
		numbered(bob, 2),
	};
	const struct port_counters *a = &sw->ports[PORT_A]->port.counters;
	const struct port_counters *b = &sw->ports[PORT_B]->port.counters;

	for (enum drop_reason reason = DROP_QUEUE_FULL; reason < DROP_COUNT;
	     reason++) {
		fake_switch_hear(sw, PORT_B, bob);
		fake_switch_forget(sw);
		fake_switch_refuse(sw, PORT_B, 1, reason);
		fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));

		assert_int_equal(sw->ports[PORT_B]->n_handed, 3);
		fake_switch_expect_silence(sw, TO_A | TO_C | TO_D);
		assert_int_equal(a->rx_dropped[reason], 1);
		assert_int_equal(b->tx_dropped[reason], 1);
		assert_int_equal(a->rx_forwarded,
				 sw->ports[PORT_A]->before.rx_forwarded + 2);
		assert_int_equal(b->tx_frames,
				 sw->ports[PORT_B]->before.tx_frames + 2);
	}
}

static void a_flood_all_refuse_is_dropped_for_the_newest_reason(void **state)
{
	struct fake_switch *sw = *state;
	const struct port *a = fake_switch_port(sw, PORT_A);
	struct arrival arrival = arrival_new(alice, bob);

	fake_switch_refuse(sw, PORT_B, 0, DROP_QUEUE_FULL);
	fake_switch_refuse(sw, PORT_C, 0, DROP_LINK_GONE);
	fake_switch_refuse(sw, PORT_D, 0, DROP_LINK_DOWN);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	assert_int_equal(a->counters.rx_dropped[DROP_LINK_DOWN], 1);
	assert_int_equal(port_rx_dropped(a), 1);

	/* ... also where the newest is that the last port is too narrow */
	arrival.len = 1000;
	fake_switch_port(sw, PORT_D)->mtu = 985;
	fake_switch_forget(sw);
	fake_switch_refuse(sw, PORT_B, 0, DROP_QUEUE_FULL);
	fake_switch_refuse(sw, PORT_C, 0, DROP_LINK_GONE);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	assert_int_equal(a->counters.rx_dropped[DROP_TOO_BIG], 1);
	assert_int_equal(port_rx_dropped(a), 2);
	assert_int_equal(a->counters.rx_forwarded, 0);
}

/* Batches. */

static void expect_numbers(const struct fake_switch *sw, size_t i,
			   const char *numbers)
{
	for (size_t k = 0; numbers[k]; k++) {
		const struct handed *handed = fake_switch_handed(sw, i, k);

		assert_int_equal(handed->data[NUMBER_AT], numbers[k]);
	}
	assert_int_equal(sw->ports[i]->n_handed, strlen(numbers));
}

static void each_port_sends_in_the_order_of_arrival(void **state)
{
	static const struct eth_addr nobody = { { 2, 0, 0, 0, 0, 0xff } };
	struct fake_switch *sw = *state;
	const struct arrival batch[] = {
		numbered(bob, '0'),       numbered(everybody, '1'),
		numbered(bob, '2'),       numbered(carol, '3'),
		numbered(alice, '4'),     numbered(everybody, '5'),
		numbered(nobody, '6'),    numbered(carol, '7'),
		numbered(bob, '8'),       numbered(carol, '9'),
		numbered(everybody, 'a'),
	};

	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_hear(sw, PORT_C, carol);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	expect_numbers(sw, PORT_A, "");
	expect_numbers(sw, PORT_B, "012568a");
	expect_numbers(sw, PORT_C, "135679a");
	expect_numbers(sw, PORT_D, "156a");
}

static void a_batch_takes_one_send_for_each_port(void **state)
{
	static struct arrival batch[FRAME_BATCH_MAX];
	struct fake_switch *sw = *state;

	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_hear(sw, PORT_C, carol);
	fake_switch_forget(sw);
	for (uint8_t i = 0; i < FRAME_BATCH_MAX; i++)
		batch[i] = numbered(i % 2 ? bob : carol, i);
	fake_switch_arrive(sw, PORT_A, batch, FRAME_BATCH_MAX);
	assert_int_equal(sw->ports[PORT_B]->n_calls, 1);
	assert_int_equal(sw->ports[PORT_B]->n_handed, FRAME_BATCH_MAX / 2);
	assert_int_equal(sw->ports[PORT_C]->n_calls, 1);
	assert_int_equal(sw->ports[PORT_C]->n_handed, FRAME_BATCH_MAX / 2);
	fake_switch_expect_silence(sw, TO_A | TO_D);

	fake_switch_forget(sw);
	for (uint8_t i = 0; i < FRAME_BATCH_MAX; i++)
		batch[i] = numbered(everybody, i);
	fake_switch_arrive(sw, PORT_A, batch, FRAME_BATCH_MAX);
	for (size_t i = PORT_B; i <= PORT_D; i++) {
		assert_int_equal(sw->ports[i]->n_calls, 1);
		assert_int_equal(sw->ports[i]->n_handed, FRAME_BATCH_MAX);
	}
	fake_switch_expect_silence(sw, TO_A);
}

static void a_batch_of_nothing_is_nothing(void **state)
{
	fake_switch_arrive(*state, PORT_A, NULL, 0);
	fake_switch_expect_silence(*state, ~0U);
}

/* Observers. */

struct sighting {
	const struct port *port;
	enum direction direction;
	enum drop_reason fault;
	uint8_t number;
	uint64_t wall_ns;
};

struct witness {
	struct observer observer;
	struct sighting sightings[MAX_SIGHTINGS];
	size_t n;
};

static void on_frame(struct observer *observer, const struct port *port,
		     enum direction direction, const struct frame *frame,
		     uint64_t wall_ns)
{
	struct witness *witness =
		container_of(observer, struct witness, observer);

	assert_true(witness->n < MAX_SIGHTINGS);
	witness->sightings[witness->n++] = (struct sighting){
		.port = port,
		.direction = direction,
		.fault = frame->fault,
		.number = frame->len > NUMBER_AT ? frame->data[NUMBER_AT] : 0,
		.wall_ns = wall_ns,
	};
}

/* @what: for each sighting in turn "<", ">" and so on, port and number */
static void expect_seen(struct fake_switch *sw, struct witness *witness,
			const char *what)
{
	char seen[3 * MAX_SIGHTINGS + 1] = "";

	for (size_t i = 0; i < witness->n; i++) {
		const struct sighting *s = &witness->sightings[i];

		seen[3 * i] = s->direction == DIRECTION_IN ? '<' : '>';
		for (size_t p = 0; p < sw->n_ports; p++) {
			if (s->port == fake_switch_port(sw, p))
				seen[3 * i + 1] = (char)('A' + p);
		}
		seen[3 * i + 2] = (char)s->number;
		assert_int_equal(s->wall_ns, sw->wall_ns);
	}
	assert_string_equal(seen, what);
	witness->n = 0;
}

static void observers_see_what_comes_in_and_what_goes_out(void **state)
{
	struct fake_switch *sw = *state;
	struct witness witness = { .observer = { .on_frame = on_frame } };
	const struct arrival batch[] = {
		numbered(everybody, '1'),
		numbered(bob, '2'),
	};

	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_pass_us(sw, 1000);
	bridge_observe(sw->bridge, &witness.observer);
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	expect_seen(sw, &witness, "<A1<A2>B1>C1>D1>B2");
}

static void observers_see_drops_come_in_and_never_go_out(void **state)
{
	struct fake_switch *sw = *state;
	struct witness witness = { .observer = { .on_frame = on_frame } };
	const struct arrival flooded = numbered(everybody, '1');
	struct arrival runt = numbered(bob, '2');

	bridge_observe(sw->bridge, &witness.observer);
	fake_switch_refuse(sw, PORT_C, 0, DROP_QUEUE_FULL);
	fake_switch_port(sw, PORT_D)->state = PORT_STATE_DOWN;
	fake_switch_arrive(sw, PORT_A, &flooded, 1);
	expect_seen(sw, &witness, "<A1>B1");

	arrival_tag(&runt, ETH_TYPE_DOT1Q, 10);
	runt.len = 17;
	fake_switch_arrive(sw, PORT_A, &runt, 1);
	assert_int_equal(witness.n, 1);
	assert_int_equal(witness.sightings[0].fault, DROP_RUNT);
	assert_int_equal(witness.sightings[0].direction, DIRECTION_IN);
}

static void each_observer_sees_all_until_it_looks_away(void **state)
{
	struct fake_switch *sw = *state;
	struct witness witnesses[3] = { 0 };
	const struct arrival arrival = numbered(bob, '1');

	fake_switch_hear(sw, PORT_B, bob);
	for (size_t i = 0; i < ARRAY_SIZE(witnesses); i++) {
		witnesses[i].observer.on_frame = on_frame;
		bridge_observe(sw->bridge, &witnesses[i].observer);
	}
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	for (size_t i = 0; i < ARRAY_SIZE(witnesses); i++)
		expect_seen(sw, &witnesses[i], "<A1>B1");

	bridge_unobserve(sw->bridge, &witnesses[1].observer);
	bridge_unobserve(sw->bridge, &witnesses[1].observer);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_seen(sw, &witnesses[0], "<A1>B1");
	expect_seen(sw, &witnesses[1], "");
	expect_seen(sw, &witnesses[2], "<A1>B1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_SWITCH_TEST(the_mtu_counts_neither_header_nor_tags),
		FAKE_SWITCH_TEST(of_a_super_frame_the_segments_have_to_fit),
		FAKE_SWITCH_TEST(
			a_port_too_narrow_for_a_flooded_frame_counts_it),
		FAKE_SWITCH_TEST(a_refused_copy_counts_at_its_port_alone),
		FAKE_SWITCH_TEST(
			a_frame_its_only_port_refuses_is_dropped_for_that),
		FAKE_SWITCH_TEST(
			a_flood_all_refuse_is_dropped_for_the_newest_reason),
		FAKE_SWITCH_TEST(each_port_sends_in_the_order_of_arrival),
		FAKE_SWITCH_TEST(a_batch_takes_one_send_for_each_port),
		FAKE_SWITCH_TEST(a_batch_of_nothing_is_nothing),
		FAKE_SWITCH_TEST(observers_see_what_comes_in_and_what_goes_out),
		FAKE_SWITCH_TEST(observers_see_drops_come_in_and_never_go_out),
		FAKE_SWITCH_TEST(each_observer_sees_all_until_it_looks_away),
	};

	return cmocka_run_group_tests_name("egress", tests, NULL, NULL);
}
