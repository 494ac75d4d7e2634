/* SPDX-License-Identifier: MIT */
/*
 * nswatch.h - hear of namespaces that get a name, without asking time and again
 *
 * A named namespace is a file with something mounted on it, and `ip netns add`
 * takes two steps: make the file, of which inotify tells, and mount, of which
 * the kernel's list of mounts tells (it becomes readable "exceptionally").
 *
 * Looking a path up may take long, so it is the worker who does that
 * (nswatch_add()), with the descriptor that both processes share. The daemon
 * reads what has happened.
 */
#ifndef NSWATCH_H
#define NSWATCH_H

struct err;
struct nswatch;

enum {
	NSWATCH_NONE = -1, /* no folder: nothing will be heard */
};

/*
 * Something of that @name came, went or was renamed in the folder @watch; or,
 * with no @name, the folder itself is no longer watched. @watch is
 * NSWATCH_NONE if events were lost: anything may have happened.
 */
typedef void nswatch_on_name(int watch, const char *name, void *user);

int nswatch_new(struct nswatch **ret_watch, struct err *err);
void nswatch_free(struct nswatch *watch);

int nswatch_names_fd(const struct nswatch *watch);
int nswatch_mounts_fd(const struct nswatch *watch);
void nswatch_receive_names(struct nswatch *watch, nswatch_on_name *on_name,
			   void *user);
void nswatch_receive_mounts(struct nswatch *watch);

int nswatch_add(const struct nswatch *watch, const char *text);
void nswatch_remove(struct nswatch *watch, int folder);

#endif /* NSWATCH_H */
