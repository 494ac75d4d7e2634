/* SPDX-License-Identifier: MIT */
/* offload.c - what is still to be done to a frame before it is on a wire */

#include "offload.h"

#include <netinet/in.h>
#include <string.h>

#include "bytes.h"
#include "csum.h"
#include "eth.h"

enum {
	IPV4_MIN_LEN = 20,
	IPV4_FRAGMENT_MASK = 0x3fff, /* more fragments, and the offset */
	IPV6_LEN = 40,
	IPV6_MAX_EXTENSIONS = 8, /* RFC 8200 knows of six in one packet */
	ARP_LEN = 28,
	TCP_MIN_LEN = 20,
	TCP_CSUM_OFFSET = 16,
	UDP_LEN = 8,
	UDP_CSUM_OFFSET = 6,
	PORTS_LEN = 4, /* both TCP and UDP begin with the ports */
	IPV6_JUMBO_LEN = 8, /* hop-by-hop header of nothing but the option */
	IPV6_JUMBO_TYPE = 0xc2,
	GSO_BY_FRAGS = 0xffff, /* means something else inside the kernel */
};

/**
 * offload_fault_name() - Say in words what is wrong with an offload header
 * @fault:	Fault that offload_check() found
 *
 * Return: a constant phrase
 */
const char *offload_fault_name(enum offload_fault fault)
{
	switch (fault) {
	case OFFLOAD_FAULT_NONE:
		return "no fault";
	case OFFLOAD_FAULT_HDR_LEN:
		return "header length exceeds the frame";
	case OFFLOAD_FAULT_FLAGS:
		return "unknown flag";
	case OFFLOAD_FAULT_GSO_TYPE:
		return "unsupported segmentation type";
	case OFFLOAD_FAULT_GSO_SIZE:
		return "impossible segment size";
	case OFFLOAD_FAULT_NO_CSUM:
		return "super-frame without checksum request";
	case OFFLOAD_FAULT_CSUM_END:
		return "checksum past the end of the frame";
	case OFFLOAD_FAULT_CSUM_PLACE:
		return "checksum in an impossible place";
	case OFFLOAD_FAULT_TRUNCATED:
		return "frame ends inside its headers";
	case OFFLOAD_FAULT_MALFORMED:
		return "malformed headers";
	case OFFLOAD_FAULT_FRAGMENT:
		return "offload on an IP fragment";
	case OFFLOAD_FAULT_PROTOCOL:
		return "protocol does not match the segmentation type";
	case OFFLOAD_FAULT_TUNNEL:
		return "super-frame inside a tunnel";
	case OFFLOAD_FAULT_TOO_LONG:
		return "super-frame longer than its IP header says";
	case OFFLOAD_FAULT_SEGMENTS:
		return "too many segments";
	case OFFLOAD_FAULT_COUNT:
		break;
	}
	return "unknown fault";
}

static enum offload_fault parse_ipv4(const uint8_t *data, size_t len,
				     struct offload_layout *at)
{
	const uint8_t *ip = data + at->l3;
	size_t ip_len;

	if (len < (size_t)at->l3 + IPV4_MIN_LEN)
		return OFFLOAD_FAULT_TRUNCATED;
	ip_len = (ip[0] & 0xfU) * 4;
	if (ip[0] >> 4 != 4 || ip_len < IPV4_MIN_LEN)
		return OFFLOAD_FAULT_MALFORMED;
	if (len < at->l3 + ip_len)
		return OFFLOAD_FAULT_TRUNCATED;
	if (load_be16(ip + 6) & IPV4_FRAGMENT_MASK)
		return OFFLOAD_FAULT_FRAGMENT;
	at->protocol = ip[9];
	at->l4 = (uint16_t)(at->l3 + ip_len);
	return OFFLOAD_FAULT_NONE;
}

static enum offload_fault parse_ipv6(const uint8_t *data, size_t len,
				     struct offload_layout *at)
{
	size_t next = (size_t)at->l3 + IPV6_LEN;

	if (len < next)
		return OFFLOAD_FAULT_TRUNCATED;
	if (data[at->l3] >> 4 != 6)
		return OFFLOAD_FAULT_MALFORMED;

	at->protocol = data[at->l3 + 6];
	for (unsigned int n = 0; n <= IPV6_MAX_EXTENSIONS; n++) {
		if (at->protocol == IPPROTO_FRAGMENT)
			return OFFLOAD_FAULT_FRAGMENT;
		if (at->protocol != IPPROTO_HOPOPTS &&
		    at->protocol != IPPROTO_ROUTING &&
		    at->protocol != IPPROTO_DSTOPTS) {
			at->l4 = (uint16_t)next;
			return OFFLOAD_FAULT_NONE;
		}
		if (len < next + 8)
			return OFFLOAD_FAULT_TRUNCATED;
		at->protocol = data[next];
		next += (data[next + 1] + 1U) * 8;
		if (len < next)
			return OFFLOAD_FAULT_TRUNCATED;
	}
	return OFFLOAD_FAULT_MALFORMED;
}

