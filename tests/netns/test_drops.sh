#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_drops.sh - frames that went no further, and what the switch says of them
#
# Real frames are dropped for as many reasons as can be provoked from within a
# namespace, and show-drops has to tell each: how often, which was the newest, at
# whose port, and what would change it. What the kernel could not queue counts
# as missed, to the frame.

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need tc
need_switch

ns_add evil quiet off flood
switch_start
attach quiet --mac 02:00:00:00:00:b0
attach off
vswctl add-fdb 02:00:00:00:00:b0 quiet >"$scratch/pin.log"
vswctl add-fdb 02:00:00:00:00:0f off >>"$scratch/pin.log"
ns off ip link set eth0 down
wait_for 5 state_is off down
hear quiet

all=ffffffffffff
bad=02bad0000000
offloaded="csum=34+3 $all $bad 0800 450000ac 00004000 4011 0000
	0a000001 0a000009 00010002 0098 0000 11*144"
offloaded=$(echo "$offloaded" | tr -d '\n')

# rows PORT: what is told of it, a line a reason
rows() {
	vswctl --json show-drops "$1" | jq -r '.drops[] |
		"\(.direction) \(.reason) \(.count) \(.other) | \(.frame)",
		"  \(.cause)", "  \(.remedy)"'
}

# expect PORT <ROWS: these are told of it, and no others
expect() {
	cat >"$scratch/expected"
	rows "$1" >"$scratch/rows"
	diff -u "$scratch/expected" "$scratch/rows" >&2 ||
		fail "$kind: what show-drops says of $1"
}

has_row() {
	rows "$1" | grep -qx "$2"
}

# rows_add_up PORT...: to what the counters of each port say
rows_add_up() {
	for each; do
		equal "$(vswctl --json show-drops "$each" | jq -c '[.drops[] |
			{key: "\(.direction) \(.reason)", value: .count}] |
			from_entries')" \
			"$(port "$each" '[(.received.drops | to_entries[] |
				.key |= "in " + .), (.sent.drops | to_entries[] |
				.key |= "out " + .)] | from_entries | tojson')" \
			"$kind: rows of $each"
	done
}

# Twice each, so that the newest is told from the one before.
provoke() {
	[ "$kind" = veth ] || cat <<-END
		$all $bad 8100
		$all $bad 8100 00
	END
	cat <<-END
		$all $bad 002f 11*46
		$all $bad 05dd aaaa03 00*1500
		$all 03bad0000000 88b5 00*46
		$all 03bad0000000 0806 0001 0800 0604 0001 $bad 0a000001 00*6 0a000002 00*18
		$all 000000000000 88b5 00*46
		$all 000000000000 88b5 00*50
		0180c2000000 $bad 0026 424203 00*43
		0180c200000e $bad 88cc 00*46
		$bad $bad 88b5 00*46
		$bad $bad 8100 0005 88b5 00*46
		02000000000f $bad 88b5 00*46
		02000000000f $bad 88b5 00*47
		0200000000b0 $bad 88b5 11*1501
		0200000000b0 $bad 0800 45000632 00004000 4006 0000 0a000001 0a000009 9c4001bb 00000001 00000000 5002faf0 00000000 11*1546
	END
}

