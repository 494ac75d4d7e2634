#!/bin/sh
# SPDX-License-Identifier: MIT
#
# format.sh - fail if a C file is not laid out as .clang-format says
#
# usage: format.sh SOURCE_DIR

set -eu
cd "$1"

# Others lay out a few things differently, so it has to be this version.
format=$(command -v clang-format-14) || {
	echo "skipped: clang-format-14 is not installed" >&2
	exit 77
}

find lib switch ctl package tests bench -name '*.[ch]' | sort |
	xargs "$format" --dry-run -Werror
