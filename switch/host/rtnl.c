/* SPDX-License-Identifier: MIT */
/* rtnl.c - one netlink request, one answer */

#include "rtnl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include "err.h"

enum {
	REQUEST_SIZE = 4096, /* the largest of ours, a veth pair, takes 300 */
	ANSWER_SIZE = 32768, /* what the kernel fills at most in a dump */
	ANSWER_TIMEOUT_S = 2,
	DUMP_TRIES = 5,
};

struct rtnl {
	struct mnl_socket *sock;
	uint32_t seq;
	char reason[100]; /* what the kernel said to the last request */
	char request[REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	char answer[ANSWER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/**
 * rtnl_new() - Open a netlink socket in the namespace the process is in
 * @ret_nl:	Where to put it
 * @protocol:	NETLINK_ROUTE or NETLINK_GENERIC
 * @err:	What went wrong
 *
 * Return: 0 or -errno
 */
int rtnl_new(struct rtnl **ret_nl, int protocol, struct err *err)
{
	const struct timeval timeout = { .tv_sec = ANSWER_TIMEOUT_S };
	struct rtnl *nl = calloc(1, sizeof(*nl));
	int on = 1;
	int r;

	if (!nl)
		return err_set(err, -ENOMEM, "out of memory");

	nl->sock = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!nl->sock) {
		r = err_errno(err, "cannot open a netlink socket");
		goto free_nl;
	}
	if (mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVTIMEO,
		       &timeout, sizeof(timeout)) < 0) {
		r = err_errno(err, "cannot set up a netlink socket");
		goto close_sock;
	}
	/* Both only make errors better to read: older kernels may refuse. */
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &on, sizeof(on));

	*ret_nl = nl;
	return 0;

close_sock:
	mnl_socket_close(nl->sock);
free_nl:
	free(nl);
	return r;
}

/**
 * rtnl_fd() - The descriptor of a netlink socket
 * @nl:		The socket
 *
 * Return: the descriptor
 */
int rtnl_fd(const struct rtnl *nl)
{
	return mnl_socket_get_fd(nl->sock);
}

/**
 * rtnl_free() - Close a netlink socket
 * @nl:		The socket, or NULL
 */
void rtnl_free(struct rtnl *nl)
{
	if (!nl)
		return;
	mnl_socket_close(nl->sock);
	free(nl);
}

/**
 * rtnl_start() - Begin a request
 * @nl:		Netlink socket
 * @type:	Message type
 * @flags:	Flags beyond NLM_F_REQUEST and NLM_F_ACK
 *
 * There is one request at a time: starting the next forgets this one.
 *
 * Return: the header, for mnl_nlmsg_put_extra_header() and mnl_attr_put()
 */
struct nlmsghdr *rtnl_start(struct rtnl *nl, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *req = mnl_nlmsg_put_header(nl->request);

	req->nlmsg_type = type;
	req->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	req->nlmsg_seq = ++nl->seq;
	return req;
}

/* The kernel's own words where it has some: they beat those of strerror(). */
static void take_extack(struct rtnl *nl, const struct nlmsghdr *msg, int code)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(msg);
	size_t offset = sizeof(*e);
	const struct nlattr *attr;
	size_t len;

	snprintf(nl->reason, sizeof(nl->reason), "%s", strerror(-code));
	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(msg->nlmsg_flags & NLM_F_CAPPED))
		offset += MNL_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
	if (offset >= mnl_nlmsg_get_payload_len(msg))
		return;

	mnl_attr_for_each(attr, msg, offset)
	{
		if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG ||
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
			continue;
		snprintf(nl->reason, sizeof(nl->reason), "%s",
			 mnl_attr_get_str(attr));
		/* Ours are phrases; some of theirs end in a full stop. */
		len = strlen(nl->reason);
		if (len && nl->reason[len - 1] == '.')
			nl->reason[len - 1] = '\0';
	}
}

/* Return: true if this was the end of the answer */
static bool take_message(struct rtnl *nl, const struct nlmsghdr *msg,
			 rtnl_on_message *on_message, void *user, int *r)
{
	const bool ends =
		msg->nlmsg_type == NLMSG_ERROR || msg->nlmsg_type == NLMSG_DONE;
	int status;

	if ((msg->nlmsg_flags & NLM_F_DUMP_INTR) && !*r)
		*r = -EINTR;
	if (!ends) {
		if (on_message && !*r)
			*r = on_message(msg, user);
		return false;
	}
	if (mnl_nlmsg_get_payload_len(msg) < sizeof(status)) {
		*r = -EBADMSG;
		return true;
	}
	memcpy(&status, mnl_nlmsg_get_payload(msg), sizeof(status));
	if (status < 0 && !*r) {
		*r = status;
		if (msg->nlmsg_type == NLMSG_ERROR)
			take_extack(nl, msg, status);
	}
	return true;
}

