/* SPDX-License-Identifier: MIT */
/* expr.c - what scripts expect of a switch, in a few words */

#include "expr.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "err.h"
#include "nearest.h"

enum {
	WORDS_MAX = 8, /* one more than the longest form has */
};

static const char *const first_words[] = { "port", "mac", "station",
					   "drop", "no",  NULL };
static const char *const doings[] = { "learned", "moved", "flapping", NULL };

struct words {
	char text[EXPR_TEXT_MAX]; /* with a NUL behind each */
	const char *list[WORDS_MAX];
	size_t n;
};

static int split(const char *text, struct words *words, struct err *err)
{
	char *rest = words->text, *word;

	if (strlen(text) >= sizeof(words->text))
		return err_set(err, -EINVAL, "the expression is too long");

	words->n = 0;
	memcpy(words->text, text, strlen(text) + 1);
	while ((word = strtok_r(rest, " \t\n", &rest))) {
		if (words->n == WORDS_MAX)
			return err_set(err, -EINVAL,
				       "the expression has too many words");
		words->list[words->n++] = word;
	}

	return 0;
}

/* Not one of @list, and maybe meant as one. */
static int unknown_word(const char *word, const char *const *list,
			const char *what, const char *form, struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	struct nearest nearest;

	name_printable(word, strlen(word), shown, sizeof(shown));
	nearest_init(&nearest, word);
	for (; *list; list++)
		nearest_offer(&nearest, *list);
	err_set(err, -EINVAL, "'%s' is not %s", shown, what);
	if (nearest.best)
		err_hint(err, "did you mean '%s'?", nearest.best);
	else
		err_hint(err, "it looks like: %s", form);
	return -EINVAL;
}

static const char *find_word(const char *word, const char *const *list)
{
	for (; *list; list++) {
		if (!strcmp(*list, word))
			return *list;
	}

	return NULL;
}

static int wrong_form(const char *form, struct err *err)
{
	err_set(err, -EINVAL, "the expression has too few or too many words");
	err_hint(err, "it looks like: %s", form);
	return -EINVAL;
}

/* "on" or whatever has to be there. */
static int need_word(const char *word, const char *wanted, const char *form,
		     struct err *err)
{
	char shown[NAME_SHOWN_SIZE];

	if (!strcmp(word, wanted))
		return 0;

	name_printable(word, strlen(word), shown, sizeof(shown));
	err_set(err, -EINVAL, "'%s' should be '%s'", shown, wanted);
	err_hint(err, "it looks like: %s", form);
	return -EINVAL;
}

static int take_port(struct expr *expr, const char *name, struct err *err)
{
	int r = name_check_port(name, err);

	if (r < 0)
		return r;
	if (expr->n_ports == EXPR_PORTS_MAX)
		return err_set(err, -EINVAL, "at most %d ports",
			       EXPR_PORTS_MAX);

	snprintf(expr->ports[expr->n_ports++], NAME_SIZE, "%s", name);
	return 0;
}

static int take_ports(struct expr *expr, const char *list, struct err *err)
{
	for (;;) {
		const size_t len = strcspn(list, ",");
		char name[NAME_SIZE];
		int r;

		if (len >= sizeof(name))
			return name_check_port(list, err);
		snprintf(name, sizeof(name), "%.*s", (int)len, list);
		r = take_port(expr, name, err);
		if (r < 0 || !list[len])
			return r;
		list += len + 1;
	}
}

/* "MAC" or "MAC vlan VID"; returns how many words that were, or -errno. */
static int take_station(struct expr *expr, const struct words *words,
			struct err *err)
{
	char shown[NAME_SHOWN_SIZE];
	struct eth_addr addr;
	char *end;
	long vid;

	name_printable(words->list[1], strlen(words->list[1]), shown,
		       sizeof(shown));
	if (!eth_addr_parse(words->list[1], &addr)) {
		err_set(err, -EINVAL, "'%s' is not a MAC address", shown);
		err_hint(err, "it looks like 02:00:00:00:00:01");
		return -EINVAL;
	}
	if (eth_addr_is_group(addr) || eth_addr_is_zero(addr))
		return err_set(err, -EINVAL, "'%s' is no station's address",
			       shown);

	eth_addr_format(addr, expr->mac);
	if (words->n < 5 || strcmp(words->list[2], "vlan"))
		return 1;

