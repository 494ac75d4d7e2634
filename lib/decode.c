/* SPDX-License-Identifier: MIT */
/*
 * decode.c - a frame in words, one line of them
 *
 * Each protocol has a say_*() that takes its header off the front of a span
 * and says what it found. A span knows where the captured bytes end; take()
 * is the only way into one.
 */

#include "decode.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "eth.h"
#include "macros.h"
#include "name.h"
#include "units.h"

enum {
	TYPE_MIN = 0x0600, /* below it is a length, and LLC follows */
	TYPE_LLDP = 0x88cc,
	ARP_REQUEST = 1,
	ARP_REPLY = 2,
	MAX_EXTENSIONS = 8, /* of IPv6, that we follow */
	LLDP_MAX_TLVS = 8,
	ND_OPTION_TARGET = 2, /* target link-layer address */
	STP_TCN = 0x80,
};

/* The line being written. What does not fit is cut off. */
struct line {
	char *buf;
	size_t size;
	size_t len;
};

/* Captured bytes that nobody has looked at yet. */
struct span {
	const uint8_t *p;
	size_t len;
};

/* Two ends of an IP packet, and what is between them. */
struct ip_info {
	char src[INET6_ADDRSTRLEN];
	char dst[INET6_ADDRSTRLEN];
	uint8_t protocol;
	unsigned int fragment_at; /* 0 for the first or only one */
	struct span payload;
};

__attribute__((format(printf, 2, 3))) static void say(struct line *line,
						      const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line->buf + line->len, line->size - line->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		line->len += (size_t)n;
	if (line->len >= line->size)
		line->len = line->size - 1;
}

static const uint8_t *take(struct span *span, size_t len)
{
	const uint8_t *p = span->p;

	if (len > span->len)
		return NULL;
	span->p += len;
	span->len -= len;
	return p;
}

/* What is behind a packet's own end is padding of its frame. */
static void trim(struct span *span, size_t len)
{
	if (len < span->len)
		span->len = len;
}

static void say_mac(struct line *line, const uint8_t *p)
{
	char text[ETH_ADDR_TEXT_SIZE];
	struct eth_addr addr;

	memcpy(addr.b, p, sizeof(addr.b));
	eth_addr_format(addr, text);
	say(line, "%s", text);
}

static void say_ip(struct line *line, int family, const uint8_t *p)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(family, p, text, sizeof(text));
	say(line, "%s", text);
}

/*
 * ARP and what has no IP: between two stations
 */

static void say_arp(struct line *line, struct span span)
{
	static const uint8_t ethernet_ipv4[] = { 0, 1, 8, 0, 6, 4 };
	const uint8_t *p = take(&span, 8);
	unsigned int op;

	say(line, " ARP");
	if (!p) {
		say(line, " truncated");
		return;
	}
	op = load_be16(p + 6);
	if (memcmp(p, ethernet_ipv4, sizeof(ethernet_ipv4)) ||
	    (op != ARP_REQUEST && op != ARP_REPLY)) {
		say(line, " operation %u", op);
		return;
	}

	p = take(&span, 20);
	if (!p) {
		say(line, " truncated");
		return;
	}
	if (op == ARP_REQUEST) {
		say(line, " who-has ");
		say_ip(line, AF_INET, p + 16);
		say(line, " tell ");
		say_ip(line, AF_INET, p + 6);
	} else {
		say(line, " ");
		say_ip(line, AF_INET, p + 6);
		say(line, " is-at ");
		say_mac(line, p);
	}
}

/* Chassis (4) and port (3) can be addresses; all other kinds are texts. */
static void say_lldp_id(struct line *line, const char *what, uint8_t mac_kind,
			struct span value)
{
	const uint8_t *kind = take(&value, 1);
	char text[40];

	if (!kind)
		return;
	say(line, " %s ", what);
	if (*kind == mac_kind && value.len == 6) {
		say_mac(line, value.p);
		return;
	}
	name_printable(value.p, value.len, text, sizeof(text));
	say(line, "%s", text);
}

