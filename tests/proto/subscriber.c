/* SPDX-License-Identifier: MIT */
/* subscriber.c - clients that are told of events, and stations that make some */

#include "subscriber.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "netns.h"
#include "unit.h"

enum {
	FRAME_LEN = 60,
};

/**
 * subscriber_new() - Connect a client that is told of events
 * @d:		Daemon
 * @since:	Cursor: events after it; NULL: from now on
 *
 * Return: the client, to be freed with client_free()
 */
struct client *subscriber_new(const struct daemon *d, const char *since)
{
	struct client *c = client_new(d);

	if (since)
		assert_result(client_call(c, "event.subscribe",
					  "{'since':'%s'}", since));
	else
		assert_result(client_call(c, "event.subscribe", "{}"));
	return c;
}

/**
 * subscriber_next() - Wait for an event; nothing else may come
 * @c:		Subscriber
 *
 * Return: the event, valid until the next message is read
 */
const json_t *subscriber_next(struct client *c)
{
	const json_t *message = client_read(c);

	assert_string_equal(text_at(message, "method"), "event");
	return at(message, "params");
}

/**
 * subscriber_next_of_kind() - Wait for an event, and pass over others
 * @c:		Subscriber; must not have lost any
 * @kind:	Kind of event
 *
 * Return: the event, valid until the next message is read
 */
const json_t *subscriber_next_of_kind(struct client *c, const char *kind)
{
	for (;;) {
		const json_t *event = subscriber_next(c);

		assert_string_not_equal(text_at(event, "kind"), "lost");
		if (!strcmp(text_at(event, "kind"), kind))
			return event;
	}
}

/**
 * station_send() - Have a station send a frame to everybody
 * @fd:		Socket of netns_socket()
 * @station:	Its number, which becomes its address
 */
void station_send(int fd, unsigned station)
{
	const unsigned char frame[FRAME_LEN] = {
		0xff,
		0xff,
		0xff,
		0xff,
		0xff,
		0xff,
		0x02,
		0,
		0,
		0,
		(unsigned char)(station >> 8),
		(unsigned char)station,
		0x88,
		0xb5,
	};

	assert_int_equal(send(fd, frame, sizeof(frame), 0), sizeof(frame));
}

/**
 * station_send_once() - The same, by a socket of its own
 * @ns:		Namespace
 * @station:	Number of the station
 *
 * To close a socket takes some 10 ms, so who sends much keeps one.
 */
void station_send_once(const char *ns, unsigned station)
{
	const int fd = netns_socket(ns, "eth0");

	station_send(fd, station);
	close(fd);
}
