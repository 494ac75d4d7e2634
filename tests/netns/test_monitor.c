/* SPDX-License-Identifier: MIT */
/*
 * test_monitor.c - what is heard of a cable's two ends
 *
 * Each test does something to the far end as its owner would, with ip(8), and
 * waits for the event that the switch acts on.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host_fixture.h"
#include "link.h"
#include "monitor.h"

enum {
	SOON_MS = 400, /* promised are 100; tests share their machine */
	STORM = 400,
};

enum answer {
	ANY,
	NO,
	YES,
};

/* An event waited for; and what there was when it came. */
struct expected {
	enum monitor_event_kind kind;
	int nsid;
	int ifindex; /* 0: any */
	const char *ifname; /* NULL: any */
	enum answer up;
	enum answer carrier;
	enum answer moved;
	bool seen;
	bool interface_deleted; /* any MONITOR_LINK_GONE on the way */
	struct link_info link;
};

struct wiring {
	struct fixture *f;
	struct monitor *monitor;
	struct cable veth;
	struct cable tap;
	int tap_fd;
};

static bool fits(enum answer wanted, bool is)
{
	return wanted == ANY || (wanted == YES) == is;
}

static void on_event(const struct monitor_event *event, void *user)
{
	struct expected *e = user;

	if (event->kind == MONITOR_LINK_GONE && !event->moved)
		e->interface_deleted = true;
	if (event->kind != e->kind || event->nsid != e->nsid ||
	    (e->ifindex && e->ifindex != event->link.ifindex) ||
	    (e->ifname && strcmp(e->ifname, event->link.ifname) != 0) ||
	    !fits(e->up, event->link.up) ||
	    !fits(e->carrier, event->link.carrier) ||
	    !fits(e->moved, event->moved))
		return;
	e->seen = true;
	e->link = event->link;
}

/* Return: how long it took, in milliseconds */
static long hear(struct wiring *w, struct expected *e)
{
	struct pollfd pfd = { .fd = monitor_fd(w->monitor), .events = POLLIN };
	const long start = now_ms();
	int r;

	while (!e->seen && now_ms() < start + PATIENCE_MS) {
		poll(&pfd, 1, 100);
		r = monitor_receive(w->monitor, 1, on_event, e);
		assert_in_range(r, 0, 1);
	}
	assert_true(e->seen);
	return now_ms() - start;
}

static void on_nothing(const struct monitor_event *event, void *user)
{
	(void)event;
	(void)user;
}

/* Do it, with nothing older left to be heard. */
static void does(struct wiring *w, const char *command)
{
	while (monitor_receive(w->monitor, 64, on_nothing, NULL) > 0)
		;
	assert_int_equal(run("%s", command), 0);
}

static int setup(void **state)
{
	struct wiring *w = test_calloc(1, sizeof(*w));
	struct cable_spec spec;
	struct netns web;
	void *fixture;
	char name[16];
	int ifindex;

	fixture_setup(&fixture);
	w->f = fixture;
	if (monitor_new(&w->monitor, &w->f->err))
		fail_msg("%s", w->f->err.msg);
	must_open(w->f, w->f->web, &web);
	spec = spec_veth(w->f, &web);
	must_lay(w->f, &spec, &w->veth);
	w->tap_fd = tap_open(name, &ifindex);
	spec = spec_tap(w->f, &web, ifindex);
	spec.ifname = "tap0";
	must_lay(w->f, &spec, &w->tap);
	netns_close(&web);
	assert_int_equal(w->veth.nsid, w->tap.nsid);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct wiring *w = *state;
	void *fixture = w->f;

	if (w->tap_fd >= 0)
		close(w->tap_fd);
	monitor_free(w->monitor);
	test_free(w);
	return fixture_teardown(&fixture);
}

