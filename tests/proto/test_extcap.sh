#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_extcap.sh - what Wireshark asks its helper, and whatever switches answer

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"
: "${VSWDUMP:?}"

vswdump() {
	status=0
	"$VSWDUMP" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
}

# lists INTERFACE...: these and no others, in this order
lists() {
	exits 0
	[ "$(sed -n 's/^interface {value=\([^}]*\)}.*/\1/p' "$scratch/out" |
		paste -sd' ')" = "$*" ] || fail "it lists others than $*"
}

a machine without a switch has no interfaces
vswdump --extcap-interfaces --extcap-version=4.0
lists
silent err
prints 'extcap {version='
VSW_RUNDIR=$scratch/nowhere vswdump --extcap-interfaces
lists

# ports NAME...: a switch that has these
ports() {
	list=""
	for name; do
		list="$list${list:+,}$(echo "{$row}" | sed "s|\"port\":\"web\"|\"port\":\"$name\"|")"
	done
	echo accept
	echo "$hello"
	echo expect port.list
	answer 1 "{\"schema\":1,\"switch\":\"lab0\",\"ports\":[$list],\"next\":null}"
	echo hang
}

a switch and its ports are interfaces
ports web db-1 | mock lab0
ports x | mock a.b-c
vswdump --extcap-interfaces
lists vsw-a.b-c vsw-a.b-c:x vsw-lab0 vsw-lab0:web vsw-lab0:db-1
prints '{display=vsw lab0, port web (namespace web, eth0)}'

a switch that says nonsense does not break the list
ports 'a}{b=c' '' 'a b' 'x/y' 'a:b' fine | mock lab0
vswdump --extcap-interfaces
lists vsw-lab0 vsw-lab0:fine
a switch that wants to write on the screen cannot
row=$(echo "$row" | sed 's|"target":"web"|"target":"/run/}{display=\\u001b[2J"|')
ports web | mock lab0
vswdump --extcap-interfaces
lists vsw-lab0 vsw-lab0:web
[ "$(grep -c '[{}]display=' "$scratch/out")" -eq 3 ] || fail "a brace got through"
! grep -q "$(printf '\033')" "$scratch/out" || fail "an escape got through"

a switch that hangs does not hide the others
ports web | mock lab0
mock hung <<EOF
hang
EOF
kill -STOP "$mock_pid"
vswdump --extcap-interfaces
lists vsw-lab0 vsw-lab0:web

a link type is Ethernet and options are listed
vswdump --extcap-interface vsw-lab0:web --extcap-dlts
exits 0
prints 'dlt {number=1}{name=EN10MB}'
vswdump --extcap-interface vsw-lab0:web --extcap-config
exits 0
for option in snaplen drops direction segment; do
	prints "{call=--$option}"
done
! grep -q collapse "$scratch/out" || fail "a single port cannot be collapsed"
vswdump --extcap-interface vsw-lab0 --extcap-config
prints '{call=--collapse}'

a filter is checked without capturing
vswdump --extcap-interface vsw-lab0 --extcap-capture-filter 'icmp or arp'
exits 0
silent out
vswdump --extcap-interface vsw-lab0 --extcap-capture-filter 'icmp prot'
exits 0
prints "filter: can't parse filter expression: syntax error"

a capture is asked for as it was set, and goes into the pipe
mock lab0 <<EOF
accept
$hello
expect "params":{"filter":"icmp","snaplen":96,"direction":"in","drops":true,"segment":true,"ports":["-web"],"bpf":[[
$(answer 1 '{"schema":1,"capture":3}')
frames 2
end
send {"jsonrpc":"2.0","method":"capture.end","params":{"capture":3,"frames":2,"missed":0}}
hang
EOF
mkfifo "$scratch/fifo"
# read_fifo: as Wireshark does, until somebody has opened and closed it
read_fifo() {
	cat "$scratch/fifo" >"$scratch/piped" &
	reader=$!
}
read_fifo
vswdump --capture --extcap-interface vsw-lab0:-web --fifo "$scratch/fifo" \
	--extcap-capture-filter icmp --snaplen 96 --direction in --drops true \
	--segment TRUE
wait "$reader"
exits 1 # the switch ended it
[ "$(od -An -tx1 -N4 "$scratch/piped" | tr -d ' ')" = 0a0d0d0a ] ||
	fail "this is not pcapng"
played lab0

a capture that fails says why
read_fifo
vswdump --capture --extcap-interface vsw-none --fifo "$scratch/fifo"
exits 5
says "vswdump: no switch named 'none' is running"
wait "$reader"
read_fifo
vswdump --capture --extcap-interface vsw-lab0 --fifo "$scratch/fifo" \
	--extcap-capture-filter 'icmp prot'
exits 2
wait "$reader"
says "can't parse filter expression"

a name of no interface of ours is refused
for name in '' eth0 vsw vsw- vsw-/ vsw-lab0: vsw-lab0:a:b vsw-lab0:a/b \
	vsw-../x "vsw-$(printf '%0100d' 0)" "vsw-lab0:$(printf '%0100d' 0)"; do
	vswdump --extcap-interface "$name" --extcap-dlts
	exits 3
	silent out
done

a question nobody asks is refused
vswdump
exits 2
says 'a helper of Wireshark'
vswdump --capture --extcap-interface vsw-lab0
exits 2
vswdump --frobnicate
exits 2
read_fifo
vswdump --capture --extcap-interface vsw-lab0 --fifo "$scratch/fifo" --snaplen x
exits 2
says 'snaplen'
