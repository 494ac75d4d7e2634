/* SPDX-License-Identifier: MIT */
/* test_mirror.c - what a mirror copies, what it leaves alone, and what it costs */

#include "fake_switch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bridge.h"
#include "err.h"
#include "fdb.h"
#include "macros.h"
#include "mirror.h"
#include "superframe.h"
#include "unit.h"

enum {
	NUMBER_AT = 20,
	TO_ALL = TO_A | TO_B | TO_C | TO_D,
	PAUSE_MAX_US = 64 * 1000, /* docs/observing.md promises it */
};

/* From alice, and told apart by a byte. */
static struct arrival numbered(struct eth_addr to, uint8_t number)
{
	struct arrival arrival = arrival_new(alice, to);

	arrival.bytes[NUMBER_AT] = number;
	return arrival;
}

/* Of the ports in @from, to port @to: "rx", "tx" or both */
static struct mirror *mirror(struct fake_switch *sw, const char *name,
			     const char *from, const char *how, size_t to)
{
	const char *names[FAKE_PORTS];
	struct mirror_config config = {
		.name = name,
		.from = *from ? names : NULL,
		.rx = strstr(how, "rx"),
		.tx = strstr(how, "tx"),
		.to = fake_switch_port(sw, to)->name,
	};
	struct err err = { 0 };

	for (; *from; from++)
		names[config.n_from++] =
			fake_switch_port(sw, (size_t)(*from - 'A'))->name;
	assert_int_equal(mirror_add(sw->bridge, &config, &err), 0);
	return mirror_find(sw->bridge, name);
}

static void expect_numbers(const struct fake_switch *sw, size_t i,
			   const char *numbers)
{
	for (size_t k = 0; numbers[k]; k++) {
		const struct handed *handed = fake_switch_handed(sw, i, k);

		assert_int_equal(handed->data[NUMBER_AT], numbers[k]);
	}
	assert_int_equal(sw->ports[i]->n_handed, strlen(numbers));
}

static void expect_counts(const struct mirror *m, uint64_t mirrored,
			  uint64_t filtered, uint64_t dropped)
{
	assert_int_equal(m->counters.mirrored, mirrored);
	assert_int_equal(m->counters.filtered, filtered);
	assert_int_equal(mirror_dropped(m), dropped);
}

/* What is copied. */

static void a_copy_has_the_bytes_and_the_frame_goes_its_way(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_in_vlan(alice, bob, 7);
	const struct arrival hello = arrival_in_vlan(bob, everybody, 7);
	const struct mirror *m;

	fake_switch_arrive(sw, PORT_B, &hello, 1);
	m = mirror(sw, "m", "A", "rx", PORT_D);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_B, &arrival);
	fake_switch_expect_only(sw, PORT_D, &arrival);
	fake_switch_expect_silence(sw, TO_A | TO_C);
	expect_counts(m, 1, 0, 0);
	assert_int_equal(m->counters.bytes, arrival.len);
	assert_int_equal(sw->ports[PORT_D]->port.counters.tx_frames -
				 sw->ports[PORT_D]->before.tx_frames,
			 1);
	assert_int_equal(sw->ports[PORT_A]->port.counters.rx_forwarded, 1);
}

static void each_direction_is_copied_if_it_is_asked_for(void **state)
{
	static const struct {
		const char *how, *in, *out;
	} cases[] = {
		{ "rx", "i", "" },
		{ "tx", "", "o" },
		{ "rx tx", "i", "o" },
	};
	struct fake_switch *sw = *state;

	fake_switch_hear(sw, PORT_B, bob);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct arrival in = numbered(bob, 'i');
		struct arrival out = arrival_new(bob, alice);

		out.bytes[NUMBER_AT] = 'o';
		fake_switch_hear(sw, PORT_A, alice);
		mirror(sw, "m", "A", cases[i].how, PORT_D);
		fake_switch_forget(sw);
		fake_switch_arrive(sw, PORT_A, &in, 1);
		expect_numbers(sw, PORT_D, cases[i].in);
		fake_switch_forget(sw);
		fake_switch_arrive(sw, PORT_B, &out, 1);
		expect_numbers(sw, PORT_D, cases[i].out);
		assert_int_equal(mirror_del(sw->bridge, "m", NULL), 0);
	}
}