for kind in veth tap; do
	attach evil --type "$kind" --mtu 9000
	before=$(rows quiet)
	provoke | send_all evil
	fence evil quiet
	{
		[ "$kind" = veth ] || cat <<-END
			in runt 2 null | truncated frame, 15 bytes
			  it ends before its Ethernet header, or one of its tags, does
			  null
		END
		cat <<-END
			in bad-length 2 null | 02:ba:d0:00:00:00 > ff:ff:ff:ff:ff:ff LLC dsap 0xaa ssap 0xaa, 1,517 bytes
			  its length field promises more than came, or is neither a length nor a type
			  null
			in source-group 2 null | 03:ba:d0:00:00:00 > ff:ff:ff:ff:ff:ff ARP who-has 10.0.0.2 tell 10.0.0.1, 60 bytes
			  its source is a group address, which no station has
			  null
			in source-zero 2 null | 00:00:00:00:00:00 > ff:ff:ff:ff:ff:ff ethertype 0x88b5, 64 bytes
			  its source is 00:00:00:00:00:00, which no station has
			  null
			in reserved 2 null | 02:ba:d0:00:00:00 > 01:80:c2:00:00:0e LLDP, 60 bytes
			  its destination is reserved for a single link: IEEE 802.1Q table 8-1
			  null
			in same-port 2 evil | vlan 5 02:ba:d0:00:00:00 > 02:ba:d0:00:00:00 ethertype 0x88b5, 64 bytes
			  its destination is a station on evil, where it came from
			  null
			in egress-down 2 off | 02:ba:d0:00:00:00 > 02:00:00:00:00:0f ethertype 0x88b5, 61 bytes
			  egress port off is down
			  ip -n $test_id-off link set eth0 up
			in too-big 2 quiet | 10.0.0.1.40000 > 10.0.0.9.443 TCP SYN seq 1 win 64240, 1,600 bytes
			  egress port quiet has MTU 1500, and it would take 1586
			  ip -n $test_id-quiet link set eth0 mtu 1586
		END
	} | expect evil
	equal "$before" "$(rows quiet)" "$kind: dropped at quiet"

	# A copy that one port cannot send is told there, and by whom it came.
	echo "$all $bad 88b5 11*1501" | send_all evil
	fence evil quiet
	rows quiet >"$scratch/copies"
	sed 1q "$scratch/copies" | grep -qx 'out too-big . evil | .* 1,515 bytes' ||
		fail "$kind: told of quiet: $(cat "$scratch/copies")"

	# What of this the kernel lets through is up to it.
	echo "$offloaded" | send evil >"$scratch/send.log"
	fence evil quiet
	if grep -q '^sent$' "$scratch/send.log"; then
		rows evil | grep -q '^in bad-offload 1 null | 10.0.0.1.1 > 10.0.0.9.2 UDP, ' ||
			fail "$kind: no bad-offload: $(rows evil)"
	fi

	# The newest of all, as it would fare now
	vswctl explain --last-drop evil >"$scratch/explained"
	head -n 1 "$scratch/explained" | grep -q "^evil in " ||
		fail "$kind: $(cat "$scratch/explained")"

	# One that is made up really arrives, all zero behind its header.
	vswctl explain --in evil --src 02:00:00:00:00:e0 \
		--dst 02:00:00:00:00:b0 --type 0x88b6 --inject \
		>"$scratch/injected"
	equal "unicast: quiet sent by: quiet" \
		"$(tail -n 2 "$scratch/injected" | paste -sd ' ')" "$kind: injected"
	wait_for 5 has_heard quiet '0200000000b00200000000e088b6(00){46}$'

	# Nobody else is up.
	ns quiet ip link set eth0 down
	wait_for 5 state_is quiet down
	echo "$all $bad 88b5 00*46" | send_all evil
	wait_for 5 has_row evil \
		'in no-egress 1 null | 02:ba:d0:00:00:00 > ff:ff:ff:ff:ff:ff.*'
	rows_add_up evil quiet
	books_balance
	detach evil
	ns quiet ip link set eth0 up
	wait_for 5 state_is quiet up
	hear quiet
done

# What people see
vswctl show-drops quiet >"$scratch/shown"
grep -qx 'quiet out   too-big   2 frames, newest .* ago at ..:..:..\....' \
	"$scratch/shown" || fail "show-drops: $(cat "$scratch/shown")"
grep -qx "  to change it: ip -n $test_id-quiet link set eth0 mtu 1501" \
	"$scratch/shown" || fail "show-drops: $(cat "$scratch/shown")"

# overwhelm N [IFNAME]: more frames than its queue holds, while nobody reads it
overwhelm() {
	signal STOP "$switch_pid"
	echo "times=$1 $all $bad 88b5 00*46" |
		send flood "${2:-eth0}" >"$scratch/send.log"
	signal CONT "$switch_pid"
	equal sent "$(cat "$scratch/send.log")" "$kind: sending"
}

received() {
	[ "$(come flood)" -eq "$1" ]
}

# dropped NAME IFNAME: frames that the kernel had no room for there
dropped() {
	ip -n "$test_id-$1" -s -j link show "$2" | jq '.[].stats64.tx.dropped'
}

# Each frame is either received or missed.
for kind in veth tap; do
	attach flood --type "$kind"
	n=60000
	[ "$kind" = veth ] || n=5000
	overwhelm "$n"
	wait_for 20 received "$n"
	missed=$(port flood .received.missed)
	[ "$missed" -gt 0 ] || fail "$kind: nothing was missed"
	equal "in missed $missed" "$(vswctl --json show-drops flood |
		jq -r '.drops[] | "\(.direction) \(.reason) \(.count)"')" \
		"$kind: told as missed"
	vswctl show-drops flood >"$scratch/shown"
	grep -q '^flood in   missed   .* frames, noticed .* ago at ..:..:..\....$' \
		"$scratch/shown" || fail "$kind: $(cat "$scratch/shown")"
	[ "$kind" = veth ] || equal "$missed" "$(dropped flood eth0)" \
		"dropped, says the kernel"
	echo "  $kind: $missed of $n frames missed"
	books_balance
	detach flood
