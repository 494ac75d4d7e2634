/* SPDX-License-Identifier: MIT */
/*
 * client.h - a connection to a switch
 *
 * Waits, but never beyond the deadline it was opened with or given later: it
 * covers connecting, the hello and the answers as a whole. The daemon is not
 * trusted to send what docs/protocol.md says.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "mtime.h"
#include "problem.h"

struct client;

enum {
	CLIENT_PROTOCOL = 1, /* the one we speak */
};

int client_connect(const char *path, mtime_t deadline, struct err *err);
enum status client_open(int fd, mtime_t deadline, struct client **ret,
			struct problem *problem);
void client_close(struct client *client);
int client_fd(const struct client *client);
const json_t *client_hello(const struct client *client);
void client_set_deadline(struct client *client, mtime_t deadline);

void client_set_listener(struct client *client,
			 void (*listener)(const json_t *message, void *user),
			 void *user);

enum status client_call(struct client *client, const char *method,
			json_t *params, int pass_fd, json_t **ret,
			struct problem *problem);
enum status client_call_pages(struct client *client, const char *method,
			      json_t *params, json_t **ret,
			      struct problem *problem);
enum status client_send(struct client *client, const char *method,
			json_t *params, int pass_fd, struct problem *problem);
enum status client_receive(struct client *client, json_t **ret,
			   struct problem *problem);
enum status client_take(struct client *client, json_t **ret,
			struct problem *problem);
bool client_drained(const struct client *client);

#endif /* CLIENT_H */
