/* SPDX-License-Identifier: MIT */
/* vswdump.c - ports of virtual Ethernet switches, as interfaces of Wireshark */

#include <stdio.h>

#include "extcap.h"

int main(int argc, char **argv)
{
	return extcap_run(argc, argv, stdout);
}
