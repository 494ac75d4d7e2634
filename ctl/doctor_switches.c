/* SPDX-License-Identifier: MIT */
/* doctor_switches.c - what running switches say about their ports */

#include "doctor.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "client.h"
#include "deadline.h"
#include "rundir.h"
#include "value.h"
#include "version.h"

enum {
	MOVES_MANY = 10, /* of a station: more than a machine that was moved */
};

/* Ask what the checks below need. */
static enum status ask(struct client *client, json_t **ret_list,
		       json_t **ret_fdb, struct problem *problem)
{
	json_t *nothing = json_object();
	enum status status = client_call_pages(client, "port.list", nothing,
					       ret_list, problem);

	if (status == STATUS_DONE)
		status = client_call_pages(client, "fdb.show", nothing, ret_fdb,
					   problem);
	json_decref(nothing);
	return status;
}

static void take_switch(struct doctor *doctor, const char *name,
			const json_t *hello, json_t *list, json_t *fdb)
{
	const char *version = value_text(hello, "version");

	json_array_append_new(doctor->switches,
			      json_pack("{s:O, s:O, s:O}", "hello", hello,
					"list", list, "fdb", fdb));
	if (strcmp(version, VSW_VERSION) != 0)
		doctor_say(doctor, DOCTOR_WARNING,
			   doctor_fix("kill %llu; vswd --name %s",
				      (unsigned long long)value_number(hello,
								       "pid"),
				      name)
				   .s,
			   "%s runs vswd %s, while this is vswctl %s", name,
			   version, VSW_VERSION);
	else
		doctor_say(doctor, DOCTOR_OK, NULL,
			   "%s runs, as process %llu, with %s port%s", name,
			   (unsigned long long)value_number(hello, "pid"),
			   value_count(list, "count").s,
			   value_plural(value_number(list, "count")));
}

static void say_silent(struct doctor *doctor, const char *name,
		       const struct problem *problem)
{
	doctor_say(doctor, DOCTOR_PROBLEM,
		   doctor_fix("kill -ABRT $(cat %s/%s.lock); vswd --name %s",
			      doctor_quote(rundir()).s, name, name)
			   .s,
		   "%s: %s", name, problem->err.msg);
}

/* Return: whether a switch of that name runs, well or not */
static bool visit(struct doctor *doctor, const char *name)
{
	const mtime_t deadline = deadline_in(doctor->timeout);
	struct problem problem = { .status = STATUS_DONE };
	json_t *list = NULL, *fdb = NULL;
	struct client *client = NULL;
	char path[PATH_MAX];
	enum status status;
	int fd;

	rundir_path(path, sizeof(path), name, "sock");
	fd = client_connect(path, deadline, &problem.err);
	if (fd == -ENOENT || fd == -ECONNREFUSED || fd == -ENOTDIR)
		return false;

	json_object_set_new(doctor->running, name, json_true());
	if (fd == -EACCES) {
		doctor_say(doctor, DOCTOR_WARNING, "sudo vswctl doctor",
			   "%s cannot be asked: its socket is for root and the "
			   "group vsw",
			   name);
		return true;
	}

	status = fd < 0 ? STATUS_FAILED
			: client_open(fd, deadline, &client, &problem);
	if (status == STATUS_DONE)
		status = ask(client, &list, &fdb, &problem);
	if (status == STATUS_DONE)
		take_switch(doctor, name, client_hello(client), list, fdb);
	else
		say_silent(doctor, name, &problem);
	json_decref(list);
	json_decref(fdb);
	client_close(client);
	return true;
}

/**
 * doctor_switches() - Ask the switches that run
 * @doctor:	Doctor, who keeps the answers for other checks
 */
void doctor_switches(struct doctor *doctor)
{
	char name[NAME_SWITCH_SIZE];
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	if (doctor->only) {
		if (!visit(doctor, doctor->only))
			doctor_say(doctor, DOCTOR_PROBLEM,
				   doctor_fix("vswd --name %s", doctor->only).s,
				   "no switch named %s is running",
				   doctor->only);
		return;
	}

	dir = opendir(rundir());
	while (dir && (entry = readdir(dir)))
		n += rundir_switch_of(entry->d_name, "sock", name) &&
		     visit(doctor, name);
	if (dir)
		closedir(dir);
	if (!n)
		doctor_say(doctor, DOCTOR_OK, NULL, "no switch is running");
}

