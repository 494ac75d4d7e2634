/* SPDX-License-Identifier: MIT */
/*
 * test_comings.c - random comings and goings, against a model
 *
 * Namespaces are added, deleted and restarted; interfaces are deleted, taken
 * away and back; ports are attached and detached; labs are applied, each with
 * another choice of ports and MTUs; all under traffic. After
 * each round the switch has to agree with a model that knows nothing of
 * kernels and events, and to hold not one descriptor, interface or namespace
 * more than the model accounts for.
 *
 * environment: VSW_ROUNDS how many rounds (default 20), VSW_SEED which ones
 */

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "keep.h"
#include "macros.h"
#include "netns.h"

enum {
	N_PLACES = 4,
	N_KINDS = 4,
	ROUNDS = 20,
	SEED = 1,
	MTU = 1500,
	PATIENCE_LONG_MS = 60000, /* what is deleted often is held back */
	LONG_MS = 2000,
	RSS_GROWTH_MAX_KIB = 3072, /* stations are all over a large table */
};

/* Where the far end of a port's cable is. */
enum where {
	NOWHERE, /* deleted, and nobody makes it again */
	HOME, /* in its namespace; if there is none, waiting for one */
	AWAY,
};

struct model_port {
	bool attached;
	bool persists;
	const char *type;
	json_int_t mtu;
	enum where where;
	int home; /* generation of the namespace it was taken from */
	char name[16]; /* of port and interface */
};

struct place {
	const char *ns;
	bool exists;
	int generation;
	struct model_port ports[N_KINDS];
};

static const char *const traffic_ports[] = { "left", "right" };
static const char *const traffic_addresses[] = { "192.0.2.1/24",
						 "192.0.2.2/24" };

struct world {
	struct daemon *d;
	struct client *c;
	struct place places[N_PLACES];
	const char *traffic[2]; /* namespaces, from left to right */
	const char *elsewhere;
	unsigned seed;
	pid_t pings[2];
	int n_fds, n_worker_fds, n_links; /* with none of the model's ports */
};

static unsigned pick(struct world *w, unsigned n)
{
	return (unsigned)rand_r(&w->seed) % n;
}

/* The model */

static const char *expected_state(const struct place *place,
				  const struct model_port *port)
{
	switch (port->where) {
	case NOWHERE:
		return "gone";
	case AWAY:
		return "moved";
	case HOME:
		return place->exists ? "up" : "waiting";
	}

	return "?";
}

static bool has_cable(const struct place *place, const struct model_port *port)
{
	return port->attached &&
	       (port->where == AWAY || (port->where == HOME && place->exists));
}

/* The namespace ends. What was taken away from it lives on. */
static void place_ends(struct place *place)
{
	place->exists = false;
	for (size_t i = 0; i < N_KINDS; i++) {
		struct model_port *port = &place->ports[i];

		if (port->attached && port->where == HOME && !port->persists)
			port->where = NOWHERE;
	}
}

static void place_begins(struct place *place)
{
	place->exists = true;
	place->generation++;
	for (size_t i = 0; i < N_KINDS; i++) {
		struct model_port *port = &place->ports[i];

		if (port->attached && port->where == AWAY && port->persists)
			port->where = HOME;
	}
}

/* What happens, in the model and in the world */

static void ask_to_attach(struct world *w, const struct place *place,
			  const struct model_port *port, bool may_exist)
{
	client_say(w->c,
		   "{'jsonrpc':'2.0','id':1,'method':'port.attach','params':"
		   "{'target':'%s','port':'%s','ifname':'%s','type':'%s',"
		   "'persist':%s,'may_exist':%s}}",
		   place->ns, port->name, port->name, port->type,
		   port->persists ? "true" : "false",
		   may_exist ? "true" : "false");
}

static void attach_or_detach(struct world *w, struct place *place,
			     struct model_port *port)
{
	if (port->attached && port->where != NOWHERE) {
		port->attached = false;
		assert_result(client_call(w->c, "port.detach", "{'port':'%s'}",
					  port->name));
		return;
	}

	ask_to_attach(w, place, port, false);
	if (!place->exists && !port->persists) {
		/* What was gone has made way all the same. */
		assert_null(at(client_read(w->c), "result"));
		port->attached = false;
		return;
	}
	assert_result(client_read(w->c));
	port->attached = true;
	port->where = HOME;
	port->mtu = MTU;
}

/* Return: what was done, or NULL if there was nothing to do */
static const char *take_away_or_back(struct world *w, struct place *place,
				     struct model_port *port)
{
	if (!place->exists || !port->attached)
		return NULL;

