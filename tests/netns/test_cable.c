/* SPDX-License-Identifier: MIT */
/* test_cable.c - laying cables, cutting them, and undoing what went wrong */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cidr.h"
#include "host_fixture.h"
#include "link.h"
#include "macros.h"

enum {
	MAX_OFFLOADS = 256,
};

static struct cidr cidr(const char *text)
{
	struct cidr ret;

	assert_int_equal(cidr_parse(text, &ret, NULL), 0);
	return ret;
}

static struct ip_addr ip(const char *text)
{
	struct ip_addr ret;

	assert_int_equal(ip_parse(text, &ret, NULL), 0);
	return ret;
}

/* What `ip` says about the far end, whichever way it was made. */
static void check_far_end(struct fixture *f)
{
	const char *text = output("ip -n %s addr show dev eth0", f->web);

	assert_non_null(strstr(text, "02:00:00:00:00:77"));
	assert_non_null(strstr(text, "mtu 1400"));
	assert_non_null(strstr(text, "UP,LOWER_UP"));
	assert_non_null(strstr(text, "inet 10.0.0.1/24 scope global"));
	assert_non_null(strstr(text, "inet 10.0.1.1/32 scope global"));
	assert_non_null(strstr(text, "inet6 fd00::1/64 scope global nodad"));
	assert_string_equal(output("ip -n %s -6 addr show dev eth0 tentative |"
				   "grep fd00",
				   f->web),
			    "");
	assert_string_equal(output("ip -n %s route show default", f->web),
			    "default via 10.0.0.254 dev eth0 proto static \n");
	text = output("ip -n %s -6 route show default", f->web);
	assert_non_null(strstr(text, "default via fd00::ff dev eth0"));
	text = output("ip -n %s link show lo", f->web);
	assert_non_null(strstr(text, "LOOPBACK,UP,LOWER_UP"));
}

static void lay_all(struct fixture *f, struct cable_spec *spec,
		    struct cable *ret_cable)
{
	static const struct eth_addr mac = { { 2, 0, 0, 0, 0, 0x77 } };
	const struct cidr addresses[] = { cidr("10.0.0.1/24"),
					  cidr("fd00::1/64"),
					  cidr("10.0.1.1/32") };
	const struct ip_addr gateways[] = { ip("10.0.0.254"), ip("fd00::ff") };

	spec->mac = &mac;
	spec->mtu = 1400;
	spec->addresses = addresses;
	spec->n_addresses = ARRAY_SIZE(addresses);
	spec->gateways = gateways;
	spec->n_gateways = ARRAY_SIZE(gateways);
	must_lay(f, spec, ret_cable);
	assert_true(eth_addr_equal(ret_cable->mac, mac));
	assert_int_equal(ret_cable->mtu, 1400);
	check_far_end(f);
}

static void a_veth_cable_has_all_that_was_asked_for(void **state)
{
	struct fixture *f = *state;
	struct link_info host;
	struct link_info far;
	struct cable cable;
	struct netns web;

	must_open(f, f->web, &web);
	struct cable_spec spec = spec_veth(f, &web);
	lay_all(f, &spec, &cable);
	netns_close(&web);

	assert_int_equal(link_get(f->nl, cable.host_ifindex, &host), 0);
	assert_string_equal(host.ifname, "p1");
	assert_string_equal(host.kind, "veth");
	assert_int_equal(host.mtu, cable_host_mtu(1400));
	assert_true(host.up);
	assert_true(host.carrier);
	assert_int_equal(host.peer_ifindex, cable.far_ifindex);
	assert_int_equal(host.link_netnsid, cable.nsid);
	assert_int_equal(
		link_get_in(f->nl, cable.nsid, cable.far_ifindex, &far), 0);
	assert_string_equal(far.ifname, "eth0");
	assert_true(eth_addr_equal(far.mac, cable.mac));
	assert_non_null(strstr(output("ip link show p1"), f->web));

	assert_int_equal(cable_cut(f->kit, &cable, &f->err), 0);
	assert_int_equal(link_get(f->nl, cable.host_ifindex, &host), -ENODEV);
	assert_int_equal(cable_cut(f->kit, &cable, &f->err), 0);
}

