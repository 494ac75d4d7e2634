/* SPDX-License-Identifier: MIT */
/*
 * test_labs.c - a switch made into a lab: all of it, or nothing
 *
 * A step that fails, nobody who confirms, a client that goes, a worker that
 * dies: afterwards the switch is what it was, or what was wanted.
 */

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "jsonrpc.h"
#include "lab_client.h"
#include "macros.h"
#include "netns.h"

enum {
	FAILED = JSONRPC_CODE_FAILED,
	INVALID = JSONRPC_CODE_INVALID,
	LAB_SIZE = 8192,
	N_ROUNDS = 12,
	N_NAMESPACES = 4,
	N_HELD = 64,
};

static bool exists(const char *ns)
{
	char path[80];

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	return access(path, F_OK) == 0;
}

/* Namespaces the daemon makes have names of ours, too. */
static const char *own_name(int i)
{
	static char names[N_NAMESPACES][40];

	snprintf(names[i], sizeof(names[i]), "vswp-%d-lab%d", proto_owner(), i);
	return names[i];
}

static void forget_namespaces(void)
{
	for (int i = 0; i < N_NAMESPACES; i++)
		netns_del(own_name(i));
}

static void a_lab_is_made_and_made_once(void **state)
{
	struct client *c = client_new(*state);
	const char *web = own_name(0), *db = own_name(1);
	char lab[LAB_SIZE];
	const json_t *reply;

	snprintf(lab, sizeof(lab),
		 "{'switch':{'ageing':'60s'},'namespaces':['%s','%s'],'ports':{"
		 "'web':{'attach':'netns:%s','ip':['10.0.0.1/24'],"
		 "'gateway':['10.0.0.254']},'db':{'attach':'%s','mtu':9000}},"
		 "'stations':[{'mac':'02:00:00:00:00:aa','port':'web'}]}",
		 web, db, web, db);
	reply = lab_apply(c, lab, ",'dry_run':true");
	assert_result(reply);
	assert_int_equal(number_at(reply, "result.changes"), 6);
	assert_false(exists(web));

	reply = lab_apply(c, lab, "");
	assert_result(reply);
	assert_int_equal(number_at(reply, "result.changes"), 6);
	assert_true(netns_has(web, "eth0"));
	assert_true(netns_has(db, "eth0"));
	reply = client_call(c, "fdb.show", "{'type':'static'}");
	assert_string_equal(text_at(reply, "result.stations.0.port"), "web");
	assert_int_equal(number_at(reply, "result.fdb.ageing_ms"), 60000);

	reply = lab_apply(c, lab, "");
	assert_result(reply);
	assert_int_equal(number_at(reply, "result.changes"), 0);
	reply = lab_apply(c, "{}", ",'prune':true");
	assert_int_equal(number_at(reply, "result.changes"), 5);
	assert_false(exists(web));
	assert_false(exists(db));
	client_free(c);
}

static void wrong_labs_change_nothing(void **state)
{
	static const struct {
		const char *lab, *message;
	} cases[] = {
		{ "[]", "lab: must be an object, not an array" },
		{ "{'prots':{}}", "unknown key 'prots', did you mean 'ports'" },
		{ "{'switch':{'name':'other'}}", "is for switch 'other'" },
		{ "{'ports':{'a':{'attach':'x','mtu':7}}}", "ports.a: mtu: 7" },
		{ "{'namespaces':['x','x']}", "'x' is there twice" },
	};
	struct client *c = client_new(*state);
	char *before = lab_show(c);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_refused(lab_apply(c, cases[i].lab, ""), INVALID,
			       "invalid", cases[i].message, NULL);
		lab_assert_is(c, before);
	}
	assert_refused(client_call(c, "lab.apply", "{}"), INVALID, "invalid",
		       "'lab' is missing", "a lab, or");
	assert_refused(lab_apply(c, "{}", ",'confirm':'1h'"), INVALID,
		       "invalid", "confirm: must be a number", NULL);
	assert_refused(lab_apply(c, "{}", ",'confirm':0"), INVALID, "invalid",
		       "longer than 0", NULL);
	free(before);
	client_free(c);
}