static void a_frame_is_copied_once_however_many_ports_it_leaves_by(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival batch[] = {
		numbered(everybody, '1'),
		numbered(bob, '2'),
		numbered(everybody, '3'),
	};
	const struct mirror *m = mirror(sw, "m", "", "tx", PORT_D);

	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	expect_numbers(sw, PORT_B, "123");
	expect_numbers(sw, PORT_C, "123");
	expect_numbers(sw, PORT_D, "123");
	expect_counts(m, 3, 0, 0);
}

static void a_mirror_of_everything_has_each_frame_once(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival batch[] = {
		numbered(bob, '1'),
		numbered(everybody, '2'),
		numbered(bob, '3'),
	};

	fake_switch_hear(sw, PORT_B, bob);
	mirror(sw, "m", "", "rx tx", PORT_D);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	expect_numbers(sw, PORT_D, "123");
	expect_numbers(sw, PORT_B, "123");
	expect_numbers(sw, PORT_C, "2");
}

static void a_mirror_does_not_mind_what_another_has_seen(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = numbered(bob, '1');

	fake_switch_hear(sw, PORT_B, bob);
	mirror(sw, "in", "", "rx", PORT_C);
	mirror(sw, "out", "", "tx", PORT_D);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_numbers(sw, PORT_B, "1");
	expect_numbers(sw, PORT_C, "1");
	expect_numbers(sw, PORT_D, "1");
}

static void copies_go_together_and_in_order(void **state)
{
	static struct arrival batch[FRAME_BATCH_MAX];
	struct fake_switch *sw = *state;

	fake_switch_hear(sw, PORT_B, bob);
	mirror(sw, "m", "A", "rx", PORT_D);
	fake_switch_forget(sw);
	for (uint8_t i = 0; i < FRAME_BATCH_MAX; i++)
		batch[i] = numbered(i % 3 ? bob : everybody, i);
	fake_switch_arrive(sw, PORT_A, batch, FRAME_BATCH_MAX);
	assert_int_equal(sw->ports[PORT_D]->n_calls, 1);
	assert_int_equal(sw->ports[PORT_D]->n_handed, FRAME_BATCH_MAX);
	for (size_t i = 0; i < FRAME_BATCH_MAX; i++)
		assert_int_equal(
			fake_switch_handed(sw, PORT_D, i)->data[NUMBER_AT], i);
	assert_int_equal(sw->ports[PORT_B]->n_handed, FRAME_BATCH_MAX);
}

static void what_is_dropped_where_it_came_in_is_copied_all_the_same(
	void **state)
{
	static const struct eth_addr reserved = { { 1, 0x80, 0xc2, 0, 0, 14 } };
	struct fake_switch *sw = *state;
	const struct mirror *m = mirror(sw, "m", "A", "rx tx", PORT_D);
	struct arrival arrival = arrival_new(alice, reserved);

	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_D, &arrival);
	fake_switch_expect_silence(sw, TO_A | TO_B | TO_C);
	assert_int_equal(
		sw->ports[PORT_A]->port.counters.rx_dropped[DROP_RESERVED], 1);
	expect_counts(m, 1, 0, 0);

	/* ... unless nobody could send it */
	fake_switch_forget(sw);
	arrival.len = 13;
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	arrival = arrival_new(alice, bob);
	arrival.fault = DROP_UNDESCRIBED;
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_silence(sw, TO_ALL);
	expect_counts(m, 1, 0, 2);
	assert_int_equal(m->counters.dropped[DROP_RUNT], 1);
	assert_int_equal(m->counters.dropped[DROP_UNDESCRIBED], 1);
	assert_int_equal(port_tx_dropped(fake_switch_port(sw, PORT_D)), 0);
}

