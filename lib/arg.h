/* SPDX-License-Identifier: MIT */
/*
 * arg.h - values of the arguments that lib/cmd.h declares
 *
 * From what is typed to what is sent, and what may be sent at all. Client and
 * daemon ask the same functions, so what the client lets through the daemon
 * accepts, and both say the same sentence about what is wrong:
 *
 *	mac: '01:00:5e:00:00:01' is a group address, not a station's
 *
 * Checked is what a value is, not whether what it names exists. In particular
 * a CMD_ARG_TYPE_BPF has the form of a program, but is not proven safe to run,
 * and a CMD_ARG_TYPE_CURSOR is any string or number.
 *
 * Rules that hold between values: no value of a CMD_ARG_MANY argument is there
 * twice, and of several CMD_ARG_TYPE_IP one may be IPv4 and one IPv6 (which is
 * the rule for gateways, the only use there is).
 */
#ifndef ARG_H
#define ARG_H

#include <jansson.h>

struct cmd_arg;
struct cmd_spec;
struct err;

int arg_parse(const struct cmd_arg *arg, const char *text, json_t **ret,
	      struct err *err);
int arg_check(const struct cmd_arg *arg, json_t *value, struct err *err);
int arg_check_params(const struct cmd_spec *spec, json_t *params,
		     struct err *err);

#endif /* ARG_H */
