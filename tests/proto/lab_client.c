/* SPDX-License-Identifier: MIT */
/* lab_client.c - what a client does with labs */

#include "lab_client.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "unit.h"

/**
 * lab_apply() - Have a lab applied
 * @c:		Client
 * @lab:	Lab, as client_say() takes it
 * @options:	Other arguments, each behind a comma; may be empty
 *
 * Return: the reply, until the client's next request
 */
const json_t *lab_apply(struct client *c, const char *lab, const char *options)
{
	return client_call(c, "lab.apply", "{'lab':%s%s}", lab, options);
}

/**
 * lab_show() - Which lab is the switch?
 * @c:		Client
 *
 * Return: it as text, for the caller to free
 */
char *lab_show(struct client *c)
{
	const json_t *reply = client_call(c, "lab.show", "{}");
	char *text;

	assert_result(reply);
	text = json_dumps(at(reply, "result.lab"), JSON_COMPACT);
	assert_non_null(text);
	return text;
}

/**
 * lab_is() - Is the switch this lab?
 * @c:		Client
 * @wanted:	What lab_show() has returned
 *
 * Return: whether it is
 */
bool lab_is(struct client *c, const char *wanted)
{
	char *text = lab_show(c);
	const bool same = !strcmp(text, wanted);

	free(text);
	return same;
}

/**
 * lab_assert_is() - Fail unless the switch is this lab
 * @c:		Client
 * @wanted:	What lab_show() has returned
 */
void lab_assert_is(struct client *c, const char *wanted)
{
	char *text = lab_show(c);

	assert_string_equal(text, wanted);
	free(text);
}