static void what_a_port_could_not_send_has_not_gone_out(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival batch[] = {
		numbered(bob, '1'),
		numbered(bob, '2'),
		numbered(bob, '3'),
	};

	fake_switch_hear(sw, PORT_B, bob);
	mirror(sw, "m", "B", "tx", PORT_D);
	fake_switch_forget(sw);
	fake_switch_refuse(sw, PORT_B, 1, DROP_QUEUE_FULL);
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	expect_numbers(sw, PORT_B, "123");
	expect_numbers(sw, PORT_D, "13");
}

/* What a mirror port is. */

static void a_mirror_port_gets_neither_floods_nor_unicast(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival flooded = arrival_new(alice, everybody);
	const struct arrival to_dave =
		arrival_new(alice, (struct eth_addr){ { 2, 0, 0, 0, 0, 0xd } });
	const struct arrival to_carol = arrival_new(alice, carol);
	const struct eth_addr dave = { { 2, 0, 0, 0, 0, 0xd } };

	/* dave was learned there, carol is pinned */
	fake_switch_hear(sw, PORT_D, dave);
	assert_int_equal(
		fdb_static_add(sw->fdb, carol, 0,
			       fake_switch_port(sw, PORT_D)->fdb_handle,
			       sw->now),
		0);
	mirror(sw, "m", "C", "rx", PORT_D);
	fake_switch_expect(sw, PORT_A, &flooded, TO_B | TO_C);
	fake_switch_expect(sw, PORT_A, &to_dave, TO_B | TO_C);
	fake_switch_expect_drop(sw, PORT_A, &to_carol, DROP_MIRROR_PORT);

	/* and is one like any other when the mirror is gone */
	assert_int_equal(mirror_del(sw->bridge, "m", NULL), 0);
	assert_null(sw->bridge->mirrors);
	fake_switch_expect(sw, PORT_A, &flooded, TO_B | TO_C | TO_D);
	fake_switch_expect(sw, PORT_A, &to_carol, TO_D);
}

static void what_a_mirror_port_sends_in_is_dropped_and_not_learned(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival in = arrival_new(bob, everybody);
	const struct arrival to_bob = arrival_new(alice, bob);

	mirror(sw, "m", "", "rx tx", PORT_D);
	fake_switch_expect_drop(sw, PORT_D, &in, DROP_MIRROR_PORT);
	assert_int_equal(fdb_counts(sw->fdb).n_dynamic, 0);
	assert_int_equal(mirror_del(sw->bridge, "m", NULL), 0);
	fake_switch_expect(sw, PORT_A, &to_bob, TO_B | TO_C | TO_D);
}

static void copies_are_never_copied_again(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, everybody);

	/* Neither mirror has what the other one sends. */
	mirror(sw, "c", "", "rx tx", PORT_C);
	mirror(sw, "d", "", "rx tx", PORT_D);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_B, &arrival);
	assert_int_equal(sw->ports[PORT_C]->n_handed, 1);
	assert_int_equal(sw->ports[PORT_D]->n_handed, 1);
	fake_switch_expect_silence(sw, TO_A);
}

static void ports_that_would_make_a_loop_are_refused(void **state)
{
	struct fake_switch *sw = *state;
	const char *const a[] = { "port-0" }, *const d[] = { "port-3" };
	const char *const nobody[] = { "nobody" };
	const struct {
		const char *name, *const *from, *to;
		int code;
		const char *why;
	} cases[] = {
		{ "n", a, "port-0", -EINVAL, "itself" },
		{ "n", a, "port-1", -EBUSY, "mirror port of 'm' already" },
		{ "n", a, "port-2", -EBUSY, "mirrored itself, by 'm'" },
		{ "n", (const char *const[]){ "port-1" }, "port-3", -EBUSY,
		  "mirror port of 'm'" },
		{ "n", nobody, "port-3", -ENOENT, "no port 'nobody'" },
		{ "n", a, "nobody", -ENOENT, "no port 'nobody'" },
		{ "m", a, "port-3", -EEXIST, "'m' already" },
	};
	struct mirror_config config = { .rx = true, .n_from = 1 };
	struct err err;

	mirror(sw, "m", "C", "rx", PORT_B);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		config.name = cases[i].name;
		config.from = cases[i].from;
		config.to = cases[i].to;
		assert_int_equal(mirror_add(sw->bridge, &config, &err),
				 cases[i].code);
		assert_non_null(strstr(err.msg, cases[i].why));
	}

	config.name = "n";
	config.from = a;
	config.to = "port-3";
	config.snaplen = MIRROR_SNAPLEN_MIN - 1;
	assert_int_equal(mirror_add(sw->bridge, &config, &err), -EINVAL);
	config.snaplen = 0;
	fake_switch_port(sw, PORT_D)->state = PORT_STATE_GONE;
	assert_int_equal(mirror_add(sw->bridge, &config, &err), -EBUSY);
	config.from = d;
	config.to = "port-0";
	assert_int_equal(mirror_add(sw->bridge, &config, &err), 0);
	assert_int_equal(sw->bridge->mirrors->n, 2);
	assert_int_equal(mirror_del(sw->bridge, "x", &err), -ENOENT);
}