static enum offload_fault parse_headers(const uint8_t *data, size_t len,
					struct offload_layout *at)
{
	struct eth_header eth;

	if (!eth_parse(data, len, &eth))
		return OFFLOAD_FAULT_TRUNCATED;
	at->ethertype = eth.ethertype;
	at->l3 = eth.l3;
	switch (eth.ethertype) {
	case ETH_TYPE_IPV4:
		return parse_ipv4(data, len, at);
	case ETH_TYPE_IPV6:
		return parse_ipv6(data, len, at);
	case ETH_TYPE_ARP: /* has no checksum, and guards believe it */
		at->l4 = (uint16_t)(at->l3 + ARP_LEN);
		return OFFLOAD_FAULT_NONE;
	default:
		at->l4 = at->l3;
		return OFFLOAD_FAULT_NONE;
	}
}

/*
 * A checksum may be anywhere behind the IP header, e.g. in a tunnel, but not
 * where completing it would change what the switch has decided by.
 */
static enum offload_fault check_csum_place(const struct offload_layout *at,
					   const struct virtio_net_hdr *hdr)
{
	const bool ip = at->ethertype == ETH_TYPE_IPV4 ||
			at->ethertype == ETH_TYPE_IPV6;
	const bool ports = ip && (at->protocol == IPPROTO_TCP ||
				  at->protocol == IPPROTO_UDP);
	const size_t first = at->l4 + (ports ? PORTS_LEN : 0U);

	if (hdr->csum_start < at->l4 ||
	    (size_t)hdr->csum_start + hdr->csum_offset < first)
		return OFFLOAD_FAULT_CSUM_PLACE;
	return OFFLOAD_FAULT_NONE;
}

/* the transport header of a super-frame, and where its payload begins */
static enum offload_fault parse_transport(const uint8_t *data, size_t len,
					  const struct virtio_net_hdr *hdr,
					  struct offload_layout *at)
{
	const bool udp = hdr->gso_type == VIRTIO_NET_HDR_GSO_UDP_L4;
	size_t l4_len = UDP_LEN;

	if (at->protocol != (udp ? IPPROTO_UDP : IPPROTO_TCP))
		return OFFLOAD_FAULT_PROTOCOL;
	if (hdr->csum_start != at->l4 ||
	    hdr->csum_offset != (udp ? UDP_CSUM_OFFSET : TCP_CSUM_OFFSET))
		return OFFLOAD_FAULT_CSUM_PLACE;
	/* so all up to the checksum field is there, which is all of UDP */
	if (!udp) {
		l4_len = (data[at->l4 + 12] >> 4) * 4U;
		if (l4_len < TCP_MIN_LEN)
			return OFFLOAD_FAULT_MALFORMED;
		if (len < at->l4 + l4_len)
			return OFFLOAD_FAULT_TRUNCATED;
	}
	at->payload = (uint16_t)(at->l4 + l4_len);
	return OFFLOAD_FAULT_NONE;
}

/* whether the network layer is one that the gso_type can stand on */
static enum offload_fault check_gso_type(const struct offload_layout *at,
					 const struct virtio_net_hdr *hdr)
{
	bool right;

	switch (hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		right = at->ethertype == ETH_TYPE_IPV4;
		break;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		right = at->ethertype == ETH_TYPE_IPV6;
		break;
	default: /* UDP_L4, as offload_parse() has made sure */
		right = at->ethertype == ETH_TYPE_IPV4 ||
			at->ethertype == ETH_TYPE_IPV6;
	}
	return right ? OFFLOAD_FAULT_NONE : OFFLOAD_FAULT_PROTOCOL;
}

/*
 * The kernel passes on a tunnel's super-frame with the header of the one
 * inside, which says nothing of the headers in front of that. The checksum
 * that is asked for gives it away: it begins behind the outer transport.
 */
static bool is_tunnel(const struct offload_layout *at,
		      const struct virtio_net_hdr *hdr)
{
	if (!at->l4 || hdr->csum_start <= at->l4)
		return false;

	return at->protocol == IPPROTO_UDP || at->protocol == IPPROTO_GRE ||
	       at->protocol == IPPROTO_IPIP || at->protocol == IPPROTO_IPV6;
}

