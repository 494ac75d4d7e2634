/* SPDX-License-Identifier: MIT */
/* arg.c - values of the arguments that lib/cmd.h declares */

#include "arg.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cidr.h"
#include "cmd.h"
#include "err.h"
#include "eth.h"
#include "macros.h"
#include "name.h"
#include "nearest.h"
#include "offload.h"
#include "units.h"

enum {
	BPF_LEN_MAX = 4096, /* BPF_MAXINSNS of the kernel */
	NETNS_NAME_MAX = 255, /* NAME_MAX: it is a file name */
	FRAME_LEN_MAX = 196630, /* of BIG TCP, with two tags */
};

_Static_assert(FRAME_LEN_MAX ==
		       OFFLOAD_BIG_MAX + ETH_HEADER_LEN + 2 * ETH_TAG_LEN,
	       "the words below say so");

static const json_int_t DURATION_MAX_MS = INT64_C(100) * 365 * 24 * 3600 * 1000;

static void show(const char *text, char ret[NAME_SHOWN_SIZE])
{
	name_printable(text, strlen(text), ret, NAME_SHOWN_SIZE);
}

/* Put the name of the argument in front of what a parser said. */
static int blame(const struct cmd_arg *arg, int code, struct err *err)
{
	struct err why;

	if (!err)
		return code;

	why = *err;
	err_set(err, code, "%s: %s", arg->name, why.msg);
	err_hint(err, "%s", why.hint);
	return code;
}

/* Numbers */

struct range {
	json_int_t min, max;
	const char *what;
};

static struct range arg_range(enum cmd_arg_type type)
{
	switch (type) {
	case CMD_ARG_TYPE_VLAN:
		return (struct range){ 0, 4094, "a VLAN, 0 to 4094" };
	case CMD_ARG_TYPE_MTU:
		return (struct range){ 68, 65535, "an MTU, 68 to 65535" };
	case CMD_ARG_TYPE_SIZE:
		return (struct range){ 1, UINT32_MAX,
				       "a size, 1 to 4294967295 bytes" };
	case CMD_ARG_TYPE_ETHERTYPE:
		return (struct range){ 0, 65535, "an EtherType, 0 to 0xffff" };
	case CMD_ARG_TYPE_FRAME_LEN:
		return (struct range){ 1, FRAME_LEN_MAX,
				       "the length of a frame, 1 to 196630" };
	case CMD_ARG_TYPE_DURATION:
		return (struct range){ 0, DURATION_MAX_MS,
				       "a time, such as 90s or 1h" };
	case CMD_ARG_TYPE_COUNT:
	case CMD_ARG_TYPE_MAC:
	case CMD_ARG_TYPE_ADDRESS:
	case CMD_ARG_TYPE_PORT:
	case CMD_ARG_TYPE_TARGET:
	case CMD_ARG_TYPE_IFNAME:
	case CMD_ARG_TYPE_IFADDR:
	case CMD_ARG_TYPE_IP:
	case CMD_ARG_TYPE_CHOICE:
	case CMD_ARG_TYPE_FLAG:
	case CMD_ARG_TYPE_TEXT:
	case CMD_ARG_TYPE_CURSOR:
	case CMD_ARG_TYPE_BPF:
	case CMD_ARG_TYPE_LAB:
		break;
	}

	return (struct range){ 1, INT64_MAX, "a number from 1 up" };
}

static int check_number(const struct cmd_arg *arg, json_int_t value,
			struct err *err)
{
	const struct range range = arg_range(arg->type);

	if (value < range.min || value > range.max)
		return err_set(err, -EINVAL, "%s: %lld is not %s", arg->name,
			       (long long)value, range.what);

	return 0;
}

/* Digits and nothing else: no sign, no blanks, no "0x". */
static bool parse_digits(const char *text, json_int_t *ret)
{
	json_int_t value = 0;

	if (!*text)
		return false;

	for (; *text; text++) {
		const int digit = *text - '0';

		if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}

	*ret = value;
	return true;
}