static void say_lldp(struct line *line, struct span span)
{
	say(line, " LLDP");
	for (int i = 0; i < LLDP_MAX_TLVS; i++) {
		const uint8_t *head = take(&span, 2);
		struct span value;

		if (!head) {
			say(line, " truncated");
			return;
		}
		value.len = load_be16(head) & 0x1ff;
		value.p = take(&span, value.len);
		if (!value.p) {
			say(line, " truncated");
			return;
		}

		switch (head[0] >> 1) {
		case 0:
			return;
		case 1:
			say_lldp_id(line, "chassis", 4, value);
			break;
		case 2:
			say_lldp_id(line, "port", 3, value);
			break;
		case 3:
			if (value.len >= 2)
				say(line, " ttl %u", load_be16(value.p));
			break;
		default:
			break;
		}
	}
}

static void say_bridge_id(struct line *line, const char *what, const uint8_t *p)
{
	say(line, " %s %04x.", what, load_be16(p));
	say_mac(line, p + 2);
}

static void say_stp(struct line *line, struct span span)
{
	const uint8_t *p = take(&span, 4);

	if (!p) {
		say(line, " STP truncated");
		return;
	}
	say(line, p[2] == 0 ? " STP" : p[2] == 2 ? " RSTP" : " MSTP");
	if (p[3] == STP_TCN) {
		say(line, " topology change");
		return;
	}

	p = take(&span, 23);
	if (!p) {
		say(line, " truncated");
		return;
	}
	say_bridge_id(line, "root", p + 1);
	say(line, " cost %u", load_be32(p + 9));
	say_bridge_id(line, "bridge", p + 13);
	say(line, " port %04x", load_be16(p + 21));
}

static void say_llc(struct line *line, struct span span)
{
	const uint8_t *p = take(&span, 3);

	if (!p)
		say(line, " LLC truncated");
	else if (p[0] == 0x42 && p[1] == 0x42 && p[2] == 0x03)
		say_stp(line, span);
	else
		say(line, " LLC dsap 0x%02x ssap 0x%02x", p[0], p[1]);
}

/*
 * IP: between two addresses
 */

static void say_echo(struct line *line, const char *what, const uint8_t *p)
{
	say(line, " echo %s id %u seq %u", what, load_be16(p + 4),
	    load_be16(p + 6));
}

static void say_icmp_unreachable(struct line *line, const uint8_t *p)
{
	static const char *const what[] = { "net", "host", "protocol", "port" };

	if (p[1] < ARRAY_SIZE(what))
		say(line, " %s unreachable", what[p[1]]);
	else if (p[1] == 4)
		say(line, " fragmentation needed mtu %u", load_be16(p + 6));
	else
		say(line, " unreachable code %u", p[1]);
}

static void say_icmp(struct line *line, struct span span)
{
	const uint8_t *p = take(&span, 8);

	if (!p) {
		say(line, " truncated");
		return;
	}
	switch (p[0]) {
	case 0:
		say_echo(line, "reply", p);
		break;
	case 3:
		say_icmp_unreachable(line, p);
		break;
	case 5:
		say(line, " redirect to ");
		say_ip(line, AF_INET, p + 4);
		break;
	case 8:
		say_echo(line, "request", p);
		break;
	case 11:
		say(line, " time exceeded");
		break;
	default:
		say(line, " type %u code %u", p[0], p[1]);
		break;
	}
}

static const char *icmpv6_name(uint8_t type)
{
	switch (type) {
	case 1:
		return "unreachable";
	case 2:
		return "packet too big";
	case 3:
		return "time exceeded";
	case 4:
		return "parameter problem";
	case 130:
		return "multicast listener query";
	case 131:
	case 143:
		return "multicast listener report";
	case 132:
		return "multicast listener done";
	case 133:
		return "router solicitation";
	case 134:
		return "router advertisement";
	case 135:
		return "neighbor solicitation";
	case 136:
		return "neighbor advertisement";
	case 137:
		return "redirect";
	default:
		return NULL;
	}
}

/* Where a neighbor says it can be reached, if it does. */
static void say_nd_target(struct line *line, struct span span)
{
	for (;;) {
		const uint8_t *head = take(&span, 8);

		if (!head || !head[1])
			return;
		if (head[0] == ND_OPTION_TARGET) {
			say(line, " is-at ");
			say_mac(line, head + 2);
			return;
		}
		if (!take(&span, (head[1] - 1u) * 8))
			return;
	}
}

