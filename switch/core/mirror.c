/* SPDX-License-Identifier: MIT */
/*
 * mirror.c - copies of what some ports carry, to one that carries nothing else
 *
 * Who is mirrored is a set of bits in struct port, one for each mirror, so the
 * data path asks one question of a batch. Copies share the bytes of the frame
 * and have a struct of their own, which egress_send() may use up.
 */

#include "mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "egress.h"
#include "err.h"
#include "fdb.h"
#include "forward.h"
#include "frame.h"
#include "offload.h"

/*
 * A queue that is full may be full for a moment or for good. So the first
 * pause is short, and each that ends in vain is followed by a longer one.
 */
static const mtime_t pause_min = { 1000 }, pause_max = { 64 * 1000 };

/**
 * mirror_find() - Look a mirror up by name
 * @bridge:	Bridge
 * @name:	Name
 *
 * Return: the mirror, or NULL if there is none of that name
 */
struct mirror *mirror_find(const struct bridge *bridge, const char *name)
{
	const struct mirrors *mirrors = bridge->mirrors;

	for (size_t i = 0; mirrors && i < MIRRORS_MAX; i++) {
		if (mirrors->slots[i] && !strcmp(mirrors->slots[i]->name, name))
			return mirrors->slots[i];
	}

	return NULL;
}

/**
 * mirror_of_port() - Which mirror does a port belong to?
 * @bridge:	Bridge
 * @to:		Port of it
 *
 * Return: the mirror whose copies it sends, or NULL if there is none
 */
const struct mirror *mirror_of_port(const struct bridge *bridge,
				    const struct port *to)
{
	const struct mirrors *mirrors = bridge->mirrors;

	for (size_t i = 0; mirrors && i < MIRRORS_MAX; i++) {
		if (mirrors->slots[i] && mirrors->slots[i]->to == to)
			return mirrors->slots[i];
	}

	return NULL;
}

/**
 * mirror_dropped() - Copies that a mirror could not send
 * @mirror:	Mirror
 *
 * Return: their number, over all reasons
 */
uint64_t mirror_dropped(const struct mirror *mirror)
{
	uint64_t total = 0;

	for (size_t i = 0; i < DROP_COUNT; i++)
		total += mirror->counters.dropped[i];

	return total;
}

static bool names_port(const struct mirror *mirror, const char *name)
{
	for (size_t i = 0; i < mirror->n_from; i++) {
		if (!strcmp(mirror->from[i], name))
			return true;
	}

	return !mirror->from;
}

static int check_from(const struct bridge *bridge,
		      const struct mirror_config *config, struct err *err)
{
	for (size_t i = 0; i < config->n_from; i++) {
		const char *name = config->from[i];
		const struct port *port = bridge_find_port(bridge, name);
		const struct mirror *other;

		if (!strcmp(name, config->to))
			return err_set(err, -EINVAL,
				       "port '%s' cannot mirror to itself",
				       name);
		if (!port)
			return err_set(err, -ENOENT, "there is no port '%s'",
				       name);
		other = mirror_of_port(bridge, port);
		if (other)
			return err_set(err, -EBUSY,
				       "port '%s' is the mirror port of '%s' "
				       "and has nothing of its own",
				       name, other->name);
	}

	return 0;
}

/* A mirror of all ports is no obstacle: it does without this one. */
static int check_to(const struct bridge *bridge, const char *name,
		    struct err *err)
{
	const struct port *port = bridge_find_port(bridge, name);
	const struct mirrors *mirrors = bridge->mirrors;
	const struct mirror *other;

	if (!port)
		return err_set(err, -ENOENT, "there is no port '%s'", name);
	if (port->state != PORT_STATE_UP && port->state != PORT_STATE_DOWN)
		return err_set(err, -EBUSY, "port '%s' is %s", name,
			       port_state_name(port->state));
	other = mirror_of_port(bridge, port);
	if (other)
		return err_set(err, -EBUSY,
			       "port '%s' is the mirror port of '%s' already",
			       name, other->name);