static const json_t *pass(struct client *c, int fd)
{
	client_pass(c, fd,
		    "{'jsonrpc':'2.0','id':1,'method':'lab.apply',"
		    "'params':{'dry_run':true}}");
	close(fd);
	return client_read(c);
}

static int memory_with(const char *text, size_t size)
{
	const int fd = memfd_create("lab", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

/* And nothing that could keep the loop waiting. */
static void a_large_lab_comes_in_memory(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const int n_fds = daemon_n_fds(d);
	json_t *ports = json_object(), *lab;
	char name[16], *text;
	int fds[2];
	const json_t *reply;

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		json_object_set_new(ports, name,
				    json_pack("{s:o}", "attach",
					      json_sprintf("netns:lab%d", i)));
	}
	lab = json_pack("{s:o}", "ports", ports);
	text = json_dumps(lab, 0);
	assert_true(strlen(text) > JSONRPC_LINE_MAX);
	reply = pass(c, memory_with(text, strlen(text)));
	assert_result(reply);
	assert_int_equal(number_at(reply, "result.changes"), 2000);
	free(text);
	json_decref(lab);

	assert_refused(pass(c, memory_with("{", 1)), INVALID, "invalid",
		       "the lab is not JSON", NULL);
	assert_refused(pass(c, memory_with("{}", 5 << 20)), INVALID, "invalid",
		       "larger than 4 MiB", NULL);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_refused(pass(c, fds[0]), INVALID, "invalid", "memfd", NULL);
	close(fds[1]);
	assert_int_equal(daemon_n_fds(d), n_fds);
	client_free(c);
}

static void a_step_that_fails_undoes_the_others(void **state)
{
	struct client *c = client_new(*state);
	const char *web = netns_make("web"), *db = netns_make("db");
	const char *new = own_name(0);
	char lab[LAB_SIZE], wanted[64], *before;
	const json_t *reply;

	/* Another's interface, of a name that we are going to want. */
	assert_int_equal(
		run("ip -n %s link add eth7 type veth peer name x7", db), 0);
	snprintf(lab, sizeof(lab),
		 "{'ports':{'web':{'attach':'%s','ip':['10.0.0.1/24'],"
		 "'gateway':['10.0.0.9']},'old':{'attach':'%s',"
		 "'ifname':'old'}},"
		 "'stations':[{'mac':'02:00:00:00:00:01','port':'old'}]}",
		 web, web);
	assert_result(lab_apply(c, lab, ""));
	before = lab_show(c);

	/* All kinds of steps come before the one that cannot be done. */
	snprintf(lab, sizeof(lab),
		 "{'namespaces':['%s'],'switch':{'ageing':'77s'},'ports':{"
		 "'new':{'attach':'%s'},'db':{'attach':'%s','ifname':'eth7',"
		 "'persist':false},"
		 "'web':{'attach':'%s','ip':['10.0.0.2/24'],'mtu':4000}},"
		 "'stations':[{'mac':'02:00:00:00:00:02','port':'new'}]}",
		 new, new, db, web);
	reply = lab_apply(c, lab, ",'prune':true");
	snprintf(wanted, sizeof(wanted), "port db: namespace %s", db);
	assert_refused(reply, FAILED, "failed", wanted, "ifname");
	assert_non_null(strstr(text_at(reply, "error.message"),
			       "what was done before is undone"));

	lab_assert_is(c, before);
	assert_false(exists(new));
	assert_true(netns_has(web, "eth0"));
	assert_true(netns_has(web, "old"));
	assert_int_equal(run("ip -n %s -4 -brief addr show eth0 | "
			     "grep -q ' 10.0.0.1/24 *$'",
			     web),
			 0);
	assert_int_equal(run("ip -n %s route | grep -q 'via 10.0.0.9 '", web),
			 0);
	free(before);
	client_free(c);
}

static void what_nobody_confirms_is_undone(void **state)
{
	struct client *c = client_new(*state), *other = client_new(*state);
	const char *ns = own_name(0);
	char lab[LAB_SIZE], *before = lab_show(c);

	snprintf(lab, sizeof(lab),
		 "{'namespaces':['%s'],'switch':{'ageing':'77s'},"
		 "'ports':{'a':{'attach':'%s'}}}",
		 ns, ns);
	assert_result(lab_apply(c, lab, ",'confirm':50"));
	client_free(
		c); /* whoever asked may be cut off: that is what it's for */
	eventually(lab_is(other, before));
	eventually(!exists(ns));
	assert_refused(client_call(other, "lab.confirm", "{}"), FAILED,
		       "not-found", "no lab waits", NULL);
	free(before);
	client_free(other);
}

static void what_is_confirmed_stays(void **state)
{
	struct client *c = client_new(*state);
	const char *ns = netns_make("web");
	char lab[LAB_SIZE], *before = lab_show(c), *after;
	const json_t *reply;

	snprintf(lab, sizeof(lab), "{'ports':{'a':{'attach':'%s'}}}", ns);
	assert_result(lab_apply(c, lab, ",'confirm':3600000"));
	after = lab_show(c);
	assert_refused(lab_apply(c, "{}", ""), FAILED, "busy",
		       "not confirmed yet", "vswctl confirm");
	reply = client_call(c, "lab.confirm", "{'abort':true}");
	assert_result(reply);
	assert_true(json_is_false(at(reply, "result.kept")));
	lab_assert_is(c, before);
	assert_false(netns_has(ns, "eth0"));

	assert_result(lab_apply(c, lab, ",'confirm':3600000"));
	reply = client_call(c, "lab.confirm", "{}");
	assert_result(reply);
	assert_true(json_is_true(at(reply, "result.kept")));
	lab_assert_is(c, after);
	/* Nothing was changed, so nothing waits. */
	assert_result(lab_apply(c, lab, ",'confirm':3600000"));
	assert_refused(client_call(c, "lab.confirm", "{}"), FAILED, "not-found",
		       "no lab waits", NULL);
	free(before);
	free(after);
	client_free(c);
}

static void one_lab_is_applied_at_a_time(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d), *other = client_new(d);
	const char *ns = netns_make("web");
	const pid_t worker = daemon_worker(d);

	process_halt(worker);
	client_say(c,
		   "{'jsonrpc':'2.0','id':1,'method':'lab.apply','params':"
		   "{'lab':{'ports':{'a':{'attach':'%s'}}}}}",
		   ns);
	/* When that is answered, the lab, which was sent before, is under way. */
	assert_result(client_call(other, "switch.show", "{}"));
	assert_refused(lab_apply(other, "{}", ""), FAILED, "busy", "just being",
		       NULL);
	assert_result(lab_apply(other, "{}", ",'dry_run':true"));
	client_free(c); /* and its lab is made all the same */
	kill(worker, SIGCONT);
	eventually(netns_has(ns, "eth0"));
	eventually(!json_object_get(lab_apply(other, "{}", ""), "error"));
	client_free(other);
}