/*
 * As ipv6_has_hopopt_jumbo() of the kernel has it: the option is all there is
 * in the first header, and TCP is next. Kernels to come do without it.
 */
static enum offload_fault check_jumbogram(const uint8_t *ip, size_t payload_len,
					  struct offload_layout *at)
{
	const uint8_t *option = ip + IPV6_LEN;

	if (load_be16(ip + 4))
		return OFFLOAD_FAULT_TOO_LONG;
	if (ip[6] == IPPROTO_TCP)
		return OFFLOAD_FAULT_NONE;
	if (ip[6] != IPPROTO_HOPOPTS || option[0] != IPPROTO_TCP || option[1] ||
	    option[2] != IPV6_JUMBO_TYPE || option[3] != 4 ||
	    load_be32(option + 4) != payload_len)
		return OFFLOAD_FAULT_TOO_LONG;
	at->jumbo_len = IPV6_JUMBO_LEN;
	return OFFLOAD_FAULT_NONE;
}

/* Is a super-frame as long as its IP header says, or else one of BIG TCP? */
static enum offload_fault check_super_len(const uint8_t *data, size_t len,
					  struct offload_layout *at)
{
	const uint8_t *ip = data + at->l3;
	const size_t ip_len = len - at->l3;

	if (at->ethertype == ETH_TYPE_IPV4) {
		if (ip_len > OFFLOAD_IP_MAX &&
		    (at->protocol != IPPROTO_TCP || load_be16(ip + 2)))
			return OFFLOAD_FAULT_TOO_LONG;
		return OFFLOAD_FAULT_NONE;
	}

	if (ip_len - IPV6_LEN <= OFFLOAD_IP_MAX)
		return OFFLOAD_FAULT_NONE;
	return check_jumbogram(ip, ip_len - IPV6_LEN, at);
}

static enum offload_fault check_super(const uint8_t *data, size_t len,
				      const struct virtio_net_hdr *hdr,
				      struct offload_layout *at)
{
	enum offload_fault fault;
	size_t payload_len;

	if (is_tunnel(at, hdr))
		return OFFLOAD_FAULT_TUNNEL;
	fault = check_gso_type(at, hdr);
	if (fault)
		return fault;
	fault = parse_transport(data, len, hdr, at);
	if (fault)
		return fault;
	if (!hdr->gso_size || hdr->gso_size == GSO_BY_FRAGS)
		return OFFLOAD_FAULT_GSO_SIZE;
	fault = check_super_len(data, len, at);
	if (fault)
		return fault;
	payload_len = len - at->payload;
	if (payload_len > (size_t)hdr->gso_size * OFFLOAD_MAX_SEGMENTS)
		return OFFLOAD_FAULT_SEGMENTS;
	return OFFLOAD_FAULT_NONE;
}

static bool gso_type_known(uint8_t gso_type)
{
	switch (gso_type) {
	case VIRTIO_NET_HDR_GSO_NONE:
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN:
	case VIRTIO_NET_HDR_GSO_TCPV6:
	case VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN:
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return true;
	default: /* among them UFO, which means IP fragments; long gone */
		return false;
	}
}

/**
 * offload_parse() - Check an offload header and find the frame's headers
 * @data:	Frame
 * @len:	Its length
 * @hdr:	Its offload header, as it came
 * @ret:	Where to store what was found; all zero if there is nothing to
 *		do to the frame, untouched on failure
 *
 * See offload_check(), which is what most callers want.
 *
 * Return: what is wrong, OFFLOAD_FAULT_NONE if nothing is
 */
enum offload_fault offload_parse(const uint8_t *data, size_t len,
				 const struct virtio_net_hdr *hdr,
				 struct offload_layout *ret)
{
	const uint8_t known =
		VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID;
	struct offload_layout at = { 0 };
	enum offload_fault fault;

	if (hdr->hdr_len > len)
		return OFFLOAD_FAULT_HDR_LEN;
	if (hdr->flags & ~known)
		return OFFLOAD_FAULT_FLAGS;
	if (!gso_type_known(hdr->gso_type))
		return OFFLOAD_FAULT_GSO_TYPE;
	if (!offload_needs_csum(hdr)) {
		if (offload_is_super(hdr))
			return OFFLOAD_FAULT_NO_CSUM;
		*ret = at;
		return OFFLOAD_FAULT_NONE;
	}

	if ((size_t)hdr->csum_start + hdr->csum_offset + 2 > len)
		return OFFLOAD_FAULT_CSUM_END;
	fault = parse_headers(data, len, &at);
	if (fault)
		return fault;
	if (offload_is_super(hdr))
		fault = check_super(data, len, hdr, &at);
	else
		fault = check_csum_place(&at, hdr);
	if (fault)
		return fault;
	*ret = at;
	return OFFLOAD_FAULT_NONE;
}

