/* SPDX-License-Identifier: MIT */
/*
 * client.h - the other end of the control socket, with assertions
 *
 * Nothing here waits longer than PATIENCE_MS: a daemon that does not answer
 * fails the test. Requests are printf() formats in which a ' becomes a ",
 * since JSON in C is unreadable otherwise.
 *
 * Replies are borrowed: valid until the client reads the next one.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct client;
struct daemon;

struct client *client_connect(const struct daemon *d);
struct client *client_adopt(int fd);
struct client *client_new(const struct daemon *d);
void client_free(struct client *c);
int client_fd(const struct client *c);

void client_send(struct client *c, const void *data, size_t len);
void client_send_fds(struct client *c, const void *data, size_t len,
		     const int *fds, size_t n_fds);
void client_say(struct client *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void client_pass(struct client *c, int fd, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
ssize_t client_push(struct client *c, const void *data, size_t len);

const char *client_line(struct client *c);
const json_t *client_read(struct client *c);
const json_t *client_ask(struct client *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
const json_t *client_call(struct client *c, const char *method, const char *fmt,
			  ...) __attribute__((format(printf, 3, 4)));
void client_attach_quietly(struct client *c, const char *ns, const char *port);
bool client_is_silent(struct client *c);
void client_expect_closed(struct client *c);

const json_t *at(const json_t *json, const char *path);
const char *text_at(const json_t *json, const char *path);
json_int_t number_at(const json_t *json, const char *path);

void assert_result(const json_t *reply);
void assert_limit_told(struct client *c, const char *limit, json_int_t max);
void assert_refused(const json_t *reply, int code, const char *name,
		    const char *message, const char *hint);

#endif /* CLIENT_H */