static void a_worker_that_dies_is_told_of(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = netns_make("web");
	const pid_t worker = daemon_worker(d);

	process_halt(worker);
	client_say(c,
		   "{'jsonrpc':'2.0','id':1,'method':'lab.apply','params':"
		   "{'lab':{'ports':{'a':{'attach':'%s'},"
		   "'b':{'attach':'%s','ifname':'b'}}}}}",
		   ns, ns);
	kill(worker, SIGKILL);
	assert_refused(client_read(c), FAILED, "failed", "has died",
		       "frames are still forwarded");
	assert_result(client_call(c, "switch.show", "{}"));
	client_free(c);
}

/* Chance of our own, the same everywhere: a seed is worth noting. */
static unsigned next_random(unsigned long long *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(*seed >> 33);
}

static json_t *random_port(unsigned long long *seed, int i)
{
	static const char *const types[] = { "veth", "tap" };
	const bool tap = !access("/dev/net/tun", F_OK);
	json_t *port = json_pack(
		"{s:s, s:o, s:s, s:[o], s:i, s:b}", "attach",
		own_name((int)(next_random(seed) % N_NAMESPACES)), "ifname",
		json_sprintf("if%d", i), "type",
		types[tap ? next_random(seed) % 2 : 0], "ip",
		json_sprintf("10.%d.0.%d/24", i, next_random(seed) % 3 + 1),
		"mtu", (int)(1300 + 100 * (next_random(seed) % 3)), "persist",
		(int)(next_random(seed) % 2));

	if (next_random(seed) % 3 == 0)
		json_object_set_new(port, "mac",
				    json_sprintf("02:00:00:00:%02x:%02x", i,
						 next_random(seed) % 2));
	if (next_random(seed) % 2)
		json_array_append_new(json_object_get(port, "ip"),
				      json_sprintf("fd00:%d::%d/64", i,
						   next_random(seed) % 3 + 1));
	if (i == 0 && next_random(seed) % 2) /* a namespace has but one */
		json_object_set_new(port, "gateway",
				    json_pack("[s]", "10.0.0.254"));
	if (i == 1 && next_random(seed) % 2)
		json_object_set_new(port, "attach", json_string("host"));
	return port;
}