	for (size_t i = 0; mirrors && i < MIRRORS_MAX; i++) {
		other = mirrors->slots[i];
		if (other && other->from && names_port(other, name))
			return err_set(err, -EBUSY,
				       "port '%s' is mirrored itself, by '%s'",
				       name, other->name);
	}

	return 0;
}

/**
 * mirror_check() - Could there be such a mirror?
 * @bridge:	Bridge
 * @config:	What is wanted
 * @err:	If not, one sentence
 *
 * Return: 0; -EEXIST if the name is taken; -EINVAL for a mirror to itself or
 * one that cuts too short; -ENOENT if a port is not there; -EBUSY if a port is
 * in another mirror's way, or gone; -ENOSPC if there are too many
 */
int mirror_check(const struct bridge *bridge,
		 const struct mirror_config *config, struct err *err)
{
	int r;

	if (mirror_find(bridge, config->name))
		return err_set(err, -EEXIST, "there is a mirror '%s' already",
			       config->name);
	if (config->snaplen && config->snaplen < MIRROR_SNAPLEN_MIN)
		return err_set(err, -EINVAL,
			       "snaplen: no frame is shorter than %d bytes",
			       MIRROR_SNAPLEN_MIN);
	if (bridge->mirrors && bridge->mirrors->n == MIRRORS_MAX)
		return err_set(err, -ENOSPC, "there are %d mirrors already",
			       MIRRORS_MAX);

	r = check_from(bridge, config, err);
	return r < 0 ? r : check_to(bridge, config->to, err);
}

static void mirror_free(struct mirror *mirror)
{
	if (!mirror)
		return;

	free(mirror->from);
	free(mirror->filter);
	free(mirror->program);
	free(mirror);
}

static struct mirror *mirror_new(const struct mirror_config *config)
{
	struct mirror *mirror = calloc(1, sizeof(*mirror));

	if (!mirror)
		return NULL;

	strncpy(mirror->name, config->name, sizeof(mirror->name) - 1);
	mirror->rx = config->rx;
	mirror->tx = config->tx;
	mirror->snaplen = config->snaplen;
	mirror->n_from = config->n_from;
	if (config->from)
		mirror->from = calloc(config->n_from + 1, PORT_NAME_SIZE);
	if (config->filter)
		mirror->filter = strdup(config->filter);
	if ((config->from && !mirror->from) ||
	    (config->filter && !mirror->filter)) {
		mirror_free(mirror);
		return NULL;
	}

	for (size_t i = 0; config->from && i < config->n_from; i++)
		strncpy(mirror->from[i], config->from[i], PORT_NAME_SIZE - 1);
	return mirror;
}

/* The bits of all ports, after a mirror has come or gone. */
static void mark_ports(struct bridge *bridge)
{
	for (size_t i = 0; i < bridge->n_ports; i++)
		mirror_port_added(bridge, bridge->ports[i]);
}

/**
 * mirror_add() - Mirror ports from now on
 * @bridge:	Bridge
 * @config:	What is wanted; copied, and @program is taken over on success
 * @err:	On failure, one sentence
 *
 * The mirror port carries nothing else from now on, and what was learned on it
 * is forgotten.
 *
 * Return: 0, -ENOMEM, or what mirror_check() returns
 */
int mirror_add(struct bridge *bridge, const struct mirror_config *config,
	       struct err *err)
{
	int r = mirror_check(bridge, config, err);
	struct mirrors *mirrors = bridge->mirrors;
	struct mirror *mirror;
	size_t slot = 0;

	if (r < 0)
		return r;

	mirror = mirror_new(config);
	if (!mirrors)
		mirrors = calloc(1, sizeof(*mirrors));
	bridge->mirrors = mirrors;
	if (!mirror || !mirrors) {
		mirror_free(mirror);
		if (mirrors && !mirrors->n) {
			free(mirrors);
			bridge->mirrors = NULL;
		}
		return err_set(err, -ENOMEM, "out of memory");
	}

	mirror->matches = config->matches;
	mirror->program = config->program;
	mirror->to = bridge_find_port(bridge, config->to);
	while (mirrors->slots[slot])
		slot++;
	mirrors->slots[slot] = mirror;
	mirrors->n++;
	mark_ports(bridge);
	bridge_forget_stations(bridge, mirror->to);
	return 0;
}

