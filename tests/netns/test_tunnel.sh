#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_tunnel.sh - super-frames that no virtio-net header describes, and those
# of UDP, which one does
#
#   v1, v2: veth   t1, t2: TAP, all with a VXLAN to some other

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping iperf3 ethtool
need_switch

ns_add v1 v2 t1 t2 plain
ns_ipv6 v1 v2 t1 t2
switch_start
attach v1 --ip 10.0.0.1/24 --ip fd00::1/64
attach v2 --ip 10.0.0.2/24 --ip fd00::2/64
attach t1 --ip 10.0.0.3/24 --ip fd00::3/64 --type tap
attach t2 --ip 10.0.0.4/24 --ip fd00::4/64 --type tap
cable plain fresh plain peer

# features NAME IFNAME: a line each, without those a virtio-net header lacks
unspeakable="tx-gre-segmentation tx-gre-csum-segmentation
	tx-ipxip4-segmentation tx-ipxip6-segmentation tx-udp_tnl-segmentation
	tx-udp_tnl-csum-segmentation tx-tunnel-remcsum-segmentation
	tx-sctp-segmentation tx-esp-segmentation tx-gso-partial tx-gso-list
	tx-tcp-accecn-segmentation tx-checksum-sctp"
features() {
	# shellcheck disable=SC2086 # one word per feature
	ns "$1" ethtool -k "$2" | tail -n +2 |
		grep -vF "$(printf '%s:\n' $unspeakable)"
}

echo "at the end of a cable just these features are off"
features plain fresh >"$scratch/plain.log"
grep -q 'tx-tcp-segmentation: on' "$scratch/plain.log" ||
	fail "there is nothing to compare with"
for each in v1 v2; do
	features "$each" eth0 | diff "$scratch/plain.log" - >"$scratch/diff.log" ||
		fail "$each differs from other veths: $(cat "$scratch/diff.log")"
	for feature in $unspeakable; do
		! ns "$each" ethtool -k eth0 | grep -q "$feature: on" ||
			fail "$feature is on in $each"
	done
done

# tunnel A B NUMBER LOCAL REMOTE udpcsum|noudpcsum: a VXLAN between two, each
# kind of which is an offload of its own
tunnel() {
	ns "$1" ip link add "vx$3" type vxlan id "$3" dstport 4789 \
		local "$4" remote "$5" dev eth0 "$6"
	ns "$2" ip link add "vx$3" type vxlan id "$3" dstport 4789 \
		local "$5" remote "$4" dev eth0 "$6"
	ns "$1" ip addr add "10.1.$3.1/24" dev "vx$3"
	ns "$2" ip addr add "10.1.$3.2/24" dev "vx$3"
	ns "$1" ip link set "vx$3" up
	ns "$2" ip link set "vx$3" up
	wait_for 5 ns "$1" ping -q -c 1 -W 1 "10.1.$3.2"
}

# try_tcp FROM TO ADDRESS IPERF3-OPTION...: ends in time, or doesn't
try_tcp() {
	from=$1
	to=$2
	shift 2
	ns_spawn "$to" server iperf3 --server --one-off
	server=$!
	wait_for 5 is_listening "$to" 5201
	result=0
	ns "$from" timeout 30 iperf3 --json --client "$@" \
		>"$scratch/client.log" || result=$?
	signal TERM "$server"
	wait "$server" || true
	return "$result"
}

# carries FROM TO ADDRESS WHAT: 100 MB, which takes minutes if it crawls
carries() {
	try_tcp "$1" "$2" "$3" --bytes 100M ||
		fail "TCP from $1 to $2 $4 is slower than 30 s for 100 MB"
	printf '%s\n' "  $1 to $2 $4: $(jq '.end.sum_received.bits_per_second /
		1e6 | floor' "$scratch/client.log") Mbit/s"
}

echo "TCP through a VXLAN between attached namespaces runs"
tunnel v1 v2 12 10.0.0.1 10.0.0.2 noudpcsum
tunnel v1 t1 13 fd00::1 fd00::3 udpcsum
tunnel t1 t2 34 10.0.0.3 10.0.0.4 udpcsum
carries v1 v2 10.1.12.2 "over IPv4"
carries v1 t1 10.1.13.2 "over IPv6"
carries t1 v1 10.1.13.1 "over IPv6"
carries t1 t2 10.1.34.2 "over IPv4"
for each in v1 v2 t1 t2; do
	equal 0 "$(dropped "$each" undescribed)" "undescribed from $each"
	equal 0 "$(dropped "$each" bad-offload)" "bad-offload from $each"
done

# datagrams FROM TO ADDRESS: bursts by UDP_SEGMENT, checked by the receiver
datagrams() {
	before=$(carried "$1" received)
	ns_spawn "$2" receiver "$UDP_SEGMENT" receive "$3" 5002
	receiver=$!
	wait_for 5 grep -q listening "$scratch/receiver.log"
	ns "$1" "$UDP_SEGMENT" send "$3" 5002 50 >"$scratch/sender.log" ||
		fail "$1 cannot send datagrams to $2"
	wait_for 5 ended "$receiver"
	wait "$receiver" || fail "$2 did not get what $1 sent"
	equal "$(cat "$scratch/sender.log")" \
		"$(tail -n 1 "$scratch/receiver.log")" "from $1 to $2"
	after=$(carried "$1" received)
	# shellcheck disable=SC2086 # four numbers
	set -- "$1" $before $after
	[ $(($5 - $3)) -gt $((2000 * ($4 - $2))) ] ||
		fail "$1: no super-frames, but $(($4 - $2)) for $(($5 - $3)) bytes"
}

echo "UDP super-frames arrive datagram for datagram"
datagrams v1 v2 10.0.0.2
datagrams v1 v2 fd00::2
datagrams v1 t1 10.0.0.3
datagrams t1 v1 fd00::1
datagrams t1 t2 10.0.0.4
datagrams t1 t2 fd00::4

echo "what comes all the same is counted, and nobody else suffers"
pings_start v2 10.0.0.4
ns v1 ethtool -K eth0 tx-udp_tnl-segmentation on
try_tcp v1 v2 10.1.12.2 --time 1 || true
carries v1 v2 10.0.0.2 "beside the tunnel"
pings_end

echo "and when the feature is off again, the tunnel runs again"
ns v1 ethtool -K eth0 tx-udp_tnl-segmentation off
carries v1 v2 10.1.12.2 "over IPv4"

books_balance
[ "$(dropped v1 undescribed)" -gt 0 ] ||
	fail "nothing was undescribed, but $(port v1 .received.drops)"
switch_stop