static char *random_lab(unsigned long long *seed)
{
	json_t *ports = json_object(), *stations = json_array(), *lab;
	json_t *namespaces = json_array();
	char name[16], *text;

	for (int i = 0; i < N_NAMESPACES; i++)
		json_array_append_new(namespaces, json_string(own_name(i)));
	for (int i = 0; i < 6; i++) {
		if (next_random(seed) % 3 == 0)
			continue;
		snprintf(name, sizeof(name), "p%d", i);
		json_object_set_new(ports, name, random_port(seed, i));
		if (next_random(seed) % 2)
			json_array_append_new(
				stations,
				json_pack(
					"{s:o, s:s}", "mac",
					json_sprintf("02:00:00:00:09:%02x", i),
					"port", name));
	}
	lab = json_pack("{s:{s:o}, s:o, s:o, s:o}", "switch", "ageing",
			json_sprintf("%us", 10 + next_random(seed) % 1000),
			"namespaces", namespaces, "ports", ports, "stations",
			stations);
	text = json_dumps(lab, JSON_COMPACT);
	json_decref(lab);
	for (char *p = text; *p; p++) {
		if (*p == '"')
			*p = '\'';
	}
	return text;
}

/* From any lab to any other; and what was saved is what there is. */
static void what_is_saved_is_what_there_is(void **state)
{
	const char *seed_text = getenv("SEED");
	unsigned long long seed =
		seed_text ? strtoull(seed_text, NULL, 0) : 20261122;
	struct client *c = client_new(*state);

	print_message("SEED=%llu\n", seed);
	for (int i = 0; i < N_ROUNDS; i++) {
		char *lab = random_lab(&seed), *saved;
		const json_t *reply = lab_apply(c, lab, ",'prune':true");

		if (!json_object_get(reply, "result"))
			fail_msg("%s: %s", lab,
				 text_at(reply, "error.message"));
		reply = lab_apply(c, lab, ",'prune':true");
		assert_int_equal(number_at(reply, "result.changes"), 0);

		saved = lab_show(c);
		for (char *p = saved; *p; p++) {
			if (*p == '"')
				*p = '\'';
		}
		reply = lab_apply(c, saved, ",'prune':true");
		assert_result(reply);
		assert_int_equal(number_at(reply, "result.changes"), 0);
		free(saved);
		free(lab);
	}
	client_free(c);
	forget_namespaces();
}

