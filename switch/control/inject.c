/* SPDX-License-Identifier: MIT */
/* inject.c - a frame that no port has received, treated as if one had */

#include "inject.h"

#include "bridge.h"
#include "drop.h"
#include "macros.h"
#include "port.h"
#include "vswitch.h"

/* Looks at the one frame that is under way, but not at what mirrors copy. */
struct witness {
	struct observer observer;
	json_t *sent; /* names of the ports it left by */
	json_t *refused; /* ports that should have sent it, and why not */
	enum drop_reason dropped;
};

static void on_witness_frame(struct observer *observer, const struct port *port,
			     enum direction direction,
			     const struct frame *frame, uint64_t wall_ns)
{
	struct witness *witness =
		container_of(observer, struct witness, observer);

	(void)frame;
	(void)wall_ns;
	if (direction == DIRECTION_OUT && !port->is_mirror)
		json_array_append_new(witness->sent, json_string(port->name));
}

static void on_witness_drop(struct observer *observer, const struct port *port,
			    enum direction direction, const struct frame *frame,
			    enum drop_reason reason, uint64_t wall_ns)
{
	struct witness *witness =
		container_of(observer, struct witness, observer);

	(void)frame;
	(void)wall_ns;
	if (direction == DIRECTION_IN)
		witness->dropped = reason;
	else if (!port->is_mirror)
		json_array_append_new(witness->refused,
				      json_pack("{s:s, s:s}", "port",
						port->name, "reason",
						drop_name(reason)));
}

/**
 * inject() - Have a port receive a frame that was made up
 * @sw:		Switch
 * @in:		Port of it
 * @frame:	Frame as a backend would fill it in; its bytes may change
 * @result:	Object that gets what became of it: "sent", "refused", "dropped"
 */
void inject(struct vswitch *sw, struct port *in, struct frame *frame,
	    json_t *result)
{
	struct witness witness = {
		.observer = { .on_frame = on_witness_frame,
			      .on_drop = on_witness_drop },
		.sent = json_array(),
		.refused = json_array(),
	};

	bridge_observe(sw->bridge, &witness.observer);
	bridge_receive(sw->bridge, in, frame, 1, sw->clock.now,
		       sw->clock.wall_ns);
	bridge_unobserve(sw->bridge, &witness.observer);
	datapath_tick(&sw->datapath);

	json_object_set_new(result, "sent", witness.sent);
	json_object_set_new(result, "refused", witness.refused);
	json_object_set_new(result, "dropped",
			    witness.dropped
				    ? json_string(drop_name(witness.dropped))
				    : json_null());
}