static void there_are_at_most_so_many(void **state)
{
	struct fake_switch *sw = fake_switch_new(2);
	struct mirror_config config = { .rx = true, .name = "x" };
	struct err err;
	char names[MIRRORS_MAX][PORT_NAME_SIZE];

	(void)state;
	mirror(sw, "m", "A", "rx", PORT_B);
	/* As if each had a port of its own. */
	for (size_t i = 1; i < MIRRORS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "m%zu", i);
		sw->bridge->mirrors->slots[0]->to = NULL;
		mirror(sw, names[i], "A", "rx", PORT_B);
		assert_true(sw->bridge->mirrors->slots[i]);
		sw->bridge->mirrors->slots[i]->to = NULL;
	}
	config.to = "port-1";
	assert_int_equal(mirror_add(sw->bridge, &config, &err), -ENOSPC);
	for (size_t i = 1; i < MIRRORS_MAX; i++)
		assert_int_equal(mirror_del(sw->bridge, names[i], &err), 0);
	assert_int_equal(mirror_del(sw->bridge, "m", &err), 0);
	fake_switch_free(sw);
}

/* Ports come and go. */

static void a_port_that_comes_back_is_mirrored_again(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, everybody);
	const struct mirror *m = mirror(sw, "m", "A", "rx", PORT_D);

	fake_switch_detach(sw, PORT_A);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_B, &arrival, 1);
	fake_switch_expect_silence(sw, TO_D);
	fake_switch_attach(sw, PORT_A);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_D, &arrival);
	expect_counts(m, 1, 0, 0);
}

static void a_port_that_is_new_is_part_of_everything(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, everybody);

	fake_switch_detach(sw, PORT_A);
	mirror(sw, "m", "", "rx", PORT_D);
	fake_switch_attach(sw, PORT_A);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_D, &arrival);
}

static void a_mirror_goes_with_its_port(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, everybody);

	mirror(sw, "m", "A", "rx tx", PORT_D);
	mirror(sw, "c", "A", "rx", PORT_C);
	fake_switch_detach(sw, PORT_D);
	assert_null(mirror_find(sw->bridge, "m"));
	assert_non_null(mirror_find(sw->bridge, "c"));
	fake_switch_detach(sw, PORT_C);
	assert_null(sw->bridge->mirrors);

	/* Who has the name next is a port like any other. */
	fake_switch_attach(sw, PORT_D);
	fake_switch_expect(sw, PORT_A, &arrival, TO_B | TO_D);
}

static void a_mirror_port_that_is_down_costs_its_copies_alone(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival arrival = arrival_new(alice, everybody);
	const struct mirror *m = mirror(sw, "m", "A", "rx", PORT_D);

	fake_switch_port(sw, PORT_D)->state = PORT_STATE_DOWN;
	fake_switch_expect(sw, PORT_A, &arrival, TO_B | TO_C);
	expect_counts(m, 0, 0, 1);
	assert_int_equal(m->counters.dropped[DROP_EGRESS_DOWN], 1);
	fake_switch_port(sw, PORT_D)->state = PORT_STATE_UP;
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	expect_counts(m, 1, 0, 1);
}

/* Filter and length. */

static bool is_odd(const void *program, const uint8_t *data, uint32_t len)
{
	(void)program;
	assert_true(len > NUMBER_AT);
	return data[NUMBER_AT] % 2;
}

