#!/bin/sh
# SPDX-License-Identifier: MIT
#
# install.sh - fail unless `cmake --install` brings all that users need
#
# With the prefix that a build has by default, into a folder of our own: every
# file at its place, and units that systemd understands and that start what was
# installed beside them.
#
# usage: install.sh SOURCE_DIR BUILD_DIR

set -eu
source=$1
build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
	printf '%s\n' "$@" >&2
	exit 1
}

prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$build/CMakeCache.txt")
DESTDIR=$scratch/root cmake --install "$build" >"$scratch/log" 2>&1 ||
	fail "cmake --install:" "$(cat "$scratch/log")"
root=$scratch/root$prefix

# Debian and others put libraries into a folder for each architecture.
(cd "$root" && find . -type f) |
	sed -E 's|^\./||; s|^lib/[^/]*-linux-gnu/|lib/|' | sort \
	>"$scratch/installed"
{
	cat <<END
bin/vswctl
etc/default/vswd
lib/systemd/system/vswd.service
lib/systemd/system/vswd@.service
lib/sysusers.d/vsw.conf
lib/tmpfiles.d/vsw.conf
lib/wireshark/extcap/vswdump
sbin/vswd
share/bash-completion/completions/vswctl
share/doc/vsw/CHANGELOG.md
share/doc/vsw/README.md
share/doc/vsw/copyright
share/man/man1/vswctl.1
share/man/man5/vsw.yaml.5
share/man/man8/vswd.8
share/zsh/site-functions/_vswctl
END
	cd "$source/docs"
	for document in *.md; do
		echo "share/doc/vsw/$document"
	done
} | sort >"$scratch/expected"
diff -u "$scratch/expected" "$scratch/installed" >"$scratch/diff" ||
	fail "what is installed ('+') is not what should be ('-'):" \
		"$(sed -n '3,$ { /^[+-]/p }' "$scratch/diff")"

for program in bin/vswctl sbin/vswd; do
	"$root/$program" --version >"$scratch/version" ||
		fail "$program does not run"
done

command -v systemd-analyze >/dev/null || {
	echo "skipped: systemd-analyze is not installed" >&2
	exit 77
}
for unit in "$root"/lib/systemd/system/*.service; do
	grep -q "^ExecStart=$prefix/sbin/vswd " "$unit" ||
		fail "$unit starts another program"
	sed "s|^ExecStart=|&$scratch/root|" "$unit" \
		>"$scratch/${unit##*/}"
done
systemd-analyze verify --man=no "$scratch"/*.service >"$scratch/verify" 2>&1 ||
	fail "systemd-analyze verify:" "$(cat "$scratch/verify")"
[ ! -s "$scratch/verify" ] || fail "$(cat "$scratch/verify")"
