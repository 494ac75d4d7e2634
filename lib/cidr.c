/* SPDX-License-Identifier: MIT */
/* cidr.c - IP addresses, with and without a prefix length */

#include "cidr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "name.h"

static const char *family_name(const struct ip_addr *addr)
{
	return addr->family == AF_INET ? "IPv4" : "IPv6";
}

/* The address alone, which is the first @len bytes of @text. */
static bool addr_parse(const char *text, size_t len, struct ip_addr *ret)
{
	char addr[IP_TEXT_SIZE] = "";

	if (len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);

	memset(ret, 0, sizeof(*ret));
	ret->family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	return inet_pton(ret->family, addr, ret->b) == 1;
}

static int refuse_kind(const struct ip_addr *addr, const char *shown,
		       struct err *err)
{
	static const uint8_t zeros[16];
	static const uint8_t ones[4] = { 255, 255, 255, 255 };
	const char *kind = NULL;

	if (!memcmp(addr->b, zeros, sizeof(zeros)))
		kind = "the unspecified";
	else if (addr->family == AF_INET && !memcmp(addr->b, ones, 4))
		kind = "the broadcast";
	else if (addr->family == AF_INET ? (addr->b[0] & 0xf0) == 0xe0
					 : addr->b[0] == 0xff)
		kind = "a multicast";

	if (kind)
		return err_set(err, -EINVAL,
			       "'%s' is %s address, which no host can have",
			       shown, kind);
	return 0;
}

/* Digits only, no leading zero, and no longer than three: or -1. */
static int prefix_parse(const char *text)
{
	const size_t len = strspn(text, "0123456789");
	int prefix_len = 0;

	if (!len || len > 3 || text[len] || (len > 1 && text[0] == '0'))
		return -1;
	for (size_t i = 0; i < len; i++)
		prefix_len = prefix_len * 10 + (text[i] - '0');
	return prefix_len;
}

/**
 * ip_parse() - Read an address without a prefix length
 * @text:	"10.0.0.254" or "fd00::1"
 * @ret:	The address; untouched on failure
 * @err:	What is wrong with @text
 *
 * Return: 0 or -EINVAL
 */
int ip_parse(const char *text, struct ip_addr *ret, struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	struct ip_addr addr;
	const char *slash = strchr(text, '/');
	int r;

	name_printable(text, strlen(text), shown, sizeof(shown));
	if (slash && addr_parse(text, (size_t)(slash - text), &addr))
		return err_set(err, -EINVAL,
			       "'%s' has a prefix length, where only an "
			       "address makes sense",
			       shown);
	if (!addr_parse(text, strlen(text), &addr))
		return err_set(err, -EINVAL, "'%s' is not an IP address",
			       shown);

	r = refuse_kind(&addr, shown, err);
	if (r < 0)
		return r;

	*ret = addr;
	return 0;
}

/**
 * ip_format() - Write an address as people do
 * @addr:	An address
 * @ret:	Its text
 */
void ip_format(const struct ip_addr *addr, char ret[IP_TEXT_SIZE])
{
	if (!inet_ntop(addr->family, addr->b, ret, IP_TEXT_SIZE))
		snprintf(ret, IP_TEXT_SIZE, "?");
}

/**
 * ip_len() - Length of an address on the wire
 * @addr:	An address
 *
 * Return: 4 or 16, which is what netlink attributes want to know
 */
size_t ip_len(const struct ip_addr *addr)
{
	return addr->family == AF_INET ? 4 : 16;
}

/**
 * cidr_parse() - Read the address of an interface
 * @text:	"10.0.0.1/24" or "fd00::1/64"; the prefix length is required,
 *		since a guessed one (/32, /8) helps nobody
 * @ret:	The address, host bits and all; untouched on failure
 * @err:	What is wrong with @text
 *
 * Return: 0 or -EINVAL
 */
int cidr_parse(const char *text, struct cidr *ret, struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	const char *slash = strchrnul(text, '/');
	struct cidr cidr;
	int max;
	int len;
	int r;

	name_printable(text, strlen(text), shown, sizeof(shown));
	if (!addr_parse(text, (size_t)(slash - text), &cidr.addr))
		return err_set(err, -EINVAL, "'%s' is not an IP address",
			       shown);
	if (!*slash)
		return err_set(err, -EINVAL,
			       "'%s' has no prefix length, as in %s/%d", shown,
			       shown, cidr.addr.family == AF_INET ? 24 : 64);

	len = prefix_parse(slash + 1);
	if (len < 0)
		return err_set(err, -EINVAL,
			       "'%s': what follows the slash is not a prefix "
			       "length, as in /%d",
			       shown, cidr.addr.family == AF_INET ? 24 : 64);
	max = (int)ip_len(&cidr.addr) * 8;
	if (len > max)
		return err_set(err, -EINVAL,
			       "'%s': an %s prefix is at most %d bits", shown,
			       family_name(&cidr.addr), max);

	r = refuse_kind(&cidr.addr, shown, err);
	if (r < 0)
		return r;

	cidr.prefix_len = (uint8_t)len;
	*ret = cidr;
	return 0;
}

/**
 * cidr_format() - Write an address and its prefix length as people do
 * @cidr:	An address
 * @ret:	Its text, which cidr_parse() would read
 */
void cidr_format(const struct cidr *cidr, char ret[CIDR_TEXT_SIZE])
{
	char addr[IP_TEXT_SIZE];

	ip_format(&cidr->addr, addr);
	snprintf(ret, CIDR_TEXT_SIZE, "%s/%u", addr, cidr->prefix_len);
}

/**
 * cidr_equal() - Are two addresses the same, with prefixes of one length?
 * @a:		One
 * @b:		The other
 *
 * Member by member: memcmp() would compare the bytes behind them, too.
 *
 * Return: whether they are
 */
bool cidr_equal(const struct cidr *a, const struct cidr *b)
{
	return a->addr.family == b->addr.family &&
	       !memcmp(a->addr.b, b->addr.b, sizeof(a->addr.b)) &&
	       a->prefix_len == b->prefix_len;
}

/**
 * cidr_contains() - Is an address on the network of an interface?
 * @cidr:	Address of the interface
 * @addr:	Another address, a gateway for instance
 *
 * Return: true if both share @cidr's prefix
 */
bool cidr_contains(const struct cidr *cidr, const struct ip_addr *addr)
{
	const size_t n_bytes = cidr->prefix_len / 8;
	const unsigned int n_bits = cidr->prefix_len % 8;

	if (cidr->addr.family != addr->family ||
	    memcmp(cidr->addr.b, addr->b, n_bytes))
		return false;
	return !n_bits ||
	       !((cidr->addr.b[n_bytes] ^ addr->b[n_bytes]) >> (8 - n_bits));
}
