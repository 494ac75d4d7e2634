# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A lab from a file, with its namespaces: the time until it is up, what it
# takes to find that there is nothing to do, and to change and to take away all
# of it. Right after it came up the switch floods: a thousand hosts greet a
# thousand others, several times (IPv6: duplicate addresses, multicast groups,
# routers), and whoever asks for something waits for a turn amid that. So the
# same is measured again later.

scenario_title="A lab in a file"
scenario_systems="vsw-veth"
scenario_is_alone=1
scenario_rounds=1

scenario_metrics() {
	local n=$lab_ports
	metric "lab_${n}_up" s lower "$n ports and namespaces: up"
	metric "lab_${n}_again_at_once" ms lower \
		"$n ports: the same applied again, amid the greetings"
	metric "lab_${n}_again" ms lower "$n ports: and once more, later"
	metric "lab_${n}_change" s lower "$n ports: another MTU for each"
	metric "lab_${n}_down" s lower "$n ports and namespaces: down"
}

# lab_write MTU: into $lab
lab_write() {
	local i
	lab="$scratch/lab.yaml"
	{
		echo "namespaces:"
		for ((i = 1; i <= lab_ports; i++)); do
			echo "  - $id-s$i"
		done
		echo "ports:"
		for ((i = 1; i <= lab_ports; i++)); do
			echo "  p$i: {attach: $id-s$i, mtu: $1," \
				"ip: 10.1.$((i / 250)).$((i % 250 + 1))/16}"
		done
	} >"$lab"
}

# lab_timed METRIC UNITS_A_SECOND COMMAND: vswctl COMMAND $lab
lab_timed() {
	local start=${EPOCHREALTIME/./} us
	command_line="vswctl $3 lab.yaml"
	"$VSWCTL" "$3" "$lab" >"$scratch/lab.log" 2>>"$log" || return 1
	us=$((${EPOCHREALTIME/./} - start))
	record "lab_${lab_ports}_$1" "$system" \
		"$(compute "u / 1e6 * f" u="$us" f="$2")"
}

# lab_stays: applied again, and nothing was to do
lab_stays() {
	lab_timed "$1" 1000 apply || return 1
	grep -q "nothing to change" "$scratch/lab.log" || {
		head -n 2 "$scratch/lab.log" >>"$log"
		return 1
	}
}

scenario_run() {
	: >"$log"
	many_count=$lab_ports # of namespaces, should it fail half-way
	system_is_up=1
	system_up 2>>"$log" || return 1
	lab_write 1500
	lab_timed up 1 up || return 1
	lab_stays again_at_once || return 1
	sleep "$lab_rest"
	lab_stays again || return 1
	lab_write 1400
	lab_timed change 1 apply || return 1
	lab_timed down 1 down || return 1
	[ -z "$(find /run/netns "$VSW_RUNDIR" -name "$id*")" ] || {
		echo "something is left" >>"$log"
		return 1
	}
}
