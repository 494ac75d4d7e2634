/* SPDX-License-Identifier: MIT */
/* output.h - what a command puts out, other than words */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <jansson.h>

#include "problem.h"

void output_json(const json_t *document);
enum status output_file(const char *file, const char *text,
			struct problem *problem);

#endif /* OUTPUT_H */