static void a_far_end_that_goes_down_is_heard_soon(void **state)
{
	struct wiring *w = *state;
	struct expected veth_far = { .kind = MONITOR_LINK,
				     .nsid = w->veth.nsid,
				     .ifindex = w->veth.far_ifindex,
				     .up = NO };
	struct expected veth_host = { .kind = MONITOR_LINK,
				      .nsid = -1,
				      .ifindex = w->veth.host_ifindex,
				      .up = YES,
				      .carrier = NO };
	struct expected tap = { .kind = MONITOR_LINK,
				.nsid = w->tap.nsid,
				.ifindex = w->tap.far_ifindex,
				.up = NO };
	char down[100];

	snprintf(down, sizeof(down), "ip -n %s link set eth0 down", w->f->web);
	does(w, down);
	assert_in_range(hear(w, &veth_far), 0, SOON_MS);
	does(w, "true");
	snprintf(down, sizeof(down), "ip -n %s link set eth0 up", w->f->web);
	does(w, down);
	veth_far.seen = false;
	veth_far.up = YES;
	assert_in_range(hear(w, &veth_far), 0, SOON_MS);

	/* A second time at once: the kernel limits how often it tells. */
	snprintf(down, sizeof(down), "ip -n %s link set eth0 down", w->f->web);
	does(w, down);
	assert_in_range(hear(w, &veth_host), 0, SOON_MS);

	snprintf(down, sizeof(down), "ip -n %s link set tap0 down", w->f->web);
	does(w, down);
	assert_in_range(hear(w, &tap), 0, SOON_MS);
}

static void a_far_end_that_is_renamed_is_heard(void **state)
{
	struct wiring *w = *state;
	struct expected veth = { .kind = MONITOR_LINK,
				 .nsid = w->veth.nsid,
				 .ifindex = w->veth.far_ifindex,
				 .ifname = "wan0" };
	struct expected tap = { .kind = MONITOR_LINK,
				.nsid = w->tap.nsid,
				.ifindex = w->tap.far_ifindex,
				.ifname = "wan1" };
	char command[100];

	snprintf(command, sizeof(command), "ip -n %s link set eth0 name wan0",
		 w->f->web);
	does(w, command);
	hear(w, &veth);
	snprintf(command, sizeof(command), "ip -n %s link set tap0 name wan1",
		 w->f->web);
	does(w, command);
	hear(w, &tap);
}

static void a_far_end_that_is_deleted_is_heard(void **state)
{
	struct wiring *w = *state;
	struct expected veth = { .kind = MONITOR_LINK_GONE,
				 .nsid = -1,
				 .ifindex = w->veth.host_ifindex,
				 .moved = NO };
	struct expected tap = { .kind = MONITOR_LINK_GONE,
				.nsid = w->tap.nsid,
				.ifindex = w->tap.far_ifindex,
				.moved = NO };
	char command[100];
	char byte;

	snprintf(command, sizeof(command), "ip -n %s link del eth0", w->f->web);
	does(w, command);
	assert_in_range(hear(w, &veth), 0, SOON_MS);
	snprintf(command, sizeof(command), "ip -n %s link del tap0", w->f->web);
	does(w, command);
	assert_in_range(hear(w, &tap), 0, SOON_MS);
	assert_int_equal(read(w->tap_fd, &byte, 1), -1);
	assert_int_equal(errno, EBADFD);
}

static void a_far_end_that_moves_is_heard(void **state)
{
	struct wiring *w = *state;
	struct expected veth_host = { .kind = MONITOR_LINK,
				      .nsid = -1,
				      .ifindex = w->veth.host_ifindex };
	struct expected tap = { .kind = MONITOR_LINK_GONE,
				.nsid = w->tap.nsid,
				.ifindex = w->tap.far_ifindex,
				.moved = YES };
	struct link_info info;
	char command[200];

	snprintf(command, sizeof(command), "ip -n %s link set eth0 netns %s",
		 w->f->web, w->f->db);
	does(w, command);
	do {
		veth_host.seen = false;
		assert_in_range(hear(w, &veth_host), 0, SOON_MS);
	} while (veth_host.link.link_netnsid == w->veth.nsid);
	/* The event says where to find it now. */
	assert_int_equal(link_get_in(w->f->nl, veth_host.link.link_netnsid,
				     veth_host.link.peer_ifindex, &info),
			 0);
	assert_string_equal(info.ifname, "eth0");
	assert_int_equal(
		link_get_in(w->f->nl, w->veth.nsid, w->veth.far_ifindex, &info),
		-ENODEV);

	snprintf(command, sizeof(command), "ip -n %s link set tap0 netns %s",
		 w->f->web, w->f->db);
	does(w, command);
	assert_in_range(hear(w, &tap), 0, SOON_MS);
}

static bool host_end_is_gone(void *user)
{
	struct wiring *w = user;
	struct link_info info;

	return link_get(w->f->nl, w->veth.host_ifindex, &info) == -ENODEV;
}