/* "ip -n web": how to do something where a port's interface is */
static struct doctor_fix ip_at(const json_t *port)
{
	const char *target = value_text(port, "target");

	if (!strcmp(target, "host"))
		return doctor_fix("ip");
	if (!strncmp(target, "pid:", 4))
		return doctor_fix("nsenter --net=/proc/%s/ns/net ip",
				  doctor_quote(target + 4).s);
	if (strchr(target, '/'))
		return doctor_fix("nsenter --net=%s ip",
				  doctor_quote(target).s);
	return doctor_fix("ip -n %s", doctor_quote(target).s);
}

/* Is this a name that a namespace can be made under, and there is none? */
static bool is_free_name(const char *target)
{
	char path[PATH_MAX];

	if (strpbrk(target, "/:") || !strcmp(target, "host"))
		return false;
	snprintf(path, sizeof(path), "/run/netns/%s", target);
	return access(path, F_OK) < 0 && errno == ENOENT;
}

/* What is elsewhere, or yet to be made, has nothing that could be set. */
static bool has_interface(const json_t *port)
{
	const char *state = value_text(port, "state");

	return !strcmp(state, "up") || !strcmp(state, "down");
}

static struct doctor_fix fix_state(const char *sw, const json_t *port)
{
	const char *state = value_text(port, "state");
	const char *name = value_text(port, "port");
	const char *target = value_text(port, "target");

	if (!strcmp(state, "down"))
		return doctor_fix("%s link set %s up", ip_at(port).s,
				  doctor_quote(value_text(port, "ifname")).s);
	if (!strcmp(state, "gone") || !strcmp(state, "moved"))
		return doctor_fix("vswctl --name %s detach %s", sw,
				  doctor_quote(name).s);
	if (!strcmp(state, "waiting") && is_free_name(target))
		return doctor_fix("ip netns add %s", doctor_quote(target).s);
	return doctor_fix("vswctl --name %s show-port %s", sw,
			  doctor_quote(name).s);
}

/* Of what may be said of 16,384 ports, a few, and then how many more. */
static bool is_one_too_many(size_t *n)
{
	return ++*n > DOCTOR_MANY;
}

static void say_more(struct doctor *doctor, const char *sw, size_t n)
{
	if (n > DOCTOR_MANY)
		doctor_say(doctor, DOCTOR_WARNING,
			   doctor_fix("vswctl --name %s show-ports", sw).s,
			   "%s: the same of %zu more", sw, n - DOCTOR_MANY);
}

/**
 * doctor_ports() - Is every port up?
 * @doctor:	Doctor
 */
void doctor_ports(struct doctor *doctor)
{
	const json_t *sw, *port;
	size_t i, j;

	json_array_foreach(doctor->switches, i, sw)
	{
		const char *name = value_text(sw, "hello.switch");
		size_t n = 0;

		json_array_foreach(value_get(sw, "list.ports"), j, port)
		{
			const char *state = value_text(port, "state");
			const bool failed = !strcmp(state, "failed");

			if (!strcmp(state, "up") || is_one_too_many(&n))
				continue;
			doctor_say(doctor, DOCTOR_WARNING,
				   fix_state(name, port).s,
				   "%s: port %s is %s%s%s", name,
				   value_text(port, "port"), state,
				   failed ? ": " : "",
				   failed ? value_text(port, "why") : "");
		}
		if (!n)
			doctor_say(doctor, DOCTOR_OK, NULL,
				   "%s: every port is up", name);
		say_more(doctor, name, n);
	}
}

/* Return: the MTU that most ports have */
static uint64_t usual_mtu(const json_t *ports)
{
	static const unsigned max = 65536;
	uint64_t best = 0;
	unsigned *n = calloc(max, sizeof(*n));
	const json_t *port;
	size_t i;

	json_array_foreach(ports, i, port)
	{
		const uint64_t mtu = value_number(port, "mtu");

		if (!n || !mtu || mtu >= max || !has_interface(port))
			continue;
		n[mtu]++;
		if (n[mtu] > n[best])
			best = mtu;
	}
	free(n);
	return best;
}

