#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_persist.sh - ports that come back, while others forward on
#
#   ann, bob: ping each other all the time
#   web:      comes and goes
#
# It takes 30 ms, and may take 200; under the sanitizers, ten times as long. On
# a machine that others use as well, a few of them do: so most must not.

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping
need_switch

reaches_bob() {
	ns web ping -q -c 1 -W 1 10.0.0.2
}

# returns WHAT: web is up soon, as it was, and reaches others
returns() {
	begun=$(now_ms)
	wait_for 10 state_is web up
	up_for=$(port web .state_ms)
	late=$(($(now_ms) - up_for - begun))
	[ "$late" -gt 0 ] || late=0
	equal "$address" "$(mac web lan0)" "$kind, $1: MAC address"
	equal 1400 "$(ns web cat /sys/class/net/lan0/mtu)" "$kind, $1: MTU"
	wait_for 10 reaches_bob
	echo "  $kind, $1: back after at most $late ms"
	echo "$late" >>"$scratch/times"
}

ns_add ann bob
switch_start
attach ann --ip 10.0.0.1/24
attach bob --ip 10.0.0.2/24
pings_start ann 10.0.0.2

for kind in veth tap; do
	attach web --persist --type "$kind" --ifname lan0 --mtu 1400 \
		--ip 10.0.0.9/24
	equal waiting "$(port web .state)" "before there is a namespace"
	address=$(port web .mac | tr -d :)
	ip netns add "$test_id-web"
	namespaces="$namespaces $test_id-web"
	returns "namespace added"

	ns_del web
	wait_for 10 state_is web waiting
	frames=$(port web .received.frames)
	[ "$frames" -gt 0 ] || fail "$kind: counters are lost"
	ip netns add "$test_id-web"
	namespaces="$namespaces $test_id-web"
	returns "namespace deleted and added"
	[ "$(port web .received.frames)" -ge "$frames" ] ||
		fail "$kind: counters start anew"

	ip netns del "$test_id-web" && ip netns add "$test_id-web"
	wait_for 10 ns web test -e /sys/class/net/lan0
	returns "namespace restarted"

	ip -n "$test_id-web" link del lan0
	wait_for 10 ns web test -e /sys/class/net/lan0
	returns "interface deleted"

	detach web
	ns_del web
done

pings_end
books_balance
limit=200
! sanitized || limit=2000
half=$(($(wc -l <"$scratch/times") / 2))
median=$(sort -n "$scratch/times" | sed -n "${half}p")
echo "  half of them within $median ms"
[ "$median" -lt "$limit" ] || fail "most took more than $limit ms"
switch_stop
