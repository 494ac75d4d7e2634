#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_errors.sh - what cannot be done is said in one line, and leaves nothing

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need setpriv unshare
need_switch

ns_add web db host
web=$test_id-web
db=$test_id-db

# snapshot: all that a failed command could have changed
snapshot() {
	for each in "$web" "$db" "$test_id-host" "$room"; do
		[ -e "/run/netns/$each" ] || continue
		printf 'addr show\nroute show table all\n' |
			ip -n "$each" -batch - 2>/dev/null
	done
	[ ! -e "$scratch/$switch.sock" ] || vswctl --json show-ports |
		grep -E '"(port|state|target|ifname|mac|mtu|stations)":'
	find /run/netns -name "*$test_id*"
}

# refused CODE SENTENCE HINT COMMAND...: with just these words, and no change
refused() {
	wanted=$1
	echo "vswctl: $4: $2" >"$scratch/wanted"
	case $3 in
	'') ;;
	*'^'*) printf '%s\n' "$3" >>"$scratch/wanted" ;;
	*) echo "  hint: $3" >>"$scratch/wanted" ;;
	esac
	shift 3
	snapshot >"$scratch/before"
	code=0
	vswctl "$@" >"$scratch/out" 2>"$scratch/err" || code=$?
	equal "$wanted" "$code" "exit code of $*"
	diff "$scratch/wanted" "$scratch/err" >&2 || fail "words of $*"
	[ ! -s "$scratch/out" ] || fail "$* speaks to standard output"
	snapshot >"$scratch/after"
	diff "$scratch/before" "$scratch/after" >&2 || fail "$* left something"
}

# is_wrong SENTENCE OPTION...: an argument of attach, whatever the switch does
is_wrong() {
	sentence=$1
	shift
	refused 2 "$sentence" "" attach "$db" "$@"
}

echo "wrong arguments are refused before anything is sent"
name16=abcdefghijklmnop
refused 2 "mac: 'nonsense' is not a MAC address" \
	"it looks like 02:00:00:00:00:01" attach "$db" --mac nonsense
is_wrong "mac: '01:00:5e:00:00:01' is a group address, not a station's" \
	--mac 01:00:5e:00:00:01
is_wrong "mac: 'ff:ff:ff:ff:ff:ff' is a group address, not a station's" \
	--mac ff:ff:ff:ff:ff:ff
is_wrong "mac: '00:00:00:00:00:00' is no station's address" \
	--mac 00:00:00:00:00:00
is_wrong "ip: '10.0.0.1' has no prefix length, as in 10.0.0.1/24" \
	--ip 10.0.0.1
is_wrong "ip: '10.0.0.1/33': an IPv4 prefix is at most 32 bits" \
	--ip 10.0.0.2/24 --ip 10.0.0.1/33
is_wrong "ip: 'fd00::1/129': an IPv6 prefix is at most 128 bits" \
	--ip fd00::1/129
is_wrong "ip: '10.0.0.256/24' is not an IP address" --ip 10.0.0.256/24
is_wrong "gateway: there can be only one for IPv4" --gateway 10.0.0.1 \
	--gateway 10.0.0.2
for mtu in 67 65536; do
	is_wrong "mtu: $mtu is not an MTU, 68 to 65535" --mtu $mtu
done
is_wrong "mtu: 'big' is not an MTU, 68 to 65535" --mtu big
is_wrong "ifname: '$name16' is too long for an interface name: 16 characters, at most 15" \
	--ifname $name16
is_wrong "port: '$name16' is too long for a port name: 16 characters, at most 15" \
	--port $name16
is_wrong "port: 'a/b': a port name cannot contain '/'" --port a/b
is_wrong "type: 'bridge' is not veth or tap" --type bridge
refused 2 "unknown option '--colour'" "vswctl help attach" attach "$db" \
	--colour red
refused 2 "TARGET is missing" "TARGET: namespace: a name, a path, pid:N, or host" \
	attach
refused 2 "target: 'pid:x' is not pid: and the number of a process" "" \
	attach pid:x
refused 2 "filter: can't parse filter expression: syntax error" \
	'  icmp and and
           ^~~' \
	capture -f "icmp and and"

echo "without a daemon, vswctl says so"
refused 5 "no switch named '$switch' is running" \
	"start it: vswd --name $switch" attach "$db"
refused 5 "no switch named '$switch' is running" \
	"start it: vswd --name $switch" show-ports

switch_start
attach web --ip 10.0.0.1/24 --gateway 10.0.0.254

echo "what isn't there is not found"
refused 3 "there is no namespace 'nosuch'" "ip netns add nosuch" attach nosuch
refused 3 "there is no namespace 'nosuch'" "ip netns add nosuch" \
	attach nosuch --type tap
refused 3 "cannot open '/nonexistent/ns': No such file or directory" "" \
	attach /nonexistent/ns
refused 3 "there is no process 4194305" "" attach pid:4194305
refused 3 "there is no port 'nosuch'" "" detach nosuch
refused 3 "there is no port 'nosuch'" "" show-port nosuch
refused 3 "there is no port 'nosuch'" "" capture nosuch -w -
refused 3 "there is no port 'nosuch'" "" add-fdb 02:00:00:00:00:01 nosuch

