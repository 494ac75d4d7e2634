# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# vde_switch opens all its TAPs when it starts; then they move to their places.

system_title="vde_switch, TAP"
system_note="no offloads: TAPs without virtio-net header"

system_up() {
	vde_taps=(tap0 tap1)
	space_add sw || return 1
	spawn_in sw vde vde_switch --sock "$scratch/vde" --daemon \
		--pidfile "$scratch/vde.pid" --tap tap0 --tap tap1
	wait_for 10 test -s "$scratch/vde.pid" || {
		cat "$scratch/vde.log" >&2
		return 1
	}
	vde_pid=$(cat "$scratch/vde.pid")
	pids+=("$vde_pid")
}

system_attach() {
	wait_for 5 ip -n "$id-sw" link show "${vde_taps[0]}" || return 1
	ip -n "$id-sw" link set "${vde_taps[0]}" netns "$id-$1" name eth0 ||
		return 1
	vde_taps=("${vde_taps[@]:1}")
}

system_down() {
	[ -z "${vde_pid:-}" ] || stop "$vde_pid"
	vde_pid=
	rm -rf "$scratch/vde" "$scratch/vde.pid"
	space_del sw
}
