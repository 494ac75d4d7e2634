/* SPDX-License-Identifier: MIT */
/* name.c - names of switches, ports and interfaces */

#include "name.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

static bool is_printable(unsigned char c)
{
	return c >= ' ' && c <= '~';
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

static bool allowed_in_ifname(char c)
{
	return is_printable((unsigned char)c) && !strchr(" /:%", c);
}

static bool allowed_in_switch(char c)
{
	return is_alnum(c) || (c && strchr("_.-", c));
}

/* Names the culprit, or its kind where printing it would not help. */
static int refuse_char(struct err *err, const char *shown, const char *what,
		       unsigned char c)
{
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return err_set(err, -EINVAL,
			       "'%s': %s cannot contain white space", shown,
			       what);
	if (c > '~' + 1)
		return err_set(err, -EINVAL,
			       "'%s': %s cannot contain anything but ASCII",
			       shown, what);
	if (!is_printable(c))
		return err_set(err, -EINVAL,
			       "'%s': %s cannot contain control characters",
			       shown, what);
	return err_set(err, -EINVAL, "'%s': %s cannot contain '%c'", shown,
		       what, c);
}

/* What all names have in common: @max characters at most, and only @allowed. */
static int check(const char *name, const char *what, size_t max,
		 bool (*allowed)(char c), struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	const size_t len = strlen(name);

	if (!len)
		return err_set(err, -EINVAL, "%s cannot be empty", what);

	name_printable(name, len, shown, sizeof(shown));
	for (size_t i = 0; i < len; i++) {
		if (!allowed(name[i]))
			return refuse_char(err, shown, what,
					   (unsigned char)name[i]);
	}
	if (len > max)
		return err_set(
			err, -EINVAL,
			"'%s' is too long for %s: %zu characters, at most %zu",
			shown, what, len, max);
	return 0;
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int check_ifname(const char *name, const char *what, struct err *err)
{
	const int r = check(name, what, NAME_SIZE - 1, allowed_in_ifname, err);

	if (r < 0)
		return r;
	if (is_dots(name))
		return err_set(err, -EINVAL, "'%s' cannot be %s", name, what);
	return 0;
}

/**
 * name_check_port() - Is this a name for a port?
 * @name:	What somebody wants to call a port
 * @err:	What is wrong with it
 *
 * Return: 0 or -EINVAL
 */
int name_check_port(const char *name, struct err *err)
{
	return check_ifname(name, "a port name", err);
}

/**
 * name_check_ifname() - Is this a name for an interface?
 * @name:	What somebody wants to call an interface
 * @err:	What is wrong with it
 *
 * Return: 0 or -EINVAL
 */
int name_check_ifname(const char *name, struct err *err)
{
	return check_ifname(name, "an interface name", err);
}

/**
 * name_check_switch() - Is this a name for a switch?
 * @name:	What somebody wants to call a switch
 * @err:	What is wrong with it
 *
 * It becomes part of file names (the socket, the namespace), so it is
 * [A-Za-z0-9][A-Za-z0-9_.-]{0,31} and nothing else.
 *
 * Return: 0 or -EINVAL
 */
int name_check_switch(const char *name, struct err *err)
{
	const int r = check(name, "a switch name", NAME_SWITCH_SIZE - 1,
			    allowed_in_switch, err);

	if (r < 0)
		return r;
	if (!is_alnum(name[0]))
		return err_set(
			err, -EINVAL,
			"'%s': a switch name begins with a letter or a digit",
			name);
	return 0;
}

/* FNV-1a: tells names apart, and resists nobody. */
static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

/**
 * name_shorten() - Derive a port name from any name
 * @long_name:	Name of a namespace, of a container, ...
 * @ret:	A name that name_check_port() accepts: @long_name itself if it
 *		does; otherwise with '-' for what is not allowed and, when too
 *		long, as its first 10 characters, '-' and 4 digits of a hash
 *
 * The same name always gives the same port name. Two names can give one
 * ("a/b" and "a:b" do): who creates the port finds out, as with any name.
 */
void name_shorten(const char *long_name, char ret[NAME_SIZE])
{
	const bool long_one = strlen(long_name) >= NAME_SIZE;
	const size_t keep = long_one ? 10 : NAME_SIZE - 1;
	const bool dots = is_dots(long_name);
	size_t len;

	for (len = 0; len < keep && long_name[len]; len++) {
		const char c = long_name[len];

		ret[len] = (char)(allowed_in_ifname(c) && !dots ? c : '-');
	}
	if (!len)
		ret[len++] = '-';
	ret[len] = '\0';

	if (long_one) {
		const uint32_t h = hash(long_name);

		/* Fold, so that all bits have a say. */
		snprintf(ret + len, NAME_SIZE - len, "-%04x",
			 (h >> 16 ^ h) & 0xffff);
	}
}

/**
 * name_printable() - What may be shown of a text from outside
 * @text:	Bytes of any kind
 * @len:	How many
 * @buf:	Where to write; always terminated
 * @size:	Bytes at @buf, at least 1
 *
 * Printable ASCII stays, anything else becomes \xHH: an escape sequence must
 * not reach a terminal, a line break no log, and broken UTF-8 no JSON. What
 * does not fit ends in "...".
 *
 * Return: the length of what is in @buf
 */
size_t name_printable(const void *text, size_t len, char *buf, size_t size)
{
	const unsigned char *p = text;
	size_t fits = 0; /* how much of @buf leaves room for "..." */
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		const size_t need = is_printable(p[i]) ? 1 : 4;

		if (used + need >= size) {
			snprintf(buf + fits, size - fits, "...");
			return strlen(buf);
		}
		if (need == 1)
			buf[used] = (char)p[i];
		else
			snprintf(buf + used, 5, "\\x%02x", p[i]);
		used += need;
		if (used + 3 < size)
			fits = used;
	}
	buf[used] = '\0';
	return used;
}
