#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tidy.sh - fail if clang-tidy finds anything in the sources
#
# Which checks, and why not the others: .clang-tidy. What the analyzer has to
# be told: tidy.h. One process per file, since clang-tidy 14 mixes up va_lists
# (valist.Uninitialized) when it sees several; a third of the analyzer's usual
# patience with one function, which takes a third of the time and finds the
# same.
#
# usage: tidy.sh SOURCE_DIR [BUILD_DIR [FILE...]]

set -eu
cd "$1"
build=${2:-build/dev}
shift
[ $# -eq 0 ] || shift

tidy=$(command -v clang-tidy-14 || command -v clang-tidy) || {
	echo "skipped: clang-tidy is not installed" >&2
	exit 77
}
if [ ! -e "$build/compile_commands.json" ]; then
	echo "skipped: $build has no compile_commands.json" >&2
	exit 77
fi

[ $# -gt 0 ] || set -- lib/*.c switch/*.c switch/*/*.c ctl/*.c
export tidy build

# shellcheck disable=SC2016 # the inner shell expands
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 sh -c '
	file=$1
	set -- -Xclang -analyzer-config -Xclang max-nodes=75000
	[ "$file" = lib/err.c ] || set -- "$@" -include "$PWD/tests/lint/tidy.h"
	for arg; do
		shift
		set -- "$@" "--extra-arg=$arg"
	done
	found=$("$tidy" --quiet -p "$build" "$@" "$file" 2>&1) && exit
	printf "%s\n" "$found" | grep -v "warnings generated" >&2
	exit 1
' sh