static void what_a_filter_leaves_out_is_counted(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival batch[] = {
		numbered(bob, '1'),
		numbered(bob, '2'),
		numbered(bob, '3'),
	};
	struct mirror *m = mirror(sw, "m", "A", "rx", PORT_D);

	m->matches = is_odd;
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	expect_numbers(sw, PORT_D, "13");
	expect_numbers(sw, PORT_B, "123");
	expect_counts(m, 2, 1, 0);
}

static void copies_are_cut_and_frames_are_not(void **state)
{
	struct fake_switch *sw = *state;
	struct arrival arrival = arrival_new(alice, everybody);
	struct mirror *m = mirror(sw, "m", "A", "rx tx", PORT_D);

	m->snaplen = 100;
	arrival.len = 101;
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_B, &arrival);
	arrival.len = 100;
	fake_switch_expect_only(sw, PORT_D, &arrival);
	assert_int_equal(m->counters.bytes, 100);

	/* even where the port is too narrow for a whole one */
	fake_switch_port(sw, PORT_D)->mtu = 86;
	arrival.len = 1000;
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_C, &arrival);
	assert_int_equal(fake_switch_handed(sw, PORT_D, 0)->len, 100);
	fake_switch_port(sw, PORT_D)->mtu = 85;
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	assert_int_equal(m->counters.dropped[DROP_TOO_BIG], 1);
}

static const struct superframe_spec tcp_spec = {
	.tcp = true,
	.super = true,
	.gso_size = 1448,
	.tcp_options_len = 12,
	.payload_len = 10000,
};

static struct arrival super_arrival(struct superframe *f,
				    const struct superframe_spec *spec)
{
	struct arrival arrival = { .data = f->data };

	superframe_build(f, spec);
	arrival.len = f->len;
	arrival.offload = f->hdr;
	return arrival;
}

static void a_super_frame_is_copied_whole_or_cut_to_a_plain_one(void **state)
{
	static struct superframe f;
	struct fake_switch *sw = *state;
	const struct arrival arrival = super_arrival(&f, &tcp_spec);
	const struct virtio_net_hdr plain = { 0 };
	const struct handed *handed;
	struct mirror *m = mirror(sw, "m", "A", "rx", PORT_D);

	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_D, &arrival);

	for (uint32_t snaplen = 200; snaplen < 10000; snaplen += 5000) {
		m->snaplen = snaplen;
		fake_switch_forget(sw);
		fake_switch_arrive(sw, PORT_A, &arrival, 1);
		fake_switch_expect_only(sw, PORT_B, &arrival);
		handed = fake_switch_handed(sw, PORT_D, 0);
		assert_int_equal(handed->len, snaplen < 1514 ? snaplen : 1514);
		assert_memory_equal(handed->data, f.data, handed->len);
		assert_memory_equal(&handed->offload, &plain, sizeof(plain));
	}
	expect_counts(m, 3, 0, 0);
}

static void a_mirror_port_without_offloads_harms_nobody_else(void **state)
{
	static struct superframe f;
	struct fake_switch *sw = *state;
	struct superframe_spec spec = tcp_spec;
	struct arrival arrival = super_arrival(&f, &spec);
	const struct handed *at_b, *at_d;

	mirror(sw, "m", "A", "rx tx", PORT_D);
	fake_switch_port(sw, PORT_D)->offloads = 0;
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_B, &arrival);
	assert_int_equal(sw->ports[PORT_D]->n_handed, 7);

	/* The checksum is in bytes both have, so it is complete for both. */
	spec.super = false;
	spec.payload_len = 1000;
	arrival = super_arrival(&f, &spec);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	at_b = fake_switch_handed(sw, PORT_B, 0);
	at_d = fake_switch_handed(sw, PORT_D, 0);
	assert_int_equal(at_d->offload.flags, 0);
	assert_int_equal(at_b->offload.flags, 0);
	assert_int_equal(at_b->len, at_d->len);
	assert_memory_equal(at_b->data, at_d->data, at_d->len);
	assert_memory_not_equal(at_b->data, f.data, f.len);
}

/* Loss. */

