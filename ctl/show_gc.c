/* SPDX-License-Identifier: MIT */
/* show_gc.c - what was cleared away */

#include "show.h"

#include "table.h"
#include "value.h"

/**
 * show_gc() - Show what came of "gc"
 * @show:	Where to, and how
 * @result:	Result of port.gc
 */
void show_gc(const struct show *show, const json_t *result)
{
	const bool dry_run = json_is_true(value_get(result, "dry_run"));
	const uint64_t count = value_number(result, "count");
	const json_t *ports = value_get(result, "ports");
	const json_t *port;
	size_t i;

	if (!count)
		fputs("nothing to remove\n", show->out);
	json_array_foreach(ports, i, port)
	{
		table_say(show->out, false, TABLE_STYLE_PLAIN,
			  "%s: %s, it was %s for %s (%s)",
			  value_text(port, "port"),
			  dry_run ? "would be removed" : "removed",
			  value_text(port, "state"),
			  value_age(port, "state_ms").s,
			  value_text(port, "target"));
		fputc('\n', show->out);
	}
	if (count > i)
		fprintf(show->out, "and %llu more\n",
			(unsigned long long)(count - i));
}
