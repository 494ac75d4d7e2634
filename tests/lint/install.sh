#!/bin/sh
# SPDX-License-Identifier: MIT
#
# install.sh - fail unless `cmake --install` brings all that users need
#
# With the prefix that a build has by default, and with another, into a folder
# of our own: every file at its place, and units that systemd understands and
# that start what was installed beside them.
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

# installed_to PREFIX ETC ZSH: all is there that should be, and nothing else
installed_to() {
	prefix=$1
	root=$scratch/root$prefix
	rm -rf "$scratch/root"
	DESTDIR=$scratch/root cmake --install "$build" --prefix "$prefix" \
		>"$scratch/log" 2>&1 || fail "cmake --install:" "$(cat "$scratch/log")"

	# Debian and others put libraries into a folder for each architecture.
	(cd "$scratch/root" && find . -type f) | sed -E \
		-e "s|^\\./||; s|^${prefix#/}/lib/[^/]*-linux-gnu/|${prefix#/}/lib/|" |
		sort >"$scratch/installed"
	{
		sed "s|^|${prefix#/}/|" <<-END
			bin/vswctl
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
			share/zsh/$3/_vswctl
		END
		echo "${2#/}/default/vswd"
		cd "$source/docs"
		for document in *.md; do
			echo "${prefix#/}/share/doc/vsw/$document"
		done
	} | sort >"$scratch/expected"
	diff -u "$scratch/expected" "$scratch/installed" >"$scratch/diff" ||
		fail "what is installed ('+') is not what should be ('-'):" \
			"$(sed -n '3,$ { /^[+-]/p }' "$scratch/diff")"

	for program in bin/vswctl sbin/vswd; do
		"$root/$program" --version >"$scratch/version" ||
			fail "$program does not run"
	done
	for unit in "$root"/lib/systemd/system/*.service; do
		grep -q "^ExecStart=$prefix/sbin/vswd " "$unit" ||
			fail "$unit starts another program"
		[ "$(grep -c "^EnvironmentFile=-$2/default/vswd" "$unit")" -eq 2 ] ||
			fail "$unit has options from elsewhere"
	done
}

# understood: systemd, if it is there, has nothing to say about the units
understood() {
	command -v systemd-analyze >/dev/null || return 0
	for unit in "$root"/lib/systemd/system/*.service; do
		sed "s|^ExecStart=|&$scratch/root|" "$unit" \
			>"$scratch/${unit##*/}"
	done
	systemd-analyze verify --man=no "$scratch"/*.service \
		>"$scratch/verify" 2>&1 ||
		fail "systemd-analyze verify:" "$(cat "$scratch/verify")"
	[ ! -s "$scratch/verify" ] || fail "$(cat "$scratch/verify")"
}

installed_to /usr /etc vendor-completions
understood
installed_to /usr/local /usr/local/etc site-functions
understood
command -v systemd-analyze >/dev/null || {
	echo "skipped: systemd-analyze is not installed" >&2
	exit 77
}