/**
 * offload_check() - Check an offload header against the frame it came with
 * @data:	Frame
 * @len:	Its length
 * @hdr:	Its offload header, as it came
 *
 * Accepts what no later step can read or write out of bounds with, and what
 * kernels really send. hdr_len is a mere hint, in which the kernel passes on
 * how it laid out its memory: it may be anything up to @len. DATA_VALID asks
 * for nothing.
 *
 * Return: what is wrong, OFFLOAD_FAULT_NONE if nothing is
 */
enum offload_fault offload_check(const uint8_t *data, size_t len,
				 const struct virtio_net_hdr *hdr)
{
	struct offload_layout at;

	/* nearly all frames that are not TCP of this machine */
	if (!(hdr->flags | hdr->gso_type))
		return hdr->hdr_len > len ? OFFLOAD_FAULT_HDR_LEN
					  : OFFLOAD_FAULT_NONE;
	return offload_parse(data, len, hdr, &at);
}

static uint16_t nonzero(uint16_t csum)
{
	return csum ? csum : 0xffff;
}

/**
 * offload_checksum() - Compute the checksum that a frame lacks
 * @data:	Frame
 * @len:	Its length
 * @hdr:	Its offload header, checked, with NEEDS_CSUM set
 *
 * For readers who copy only the first bytes of a frame. The checksum of a
 * super-frame is the one it would have if it were sent in one piece.
 *
 * The field holds the sum of the pseudo header, so summing up everything from
 * csum_start on is all there is to it. Zero becomes 0xffff, because in UDP it
 * means "none" (RFC 768), and no other receiver can tell them apart. The kernel
 * does the same (skb_checksum_help()).
 *
 * Return: the checksum in host order, to be stored at csum_start + csum_offset
 */
uint16_t offload_checksum(const uint8_t *data, size_t len,
			  const struct virtio_net_hdr *hdr)
{
	return nonzero(csum_fold(csum_partial(data + hdr->csum_start,
					      len - hdr->csum_start, 0)));
}

/**
 * offload_copy() - Copy a frame, and compute the checksum that it lacks
 * @copy:	Where to, @len bytes; the field is left as it is in @data
 * @data:	Frame
 * @len:	Its length
 * @hdr:	Its offload header, checked, with NEEDS_CSUM set
 *
 * Return: what offload_checksum() does
 */
uint16_t offload_copy(uint8_t *copy, const uint8_t *data, size_t len,
		      const struct virtio_net_hdr *hdr)
{
	memcpy(copy, data, hdr->csum_start);
	return nonzero(csum_fold(csum_copy(copy + hdr->csum_start,
					   data + hdr->csum_start,
					   len - hdr->csum_start, 0)));
}

/**
 * offload_complete_checksum() - Fill in the checksum that a frame lacks
 * @data:	Frame
 * @len:	Its length
 * @hdr:	Its offload header, checked; NEEDS_CSUM is cleared
 *
 * Does nothing to a frame that lacks none. Not for super-frames: cut them with
 * a struct segmenter.
 */
void offload_complete_checksum(uint8_t *data, size_t len,
			       struct virtio_net_hdr *hdr)
{
	if (!offload_needs_csum(hdr))
		return;
	store_be16(data + hdr->csum_start + hdr->csum_offset,
		   offload_checksum(data, len, hdr));
	hdr->flags &= (uint8_t)~VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->csum_start = 0;
	hdr->csum_offset = 0;
}

static bool port_is_dhcp(uint16_t port)
{
	return port == 67 || port == 68 || port == 546 || port == 547;
}

/**
 * offload_is_dhcp() - Is this DHCP or DHCPv6 without a checksum?
 * @data:	Frame
 * @len:	Its length
 * @hdr:	Its offload header, checked or not
 *
 * DHCP programs read packet sockets and discard what lacks a checksum, so
 * these few frames get theirs whoever they are for. A TCP frame cannot be
 * meant, for its checksum is elsewhere.
 *
 * Return: whether it is
 */
bool offload_is_dhcp(const uint8_t *data, size_t len,
		     const struct virtio_net_hdr *hdr)
{
	const uint8_t *udp;

	if (!offload_needs_csum(hdr) || hdr->csum_offset != UDP_CSUM_OFFSET ||
	    offload_is_super(hdr) || (size_t)hdr->csum_start + UDP_LEN > len)
		return false;
	udp = data + hdr->csum_start;
	return port_is_dhcp(load_be16(udp)) || port_is_dhcp(load_be16(udp + 2));
}
