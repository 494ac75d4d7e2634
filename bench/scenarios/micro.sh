# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The programs of bench/micro, which need no network: ns a piece of work.

scenario_title="Pieces, without a network"
scenario_systems="vsw-veth"
scenario_is_alone=1
scenario_rounds=1

scenario_metrics() {
	: # each program says what it measures
}

# micro_words TEXT: as the name of a metric
micro_words() {
	printf '%s' "$1" | tr -cs 'A-Za-z0-9' _ | tr '[:upper:]' '[:lower:]'
}

# micro_record PREFIX: lines of text, tab, ns
micro_record() {
	local text ns name
	while IFS=$'\t' read -r text ns; do
		name="$1_$(micro_words "$text")"
		metric "$name" ns lower "$text"
		record "$name" vsw-veth "$ns"
	done
}

scenario_run() {
	local option
	option=$([ "$mode" = full ] || echo "--$mode")
	for command_line in offload forward; do
		# shellcheck disable=SC2086 # no word if there is no option
		"$bin/bench_$command_line" $option >"$scratch/micro.txt" \
			2>>"$log" || return 1
		micro_record "$command_line" < <(sed -nE \
			's/^(.{40}) +([0-9.]+) +[0-9.]+$/\1\t\2/p' \
			"$scratch/micro.txt" | sed -E 's/ +\t/\t/')
	done

	command_line=fdb
	option=$([ "$mode" = full ] || echo --once)
	# shellcheck disable=SC2086
	"$bin/bench_fdb" $option >"$scratch/fdb.txt" 2>>"$log" || return 1
	micro_record fdb < <(awk '
		$NF ~ /^[0-9.]+$/ && $1 ~ /^[0-9]+$/ && NF >= 5 &&
			$(NF - 2) ~ /^(uniform|zipf|-)$/ {
			name = $2
			for (i = 3; i < NF - 2; i++)
				name = name " " $i
			if ($(NF - 2) != "-")
				name = name ", " $(NF - 2)
			printf "%s, %s stations\t%s\n", name, $1, $(NF - 1)
		}' "$scratch/fdb.txt")
	metric fdb_bytes bytes lower "memory of a station"
	record fdb_bytes vsw-veth \
		"$(awk '/bytes a station/ { print $1 }' "$scratch/fdb.txt")"
	awk '/longest us/ { on = 1; next } NF < 4 || $NF !~ /^[0-9.]+$/ { next } on {
		name = $1
		for (i = 2; i <= NF - 3; i++)
			name = name " " $i
		print name "\t" $(NF - 1)
	}' "$scratch/fdb.txt" | while IFS=$'\t' read -r text us; do
		metric "fdb_slice_$(micro_words "$text")" us lower \
			"longest slice: $text"
		record "fdb_slice_$(micro_words "$text")" vsw-veth "$us"
	done
}
