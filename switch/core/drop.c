/* SPDX-License-Identifier: MIT */
/* drop.c - why a frame was dropped */

#include "drop.h"

/**
 * drop_name() - Name of a drop reason, as the control protocol spells it
 * @reason:	Reason to name
 *
 * Return: a constant string
 */
const char *drop_name(enum drop_reason reason)
{
	switch (reason) {
	case DROP_NONE:
		return "none";
	case DROP_RUNT:
		return "runt";
	case DROP_BAD_LENGTH:
		return "bad-length";
	case DROP_OVERSIZE:
		return "oversize";
	case DROP_BAD_OFFLOAD:
		return "bad-offload";
	case DROP_UNDESCRIBED:
		return "undescribed";
	case DROP_SOURCE_GROUP:
		return "source-group";
	case DROP_SOURCE_ZERO:
		return "source-zero";
	case DROP_PORT_DOWN:
		return "port-down";
	case DROP_MIRROR_PORT:
		return "mirror-port";
	case DROP_RESERVED:
		return "reserved";
	case DROP_SAME_PORT:
		return "same-port";
	case DROP_NO_EGRESS:
		return "no-egress";
	case DROP_EGRESS_DOWN:
		return "egress-down";
	case DROP_TOO_BIG:
		return "too-big";
	case DROP_QUEUE_FULL:
		return "queue-full";
	case DROP_LINK_DOWN:
		return "link-down";
	case DROP_LINK_GONE:
		return "link-gone";
	case DROP_REFUSED:
		return "refused";
	case DROP_COUNT:
		break;
	}

	return "invalid";
}
