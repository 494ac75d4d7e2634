#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_targets.sh - what can be attached, and with which options

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping unshare
need_switch

# row FILTER ATTACH-OPTION...: what jq makes of the answer
row() {
	filter=$1
	shift
	vswctl --json attach "$@" | jq -r "$filter"
}

# reaches NAME ADDRESS [PING-OPTION...]
reaches() {
	pinger=$1
	shift
	wait_for 5 ns "$pinger" ping -q -c 1 -W 1 "$@"
}

# exits CODE COMMAND...: it does, whatever it prints
exits() {
	wanted=$1
	shift
	code=0
	"$@" >"$scratch/exits.log" 2>&1 || code=$?
	equal "$wanted" "$code" "exit code of $*"
}

# json NAME COMMAND...: of ip, as JSON, in a namespace
json() {
	json_of=$1
	shift
	ns "$json_of" ip -j "$@"
}

ns_add web db tap path host
ns_ipv6 web db tap path host
switch_start

echo "a namespace is attached by its name"
equal "$test_id-web namespace $test_id-web veth eth0 1500 true" "$(row \
	'"\(.port | "\(.port) \(.attached_to) \(.type) \(.ifname) \(.mtu)") \(.created)"' \
	"$test_id-web" --ip 10.0.0.1/24 --ip 10.0.0.11/24 --ip fd00::1/64 \
	--ip fd00::11/64 --gateway 10.0.0.5 --gateway fd00::5 \
	--mac 02:00:00:00:00:01)" "web"
web=$test_id-web

echo "it gets the addresses, routes and MAC address that were asked for"
for address in 10.0.0.1/24 10.0.0.11/24 fd00::1/64 fd00::11/64; do
	json web addr show dev eth0 | jq -e --arg a "$address" \
		'any(.[].addr_info[]; "\(.local)/\(.prefixlen)" == $a)' \
		>"$scratch/addr.log" || fail "web lacks $address"
done
equal "10.0.0.5 eth0" "$(json web -4 route show default |
	jq -r '.[] | "\(.gateway) \(.dev)"')" "IPv4 default route"
equal "fd00::5 eth0" "$(json web -6 route show default |
	jq -r '.[] | "\(.gateway) \(.dev)"')" "IPv6 default route"
equal 020000000001 "$(mac web)" "MAC address"
equal 02:00:00:00:00:01 "$(port "$web" .mac)" "MAC address as shown"

echo "so does a TAP, whose loopback is raised as well"
ns tap ip link set lo down
attach tap --type tap --ip 10.0.0.2/24 --ip 10.0.0.12/24 --ip fd00::2/64 \
	--gateway 10.0.0.5 --gateway fd00::5 --mac 02:00:00:00:00:02 \
	--ifname lan0
equal 020000000002 "$(mac tap lan0)" "MAC address of the TAP"
equal "10.0.0.5 lan0" "$(json tap -4 route show default |
	jq -r '.[] | "\(.gateway) \(.dev)"')" "default route over the TAP"
ns tap ping -q -c 1 -W 1 127.0.0.1 >"$scratch/ping.log" || fail "lo is down"
for address in 10.0.0.2 10.0.0.12 fd00::2; do
	reaches web "$address"
done

echo "a namespace is attached by its path"
equal "$test_id-path" "$(row .port.port "/run/netns/$test_id-path" \
	--ip 10.0.0.3/24 --ip fd00::3/64)" "port of a path"
reaches web 10.0.0.3
reaches web fd00::3
equal "namespace /run/netns/$test_id-path" \
	"$(port "$test_id-path" .attached_to)" "path"

echo "so is the namespace of a process"
spawn process unshare --net sleep 600
process=$!
home=$(readlink /proc/self/ns/net)
away() {
	[ "$(readlink "/proc/$process/ns/net")" != "$home" ]
}
wait_for 5 away
equal "pid-$process veth" "$(row '"\(.port.port) \(.port.type)"' \
	"pid:$process" --ip 10.0.0.4/24 --ip fd00::4/64)" "port of a process"
equal "pid-$process-t" "$(row .port.port "pid:$process" --ifname eth1 \
	--port "pid-$process-t" --type tap --ip 10.0.1.4/24)" "and with a TAP"
reaches web 10.0.0.4
reaches web fd00::4

echo "so is the host, whose interface is named after the switch"
equal "host $switch the host" "$(row \
	'.port | "\(.port) \(.ifname) \(.attached_to)"' host --ip 10.0.0.5/24 \
	--ip fd00::5/64)" "the host"