static void a_tap_cable_has_all_that_was_asked_for(void **state)
{
	struct fixture *f = *state;
	struct link_info far;
	struct cable cable;
	struct netns web;
	char name[16];
	int ifindex;
	int fd = tap_open(name, &ifindex);

	must_open(f, f->web, &web);
	struct cable_spec spec = spec_tap(f, &web, ifindex);
	lay_all(f, &spec, &cable);
	netns_close(&web);

	assert_int_equal(
		link_get_in(f->nl, cable.nsid, cable.far_ifindex, &far), 0);
	assert_string_equal(far.ifname, "eth0");
	assert_string_equal(far.kind, "tun");
	assert_int_equal(link_get_named(f->nl, name, &far), -ENODEV);
	assert_int_equal(cable_cut(f->kit, &cable, &f->err), 0);
	close(fd);
	assert_int_not_equal(run("ip -n %s link show eth0 2>/dev/null", f->web),
			     0);
}

static void the_host_is_a_namespace_too(void **state)
{
	struct fixture *f = *state;
	struct cable one;
	struct cable two;
	struct netns host;

	must_open(f, "host", &host);
	struct cable_spec spec = spec_veth(f, &host);
	spec.ifname = "lab0";
	must_lay(f, &spec, &one);
	spec.ifname = "lab1";
	spec.port = "p2";
	must_lay(f, &spec, &two);
	netns_close(&host);

	assert_int_equal(one.nsid, two.nsid);
	assert_true(one.host_ifindex != two.host_ifindex);
	assert_false(eth_addr_equal(one.mac, two.mac));
	assert_int_equal(one.mac.b[0] & 3, 2); /* local, and no group */
	assert_int_equal(one.mtu, 1500);
	assert_int_equal(cable_cut(f->kit, &one, &f->err), 0);
	assert_int_equal(cable_cut(f->kit, &two, &f->err), 0);
}

static int packet_socket(int ifindex)
{
	const struct sockaddr_ll at = { .sll_family = AF_PACKET,
					.sll_protocol = htons(0x88b5),
					.sll_ifindex = ifindex };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void a_new_cable_carries_the_first_frame(void **state)
{
	static const uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff,
					   0xff, 2,    0,    0,    0,
					   0,    1,    0x88, 0xb5 };
	struct fixture *f = *state;
	struct cable cable;
	struct pollfd far;
	struct netns web;
	int host;

	must_open(f, f->web, &web);
	const struct cable_spec spec = spec_veth(f, &web);
	for (int i = 0; i < 20; i++) {
		must_lay(f, &spec, &cable);
		host = packet_socket(cable.host_ifindex);
		assert_int_equal(send(host, frame, sizeof(frame), 0), 60);
		assert_int_equal(netns_enter(&web, &f->err), 0);
		far.fd = packet_socket(cable.far_ifindex);
		room_return(f->room);
		far.events = POLLIN;
		assert_int_equal(send(host, frame, sizeof(frame), 0), 60);
		assert_int_equal(poll(&far, 1, PATIENCE_MS), 1);
		close(far.fd);
		close(host);
		cable_cut(f->kit, &cable, &f->err);
	}
	netns_close(&web);
}

struct offloads {
	size_t n;
	char name[MAX_OFFLOADS][ETH_GSTRING_LEN];
	bool on[MAX_OFFLOADS];
};

static void ask_ethtool(int fd, const char *ifname, void *request)
{
	struct ifreq ifr = { .ifr_data = request };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	assert_int_equal(ioctl(fd, SIOCETHTOOL, &ifr), 0);
}

/* By the older interface, so as not to ask ourselves. */
static void read_offloads(const char *ifname, struct offloads *ret)
{
	union {
		struct ethtool_gstrings head;
		char size[sizeof(struct ethtool_gstrings) +
			  MAX_OFFLOADS * ETH_GSTRING_LEN];
	} strings = { .head = { .cmd = ETHTOOL_GSTRINGS,
				.string_set = ETH_SS_FEATURES } };
	union {
		struct ethtool_gfeatures head;
		char size[sizeof(struct ethtool_gfeatures) +
			  MAX_OFFLOADS / 32 *
				  sizeof(struct ethtool_get_features_block)];
	} features = { .head = { .cmd = ETHTOOL_GFEATURES,
				 .size = MAX_OFFLOADS / 32 } };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ask_ethtool(fd, ifname, &strings);
	ask_ethtool(fd, ifname, &features);
	close(fd);
	assert_in_range(strings.head.len, 40, MAX_OFFLOADS);
	ret->n = strings.head.len;
	memcpy(ret->name, strings.head.data, ret->n * ETH_GSTRING_LEN);
	for (size_t i = 0; i < ret->n; i++)
		ret->on[i] =
			features.head.features[i / 32].active >> i % 32 & 1;
}

