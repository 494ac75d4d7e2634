#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_silence.sh - who isn't meant hears nothing
#
#   alice (veth) ---- [ switch ] ---- bob (TAP)
#                      |      |
#             carol (veth)  dave (TAP)      must not hear what bob is told

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping
need_switch

ns_add alice bob carol dave
switch_start
attach alice --ip 10.0.0.1/24
attach bob --ip 10.0.0.2/24 --type tap
attach carol
attach dave --type tap
ns alice ping -q -c 1 -W 5 10.0.0.2 >"$scratch/ping.log" ||
	fail "alice cannot reach bob"
hear bob
hear carol
hear dave
a=$(mac alice)
b=$(mac bob)

echo "a unicast between two is heard by no third"
ns alice ping -q -f -c 500 10.0.0.2 >"$scratch/ping.log"
ns bob ping -q -f -c 500 10.0.0.1 >"$scratch/ping.log"
fence alice bob carol dave
[ "$(heard bob "$b$a")" -ge 500 ] || fail "bob is deaf, so proves nothing"
for third in carol dave; do
	equal 0 "$(heard "$third" "$b")" "unicast to bob heard by $third"
	equal 0 "$(heard "$third" "$a")" "unicast to alice heard by $third"
done

echo "an unknown unicast is heard by all, and by nobody once it has answered"
{
	echo "020000000099 $a 88b5 00*46"
	echo "020000000099 $a 88b5 00*46"
} | send_all alice
fence alice bob carol dave
for each in bob carol dave; do
	equal 2 "$(heard "$each" "020000000099$a")" "unknown unicast at $each"
done
echo "$a 020000000099 88b5 00*46" | send_all carol
fence carol bob dave
echo "020000000099 $a 88b5 00*46" | send_all alice
fence alice bob carol dave
equal 3 "$(heard carol "020000000099$a")" "known unicast at its port"
equal 2 "$(heard bob "020000000099$a")" "known unicast at bob"
equal 2 "$(heard dave "020000000099$a")" "known unicast at dave"

echo "a frame is never sent back to where it came from"
hear alice
before=$(dropped alice same-port)
{
	echo "$a 02000000000a 88b5 00*46" # a second station beside alice
	echo "02000000000a $a 88b5 00*46"
	echo "ffffffffffff $a 88b5 11*46"
} | send_all alice
fence alice bob carol dave
equal "$((before + 2))" "$(dropped alice same-port)" "same-port"
fence bob alice
equal 0 "$(heard alice "(02000000000a|ffffffffffff)$a")" "alice's own frames"
for each in bob carol dave; do
	equal 0 "$(heard "$each" 02000000000a)" "local traffic at $each"
	equal 1 "$(heard "$each" "ffffffffffff${a}88b511")" "broadcast at $each"
done

echo "groups that are reserved to one link are not forwarded, others are"
before=$(dropped alice reserved)
for last in 00 01 02 03 0e 0f; do
	echo "0180c20000$last $a 88b5 22*46"
	echo "0180c20000$last $a 8100 0005 88b5 22*46" # nor with a tag
done | send_all alice
for last in 10 20 21; do
	echo "0180c20000$last $a 88b5 22*46"
done | send_all alice
fence alice bob carol dave
equal "$((before + 12))" "$(dropped alice reserved)" "reserved"
for each in bob carol dave; do
	equal 3 "$(heard "$each" 0180c20000)" "groups of 802.1 at $each"
	equal 0 "$(heard "$each" 0180c200000)" "reserved groups at $each"
done

books_balance
switch_stop