	if (port->where == HOME) {
		assert_int_equal(run("ip -n %s link set %s netns %s", place->ns,
				     port->name, w->elsewhere),
				 0);
		port->where = AWAY;
		port->home = place->generation;
		return "take an interface away";
	}
	if (port->where == AWAY && port->home == place->generation) {
		assert_int_equal(run("ip -n %s link set %s netns %s && "
				     "{ ip -n %s link set %s up 2>/dev/null || "
				     "true; }",
				     w->elsewhere, port->name, place->ns,
				     place->ns, port->name),
				 0);
		port->where = HOME;
		return "bring it back";
	}
	return NULL;
}

static const char *delete_interface(struct world *w, struct place *place,
				    struct model_port *port)
{
	if (!has_cable(place, port))
		return NULL;

	assert_int_equal(run("ip -n %s link del %s",
			     port->where == AWAY ? w->elsewhere : place->ns,
			     port->name),
			 0);
	port->where = port->persists ? HOME : NOWHERE;
	return "delete an interface";
}

static void clear_away(struct world *w)
{
	assert_result(client_call(w->c, "port.gc", "{}"));
	for (size_t i = 0; i < N_PLACES * N_KINDS; i++) {
		struct model_port *port =
			&w->places[i / N_KINDS].ports[i % N_KINDS];

		port->attached &= port->where != NOWHERE;
	}
}

/* As a script would that is run again: what is there stays as it is. */
static void declare_again(struct world *w)
{
	for (size_t i = 0; i < N_PLACES * N_KINDS; i++) {
		struct place *place = &w->places[i / N_KINDS];
		struct model_port *port = &place->ports[i % N_KINDS];
		const bool was_there = port->attached && port->where != NOWHERE;
		const json_t *reply;

		if (!port->persists)
			continue;
		ask_to_attach(w, place, port, true);
		reply = client_read(w->c);
		assert_result(reply);
		assert_int_equal(json_is_true(at(reply, "result.created")),
				 !was_there);
		if (!was_there) {
			port->where = HOME;
			port->mtu = MTU;
		}
		port->attached = true;
	}
}

static void write_line(FILE *file, const struct place *place,
		       const struct model_port *port)
{
	fprintf(file,
		"  %s: {attach: %s, ifname: %s, type: %s, persist: %s, "
		"mtu: %lld}\n",
		port->name, place->ns, port->name, port->type,
		port->persists ? "true" : "false", (long long)port->mtu);
}

/* Of what can be, half is wanted; what is away stays as it is. */
static void choose(struct world *w, FILE *file, const struct place *place,
		   struct model_port *port)
{
	const bool can_be = place->exists || port->persists;

	if (!can_be || !pick(w, 2)) {
		port->attached = false;
		return;
	}

	if (!port->attached || port->where != AWAY) {
		port->where = HOME;
		port->mtu = pick(w, 2) ? MTU : MTU - 100;
	}
	port->attached = true;
	write_line(file, place, port);
}

/* As who keeps a lab in a file does. */
static void apply_file(struct world *w)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "%s/lab.yaml", proto_rundir());
	file = fopen(path, "we");
	assert_non_null(file);
	fputs("ports:\n", file);
	for (size_t i = 0; i < ARRAY_SIZE(w->traffic); i++)
		fprintf(file, "  %s: {attach: %s, ip: %s}\n", traffic_ports[i],
			w->traffic[i], traffic_addresses[i]);
	for (size_t i = 0; i < N_PLACES * N_KINDS; i++) {
		struct place *place = &w->places[i / N_KINDS];

		choose(w, file, place, &place->ports[i % N_KINDS]);
	}
	assert_int_equal(fclose(file), 0);

	assert_int_equal(run("\"$VSWCTL\" --name %s apply --prune %s >&2",
			     w->d->name, path),
			 0);
	assert_int_equal(run("\"$VSWCTL\" --name %s diff --prune %s >&2",
			     w->d->name, path),
			 0);
	unlink(path);
}

/* Return: what was done, or NULL if there was nothing to do */
static const char *act(struct world *w)
{
	struct place *place = &w->places[pick(w, N_PLACES)];
	struct model_port *port = &place->ports[pick(w, N_KINDS)];

	switch (pick(w, 12)) {
	case 0:
	case 1:
		if (place->exists) {
			keep_del(place->ns);
			place_ends(place);
			return "delete";
		}
		keep_add(place->ns);
		place_begins(place);
		return "add";
	case 2:
	case 3:
		if (!place->exists)
			return NULL;
		place_ends(place);
		place_begins(place);
		assert_int_equal(run("ip netns del %s && ip netns add %s",
				     place->ns, place->ns),
				 0);
		return "restart";
	case 4:
	case 5:
		return take_away_or_back(w, place, port);
	case 6:
		return delete_interface(w, place, port);
	case 7:
		attach_or_detach(w, place, port);
		return "attach or detach";
	case 8:
		declare_again(w);
		return "declare again";
	case 9:
	case 10:
		apply_file(w);
		return "apply";
	default:
		clear_away(w);
		return "gc";
	}
}

