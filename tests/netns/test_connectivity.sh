#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_connectivity.sh - every kind of port reaches every other, with offloads
#
#   v1, v2: veth   t1, t2: TAP   host: veth, for the daemon's own namespace

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping socat ethtool
need_switch

all="v1 v2 t1 t2 host"
pairs="v1-v2 v1-t1 t1-v2 t1-t2 host-v1 t2-host" # each kind with each

# address NAME FAMILY
address() {
	n=0
	for each in $all; do
		n=$((n + 1))
		[ "$each" = "$1" ] && break
	done
	case $2 in
	4) echo "10.0.0.$n" ;;
	6) echo "fd00::$n" ;;
	esac
}

# cidrs NAME: options of attach
cidrs() {
	echo "--ip $(address "$1" 4)/24 --ip $(address "$1" 6)/64"
}

ns_add v1 v2 t1 t2 host
# shellcheck disable=SC2086 # one word per namespace
ns_ipv6 $all
switch_start
for name in v1 v2; do
	# shellcheck disable=SC2046 # one word per option
	attach "$name" $(cidrs "$name")
done
for name in t1 t2; do
	# shellcheck disable=SC2046
	attach "$name" --type tap $(cidrs "$name")
done
# shellcheck disable=SC2046
vswctl attach host --ifname eth0 $(cidrs host) >/dev/null

echo "every namespace reaches every other, over IPv4 and IPv6"
for from in $all; do
	for to in $all; do
		[ "$from" = "$to" ] && continue
		for family in 4 6; do
			ns "$from" ping -q -c 2 -i 0.01 -W 5 \
				"$(address "$to" "$family")" \
				>"$scratch/ping.log" ||
				fail "$from cannot reach $to by IPv$family"
		done
	done
done

# flood FROM TO FAMILY
flood() {
	ns "$1" ping -q -f -c 20000 "$(address "$2" "$3")" \
		>"$scratch/ping.log" || fail "$1 cannot reach $2 any longer"
	grep -q '20000 packets transmitted, 20000 received, 0% packet loss' \
		"$scratch/ping.log" || fail "$1 to $2: $(cat "$scratch/ping.log")"
}

echo "of 20,000 flood pings none is lost"
flood v1 v2 4
flood v1 t1 6
flood t1 t2 4
flood host v1 6

# is_on NAME FEATURE
is_on() {
	ns "$1" ethtool -k eth0 | grep -q "^[[:space:]]*$2: on" ||
		fail "$2 is off in $1"
}

echo "offloads are on in all namespaces"
for name in $all; do
	for feature in tx-checksumming scatter-gather generic-segmentation-offload \
		tcp-segmentation-offload tx-tcp-segmentation \
		tx-tcp6-segmentation; do
		is_on "$name" "$feature"
	done
done

# were_super BEFORE AFTER WHAT: frames were longer than a segment, on average
were_super() {
	# shellcheck disable=SC2086 # four numbers
	set -- $1 $2 "$3"
	[ $(($4 - $2)) -gt $((2 * 1514 * ($3 - $1))) ] ||
		fail "$5: $(($3 - $1)) frames for $(($4 - $2)) bytes"
}

# transfer FROM TO FAMILY: the file, and what arrives has to be the file
transfer() {
	sent_before=$(carried "$1" received)
	got_before=$(carried "$2" sent)
	ns_spawn "$2" receiver socat -u -b 65536 \
		"TCP$3-LISTEN:5001,reuseaddr" "CREATE:$scratch/got"
	receiver=$!
	wait_for 5 is_listening "$2" 5001
	destination=$(address "$2" "$3")
	[ "$3" = 4 ] || destination="[$destination]"
	ns "$1" timeout 20 socat -u -b 65536 "OPEN:$scratch/file" \
		"TCP$3:$destination:5001" || fail "$1 cannot send to $2"
	wait_for 20 ended "$receiver"
	wait "$receiver" || fail "$2 could not receive"
	cmp "$scratch/file" "$scratch/got" >&2 || fail "what $2 got from $1"
	rm "$scratch/got"
	were_super "$sent_before" "$(carried "$1" received)" "from $1"
	were_super "$got_before" "$(carried "$2" sent)" "to $2"
}

echo "TCP carries a file unharmed, in super-frames"
head -c 50000000 /dev/urandom >"$scratch/file"
for pair in $pairs; do
	transfer "${pair%-*}" "${pair#*-}" 4
	transfer "${pair#*-}" "${pair%-*}" 6
done

for name in $all; do
	equal 0 "$(port "$name" '.received.missed')" "missed from $name"
	equal 0 "$(dropped "$name" undescribed)" "undescribed from $name"
done
books_balance
switch_stop