static bool should_be_off(const char *name)
{
	static const char *const off[] = {
		"tx-gre-segmentation",        "tx-gre-csum-segmentation",
		"tx-ipxip4-segmentation",     "tx-ipxip6-segmentation",
		"tx-udp_tnl-segmentation",    "tx-udp_tnl-csum-segmentation",
		"tx-sctp-segmentation",       "tx-gso-list",
		"tx-tcp-accecn-segmentation", "tx-checksum-sctp",
	};

	for (size_t i = 0; i < ARRAY_SIZE(off); i++)
		if (!strcmp(name, off[i]))
			return true;
	return false;
}

static void exactly_the_indescribable_offloads_are_off(void **state)
{
	struct fixture *f = *state;
	static struct offloads before;
	static struct offloads after;
	struct cable cable;
	struct netns web;
	size_t n_off = 0;

	must_open(f, f->web, &web);
	const struct cable_spec spec = spec_veth(f, &web);
	must_lay(f, &spec, &cable);
	assert_int_equal(
		run("ip -n %s link add plain type veth peer name other "
		    "&& ip -n %s link set plain up",
		    f->web, f->web),
		0);
	assert_int_equal(netns_enter(&web, &f->err), 0);
	read_offloads("plain", &before);
	read_offloads("eth0", &after);
	room_return(f->room);
	netns_close(&web);

	for (size_t i = 0; i < before.n; i++) {
		const bool off = should_be_off(before.name[i]);

		if (after.on[i] != (before.on[i] && !off))
			fail_msg("%s is %d, was %d", before.name[i],
				 after.on[i], before.on[i]);
		n_off += off && before.on[i];
	}
	assert_in_range(n_off, 8, 10); /* AccECN came with Linux 6.18 */

	/* The host end sends what others could describe: nothing is off. */
	read_offloads("p1", &after);
	assert_memory_equal(after.on, before.on, sizeof(after.on));
}

static void nobody_keeps_a_target_alive(void **state)
{
	struct fixture *f = *state;
	struct cable cable;
	struct netns web;
	struct stat st;
	char path[64];

	must_open(f, f->web, &web);
	const struct cable_spec spec = spec_veth(f, &web);
	must_lay(f, &spec, &cable);
	netns_close(&web);
	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (!stat(path, &st))
			assert_false(st.st_dev == web.dev &&
				     st.st_ino == web.ino);
	}
}

/* ---- refusals: nothing may have changed ---- */

static void check_untouched(struct fixture *f, int n_fds)
{
	struct link_info info;

	assert_int_equal(link_get_named(f->nl, "p1", &info), -ENODEV);
	assert_int_not_equal(run("ip -n %s link show eth0 2>/dev/null", f->web),
			     0);
	assert_null(strstr(output("ip -n %s link show lo", f->web), "UP"));
	assert_string_equal(output("ip -n %s route show default", f->web), "");
	assert_int_equal(count_fds(), n_fds);
}

/* Lay @spec, see it refused and undone, both as veth and as TAP. */
static void refuse_cable(struct fixture *f, struct cable_spec *spec, int code,
			 const char *msg)
{
	const int n_fds = count_fds();
	struct cable cable = { .nsid = -7 };
	char name[16];
	int fd;

	for (int kind = CABLE_VETH; kind <= CABLE_TAP; kind++) {
		fd = kind == CABLE_TAP ? tap_open(name, &spec->tap_ifindex)
				       : -1;
		spec->kind = (enum cable_kind)kind;
		assert_int_equal(cable_lay(f->kit, spec, &cable, &f->err),
				 code);
		if (!strstr(f->err.msg, msg))
			fail_msg("'%s', not '%s'", f->err.msg, msg);
		if (fd >= 0)
			close(fd);
		check_untouched(f, n_fds);
		assert_int_equal(cable.nsid, -7);
	}
}

static void a_gateway_out_of_reach_undoes_all(void **state)
{
	struct fixture *f = *state;
	const struct cidr address = cidr("10.0.0.1/24");
	struct ip_addr gateway = ip("10.9.9.9");
	struct netns web;

	must_open(f, f->web, &web);
	struct cable_spec spec = spec_veth(f, &web);
	spec.addresses = &address;
	spec.n_addresses = 1;
	spec.gateways = &gateway;
	spec.n_gateways = 1;
	refuse_cable(f, &spec, -ENETUNREACH,
		     "cannot add a default route over 10.9.9.9 in namespace ");
	gateway = ip("fd99::1");
	refuse_cable(f, &spec, -EHOSTUNREACH,
		     "cannot add a default route over fd99::1 in namespace ");
	netns_close(&web);
}

