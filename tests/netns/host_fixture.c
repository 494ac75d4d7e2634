/* SPDX-License-Identifier: MIT */
/* host_fixture.c - namespaces and a back room for the tests of switch/host */

#include "host_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Names carry the PID of the process that cleans up. */
static int owner(void)
{
	static int pid;

	if (!pid)
		pid = getpid();
	return pid;
}

/**
 * fixture_main() - Run tests in a child, and clean up after it
 * @run_all:	Runs them; returns the number of failures
 *
 * Return: what main() should
 */
int fixture_main(int (*run_all)(void))
{
	int status;
	pid_t pid;

	if (geteuid() != 0 || run("command -v ip >/dev/null")) {
		fprintf(stderr, "skipped: needs root and iproute2\n");
		return 77;
	}
	owner();
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNET) < 0) {
			perror("skipped: unshare");
			exit(77);
		}
		exit(run_all() ? 1 : 0);
	}
	waitpid(pid, &status, 0);
	run("for n in vsw-t%d vswtest-%d-web vswtest-%d-db; do "
	    "[ ! -e /run/netns/$n ] || ip netns del $n; done",
	    owner(), owner(), owner());
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/**
 * run() - Run a shell command
 * @fmt:	printf() format of it
 *
 * Return: its exit status
 */
int run(const char *fmt, ...)
{
	char command[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	return system(command);
}

/**
 * output() - What a shell command prints
 * @fmt:	printf() format of it
 *
 * Return: its output, until the next call
 */
const char *output(const char *fmt, ...)
{
	static char text[OUTPUT_SIZE];
	char command[512];
	size_t len = 0;
	va_list ap;
	FILE *pipe;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	pipe = popen(command, "r");
	if (pipe) {
		len = fread(text, 1, sizeof(text) - 1, pipe);
		pclose(pipe);
	}
	text[len] = '\0';
	return text;
}

/**
 * now_ms() - A clock to measure with
 *
 * Return: milliseconds since some time
 */
long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/**
 * becomes_true() - Wait for something, but not for ever
 * @condition:	Asked again and again
 * @user:	Passed to it
 *
 * Return: false if PATIENCE_MS were not enough
 */
bool becomes_true(bool (*condition)(void *user), void *user)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	const long deadline = now_ms() + PATIENCE_MS;

	while (!condition(user)) {
		if (now_ms() >= deadline)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

/**
 * count_fds() - How many descriptors this process has open
 *
 * Return: their number
 */
int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/**
 * fixture_open_room() - Move into the back room
 * @f:		The fixture
 */
void fixture_open_room(struct fixture *f)
{
	if (room_open(&f->room, f->switch_name, &f->err) ||
	    cable_kit_new(&f->kit, f->room, &f->err))
		fail_msg("%s", f->err.msg);
	f->nl = room_rtnl(f->room);
}

/**
 * fixture_close_room() - Leave the back room and remove it
 * @f:		The fixture
 */
void fixture_close_room(struct fixture *f)
{
	cable_kit_free(f->kit);
	room_close(f->room);
	f->kit = NULL;
	f->room = NULL;
}

/**
 * fixture_setup() - A back room and two namespaces
 * @state:	Where to put the struct fixture
 *
 * Return: 0
 */
int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->n_fds = count_fds();
	snprintf(f->switch_name, sizeof(f->switch_name), "t%d", owner());
	snprintf(f->web, sizeof(f->web), "vswtest-%d-web", owner());
	snprintf(f->db, sizeof(f->db), "vswtest-%d-db", owner());
	assert_int_equal(
		run("ip netns add %s && ip netns add %s", f->web, f->db), 0);
	fixture_open_room(f);
	*state = f;
	return 0;
}

/**
 * fixture_teardown() - Remove them, and see that no descriptor is left
 * @state:	The struct fixture
 *
 * Return: 0
 */
int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	int n_fds;

	fixture_close_room(f);
	run("ip netns del %s 2>/dev/null; ip netns del %s 2>/dev/null", f->web,
	    f->db);
	n_fds = count_fds();
	if (n_fds != f->n_fds)
		fprintf(stderr, "%d descriptors leaked\n", n_fds - f->n_fds);
	n_fds -= f->n_fds;
	free(f);
	return n_fds;
}

/**
 * tap_open() - Make a TAP, as io does
 * @ret_name:	Its name
 * @ret_ifindex: Its number
 *
 * Return: descriptor
 */
int tap_open(char ret_name[16], int *ret_ifindex)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		skip();
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, TUNSETIFF, &ifr), 0);
	memcpy(ret_name, ifr.ifr_name, IFNAMSIZ);
	*ret_ifindex = (int)if_nametoindex(ifr.ifr_name);
	assert_true(*ret_ifindex > 0);
	return fd;
}

/**
 * spec_veth() - A cable with nothing special about it
 * @f:		The fixture
 * @target:	Where to
 *
 * Return: what is wanted
 */
struct cable_spec spec_veth(const struct fixture *f, const struct netns *target)
{
	return (struct cable_spec){
		.kind = CABLE_VETH,
		.switch_name = f->switch_name,
		.port = "p1",
		.target = target,
		.ifname = "eth0",
	};
}

/**
 * spec_tap() - The same with a TAP
 * @f:		The fixture
 * @target:	Where to
 * @tap_ifindex: What tap_open() made
 *
 * Return: what is wanted
 */
struct cable_spec spec_tap(const struct fixture *f, const struct netns *target,
			   int tap_ifindex)
{
	struct cable_spec spec = spec_veth(f, target);

	spec.kind = CABLE_TAP;
	spec.tap_ifindex = tap_ifindex;
	return spec;
}

/**
 * must_lay() - Lay a cable, or fail the test
 * @f:		The fixture
 * @spec:	What is wanted
 * @ret_cable:	What has come of it
 */
void must_lay(struct fixture *f, const struct cable_spec *spec,
	      struct cable *ret_cable)
{
	if (cable_lay(f->kit, spec, ret_cable, &f->err))
		fail_msg("%s", f->err.msg);
}

/**
 * must_open() - Open a namespace, or fail the test
 * @f:		The fixture
 * @text:	Its name
 * @ret_ns:	Where to put it
 */
void must_open(struct fixture *f, const char *text, struct netns *ret_ns)
{
	if (room_open_target(f->room, ret_ns, text, &f->err))
		fail_msg("%s", f->err.msg);
}