reaches web 10.0.0.5
reaches tap fd00::5
ns host sysctl -qw net.ipv4.ip_forward=1
ns host ip addr add 192.0.2.1/32 dev lo
reaches web 192.0.2.1 # by the default route

echo "a namespace may have several interfaces, and long names"
equal "web2 eth1" "$(row '.port | "\(.port) \(.ifname)"' "$web" --port web2 \
	--ifname eth1 --ip 10.0.2.1/24 --type tap)" "second interface"
equal "up up" "$(port "$web" .state) $(port web2 .state)" "both"
long=$(printf 'x%.0s' $(seq 200))
ns_add "${long}a" "${long}b"
a=$(row .port.port "$test_id-${long}a" --ip 10.0.0.6/24)
b=$(row .port.port "$test_id-${long}b" --ip 10.0.0.7/24 --type tap)
[ "${#a}" -le 15 ] || fail "'$a' is too long for a port"
[ "$a" != "$b" ] || fail "two namespaces, but one port name"
equal "$test_id-${long}b" "$(port "$b" .target)" "target of $b"
reaches "${long}a" 10.0.0.7

echo "with --may-exist, what is there already is no error"
exits 4 vswctl attach "$web"
exits 4 vswctl attach "$test_id-tap" --port tap --type tap --ifname lan0
equal "false $web" "$(row '"\(.created) \(.port.port)"' "$web" --may-exist)" \
	"attached already"
equal "false tap" "$(row '"\(.created) \(.port.port)"' "$test_id-tap" \
	--port tap --type tap --ifname lan0 --may-exist)" "attached already"
exits 4 vswctl attach "$web" --may-exist --type tap
exits 4 vswctl attach "$web" --may-exist --ifname eth7
exits 4 vswctl attach "$test_id-db" --may-exist --port "$web"
equal true "$(row .created "$test_id-db" --may-exist --port db)" "a new one"

echo "a port can be attached again as soon as it is detached"
for kind in veth tap veth tap tap; do
	detach db
	attach db --type "$kind" --ip 10.0.0.8/24 --ip fd00::8/64 \
		--mac 02:00:00:00:00:08
	# No wait: when attach has answered, the first frame can be sent.
	ns db ping -q -c 1 -W 5 10.0.0.1 >"$scratch/ping.log" ||
		fail "db cannot reach web by a new $kind"
	equal "$kind up" "$(port db '"\(.type) \(.state)"')" "db"
done

# has_mtu NAME MTU: inside, as the port has it, and at least at the host end,
# which takes tags on top
has_mtu() {
	[ "$(ns "$1" cat /sys/class/net/eth0/mtu)" -eq "$2" ] &&
		[ "$(port "$1" .mtu)" -eq "$2" ] || return 1
	[ "$(port "$1" .type)" = tap ] ||
		[ "$(ip -n "$room" -j link show "$1" | jq '.[].mtu')" -ge "$2" ]
}

echo "jumbo frames pass where the MTU lets them"
ns_add j1 j2
attach j1 --mtu 9000 --ip 10.0.0.21/24
attach j2 --mtu 9000 --ip 10.0.0.22/24 --type tap
reaches j1 10.0.0.22 -s 8900 -M "do"
reaches j2 10.0.0.21 -s 8972 -M "do"
! ns j1 ping -q -c 1 -W 1 -s 8973 -M "do" 10.0.0.22 >"$scratch/ping.log" ||
	fail "a frame longer than its MTU got out"
before=$(port db '.sent.drops["too-big"] // 0')
! ns j1 ping -q -c 1 -W 0.2 -s 1600 -M "do" 10.0.0.8 >"$scratch/ping.log" ||
	fail "a frame reached a port with a smaller MTU"
after=$(port j1 '.received.drops["too-big"] // 0')
equal "1 $before" "$after $(port db '.sent.drops["too-big"] // 0')" "too-big"

echo "an MTU changed inside a namespace is the port's from then on"
ns j1 ip link set eth0 mtu 4000
ns j2 ip link set eth0 mtu 4000
wait_for 5 has_mtu j1 4000
wait_for 5 has_mtu j2 4000
reaches j1 10.0.0.22 -s 3900 -M "do"
ns j1 ip link set eth0 mtu 9500
ns j2 ip link set eth0 mtu 9500
wait_for 5 has_mtu j1 9500
wait_for 5 has_mtu j2 9500
reaches j1 10.0.0.22 -s 9400 -M "do"
reaches j2 10.0.0.21 -s 9400 -M "do"

for each in $(vswctl --json show-ports | "$JSON_AT" ports.port); do
	equal up "$(port "$each" .state)" "state of $each"
done
books_balance
switch_stop
