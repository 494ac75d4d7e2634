/* SPDX-License-Identifier: MIT */
/*
 * netns.h - network namespaces: naming, opening, entering
 *
 * Always true between calls:
 *  - a struct netns that is open is a network namespace, and nothing else was
 *    opened on the way: opening a device node has effects of its own
 *  - a namespace is kept alive while it is open here: close it as soon as the
 *    cable lies, or `ip netns del` has no effect
 */
#ifndef NETNS_H
#define NETNS_H

#include <stdbool.h>
#include <sys/types.h>

struct err;

enum {
	NETNS_WORDS_SIZE = 80,
};

struct netns {
	int fd;
	dev_t dev; /* with @ino: which one it is, for as long as it is open */
	ino_t ino;
	char words
		[NETNS_WORDS_SIZE]; /* for messages: "namespace web", "the host" */
};

void netns_words(const char *text, char ret[NETNS_WORDS_SIZE]);
bool netns_is_to_come(const char *text);
int netns_open(struct netns *ret_ns, const char *text, struct err *err);
int netns_open_own(struct netns *ret_ns, const char *words, struct err *err);
int netns_copy(struct netns *ret_ns, const struct netns *ns, struct err *err);
void netns_close(struct netns *ns);
bool netns_equal(const struct netns *a, const struct netns *b);
int netns_enter(const struct netns *ns, struct err *err);

#endif /* NETNS_H */