static void say_neighbor(struct line *line, bool asked, struct span span)
{
	const uint8_t *target = take(&span, 16);

	if (!target) {
		say(line, " truncated");
		return;
	}
	say(line, asked ? " who-has " : " ");
	say_ip(line, AF_INET6, target);
	if (!asked)
		say_nd_target(line, span);
}

static void say_icmpv6(struct line *line, struct span span)
{
	const uint8_t *p = take(&span, 8);
	const char *name;

	if (!p) {
		say(line, " truncated");
		return;
	}
	name = icmpv6_name(p[0]);
	if (p[0] == 128 || p[0] == 129)
		say_echo(line, p[0] == 128 ? "request" : "reply", p);
	else if (name)
		say(line, " %s", name);
	else
		say(line, " type %u code %u", p[0], p[1]);

	if (p[0] == 1)
		say(line, " code %u", p[1]);
	else if (p[0] == 2)
		say(line, " mtu %u", load_be32(p + 4));
	else if (p[0] == 135 || p[0] == 136)
		say_neighbor(line, p[0] == 135, span);
}

static void say_tcp(struct line *line, struct span span)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH",
					     "ACK", "URG", "ECE", "CWR" };
	const uint8_t *p = take(&span, 16);

	if (!p) {
		say(line, " truncated");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (p[9] >> i & 1)
			say(line, " %s", names[i]);
	}
	say(line, " seq %u", load_be32(p));
	if (p[9] & 0x10)
		say(line, " ack %u", load_be32(p + 4));
	say(line, " win %u", load_be16(p + 10));
}

static const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
		return "ICMP";
	case IPPROTO_IGMP:
		return "IGMP";
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_GRE:
		return "GRE";
	case IPPROTO_ESP:
		return "ESP";
	case IPPROTO_ICMPV6:
		return "ICMPv6";
	case 89:
		return "OSPF";
	case 112:
		return "VRRP";
	case IPPROTO_SCTP:
		return "SCTP";
	default:
		return NULL;
	}
}

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_SCTP;
}

static void say_protocol(struct line *line, uint8_t protocol)
{
	const char *name = protocol_name(protocol);

	if (name)
		say(line, " %s", name);
	else
		say(line, " protocol %u", protocol);
}

static void say_ip_packet(struct line *line, struct ip_info *ip)
{
	const uint8_t *ports = NULL;

	if (!ip->fragment_at && has_ports(ip->protocol))
		ports = take(&ip->payload, 4);
	if (ports)
		say(line, "%s.%u > %s.%u", ip->src, load_be16(ports), ip->dst,
		    load_be16(ports + 2));
	else
		say(line, "%s > %s", ip->src, ip->dst);
	say_protocol(line, ip->protocol);

	if (ip->fragment_at)
		say(line, " fragment at %u", ip->fragment_at);
	else if (has_ports(ip->protocol) && !ports)
		say(line, " truncated");
	else if (ip->protocol == IPPROTO_TCP)
		say_tcp(line, ip->payload);
	else if (ip->protocol == IPPROTO_ICMP)
		say_icmp(line, ip->payload);
	else if (ip->protocol == IPPROTO_ICMPV6)
		say_icmpv6(line, ip->payload);
}

static bool say_ipv4(struct line *line, struct span span)
{
	struct ip_info ip = { .protocol = 0 };
	const uint8_t *p = take(&span, 20);
	size_t head_len;
	size_t total;

	if (!p)
		return false;
	head_len = (p[0] & 0xfu) * 4;
	total = load_be16(p + 2);
	if (p[0] >> 4 != 4 || head_len < 20)
		return false;

	inet_ntop(AF_INET, p + 12, ip.src, sizeof(ip.src));
	inet_ntop(AF_INET, p + 16, ip.dst, sizeof(ip.dst));
	ip.protocol = p[9];
	ip.fragment_at = (load_be16(p + 6) & 0x1fffu) * 8;
	if (total >= head_len) /* a super-frame may say 0 */
		trim(&span, total - 20);
	if (!take(&span, head_len - 20))
		span.len = 0;
	ip.payload = span;
	say_ip_packet(line, &ip);
	return true;
}

