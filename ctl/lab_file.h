/* SPDX-License-Identifier: MIT */
/* lab_file.h - the commands about labs that are declared in a file */
#ifndef LAB_FILE_H
#define LAB_FILE_H

#include <stdbool.h>

#include "options.h"
#include "problem.h"

bool lab_file_runs(enum cmd_id id);
enum status lab_file_run(const struct options *options,
			 struct problem *problem);

#endif /* LAB_FILE_H */
