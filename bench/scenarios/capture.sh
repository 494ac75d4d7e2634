# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What a capture of everything costs those who are captured. The kernel bridge
# is captured by tcpdump on one port, for comparison.

scenario_title="With a capture running"
scenario_systems="bridge vsw-veth vsw-tap"

scenario_metrics() {
	local what
	for what in "none no capture" "128 128 bytes of each frame" \
		"whole whole frames" "stopped whole frames, stopped reader" \
		"ended whole frames, capture has ended"; do
		metric "capture_${what%% *}_tcp" Gbit/s higher \
			"TCP, ${what#* }"
		metric "capture_${what%% *}_cost" % lower \
			"share of TCP throughput lost, ${what#* }"
		metric "capture_${what%% *}_p50" us lower \
			"round trip, median, ${what#* }"
		metric "capture_${what%% *}_p99" us lower \
			"round trip, 99 %, ${what#* }"
	done
}

# capture_is_on: the switch says so
capture_is_on() {
	"$VSWCTL" --json show-switch |
		jq -e '.captures | length == 1' >/dev/null
}

# capture_start SNAPLEN: 0 is whole frames
capture_start() {
	if [ -n "$system_is_vsw" ]; then
		local options=()
		[ "$1" -eq 0 ] || options=(--snaplen "$1")
		spawn capture "$VSWCTL" capture --write /dev/null \
			"${options[@]}"
		capture=$spawned
		wait_for 5 capture_is_on
	else
		spawn_in sw capture tcpdump -i a -s "$1" -w /dev/null
		capture=$spawned
		wait_for 5 grep -q 'listening on' "$scratch/capture.log"
	fi
}

# capture_begin KIND
capture_begin() {
	local snaplen=0
	[ "$1" != 128 ] || snaplen=128
	capture_start "$snaplen" || return 1
	[ "$1" != stopped ] || kill -STOP "$capture"
	[ "$1" != ended ] || stop "$capture"
}

# capture_end KIND
capture_end() {
	[ "$1" != stopped ] || kill -CONT "$capture"
	[ "$1" = ended ] || stop "$capture"
}

# capture_round_trips KIND
capture_round_trips() {
	ping_echo a b 10.0.0.1 10.0.0.2 --duration "${rtt_ms}ms" || return 1
	record "capture_$1_p50" "$system" "$(jq .p50_us <<<"$ping_report")"
	record "capture_$1_p99" "$system" "$(jq .p99_us <<<"$ping_report")"
}

# capture_measure KIND
capture_measure() {
	local captured

	capture_begin "$1" && tcp "$tcp_seconds" -c 10.0.0.2 || return 1
	captured=$tcp_gbit
	capture_round_trips "$1" && capture_end "$1" &&
		record_tcp_cost "capture_$1" "$captured"
}

scenario_run() {
	local kind kinds="whole stopped ended"
	case $mode in
	full) kinds="128 $kinds" ;;
	quick) kinds="whole stopped" ;;
	esac
	tcp_server && tcp_look || return 1
	record capture_none_tcp "$system" "$tcp_before"
	capture_round_trips none || return 1
	for kind in $kinds; do
		if ! capture_measure "$kind"; then
			trouble "$system" "capture_$kind: $(last_words)"
			capture_end "$kind"
			tcp_look || return 1
		fi
	done
	stop "$tcp_server"
}