/* "0x" and up to four hexadecimal digits. */
static bool parse_hex(const char *text, json_int_t *ret)
{
	const size_t n = strspn(text + 2 * !strncmp(text, "0x", 2),
				"0123456789abcdefABCDEF");

	if (strncmp(text, "0x", 2) || n < 1 || n > 4 || text[2 + n])
		return false;

	*ret = (json_int_t)strtoul(text, NULL, 16);
	return true;
}

static int parse_number(const struct cmd_arg *arg, const char *text,
			json_int_t *ret, struct err *err)
{
	const struct range range = arg_range(arg->type);
	char shown[NAME_SHOWN_SIZE];
	mtime_t duration;
	uint64_t size;
	int r;

	if (arg->type == CMD_ARG_TYPE_DURATION) {
		r = duration_parse(text, &duration, err);
		if (r < 0)
			return blame(arg, r, err);
		*ret = (json_int_t)(duration.us / 1000);
		return check_number(arg, *ret, err);
	}
	if (arg->type == CMD_ARG_TYPE_SIZE) {
		r = size_parse(text, &size, err);
		if (r < 0)
			return blame(arg, r, err);
		if (size <= (uint64_t)range.max) {
			*ret = (json_int_t)size;
			return check_number(arg, *ret, err);
		}
	} else if (parse_digits(text, ret) ||
		   (arg->type == CMD_ARG_TYPE_ETHERTYPE &&
		    parse_hex(text, ret))) {
		return check_number(arg, *ret, err);
	}

	show(text, shown);
	return err_set(err, -EINVAL, "%s: '%s' is not %s", arg->name, shown,
		       range.what);
}

/* Strings */

static int check_address(const char *text, struct eth_addr *ret,
			 struct err *err)
{
	char shown[NAME_SHOWN_SIZE];

	if (eth_addr_parse(text, ret))
		return 0;

	show(text, shown);
	err_set(err, -EINVAL, "'%s' is not a MAC address", shown);
	err_hint(err, "it looks like 02:00:00:00:00:01");
	return -EINVAL;
}

static int check_mac(const char *text, struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	struct eth_addr mac;

	show(text, shown);
	if (check_address(text, &mac, err) < 0)
		return -EINVAL;
	if (eth_addr_is_group(mac))
		return err_set(err, -EINVAL,
			       "'%s' is a group address, not a station's",
			       shown);
	if (eth_addr_is_zero(mac))
		return err_set(err, -EINVAL, "'%s' is no station's address",
			       shown);

	return 0;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			return true;
	}

	return false;
}

static int check_target_name(const char *name, const char *shown,
			     struct err *err)
{
	const char *colon = strchr(name, ':');

	if (strchr(name, '/'))
		return err_set(err, -EINVAL,
			       "'%s' is not an absolute path, nor a name",
			       shown);
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return err_set(err, -EINVAL, "'%s' is not a namespace", shown);
	if (strlen(name) > NETNS_NAME_MAX)
		return err_set(err, -EINVAL,
			       "'%s' is longer than a namespace's name can be",
			       shown);
	if (colon) {
		/* Kept free for other kinds of targets. */
		err_set(err, -EINVAL, "'%s' is of no kind we know", shown);
		err_hint(err, "a namespace whose name has a colon: give its "
			      "path, as in /run/netns/a:b");
		return -EINVAL;
	}

	return 0;
}

static int check_target(const char *text, struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	json_int_t pid;

	show(text, shown);
	if (!*text)
		return err_set(err, -EINVAL, "the name is empty");
	if (has_control(text))
		return err_set(err, -EINVAL, "'%s' has control characters",
			       shown);
	if (!strncmp(text, "pid:", 4)) {
		if (!parse_digits(text + 4, &pid) || pid < 1 || pid > INT_MAX)
			return err_set(err, -EINVAL,
				       "'%s' is not pid: and the number of a "
				       "process",
				       shown);
		return 0;
	}
	if (*text == '/') {
		if (strlen(text) >= PATH_MAX)
			return err_set(err, -EINVAL,
				       "'%s' is longer than a path can be",
				       shown);
		return 0;
	}

	return check_target_name(text, shown, err);
}

