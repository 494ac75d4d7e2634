/* SPDX-License-Identifier: MIT */
/* port.c - a port as the switch core sees it */

#include "port.h"

/**
 * port_state_name() - Name of a port state, as the control protocol spells it
 * @state:	State to name
 *
 * Return: a constant string
 */
const char *port_state_name(enum port_state state)
{
	/* No default: -Wswitch then finds the state somebody forgot. */
	switch (state) {
	case PORT_STATE_DOWN:
		return "down";
	case PORT_STATE_UP:
		return "up";
	case PORT_STATE_MOVED:
		return "moved";
	case PORT_STATE_GONE:
		return "gone";
	case PORT_STATE_WAITING:
		return "waiting";
	case PORT_STATE_FAILED:
		return "failed";
	}

	return "invalid";
}

static uint64_t sum(const uint64_t dropped[DROP_COUNT])
{
	uint64_t total = 0;

	for (size_t i = 0; i < DROP_COUNT; i++)
		total += dropped[i];

	return total;
}

/**
 * port_dropped() - Frames that were dropped for a reason
 * @port:	Port
 * @direction:	Received by the port, or to be sent by it
 * @reason:	Reason
 *
 * Return: their number
 */
uint64_t port_dropped(const struct port *port, enum direction direction,
		      enum drop_reason reason)
{
	return direction == DIRECTION_IN ? port->counters.rx_dropped[reason]
					 : port->counters.tx_dropped[reason];
}

/**
 * port_rx_dropped() - Frames that came in by a port and left by none
 * @port:	Port
 *
 * Return: their number, over all reasons
 */
uint64_t port_rx_dropped(const struct port *port)
{
	return sum(port->counters.rx_dropped);
}

/**
 * port_tx_dropped() - Copies that a port should have sent and could not
 * @port:	Port
 *
 * Return: their number, over all reasons
 */
uint64_t port_tx_dropped(const struct port *port)
{
	return sum(port->counters.tx_dropped);
}

/**
 * port_count_missed() - Learn what the kernel could not queue since last time
 * @port:	Port; without a device nothing happens
 * @wall_ns:	Now, since 1970
 *
 * The kernel counts, and tells nobody when: we know when we saw it.
 */
void port_count_missed(struct port *port, uint64_t wall_ns)
{
	const uint64_t before = port->counters.rx_missed;

	if (port->fd < 0)
		return;

	port->ops->count_missed(port);
	if (port->counters.rx_missed != before)
		port->missed_wall_ns = wall_ns;
}
