/* SPDX-License-Identifier: MIT */
/*
 * host_fixture.h - namespaces and a back room for the tests of switch/host
 *
 * Runs in a namespace of its own, so that "host" is not the machine's. All that
 * a test makes has the PID in its name; a parent process outlives the tests
 * and removes what is left, also when they crash.
 */
#ifndef HOST_FIXTURE_H
#define HOST_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "cable.h"
#include "err.h"
#include "netns.h"
#include "room.h"
#include "rtnl.h"
#include "unit.h"

#define HOST_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

enum {
	NAME_TEXT_SIZE = 40,
	OUTPUT_SIZE = 4096,
	PATIENCE_MS = 5000,
};

struct fixture {
	char switch_name[NAME_TEXT_SIZE];
	char web[NAME_TEXT_SIZE]; /* two namespaces to attach */
	char db[NAME_TEXT_SIZE];
	struct room *room;
	struct cable_kit *kit;
	struct rtnl *nl; /* the room's */
	struct err err;
	int n_fds;
};

int fixture_main(int (*run_all)(void));

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A room_open() and what follows; for tests that close the room themselves. */
void fixture_open_room(struct fixture *f);
void fixture_close_room(struct fixture *f);

int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *output(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool becomes_true(bool (*condition)(void *user), void *user);
long now_ms(void);
int count_fds(void);

int tap_open(char ret_name[16], int *ret_ifindex);
struct cable_spec spec_veth(const struct fixture *f,
			    const struct netns *target);
struct cable_spec spec_tap(const struct fixture *f, const struct netns *target,
			   int tap_ifindex);
void must_lay(struct fixture *f, const struct cable_spec *spec,
	      struct cable *ret_cable);
void must_open(struct fixture *f, const char *text, struct netns *ret_ns);

#endif /* HOST_FIXTURE_H */