static void a_namespace_that_dies_is_heard(void **state)
{
	struct wiring *w = *state;
	struct expected died = { .kind = MONITOR_NETNS_GONE,
				 .nsid = w->tap.nsid };
	struct expected host_end = { .kind = MONITOR_LINK_GONE,
				     .nsid = -1,
				     .ifindex = w->veth.host_ifindex };
	struct link_info info;
	char command[100];

	snprintf(command, sizeof(command), "ip netns del %s", w->f->web);
	does(w, command);
	assert_in_range(hear(w, &died), 0, SOON_MS);
	assert_false(died.interface_deleted);
	hear(w, &host_end);
	assert_true(becomes_true(host_end_is_gone, w));
	assert_int_equal(
		link_get_in(w->f->nl, w->tap.nsid, w->tap.far_ifindex, &info),
		-EINVAL);
	assert_int_equal(cable_cut(w->f->kit, &w->veth, &w->f->err), 0);
}

static void leaving_a_bridge_is_not_being_deleted(void **state)
{
	struct wiring *w = *state;
	struct expected down = { .kind = MONITOR_LINK,
				 .nsid = w->veth.nsid,
				 .ifindex = w->veth.far_ifindex,
				 .up = NO };
	char command[400];

	/* Nothing is deleted here, but the kernel says RTM_DELLINK. */
	snprintf(command, sizeof(command),
		 "ip -n %s link add br0 type bridge && "
		 "ip -n %s link set eth0 master br0 && "
		 "ip -n %s link set eth0 nomaster && "
		 "ip -n %s link set eth0 down",
		 w->f->web, w->f->web, w->f->web, w->f->web);
	does(w, command);
	hear(w, &down);
	assert_false(down.interface_deleted);
}

static void what_was_lost_is_told_and_can_be_asked_for(void **state)
{
	struct wiring *w = *state;
	const int small = 1;
	const int ample = 1 << 20;
	struct expected overrun = { .kind = MONITOR_OVERRUN, .nsid = -1 };
	struct expected renamed = { .kind = MONITOR_LINK,
				    .nsid = w->veth.nsid,
				    .ifname = "wan0" };
	struct link_change change = LINK_NO_CHANGE;
	struct link_info info;
	char command[100];

	assert_int_equal(setsockopt(monitor_fd(w->monitor), SOL_SOCKET,
				    SO_RCVBUF, &small, sizeof(small)),
			 0);
	for (unsigned i = 0; i < STORM; i++) {
		change.mtu = 1000 + i % 2;
		assert_int_equal(
			link_change(w->f->nl, w->veth.host_ifindex, &change),
			0);
	}
	hear(w, &overrun);
	assert_int_equal(link_get_in(w->f->nl, -1, w->veth.host_ifindex, &info),
			 0);
	assert_int_equal(info.mtu, 1000 + (STORM - 1) % 2);

	/* And it hears again. */
	assert_int_equal(setsockopt(monitor_fd(w->monitor), SOL_SOCKET,
				    SO_RCVBUFFORCE, &ample, sizeof(ample)),
			 0);
	snprintf(command, sizeof(command), "ip -n %s link set eth0 name wan0",
		 w->f->web);
	does(w, command);
	hear(w, &renamed);
}

static void on_any(const struct monitor_event *event, void *user)
{
	(void)event;
	++*(int *)user;
}

static void it_reads_no_more_than_it_may(void **state)
{
	struct wiring *w = *state;
	int n = 0;

	/* The kernel sends link events one by one, and laying made many. */
	assert_int_equal(monitor_receive(w->monitor, 3, on_any, &n), 3);
	assert_in_range(n, 1, 3);
	while (monitor_receive(w->monitor, 64, on_any, &n) == 64)
		;
	assert_int_equal(monitor_receive(w->monitor, 64, on_nothing, NULL), 0);
}

#define MONITOR_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		MONITOR_TEST(a_far_end_that_goes_down_is_heard_soon),
		MONITOR_TEST(a_far_end_that_is_renamed_is_heard),
		MONITOR_TEST(a_far_end_that_is_deleted_is_heard),
		MONITOR_TEST(a_far_end_that_moves_is_heard),
		MONITOR_TEST(a_namespace_that_dies_is_heard),
		MONITOR_TEST(leaving_a_bridge_is_not_being_deleted),
		MONITOR_TEST(what_was_lost_is_told_and_can_be_asked_for),
		MONITOR_TEST(it_reads_no_more_than_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return fixture_main(run_all);
}
