/* SPDX-License-Identifier: MIT */
/*
 * rtnl.h - one netlink request, one answer
 *
 * A thin layer over libmnl for those who arrange the machine: build a request,
 * send it, hear what the kernel says. The kernel works a request off inside the
 * system call that sends it, so the answer is there when the caller asks for
 * it, and nobody waits; an answer that is lost all the same becomes an error
 * after two seconds instead of a hang.
 *
 * Always true between calls:
 *  - no answer is left unread: late ones are recognised by their number
 *  - the socket belongs to the namespace it was opened in, wherever the
 *    process goes, and keeps that namespace alive until rtnl_free()
 */
#ifndef RTNL_H
#define RTNL_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct nlattr;
struct nlmsghdr;
struct rtnl;

/* Called for each message of an answer; nonzero ends it with that code. */
typedef int rtnl_on_message(const struct nlmsghdr *msg, void *user);

int rtnl_new(struct rtnl **ret_nl, int protocol, struct err *err);
void rtnl_free(struct rtnl *nl);
int rtnl_fd(const struct rtnl *nl);

struct nlmsghdr *rtnl_start(struct rtnl *nl, uint16_t type, uint16_t flags);
int rtnl_ask(struct rtnl *nl, struct nlmsghdr *req, rtnl_on_message *on_message,
	     void *user);
int rtnl_dump(struct rtnl *nl, struct nlmsghdr *req,
	      rtnl_on_message *on_message, void *user);
int rtnl_error(const struct rtnl *nl, int code, struct err *err,
	       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

bool rtnl_get_i32(const struct nlattr *attr, int32_t *ret_value);
bool rtnl_get_u32(const struct nlattr *attr, uint32_t *ret_value);

#endif /* RTNL_H */
