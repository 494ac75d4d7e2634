#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_vlan.sh - tags pass byte for byte, and stations are known per VLAN

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need_switch

ns_add v1 v2 t1 t2
switch_start
# Tags don't count towards an MTU, but senders of the kernel's make an exception
# for the first 802.1Q one only: give those who send them room.
attach v1 --mtu 1600
attach v2
attach t1 --mtu 1600 --type tap
attach t2 --type tap
for each in v1 v2 t1 t2; do
	hear "$each"
done

sources=0
# arrives TO PATTERN WHAT: exactly one such frame has
arrives() {
	equal 1 "$(heard "$1" "$2\$")" "$3 at $1"
}

# passes_on FROM TAGS WHAT: frames with those tags reach all others as they
# were, short ones and those as long as the MTU permits. Of the latter a veth
# pair takes no more than one tag; the rest may be dropped there, but not in
# silence.
passes_on() {
	sources=$((sources + 1))
	source=$(printf '0200000000%02x' "$sources")
	tags=$(echo "$2" | tr -d ' ')
	head="ffffffffffff$source${tags}88b5"
	lost=$(port v2 .sent.dropped)
	printf '%s\n' "$head 0123456789abcdef*5" "$head fedcba98*375" |
		send_all "$1"
	others=$(echo " v1 v2 t1 t2 " | sed "s, $1 , ,")
	# shellcheck disable=SC2086 # one word per namespace
	fence "$1" $others
	for to in $others; do
		arrives "$to" "$head(0123456789abcdef){5}" "$3 from $1"
		[ "$to" = v2 ] ||
			arrives "$to" "$head(fedcba98){375}" \
				"$3 of full size from $1"
	done
	long=$(heard v2 "$head(fedcba98){375}\$")
	equal "$((lost + 1 - long))" "$(port v2 .sent.dropped)" \
		"sent.dropped of v2, $3"
	echo "$1 $long $3" >>"$scratch/long"
}

for from in v1 t1; do
	echo "tagged frames from $from arrive byte for byte"
	passes_on "$from" "" "no tag"
	passes_on "$from" "8100 0005" "802.1Q"
	passes_on "$from" "8100 e005" "802.1Q with a priority"
	passes_on "$from" "8100 1fff" "802.1Q with the highest number and DEI"
	passes_on "$from" "8100 a000" "a priority tag"
	passes_on "$from" "88a8 0007" "802.1ad"
	passes_on "$from" "88a8 6007 8100 b005" "802.1ad over 802.1Q"
	passes_on "$from" "8100 0007 8100 0005" "802.1Q over 802.1Q"
	passes_on "$from" "8100 0001 8100 0002 8100 0003" "three tags"
done

# known VLAN MAC: the port it is known at in that VLAN
known() {
	vswctl --json show-fdb "vlan=$1" "mac=$2" | "$JSON_AT" stations.port
}

echo "a station is known in its VLAN, and may be elsewhere in another"
vswctl flush-fdb >"$scratch/flush.log"
x=0200000000aa
{
	echo "ffffffffffff $x 8100 0005 88b5 00*46"
	echo "ffffffffffff $x 88a8 0009 8100 0005 88b5 00*46" # the outer counts
} | send_all v1
echo "ffffffffffff $x 8100 0006 88b5 00*46" | send_all t1
echo "ffffffffffff $x 8100 e000 88b5 00*46" | send_all v2
fence v1 t2
fence t1 t2
fence v2 t2
x=02:00:00:00:00:aa
equal v1 "$(known 5 $x)" "$x in VLAN 5"
equal v1 "$(known 9 $x)" "$x in VLAN 9"
equal t1 "$(known 6 $x)" "$x in VLAN 6"
equal v2 "$(known 0 $x)" "$x with a priority tag"
equal "" "$(known 7 $x)" "$x in VLAN 7"

echo "a unicast follows the station of its own VLAN"
n=0
# goes_to TAG PORT...: what t2 sends to that station in a VLAN is heard there
goes_to() {
	tag=$1
	shift
	n=$((n + 1))
	id=$(printf '%04x' "$n")
	echo "0200000000aa 0200000000bb $tag 88b6 $id 00*44" | send_all t2
	fence t2 v1 v2 t1
	pattern="0200000000aa0200000000bb$(echo "$tag" | tr -d ' ')88b6$id"
	for each in v1 v2 t1; do
		case " $* " in
		*" $each "*) wanted=1 ;;
		*) wanted=0 ;;
		esac
		equal "$wanted" "$(heard "$each" "$pattern")" "$tag at $each"
	done
}
goes_to "8100 0005" v1
goes_to "8100 e005" v1
goes_to "88a8 0005" v1
goes_to "88a8 0009 8100 0006" v1
goes_to "8100 0006" t1
goes_to "" v2
goes_to "8100 0000" v2
goes_to "8100 0007" v1 v2 t1 # nobody knows: everybody's

echo "a tag does not count towards the MTU of a veth either"
while read -r from long what; do
	case $what in
	*over* | three*) continue ;;
	esac
	equal 1 "$long" "$what of full size from $from at v2"
done <"$scratch/long"

books_balance
switch_stop
