#!/bin/sh
# SPDX-License-Identifier: MIT
#
# manual.sh - fail if the manual pages and the programs' own help differ
#
# The help of vswctl is written from the command table, so this holds the pages
# against the table: every command, argument and option where it belongs, and
# nothing that does not exist. In the pages, a command is an .Ss of COMMANDS
# with one .D1 that shows its usage; what it takes is an .It.
#
# usage: VSWD=... VSWCTL=... manual.sh SOURCE_DIR

set -eu
cd "$1"
command -v mandoc >/dev/null || {
	echo "skipped: mandoc is not installed" >&2
	exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

complain() {
	printf '%s\n' "$@" >&2
	status=1
}

# same WHAT FIRST SECOND: two lists, in files of these names, in any order
same() {
	sort "$scratch/$2" >"$scratch/a"
	sort "$scratch/$3" >"$scratch/b"
	diff -u "$scratch/a" "$scratch/b" >"$scratch/diff" && return
	complain "$1 ($2 has '-', $3 has '+'):" \
		"$(sed -n '3,$ { /^[+-]/p }' "$scratch/diff")"
}

# Lines "SECTION|COMMAND|item|TEXT" and "...|usage|TEXT" of an mdoc page, in
# which the macros have become the text they print
flatten() {
	awk '
	function flat(from,    i, text, glue, dashes) {
		glue = 1
		for (i = from; i <= NF; i++) {
			if ($i == "Fl") { dashes = dashes "-"; continue }
			if ($i ~ /^(Ar|Cm|Ev|Dv|Pa)$/) continue
			if ($i == "Ns") { glue = 1; continue }
			if ($i == "Oc") { text = text "]"; glue = 0; continue }
			if ($i == ",") { text = text ","; continue }
			text = text (glue ? "" : " ") dashes
			dashes = ""
			glue = $i == "Oo"
			text = text (glue ? "[" : $i == "Nm" ? name : $i)
		}
		return text
	}
	$1 == ".Nm" && !name { name = $2 }
	$1 == ".Sh" { section = flat(2); command = "" }
	$1 == ".Ss" { command = flat(2) }
	$1 == ".It" { print section "|" command "|item|" flat(2) }
	$1 == ".D1" { print section "|" command "|usage|" flat(2) }
	' "$1"
}

# What is typed, from the first column of a help text: the lines of two blanks
columns() {
	sed -n 's/^  \([^ ].*[^ ]\)  .*/\1/p' | sed 's/  .*//'
}

# part TEXT TITLE: that part of a help text, up to the next empty line
part() {
	printf '%s\n' "$1" | sed -n "/^$2:\$/,/^\$/p"
}

# Each command
overview=$("$VSWCTL" help)
part "$overview" commands | columns >"$scratch/verbs"
while read -r verb; do
	text=$("$VSWCTL" help "$verb")
	printf '%s\n' "$text" |
		sed -n "s/^usage: /COMMANDS|$verb|usage|/p"
	{
		part "$text" arguments
		part "$text" options
	} | columns | sed "s/^/COMMANDS|$verb|item|/"
done <"$scratch/verbs" >"$scratch/vswctl-help"

# States of a port and the like are items, too: in lower case, without "="
flatten docs/vswctl.1 | grep '^COMMANDS|' |
	grep -v 'item|[a-z]*$' >"$scratch/vswctl.1"
same "commands, their arguments and options" vswctl-help vswctl.1

# What all commands have, and the options of vswd
part "$overview" options | columns >"$scratch/vswctl-options"
flatten docs/vswctl.1 | sed -n 's/^DESCRIPTION||item|//p' \
	>"$scratch/vswctl.1-options"
same "options of all commands" vswctl-options vswctl.1-options

"$VSWD" --help | columns >"$scratch/vswd-options"
flatten docs/vswd.8 | sed -n 's/^DESCRIPTION||item|//p' \
	>"$scratch/vswd.8-options"
same "options of vswd" vswd-options vswd.8-options

sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/{
	s/ Ar / /
	s/.*Fl Fl /--/p
	}' docs/vswd.8 >"$scratch/vswd.8-synopsis"
same "options in the synopsis of vswd" vswd-options vswd.8-synopsis

# Options in sentences and examples. Those of other programs are not marked up
# as ours, and in examples come before or after the name of one of our own.
{
	"$VSWD" --help
	"$VSWCTL" help
	while read -r verb; do
		"$VSWCTL" help "$verb"
	done <"$scratch/verbs"
} | grep -oE -e '(^|[ ])--?[a-zA-Z][a-z-]*' | tr -d ' ' |
	sort -u >"$scratch/known-options"
{
	grep -ohE 'Fl Fl [a-z-]+' docs/vswd.8 docs/vswctl.1 |
		sed 's/Fl Fl /--/'
	sed -e ':a' -e '/\\e$/{N;s/\\e\n//;ba' -e '}' \
		docs/vswd.8 docs/vswctl.1 |
		grep -oE '^# (vswd|vswctl) [^|]*' |
		sed "s/'[^']*'//g" |
		grep -oE -e ' --?[a-zA-Z][a-z-]*' | tr -d ' '
} | sort -u >"$scratch/used-options"
comm -23 "$scratch/used-options" "$scratch/known-options" >"$scratch/strange"
[ ! -s "$scratch/strange" ] ||
	complain "options that do not exist:" "$(cat "$scratch/strange")"

grep -ohE '^# vswctl [^|]*' docs/vswd.8 docs/vswctl.1 |
	sed 's/^# vswctl //; s/--json //' | cut -d ' ' -f 1 |
	sort -u >"$scratch/used-verbs"
grep -vxF -f "$scratch/verbs" "$scratch/used-verbs" >"$scratch/strange" &&
	complain "commands that do not exist:" "$(cat "$scratch/strange")"

# Environment: all that the programs read, in one page or the other
part "$overview" environment | columns >"$scratch/help-variables"
for page in vswctl.1 vswd.8; do
	flatten "docs/$page" | sed -n 's/^ENVIRONMENT||item|//p' \
		>"$scratch/$page-variables"
done
grep -vxF -f "$scratch/vswctl.1-variables" "$scratch/help-variables" \
	>"$scratch/strange" &&
	complain "vswctl.1 lacks:" "$(cat "$scratch/strange")"
grep -rhoE 'getenv\("[A-Z_]*"' lib switch ctl | cut -d '"' -f 2 | sort -u \
	>"$scratch/variables-read"
sort -u "$scratch/vswctl.1-variables" "$scratch/vswd.8-variables" \
	>"$scratch/variables-described"
same "environment" variables-read variables-described

# Exit codes
sed -n 's/^[[:space:]]*STATUS_[A-Z_]* = \([0-9]*\),.*/\1/p' ctl/problem.h \
	>"$scratch/vswctl-codes"
{
	echo 0
	sed -n 's/^[[:space:]]*EXIT_[A-Z_]* = \([0-9]*\),.*/\1/p' switch/main.c
} >"$scratch/vswd-codes"
for page in vswctl.1 vswd.8; do
	flatten "docs/$page" | sed -n 's/^EXIT STATUS||item|//p' \
		>"$scratch/$page-codes"
	same "exit codes" "${page%.*}-codes" "$page-codes"
done

# Keys of a port in a file: the part of the page between two other keys
sed -n '/lab_port_keys\[.*{$/,/^}/p' lib/lab.c | grep -oE '"[a-z]+"' |
	tr -d '"' >"$scratch/lab-keys"
sed -n '/^\.It Cm ports$/,/^\.It Cm stations$/{
	s/^\.It Cm //p
	}' docs/vsw.yaml.5 | grep -vxE 'ports|stations' >"$scratch/vsw.yaml.5-keys"
[ -s "$scratch/lab-keys" ] || complain "lab.c has no keys of ports"
same "keys of ports" lab-keys vsw.yaml.5-keys

# Offloads that are turned off
grep -oE '"tx-[a-z0-9_-]*"' switch/host/ethtool.c | tr -d '"' | sort -u \
	>"$scratch/offloads"
grep -oE '\btx-[a-z0-9_-]*' docs/vswd.8 | sort -u >"$scratch/vswd.8-offloads"
same "offloads that are turned off" offloads vswd.8-offloads

# Pages of other packages need not be installed here, nor our own.
mandoc -T lint -W style docs/vswd.8 docs/vswctl.1 docs/vsw.yaml.5 2>/dev/null |
	grep -v 'STYLE: referenced manual not found' >"$scratch/lint" &&
	complain "$(cat "$scratch/lint")"

exit $status
