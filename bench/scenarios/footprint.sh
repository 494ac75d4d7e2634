# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What a switch with two ports takes: memory, wake-ups while nothing happens,
# frames lost of a flood ping, and the time until a namespace is attached.

scenario_title="Footprint"
scenario_systems="bridge vsw-veth vsw-tap vsw-mixed"
scenario_rounds=1

scenario_metrics() {
	metric rss_2_ports KiB lower "resident memory, two ports"
	metric idle_wakeups 1/s lower "wake-ups while nothing happens"
	metric flood_ping_lost frames lower "lost of $flood_pings flood pings"
	metric flood_ping_mean us lower "their mean round trip"
	metric attach_ms ms lower "attach one namespace, to first answered ping"
}

# silence SPACE: IPv6 greets routers that aren't there now and then
silence() {
	in_space "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
}

footprint_daemon() {
	local before after
	command_line=
	record rss_2_ports "$system" "$(vsw_field VmRSS)"
	[ "$system" = vsw-veth ] || return 0
	silence a
	silence b
	before=$(vsw_field voluntary_ctxt_switches)
	sleep "$idle_seconds"
	after=$(vsw_field voluntary_ctxt_switches)
	record idle_wakeups "$system" \
		"$(compute '(a - b) / s' a="$after" b="$before" \
			s="$idle_seconds")"
}

footprint_flood_ping() {
	local report
	command_line="ping -f -c $flood_pings"
	# ping counts a loss as failure
	report=$(in_space a timeout 120 ping -q -f -c "$flood_pings" 10.0.0.2)
	record flood_ping_lost "$system" "$(awk -v n="$flood_pings" \
		'/ received/ { print n - $4 }' <<<"$report")"
	record flood_ping_mean "$system" "$(awk -F/ \
		'/^rtt/ { print $5 * 1000 }' <<<"$report")"
}

# attach_by_ip: what the bridge's user types
attach_by_ip() {
	ip link add name c netns "$id-sw" type veth peer name eth0 netns "$id-c" &&
		ip -n "$id-sw" link set dev c master br0 up &&
		ip -n "$id-c" addr add 10.0.0.3/24 dev eth0 &&
		ip -n "$id-c" link set eth0 up &&
		ip -n "$id-c" link set lo up
}

attach_by_vswctl() {
	"$VSWCTL" attach "$id-c" --port c --ip 10.0.0.3/24 --type "$1" \
		>/dev/null
}

footprint_attach() {
	local start i
	for ((i = 0; i < attach_runs; i++)); do
		space_add c || return 1
		start=${EPOCHREALTIME/./}
		"$@" 2>>"$log" || return 1
		until in_space c ping -q -c 1 -W 1 10.0.0.1 >/dev/null; do
			[ $((${EPOCHREALTIME/./} - start)) -lt 5000000 ] ||
				return 1
		done
		command_line="$1; ping -c 1"
		record attach_ms "$system" "$(compute 'u / 1000' \
			u="$((${EPOCHREALTIME/./} - start))")"
		if [ -n "$system_is_vsw" ]; then
			"$VSWCTL" detach c >/dev/null || return 1
		else
			ip -n "$id-sw" link del dev c
		fi
		space_del c
	done
}

scenario_run() {
	footprint_flood_ping
	if [ -n "$system_is_vsw" ]; then
		footprint_daemon
		[ "$system" = vsw-mixed ] ||
			footprint_attach attach_by_vswctl "${system#vsw-}"
	else
		footprint_attach attach_by_ip
	fi
}