/* Do they agree? */

static bool port_agrees(const struct place *place,
			const struct model_port *port, const json_t *row)
{
	const json_int_t received = number_at(row, "received.frames");

	assert_int_equal(received, number_at(row, "received.forwarded") +
					   number_at(row, "received.dropped"));
	return !strcmp(text_at(row, "state"), expected_state(place, port)) &&
	       number_at(row, "mtu") == port->mtu &&
	       !strcmp(text_at(row, "target"), place->ns);
}

/* Return: the rows of all ports, for the caller to release */
static json_t *list_ports(struct client *c)
{
	json_t *rows = json_array();
	char cursor[40] = "";
	const json_t *reply, *next;

	do {
		reply = client_call(c, "port.list", "{%s}", cursor);
		json_array_extend(rows, (json_t *)at(reply, "result.ports"));
		next = at(reply, "result.next");
		if (!json_is_null(next))
			snprintf(cursor, sizeof(cursor), "'cursor':%lld",
				 json_integer_value(next));
	} while (!json_is_null(next));

	return rows;
}

static const json_t *find_row(const json_t *rows, const char *name)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		if (!strcmp(text_at(row, "port"), name))
			return row;
	}

	return NULL;
}

static bool states_agree(struct world *w)
{
	json_t *rows = list_ports(w->c);
	size_t n = 2; /* those with the traffic */
	bool agree = true;

	for (size_t i = 0; i < N_PLACES * N_KINDS; i++) {
		const struct place *place = &w->places[i / N_KINDS];
		const struct model_port *port = &place->ports[i % N_KINDS];
		const json_t *row = find_row(rows, port->name);

		agree &= port->attached == (row != NULL) &&
			 (!row || port_agrees(place, port, row));
		n += port->attached;
	}

	agree &= json_array_size(rows) == n;
	json_decref(rows);
	return agree;
}

static bool interfaces_agree(const struct world *w)
{
	for (size_t i = 0; i < N_PLACES * N_KINDS; i++) {
		const struct place *place = &w->places[i / N_KINDS];
		const struct model_port *port = &place->ports[i % N_KINDS];
		const bool has = has_cable(place, port);

		if (place->exists && netns_has(place->ns, port->name) !=
					     (has && port->where == HOME))
			return false;
		if (netns_has(w->elsewhere, port->name) !=
		    (has && port->where == AWAY))
			return false;
	}

	return true;
}

