#!/bin/sh
# SPDX-License-Identifier: MIT
#
# docs.sh - fail if the documents and the code say different things
#
# usage: docs.sh SOURCE_DIR

set -eu
cd "$1"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

# The files of the tree: those of git, also new ones, or without it all.
files() {
	git ls-files --cached --others --exclude-standard 2>/dev/null ||
		find . -path ./build -prune -o -path ./.git -prune -o \
			-type f -print
}

# same WHAT FIRST SECOND: two sorted lists, in files named for what they are
same() {
	diff -u "$scratch/$2" "$scratch/$3" >"$scratch/diff" && return
	printf '%s\n' "$1" >&2
	sed -n '3,$ { /^[+-]/p }' "$scratch/diff" >&2
	status=1
}

# Links to files, relative to where they are written
links() {
	for document in $(files | grep '\.md$'); do
		grep -o '](\([^)]*\))' "$document" | sed 's/^](//; s/)$//' |
			while read -r link; do
				case $link in
				*://* | mailto:* | '#'*) continue ;;
				esac
				[ -e "$(dirname "$document")/${link%%#*}" ] ||
					printf '%s: there is no %s\n' \
						"$document" "$link"
			done
	done
}

links >"$scratch/links"
if [ -s "$scratch/links" ]; then
	cat "$scratch/links" >&2
	status=1
fi

# Every reason for dropping a frame, and none other
sed -n 's/^[[:space:]]*return "\(.*\)";/\1/p' switch/core/drop.c |
	grep -vx -e none -e invalid | sort >"$scratch/drop.c"
# shellcheck disable=SC2016 # these are Markdown's
sed -n 's/^| `\([a-z-]*\)` |.*/\1/p' docs/drops.md | sort >"$scratch/drops.md"
same "drop_name() has '-', docs/drops.md has '+':" drop.c drops.md

# Every method, and none other
sed -n 's/^[[:space:]]*\.method = "\(.*\)",/\1/p' lib/cmd_*.c |
	sort >"$scratch/cmd.c"
# shellcheck disable=SC2016
sed -n 's/^### `\([a-z.]*\)` .*/\1/p' docs/protocol.md |
	sort >"$scratch/protocol.md"
same "lib/cmd_*.c has '-', docs/protocol.md has '+':" cmd.c protocol.md

# Functions that documents speak of
# shellcheck disable=SC2016
files | grep '\.md$' | tr '\n' '\0' | xargs -0 grep -ohE '`[a-z0-9_]+\(\)`' |
	tr -d '`()' | sort -u >"$scratch/mentioned"
find lib switch ctl tests bench -name '*.[ch]' -exec cat {} + |
	grep -oE '\b[a-z0-9_]+\(' | tr -d '(' | sort -u >"$scratch/functions"
comm -23 "$scratch/mentioned" "$scratch/functions" >"$scratch/unknown"
if [ -s "$scratch/unknown" ]; then
	echo "functions that are in documents only:" >&2
	cat "$scratch/unknown" >&2
	status=1
fi

# Unfinished marks; six X in a row are what mkstemp() wants
marks='(^|[^[:alnum:]_])(TO''DO|FIX''ME|X''XX|HA''CK)([^[:alnum:]_]|$)'
if files | tr '\n' '\0' | xargs -0 grep -snIE "$marks" >&2; then
	echo "  ^ finish it, or open an issue" >&2
	status=1
fi

exit $status