done

# A TAP is asked wherever it goes and however it is called.
attach flood --type tap
ns flood ip link set eth0 down
ns flood ip link set eth0 name other
ns flood ip link set other up
wait_for 5 state_is flood up
overwhelm 5000 other
wait_for 20 received 5000
missed=$(port flood .received.missed)
[ "$missed" -gt 0 ] || fail "renamed TAP: nothing was missed"
equal "$(dropped flood other)" "$missed" "missed by a renamed TAP"
signal STOP "$switch_pid"
echo "times=5000 $all $bad 88b5 00*46" | send flood other >"$scratch/send.log"
ns flood ip link set other netns "$test_id-quiet"
signal CONT "$switch_pid"
wait_for 5 state_is flood moved
[ "$(port flood .received.missed)" -gt "$missed" ] ||
	fail "nothing was missed before the TAP was taken away"
equal "$(dropped quiet other)" "$(port flood .received.missed)" \
	"missed by a TAP that was taken away"
detach flood

# A kept TAP is another device when it comes back, and that begins at zero.
is_back() {
	[ -e "/run/netns/$test_id-flood" ] && ns flood ip link show eth0 &&
		state_is flood up
}

# told: what is said of the frames that were missed
told() {
	vswctl --json show-drops flood |
		jq -r '.drops[] | "\(.count) \(.cause) \(.remedy)"'
}

cause="the TAP's queue was full: they came faster than the switch took them"
remedy="ip -n $test_id-flood link set eth0 txqueuelen 10000"
attach flood --type tap --persist
overwhelm 5000
wait_for 20 received 5000
missed=$(port flood .received.missed)
equal "$missed $cause $remedy" "$(told)" "kept TAP"
ns flood ip link del eth0
wait_for 20 is_back
equal "$missed" "$(port flood .received.missed)" "missed by the old device"
overwhelm 5000
wait_for 20 received 10000
[ "$(port flood .received.missed)" -gt "$missed" ] ||
	fail "nothing was missed by the new device"
missed=$(port flood .received.missed)
ns_del flood
wait_for 20 state_is flood waiting
equal "$missed $cause null" "$(told)" "TAP that waits"
detach flood

# link_fails: for a moment, while frames are on their way there
link_fails() {
	ip -n "$room" link set quiet down
	ip -n "$room" link set quiet up
	wait_for 5 state_is quiet up
	has_row quiet "out link-down [0-9]* evil | $lost"
}

# why DIRECTION REASON: what is told of quiet, cause and remedy
why() {
	vswctl --json show-drops quiet | jq -r --arg direction "$1" \
		--arg reason "$2" '.drops[] | select(.direction == $direction
		and .reason == $reason) | "\(.cause): \(.remedy)"'
}

# What a port was given and could not send, since its cable would not take it.
attach evil
ns evil sh -c "while echo 'times=1000 0200000000b0 $bad 88b5 00*1486'; do :; done |
	exec '$SEND_FRAMES' eth0" >/dev/null 2>&1 &
lost='02:ba:d0:00:00:00 > 02:00:00:00:00:b0 ethertype 0x88b5, 1,500 bytes'
wait_for 20 link_fails
equal "egress port quiet's interface went down: ip -n $test_id-quiet link set eth0 up" \
	"$(why out link-down)" "link-down"
nsenter --net="/run/netns/$room" tc qdisc add dev quiet root tbf rate 8kbit \
	burst 100kb limit 1gb 2>"$scratch/tc.log" ||
	skip "no token bucket here: $(cat "$scratch/tc.log")"
wait_for 20 has_row quiet "out queue-full [0-9]* evil | $lost"
equal "egress port quiet's queue was full: its receiver is too slow: null" \
	"$(why out queue-full)" "queue-full"
for pid in $(ip netns pids "$test_id-evil"); do
	kill "$pid" 2>/dev/null || true # some end by themselves
done
detach evil # or more of them may be on their way
rows_add_up quiet
books_balance

switch_stop
