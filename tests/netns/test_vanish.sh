#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_vanish.sh - interfaces that go down, away and astray, under load
#
#   ann, bob: veth and TAP, ping each other all the time
#   src, dst: veth and TAP, with a TCP stream
#   victim:   what happens to it must be seen, and must not matter to others

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping iperf3
need_switch

ns_add ann bob src dst victim elsewhere
switch_start
attach ann --ip 10.0.0.1/24
attach bob --ip 10.0.0.2/24 --type tap
attach src --ip 10.0.0.3/24
attach dst --ip 10.0.0.4/24 --type tap

# descriptors: without the three of each ring, which busy ports come to and lose
descriptors() {
	find "/proc/$switch_pid/fd" -type l -printf '%l\n' 2>/dev/null |
		awk '{ n++ } /bpf-map/ { n -= 3 } END { print n }'
}

# At most: when it was counted first, a client's last one may have been open.
has_descriptors() {
	[ "$(descriptors)" -le "$1" ]
}

slowest=0
# sees STATE WHAT COMMAND...: it leads to that state, before long
sees() {
	wanted=$1
	what=$2
	shift 2
	begun=$(now_ms)
	"$@" || fail "cannot do it: $what"
	done=$(now_ms)
	state=""
	while [ "$state" != "$wanted" ]; do
		answer=$(vswctl --json show-port victim)
		asked=$(now_ms)
		state=$(echo "$answer" | "$JSON_AT" port.state)
		[ $((asked - done)) -lt 10000 ] ||
			fail "$what: still $state after 10 s"
	done
	since=$((asked - $(echo "$answer" | "$JSON_AT" port.state_ms)))
	late=$((since - done))
	[ "$late" -le "${patience:-1000}" ] || fail "$what: seen after $late ms"
	[ "$late" -le "$slowest" ] || slowest=$late
	echo "  $kind, $what: $wanted, at most $((since - begun)) ms" \
		"after the command was given, $late ms after it returned"
}

# renamed_to IFNAME: the port knows
renamed_to() {
	[ "$(port victim .ifname)" = "$1" ]
}

# A moved interface is up and has a carrier, and yet is no part of the switch.
is_isolated() {
	ip -n "$test_id-elsewhere" link set eth9 up
	hear elsewhere eth9
	stray=0200000000e${#kind}
	before=$(dropped victim port-down)
	{
		echo "ffffffffffff $stray 88b5 00*46"
		echo "$(mac bob) $stray 88b5 00*46"
	} | send_all elsewhere eth9
	counted() {
		[ "$(dropped victim port-down)" -eq "$((before + 2))" ]
	}
	wait_for 5 counted
	fence ann bob
	fence bob ann
	fence ann bob
	equal 0 "$(heard bob ".{12}$stray")" "frames from elsewhere"
	equal 0 "$(grep -c -v '^listening' "$scratch/heard-elsewhere.log")" \
		"frames that got elsewhere"
	equal "" "$(vswctl --json show-fdb port=victim |
		"$JSON_AT" stations.mac)" "stations at victim"
}

# works: the victim is reached, and reaches others
works() {
	ns victim ping -q -c 1 -W 5 10.0.0.2 >"$scratch/ping.log" ||
		fail "$kind: victim cannot reach bob"
}

ns_spawn dst server iperf3 --server --one-off
wait_for 5 is_listening dst 5201
ns_spawn src client iperf3 --client 10.0.0.4 --bitrate 300M --time 300
client=$!
pings_start ann 10.0.0.2
hear ann
hear bob

for kind in veth tap; do
	baseline=$(descriptors)
	attach victim --type "$kind" --ip 10.0.0.9/24
	works

	sees down "set down" ns victim ip link set eth0 down
	sees up "set up" ns victim ip link set eth0 up
	works
	ns victim ip link set eth0 down # or some kernels refuse to rename it
	ns victim ip link set eth0 name eth9
	wait_for 5 renamed_to eth9
	sees up "set up" ns victim ip link set eth9 up
	works

	sees moved "moved away" ip -n "$test_id-victim" link set eth9 \
		netns "$test_id-elsewhere"
	is_isolated
	ip -n "$test_id-elsewhere" link set eth9 netns "$test_id-victim"
	ns victim ip addr add 10.0.0.9/24 dev eth9
	sees up "moved back and set up" ns victim ip link set eth9 up
	works

	sees gone "interface deleted" ip -n "$test_id-victim" link del eth9
	equal victim "$(vswctl --json show-ports |
		jq -r '.ports[] | select(.state != "up") | .port')" \
		"ports that are not up"
	attach victim --type "$kind" --ip 10.0.0.9/24 --ifname eth9
	works

	patience=5000 # the kernel takes its time with it
	sees gone "namespace deleted" ns_del victim
	unset patience
	ns_add victim
	attach victim --type "$kind" --ip 10.0.0.9/24
	works
	ns_del victim # and detached before or after the switch has seen it
	detach victim
	ns_add victim
	wait_for 5 has_descriptors "$baseline"
done

! ended "$client" || fail "the TCP stream has ended"
[ "$(port dst .sent.bytes)" -gt 20000000 ] || fail "the TCP stream crawled"
pings_end
equal 4 "$(vswctl --json show-ports | "$JSON_AT" up)" "others that are up"
equal 4 "$(vswctl --json show-ports | "$JSON_AT" count)" "ports"
for each in ann bob src dst; do
	equal 0 "$(port "$each" .received.missed)" "missed from $each"
done
books_balance
echo "  slowest: $slowest ms"
switch_stop
