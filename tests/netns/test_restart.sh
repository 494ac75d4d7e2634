#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_restart.sh - a switch that is killed, and its successor; and one that
# is asked to stop, which leaves nothing

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping
need_switch

ns_add v1 v2 t1 t2 host

# what_is_there: all that a switch might leave behind
what_is_there() {
	for each in v1 v2 t1 t2 host; do
		ns "$each" ip -brief addr
		ns "$each" ip route show table all
	done
	find /run/netns -name "*$switch*"
	find "$scratch" -name "$switch*"
	grep -c "/run/netns/$room " /proc/self/mountinfo || true
}

attach_all() {
	attach v1 --ip 10.0.0.1/24
	attach v2 --ip 10.0.0.2/24
	attach t1 --ip 10.0.0.3/24 --type tap
	attach t2 --ip 10.0.0.4/24 --type tap
	vswctl attach host --ip 10.0.0.5/24 >"$scratch/attach.log"
}

all_reach_all() {
	for from in v1 v2 t1 t2 host; do
		for n in 1 2 3 4 5; do
			ns "$from" ping -q -c 1 -W 5 "10.0.0.$n" \
				>"$scratch/ping.log" ||
				fail "$from cannot reach 10.0.0.$n"
		done
	done
}

has_carried() {
	[ "$(port "$1" .received.frames)" -gt "$2" ]
}

what_is_there >"$scratch/before"
switch_start
attach_all
all_reach_all

for round in 1 2; do
	echo "a killed switch is followed by one that works at once ($round)"
	ns_spawn v1 flood ping -q -f 10.0.0.4 # the load is cut off, too
	flood=$!
	wait_for 5 has_carried v1 "$((round * 100))"
	switch_kill
	signal TERM "$flood"
	wait "$flood" 2>/dev/null || true
	[ -e "$scratch/$switch.sock" ] || fail "there is no socket to be stale"
	code=0
	vswctl show-ports 2>"$scratch/stale.log" || code=$?
	equal 5 "$code" "exit code with a stale socket"

	switch_start
	equal 0 "$(vswctl --json show-ports | "$JSON_AT" count)" "ports at first"
	for each in v1 v2 t1 t2; do
		equal lo "$(ns "$each" ip -brief link | awk '{ print $1 }')" \
			"interfaces of $each"
	done
	equal lo "$(ip -n "$room" -brief link | awk '{ print $1 }')" \
		"interfaces of the back room"
	attach_all
	all_reach_all
done

echo "a switch that is killed alone, without ports, has a successor as well"
switch_stop
switch_start
switch_kill
switch_start

for sig in TERM INT HUP; do
	echo "SIG$sig leaves nothing behind"
	attach_all
	all_reach_all
	signal "$sig" "$switch_pid"
	wait_for 10 ended "$switch_pid"
	code=0
	wait "$switch_pid" || code=$?
	switch_pid=""
	equal 0 "$code" "exit code of vswd"
	no_sanitizer_report
	what_is_there >"$scratch/after"
	diff "$scratch/before" "$scratch/after" >&2 || fail "something is left"
	[ "$sig" = HUP ] || switch_start
done