static void a_full_queue_costs_copies_and_nothing_else(void **state)
{
	struct fake_switch *sw = *state;
	const struct mirror *m = mirror(sw, "m", "A", "rx", PORT_D);
	const struct arrival arrival = arrival_new(alice, everybody);
	const struct port *d = fake_switch_port(sw, PORT_D);
	uint64_t tries = 0, sent = 0;

	/* A second, a frame every 100 us, and none of them is taken. */
	for (; sent < 10000; sent++) {
		fake_switch_forget(sw);
		fake_switch_refuse(sw, PORT_D, 0, DROP_QUEUE_FULL);
		fake_switch_arrive(sw, PORT_A, &arrival, 1);
		fake_switch_expect_only(sw, PORT_B, &arrival);
		tries += sw->ports[PORT_D]->n_calls;
		fake_switch_pass_us(sw, 100);
	}
	assert_in_range(tries, 2, 25);
	expect_counts(m, 0, 0, sent);
	assert_int_equal(m->counters.dropped[DROP_QUEUE_FULL], sent);
	assert_int_equal(d->counters.tx_dropped[DROP_QUEUE_FULL], sent);
	assert_int_equal(sw->ports[PORT_A]->port.counters.rx_forwarded, sent);

	/* There is room again: it is noticed at the end of the pause. */
	fake_switch_pass_us(sw, PAUSE_MAX_US);
	fake_switch_forget(sw);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_expect_only(sw, PORT_D, &arrival);
	expect_counts(m, 1, 0, sent);

	/* And what is full only now and then is not left alone for long. */
	fake_switch_forget(sw);
	fake_switch_refuse(sw, PORT_D, 0, DROP_QUEUE_FULL);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	fake_switch_pass_us(sw, 999);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	assert_int_equal(sw->ports[PORT_D]->n_calls, 1);
	fake_switch_pass_us(sw, 1);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	assert_int_equal(sw->ports[PORT_D]->n_calls, 2);
	expect_counts(m, 2, 0, sent + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_SWITCH_TEST(
			a_copy_has_the_bytes_and_the_frame_goes_its_way),
		FAKE_SWITCH_TEST(each_direction_is_copied_if_it_is_asked_for),
		FAKE_SWITCH_TEST(
			a_frame_is_copied_once_however_many_ports_it_leaves_by),
		FAKE_SWITCH_TEST(a_mirror_of_everything_has_each_frame_once),
		FAKE_SWITCH_TEST(a_mirror_does_not_mind_what_another_has_seen),
		FAKE_SWITCH_TEST(copies_go_together_and_in_order),
		FAKE_SWITCH_TEST(
			what_is_dropped_where_it_came_in_is_copied_all_the_same),
		FAKE_SWITCH_TEST(what_a_port_could_not_send_has_not_gone_out),
		FAKE_SWITCH_TEST(a_mirror_port_gets_neither_floods_nor_unicast),
		FAKE_SWITCH_TEST(
			what_a_mirror_port_sends_in_is_dropped_and_not_learned),
		FAKE_SWITCH_TEST(copies_are_never_copied_again),
		FAKE_SWITCH_TEST(ports_that_would_make_a_loop_are_refused),
		cmocka_unit_test(there_are_at_most_so_many),
		FAKE_SWITCH_TEST(a_port_that_comes_back_is_mirrored_again),
		FAKE_SWITCH_TEST(a_port_that_is_new_is_part_of_everything),
		FAKE_SWITCH_TEST(a_mirror_goes_with_its_port),
		FAKE_SWITCH_TEST(
			a_mirror_port_that_is_down_costs_its_copies_alone),
		FAKE_SWITCH_TEST(what_a_filter_leaves_out_is_counted),
		FAKE_SWITCH_TEST(copies_are_cut_and_frames_are_not),
		FAKE_SWITCH_TEST(
			a_super_frame_is_copied_whole_or_cut_to_a_plain_one),
		FAKE_SWITCH_TEST(
			a_mirror_port_without_offloads_harms_nobody_else),
		FAKE_SWITCH_TEST(a_full_queue_costs_copies_and_nothing_else),
	};

	return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
