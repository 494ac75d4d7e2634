/* SPDX-License-Identifier: MIT */
/*
 * netns.h - namespaces for the tests of the control socket to attach
 *
 * Their names are "vswp-PID-" and what the test calls them; daemon_teardown()
 * removes those that a test has made.
 */
#ifndef NETNS_H
#define NETNS_H

#include <stdbool.h>
#include <stddef.h>

const char *netns_make(const char *name);
int netns_n_links(const char *ns);
void netns_del(const char *name);
void netns_del_all(void);
void netns_silence(const char *name);
bool netns_has(const char *name, const char *ifname);
bool netns_has_address(const char *name, const char *ifname, const char *cidr);
int netns_socket(const char *name, const char *ifname);
void netns_send(const char *name, const char *ifname, const void *frame,
		size_t len, int n);

#endif /* NETNS_H */
