/* SPDX-License-Identifier: MIT */
/* help.h - help, written from the command table */
#ifndef HELP_H
#define HELP_H

#include <jansson.h>
#include <stdio.h>

struct cmd_spec;

void help_overview(FILE *out);
void help_command(FILE *out, const struct cmd_spec *spec);
json_t *help_json(const struct cmd_spec *spec);

#endif /* HELP_H */
