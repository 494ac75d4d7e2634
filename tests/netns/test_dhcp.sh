#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_dhcp.sh - DHCP gets its checksum completed, for who reads packet sockets

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need socat tcpdump
need_switch

ns_add v1 v2 t1 t2
ns_ipv6 v1 v2 t1 t2
switch_start
attach v1 --ip 10.0.0.1/24 --ip fd00::1/64
attach v2 --ip 10.0.0.2/24
attach t1 --ip 10.0.0.3/24 --ip fd00::3/64 --type tap
attach t2 --ip 10.0.0.4/24 --type tap

# says FROM TO: UDP from an ordinary socket, to socat's address
says() {
	echo "whatever" | ns "$1" socat -u - "$2,so-bindtodevice=eth0" ||
		fail "$1 cannot send to $2"
}

# is_heard SUM NAME WAY: tcpdump has heard it, and thinks so of its checksum
is_heard() {
	wait_for 5 grep -qF "$3" "$scratch/$from-$2.log"
	equal "[$1" "$(grep -F "$3" "$scratch/$from-$2.log" |
		grep -oE '\[(udp sum ok|bad udp cksum)')" "checksum of $3 at $2"
}

everybody=255.255.255.255
for from in v1 t1; do
	echo "DHCP from $from has its checksum"
	n=${from#?}
	[ "$from" = v1 ] || n=3
	for to in v2 t2; do
		ns_spawn $to "$from-$to" tcpdump --immediate-mode -l -n -vv \
			-i eth0 ip6 proto 17 or ip proto 17
		wait_for 5 grep -q 'listening on' "$scratch/$from-$to.log"
	done
	for port in 67 68; do
		says "$from" "UDP4-DATAGRAM:$everybody:$port,broadcast"
		says "$from" "UDP4-DATAGRAM:$everybody:20$port,broadcast,bind=:$port"
	done
	for port in 546 547; do
		says "$from" "UDP6-DATAGRAM:[ff02::1%eth0]:$port"
	done
	says "$from" "UDP4-DATAGRAM:$everybody:1067,broadcast,bind=:1068"
	for to in v2 t2; do
		for port in 67 68; do
			is_heard "udp sum ok" $to "> $everybody.$port:"
			is_heard "udp sum ok" $to \
				"10.0.0.$n.$port > $everybody.20$port:"
		done
		for port in 546 547; do
			is_heard "udp sum ok" $to "> ff02::1.$port:"
		done
		# Or the checksums above would have been complete anyway.
		is_heard "bad udp cksum" $to "10.0.0.$n.1068 > "
	done
done

books_balance
switch_stop
