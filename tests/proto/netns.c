/* SPDX-License-Identifier: MIT */
/* netns.c - namespaces for the tests of the control socket to attach */

#include "netns.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"

enum {
	NETNS_MAX = 16,
};

static struct {
	char names[NETNS_MAX][48];
	size_t n;
} made;

/**
 * netns_make() - Make a namespace, to be removed when the test ends
 * @name:	What its name ends with
 *
 * Return: its whole name
 */
const char *netns_make(const char *name)
{
	char *whole = made.names[made.n];

	assert_true(made.n < NETNS_MAX);
	snprintf(whole, sizeof(made.names[0]), "vswp-%d-%s", proto_owner(),
		 name);
	assert_int_equal(run("ip netns add %s", whole), 0);
	made.n++;
	return whole;
}

/**
 * netns_n_links() - How many interfaces are in a namespace?
 * @ns:		Its whole name
 *
 * Return: how many, with its loopback
 */
int netns_n_links(const char *ns)
{
	char command[120];
	FILE *pipe;
	int n = 0;

	snprintf(command, sizeof(command), "ip -n %s -o link | wc -l", ns);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &n), 1);
	pclose(pipe);
	return n;
}

/**
 * netns_del() - Remove a namespace, if it is still there
 * @name:	Its whole name
 */
void netns_del(const char *name)
{
	run("[ ! -e /run/netns/%s ] || ip netns del %s", name, name);
}

/**
 * netns_del_all() - Remove all that were made and are still there
 */
void netns_del_all(void)
{
	while (made.n)
		netns_del(made.names[--made.n]);
}

/**
 * netns_silence() - Let a namespace send nothing by itself
 * @name:	Its whole name
 *
 * Which it would as soon as an interface comes up, to find IPv6 routers.
 */
void netns_silence(const char *name)
{
	assert_int_equal(run("ip netns exec %s sysctl -qw "
			     "net.ipv6.conf.all.disable_ipv6=1 "
			     "net.ipv6.conf.default.disable_ipv6=1",
			     name),
			 0);
}

/* Return: the way back */
static int netns_visit(const char *name)
{
	const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(home >= 0 && fd >= 0);
	assert_int_equal(setns(fd, CLONE_NEWNET), 0);
	close(fd);
	return home;
}

static void netns_return(int home)
{
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
}

/**
 * netns_has() - Is there such an interface?
 * @name:	Whole name of a namespace
 * @ifname:	Name of the interface
 *
 * Return: whether there is
 */
bool netns_has(const char *name, const char *ifname)
{
	const int home = netns_visit(name);
	const bool has = if_nametoindex(ifname) != 0;

	netns_return(home);
	return has;
}

static bool is_address(const struct ifaddrs *each, const char *ifname,
		       const char *cidr)
{
	const size_t len = strcspn(cidr, "/");
	char text[INET_ADDRSTRLEN];

	if (strcmp(each->ifa_name, ifname) || !each->ifa_addr ||
	    each->ifa_addr->sa_family != AF_INET)
		return false;
	inet_ntop(AF_INET,
		  &((const struct sockaddr_in *)(const void *)each->ifa_addr)
			   ->sin_addr,
		  text, sizeof(text));
	return strlen(text) == len && !strncmp(text, cidr, len);
}

/**
 * netns_has_address() - Does an interface have an address?
 * @name:	Whole name of a namespace
 * @ifname:	Name of the interface
 * @cidr:	IPv4 address; what is behind a slash is not looked at
 *
 * Return: whether it has
 */
bool netns_has_address(const char *name, const char *ifname, const char *cidr)
{
	const int home = netns_visit(name);
	struct ifaddrs *all;
	bool has = false;

	assert_int_equal(getifaddrs(&all), 0);
	for (const struct ifaddrs *each = all; each; each = each->ifa_next)
		has |= is_address(each, ifname, cidr);
	freeifaddrs(all);
	netns_return(home);
	return has;
}

/**
 * netns_socket() - Open a packet socket in a namespace
 * @name:	Whole name of the namespace
 * @ifname:	Interface that it sends by
 *
 * Return: the socket, which is the caller's to close
 */
int netns_socket(const char *name, const char *ifname)
{
	const int home = netns_visit(name);
	const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	const struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(ifname),
	};

	assert_int_equal(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)),
			 0);
	netns_return(home);
	return fd;
}

/**
 * netns_send() - Let an interface of a namespace send a frame, many times
 * @name:	Whole name of the namespace
 * @ifname:	Name of the interface
 * @frame:	Frame, from its destination on
 * @len:	Its length
 * @n:		How often
 */
void netns_send(const char *name, const char *ifname, const void *frame,
		size_t len, int n)
{
	const int home = netns_visit(name);
	const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	const struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(ifname),
	};
	int sent = 0;

	while (sent < n &&
	       sendto(fd, frame, len, 0, (const struct sockaddr *)&addr,
		      sizeof(addr)) == (ssize_t)len)
		sent++;
	close(fd);
	netns_return(home);
	assert_int_equal(sent, n);
}
