# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Many ports: time to attach them, the daemon's memory, what one broadcast
# costs, and the round trip between two of them while the others are quiet.
# Ports are added to the same switch, with a pause to measure at 2, 10, 100...
# For the kernel bridge it is the `ip` commands that do what one
# `vswctl attach` does.

scenario_title="Many ports"
scenario_systems="bridge vsw-veth"
scenario_is_alone=1
scenario_rounds=1

scenario_metrics() {
	local n
	for n in $scale_steps; do
		metric "scale_${n}_attach" s lower "$n ports: time to attach them"
		metric "scale_${n}_memory" KiB lower \
			"$n ports: memory of the daemon for each"
		metric "scale_${n}_broadcast" us lower \
			"$n ports: processor time of one broadcast"
		metric "scale_${n}_broadcast_lost" frames lower \
			"$n ports: broadcasts that did not reach the last one"
		metric_ping "scale_${n}_rtt" "$n ports: round trip"
	done
	metric scale_ports ports higher "ports attached in the end"
	metric scale_remove s lower "time to stop the switch with all its ports"
}

# scale_ip NUMBER: 10.1.x.y
scale_ip() {
	echo "10.1.$(($1 / 250)).$(($1 % 250 + 1))"
}

scale_attach_bridge() {
	local ns="$id-s$1"
	ip link add name "p$1" netns "$id-sw" type veth peer name eth0 netns "$ns" &&
		ip -n "$id-sw" link set dev "p$1" master br0 up &&
		ip -n "$ns" addr add "$(scale_ip "$1")/16" dev eth0 &&
		ip -n "$ns" link set eth0 up &&
		ip -n "$ns" link set lo up
}

scale_attach_vsw() {
	"$VSWCTL" attach "$id-s$1" --port "p$1" \
		--ip "$(scale_ip "$1")/16" >/dev/null
}

# scale_attach FROM TO: adds to scale_us; scale_done says how far it came
scale_attach() {
	local i start=${EPOCHREALTIME/./} attach=scale_attach_vsw
	[ -n "$system_is_vsw" ] || attach=scale_attach_bridge
	for ((i = $1; i <= $2; i++)); do
		if ! "$attach" "$i" 2>>"$log"; then
			trouble "$system" "port $i: $(last_words)"
			return 1
		fi
		scale_done=$i
	done
	scale_us=$((scale_us + ${EPOCHREALTIME/./} - start))
}

scale_memory() {
	[ -n "$system_is_vsw" ] || return 0
	if [ "$1" -eq 2 ]; then
		scale_rss=$(vsw_field VmRSS)
	else
		record "scale_$1_memory" "$system" "$(compute '(r - q) / (n - 2)' \
			r="$(vsw_field VmRSS)" q="$scale_rss" n="$1")"
	fi
}

# scale_generate INTERFACE: broadcasts of the first namespace
scale_generate() {
	command_line="generate --to ff:ff:ff:ff:ff:ff --rate 50"
	command_line="$command_line --duration ${broadcast_ms}ms"
	in_space s1 "$bin/bench_generate" --interface "$1" --rate 50 \
		--to ff:ff:ff:ff:ff:ff --duration "${broadcast_ms}ms" \
		--run "$trial_number"
}

# From the first port, counted at the last. What the same costs on lo is
# subtracted: that of the generator, and of the machine itself.
scale_broadcast() {
	local report idle
	trial_number=$((trial_number + 1))
	idle=$(scale_generate lo)
	sink_start "s$1" "$trial_number" || return 1
	report=$(scale_generate eth0)
	sink_stop || return 1
	record "scale_$1_broadcast" "$system" "$(jq --argjson idle "$idle" \
		'(.busy_s - $idle.busy_s) / .offered * 1e6' <<<"$report")"
	record "scale_$1_broadcast_lost" "$system" "$(jq -n \
		--argjson g "$report" --argjson s "$sink_report" \
		'$g.offered - $s.received - $s.missed')"
}

scale_measure() {
	record "scale_$1_attach" "$system" \
		"$(compute 'u / 1e6' u="$scale_us")"
	scale_memory "$1"
	scale_broadcast "$1" || return 1
	wait_for 10 in_space s1 ping -q -c 1 -W 1 "$(scale_ip 2)" || return 1
	ping_echo s1 s2 "$(scale_ip 1)" "$(scale_ip 2)" \
		--duration "${rtt_ms}ms" || return 1
	record_ping "scale_$1_rtt" "$system"
}

scenario_run() {
	local n
	: >"$log"
	scale_us=0 scale_done=0
	many_up "${scale_steps##* }" || return 1
	system_is_up=1
	system_up 2>>"$log" || return 1
	for n in $scale_steps; do
		scale_attach $((scale_done + 1)) "$n" || break
		scale_measure "$n" || trouble "$system" "$n: $(last_words)"
	done
	record scale_ports "$system" "$scale_done"

	local start=${EPOCHREALTIME/./} patience=300
	system_down 2>>"$log"
	system_is_up=
	record scale_remove "$system" \
		"$(compute 'u / 1e6' u="$((${EPOCHREALTIME/./} - start))")"
	many_down
}
