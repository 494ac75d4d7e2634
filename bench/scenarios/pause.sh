# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# How long forwarding stands still while the control side is busy with a large
# table: round trips between two ports, while a third has all the stations.
# The clients run as SCHED_IDLE, since it isn't their load that is measured.

scenario_title="Round trips while the control side is busy"
scenario_systems="vsw-veth"
scenario_is_alone=1
scenario_rounds=1

scenario_metrics() {
	local what
	for what in "quiet with the table full, nothing else" \
		"show while show-fdb lists all of it" \
		"flush while all of it is flushed" \
		"detach while the port with all of it goes" \
		"ageing while all of it expires"; do
		metric_ping "pause_${what%% *}" "${what#* }"
		metric "pause_${what%% *}_max" us lower "${what#* }, longest"
		metric "pause_${what%% *}_growth" us lower \
			"${what#* }: growth of 99.9 %"
	done
	metric pause_stations stations higher "stations in the table"
}

pause_stations() {
	"$VSWCTL" --json show-switch | jq .fdb.dynamic
}

# pause_fill: one frame of each station, to the sender itself, which the switch
# learns from and drops. What was lost on the way is sent again.
pause_fill() {
	local mac_c tries=0
	mac_c=$(mac c)
	while [ "$(pause_stations)" -lt "$stations" ]; do
		tries=$((tries + 1))
		if [ "$tries" -gt 20 ]; then
			echo "table not full: $(pause_stations)" >>"$log"
			return 1
		fi
		in_space c "$bin/bench_generate" --interface eth0 \
			--to "$mac_c" --rate 250000 --sources "$stations" \
			--count "$stations" --duration 60s >/dev/null
	done
}

# pause_up OPTION...
pause_up() {
	space_add a b c || return 1
	system_is_up=1
	vsw_start --max-stations 1048576 "$@" 2>>"$log" || return 1
	for name in a b c; do
		vsw_attach "$name" veth || return 1
	done
	address a 1 && address b 2 &&
		ip -n "$id-c" link set eth0 up &&
		wait_for 10 in_space a ping -q -c 1 -W 1 10.0.0.2 &&
		pause_fill
}

pause_down() {
	space_del a
	space_del b
	space_del c
	vsw_stop
	system_is_up=
}

# pause_measure NAME MS COMMAND...: round trips while it runs
pause_measure() {
	local name=$1 ms=$2 status
	shift 2
	spawn control chrt --idle 0 "$@"
	ping_echo a b 10.0.0.1 10.0.0.2 --duration "${ms}ms" \
		--interval 50us
	status=$?
	stop "$spawned"
	[ "$status" -eq 0 ] || return 1
	command_line="$command_line; ${*//"$VSWCTL"/vswctl}"
	record_ping "pause_$name" "$system"
	record "pause_${name}_max" "$system" "$(jq .max_us <<<"$ping_report")"
	if [ "$name" = quiet ]; then
		pause_p999=$(jq .p999_us <<<"$ping_report")
	else
		record "pause_${name}_growth" "$system" \
			"$(compute 'p - q' q="$pause_p999" \
				p="$(jq .p999_us <<<"$ping_report")")"
	fi
}

scenario_run() {
	local show="trap 'kill \$c; exit' TERM
		while :; do $VSWCTL --json show-fdb >/dev/null & c=\$!; wait \$c; done"
	pause_up || return 1
	record pause_stations "$system" "$(pause_stations)"
	pause_measure quiet "$rtt_ms" true &&
		pause_measure show "$((rtt_ms * 2))" sh -c "$show" &&
		pause_measure flush "$rtt_ms" "$VSWCTL" flush-fdb &&
		pause_fill &&
		pause_measure detach "$rtt_ms" "$VSWCTL" detach c || return 1
	pause_down
	[ "$mode" = full ] || return 0

	# Filled within the shortest time that may be set, and gone after it.
	pause_up --ageing 10s || return 1
	pause_measure ageing 12000 true
}