static int check_choice(const struct cmd_arg *arg, const char *text,
			struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	char all[80] = "";
	size_t used = 0;

	for (const char *const *choice = arg->choices; *choice; choice++) {
		if (!strcmp(*choice, text))
			return 0;
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
					 used ? " or " : "", *choice);
		if (used >= sizeof(all))
			used = sizeof(all) - 1;
	}

	show(text, shown);
	return err_set(err, -EINVAL, "'%s' is not %s", shown, all);
}

static int check_string(const struct cmd_arg *arg, const char *text,
			struct err *err)
{
	struct eth_addr any;
	struct ip_addr addr;
	struct cidr cidr;

	switch (arg->type) {
	case CMD_ARG_TYPE_MAC:
		return check_mac(text, err);
	case CMD_ARG_TYPE_ADDRESS:
		return check_address(text, &any, err);
	case CMD_ARG_TYPE_PORT:
		return name_check_port(text, err);
	case CMD_ARG_TYPE_TARGET:
		return check_target(text, err);
	case CMD_ARG_TYPE_IFNAME:
		return name_check_ifname(text, err);
	case CMD_ARG_TYPE_IFADDR:
		return cidr_parse(text, &cidr, err);
	case CMD_ARG_TYPE_IP:
		return ip_parse(text, &addr, err);
	case CMD_ARG_TYPE_CHOICE:
		return check_choice(arg, text, err);
	case CMD_ARG_TYPE_TEXT:
	case CMD_ARG_TYPE_VLAN:
	case CMD_ARG_TYPE_MTU:
	case CMD_ARG_TYPE_ETHERTYPE:
	case CMD_ARG_TYPE_FRAME_LEN:
	case CMD_ARG_TYPE_COUNT:
	case CMD_ARG_TYPE_SIZE:
	case CMD_ARG_TYPE_DURATION:
	case CMD_ARG_TYPE_FLAG:
	case CMD_ARG_TYPE_CURSOR:
	case CMD_ARG_TYPE_BPF:
	case CMD_ARG_TYPE_LAB:
		break;
	}

	return 0;
}

/* Programs */

static bool is_bpf_insn(json_t *insn)
{
	static const json_int_t max[] = { UINT16_MAX, UINT8_MAX, UINT8_MAX,
					  UINT32_MAX };

	if (json_array_size(insn) != ARRAY_SIZE(max))
		return false;

	for (size_t i = 0; i < ARRAY_SIZE(max); i++) {
		json_t *field = json_array_get(insn, i);

		if (!json_is_integer(field) || json_integer_value(field) < 0 ||
		    json_integer_value(field) > max[i])
			return false;
	}

	return true;
}

static int check_bpf(const struct cmd_arg *arg, json_t *program,
		     struct err *err)
{
	const size_t len = json_array_size(program);
	size_t i;
	json_t *insn;

	if (len < 1 || len > BPF_LEN_MAX)
		return err_set(err, -EINVAL,
			       "%s: not an array of 1 to %d instructions",
			       arg->name, BPF_LEN_MAX);

	json_array_foreach(program, i, insn)
	{
		if (!is_bpf_insn(insn))
			return err_set(err, -EINVAL,
				       "%s: instruction %zu is not "
				       "[code, jt, jf, k]",
				       arg->name, i);
	}

	return 0;
}

/* What came over the wire */

static const char *json_kind(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "a number";
	case JSON_REAL:
		return "a fraction";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		break;
	}

	return "null";
}

static int wrong_kind(const struct cmd_arg *arg, const json_t *value,
		      const char *wanted, struct err *err)
{
	return err_set(err, -EINVAL, "%s: must be %s, not %s", arg->name,
		       wanted, json_kind(value));
}

static int check_value(const struct cmd_arg *arg, json_t *value,
		       struct err *err)
{
	int r;