/* It knows of namespaces by what was written down. */
static void let_successor_stop(struct daemon *d)
{
	struct client *c;

	daemon_start(d, "", NULL);
	c = client_new(d);
	assert_result(client_call(c, "switch.stop", "{}"));
	client_expect_closed(c);
	client_free(c);
	assert_int_equal(daemon_wait(d), 0);
}

static void stopping_removes_the_namespaces_it_made(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *theirs = netns_make("web"), *ours = own_name(0);
	const char *taken = own_name(1);
	char lab[LAB_SIZE];

	snprintf(lab, sizeof(lab),
		 "{'namespaces':['%s','%s','%s'],"
		 "'ports':{'a':{'attach':'%s'},'b':{'attach':'%s'}}}",
		 theirs, ours, taken, theirs, ours);
	assert_result(lab_apply(c, lab, ""));
	/* One of them is somebody else's by now, for all its name. */
	assert_int_equal(
		run("ip netns del %s && ip netns add %s", taken, taken), 0);
	client_free(c);

	daemon_kill(d);
	assert_true(exists(ours));
	let_successor_stop(d);
	assert_false(exists(ours));
	assert_true(exists(theirs));
	assert_true(exists(taken));
	assert_int_equal(run("test ! -e %s/%s.made", proto_rundir(), d->name),
			 0);
	forget_namespaces();
	daemon_start(d, "", NULL);
}

