/* SPDX-License-Identifier: MIT */
/* keep.c - ports that persist, and what happens to their namespaces */

#include "keep.h"

#include <string.h>
#include <unistd.h>

#include "client.h"
#include "daemon.h"
#include "netns.h"

/**
 * keep_tap_if_possible() - A kind of port, other than veth where there is one
 *
 * Return: its name
 */
const char *keep_tap_if_possible(void)
{
	return access("/dev/net/tun", F_OK) ? "veth" : "tap";
}

/**
 * keep_show() - All that is known about a port
 * @c:		Client
 * @port:	Name of the port
 *
 * Return: its row, until the client's next request
 */
const json_t *keep_show(struct client *c, const char *port)
{
	return at(client_call(c, "port.show", "{'port':'%s'}", port),
		  "result.port");
}

/**
 * keep_is() - Is a port in this state?
 * @c:		Client
 * @port:	Name of the port
 * @state:	Name of the state
 *
 * Return: whether it is
 */
bool keep_is(struct client *c, const char *port, const char *state)
{
	return !strcmp(text_at(keep_show(c, port), "state"), state);
}

/**
 * keep_next_is() - Does a port say that this comes next?
 * @c:		Client
 * @port:	Name of a port that is not up
 * @words:	Some of the words
 *
 * Return: whether it does
 */
bool keep_next_is(struct client *c, const char *port, const char *words)
{
	return strstr(text_at(keep_show(c, port), "next"), words);
}

/**
 * keep_attach() - Attach a port that persists
 * @c:		Client
 * @ns:		Target
 * @port:	Name of the port
 * @more:	Other arguments, each behind a comma; may be empty
 */
void keep_attach(struct client *c, const char *ns, const char *port,
		 const char *more)
{
	assert_result(client_call(c, "port.attach",
				  "{'target':'%s','port':'%s','persist':true"
				  "%s}",
				  ns, port, more));
}

/**
 * keep_del() - Take a namespace's name away
 * @ns:		Name of a namespace, in which somebody may live on
 */
void keep_del(const char *ns)
{
	assert_int_equal(run("ip netns del %s", ns), 0);
}

/**
 * keep_add() - Make a namespace
 * @ns:		Its name, which netns_make() has known
 */
void keep_add(const char *ns)
{
	assert_int_equal(run("ip netns add %s", ns), 0);
}

/**
 * keep_name_only() - A name that is no namespace's yet
 * @name:	What it ends with
 *
 * Return: the whole name; what bears it when the test ends is removed
 */
const char *keep_name_only(const char *name)
{
	const char *whole = netns_make(name);

	keep_del(whole);
	return whole;
}
