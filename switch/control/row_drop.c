/* SPDX-License-Identifier: MIT */
/* row_drop.c - drops of a port as the protocol shows them */

#include "row_drop.h"

#include "bridge.h"
#include "decode.h"
#include "drop_log.h"
#include "port.h"
#include "rows.h"
#include "vswitch.h"
#include "why.h"

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

/* Clocks are set: what seems to lie ahead has just been. */
static json_t *age_ms(const struct vswitch *sw, uint64_t wall_ns)
{
	const uint64_t now = sw->clock.wall_ns;

	return row_number(now > wall_ns ? (now - wall_ns) / 1000000 : 0);
}

static json_t *header(const struct drop_record *record)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * DROP_RECORD_BYTES + 1] = "";

	for (uint32_t i = 0; i < record->n_bytes; i++) {
		hex[2 * i] = digits[record->bytes[i] >> 4];
		hex[2 * i + 1] = digits[record->bytes[i] & 15];
	}

	return json_string(hex);
}

/* What is known of the newest one. */
static void add_record(const struct vswitch *sw, const struct port *port,
		       const struct drop_record *record, json_t *row)
{
	const struct why why = why_of_record(record, port);
	char line[DECODE_LINE_SIZE] = "", text[WHY_SIZE];

	/* Of some the kernel has told that they were, and no more. */
	if (record->len)
		decode_frame(record->bytes, record->n_bytes, record->len, line,
			     sizeof(line));
	json_object_set_new(row, "last_ns", row_number(record->wall_ns));
	json_object_set_new(row, "age_ms", age_ms(sw, record->wall_ns));
	json_object_set_new(row, "len", row_number(record->len));
	json_object_set_new(row, "frame", text_or_null(line));
	json_object_set_new(row, "header", header(record));
	json_object_set_new(row, "other", text_or_null(record->other));
	why_cause(&why, text);
	json_object_set_new(row, "cause", text_or_null(text));
	why_remedy(sw, &why, text);
	json_object_set_new(row, "remedy", text_or_null(text));
}

static json_t *new_row(const struct port *port, enum direction direction,
		       const char *reason, uint64_t count)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:n, s:n, s:n, s:n, s:n, s:n,"
			 " s:n, s:n}",
			 "port", port->name, "direction",
			 direction == DIRECTION_IN ? "in" : "out", "reason",
			 reason, "count", row_number(count), "last_ns",
			 "age_ms", "len", "frame", "header", "other", "cause",
			 "remedy");
}

static json_t *row_missed(const struct vswitch *sw, const struct port *port)
{
	char cause[WHY_SIZE], remedy[WHY_SIZE];
	json_t *row;

	if (!port->counters.rx_missed)
		return NULL;

	row = new_row(port, DIRECTION_IN, "missed", port->counters.rx_missed);
	if (port->missed_wall_ns) {
		json_object_set_new(row, "last_ns",
				    row_number(port->missed_wall_ns));
		json_object_set_new(row, "age_ms",
				    age_ms(sw, port->missed_wall_ns));
	}
	why_missed(sw, port, cause, remedy);
	json_object_set_new(row, "cause", json_string(cause));
	json_object_set_new(row, "remedy", text_or_null(remedy));
	return row;
}

/**
 * row_drop_record() - The newest drop of a reason
 * @sw:		Switch
 * @port:	Port of it
 * @record:	Record of that port
 *
 * Return: an object, a new reference, or NULL if memory ran out
 */
json_t *row_drop_record(const struct vswitch *sw, const struct port *port,
			const struct drop_record *record)
{
	json_t *row =
		new_row(port, record->direction, drop_name(record->reason),
			port_dropped(port, record->direction, record->reason));

	add_record(sw, port, record, row);
	return row;
}

/**
 * row_drop() - One of the rows a port may have
 * @sw:		Switch
 * @port:	Port of it
 * @row:	Which, from 0 on, below ROW_DROP_COUNT
 *
 * Return: an object, a new reference; NULL if that has not happened, or if
 * memory ran out
 */
json_t *row_drop(const struct vswitch *sw, const struct port *port, int row)
{
	const enum direction direction = (enum direction)(row / DROP_COUNT);
	const enum drop_reason reason = (enum drop_reason)(row % DROP_COUNT);
	const struct drop_record *record;
	uint64_t n;

	if (row == ROW_DROP_MISSED)
		return row_missed(sw, port);

	n = port_dropped(port, direction, reason);
	if (!n)
		return NULL;

	/* Without memory for the record there is the number. */
	record = drop_log_get(port, direction, reason);
	return record ? row_drop_record(sw, port, record)
		      : new_row(port, direction, drop_name(reason), n);
}
