#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_big_tcp.sh - super-frames longer than an IP header can tell
#
#   a, b: veth   t: TAP   r: router, from its eth0 (veth) to its eth1 (TAP)

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need socat tshark
need_switch

IFS=. read -r major minor _ <"/proc/sys/kernel/osrelease"
[ "$major" -gt 6 ] || { [ "$major" -eq 6 ] && [ "${minor%%-*}" -ge 6 ]; } ||
	skip "Linux before 6.6 has no memory for them"

ns_add a b t r
ns_ipv6 a b t r
switch_start
attach a --ip 10.0.0.1/24 --ip fd00::1/64
attach b --ip 10.0.0.2/24 --ip fd00::2/64
attach t --type tap --ip 10.0.0.3/24 --ip 10.0.1.3/24 --ip fd00::3/64
attach r --ip 10.0.0.4/24
vswctl attach "$test_id-r" --port r1 --type tap --ifname eth1 \
	--ip 10.0.1.4/24 >/dev/null
ns r sysctl -qw net.ipv4.ip_forward=1
ns t ip route add 10.0.0.1 via 10.0.1.4 # and not by the way it has as well
ns a ip route add 10.0.1.0/24 via 10.0.0.4
head -c 10000000 /dev/urandom >"$scratch/file"
sum=$(sha256sum <"$scratch/file")

# transfer TO ADDRESS: the file from a, of which a few frames' worth are
# recorded where they come in and where they leave
transfer() {
	spawn capture "$VSWCTL" --name "$switch" \
		capture -s 256 -w "$scratch/frames.pcapng"
	capture=$!
	wait_for 5 captures_are 1
	ns_spawn "$1" receiver socat -u -b 1048576 \
		"TCP${2%%:*}-LISTEN:5001,reuseaddr" "CREATE:$scratch/got"
	receiver=$!
	wait_for 5 is_listening "$1" 5001
	ns a timeout 20 socat -u -b 1048576 "OPEN:$scratch/file" \
		"TCP${2%%:*}:${2#*:}:5001" || fail "a cannot send to $1"
	wait_for 20 ended "$receiver"
	wait "$receiver" || fail "$1 could not receive"
	equal "$sum" "$(sha256sum <"$scratch/got")" "what $1 got from a"
	rm "$scratch/got"
	signal INT "$capture"
	wait_for 10 ended "$capture"
	wait "$capture" || fail "capture: $(cat "$scratch/capture.log")"
	wait_for 5 captures_are 0
	tshark -r "$scratch/frames.pcapng" -Y "tcp.dstport == 5001" -T fields \
		-e frame.interface_name -e frame.packet_flags_direction \
		-e frame.len >"$scratch/frames" 2>"$scratch/tshark.log"
	for port in a b t r r1; do
		port "$port" .received.drops >"$scratch/drops"
		! grep -E 'oversize|bad-offload|undescribed|too-big|queue-full' \
			"$scratch/drops" || fail "dropped at $port"
	done
}

# big PORT DIRECTION: recorded frames of TCP that no IP header can tell of
big() {
	awk -v port="$1" -v direction="$2" '
		$1 == port && $2 == direction && $3 > 65600 { n++ }
		END { print n + 0 }' "$scratch/frames"
}

in=0x00000001 out=0x00000002

echo "IPv4 goes in super-frames of more than 64 KiB from veth to veth"
transfer b 4:10.0.0.2
[ "$(big a $in)" -gt 0 ] || fail "a sent no big frame"
equal "$(big a $in)" "$(big b $out)" "big frames to b"

echo "so it does from veth to TAP"
transfer t 4:10.0.0.3
[ "$(big a $in)" -gt 0 ] || fail "a sent no big frame"
equal "$(big a $in)" "$(big t $out)" "big frames to t"

echo "a namespace may route them to where they have to be cut"
transfer t 4:10.0.1.3
[ "$(big a $in)" -gt 0 ] || fail "a sent no big frame"
equal "$(big a $in)" "$(big r $out)" "big frames to the router"
equal 0 "$(big r1 $in)" "big frames from its TAP"

echo "IPv6 does as its interface says, and a packet socket gets segments"
transfer b "6:[fd00::2]"
equal 0 "$(big a $in)" "big frames of a"
ns a ip link set eth0 gso_max_size 196608
transfer b "6:[fd00::2]"
[ "$(big a $in)" -gt 0 ] || fail "a sent no big frame"
equal 0 "$(big b $out)" "big frames to b, which show as they left"
transfer t "6:[fd00::3]"
[ "$(big a $in)" -gt 0 ] || fail "a sent no big frame"
equal "$(big a $in)" "$(big t $out)" "big frames to t"

echo "whoever lowers it is obeyed"
ns a ip link set eth0 gso_max_size 65536
transfer b 4:10.0.0.2
equal 0 "$(big a $in)" "big frames of a"

books_balance
switch_stop