/* Steps over the headers between IPv6 and what it carries. */
static void skip_extensions(struct span *span, struct ip_info *ip)
{
	for (int i = 0; i < MAX_EXTENSIONS; i++) {
		const uint8_t *p;
		size_t len = 8;

		switch (ip->protocol) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
		case IPPROTO_FRAGMENT:
			break;
		default:
			return;
		}
		p = take(span, len);
		if (!p)
			return;
		if (ip->protocol == IPPROTO_FRAGMENT)
			ip->fragment_at = load_be16(p + 2) & 0xfff8u;
		else if (!take(span, p[1] * len))
			span->len = 0;
		ip->protocol = p[0];
		if (ip->fragment_at)
			return;
	}
}

static bool say_ipv6(struct line *line, struct span span)
{
	struct ip_info ip = { .protocol = 0 };
	const uint8_t *p = take(&span, 40);

	if (!p || p[0] >> 4 != 6)
		return false;

	inet_ntop(AF_INET6, p + 8, ip.src, sizeof(ip.src));
	inet_ntop(AF_INET6, p + 24, ip.dst, sizeof(ip.dst));
	ip.protocol = p[6];
	if (load_be16(p + 4)) /* a jumbogram says 0 */
		trim(&span, load_be16(p + 4));
	skip_extensions(&span, &ip);
	ip.payload = span;
	say_ip_packet(line, &ip);
	return true;
}

static void say_stations(struct line *line, const struct eth_header *eth)
{
	say_mac(line, eth->src.b);
	say(line, " > ");
	say_mac(line, eth->dst.b);
}

/* Frames with no usable IP header: between stations. */
static void say_ethernet(struct line *line, const struct eth_header *eth,
			 struct span span)
{
	say_stations(line, eth);
	switch (eth->ethertype) {
	case ETH_TYPE_ARP:
		say_arp(line, span);
		break;
	case ETH_TYPE_IPV4:
	case ETH_TYPE_IPV6:
		say(line, " IPv%d %s", eth->ethertype == ETH_TYPE_IPV4 ? 4 : 6,
		    span.len < (eth->ethertype == ETH_TYPE_IPV4 ? 20 : 40)
			    ? "truncated"
			    : "malformed");
		break;
	case TYPE_LLDP:
		say_lldp(line, span);
		break;
	default:
		if (eth->ethertype < TYPE_MIN)
			say_llc(line, span);
		else
			say(line, " ethertype 0x%04x", eth->ethertype);
		break;
	}
}

static void say_frame(struct line *line, const uint8_t *data, size_t caplen)
{
	struct eth_header eth;
	struct span span = { .p = data, .len = caplen };

	if (!eth_parse(data, caplen, &eth)) {
		say(line, "truncated frame");
		return;
	}

	take(&span, ETH_HEADER_LEN);
	for (int i = 0; i < eth.n_tags; i++) {
		const uint8_t *tag = take(&span, ETH_TAG_LEN);

		say(line, "vlan %u ", load_be16(tag) & 0xfff);
	}

	if (eth.ethertype == ETH_TYPE_IPV4 && say_ipv4(line, span))
		return;
	if (eth.ethertype == ETH_TYPE_IPV6 && say_ipv6(line, span))
		return;
	say_ethernet(line, &eth, span);
}

/**
 * decode_frame() - Say in one line what a frame is
 * @data:	Frame, from its destination address on
 * @caplen:	Bytes of it at @data
 * @len:	Bytes it had, which is what the line says
 * @buf:	Where to write; always terminated
 * @size:	Bytes at @buf, DECODE_LINE_SIZE for certain, at least 1
 *
 * Return: the length of what is in @buf
 */
size_t decode_frame(const uint8_t *data, size_t caplen, size_t len, char *buf,
		    size_t size)
{
	struct line line = { .buf = buf, .size = size };
	char bytes[UNITS_TEXT_SIZE];

	buf[0] = '\0';
	say_frame(&line, data, caplen);
	count_format(len, bytes, sizeof(bytes));
	say(&line, ", %s %s", bytes, len == 1 ? "byte" : "bytes");
	return line.len;
}
