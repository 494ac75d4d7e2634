/* SPDX-License-Identifier: MIT */
/*
 * test_comings.c - random comings and goings, against a model
 *
 * Namespaces are added, deleted and restarted; interfaces are deleted, taken
 * away and back; ports are attached and detached; labs are applied, each with
 * another choice of namespaces, ports, MTUs, addresses and stations; all under
 * traffic, of which nothing may be lost. After each round the switch has to
 * agree with a model that knows nothing of kernels and events, and to hold not
 * one descriptor, interface or namespace more than the model accounts for.
 *
 * environment: VSW_ROUNDS how many rounds (default 20), VSW_SEED which ones
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "comings_model.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "keep.h"
#include "macros.h"
#include "netns.h"
#include "pings.h"

enum {
	N_PLACES = 4,
	ROUNDS = 20,
	SEED = 1,
	PATIENCE_LONG_MS = 60000, /* what is deleted often is held back */
	LONG_MS = 2000,
	RSS_GROWTH_MAX_KIB = 3072, /* stations are all over a large table */
	RSS_GROWTH_WORKER_MAX_KIB = 512,
};

static const char *const traffic_ports[] = { "left", "right" };
static const char *const traffic_addresses[] = { "192.0.2.1/24",
						 "192.0.2.2/24" };

struct world {
	struct daemon *d;
	struct client *c;
	struct model_place places[N_PLACES];
	const char *traffic[2]; /* namespaces, from left to right */
	const char *elsewhere;
	unsigned seed;
	struct pings pings[2];
	int n_fds, n_worker_fds, n_links; /* with none of the model's ports */
};

static unsigned pick(struct world *w, unsigned n)
{
	return (unsigned)rand_r(&w->seed) % n;
}

/* What happens, in the model and in the world */

