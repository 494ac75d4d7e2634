/* SPDX-License-Identifier: MIT */
/* args.h - option values of benchmark programs; a bad one ends the program */
#ifndef ARGS_H
#define ARGS_H

#include <stdint.h>

#include "eth.h"

struct err;

uint64_t args_number(const char *option, const char *text, uint64_t min,
		     uint64_t max);
uint64_t args_duration_ns(const char *option, const char *text);
struct eth_addr args_mac(const char *option, const char *text);
_Noreturn void args_usage(const char *usage);
_Noreturn void args_fail(const struct err *err);
_Noreturn void args_skip(const char *why, int error);

#endif /* ARGS_H */
