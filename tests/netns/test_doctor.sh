#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_doctor.sh - vswctl doctor, whose advice helps: each fix is run

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need_switch

# What the doctor says, is typed: by this name.
mkdir "$scratch/bin"
ln -s "$VSWCTL" "$scratch/bin/vswctl"
PATH=$scratch/bin:$PATH

# findings CHECK LEVEL: the fixes of such findings, a line each
findings() {
	vswctl --json doctor >"$scratch/doctor.json" || true
	# shellcheck disable=SC2016 # these are jq's
	jq -r --arg check "$1" --arg level "$2" '.findings[] |
		select(.check == $check and .level == $level) | .fix' \
		"$scratch/doctor.json"
}

has() {
	[ "$(findings "$1" "$2" | wc -l)" -eq "$3" ]
}

# cured CHECK LEVEL [N]: there are N (1) such findings, their fixes are run,
# they are gone
cured() {
	wait_for 5 has "$1" "$2" "${3:-1}"
	findings "$1" "$2" >"$scratch/fix"
	cat "$scratch/fix"
	sh -eu "$scratch/fix" >"$scratch/fix.log" 2>&1 || fail "the fix of $1"
	wait_for 5 has "$1" "$2" 0
}

ns_add web db old
switch_start
attach web
attach db --type tap
attach old
for check in ports mtu mac stations left-overs; do
	equal 0 "$(findings $check warning | wc -l)" "warnings of $check"
	equal 0 "$(findings $check problem | wc -l)" "problems of $check"
done

echo "a port that is down"
ns db ip link set eth0 down
cured ports warning
echo "a port that is gone"
ns_del old
cured ports warning
echo "a port with an MTU of its own"
ns_add app
attach app
ns app ip link set eth0 mtu 9000
cured mtu warning
echo "a MAC address that two have"
ns app ip link set eth0 address "$(ns web cat /sys/class/net/eth0/address)"
cured mac problem

echo "a port that waits for its namespace"
namespaces="$namespaces $test_id-late" # which the fix is about to make
attach late --persist
cured ports warning
vswctl detach late
ns_del late

echo "what a killed switch has left, back room included"
made=$test_id-made
namespaces="$namespaces $made"
printf 'namespaces: [%s]\nports: {made: {attach: %s}}\n' "$made" "$made" \
	>"$scratch/made.yaml"
vswctl apply "$scratch/made.yaml"
switch_kill
left_over() {
	vswctl --json doctor >"$scratch/doctor.json" || true
	jq -r '.findings[] | select(.check == "left-overs") | .message' \
		"$scratch/doctor.json" >"$scratch/message"
	grep -qxF -e "$1" "$scratch/message"
}
wait_for 10 left_over "the switch $switch was killed, and its back room, with 3 cables, is still there"
left_over "the switch $switch does not run, and 1 namespace it has made is still there" ||
	fail "no word of the namespace"
cured left-overs warning 2
[ ! -e "/run/netns/$made" ] || fail "the namespace is still there"
[ ! -e "$scratch/$switch.made" ] || fail "its file is still there"
[ ! -e "/run/netns/$room" ] || fail "the back room is still there"
[ ! -e "$scratch/$switch.sock" ] || fail "the socket is still there"
gone_from() {
	! ns "$1" ip link show dev eth0
}
wait_for 5 gone_from web

echo "somebody who is not root is told what was not tried"
chmod 711 "$scratch"
cp "$VSWCTL" "$scratch/vswctl"
setpriv --reuid 65534 --regid 65534 --clear-groups "$scratch/vswctl" \
	--json doctor >"$scratch/doctor.json" || true
for check in privileges namespaces veth packet; do
	equal "sudo vswctl doctor" "$(jq -r --arg check $check '.findings[] |
		select(.check == $check and .level == "warning") | .fix' \
		"$scratch/doctor.json")" "fix of $check"
done
