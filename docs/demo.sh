#!/bin/sh
# SPDX-License-Identifier: MIT
#
# demo.sh - shows what a switch does, in a few seconds
#
# Starts a switch, attaches three namespaces and the host, and lets them talk.
# Each command is printed before it is run, so that you can do it by yourself.
# Everything made here has the switch's name, and is removed at the end, also
# after a failure or Ctrl-C.
#
# usage: demo.sh VSWD VSWCTL

set -eu
VSWD=$1
VSWCTL=$2
name=demo$$
scratch=$(mktemp -d)
vswd_pid=
pids=
namespaces=

cleanup() {
	status=$?
	trap - EXIT INT TERM
	set +e
	for pid in $pids $vswd_pid; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	for namespace in $namespaces; do
		ip netns del "$namespace"
	done
	rm -rf "$scratch"
	check_nothing_left || status=1
	exit "$status"
}

# The switch's name is in that of everything a demo could leave behind.
check_nothing_left() {
	left=$(ls -d "/run/netns/"*"$name"* "${VSW_RUNDIR:-/run/vsw}/$name".* \
		"/sys/class/net/$name" 2>/dev/null)
	[ -z "$left" ] || echo "demo: this is left behind:" "$left" >&2
	[ -z "$left" ]
}

skip() {
	echo "skipped: $*" >&2
	exit 77
}

fail() {
	echo "demo: $*" >&2
	exit 1
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds, but no longer
wait_for() {
	deadline=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "timed out: $*"
		sleep 0.05
	done
}

title() {
	printf '\n== %s\n' "$*"
}

# run COMMAND...: print it, then run it
run() {
	printf '# %s\n' "$*"
	"$@"
}

# Under the names one would type
vswd() {
	exec "$VSWD" "$@"
}

vswctl() {
	"$VSWCTL" "$@"
}

# Is any address of $1.0/24 somebody else's already? Default routes don't count.
in_use() {
	[ -n "$(ip -4 route show table all to root "$1.0/24")" ] ||
		ip -4 route show table all to match "$1.0/24" |
		grep -qv '^default'
}

# A network that nobody uses, as its first three numbers
choose_network() {
	for third in 99 98 97 96 95; do
		if ! in_use "10.99.$third"; then
			net=10.99.$third
			return
		fi
	done
	fail "10.99.95.0/24 to 10.99.99.0/24 are all in use"
}

[ "$(id -u)" -eq 0 ] || skip "needs root"
for tool in ip ss ping iperf3 tshark; do
	command -v "$tool" >/dev/null || skip "$tool is not installed"
done
trap cleanup EXIT
trap 'exit 130' INT TERM
choose_network

title "A switch. Where one runs, vswctl finds it; here there may be others."
printf '# vswd --name %s --log warning &\n' "$name"
vswd --name "$name" --log warning &
vswd_pid=$!
run export VSWCTL_NAME="$name"
wait_for 5 vswctl show-switch

title "Two namespaces by a veth pair, one by a TAP, and the host"
for color in red green blue; do
	run ip netns add "$name-$color"
	namespaces="$namespaces $name-$color"
done
run vswctl attach "$name-red" --port red --ip "$net.1/24"
run vswctl attach "$name-green" --port green --ip "$net.2/24"
run vswctl attach "$name-blue" --port blue --ip "$net.3/24" --type tap
run vswctl attach host --ip "$net.254/24"

title "Everybody reaches everybody"
# ping_from NAMESPACE ADDRESS
ping_from() {
	printf '# ip netns exec %s ping -c 1 -W 2 %s | grep from\n' "$1" "$2"
	ip netns exec "$1" ping -c 1 -W 2 "$2" | grep 'bytes from' ||
		fail "$2 does not answer"
}
ping_from "$name-red" "$net.2"
ping_from "$name-red" "$net.3"
ping_from "$name-red" "$net.254"
ping_from "$name-green" "$net.3"
ping_from "$name-green" "$net.254"
ping_from "$name-blue" "$net.254"

title "TCP, with all offloads on"
printf '# ip netns exec %s iperf3 --server --one-off &\n' "$name-blue"
ip netns exec "$name-blue" iperf3 --server --one-off >"$scratch/server" &
server_pid=$!
pids=$server_pid
listening() {
	ip netns exec "$name-blue" ss -ltnH 'sport = :5201' | grep -q .
}
wait_for 5 listening
run ip netns exec "$name-red" iperf3 --client "$net.3" --time 1
wait "$server_pid"

title "What the switch knows"
run vswctl show-ports
run vswctl show-fdb

title "A ping, captured while it happens, and decoded by tshark"
echo "# vswctl capture -f icmp -c 8 | tshark -l -r - &"
{ vswctl capture -f icmp -c 8 | tshark -l -r - 2>/dev/null; } &
capture_pid=$!
pids=$capture_pid
capturing() {
	vswctl --json show-switch | grep -q '"filter": "icmp"'
}
wait_for 5 capturing
printf '# ip netns exec %s ping -q -c 2 -i 0.2 %s\n' "$name-red" "$net.2"
ip netns exec "$name-red" ping -q -c 2 -i 0.2 "$net.2" >"$scratch/ping"
wait "$capture_pid"
pids=

title "And away again: stopping the switch removes what it has made"
run vswctl detach blue
printf '# kill %s\n' "$vswd_pid"
kill "$vswd_pid"
wait "$vswd_pid"
vswd_pid=
for namespace in $namespaces; do
	run ip netns del "$namespace"
	namespaces=${namespaces#* "$namespace"}
done
