/* SPDX-License-Identifier: MIT */
/* why.c - the reasons for drops in sentences, and what would change them */

#include "why.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attach.h"
#include "drop_log.h"
#include "frame.h"
#include "mirror.h"
#include "plan.h"
#include "vswitch.h"

enum {
	QUOTED_SIZE = 128,
	GSO_MAX_SIZE = 65536, /* what interfaces have by default */
	TAP_QUEUE_LEN = 10000, /* frames; ten times the default */
};

/* One word of a command, as text that a shell takes for one word. */
struct quoted {
	char s[QUOTED_SIZE];
};

/*
 * Whoever is root in a namespace chooses the names of its interfaces, and
 * our commands are there to be copied by root outside of it.
 */
static struct quoted quote(const char *word)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789._-+@/:=";
	struct quoted quoted = { "" };
	size_t n = 0;

	if (*word && strlen(word) < sizeof(quoted.s) &&
	    strspn(word, harmless) == strlen(word)) {
		memcpy(quoted.s, word, strlen(word) + 1);
		return quoted;
	}

	quoted.s[n++] = '\'';
	for (; *word && n < sizeof(quoted.s) - 6; word++) {
		if (*word == '\'')
			n += (size_t)sprintf(quoted.s + n, "'\\''");
		else
			quoted.s[n++] = *word;
	}
	quoted.s[n++] = '\'';
	quoted.s[n] = '\0';
	return quoted;
}

/**
 * why_of() - Say what a drop that is about to happen would come of
 * @reason:	Reason
 * @in:		Ingress port
 * @out:	Egress port that the reason is about, or NULL
 * @frame:	Frame that frame_classify() has seen
 *
 * Return: the drop; refers to the ports' names
 */
struct why why_of(enum drop_reason reason, const struct port *in,
		  const struct port *out, const struct frame *frame)
{
	struct why why = {
		.reason = reason,
		.in = in->name,
		.in_state = in->state,
		.out = out ? out->name : "",
	};

	if (out) {
		why.out_state = out->state;
		why.mtu = out->mtu;
	}
	if (!frame->fault) {
		why.payload = frame->wire_len - frame->overhead;
		why.dst = frame->dst;
		why.vid = frame->vid;
	}

	return why;
}

/**
 * why_of_record() - Say what a drop has come of
 * @record:	Record of it
 * @port:	Port whose record it is
 *
 * Return: the drop; refers to the names in both
 */
struct why why_of_record(const struct drop_record *record,
			 const struct port *port)
{
	const bool came_in = record->direction == DIRECTION_IN;
	struct eth_header header;
	struct why why = {
		.reason = record->reason,
		.in = came_in ? port->name : record->other,
		.in_state = record->in_state,
		.out = came_in ? record->other : port->name,
		.out_state = record->out_state,
		.mtu = record->mtu,
		.payload = record->payload,
	};

	if (eth_parse(record->bytes, record->n_bytes, &header)) {
		why.dst = header.dst;
		why.vid = header.vid;
	}

	return why;
}

__attribute__((format(printf, 2, 3))) static void say(char text[WHY_SIZE],
						      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, WHY_SIZE, fmt, ap);
	va_end(ap);
}

static void say_mirror_port(const struct why *why, char text[WHY_SIZE])
{
	say(text,
	    "%s port %s belongs to a mirror, and carries nothing but "
	    "its copies",
	    *why->out ? "egress" : "ingress", *why->out ? why->out : why->in);
}

/**
 * why_cause() - Say what a frame was dropped for
 * @why:	Drop
 * @text:	One sentence
 */