static void an_address_that_is_refused_undoes_all(void **state)
{
	struct fixture *f = *state;
	const struct cidr twice[] = { cidr("10.0.0.1/24"),
				      cidr("10.0.0.1/24") };
	const struct cidr v6 = cidr("fd00::1/64");
	struct netns web;

	must_open(f, f->web, &web);
	struct cable_spec spec = spec_veth(f, &web);
	spec.addresses = twice;
	spec.n_addresses = 2;
	refuse_cable(f, &spec, -EEXIST, "cannot add 10.0.0.1/24 to eth0 in ");

	assert_int_equal(run("ip netns exec %s sysctl -qw "
			     "net.ipv6.conf.default.disable_ipv6=1",
			     f->web),
			 0);
	spec.addresses = &v6;
	spec.n_addresses = 1;
	refuse_cable(f, &spec, -EACCES, "cannot add fd00::1/64 to eth0 in ");
	assert_non_null(strstr(f->err.hint, "IPv6 is off"));
	netns_close(&web);
}

static void an_mtu_the_kernel_refuses_undoes_all(void **state)
{
	struct fixture *f = *state;
	struct netns web;

	must_open(f, f->web, &web);
	struct cable_spec spec = spec_veth(f, &web);
	spec.mtu = 70000;
	refuse_cable(f, &spec, -EINVAL, "eth0");
	netns_close(&web);
}

static void a_second_default_route_undoes_all(void **state)
{
	struct fixture *f = *state;
	const struct cidr address = cidr("10.0.0.1/24");
	const struct ip_addr gateway = ip("10.0.0.254");
	struct link_info info;
	struct cable cable;
	struct netns web;

	must_open(f, f->web, &web);
	struct cable_spec spec = spec_veth(f, &web);
	spec.addresses = &address;
	spec.n_addresses = 1;
	spec.gateways = &gateway;
	spec.n_gateways = 1;
	must_lay(f, &spec, &cable);
	spec.port = "p2";
	spec.ifname = "eth1";
	assert_int_equal(cable_lay(f->kit, &spec, &cable, &f->err), -EEXIST);
	assert_non_null(strstr(f->err.msg, "has a default route already"));
	assert_int_equal(link_get_named(f->nl, "p2", &info), -ENODEV);
	/* lo was up before the second came: it stays. */
	assert_non_null(strstr(output("ip -n %s link show lo", f->web), "UP"));
	netns_close(&web);
}

static void a_name_that_is_taken_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct link_info info;
	struct cable cable;
	struct netns web;
	char before[OUTPUT_SIZE];
	char msg[100];
	char name[16];
	int ifindex;
	int fd = tap_open(name, &ifindex);

	must_open(f, f->web, &web);
	run("ip -n %s link add eth0 type veth peer name other", f->web);
	snprintf(before, sizeof(before), "%s", output("ip -n %s addr", f->web));
	snprintf(msg, sizeof(msg), "namespace %s has an interface eth0 already",
		 f->web);
	struct cable_spec spec = spec_veth(f, &web);
	assert_int_equal(cable_lay(f->kit, &spec, &cable, &f->err), -EEXIST);
	assert_string_equal(f->err.msg, msg);
	assert_non_null(strstr(f->err.hint, "--ifname"));
	assert_int_equal(link_get_named(f->nl, "p1", &info), -ENODEV);

	spec = spec_tap(f, &web, ifindex);
	assert_int_equal(cable_lay(f->kit, &spec, &cable, &f->err), -EEXIST);
	assert_string_equal(f->err.msg, msg);
	assert_int_equal(link_get(f->nl, ifindex, &info), 0);
	assert_string_equal(info.ifname, name);
	assert_string_equal(output("ip -n %s addr", f->web), before);

	/* The other of the two names. */
	spec = spec_veth(f, &web);
	spec.port = name;
	spec.ifname = "eth1";
	assert_int_equal(cable_lay(f->kit, &spec, &cable, &f->err), -EEXIST);
	assert_non_null(strstr(f->err.msg, "the back room has an interface"));
	assert_string_equal(output("ip -n %s addr", f->web), before);
	netns_close(&web);
	close(fd);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(a_veth_cable_has_all_that_was_asked_for),
		HOST_TEST(a_tap_cable_has_all_that_was_asked_for),
		HOST_TEST(the_host_is_a_namespace_too),
		HOST_TEST(a_new_cable_carries_the_first_frame),
		HOST_TEST(exactly_the_indescribable_offloads_are_off),
		HOST_TEST(nobody_keeps_a_target_alive),
		HOST_TEST(a_gateway_out_of_reach_undoes_all),
		HOST_TEST(an_address_that_is_refused_undoes_all),
		HOST_TEST(an_mtu_the_kernel_refuses_undoes_all),
		HOST_TEST(a_second_default_route_undoes_all),
		HOST_TEST(a_name_that_is_taken_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return fixture_main(run_all);
}
