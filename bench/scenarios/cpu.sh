# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What a forwarded frame costs all of the machine, at the same load for all.
# What sending and receiving cost without any switch is measured on the direct
# veth pair in the same round, and subtracted.

scenario_title="Processor time of a forwarded frame"
scenario_needs_direct=1

scenario_metrics() {
	metric cpu_per_frame us lower \
		"64-byte frames at $cpu_rate/s, without sending and receiving"
	metric cpu_per_frame_gross us lower \
		"64-byte frames at $cpu_rate/s, sending and receiving included"
	metric cpu_lost frames lower "frames lost meanwhile"
}

scenario_run() {
	local gross net
	duplicates=0 reordered=0
	trial 64 "$cpu_rate" "$cpu_ms" || return 1
	record cpu_lost "$system" "$lost"
	if [ "$forwarded" -eq 0 ]; then
		trouble "$system" "nothing was forwarded"
		return
	fi
	gross=$(compute 'b / n * 1e6' b="$busy" n="$forwarded")
	record cpu_per_frame_gross "$system" "$gross"
	if [ "$system" = direct ]; then
		direct_cost=$gross
	elif [ -n "$direct_cost" ]; then
		net=$(compute 'g - d' g="$gross" d="$direct_cost")
		record cpu_per_frame "$system" "$net"
	fi
}
