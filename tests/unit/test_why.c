/* SPDX-License-Identifier: MIT */
/* test_why.c - what is said of each reason for a drop, and which command helps */

#include "why.h"

#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "bridge.h"
#include "err.h"
#include "fdb.h"
#include "macros.h"
#include "mirror.h"
#include "plan.h"
#include "unit.h"
#include "vswitch.h"

enum {
	WEB, /* namespace, by its name */
	DB, /* a TAP */
	BOX, /* a process */
	POD, /* a path */
	HOST,
	EVIL, /* of somebody who chooses names */
	IDS, /* of a mirror */
	N_PORTS,
};

static const struct {
	const char *port, *target, *ifname;
} attached[N_PORTS] = {
	[WEB] = { "web", "web", "eth0" },
	[DB] = { "db", "db", "eth1" },
	[BOX] = { "box", "pid:4711", "eth0" },
	[POD] = { "pod", "/run/docker/netns/abc", "eth0" },
	[HOST] = { "host", "host", "lab0" },
	[EVIL] = { "evil", "e;vil", "e'th" },
	[IDS] = { "ids", "ids", "eth0" },
};

struct fixture {
	struct vswitch sw;
	struct port ports[N_PORTS];
	struct attachment attachments[N_PORTS];
	struct plan plans[N_PORTS];
	char targets[N_PORTS][40];
};

static void leave_alone(struct port *port)
{
	(void)port;
}

static const struct port_ops ops = { .kind = "fake", .free = leave_alone };

static void attach_port(struct fixture *f, int i)
{
	struct port *port = &f->ports[i];
	struct err err;

	strcpy(f->targets[i], attached[i].target);
	f->plans[i].target = f->targets[i];
	f->plans[i].kind = i == DB ? CABLE_TAP : CABLE_VETH;
	f->attachments[i].plan = &f->plans[i];
	strcpy(f->attachments[i].ifname, attached[i].ifname);
	port->ops = &ops;
	port->fd = 0;
	port->state = PORT_STATE_UP;
	port->owner = &f->attachments[i];
	strcpy(port->name, attached[i].port);
	assert_int_equal(bridge_add_port(f->sw.bridge, port, &err), 0);
}

