#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_vswctl_events.sh - monitor and expect, told what a switch may say

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"

# Much longer than any test takes that does not wait for it.
patience=15s

# in_time START: nobody has waited for patience to run out
in_time() {
	[ $(($(now) - $1)) -lt 10000 ] || fail "it took too long"
}

# event SEQ KIND MORE: a notification
event() {
	printf '{"jsonrpc":"2.0","method":"event","params":{"seq":%s,"cursor":"%s@00000001","time":"2026-01-01T00:00:00.000000Z","kind":"%s",%s}}\n' \
		"$1" "$1" "$2" "$3"
}

subscribed='{"schema":1,"switch":"lab0","cursor":"1@00000001","last":1,"behind":1}'
up='"port":"web","target":"web","ifname":"eth0","was":"down","state":"up"'

### what comes with an answer

a single event that comes with the answer is seen at once
mock lab0 <<EOF
accept
$hello
expect event.subscribe
$(answer 1 "$subscribed" | sed 's/^send/hold/')
send $(event 1 port-state "$up")
hang
EOF
start=$(now)
vswctl --timeout $patience monitor --since 0 --for 0s
exits 0
prints 'port web up (was down)'
in_time "$start"
played lab0

a state that comes with the answer ends the monitor
mock lab0 <<EOF
accept
$hello
expect event.subscribe
$(answer 1 "$subscribed")
expect port.show
$(answer 2 "{\"port\":{$gone}}" | sed 's/^send/hold/')
send $(event 1 port-state "$up")
hang
EOF
start=$(now)
vswctl monitor --since 0 --until 'port web up' --for $patience
exits 0
in_time "$start"
played lab0

a state that comes with the answer is what was expected
mock lab0 <<EOF
accept
$hello
expect event.subscribe
$(answer 1 "$subscribed")
expect port.show
$(answer 2 "{\"port\":{$gone}}" | sed 's/^send/hold/')
send $(event 2 port-state "$up")
hang
EOF
start=$(now)
vswctl expect 'port web up' --within $patience
exits 0
in_time "$start"
played lab0

### a line for each kind

# happens KIND MORE LINE: an event of that kind, and what it is to look like
happens() {
	seq=$((seq + 1))
	event "$seq" "$1" "$2" | sed 's/^/send /' >>"$scratch/events"
	printf '%6s  00:00:00.000000  %s\n' "$seq" "$3" >>"$scratch/lines"
}

# is_told KIND MORE LINE: the same, of what is no entry of the journal
is_told() {
	printf 'send {"jsonrpc":"2.0","method":"event","params":{"cursor":"%s@00000001","kind":"%s"%s}}\n' \
		"$seq" "$1" "$2" >>"$scratch/events"
	printf '%6s  %15s  %s\n' '' '' "$3" >>"$scratch/lines"
}

a kind of event is a sentence
seq=0
station='"mac":"02:00:00:00:00:01","vlan":0,"port":"db"'
tagged='"mac":"02:00:00:00:00:01","vlan":7,"port":"db"'
moved='"from":"web","moves"'
web='"port":"web","attached_to":"namespace web"'
change='"method":"fdb.flush","uid":0,"pid":77,"command":"vswctl"'
drops='"port":"web","reason":"too-big","direction"'
happens port-attached "$web" 'port web attached to namespace web'
happens port-detached "$web" 'port web detached from namespace web'
happens port-state "$up" 'port web up (was down)'
happens port-state '"port":"web","was":"up","state":"gone","why":"it was deleted"' \
	'port web gone (was up): it was deleted'
happens station-learned "$station" 'station 02:00:00:00:00:01 learned on db'
happens station-learned "$tagged" \
	'station 02:00:00:00:00:01 in VLAN 7 learned on db'
happens station-moved "$station,$moved:1" \
	'station 02:00:00:00:00:01 moved from web to db (1 time so far)'
happens station-moved "$tagged,$moved:1234" \
	'station 02:00:00:00:00:01 in VLAN 7 moved from web to db (1,234 times so far)'
happens more-learned '"count":1' '1 more station learned'
happens more-learned '"count":65000' '65,000 more stations learned'
happens more-moved '"count":1' '1 more move of stations'
happens more-moved '"count":2000' '2,000 more moves of stations'
happens flapping-started "$station,$moved:6" \
	'! station 02:00:00:00:00:01 flaps between web and db: 6 moves within 10s'
happens flapping-stopped "$tagged,$moved:1500" \
	'station 02:00:00:00:00:01 in VLAN 7 has come to rest on db after 1,500 moves'
happens table-full '"count":1' '! FDB full: 1 station evicted or not learned'
happens table-full '"count":1000' \
	'! FDB full: 1,000 stations evicted or not learned'
