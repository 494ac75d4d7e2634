/* SPDX-License-Identifier: MIT */
/*
 * cmd.h - the commands of the switch, declared once
 *
 * The daemon binds a handler to every entry that has a method, the client
 * parses its command line with it, and help and manual are checked against
 * it. A command has a verb (what is typed: "show-fdb") and a method (what is
 * sent: "fdb.show"); one that needs no daemon, or asks it more than one thing,
 * has no method.
 */
#ifndef CMD_H
#define CMD_H

#include <stddef.h>

enum cmd_id {
	CMD_ATTACH,
	CMD_DETACH,
	CMD_SHOW_PORTS,
	CMD_SHOW_PORT,
	CMD_GC,
	CMD_SHOW_FDB,
	CMD_ADD_FDB,
	CMD_DEL_FDB,
	CMD_FLUSH_FDB,
	CMD_SHOW_SWITCH,
	CMD_CAPTURE,
	CMD_STOP_CAPTURE,
	CMD_MONITOR,
	CMD_LIST_EVENTS,
	CMD_EXPECT,
	CMD_WAIT_PORT,
	CMD_SHOW_DROPS,
	CMD_EXPLAIN,
	CMD_INJECT,
	CMD_ADD_MIRROR,
	CMD_DEL_MIRROR,
	CMD_SHOW_MIRRORS,
	CMD_DOCTOR,
	CMD_APPLY,
	CMD_DIFF,
	CMD_CONFIRM,
	CMD_SAVE,
	CMD_UP,
	CMD_DOWN,
	CMD_VERSION,
	CMD_HELP,

	CMD_COUNT,
};

/* Writing is the zero value: an entry that forgets to say is not open to all. */
enum cmd_access {
	CMD_ACCESS_WRITE,
	CMD_ACCESS_READ,
};

/* What a value is: how it is typed, how it is sent, what makes it valid. */
enum cmd_arg_type {
	CMD_ARG_TYPE_MAC, /* "02:00:00:00:00:01"; a station, so not a group */
	CMD_ARG_TYPE_ADDRESS, /* the same, or any other Ethernet address */
	CMD_ARG_TYPE_VLAN, /* 0 (untagged) to 4094 */
	CMD_ARG_TYPE_PORT, /* name of a port */
	CMD_ARG_TYPE_TARGET, /* namespace name, path, "pid:N" or "host" */
	CMD_ARG_TYPE_IFNAME, /* interface name */
	CMD_ARG_TYPE_IFADDR, /* "10.0.0.1/24" */
	CMD_ARG_TYPE_IP, /* "10.0.0.254" */
	CMD_ARG_TYPE_MTU, /* 68 to 65535 bytes */
	CMD_ARG_TYPE_ETHERTYPE, /* 0 to 65535; may be typed as "0x0800" */
	CMD_ARG_TYPE_FRAME_LEN, /* 1 to 196630 bytes */
	CMD_ARG_TYPE_COUNT, /* 1 and up */
	CMD_ARG_TYPE_SIZE, /* bytes; typed with units: "64k" */
	CMD_ARG_TYPE_DURATION, /* ms; typed with units: "90s", "1h" */
	CMD_ARG_TYPE_CHOICE, /* one of @choices */
	CMD_ARG_TYPE_FLAG, /* true when given */
	CMD_ARG_TYPE_TEXT, /* free text */
	CMD_ARG_TYPE_CURSOR, /* where the next page starts; opaque */
	CMD_ARG_TYPE_BPF, /* classic BPF program: [[code, jt, jf, k], ...] */
	CMD_ARG_TYPE_LAB, /* as vsw.yaml(5) describes it; checked by lab.h */
};

enum cmd_arg_flag {
	CMD_ARG_REQUIRED = 1 << 0,
	CMD_ARG_POSITIONAL = 1 << 1, /* typed bare, in the order of the table */
	CMD_ARG_MANY = 1 << 2, /* may be repeated; sent as an array */
	CMD_ARG_FILTER = 1 << 3, /* typed as "name=value" */
	CMD_ARG_LOCAL = 1 << 4, /* for the client alone: typed, not sent */
	CMD_ARG_WIRE = 1 << 5, /* for programs: sent, not typed */
	CMD_ARG_COMMAS = 1 << 6, /* of a MANY, several may be in a word */
};

struct cmd_arg {
	const char *name; /* key in the request; "--name", '_' typed as '-' */
	enum cmd_arg_type type;
	unsigned flags; /* enum cmd_arg_flag */
	char letter; /* short option, or 0 */
	const char *label; /* what stands for the value in the help */
	const char *help; /* one line, lower case, no full stop */
	const char *const *choices; /* CMD_ARG_TYPE_CHOICE; NULL-terminated */
};

struct cmd_spec {
	enum cmd_id id;
	const char *verb; /* what is typed, or NULL */
	const char *method; /* what is sent, or NULL */
	const char *help; /* one line, lower case, no full stop */
	enum cmd_access access;
	unsigned since; /* protocol version that introduced it */
	const struct cmd_arg *args;
	size_t n_args;
};

extern const struct cmd_spec *const cmd_specs[CMD_COUNT];

const struct cmd_spec *cmd_find_verb(const char *verb);
const struct cmd_spec *cmd_find_method(const char *method);
const struct cmd_arg *cmd_find_arg(const struct cmd_spec *spec,
				   const char *name);

#endif /* CMD_H */
