# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The round trip of one frame.

scenario_title="Round trip of a 64-byte frame"
scenario_extra_systems="vsw-busy-poll"

scenario_metrics() {
	metric_ping rtt "idle, one after the other, the kernel answers"
	metric_ping rtt_user "idle, one after the other, a process answers"
	metric_ping rtt_paced "idle, one a millisecond, the kernel answers"
	metric_ping rtt_load "half the loss-free load, a process answers"
}

rtt_under_load() {
	local rate=${loss_free_64[$system]:-}
	if [ -z "$rate" ]; then # frames wasn't measured in this run
		duplicates=0 reordered=0
		trial 64 0 300 &&
			search_loss_free 64 $((offered_rate / 32)) \
				"$offered_rate" 300 5 || return 1
		rate=$loss_free
	fi
	if [ "$rate" -eq 0 ]; then
		trouble "$system" "no load is free of loss"
		return
	fi
	rate=$((rate / 2))
	spawn_in a generate "$bin/bench_generate" --interface eth0 \
		--to "$mac_b" --rate "$rate" --duration "$((rtt_ms + 5000))ms"
	ping_user a b --duration "${rtt_ms}ms" --interval 200us \
		--timeout 100ms
	local status=$?
	stop "$spawned"
	[ "$status" -eq 0 ] || return 1
	command_line="$command_line; generate --size 64 --rate $rate"
	record_ping rtt_load "$system"
}

scenario_run() {
	ping_echo a b 10.0.0.1 10.0.0.2 --duration "${rtt_ms}ms" ||
		return 1
	record_ping rtt "$system"
	ping_user a b --duration "${rtt_ms}ms" || return 1
	record_ping rtt_user "$system"
	if [ "$mode" = full ]; then
		ping_echo a b 10.0.0.1 10.0.0.2 --duration "${rtt_ms}ms" \
			--interval 1ms || return 1
		record_ping rtt_paced "$system"
	fi
	[ "$mode" = once ] || rtt_under_load
}