static int count_names(void)
{
	DIR *dir = opendir("/run/netns");
	int n = -2; /* "." and ".." */

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static bool holds_no_more_than_it_should(const struct world *w)
{
	int n_fds = w->n_fds, n_veths = 0;
	int n_names = 4; /* traffic, room, away */

	for (size_t i = 0; i < N_PLACES * N_KINDS; i++) {
		const struct place *place = &w->places[i / N_KINDS];
		const struct model_port *port = &place->ports[i % N_KINDS];
		const bool has = has_cable(place, port);

		n_names += place->exists && i % N_KINDS == 0;
		if (!has)
			continue;
		/* A TAP's other one counts what it misses. */
		n_fds += strcmp(port->type, "veth") ? 2 : 1;
		n_veths += !strcmp(port->type, "veth");
	}

	return daemon_n_fds(w->d) == n_fds &&
	       daemon_worker_n_fds(w->d) == w->n_worker_fds &&
	       count_names() == n_names &&
	       netns_n_links(daemon_room(w->d) + strlen("/run/netns/")) ==
		       w->n_links + n_veths;
}

/* Traffic */

/* Frames for one station, and frames for all, from the first test to the last. */
static pid_t start_ping(const char *ns, const char *broadcast,
			const char *address)
{
	const pid_t pid = fork();

	if (pid)
		return pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	freopen("/dev/null", "w", stdout);
	freopen("/dev/null", "w", stderr);
	execlp("ip", "ip", "netns", "exec", ns, "ping", "-q", "-i", "0.005",
	       broadcast, address, NULL);
	_exit(127);
}

static void stop_ping(pid_t pid)
{
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it has lasted */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void world_begin(struct world *w, struct daemon *d)
{
	static const char *const names[] = { "a", "b", "c", "d" };

	*w = (struct world){ .d = d, .c = client_new(d) };
	w->elsewhere = netns_make("away");
	for (size_t i = 0; i < ARRAY_SIZE(w->traffic); i++) {
		char more[40];

		w->traffic[i] = netns_make(traffic_ports[i]);
		snprintf(more, sizeof(more), ",'ip':['%s']",
			 traffic_addresses[i]);
		keep_attach(w->c, w->traffic[i], traffic_ports[i], more);
	}
	w->pings[0] = start_ping(w->traffic[0], "-n", "192.0.2.2");
	w->pings[1] = start_ping(w->traffic[1], "-b", "192.0.2.255");
	for (size_t i = 0; i < N_PLACES; i++) {
		struct place *place = &w->places[i];

		place->ns = keep_name_only(names[i]);
		for (size_t j = 0; j < N_KINDS; j++) {
			struct model_port *port = &place->ports[j];

			port->persists = j < 2;
			port->type = j % 2 ? keep_tap_if_possible() : "veth";
			snprintf(port->name, sizeof(port->name), "%s%zu",
				 names[i], j);
		}
	}
	/* The client's own, and the folder that is watched from here on. */
	w->n_fds = daemon_n_fds(d);
	w->n_worker_fds = daemon_worker_n_fds(d);
	w->n_links = netns_n_links(daemon_room(d) + strlen("/run/netns/"));
	declare_again(w);
}

static unsigned number_from(const char *variable, unsigned otherwise)
{
	const char *text = getenv(variable);

	return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

/* For whoever reads why the test has failed. */
static void tell_states(struct world *w)
{
	json_t *rows = list_ports(w->c);

	for (size_t i = 0; i < N_PLACES * N_KINDS; i++) {
		const struct place *place = &w->places[i / N_KINDS];
		const struct model_port *port = &place->ports[i % N_KINDS];
		const json_t *row = find_row(rows, port->name);

		print_message("%s: %s, and should be %s\n", port->name,
			      row ? text_at(row, "state") : "absent",
			      port->attached ? expected_state(place, port)
					     : "absent");
		if (row && json_is_string(at(row, "next")))
			print_message("    %s: %s\n", text_at(row, "why"),
				      text_at(row, "next"));
		if (row && number_at(row, "mtu") != port->mtu)
			print_message("    MTU %lld, and should be %lld\n",
				      number_at(row, "mtu"), port->mtu);
	}
	json_decref(rows);
}

/* And what the worker is at: a kernel that is slow, or we? */
static void tell_worker(const struct world *w)
{
	const int pid = (int)daemon_worker(w->d);

	run("echo 'the worker:'; cat /proc/%d/stack /proc/%d/wchan; echo; "
	    "echo 'its queue:'; nsenter -t %d -n ss -xp | grep 'pid=%d,'",
	    pid, pid, pid, pid);
}

/* Everything there is to be seen, until it is as it should be. */
static void wait_for_agreement(struct world *w)
{
	const long began = now_ms();
	long told = began;

	while (!states_agree(w) || !interfaces_agree(w) ||
	       !holds_no_more_than_it_should(w)) {
		const long now = now_ms();

		if (now - told >= PATIENCE_MS / 2) {
			print_message("after %ld ms:\n", now - began);
			tell_states(w);
			tell_worker(w);
			told = now;
		}
		if (now - began >= PATIENCE_LONG_MS)
			fail_msg("no agreement within %d ms", PATIENCE_LONG_MS);
		pause_shortly();
	}
	if (now_ms() - began > LONG_MS)
		print_message("took %ld ms\n", now_ms() - began);
}

static void the_switch_agrees_with_the_model_after_each_round(void **state)
{
	const unsigned n_rounds = number_from("VSW_ROUNDS", ROUNDS);
	struct world w;
	json_int_t n_sent;
	long rss_kib = 0;

	if (run("command -v ping >/dev/null"))
		skip();

	world_begin(&w, *state);
	w.seed = number_from("VSW_SEED", SEED);
	print_message("%u rounds of seed %u\n", n_rounds, w.seed);
	wait_for_agreement(&w);
	for (unsigned i = 0; i < n_rounds; i++) {
		const char *what;

		while (!(what = act(&w)))
			; /* there is always something else to do */
		print_message("round %u: %s\n", i, what);
		wait_for_agreement(&w);
		if (i == n_rounds / 5)
			rss_kib = daemon_rss_kib(w.d);
	}

	n_sent = number_at(keep_show(w.c, "right"), "sent.frames");
	eventually(number_at(keep_show(w.c, "right"), "sent.frames") > n_sent);
	print_message("descriptors %d and %d, as at first; "
		      "memory %ld KiB after a fifth of the rounds, %ld now\n",
		      w.n_fds, w.n_worker_fds, rss_kib, daemon_rss_kib(w.d));
#ifndef __SANITIZE_ADDRESS__ /* which keeps what is freed for a while */
	assert_true(daemon_rss_kib(w.d) - rss_kib < RSS_GROWTH_MAX_KIB);
#endif
	stop_ping(w.pings[0]);
	stop_ping(w.pings[1]);
	client_free(w.c);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(the_switch_agrees_with_the_model_after_each_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