void why_cause(const struct why *why, char text[WHY_SIZE])
{
	switch (why->reason) {
	case DROP_RUNT:
		say(text, "it ends before its Ethernet header, or one of its "
			  "tags, does");
		break;
	case DROP_BAD_LENGTH:
		say(text, "its length field promises more than came, or is "
			  "neither a length nor a type");
		break;
	case DROP_OVERSIZE:
		say(text,
		    "it is longer than %d bytes, the longest there is "
		    "room for",
		    FRAME_SIZE_MAX);
		break;
	case DROP_BAD_OFFLOAD:
		say(text, "its virtio-net header contradicts its bytes");
		break;
	case DROP_UNDESCRIBED:
		say(text, "it is a super-frame that no virtio-net header can "
			  "describe: of a tunnel, or of SCTP");
		break;
	case DROP_SOURCE_GROUP:
		say(text, "its source is a group address, which no station "
			  "has");
		break;
	case DROP_SOURCE_ZERO:
		say(text, "its source is 00:00:00:00:00:00, which no station "
			  "has");
		break;
	case DROP_PORT_DOWN:
		say(text, "ingress port %s is %s", why->in,
		    port_state_name(why->in_state));
		break;
	case DROP_MIRROR_PORT:
		say_mirror_port(why, text);
		break;
	case DROP_RESERVED:
		say(text, "its destination is reserved for a single link: "
			  "IEEE 802.1Q table 8-1");
		break;
	case DROP_SAME_PORT:
		say(text,
		    "its destination is a station on %s, where it came "
		    "from",
		    why->in);
		break;
	case DROP_NO_EGRESS:
		say(text, "it was to be flooded, and no other port is up");
		break;
	case DROP_EGRESS_DOWN:
		say(text, "egress port %s is %s", why->out,
		    port_state_name(why->out_state));
		break;
	case DROP_TOO_BIG:
		say(text, "egress port %s has MTU %u, and it would take %u",
		    why->out, why->mtu, why->payload);
		break;
	case DROP_QUEUE_FULL:
		say(text,
		    "egress port %s's queue was full: its receiver is "
		    "too slow",
		    why->out);
		break;
	case DROP_LINK_DOWN:
		say(text, "egress port %s's interface went down", why->out);
		break;
	case DROP_LINK_GONE:
		say(text, "egress port %s's interface was deleted", why->out);
		break;
	case DROP_REFUSED:
		say(text, "the kernel would not take it at egress port %s",
		    why->out);
		break;
	case DROP_NONE:
	case DROP_COUNT:
		text[0] = '\0';
		break;
	}
}

static const struct attachment *find(const struct vswitch *sw, const char *name)
{
	const struct port *port = bridge_find_port(sw->bridge, name);

	return port ? port->owner : NULL;
}

/* How to run a command in a port's namespace: "ip -n web", "ethtool". */
static void enter(const struct attachment *attachment, const char *command,
		  char text[WHY_SIZE])
{
	const char *target = attachment->plan->target;

	if (!strcmp(target, "host"))
		say(text, "%s", command);
	else if (!strncmp(target, "pid:", 4))
		say(text, "nsenter -t %s -n %s", quote(target + 4).s, command);
	else if (*target == '/')
		say(text, "nsenter --net=%s %s", quote(target).s, command);
	else if (!strcmp(command, "ip"))
		say(text, "ip -n %s", quote(target).s);
	else
		say(text, "ip netns exec %s %s", quote(target).s, command);
}

/* "ip -n web link set eth0 ...", if the port is still there. */
__attribute__((format(printf, 4, 5))) static void link_set(
	const struct vswitch *sw, const char *port, char text[WHY_SIZE],
	const char *fmt, ...)
{
	const struct attachment *attachment = find(sw, port);
	char ip[WHY_SIZE], what[40];
	va_list ap;

	if (!attachment)
		return;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	enter(attachment, "ip", ip);
	snprintf(text, WHY_SIZE, "%.200s link set %s %s", ip,
		 quote(attachment->ifname).s, what);
}

/* What is in the way is a port that does not forward. */
static void revive(const struct vswitch *sw, const char *port,
		   enum port_state state, char text[WHY_SIZE])
{
	switch (state) {
	case PORT_STATE_UP:
	case PORT_STATE_DOWN:
		link_set(sw, port, text, "up");
		break;
	case PORT_STATE_MOVED:
	case PORT_STATE_GONE:
		say(text, "vswctl detach %s", quote(port).s);
		break;
	case PORT_STATE_WAITING:
	case PORT_STATE_FAILED: /* that says for what, or why */
		say(text, "vswctl show-port %s", quote(port).s);
		break;
	}
}