	switch (arg->type) {
	case CMD_ARG_TYPE_VLAN:
	case CMD_ARG_TYPE_MTU:
	case CMD_ARG_TYPE_ETHERTYPE:
	case CMD_ARG_TYPE_FRAME_LEN:
	case CMD_ARG_TYPE_COUNT:
	case CMD_ARG_TYPE_SIZE:
	case CMD_ARG_TYPE_DURATION:
		if (!json_is_integer(value))
			return wrong_kind(arg, value, "a number", err);
		return check_number(arg, json_integer_value(value), err);
	case CMD_ARG_TYPE_FLAG:
		if (!json_is_boolean(value))
			return wrong_kind(arg, value, "a boolean", err);
		return 0;
	case CMD_ARG_TYPE_CURSOR:
		if (!json_is_string(value) && !json_is_integer(value))
			return wrong_kind(arg, value,
					  "what \"next\" was before", err);
		return 0;
	case CMD_ARG_TYPE_BPF:
		return check_bpf(arg, value, err);
	case CMD_ARG_TYPE_LAB:
		if (!json_is_object(value))
			return wrong_kind(arg, value, "an object", err);
		return 0;
	case CMD_ARG_TYPE_MAC:
	case CMD_ARG_TYPE_ADDRESS:
	case CMD_ARG_TYPE_PORT:
	case CMD_ARG_TYPE_TARGET:
	case CMD_ARG_TYPE_IFNAME:
	case CMD_ARG_TYPE_IFADDR:
	case CMD_ARG_TYPE_IP:
	case CMD_ARG_TYPE_CHOICE:
	case CMD_ARG_TYPE_TEXT:
		break;
	}

	if (!json_is_string(value))
		return wrong_kind(arg, value, "a string", err);
	r = check_string(arg, json_string_value(value), err);
	return r < 0 ? blame(arg, r, err) : 0;
}

/* Of the gateways of an interface, one is IPv4's and one is IPv6's. */
static int check_families(const struct cmd_arg *arg, json_t *values,
			  struct err *err)
{
	bool seen_v4 = false, seen_v6 = false;
	json_t *value;
	size_t i;

	json_array_foreach(values, i, value)
	{
		struct ip_addr addr;
		bool *seen;

		if (ip_parse(json_string_value(value), &addr, err) < 0)
			return -EINVAL;
		seen = addr.family == AF_INET ? &seen_v4 : &seen_v6;
		if (*seen)
			return err_set(
				err, -EINVAL,
				"%s: there can be only one for %s", arg->name,
				addr.family == AF_INET ? "IPv4" : "IPv6");
		*seen = true;
	}

	return 0;
}

static int check_many(const struct cmd_arg *arg, json_t *values,
		      struct err *err)
{
	json_t *value, *seen;
	size_t i;
	int r = 0;

	if (!json_is_array(values))
		return wrong_kind(arg, values, "an array", err);

	/* As keys, so that many thousand values cost no more than their sum. */
	seen = json_object();
	json_array_foreach(values, i, value)
	{
		const char *text = json_string_value(value);

		r = check_value(arg, value, err);
		if (r < 0)
			break;
		if (text && json_object_get(seen, text)) {
			char shown[NAME_SHOWN_SIZE];

			show(text, shown);
			r = err_set(err, -EINVAL, "%s: '%s' is there twice",
				    arg->name, shown);
			break;
		}
		if (text && json_object_set_new(seen, text, json_true()) < 0) {
			r = err_set(err, -ENOMEM, "out of memory");
			break;
		}
	}
	json_decref(seen);

	if (r == 0 && arg->type == CMD_ARG_TYPE_IP)
		r = check_families(arg, values, err);
	return r;
}

/**
 * arg_check() - Check the value of one argument
 * @arg:	Argument
 * @value:	Its value; an array for a CMD_ARG_MANY
 * @err:	Where to say what is wrong, or NULL
 *
 * Return: 0, or -errno, whose err_name() is "invalid" unless memory ran out
 */
int arg_check(const struct cmd_arg *arg, json_t *value, struct err *err)
{
	if (arg->flags & CMD_ARG_MANY)
		return check_many(arg, value, err);

	return check_value(arg, value, err);
}

static int unknown_argument(const struct cmd_spec *spec, const char *key,
			    struct err *err)
{
	struct nearest nearest;
	char shown[NAME_SHOWN_SIZE];

	show(key, shown);
	nearest_init(&nearest, key);
	for (size_t i = 0; i < spec->n_args; i++) {
		if (!(spec->args[i].flags & CMD_ARG_LOCAL))
			nearest_offer(&nearest, spec->args[i].name);
	}
	if (nearest.best)
		return err_set(err, -EINVAL,
			       "unknown argument '%s', did you mean '%s'?",
			       shown, nearest.best);

