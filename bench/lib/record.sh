# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# record.sh - figures, as they come in
#
# Everything is a line: scenario, metric, system, round, value, command. What
# a metric is stands in the scenario that measures it; bench/lib/results.jq
# makes the rest of it.

records="$scratch/records.tsv"
metrics="$scratch/metrics.tsv"
troubles="$scratch/troubles.tsv"
systems_seen="$scratch/systems.tsv"
titles="$scratch/titles.tsv"
: >"$records"
: >"$metrics"
: >"$troubles"
: >"$systems_seen"
: >"$titles"
command_line=

# metric NAME UNIT higher|lower TEXT
metric() {
	printf '%s\t%s\t%s\t%s\t%s\n' "$scenario" "$@" >>"$metrics"
}

# record METRIC SYSTEM VALUE: as measured by $command_line
record() {
	local command=${command_line//"$id-"/}
	[ -n "$3" ] && [ "$3" != null ] || return 0
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$scenario" "$1" "$2" "$round" "$3" \
		"${command//[$'\t\n']/ }" >>"$records"
}

# trouble SYSTEM TEXT: why there is no figure
trouble() {
	local text
	text=$(printf '%s' "$2" | tr '\t\n' '  ' | cut -c 1-300)
	printf '%s\t%s\t%s\t%s\n' "$scenario" "$1" "$round" "$text" >>"$troubles"
	say "  $1: $text"
}

# last_words: what the system or its log said when it failed
last_words() {
	grep -v '^$' "$log" | tail -n 2 | tr '\n' ' '
}

# compute EXPRESSION [NAME=VALUE...]: arithmetic with fractions
compute() {
	local expression=$1 args=() pair
	shift
	for pair; do
		args+=(-v "$pair")
	done
	awk "${args[@]}" "BEGIN { printf \"%.6g\", $expression }"
}