static void unpin(const struct why *why, char text[WHY_SIZE])
{
	char mac[ETH_ADDR_TEXT_SIZE];

	eth_addr_format(why->dst, mac);
	if (why->vid)
		say(text, "vswctl del-fdb %s --vlan %u", mac, why->vid);
	else
		say(text, "vswctl del-fdb %s", mac);
}

static void end_mirror(const struct vswitch *sw, const char *port,
		       char text[WHY_SIZE])
{
	const struct port *to = bridge_find_port(sw->bridge, port);
	const struct mirror *mirror =
		to ? mirror_of_port(sw->bridge, to) : NULL;

	if (mirror)
		say(text, "vswctl del-mirror %s", quote(mirror->name).s);
}

static void turn_off_tunnels(const struct vswitch *sw, const char *port,
			     char text[WHY_SIZE])
{
	const struct attachment *attachment = find(sw, port);
	char ethtool[WHY_SIZE];

	if (!attachment)
		return;

	enter(attachment, "ethtool", ethtool);
	snprintf(text, WHY_SIZE,
		 "%.200s -K %s tx-udp_tnl-segmentation off "
		 "tx-gre-segmentation off",
		 ethtool, quote(attachment->ifname).s);
}

/**
 * why_remedy() - Say which command would change it
 * @sw:		Switch
 * @why:	Drop
 * @text:	A command for a shell, or "" where none of ours would help
 */
void why_remedy(const struct vswitch *sw, const struct why *why,
		char text[WHY_SIZE])
{
	text[0] = '\0';
	switch (why->reason) {
	case DROP_OVERSIZE:
		link_set(sw, why->in, text, "gso_max_size %d", GSO_MAX_SIZE);
		break;
	case DROP_UNDESCRIBED:
		turn_off_tunnels(sw, why->in, text);
		break;
	case DROP_PORT_DOWN:
		revive(sw, why->in, why->in_state, text);
		break;
	case DROP_MIRROR_PORT:
		end_mirror(sw, *why->out ? why->out : why->in, text);
		break;
	case DROP_NO_EGRESS:
		say(text, "vswctl attach TARGET");
		break;
	case DROP_EGRESS_DOWN:
		if (why->out_state == PORT_STATE_DOWN)
			revive(sw, why->out, why->out_state, text);
		else
			unpin(why, text);
		break;
	case DROP_TOO_BIG:
		if (why->payload <= UINT16_MAX)
			link_set(sw, why->out, text, "mtu %u", why->payload);
		break;
	case DROP_LINK_DOWN:
		link_set(sw, why->out, text, "up");
		break;
	case DROP_LINK_GONE:
		say(text, "vswctl detach %s", quote(why->out).s);
		break;
	case DROP_RUNT:
	case DROP_BAD_LENGTH:
	case DROP_BAD_OFFLOAD:
	case DROP_SOURCE_GROUP:
	case DROP_SOURCE_ZERO:
	case DROP_RESERVED:
	case DROP_SAME_PORT:
	case DROP_QUEUE_FULL:
	case DROP_REFUSED:
	case DROP_NONE:
	case DROP_COUNT:
		break;
	}
}

/**
 * why_missed() - Say why frames were lost before the switch received them
 * @sw:		Switch
 * @port:	Port
 * @cause:	One sentence
 * @remedy:	A command for a shell, or ""
 */
void why_missed(const struct vswitch *sw, const struct port *port,
		char cause[WHY_SIZE], char remedy[WHY_SIZE])
{
	const struct attachment *attachment = port->owner;

	remedy[0] = '\0';
	/* Not that of the cable: a port that is gone or waits has none. */
	if (attachment->plan->kind == CABLE_TAP) {
		say(cause, "the TAP's queue was full: they came faster than "
			   "the switch took them");
		if (port->fd >= 0)
			link_set(sw, port->name, remedy, "txqueuelen %d",
				 TAP_QUEUE_LEN);
	} else {
		say(cause, "the port's queue in the kernel, 8 MiB, was full: "
			   "they came faster than the switch took them");
	}
}
