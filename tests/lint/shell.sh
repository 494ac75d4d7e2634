#!/bin/sh
# SPDX-License-Identifier: MIT
#
# shell.sh - fail if shellcheck finds anything in a script
#
# usage: shell.sh SOURCE_DIR

set -eu
cd "$1"
command -v shellcheck >/dev/null || {
	echo "skipped: shellcheck is not installed" >&2
	exit 77
}

scripts=
fragments=
for file in dev .ci/run $(find tests bench docs package -type f | sort); do
	case $file,$(head -n 1 "$file" | tr -d '\0') in
	*,'#!'*sh*) scripts="$scripts $file" ;;
	*.sh,* | *.bash,*) fragments="$fragments $file" ;;
	esac
done
status=0

# -x and the script's own folder: tests read lib.sh from where they are.
# shellcheck disable=SC2086 # one word per file, of our own naming
shellcheck -x -P SCRIPTDIR $scripts || status=1

# A part of other scripts: what it sets is for them, and what it uses theirs.
# shellcheck disable=SC2086
shellcheck -x -P SCRIPTDIR -e SC2034,SC2119,SC2154 $fragments || status=1

exit $status
