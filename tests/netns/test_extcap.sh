#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_extcap.sh - tshark captures from ports of a switch as from interfaces
#
# Run by root, tshark looks into its own extcap folder only. So the test
# mounts one of its own there, in a mount namespace.

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
: "${VSWDUMP:?}"
need ping tshark unshare mount
need_switch

folder=$(tshark -G folders 2>/dev/null | sed -n 's/^Extcap path:[[:blank:]]*//p')
[ -d "$folder" ] || skip "tshark has no extcap folder"
mkdir "$scratch/extcap"
cp "$VSWDUMP" "$scratch/extcap/vswdump"
WIRESHARK_CONFIG_DIR=$scratch/config # or one's own preferences take part
export WIRESHARK_CONFIG_DIR

# wireshark ARGUMENT...: tshark, with our helper where it looks for helpers
wireshark() {
	# shellcheck disable=SC2016 # the inner shell's
	timeout 60 unshare --mount sh -c '
		mount --bind "$1" "$2" || exit
		shift 2
		exec tshark "$@"' sh "$scratch/extcap" "$folder" "$@" \
		2>"$scratch/tshark.log"
}

# capture_with ARGUMENT...: while two stations talk; $scratch/seen is what
# tshark prints
capture_with() {
	ns_spawn v1 ping ping -q -i 0.05 10.0.0.2
	pings=$!
	wireshark "$@" >"$scratch/seen" ||
		fail "tshark $*: $(cat "$scratch/tshark.log")"
	stop "$pings"
	wait_for 10 captures_are 0
}

echo "where no switch runs there is nothing to capture from"
"$VSWDUMP" --extcap-interfaces >"$scratch/list" || fail "exit code $?"
! grep -q ^interface "$scratch/list" || fail "there is an interface"
! wireshark -D | grep vsw- || fail "tshark sees one"

ns_add v1 v2
switch_start
attach v1 --ip 10.0.0.1/24
attach v2 --ip 10.0.0.2/24

echo "each switch and each port is an interface"
wireshark -D | sed -n 's/^[0-9]*\. \(vsw-.*\)/\1/p' >"$scratch/list"
equal "vsw-$switch (vsw $switch, all ports)
vsw-$switch:v1 (vsw $switch, port v1 (namespace $test_id-v1, eth0))
vsw-$switch:v2 (vsw $switch, port v2 (namespace $test_id-v2, eth0))" \
	"$(cat "$scratch/list")" "interfaces"

echo "of another switch, too, for as long as it runs"
another=$switch-b
(exec nsenter --net="/run/netns/$test_id-host" "$VSWD" --name "$another" \
	--log warning) >"$scratch/another.log" 2>&1 &
another_pid=$!
spawned="$spawned $another_pid"
namespaces="$namespaces vsw-$another"
wait_for 10 "$VSWCTL" --name "$another" show-switch
"$VSWCTL" --name "$another" attach "$test_id-v2" --port up --ifname eth1 \
	>"$scratch/attached"
wireshark -D | sed -n 's/^[0-9]*\. \(vsw-.*\)/\1/p' >"$scratch/both"
{
	cat "$scratch/list"
	echo "vsw-$another (vsw $another, all ports)"
	echo "vsw-$another:up (vsw $another, port up (namespace $test_id-v2, eth1))"
} | LC_ALL=C sort >"$scratch/expected"
LC_ALL=C sort "$scratch/both" | diff -u "$scratch/expected" - >&2 ||
	fail "interfaces of two switches"
stop "$another_pid"
namespaces=${namespaces% vsw-"$another"}
wireshark -D | sed -n 's/^[0-9]*\. \(vsw-.*\)/\1/p' | diff -u "$scratch/list" - >&2 ||
	fail "interfaces of the one that is left"
wireshark -i "vsw-$switch:v1" -L | grep -q EN10MB ||
	fail "tshark does not know the link type"

echo "a port is captured from, with a filter and what can be set"
capture_with -i "vsw-$switch:v1" -f icmp -c 4 -T fields \
	-e frame.interface_name -e ip.proto
equal "v1	1" "$(sort -u "$scratch/seen")" "frames of the port"
option=extcap.vsw_${switch}_v2
capture_with -i "vsw-$switch:v2" -f icmp -c 3 -o "$option.snaplen:60" \
	-o "$option.direction:out" -T fields -e frame.cap_len \
	-e frame.packet_flags_direction -e icmp.type
equal "60	0x00000002	8" "$(sort -u "$scratch/seen")" "what left by it"

echo "so is the switch as a whole"
capture_with -i "vsw-$switch" -f 'icmp[icmptype] == icmp-echo' -c 2 \
	-o "extcap.vsw_$switch.collapse:TRUE" -T fields -e frame.comment
equal "from v1 to v2" "$(sort -u "$scratch/seen")" "collapsed frames"
# Frames nobody wants: from a group.
ns_spawn v1 sender sh -c "
	while echo 'ffffffffffff 010000000001 88b5 00*46'; do
		sleep 0.05
	done | '$SEND_FRAMES' eth0"
sender=$!
capture_with -i "vsw-$switch" -o "extcap.vsw_$switch.drops:true" -c 2 \
	-T fields -e frame.comment
stop "$sender"
equal "dropped: source-group" "$(sort -u "$scratch/seen")" "dropped frames"

# What is said about it proto.extcap knows: tshark shows it if it is quick.
echo "what is wrong ends at once"
code=0
wireshark -i "vsw-$switch:v1" -f 'icmp prot' -c 1 >"$scratch/seen" || code=$?
[ "$code" -ne 0 ] || fail "a filter that is none"
[ "$code" -ne 124 ] || fail "tshark waits for ever"
! wireshark -i "vsw-$switch:nosuch" -c 1 >"$scratch/seen" ||
	fail "a port that is not there"
wait_for 5 captures_are 0
switch_stop