static ino_t inode_of(const char *ns)
{
	char path[80];
	struct stat st;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

/*
 * The kernel gives the lowest number that nobody has. So hold those below the
 * wanted one: others, who make namespaces too, leave some.
 */
static bool make_with_number(const char *ns, ino_t wanted)
{
	const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int held[N_HELD], n = 0;
	struct stat st;

	do {
		assert_int_equal(unshare(CLONE_NEWNET), 0);
		held[n] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		assert_int_equal(fstat(held[n], &st), 0);
		n++;
	} while (st.st_ino < wanted && n < N_HELD);
	if (st.st_ino == wanted)
		assert_int_equal(run("ip netns attach %s %d", ns, getpid()), 0);

	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
	while (n)
		close(held[--n]);
	return st.st_ino == wanted;
}

static void a_namespace_with_the_number_of_ours_is_not_ours(void **state)
{
	struct daemon *d = *state;
	struct client *c = client_new(d);
	const char *ns = own_name(0);
	const long deadline = now_ms() + PATIENCE_MS;
	char lab[LAB_SIZE];
	ino_t ours;

	snprintf(lab, sizeof(lab), "{'namespaces':['%s']}", ns);
	assert_result(lab_apply(c, lab, ""));
	ours = inode_of(ns);
	assert_int_equal(run("ip netns del %s", ns), 0);
	while (!make_with_number(ns, ours)) {
		if (now_ms() >= deadline) { /* this kernel does not */
			client_free(c);
			skip();
		}
		pause_shortly(); /* its number is given back some time later */
	}

	assert_result(lab_apply(c, "{}", ",'prune':true"));
	assert_true(exists(ns));
	client_free(c);
	daemon_kill(d);
	let_successor_stop(d);
	assert_true(exists(ns));
	forget_namespaces();
	daemon_start(d, "", NULL);
}

/* vswd --config */

static const char *config_path(void)
{
	static char path[80];

	snprintf(path, sizeof(path), "%s/lab.yaml", proto_rundir());
	return path;
}

static void write_config(const char *text)
{
	FILE *file = fopen(config_path(), "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int count(const char *text, const char *what)
{
	int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void a_file_is_applied_at_start_and_on_sighup(void **state)
{
	const struct daemon_start how = { .args = { "--config",
						    config_path() } };
	struct daemon *d = *state;
	const char *web = netns_make("web"), *db = netns_make("db");
	char text[LAB_SIZE], *before;
	struct client *c;

	daemon_stop(d);
	snprintf(text, sizeof(text), "ports: {web: {attach: %s}}\n", web);
	write_config(text);
	daemon_start(d, "", &how);
	assert_true(netns_has(web, "eth0"));
	c = client_new(d);
	client_attach_quietly(c, db, "hand");

	/* What was in the file goes, what was made by hand stays. */
	snprintf(text, sizeof(text), "{'namespaces':['%s']}", own_name(0));
	assert_result(lab_apply(c, text, ""));
	snprintf(text, sizeof(text), "ports: {db: {attach: %s, ifname: x}}\n",
		 db);
	write_config(text);
	kill(d->pid, SIGHUP);
	eventually(strstr(daemon_log(d), "read again: 2 changes"));
	assert_false(netns_has(web, "eth0"));
	assert_true(netns_has(db, "x"));
	assert_result(client_call(c, "port.show", "{'port':'hand'}"));
	assert_true(exists(own_name(0)));
	before = lab_show(c);
	assert_non_null(strstr(before, own_name(0)));
	free(before);

	before = lab_show(c);
	write_config("ports: {db: {atach: x}}\n");
	kill(d->pid, SIGHUP);
	eventually(strstr(daemon_log(d), "nothing was changed"));
	assert_non_null(strstr(daemon_log(d),
			       "lab.yaml:1:14: ports.db: unknown key 'atach', "
			       "did you mean 'attach'?"));
	lab_assert_is(c, before);

	unlink(config_path());
	kill(d->pid, SIGHUP);
	eventually(count(daemon_log(d), "nothing was changed") == 2);
	lab_assert_is(c, before);
	free(before);
	client_free(c);
	forget_namespaces();
}

static void a_file_that_is_wrong_starts_nothing(void **state)
{
	const struct daemon_start how = { .args = { "--config",
						    config_path() } };
	struct daemon *d = *state;
	const char *db = netns_make("db");
	char text[LAB_SIZE];

	daemon_stop(d);
	write_config("ports:\n  web: {attach: web, mtu: many}\n");
	daemon_spawn(d, "", &how);
	assert_int_equal(daemon_wait(d), 2);
	assert_non_null(strstr(daemon_log(d), "lab.yaml:2:27: ports.web: mtu: "
					      "'many' is not an MTU"));
	assert_true(daemon_left_nothing(d));

	write_config("switch: {name: other}\n");
	daemon_spawn(d, "", &how);
	assert_int_equal(daemon_wait(d), 2);
	assert_non_null(strstr(daemon_log(d), "is for switch 'other'"));

	/* It is right, and cannot be done: all is undone, and it stops. */
	assert_int_equal(
		run("ip -n %s link add eth7 type veth peer name x7", db), 0);
	snprintf(text, sizeof(text),
		 "namespaces: [%s]\n"
		 "ports: {db: {attach: %s, ifname: eth7, persist: false}}\n",
		 own_name(0), db);
	write_config(text);
	daemon_spawn(d, "", &how);
	assert_int_equal(daemon_wait(d), 1);
	assert_non_null(strstr(daemon_log(d), "port db: namespace"));
	assert_true(daemon_left_nothing(d));
	assert_false(exists(own_name(0)));
	unlink(config_path());
	daemon_start(d, "", NULL);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		daemon_test(a_lab_is_made_and_made_once),
		daemon_test(wrong_labs_change_nothing),
		daemon_test(a_large_lab_comes_in_memory),
		daemon_test(a_step_that_fails_undoes_the_others),
		daemon_test(what_nobody_confirms_is_undone),
		daemon_test(what_is_confirmed_stays),
		daemon_test(one_lab_is_applied_at_a_time),
		daemon_test(a_worker_that_dies_is_told_of),
		daemon_test(what_is_saved_is_what_there_is),
		daemon_test(stopping_removes_the_namespaces_it_made),
		daemon_test(a_namespace_with_the_number_of_ours_is_not_ours),
		daemon_test(a_file_is_applied_at_start_and_on_sighup),
		daemon_test(a_file_that_is_wrong_starts_nothing),
	};

	return cmocka_run_group_tests_name("labs", tests, NULL, NULL);
}

int main(void)
{
	return proto_main(run_all);
}