	vid = strtol(words->list[3], &end, 10);
	if (words->list[3][0] < '0' || words->list[3][0] > '9' || *end ||
	    vid > 4094) {
		name_printable(words->list[3], strlen(words->list[3]), shown,
			       sizeof(shown));
		return err_set(err, -EINVAL, "'%s' is not a VLAN, 0 to 4094",
			       shown);
	}
	expr->vlan = (int)vid;
	return 3;
}

static int parse_port(const struct words *words, struct expr *expr,
		      struct err *err)
{
	static const char form[] = "port PORT STATE";
	/* The same as wait-port knows. */
	const char *const *states =
		cmd_find_arg(cmd_specs[CMD_WAIT_PORT], "state")->choices;
	int r;

	if (words->n != 3)
		return wrong_form(form, err);

	expr->kind = EXPR_PORT;
	r = take_port(expr, words->list[1], err);
	if (r < 0)
		return r;

	expr->word = find_word(words->list[2], states);
	return expr->word ? 0
			  : unknown_word(words->list[2], states,
					 "a state of a port", form, err);
}

static int parse_mac(const struct words *words, struct expr *expr,
		     struct err *err)
{
	static const char form[] = "mac MAC [vlan VID] on PORT";
	int n, r;

	if (words->n < 4)
		return wrong_form(form, err);

	expr->kind = EXPR_MAC;
	n = take_station(expr, words, err);
	if (n < 0)
		return n;
	if (words->n != (size_t)n + 3)
		return wrong_form(form, err);

	r = need_word(words->list[n + 1], "on", form, err);
	return r < 0 ? r : take_port(expr, words->list[n + 2], err);
}

static int parse_station(const struct words *words, struct expr *expr,
			 struct err *err)
{
	static const char form[] =
		"station MAC [vlan VID] learned|moved|flapping";
	int n;

	if (words->n < 3)
		return wrong_form(form, err);

	expr->kind = EXPR_STATION;
	n = take_station(expr, words, err);
	if (n < 0)
		return n;
	if (words->n != (size_t)n + 2)
		return wrong_form(form, err);

	expr->word = find_word(words->list[n + 1], doings);
	return expr->word ? 0
			  : unknown_word(words->list[n + 1], doings,
					 "what a station does", form, err);
}

static int parse_drops(const struct words *words, bool no, struct expr *expr,
		       struct err *err)
{
	const char *form =
		no ? "no drops on PORT[,PORT...]" : "drop on PORT[,PORT...]";
	int r = 0;

	if (words->n != (no ? 4 : 3))
		return wrong_form(form, err);

	expr->kind = no ? EXPR_NO_DROPS : EXPR_DROP;
	if (no)
		r = need_word(words->list[1], "drops", form, err);
	if (!r)
		r = need_word(words->list[words->n - 2], "on", form, err);
	return r < 0 ? r : take_ports(expr, words->list[words->n - 1], err);
}

static int parse_reaches(const struct words *words, struct expr *expr,
			 struct err *err)
{
	int r = take_port(expr, words->list[0], err);

	expr->kind = EXPR_REACHES;
	if (!r)
		r = take_port(expr, words->list[2], err);
	if (!r && !strcmp(expr->ports[0], expr->ports[1]))
		return err_set(err, -EINVAL, "a port does not reach itself");

	return r;
}

/**
 * expr_parse() - Understand an expression
 * @text:	What was typed
 * @ret:	What it means; whatever on failure
 * @err:	Where to say what is wrong
 *
 * Return: 0, or -EINVAL
 */
int expr_parse(const char *text, struct expr *ret, struct err *err)
{
	struct words words;
	const char *first;
	int r = split(text, &words, err);

	if (r < 0)
		return r;

	*ret = (struct expr){ .vlan = -1 };
	if (words.n == 3 && !strcmp(words.list[1], "reaches"))
		return parse_reaches(&words, ret, err);

	first = words.n ? words.list[0] : "";
	if (!strcmp(first, "port"))
		return parse_port(&words, ret, err);
	if (!strcmp(first, "mac"))
		return parse_mac(&words, ret, err);
	if (!strcmp(first, "station"))
		return parse_station(&words, ret, err);
	if (!strcmp(first, "drop") || !strcmp(first, "drops"))
		return parse_drops(&words, false, ret, err);
	if (!strcmp(first, "no"))
		return parse_drops(&words, true, ret, err);

	return unknown_word(first, first_words, "the start of an expression",
			    "port web up", err);
}