static int set_up(void **state)
{
	static const char *const web = "web";
	const struct fdb_config fdb = { .max_ports = N_PORTS };
	const struct mirror_config mirror = {
		.name = "span",
		.from = &web,
		.n_from = 1,
		.rx = true,
		.to = "ids",
	};
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	assert_non_null(f);
	f->sw.fdb = fdb_new(&fdb);
	assert_non_null(f->sw.fdb);
	f->sw.bridge = bridge_new(f->sw.fdb);
	assert_non_null(f->sw.bridge);
	for (int i = 0; i < N_PORTS; i++)
		attach_port(f, i);
	assert_int_equal(mirror_add(f->sw.bridge, &mirror, &err), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	bridge_free(f->sw.bridge);
	fdb_free(f->sw.fdb);
	free(f);
	return 0;
}

static void each_reason_has_a_sentence_of_its_own(void **state)
{
	static const char *const causes[DROP_COUNT] = {
		[DROP_NONE] = "",
		[DROP_RUNT] = "it ends before its Ethernet header, or one of "
			      "its tags, does",
		[DROP_BAD_LENGTH] = "its length field promises more than came, "
				    "or is neither a length nor a type",
		[DROP_OVERSIZE] = "it is longer than 196630 bytes, the longest "
				  "there is room for",
		[DROP_BAD_OFFLOAD] = "its virtio-net header contradicts its "
				     "bytes",
		[DROP_UNDESCRIBED] = "it is a super-frame that no virtio-net "
				     "header can describe: of a tunnel, or of "
				     "SCTP",
		[DROP_SOURCE_GROUP] = "its source is a group address, which "
				      "no station has",
		[DROP_SOURCE_ZERO] = "its source is 00:00:00:00:00:00, which "
				     "no station has",
		[DROP_PORT_DOWN] = "ingress port web is moved",
		[DROP_MIRROR_PORT] = "egress port db belongs to a mirror, and "
				     "carries nothing but its copies",
		[DROP_RESERVED] = "its destination is reserved for a single "
				  "link: IEEE 802.1Q table 8-1",
		[DROP_SAME_PORT] = "its destination is a station on web, "
				   "where it came from",
		[DROP_NO_EGRESS] = "it was to be flooded, and no other port "
				   "is up",
		[DROP_EGRESS_DOWN] = "egress port db is gone",
		[DROP_TOO_BIG] = "egress port db has MTU 1500, and it would "
				 "take 1586",
		[DROP_QUEUE_FULL] = "egress port db's queue was full: its "
				    "receiver is too slow",
		[DROP_LINK_DOWN] = "egress port db's interface went down",
		[DROP_LINK_GONE] = "egress port db's interface was deleted",
		[DROP_REFUSED] = "the kernel would not take it at egress port "
				 "db",
	};
	struct why why = {
		.in = "web",
		.in_state = PORT_STATE_MOVED,
		.out = "db",
		.out_state = PORT_STATE_GONE,
		.mtu = 1500,
		.payload = 1586,
	};
	char text[WHY_SIZE];

	(void)state;
	for (enum drop_reason r = DROP_NONE; r < DROP_COUNT; r++) {
		assert_non_null(causes[r]);
		why.reason = r;
		why_cause(&why, text);
		assert_string_equal(text, causes[r]);
	}

	why.reason = DROP_MIRROR_PORT;
	why.out = "";
	why_cause(&why, text);
	assert_string_equal(text, "ingress port web belongs to a mirror, and "
				  "carries nothing but its copies");
}

/* The frame came in by web and was to leave by db, each as good as can be. */
static const struct remedy {
	struct why why;
	const char *command;
} remedies[] = {
	{ { .reason = DROP_OVERSIZE },
	  "ip -n web link set eth0 gso_max_size 65536" },
	{ { .reason = DROP_UNDESCRIBED },
	  "ip netns exec web ethtool -K eth0 tx-udp_tnl-segmentation off "
	  "tx-gre-segmentation off" },
	{ { .reason = DROP_NO_EGRESS }, "vswctl attach TARGET" },
	{ { .reason = DROP_LINK_DOWN }, "ip -n db link set eth1 up" },
	{ { .reason = DROP_LINK_GONE }, "vswctl detach db" },
	{ { .reason = DROP_TOO_BIG, .payload = 1586 },
	  "ip -n db link set eth1 mtu 1586" },
	{ { .reason = DROP_TOO_BIG, .payload = 65535 },
	  "ip -n db link set eth1 mtu 65535" },
	{ { .reason = DROP_TOO_BIG, .payload = 65536 }, "" },

	/* A port that does not forward, and why */
	{ { .reason = DROP_PORT_DOWN, .in_state = PORT_STATE_DOWN },
	  "ip -n web link set eth0 up" },
	{ { .reason = DROP_PORT_DOWN, .in_state = PORT_STATE_MOVED },
	  "vswctl detach web" },
	{ { .reason = DROP_PORT_DOWN, .in_state = PORT_STATE_GONE },
	  "vswctl detach web" },
	{ { .reason = DROP_PORT_DOWN, .in_state = PORT_STATE_WAITING },
	  "vswctl show-port web" },
	{ { .reason = DROP_PORT_DOWN, .in_state = PORT_STATE_FAILED },
	  "vswctl show-port web" },
	{ { .reason = DROP_EGRESS_DOWN, .out_state = PORT_STATE_DOWN },
	  "ip -n db link set eth1 up" },

	/* Only a station that is pinned is looked for at a port without link. */
	{ { .reason = DROP_EGRESS_DOWN, .out_state = PORT_STATE_GONE },
	  "vswctl del-fdb 02:00:00:00:00:0a" },
	{ { .reason = DROP_EGRESS_DOWN,
	    .out_state = PORT_STATE_WAITING,
	    .vid = 7 },
	  "vswctl del-fdb 02:00:00:00:00:0a --vlan 7" },

	{ { .reason = DROP_MIRROR_PORT, .out = "ids" },
	  "vswctl del-mirror span" },
	{ { .reason = DROP_MIRROR_PORT, .in = "ids", .out = "" },
	  "vswctl del-mirror span" },
	{ { .reason = DROP_MIRROR_PORT }, "" }, /* that mirror is gone */

	/* Wherever the port's interface is */
	{ { .reason = DROP_TOO_BIG, .out = "box", .payload = 9000 },
	  "nsenter -t 4711 -n ip link set eth0 mtu 9000" },
	{ { .reason = DROP_TOO_BIG, .out = "pod", .payload = 9000 },
	  "nsenter --net=/run/docker/netns/abc ip link set eth0 mtu 9000" },
	{ { .reason = DROP_TOO_BIG, .out = "host", .payload = 9000 },
	  "ip link set lab0 mtu 9000" },
	{ { .reason = DROP_OVERSIZE, .in = "pod" },
	  "nsenter --net=/run/docker/netns/abc ip link set eth0 "
	  "gso_max_size 65536" },
	{ { .reason = DROP_UNDESCRIBED, .in = "box" },
	  "nsenter -t 4711 -n ethtool -K eth0 tx-udp_tnl-segmentation off "
	  "tx-gre-segmentation off" },
	{ { .reason = DROP_UNDESCRIBED, .in = "pod" },
	  "nsenter --net=/run/docker/netns/abc ethtool -K eth0 "
	  "tx-udp_tnl-segmentation off tx-gre-segmentation off" },
	{ { .reason = DROP_UNDESCRIBED, .in = "host" },
	  "ethtool -K lab0 tx-udp_tnl-segmentation off "
	  "tx-gre-segmentation off" },

	/* A shell takes each for one word, whoever has chosen it. */
	{ { .reason = DROP_LINK_DOWN, .out = "evil" },
	  "ip -n 'e;vil' link set 'e'\\''th' up" },
	{ { .reason = DROP_UNDESCRIBED, .in = "evil" },
	  "ip netns exec 'e;vil' ethtool -K 'e'\\''th' "
	  "tx-udp_tnl-segmentation off tx-gre-segmentation off" },

	/* Nothing can be done at a port that is not there any more. */
	{ { .reason = DROP_OVERSIZE, .in = "was" }, "" },
	{ { .reason = DROP_UNDESCRIBED, .in = "was" }, "" },
	{ { .reason = DROP_TOO_BIG, .out = "was", .payload = 9000 }, "" },
	{ { .reason = DROP_LINK_DOWN, .out = "was" }, "" },

	/* None of our commands would help. */
	{ { .reason = DROP_RUNT }, "" },
	{ { .reason = DROP_BAD_LENGTH }, "" },
	{ { .reason = DROP_BAD_OFFLOAD }, "" },
	{ { .reason = DROP_SOURCE_GROUP }, "" },
	{ { .reason = DROP_SOURCE_ZERO }, "" },
	{ { .reason = DROP_RESERVED }, "" },
	{ { .reason = DROP_SAME_PORT }, "" },
	{ { .reason = DROP_QUEUE_FULL }, "" },
	{ { .reason = DROP_REFUSED }, "" },
};

static void what_helps_is_a_command_to_be_copied(void **state)
{
	const struct fixture *f = *state;
	bool seen[DROP_COUNT] = { [DROP_NONE] = true };
	char text[WHY_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++) {
		struct why why = remedies[i].why;

		why.in = why.in ? why.in : "web";
		why.out = why.out ? why.out : "db";
		why.dst = (struct eth_addr){ { 2, 0, 0, 0, 0, 10 } };
		why_remedy(&f->sw, &why, text);
		assert_string_equal(text, remedies[i].command);
		seen[why.reason] = true;
	}
	for (enum drop_reason r = DROP_NONE; r < DROP_COUNT; r++)
		assert_true(seen[r]);
}

static void what_the_kernel_lost_is_told_by_kind_of_port(void **state)
{
	struct fixture *f = *state;
	char cause[WHY_SIZE], remedy[WHY_SIZE];

	why_missed(&f->sw, &f->ports[WEB], cause, remedy);
	assert_string_equal(cause,
			    "the port's queue in the kernel, 8 MiB, was full: "
			    "they came faster than the switch took them");
	assert_string_equal(remedy, "");

	why_missed(&f->sw, &f->ports[DB], cause, remedy);
	assert_string_equal(cause, "the TAP's queue was full: they came "
				   "faster than the switch took them");
	assert_string_equal(remedy, "ip -n db link set eth1 txqueuelen 10000");

	f->ports[DB].fd = -1; /* gone, and its interface with it */
	why_missed(&f->sw, &f->ports[DB], cause, remedy);
	assert_string_equal(remedy, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reason_has_a_sentence_of_its_own),
		cmocka_unit_test(what_helps_is_a_command_to_be_copied),
		cmocka_unit_test(what_the_kernel_lost_is_told_by_kind_of_port),
	};

	return cmocka_run_group_tests_name("why", tests, set_up, tear_down);
}
