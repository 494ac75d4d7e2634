/* SPDX-License-Identifier: MIT */
/*
 * inject.h - a frame that no port has received, treated as if one had
 *
 * It takes the data path, is counted, learned from and captured as any other,
 * and leaves by real ports.
 */
#ifndef INJECT_H
#define INJECT_H

#include <jansson.h>

struct frame;
struct port;
struct vswitch;

void inject(struct vswitch *sw, struct port *in, struct frame *frame,
	    json_t *result);

#endif /* INJECT_H */