	return err_set(err, -EINVAL, "unknown argument '%s'", shown);
}

/**
 * arg_check_params() - Check the arguments of a request
 * @spec:	Command they are for
 * @params:	Object, or NULL if none were given
 * @err:	Where to say what is wrong, or NULL
 *
 * Return: 0, or -errno, whose err_name() is "invalid" unless memory ran out
 */
int arg_check_params(const struct cmd_spec *spec, json_t *params,
		     struct err *err)
{
	const char *key;
	json_t *value;
	int r;

	json_object_foreach(params, key, value)
	{
		const struct cmd_arg *arg = cmd_find_arg(spec, key);

		if (!arg || (arg->flags & CMD_ARG_LOCAL))
			return unknown_argument(spec, key, err);
		r = arg_check(arg, value, err);
		if (r < 0)
			return r;
	}

	for (size_t i = 0; i < spec->n_args; i++) {
		const struct cmd_arg *arg = &spec->args[i];

		if (!(arg->flags & CMD_ARG_REQUIRED) ||
		    (arg->flags & CMD_ARG_LOCAL) ||
		    json_object_get(params, arg->name))
			continue;
		err_set(err, -EINVAL, "argument '%s' is missing", arg->name);
		err_hint(err, "%s: %s", arg->name, arg->help);
		return -EINVAL;
	}

	return 0;
}

/* What is typed */

static int parse_string(const struct cmd_arg *arg, const char *text,
			json_t **ret, struct err *err)
{
	int r = check_string(arg, text, err);

	if (r < 0)
		return blame(arg, r, err);

	*ret = json_string(text);
	if (*ret)
		return 0;

	/* Texts and targets may have bytes above 127, but not any. */
	return err_set(err, -EINVAL, "%s: this is not UTF-8", arg->name);
}

/**
 * arg_parse() - Turn what was typed into what is sent
 * @arg:	Argument it is for
 * @text:	What was typed, or NULL for a CMD_ARG_TYPE_FLAG
 * @ret:	The value, a new reference; untouched on failure. One value: to
 *		collect those of a CMD_ARG_MANY argument is the caller's.
 * @err:	Where to say what is wrong, or NULL
 *
 * Return: 0, or -errno, whose err_name() is "invalid" unless memory ran out
 */
int arg_parse(const struct cmd_arg *arg, const char *text, json_t **ret,
	      struct err *err)
{
	json_int_t number = 0;
	json_t *value;
	int r;

	switch (arg->type) {
	case CMD_ARG_TYPE_FLAG:
		if (text)
			return err_set(err, -EINVAL, "%s: takes no value",
				       arg->name);
		*ret = json_true();
		return 0;
	case CMD_ARG_TYPE_VLAN:
	case CMD_ARG_TYPE_MTU:
	case CMD_ARG_TYPE_ETHERTYPE:
	case CMD_ARG_TYPE_FRAME_LEN:
	case CMD_ARG_TYPE_COUNT:
	case CMD_ARG_TYPE_SIZE:
	case CMD_ARG_TYPE_DURATION:
		r = parse_number(arg, text, &number, err);
		if (r < 0)
			return r;
		value = json_integer(number);
		if (!value)
			return err_set(err, -ENOMEM, "out of memory");
		*ret = value;
		return 0;
	case CMD_ARG_TYPE_CURSOR:
	case CMD_ARG_TYPE_BPF:
	case CMD_ARG_TYPE_LAB:
		return err_set(err, -EINVAL, "%s: cannot be typed", arg->name);
	case CMD_ARG_TYPE_MAC:
	case CMD_ARG_TYPE_ADDRESS:
	case CMD_ARG_TYPE_PORT:
	case CMD_ARG_TYPE_TARGET:
	case CMD_ARG_TYPE_IFNAME:
	case CMD_ARG_TYPE_IFADDR:
	case CMD_ARG_TYPE_IP:
	case CMD_ARG_TYPE_CHOICE:
	case CMD_ARG_TYPE_TEXT:
		break;
	}

	return parse_string(arg, text, ret, err);
}