/*
 * Read until the answer to @seq is complete, and skip what is older. An answer
 * that went wrong is read to its end too: the kernel refuses to begin a list
 * while another is half read.
 */
static int take_answer(struct rtnl *nl, uint32_t seq,
		       rtnl_on_message *on_message, void *user)
{
	const struct nlmsghdr *msg;
	ssize_t n;
	int r = 0;
	int len;

	for (;;) {
		n = mnl_socket_recvfrom(nl->sock, nl->answer,
					sizeof(nl->answer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		len = (int)n;
		msg = (const struct nlmsghdr *)(const void *)nl->answer;
		for (; mnl_nlmsg_ok(msg, len);
		     msg = mnl_nlmsg_next(msg, &len)) {
			if (msg->nlmsg_seq == seq &&
			    take_message(nl, msg, on_message, user, &r))
				return r;
		}
	}
}

/**
 * rtnl_ask() - Send a request and hear the answer
 * @nl:		Netlink socket
 * @req:	What rtnl_start() returned, filled
 * @on_message:	Called for each message in front of the ack, or NULL
 * @user:	Passed to it
 *
 * Return: 0 or -errno, to be put into a sentence by rtnl_error()
 */
int rtnl_ask(struct rtnl *nl, struct nlmsghdr *req, rtnl_on_message *on_message,
	     void *user)
{
	const uint32_t seq = req->nlmsg_seq;
	int r;

	nl->reason[0] = '\0';
	r = mnl_socket_sendto(nl->sock, req, req->nlmsg_len) < 0
		    ? -errno
		    : take_answer(nl, seq, on_message, user);
	if (r < 0 && !nl->reason[0])
		snprintf(nl->reason, sizeof(nl->reason), "%s", strerror(-r));
	return r;
}

/**
 * rtnl_dump() - Ask for a list
 * @nl:		Netlink socket
 * @req:	What rtnl_start() returned, filled
 * @on_message:	Called for each entry; perhaps twice for the same one
 * @user:	Passed to it
 *
 * When the list changes under the kernel's hands it says so, and is asked
 * again from the start.
 *
 * Return: 0 or -errno
 */
int rtnl_dump(struct rtnl *nl, struct nlmsghdr *req,
	      rtnl_on_message *on_message, void *user)
{
	int r = -EINTR;

	req->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	for (int i = 0; i < DUMP_TRIES && r == -EINTR; i++) {
		req->nlmsg_seq = ++nl->seq;
		r = rtnl_ask(nl, req, on_message, user);
	}
	return r;
}

/**
 * rtnl_error() - Put what the kernel said into a sentence
 * @nl:		Netlink socket on which the request failed
 * @code:	What rtnl_ask() returned
 * @err:	Where to put it
 * @fmt:	What could not be done; ": <reason>" is appended
 *
 * Return: @code
 */
int rtnl_error(const struct rtnl *nl, int code, struct err *err,
	       const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_set(err, code, "%s: %s", what, nl->reason);
	if (code == -EPERM)
		err_hint(err, "vswd needs CAP_NET_ADMIN: run it as root");
	return code;
}

/**
 * rtnl_get_i32() - Read an attribute that should be a signed number
 * @attr:	The attribute
 * @ret_value:	Its value
 *
 * Return: false if its size is wrong
 */
bool rtnl_get_i32(const struct nlattr *attr, int32_t *ret_value)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*ret_value))
		return false;
	memcpy(ret_value, mnl_attr_get_payload(attr), sizeof(*ret_value));
	return true;
}

/**
 * rtnl_get_u32() - Read an attribute that should be a number
 * @attr:	The attribute
 * @ret_value:	Its value
 *
 * Return: false if its size is wrong
 */
bool rtnl_get_u32(const struct nlattr *attr, uint32_t *ret_value)
{
	if (mnl_attr_get_payload_len(attr) != sizeof(*ret_value))
		return false;
	memcpy(ret_value, mnl_attr_get_payload(attr), sizeof(*ret_value));
	return true;
}