static void remove_slot(struct bridge *bridge, size_t slot)
{
	struct mirrors *mirrors = bridge->mirrors;

	mirror_free(mirrors->slots[slot]);
	mirrors->slots[slot] = NULL;
	if (!--mirrors->n) {
		bridge->mirrors = NULL;
		free(mirrors);
	}
	mark_ports(bridge);
}

/**
 * mirror_del() - Mirror no longer; its port is one like any other again
 * @bridge:	Bridge
 * @name:	Name of the mirror
 * @err:	On failure, one sentence
 *
 * Return: 0; -ENOENT if there is none of that name
 */
int mirror_del(struct bridge *bridge, const char *name, struct err *err)
{
	const struct mirror *mirror = mirror_find(bridge, name);

	for (size_t i = 0; mirror && i < MIRRORS_MAX; i++) {
		if (bridge->mirrors->slots[i] == mirror) {
			remove_slot(bridge, i);
			return 0;
		}
	}

	return err_set(err, -ENOENT, "there is no mirror '%s'", name);
}

/**
 * mirror_port_added() - A port is new: is it mirrored?
 * @bridge:	Bridge
 * @port:	Port of it
 */
void mirror_port_added(struct bridge *bridge, struct port *port)
{
	const struct mirrors *mirrors = bridge->mirrors;

	port->mirrored_rx = port->mirrored_tx = 0;
	port->is_mirror = mirror_of_port(bridge, port);
	for (size_t i = 0; mirrors && i < MIRRORS_MAX; i++) {
		const struct mirror *mirror = mirrors->slots[i];

		if (!mirror || port->is_mirror ||
		    !names_port(mirror, port->name))
			continue;
		port->mirrored_rx |= (uint16_t)(mirror->rx << i);
		port->mirrored_tx |= (uint16_t)(mirror->tx << i);
	}
}

/**
 * mirror_port_removed() - A port is no more, nor is the mirror it belonged to
 * @bridge:	Bridge
 * @port:	Port that was of it
 *
 * Whatever is attached under that name next may be meant to talk, so it is no
 * mirror port unless somebody says so.
 */
void mirror_port_removed(struct bridge *bridge, const struct port *port)
{
	for (size_t i = 0; i < MIRRORS_MAX && bridge->mirrors; i++) {
		const struct mirror *mirror = bridge->mirrors->slots[i];

		if (mirror && mirror->to == port)
			remove_slot(bridge, i);
	}
}

/*
 * Shorter, and no super-frame any more: no header describes one whose end is
 * missing. What is left of it has to fit the mirror port.
 */
static void cut(const struct mirror *mirror, struct frame *copy)
{
	const uint32_t room = mirror->to->mtu + copy->overhead;

	if (!mirror->snaplen || copy->len <= mirror->snaplen)
		return;

	copy->len = mirror->snaplen;
	if (offload_is_super(&copy->offload) && copy->len > room)
		copy->len = room;
	copy->wire_len = copy->len;
	memset(&copy->offload, 0, sizeof(copy->offload));
}

static void drop(struct bridge *bridge, struct mirror *mirror,
		 const struct frame *copy, enum drop_reason reason,
		 uint64_t wall_ns)
{
	mirror->counters.dropped[reason]++;
	bridge_drop(bridge, mirror->to, DIRECTION_OUT, copy, reason, wall_ns);
}

/* Whether @frame is to be sent as @copy; otherwise it is accounted for. */
static bool take(struct bridge *bridge, struct mirror *mirror,
		 const struct frame *frame, struct frame *copy,
		 uint64_t wall_ns)
{
	struct mirror_counters *counters = &mirror->counters;
	enum drop_reason no;

	if (frame->fault) {
		counters->dropped[frame->fault]++;
		return false;
	}
	if (mirror->matches &&
	    !mirror->matches(mirror->program, frame->data, frame->len)) {
		counters->filtered++;
		return false;
	}

	*copy = *frame;
	cut(mirror, copy);
	no = forward_obstacle(mirror->to, copy);
	if (no == DROP_EGRESS_DOWN) {
		counters->dropped[no]++; /* as with flooding, not the port's */
		return false;
	}
	if (!no && bridge->mirrors->now.us < mirror->resume.us)
		no = DROP_QUEUE_FULL;
	if (no)
		drop(bridge, mirror, copy, no, wall_ns);
	return !no;
}