echo "what is no namespace is no target"
refused 2 "'/etc/passwd' is not a network namespace" "" attach /etc/passwd
refused 2 "'/proc/self/ns/mnt' is not a network namespace" "" \
	attach /proc/self/ns/mnt
refused 2 "namespace $room is the back room of this switch" "" attach "$room"

for kind in veth tap; do
	echo "what is taken is taken, for a $kind"
	refused 4 "namespace $web has an interface eth0 already" \
		"give it another name with --ifname" \
		attach "$web" --port second --type "$kind"
	refused 4 "there is a port 'web' already, attached to namespace $web" \
		"choose another name: --port NAME" \
		attach "$web" --port web --type "$kind"
	refused 4 "there is a port 'web' already, attached to namespace $web" \
		"choose another name: --port NAME" \
		attach "$db" --port web --type "$kind"
	refused 4 "namespace $web has a default route already" "" \
		attach "$web" --port second --ifname eth1 --type "$kind" \
		--ip 10.0.1.1/24 --gateway 10.0.1.254

	echo "a $kind that fails on the way is undone"
	ns db ip link set lo down
	refused 1 "cannot add fd00::1/64 to eth0 in namespace $db: ipv6: IPv6 is disabled on this device" \
		"IPv6 is off in namespace $db" attach "$db" --type "$kind" \
		--ip 10.0.0.2/24 --ip fd00::1/64
	refused 1 "cannot add a default route over 192.0.2.1 in namespace $db: Nexthop has invalid gateway" \
		"" attach "$db" --type "$kind" --ip 10.0.0.2/24 \
		--gateway 192.0.2.1
	attach db --type "$kind" --ip 10.0.0.2/24
	ns db ping -q -c 1 -W 5 10.0.0.1 >"$scratch/ping.log" ||
		fail "db cannot be attached by a $kind after all this"
	detach db
done
ns db ip link add taken type veth peer name eth0
refused 4 "namespace $db has an interface eth0 already" \
	"give it another name with --ifname" attach "$db" --port db
refused 4 "namespace $db has an interface eth0 already" \
	"give it another name with --ifname" attach "$db" --port db --type tap

echo "a daemon that hangs costs no more than the timeout"
snapshot >"$scratch/before"
signal STOP "$switch_pid"
begun=$(now_ms)
code=0
vswctl --timeout 1 show-ports >"$scratch/out" 2>"$scratch/err" || code=$?
took=$(($(now_ms) - begun))
signal CONT "$switch_pid"
equal 6 "$code" "exit code"
equal "vswctl: show-ports: the switch does not answer" "$(cat "$scratch/err")" \
	"words"
[ ! -s "$scratch/out" ] || fail "it speaks to standard output"
[ "$took" -ge 900 ] || fail "it gave up after $took ms"
[ "$took" -le 5000 ] || fail "it took $took ms"
snapshot >"$scratch/after"
diff "$scratch/before" "$scratch/after" >&2 || fail "something has changed"

echo "a second daemon of the same name is refused"
code=0
nsenter --net="/run/netns/$test_id-host" "$VSWD" --name "$switch" \
	>"$scratch/second.log" 2>&1 || code=$?
equal 4 "$code" "exit code of the second"
snapshot >"$scratch/after"
diff "$scratch/before" "$scratch/after" >&2 || fail "something has changed"
switch_stop

# lacking CAPABILITY: vswd without it says so, in a line, and leaves nothing
lacking() {
	code=0
	nsenter --net="/run/netns/$test_id-host" setpriv \
		"--bounding-set=-$1" "--inh-caps=-$1" timeout 20 "$VSWD" \
		--name "$switch" >"$scratch/lacking.log" 2>&1 || code=$?
	equal 1 "$code" "exit code of vswd without CAP_$1"
	grep -qi "cap_$1" "$scratch/lacking.log" ||
		fail "no word of CAP_$1: $(cat "$scratch/lacking.log")"
	equal 2 "$(wc -l <"$scratch/lacking.log")" "lines about CAP_$1"
	[ ! -e "/run/netns/$room" ] || fail "the back room is left"
}

echo "a daemon without privileges says which it needs"
lacking net_admin
lacking sys_admin

echo "so does one without /dev/net/tun"
no_tun="mount -t tmpfs none /dev/net && exec \"\$@\""
(exec nsenter --net="/run/netns/$test_id-host" unshare --mount \
	sh -c "$no_tun" - "$VSWD" --name "$switch") >>"$scratch/vswd.log" 2>&1 &
switch_pid=$!
wait_for 10 vswctl show-switch
ns db ip link del eth0
for each in "$web" "$db" "$test_id-host"; do
	ip -n "$each" -brief link
done >"$scratch/before"
code=0
vswctl attach "$db" --type tap >"$scratch/out" 2>"$scratch/err" || code=$?
equal 1 "$code" "exit code"
equal "vswctl: attach: cannot open /dev/net/tun: No such file or directory
  hint: load the kernel's module: modprobe tun" "$(cat "$scratch/err")" "words"
for each in "$web" "$db" "$test_id-host"; do
	ip -n "$each" -brief link
done | diff "$scratch/before" - >&2 || fail "something has changed"
vswctl attach "$db" >"$scratch/out" # a veth pair needs no /dev/net/tun
switch_stop
