/* SPDX-License-Identifier: MIT */
/* show_lab.c - what was changed to make a switch into a lab */

#include "name.h"
#include "show.h"
#include "value.h"

enum {
	LINE_SIZE = 4096,
};

/**
 * show_steps() - Show what lab.apply has done, or would do
 * @result:	Its result
 */
void show_steps(const json_t *result)
{
	const json_t *steps = value_get(result, "steps");
	char shown[LINE_SIZE];

	for (size_t i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);

		name_printable(json_string_value(step),
			       json_string_length(step), shown, sizeof(shown));
		puts(shown);
	}
	if (!json_array_size(steps))
		puts("nothing to change");
}

/**
 * show_confirmed() - Show what became of what waited to be confirmed
 * @show:	Where to, and how
 * @result:	Of lab.confirm
 */
void show_confirmed(const struct show *show, const json_t *result)
{
	fputs(json_is_true(value_get(result, "kept")) ? "kept\n" : "undone\n",
	      show->out);
}