static void note_queue(struct mirror *mirror, bool is_full, mtime_t now)
{
	if (!is_full) {
		mirror->pause.us = 0;
		return;
	}

	mirror->pause.us *= 2;
	if (mirror->pause.us < pause_min.us)
		mirror->pause = pause_min;
	if (mirror->pause.us > pause_max.us)
		mirror->pause = pause_max;
	mirror->resume.us = now.us + mirror->pause.us;
}

static void send_copies(struct bridge *bridge, struct mirror *mirror,
			struct frame *const *frames, size_t n, uint64_t wall_ns)
{
	struct frame copies[FRAME_BATCH_MAX];
	struct frame *list[FRAME_BATCH_MAX];
	struct frame *originals[FRAME_BATCH_MAX];
	struct mirror_counters *counters = &mirror->counters;
	size_t n_copies = 0;

	for (size_t i = 0; i < n; i++) {
		if (!take(bridge, mirror, frames[i], &copies[n_copies],
			  wall_ns))
			continue;
		list[n_copies] = &copies[n_copies];
		originals[n_copies++] = frames[i];
	}
	if (!n_copies)
		return;

	egress_send(bridge, mirror->to, list, n_copies, wall_ns);
	for (size_t i = 0; i < n_copies; i++) {
		/* A checksum completed in the bytes they share is complete. */
		if (copies[i].len == originals[i]->len)
			originals[i]->offload = copies[i].offload;
		if (copies[i].unsent) {
			counters->dropped[copies[i].unsent]++;
			continue;
		}
		counters->mirrored++;
		counters->bytes += copies[i].len;
	}
	note_queue(mirror, copies[n_copies - 1].unsent == DROP_QUEUE_FULL,
		   bridge->mirrors->now);
}

/**
 * mirror_received() - A port has received frames: copy them as they came
 * @bridge:	Bridge that has mirrors
 * @in:		Port
 * @frames:	Classified frames; those with a fault are counted, not copied
 * @n:		How many, at most FRAME_BATCH_MAX
 * @now:	Monotonic time; also that of mirror_sent() until the next call
 * @wall_ns:	Wall-clock time for observers
 */
void mirror_received(struct bridge *bridge, const struct port *in,
		     struct frame *frames, size_t n, mtime_t now,
		     uint64_t wall_ns)
{
	struct frame *list[FRAME_BATCH_MAX];
	unsigned set = in->mirrored_rx;

	bridge->mirrors->now = now;
	if (!set || !n)
		return;

	for (size_t i = 0; i < n; i++) {
		frames[i].mirrored = in->mirrored_rx;
		list[i] = &frames[i];
	}
	for (size_t i = 0; set; i++, set >>= 1) {
		if (set & 1)
			send_copies(bridge, bridge->mirrors->slots[i], list, n,
				    wall_ns);
	}
}

/**
 * mirror_sent() - A mirrored port was given frames to send: copy those that went
 * @bridge:	Bridge that has mirrors
 * @out:	Port with a bit in mirrored_tx
 * @frames:	Frames with their @unsent set
 * @n:		How many, at most FRAME_BATCH_MAX
 * @wall_ns:	Wall-clock time for observers
 */
void mirror_sent(struct bridge *bridge, const struct port *out,
		 struct frame *const *frames, size_t n, uint64_t wall_ns)
{
	for (size_t i = 0; i < MIRRORS_MAX; i++) {
		const uint16_t bit = (uint16_t)(out->mirrored_tx & 1 << i);
		struct frame *list[FRAME_BATCH_MAX];
		size_t n_new = 0;

		for (size_t k = 0; bit && k < n; k++) {
			if (frames[k]->unsent || frames[k]->mirrored & bit)
				continue;
			frames[k]->mirrored |= bit;
			list[n_new++] = frames[k];
		}
		if (n_new)
			send_copies(bridge, bridge->mirrors->slots[i], list,
				    n_new, wall_ns);
	}
}
