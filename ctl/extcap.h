/* SPDX-License-Identifier: MIT */
/*
 * extcap.h - what Wireshark asks its helpers, and what they answer
 *
 * Wireshark and tshark run every program in their extcap folder: to ask which
 * interfaces there are, what can be set about one, whether a filter is right,
 * and to capture into a named pipe. Interfaces of ours are switches as a whole
 * ("vsw-lab0") and their ports ("vsw-lab0:web"); a colon is in neither name.
 */
#ifndef EXTCAP_H
#define EXTCAP_H

#include <stdio.h>

#include "name.h"

/* An interface, taken apart. */
struct extcap_interface {
	char switch_name[NAME_SWITCH_SIZE];
	char port[NAME_SIZE]; /* "" for the switch as a whole */
};

int extcap_parse_interface(const char *name, struct extcap_interface *ret);
int extcap_run(int argc, char **argv, FILE *out);

#endif /* EXTCAP_H */