/**
 * doctor_mtus() - Do the ports of a switch agree on an MTU?
 * @doctor:	Doctor
 *
 * A switch cannot fragment, so a frame longer than the MTU where it should
 * leave is dropped.
 */
void doctor_mtus(struct doctor *doctor)
{
	const json_t *sw, *port;
	size_t i, j;

	json_array_foreach(doctor->switches, i, sw)
	{
		const char *name = value_text(sw, "hello.switch");
		const json_t *ports = value_get(sw, "list.ports");
		const uint64_t usual = usual_mtu(ports);
		size_t n = 0;

		json_array_foreach(ports, j, port)
		{
			const uint64_t mtu = value_number(port, "mtu");

			if (!mtu || mtu == usual || !has_interface(port) ||
			    is_one_too_many(&n))
				continue;
			doctor_say(
				doctor, DOCTOR_WARNING,
				doctor_fix(
					"%s link set %s mtu %llu",
					ip_at(port).s,
					doctor_quote(value_text(port, "ifname"))
						.s,
					(unsigned long long)usual)
					.s,
				"%s: port %s has an MTU of %llu, others %llu, "
				"so longer frames %s it are dropped",
				name, value_text(port, "port"),
				(unsigned long long)mtu,
				(unsigned long long)usual,
				mtu > usual ? "from" : "to");
		}
		if (!n)
			doctor_say(doctor, DOCTOR_OK, NULL,
				   "%s: all ports have the same MTU", name);
		say_more(doctor, name, n);
	}
}

static struct doctor_fix fix_mac(const json_t *port)
{
	uint8_t r[5];

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		memset(r, 0, sizeof(r));
	return doctor_fix("%s link set %s address 02:%02x:%02x:%02x:%02x:%02x",
			  ip_at(port).s,
			  doctor_quote(value_text(port, "ifname")).s, r[0],
			  r[1], r[2], r[3], r[4]);
}

/**
 * doctor_macs() - Has every interface an address of its own?
 * @doctor:	Doctor
 */
void doctor_macs(struct doctor *doctor)
{
	const json_t *sw, *port;
	size_t i, j;

	json_array_foreach(doctor->switches, i, sw)
	{
		const char *name = value_text(sw, "hello.switch");
		json_t *seen = json_object(); /* MAC to port */
		size_t n = 0;

		json_array_foreach(value_get(sw, "list.ports"), j, port)
		{
			const char *mac = value_text(port, "mac");
			const char *own = value_text(port, "port");
			const char *other =
				json_string_value(json_object_get(seen, mac));

			if (!has_interface(port))
				continue;
			if (other && !is_one_too_many(&n))
				doctor_say(doctor, DOCTOR_PROBLEM,
					   fix_mac(port).s,
					   "%s: ports %s and %s have the same "
					   "address, %s, so frames reach one "
					   "or the other",
					   name, other, own, mac);
			else if (!other && strcmp(mac, "-") != 0)
				json_object_set_new(seen, mac,
						    json_string(own));
		}
		json_decref(seen);
		if (!n)
			doctor_say(doctor, DOCTOR_OK, NULL,
				   "%s: every interface has an address of its "
				   "own",
				   name);
		say_more(doctor, name, n);
	}
}

/**
 * doctor_stations() - Do stations stay where they are?
 * @doctor:	Doctor
 */
void doctor_stations(struct doctor *doctor)
{
	const json_t *sw, *station;
	size_t i, j;

	json_array_foreach(doctor->switches, i, sw)
	{
		const char *name = value_text(sw, "hello.switch");
		size_t n = 0;

		json_array_foreach(value_get(sw, "fdb.stations"), j, station)
		{
			const char *mac = value_text(station, "mac");

			if (value_number(station, "moves") < MOVES_MANY ||
			    is_one_too_many(&n))
				continue;
			doctor_say(doctor, DOCTOR_WARNING,
				   doctor_fix("vswctl --name %s show-fdb "
					      "mac=%s",
					      name, doctor_quote(mac).s)
					   .s,
				   "%s: station %s has moved %s times, now to "
				   "port %s: there is a loop, or somebody else "
				   "has its address",
				   name, mac, value_count(station, "moves").s,
				   value_text(station, "port"));
		}
		if (!n)
			doctor_say(doctor, DOCTOR_OK, NULL,
				   "%s: stations stay where they are", name);
		say_more(doctor, name, n);
	}
}
