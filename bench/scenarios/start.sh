# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# From starting vswd to its hello on the control socket, and to its end.

scenario_title="Start and stop"
scenario_systems="vsw-veth"
scenario_is_alone=1
scenario_rounds=1

scenario_metrics() {
	metric start_ms ms lower "vswd, start to ready"
	metric stop_ms ms lower "vswd, told to stop to gone"
}

scenario_run() {
	local start_ms stop_ms
	"$bin/bench_startstop" --runs "$start_runs" \
		"$VSW_RUNDIR/$id.sock" "$VSWD" --name "$id" --log error \
		>"$scratch/start.json" 2>>"$log" || return 1
	command_line="vswd; kill"
	while read -r start_ms stop_ms; do
		record start_ms vsw-veth "$start_ms"
		record stop_ms vsw-veth "$stop_ms"
	done <<<"$(jq -r '"\(.start_ms) \(.stop_ms)"' "$scratch/start.json")"
}