happens drops-started "$drops:\"in\"" \
	'drops on web started: too-big, of what it received'
happens drops-started "$drops:\"out\"" \
	'drops on web started: too-big, of what it should send'
happens drops-stopped "$drops:\"in\",\"count\":1" \
	'drops on web stopped: too-big, of what it received, 1 frame'
happens drops-stopped "$drops:\"out\",\"count\":3000" \
	'drops on web stopped: too-big, of what it should send, 3,000 frames'
happens limit '"limit":"clients","max":64,"count":2' \
	'! limit of 64 clients: 2 refused'
happens config "$change" 'fdb.flush by vswctl (process 77, user 0)'
happens config "$change,\"object\":\"web\"" \
	'fdb.flush web by vswctl (process 77, user 0)'
happens brand-new '"port":"web"' 'brand-new'
is_told lost ',"lost":1,"from":25,"to":25' '! 1 event lost: 25 to 25'
is_told lost ',"lost":4100,"from":25,"to":4124' \
	'! 4,100 events lost: 25 to 4124'
is_told restarted '' '! the switch was restarted, and what it knew is lost'
{
	echo accept
	echo "$hello"
	echo expect event.subscribe
	answer 1 "$subscribed" | sed "s/\"last\":1,\"behind\":1/\"last\":1000,\"behind\":$(wc -l <"$scratch/lines")/"
	cat "$scratch/events"
	echo hang
} | mock lab0
TZ=UTC0 vswctl monitor --since 0 --for 0s
exits 0
played lab0
diff -u "$scratch/lines" "$scratch/out" || fail "lines are not what they were"

### counters

for expr in 'no drops on web' 'drop on web'; do
	a port attached anew counts from the start: "$expr"
	mock lab0 <<EOF
accept
$hello
expect event.subscribe
$(answer 1 "$subscribed")
expect port.show
$(answer 2 "{\"port\":{$row}}")
expect port.show
$(answer 3 "{\"port\":{$row}}" | sed 's/"dropped":3/"dropped":0/')
hang
EOF
	vswctl expect "$expr" --within 50ms
	case $expr in
	no*) exits 0 ;;
	*) exits 7 ;;
	esac
	played lab0
done

a port attached anew has dropped frames, and is found out
mock lab0 <<EOF
accept
$hello
expect event.subscribe
$(answer 1 "$subscribed")
expect port.show
$(answer 2 '{"port":{"received":{"dropped":9,"missed":0,"drops":{"short":8,"same-port":1}},"sent":{"dropped":0}}}')
expect port.show
$(answer 3 '{"port":{"received":{"dropped":4,"missed":0,"drops":{"short":1,"same-port":3}},"sent":{"dropped":0}}}')
hang
EOF
vswctl expect 'no drops on web' --within 50ms
exits 7
says 'port web has dropped 4 frames (same-port)'
played lab0

for command in monitor expect; do
	a frame that the kernel lost is seen, though no event tells: "$command"
	mock lab0 <<EOF
accept
$hello
expect event.subscribe
$(answer 1 "$subscribed" | sed 's/"behind":[0-9]*/"behind":0/')
expect port.show
$(answer 2 "{\"port\":{$row}}")
expect port.show
$(answer 3 "{\"port\":{$row}}")
expect port.show
$(answer 4 "{\"port\":{$row}}" | sed 's/"missed":0/"missed":7/')
hang
EOF
	start=$(now)
	case $command in
	monitor) vswctl monitor --until 'drop on web' --for $patience ;;
	expect) vswctl expect 'drop on web' --within $patience ;;
	esac
	exits 0
	in_time "$start"
	played lab0
done

### output that cannot be written

# history N: so many events that happened before
history() {
	answer 1 "$subscribed" | sed "s/\"last\":1,\"behind\":1/\"last\":$1,\"behind\":$1/"
	for seq in $(seq "$1"); do
		echo "send $(event "$seq" port-state "$up")"
	done
}

for n in 1 500; do
	a disk too full for $n events is no reader that has gone
	mock lab0 <<EOF
accept
$hello
expect event.subscribe
$(history $n)
hang
EOF
	status=0
	"$VSWCTL" monitor --since 0 --for $patience >/dev/full \
		2>"$scratch/err" || status=$?
	exits 1
	says 'cannot write standard output: No space left on device'
	played lab0
done

a reader that has gone has had enough
mock lab0 <<EOF
accept
$hello
expect event.subscribe
$(history 1)
hang
EOF
{
	status=0
	"$VSWCTL" monitor --since 0 2>"$scratch/err" || status=$?
	echo "$status" >"$scratch/status"
} | true
status=$(cat "$scratch/status")
exits 0
silent err
played lab0
