/* SPDX-License-Identifier: MIT */
/*
 * room.h - the back room: the daemon's own network namespace
 *
 * Host ends of cables are kept where nobody else's stack, firewall or network
 * manager touches them: in a namespace that the daemon makes at start, lives
 * in, and pins at /run/netns/vsw-NAME, where `ip netns` finds it.
 *
 * Always true between calls:
 *  - from room_open() to room_close() the process is in the room; whoever
 *    leaves it comes back by room_return() before returning
 *  - no two processes have the room of one name open: our caller holds a lock
 */
#ifndef ROOM_H
#define ROOM_H

enum {
	ROOM_N_FDS = 3,
};

struct err;
struct netns;
struct room;
struct rtnl;

int room_open(struct room **ret_room, const char *switch_name, struct err *err);
void room_close(struct room *room);

struct rtnl *room_rtnl(struct room *room);
int room_renew_rtnl(struct room *room, struct err *err);
void room_fds(const struct room *room, int ret_fds[ROOM_N_FDS]);
int room_open_target(const struct room *room, struct netns *ret_target,
		     const char *text, struct err *err);
void room_return(const struct room *room);

#endif /* ROOM_H */
