# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What a mirror of everything to a third port costs those who are mirrored.
# Behind the port nobody listens, so the kernel throws copies away at once, or
# tcpdump is stopped, so that it does when the buffer is full. A veth pair never
# says that its queue is full. The mirror port is stuck when its end in the
# back room has a queue that lets nearly nothing out: then it is full for good.

scenario_title="With everything mirrored to a third port"
scenario_systems="vsw-veth vsw-tap"

mirror_kinds=(
	"none no mirror"
	"whole whole frames"
	"cut frames cut to 128 bytes"
	"stopped whole frames, listener stopped"
	"stuck whole frames, mirror port stuck"
	"down whole frames, mirror port down"
)

scenario_metrics() {
	local what
	for what in "${mirror_kinds[@]}"; do
		metric "mirror_${what%% *}_tcp" Gbit/s higher \
			"TCP, ${what#* }"
		metric "mirror_${what%% *}_cost" % lower \
			"share of TCP throughput lost, ${what#* }"
	done
}

# mirror_is_full: copies are dropped, and for that reason
mirror_is_full() {
	"$VSWCTL" --json show-mirrors |
		jq -e '.mirrors[0].drops["queue-full"] > 0' >/dev/null
}

# mirror_prepare KIND: what is behind the mirror port, or is not
mirror_prepare() {
	case $1 in
	down) ip -n "$id-c" link set eth0 down ;;
	stuck)
		tc -n "vsw-$id" qdisc add dev c root tbf rate 8kbit \
			burst 100kb limit 1gb
		;;
	stopped)
		spawn_in c tcpdump tcpdump -i eth0 -w /dev/null
		mirror_listener=$spawned
		wait_for 5 grep -q 'listening on' "$scratch/tcpdump.log" &&
			kill -STOP "$mirror_listener"
		;;
	esac
}

# mirror_start KIND
mirror_start() {
	local options=()
	[ "$1" != cut ] || options=(--snaplen 128)
	mirror_prepare "$1" 2>>"$log" &&
		"$VSWCTL" add-mirror everything --from all --to c \
			"${options[@]}" >/dev/null 2>>"$log" || return 1
	# What fills queues is not what is to be measured.
	case $1 in
	stuck) tcp "$tcp_seconds" -c 10.0.0.2 && wait_for 5 mirror_is_full ;;
	stopped) tcp 0 -c 10.0.0.2 ;;
	esac
}

# mirror_stop KIND
mirror_stop() {
	"$VSWCTL" --json show-mirrors | jq -c '.mirrors[]' >>"$log"
	"$VSWCTL" del-mirror everything >/dev/null
	case $1 in
	down) ip -n "$id-c" link set eth0 up ;;
	stuck) tc -n "vsw-$id" qdisc del dev c root ;;
	stopped)
		kill -CONT "$mirror_listener"
		stop "$mirror_listener"
		;;
	esac
}

# mirror_measure KIND
mirror_measure() {
	tcp "$tcp_seconds" -c 10.0.0.2 && mirror_stop "$1" &&
		record_tcp_cost "mirror_$1" "$tcp_gbit"
}

scenario_run() {
	local kind kinds="whole cut stopped stuck down"
	[ "$mode" != quick ] || kinds="whole stuck"
	tcp_server && space_add c && vsw_attach c veth || return 1
	tcp_look || return 1
	record mirror_none_tcp "$system" "$tcp_before"
	for kind in $kinds; do
		if ! mirror_start "$kind" || ! mirror_measure "$kind"; then
			trouble "$system" "mirror_$kind: $(last_words)"
			mirror_stop "$kind"
			tcp_look || return 1
		fi
	done
	stop "$tcp_server"
	"$VSWCTL" detach c >/dev/null
	space_del c
}
