/* SPDX-License-Identifier: MIT */
/* subscriber.h - clients that are told of events, and stations that make some */
#ifndef SUBSCRIBER_H
#define SUBSCRIBER_H

#include <jansson.h>

struct client;
struct daemon;

struct client *subscriber_new(const struct daemon *d, const char *since);
const json_t *subscriber_next(struct client *c);
const json_t *subscriber_next_of_kind(struct client *c, const char *kind);
void station_send(int fd, unsigned station);
void station_send_once(const char *ns, unsigned station);

#endif /* SUBSCRIBER_H */
