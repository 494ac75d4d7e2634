/* SPDX-License-Identifier: MIT */
/* test_observers.c - what those who look on are shown, and in which order */

#include <stdio.h>
#include <string.h>

#include "bridge.h"
#include "fake_switch.h"
#include "macros.h"
#include "superframe.h"
#include "unit.h"

enum {
	STORY_SIZE = 1024,
	SEGMENTS = 3,
	GSO_SIZE = 1000,
	SUPER_LEN = 54 + SEGMENTS * GSO_SIZE,
};

/* Writes down what it is shown: "<A60 >B60 xC60=queue-full .A60", and so on. */
struct witness {
	struct observer observer;
	struct fake_switch *sw;
	char story[STORY_SIZE];
};

static void tell(struct observer *observer, char what, const struct port *port,
		 const struct frame *frame, const char *more)
{
	struct witness *witness =
		container_of(observer, struct witness, observer);
	const size_t used = strlen(witness->story);
	char name = '?';

	for (size_t i = 0; i < witness->sw->n_ports; i++) {
		if (port == fake_switch_port(witness->sw, i))
			name = (char)('A' + i);
	}
	snprintf(witness->story + used, STORY_SIZE - used, "%s%c%c%u%s",
		 used ? " " : "", what, name, frame->len, more);
}

static void on_frame(struct observer *observer, const struct port *port,
		     enum direction direction, const struct frame *frame,
		     uint64_t wall_ns)
{
	(void)wall_ns;
	tell(observer, direction == DIRECTION_IN ? '<' : '>', port, frame, "");
}

static void on_drop(struct observer *observer, const struct port *port,
		    enum direction direction, const struct frame *frame,
		    enum drop_reason reason, uint64_t wall_ns)
{
	char more[40];

	(void)wall_ns;
	snprintf(more, sizeof(more), "=%s", drop_name(reason));
	tell(observer, direction == DIRECTION_IN ? 'X' : 'x', port, frame,
	     more);
}

static void on_done(struct observer *observer, const struct port *in,
		    const struct frame *frame, uint64_t wall_ns)
{
	char more[40];

	(void)wall_ns;
	snprintf(more, sizeof(more), "#%u+%u-%u", frame->place, frame->copies,
		 frame->refusals);
	tell(observer, '.', in, frame, more);
}

static void look(struct fake_switch *sw, struct witness *witness, bool as_sent)
{
	*witness = (struct witness){
		.observer = { .as_sent = as_sent,
			      .on_frame = on_frame,
			      .on_drop = on_drop,
			      .on_done = on_done },
		.sw = sw,
	};
	bridge_observe(sw->bridge, &witness->observer);
}

static struct arrival of_length(struct eth_addr to, size_t len)
{
	struct arrival arrival = arrival_new(alice, to);

	arrival.len = len;
	return arrival;
}

static struct arrival super(struct superframe *f)
{
	const struct superframe_spec spec = {
		.tcp = true,
		.super = true,
		.gso_size = GSO_SIZE,
		.payload_len = SEGMENTS * GSO_SIZE,
	};
	struct arrival arrival = { .data = f->data };

	superframe_build(f, &spec);
	arrival.len = f->len;
	arrival.offload = f->hdr;
	assert_int_equal(f->len, SUPER_LEN);
	return arrival;
}

static void each_frame_is_done_once_and_last(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival batch[] = { of_length(everybody, 60),
					 of_length(bob, 61),
					 of_length(alice, 62) };
	struct witness witness;

	fake_switch_hear(sw, PORT_A, alice);
	fake_switch_hear(sw, PORT_B, bob);
	look(sw, &witness, true);
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	assert_string_equal(witness.story, "<A60 <A61 <A62 >B60 >C60 >D60 >B61 "
					   ".A60#0+3-0 .A61#1+1-0 "
					   "XA62=same-port .A62#2+0-0");
}

static void refusals_are_shown_where_they_happen_and_counted(void **state)
{
	struct fake_switch *sw = *state;
	const struct arrival flooded = of_length(everybody, 60);
	const struct arrival unicast = of_length(bob, 61);
	struct witness witness;

	fake_switch_hear(sw, PORT_B, bob);
	fake_switch_forget(sw);
	look(sw, &witness, false);
	fake_switch_refuse(sw, PORT_B, 0, DROP_QUEUE_FULL);
	fake_switch_refuse(sw, PORT_B, 1, DROP_LINK_DOWN);
	fake_switch_port(sw, PORT_C)->mtu = 40;
	fake_switch_arrive(sw, PORT_A, &flooded, 1);
	assert_string_equal(witness.story,
			    "<A60 xB60=queue-full xC60=too-big >D60 "
			    ".A60#0+1-2");

	*witness.story = '\0';
	fake_switch_arrive(sw, PORT_A, &unicast, 1);
	assert_string_equal(witness.story, "<A61 xB61=link-down XA61=link-down "
					   ".A61#0+0-1");
}

static void a_frame_that_was_cut_is_seen_whole_or_as_it_left(void **state)
{
	static struct superframe f;
	struct fake_switch *sw = *state;
	const struct arrival batch[] = { of_length(everybody, 60), super(&f),
					 of_length(everybody, 62) };
	struct witness whole, sent;

	fake_switch_port(sw, PORT_B)->offloads = 0;
	fake_switch_port(sw, PORT_C)->state = PORT_STATE_DOWN;
	look(sw, &whole, false);
	look(sw, &sent, true);
	fake_switch_arrive(sw, PORT_A, batch, ARRAY_SIZE(batch));
	assert_int_equal(sw->ports[PORT_B]->n_handed, 2 + SEGMENTS);
	assert_string_equal(whole.story,
			    "<A60 <A3054 <A62 >B60 >B3054 >B62 >D60 >D3054 "
			    ">D62 .A60#0+2-0 .A3054#1+2-0 .A62#2+2-0");
	assert_string_equal(sent.story,
			    "<A60 <A3054 <A62 >B60 >B1054 >B1054 >B1054 >B62 "
			    ">D60 >D3054 >D62 "
			    ".A60#0+2-0 .A3054#1+2-0 .A62#2+2-0");
}

static void a_segment_that_was_refused_did_not_leave(void **state)
{
	static struct superframe f;
	struct fake_switch *sw = *state;
	const struct arrival arrival = super(&f);
	struct witness sent;

	fake_switch_port(sw, PORT_B)->offloads = 0;
	for (size_t i = PORT_C; i <= PORT_D; i++)
		fake_switch_port(sw, i)->state = PORT_STATE_DOWN;
	fake_switch_refuse(sw, PORT_B, 1, DROP_QUEUE_FULL);
	look(sw, &sent, true);
	fake_switch_arrive(sw, PORT_A, &arrival, 1);
	assert_string_equal(sent.story,
			    "<A3054 >B1054 >B1054 xB3054=queue-full "
			    "XA3054=queue-full .A3054#0+0-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAKE_SWITCH_TEST(each_frame_is_done_once_and_last),
		FAKE_SWITCH_TEST(
			refusals_are_shown_where_they_happen_and_counted),
		FAKE_SWITCH_TEST(
			a_frame_that_was_cut_is_seen_whole_or_as_it_left),
		FAKE_SWITCH_TEST(a_segment_that_was_refused_did_not_leave),
	};

	return cmocka_run_group_tests_name("observers", tests, NULL, NULL);
}