static void ask_to_attach(struct world *w, const struct model_place *place,
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

static void attach_or_detach(struct world *w, struct model_place *place,
			     struct model_port *port)
{
	if (port->attached && port->where != MODEL_NOWHERE) {
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
	model_port_begins(port);
}

/* Return: what was done, or NULL if there was nothing to do */
static const char *take_away_or_back(struct world *w, struct model_place *place,
				     struct model_port *port)
{
	if (!place->exists || !port->attached)
		return NULL;

	if (port->where == MODEL_HOME) {
		assert_int_equal(run("ip -n %s link set %s netns %s", place->ns,
				     port->name, w->elsewhere),
				 0);
		port->where = MODEL_AWAY;
		port->home = place->generation;
		return "take an interface away";
	}
	if (port->where == MODEL_AWAY && port->home == place->generation) {
		assert_int_equal(run("ip -n %s link set %s netns %s && "
				     "{ ip -n %s link set %s up 2>/dev/null || "
				     "true; }",
				     w->elsewhere, port->name, place->ns,
				     place->ns, port->name),
				 0);
		port->where = MODEL_HOME;
		return "bring it back";
	}
	return NULL;
}

static const char *delete_interface(struct world *w, struct model_place *place,
				    struct model_port *port)
{
	if (!model_has_cable(place, port))
		return NULL;

	assert_int_equal(
		run("ip -n %s link del %s",
		    port->where == MODEL_AWAY ? w->elsewhere : place->ns,
		    port->name),
		0);
	port->where = port->persists ? MODEL_HOME : MODEL_NOWHERE;
	return "delete an interface";
}

static void clear_away(struct world *w)
{
	assert_result(client_call(w->c, "port.gc", "{}"));
	for (size_t i = 0; i < N_PLACES * MODEL_N_PORTS; i++) {
		struct model_port *port =
			&w->places[i / MODEL_N_PORTS].ports[i % MODEL_N_PORTS];

		port->attached &= port->where != MODEL_NOWHERE;
	}
}

/* As a script would that is run again: what is there stays as it is. */
static void declare_again(struct world *w)
{
	for (size_t i = 0; i < N_PLACES * MODEL_N_PORTS; i++) {
		struct model_place *place = &w->places[i / MODEL_N_PORTS];
		struct model_port *port = &place->ports[i % MODEL_N_PORTS];
		const bool was_there =
			port->attached && port->where != MODEL_NOWHERE;
		const json_t *reply;

		if (!port->persists)
			continue;
		ask_to_attach(w, place, port, true);
		reply = client_read(w->c);
		assert_result(reply);
		assert_int_equal(json_is_true(at(reply, "result.created")),
				 !was_there);
		if (!was_there)
			model_port_begins(port);
	}
}

static void write_line(FILE *file, const struct model_place *place,
		       const struct model_port *port)
{
	fprintf(file,
		"  %s: {attach: %s, ifname: %s, type: %s, persist: %s, "
		"mtu: %lld, ip: [%s]}\n",
		port->name, place->ns, port->name, port->type,
		port->persists ? "true" : "false", (long long)port->mtu,
		port->has_address ? port->address : "");
}

/* Of what can be, half is wanted; what is away stays as it is. */
static void choose(struct world *w, FILE *file, const struct model_place *place,
		   bool place_will_exist, struct model_port *port)
{
	const bool can_be = place_will_exist || port->persists;

	if (!can_be || !pick(w, 2)) {
		port->attached = false;
		return;
	}

	if (!port->attached || port->where != MODEL_AWAY) {
		port->where = MODEL_HOME;
		port->mtu = pick(w, 2) ? MODEL_MTU : MODEL_MTU - 100;
		port->has_address = pick(w, 2);
	}
	port->attached = true;
	port->has_station = pick(w, 2);
	write_line(file, place, port);
}

static void choose_ports(struct world *w, FILE *file, struct model_place *place,
			 bool will_exist)
{
	for (size_t i = 0; i < MODEL_N_PORTS; i++)
		choose(w, file, place, will_exist, &place->ports[i]);
}

/* What the switch has made and the file does not list ends with it. */
static void choose_places(struct world *w, FILE *file)
{
	bool is_listed[N_PLACES];

	fputs("namespaces: [", file);
	for (size_t i = 0; i < N_PLACES; i++) {
		struct model_place *place = &w->places[i];

		is_listed[i] = pick(w, 2);
		if (!is_listed[i])
			continue;
		fprintf(file, "%s,", place->ns);
		if (!place->exists) {
			model_place_begins(place);
			place->made = true;
		}
	}

	fputs("]\nports:\n", file);
	for (size_t i = 0; i < ARRAY_SIZE(w->traffic); i++)
		fprintf(file, "  %s: {attach: %s, ip: %s}\n", traffic_ports[i],
			w->traffic[i], traffic_addresses[i]);
	for (size_t i = 0; i < N_PLACES; i++) {
		struct model_place *place = &w->places[i];
		const bool ends = place->made && !is_listed[i];

		choose_ports(w, file, place, place->exists && !ends);
		if (ends)
			model_place_ends(place);
	}
}

static void write_stations(const struct world *w, FILE *file)
{
	fputs("stations: [", file);
	for (size_t i = 0; i < N_PLACES * MODEL_N_PORTS; i++) {
		const struct model_port *port =
			&w->places[i / MODEL_N_PORTS].ports[i % MODEL_N_PORTS];

		if (port->attached && port->has_station)
			fprintf(file, "{mac: \"%s\", port: %s},", port->station,
				port->name);
	}
	fputs("]\n", file);
}

/* As who keeps a lab in a file does. */
static void apply_file(struct world *w)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "%s/lab.yaml", proto_rundir());
	file = fopen(path, "we");
	assert_non_null(file);
	choose_places(w, file);
	write_stations(w, file);
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
	struct model_place *place = &w->places[pick(w, N_PLACES)];
	struct model_port *port = &place->ports[pick(w, MODEL_N_PORTS)];

	switch (pick(w, 12)) {
	case 0:
	case 1:
		if (place->exists) {
			keep_del(place->ns);
			model_place_ends(place);
			return "delete";
		}
		keep_add(place->ns);
		model_place_begins(place);
		return "add";
	case 2:
	case 3:
		if (!place->exists)
			return NULL;
		model_place_ends(place);
		model_place_begins(place);
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

static bool port_agrees(const struct model_place *place,
			const struct model_port *port, const json_t *row)
{
	const json_int_t received = number_at(row, "received.frames");

	assert_int_equal(received, number_at(row, "received.forwarded") +
					   number_at(row, "received.dropped"));
	return !strcmp(text_at(row, "state"),
		       model_expected_state(place, port)) &&
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

static bool has_station(const json_t *rows, const struct model_port *port)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		if (!strcmp(text_at(row, "mac"), port->station))
			return !strcmp(text_at(row, "port"), port->name);
	}

	return false;
}

static bool states_agree(struct world *w)
{
	json_t *rows = list_ports(w->c);
	size_t n = 2; /* those with the traffic */
	bool agree = true;

	for (size_t i = 0; i < N_PLACES * MODEL_N_PORTS; i++) {
		const struct model_place *place = &w->places[i / MODEL_N_PORTS];
		const struct model_port *port =
			&place->ports[i % MODEL_N_PORTS];
		const json_t *row = find_row(rows, port->name);

		agree &= port->attached == (row != NULL) &&
			 (!row || port_agrees(place, port, row));
		n += port->attached;
	}

	agree &= json_array_size(rows) == n;
	json_decref(rows);
	return agree;
}

static bool stations_agree(struct world *w)
{
	const json_t *rows =
		at(client_call(w->c, "fdb.show", "{'type':'static'}"),
		   "result.stations");
	size_t n = 0;

	for (size_t i = 0; i < N_PLACES * MODEL_N_PORTS; i++) {
		const struct model_port *port =
			&w->places[i / MODEL_N_PORTS].ports[i % MODEL_N_PORTS];

		if (!port->attached || !port->has_station)
			continue;
		if (!has_station(rows, port))
			return false;
		n++;
	}

	return json_array_size(rows) == n;
}

/* What comes back by itself has its address again. */
static bool address_agrees(const struct model_place *place,
			   const struct model_port *port)
{
	return !port->persists ||
	       netns_has_address(place->ns, port->name, port->address) ==
		       port->has_address;
}

static bool interfaces_agree(const struct world *w)
{
	for (size_t i = 0; i < N_PLACES * MODEL_N_PORTS; i++) {
		const struct model_place *place = &w->places[i / MODEL_N_PORTS];
		const struct model_port *port =
			&place->ports[i % MODEL_N_PORTS];
		const bool has = model_has_cable(place, port);

		if (place->exists && netns_has(place->ns, port->name) !=
					     (has && port->where == MODEL_HOME))
			return false;
		if (place->exists && has && port->where == MODEL_HOME &&
		    !address_agrees(place, port))
			return false;
		if (netns_has(w->elsewhere, port->name) !=
		    (has && port->where == MODEL_AWAY))
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

	for (size_t i = 0; i < N_PLACES * MODEL_N_PORTS; i++) {
		const struct model_place *place = &w->places[i / MODEL_N_PORTS];
		const struct model_port *port =
			&place->ports[i % MODEL_N_PORTS];
		const bool has = model_has_cable(place, port);

		n_names += place->exists && i % MODEL_N_PORTS == 0;
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
	/* For one station, and for all, from the first round to the last. */
	pings_start(&w->pings[0], w->traffic[0], "-n", "192.0.2.2");
	pings_start(&w->pings[1], w->traffic[1], "-b", "192.0.2.255");
	for (size_t i = 0; i < N_PLACES; i++) {
		struct model_place *place = &w->places[i];

		place->ns = keep_name_only(names[i]);
		for (size_t j = 0; j < MODEL_N_PORTS; j++) {
			struct model_port *port = &place->ports[j];

			port->persists = j < 2;
			port->type = j % 2 ? keep_tap_if_possible() : "veth";
			snprintf(port->name, sizeof(port->name), "%s%zu",
				 names[i], j);
			snprintf(port->address, sizeof(port->address),
				 "10.%zu.%zu.1/24", i, j);
			snprintf(port->station, sizeof(port->station),
				 "02:00:00:00:%02zx:%02zx", i, j);
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

	for (size_t i = 0; i < N_PLACES * MODEL_N_PORTS; i++) {
		const struct model_place *place = &w->places[i / MODEL_N_PORTS];
		const struct model_port *port =
			&place->ports[i % MODEL_N_PORTS];
		const json_t *row = find_row(rows, port->name);

		print_message("%s: %s, and should be %s\n", port->name,
			      row ? text_at(row, "state") : "absent",
			      port->attached ? model_expected_state(place, port)
					     : "absent");
		if (row && json_is_string(at(row, "next")))
			print_message("    %s: %s\n", text_at(row, "why"),
				      text_at(row, "next"));
		if (row && number_at(row, "mtu") != port->mtu)
			print_message("    MTU %lld, and should be %lld\n",
				      number_at(row, "mtu"), port->mtu);
	}
	json_decref(rows);
	print_message("stations are %sas they should be, interfaces %s\n",
		      stations_agree(w) ? "" : "not ",
		      interfaces_agree(w) ? "too" : "are not");
	print_message("%d and %d descriptors, %d and %d without cables; "
		      "%d namespaces\n",
		      daemon_n_fds(w->d), daemon_worker_n_fds(w->d), w->n_fds,
		      w->n_worker_fds, count_names());
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

	while (!states_agree(w) || !stations_agree(w) || !interfaces_agree(w) ||
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

/* In KiB. */
struct memory {
	long daemon, worker;
};

static struct memory memory_now(const struct world *w)
{
	return (struct memory){
		.daemon = daemon_rss_kib(w->d),
		.worker = process_rss_kib(daemon_worker(w->d)),
	};
}

static void assert_memory_stays(const struct world *w,
				const struct memory *before)
{
	const struct memory now = memory_now(w);

	print_message("memory, after a fifth of the rounds and now: "
		      "daemon %ld KiB, %ld; worker %ld KiB, %ld\n",
		      before->daemon, now.daemon, before->worker, now.worker);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what is freed for a while */
	assert_true(now.daemon - before->daemon < RSS_GROWTH_MAX_KIB);
	assert_true(now.worker - before->worker < RSS_GROWTH_WORKER_MAX_KIB);
#endif
}

/* Whatever happened to others, these two lost nothing. */
static void world_end(struct world *w)
{
	const json_int_t n_sent =
		number_at(keep_show(w->c, "right"), "sent.frames");

	eventually(number_at(keep_show(w->c, "right"), "sent.frames") > n_sent);
	print_message("pings answered: %ld, all\n", pings_stop(&w->pings[0]));
	assert_int_equal(pings_stop(&w->pings[1]), 0); /* as Linux does */
	client_free(w->c);
}

static void the_switch_agrees_with_the_model_after_each_round(void **state)
{
	const unsigned n_rounds = number_from("VSW_ROUNDS", ROUNDS);
	struct world w;
	struct memory memory = { 0 };

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
			memory = memory_now(&w);
	}

	print_message("descriptors %d and %d, as at first\n", w.n_fds,
		      w.n_worker_fds);
	assert_memory_stays(&w, &memory);
	world_end(&w);
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
