/* SPDX-License-Identifier: MIT */
/*
 * page.h - a page of names and values
 *
 *	attached to    namespace web, eth0
 *	received       12 frames, 1.1 KiB
 *	  dropped      3
 *	    runt       3
 */
#ifndef PAGE_H
#define PAGE_H

#include "show.h"
#include "table.h"
#include "value.h"

struct table *page_new(void);
void page_row(struct table *page, enum table_style style, const char *name,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void page_traffic(struct table *page, const char *name, const json_t *counters);
void page_print(struct table *page, const struct show *show);

#endif /* PAGE_H */
