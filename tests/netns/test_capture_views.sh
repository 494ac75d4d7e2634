#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_capture_views.sh - of what, for how long and where to captures are made,
# and what ends them; tshark has to agree

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping iperf3 tshark capinfos socat unshare mount
need_switch

ns_add v1 v2 v3 gone
switch_start
attach v1 --ip 10.0.0.1/24
attach v2 --ip 10.0.0.2/24
attach v3
attach gone

# record FILE ARGUMENT...: in the background; $! is its number
n_recording=0
record() {
	file=$1
	shift
	spawn "capture-$file" "$VSWCTL" --name "$switch" capture \
		-w "$scratch/$file" "$@"
	n_recording=$((n_recording + 1))
	wait_for 5 captures_are "$n_recording"
}

# finish PID: have a capture come to its end
finish() {
	signal INT "$1"
	over "$1"
}

# over PID: wait for its end, which has to be a good one
over() {
	wait_for 20 ended "$1"
	wait "$1" || fail "vswctl capture failed"
	n_recording=$((n_recording - 1))
	wait_for 5 captures_are "$n_recording"
}

# fields FILE FIELD...: of each frame, '|' between; checksums are checked
fields() {
	read_file=$1
	shift
	for field; do
		shift
		set -- "$@" -e "$field"
	done
	tshark -r "$scratch/$read_file" -o ip.check_checksum:TRUE \
		-o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-T fields -E separator='|' "$@" 2>"$scratch/tshark.log" ||
		fail "tshark cannot read $read_file: $(cat "$scratch/tshark.log")"
}

# frame DST SRC BYTES: a frame that nobody answers
frame() {
	echo "$1 $2 88b5 00*$(($3 - 14))"
}

everybody=ffffffffffff

echo "dropped frames are recorded with the reason, once, and no others"
vswctl --json show-port v2 >"$scratch/before"
ns v2 ip link set eth0 mtu 600
mtu_is() {
	[ "$(port "$1" .mtu)" -eq "$2" ]
}
wait_for 5 mtu_is v2 600
record drops.pcapng --drops -f 'ether proto 0x88b5'
drops=$!
record once.pcapng --drops --collapse -f 'ether proto 0x88b5'
once=$!
hear v3
{
	frame $everybody 010000000001 60
	frame $everybody "$(mac v1)" 1000
	frame "$(mac v1)" "$(mac v1)" 70
} | send_all v1
fence v1 v3
finish "$drops"
finish "$once"
equal "v1|0x00000001|60|dropped: source-group
v2|0x00000002|1000|dropped: too-big
v1|0x00000001|70|dropped: same-port" \
	"$(fields drops.pcapng frame.interface_name \
		frame.packet_flags_direction frame.len frame.comment | sort -t'|' -k3,3n |
		awk -F'|' '{ line[$3] = $0 }
			END { print line[60]; print line[1000]; print line[70] }')" \
	"dropped frames"
equal 3 "$(fields drops.pcapng frame.number | wc -l)" "dropped frames"
equal "v1|60|from v1; dropped: source-group
v1|1000|from v1 to v3, gone; dropped at v2 (too-big)
v1|70|from v1; dropped: same-port" \
	"$(fields once.pcapng frame.interface_name frame.len frame.comment)" \
	"each frame once"
equal 1 "$(dropped v1 source-group)" "counted drops"
ns v2 ip link set eth0 mtu 1500
wait_for 5 mtu_is v2 1500

echo "several at once: by direction, by filter, collapsed, for a time"
record in.pcapng v1 -d in -f icmp
in=$!
record out.pcapng v1 --direction out -f icmp
out=$!
record arp.pcapng -f arp
arp=$!
record all.pcapng --collapse -f 'icmp or ether proto 0x88b5'
all=$!
record time.pcapng -f icmp --for 5s
timed=$!
ns v1 ping -q -c 1 -W 5 10.0.0.2 >"$scratch/ping.log"
frame $everybody "$(mac v1)" 60 | send_all v1
fence v1 v3
over "$timed" # the others end only when told to, and are counted then
finish "$in"
finish "$out"
finish "$arp"
finish "$all"
equal "v1|0x00000001|8" "$(fields in.pcapng frame.interface_name \
	frame.packet_flags_direction icmp.type)" "what came in"
equal "v1|0x00000002|0" "$(fields out.pcapng frame.interface_name \
	frame.packet_flags_direction icmp.type)" "what went out"
equal eth:ethertype:arp "$(fields arp.pcapng frame.protocols | sort -u)" "ARP"
equal 4 "$(fields time.pcapng frame.number | wc -l)" "frames in its time"
equal "v1|from v1 to v2|8
v2|from v2 to v1|0
v1|from v1 to v2, v3, gone|" "$(fields all.pcapng frame.interface_name \
	frame.comment icmp.type | head -n 3)" "collapsed frames"

# sum: of the numbers on standard input
sum() {
	awk '{ n += $1 } END { print n + 0 }'
}

echo "super-frames are recorded as a wire would carry them, if asked for"
record whole.pcapng v1 -d in -f 'tcp dst port 5201'
whole=$!
record wire.pcapng v1 -d in -f 'tcp dst port 5201' --segment
wire=$!
tcp v1 v2 10.0.0.2 300K
finish "$whole"
finish "$wire"
longest=$(fields whole.pcapng frame.len | sort -n | tail -n 1)
[ "$longest" -gt 1514 ] || fail "there was no super-frame to cut"
longest=$(fields wire.pcapng frame.len | sort -n | tail -n 1)
equal 1514 "$longest" "longest frame on a wire"
equal "$(fields whole.pcapng tcp.len | sum)" \
	"$(fields wire.pcapng tcp.len | sum)" "bytes of TCP"
equal 1,1 "$(fields wire.pcapng ip.checksum.status tcp.checksum.status |
	tr '|' , | sort -u)" "checksums"
tshark -r "$scratch/wire.pcapng" -Y \
	'tcp.analysis.lost_segment || tcp.analysis.out_of_order' \
	>"$scratch/gaps" 2>"$scratch/tshark.log" ||
	fail "tshark cannot read it: $(cat "$scratch/tshark.log")"
equal 0 "$(wc -l <"$scratch/gaps")" "gaps between segments"

echo "a ring of files keeps the newest, each a capture by itself"
record ring -C 20k -W 3 -f 'tcp port 5201' --snaplen 100
ring=$!
tcp v1 v2 10.0.0.2 20M
finish "$ring"
equal "ring0 ring1 ring2" "$(cd "$scratch" && echo ring?)" "files"
for i in 0 1 2; do
	[ "$(stat -c %s "$scratch/ring$i")" -le 20480 ] || fail "ring$i: too large"
	capinfos "$scratch/ring$i" >"$scratch/capinfos.log" 2>&1 ||
		fail "capinfos cannot read ring$i"
	grep -q 'interfaces in file: 4' "$scratch/capinfos.log" ||
		fail "ring$i: not all interfaces"
	[ "$(fields "ring$i" frame.number | wc -l)" -gt 0 ] ||
		fail "ring$i: empty"
done

to_pipe() {
	"$VSWCTL" --name "$switch" capture -f icmp 2>"$scratch/live.log"
}

to_socket() {
	socat -u EXEC:"$VSWCTL --name $switch capture -f icmp" STDOUT \
		2>"$scratch/live.log"
}

# live COMMAND: what runs live has its frames while it runs
live() {
	("$1" | tshark -l -i - -c 4 -T fields -e frame.interface_name \
		2>"$scratch/tshark.log" >"$scratch/live") &
	pipeline=$!
	wait_for 10 captures_are 1
	# tshark counts what it has seen, which may need a while to begin.
	ns_spawn v1 ping ping -q -i 0.05 10.0.0.2
	pings=$!
	wait_for 20 ended "$pipeline"
	equal 4 "$(wc -l <"$scratch/live")" "$1: frames"
	# Whoever reads no more has ended the capture with it.
	wait_for 10 captures_are 0
	stop "$pings"
}
echo "tshark reads live from a pipe, and from a socket as sshd makes one"
live to_pipe
live to_socket

echo "a port that vanishes is noted, and the capture goes on"
record vanish.pcapng -f icmp
vanish=$!
record others.pcapng v1 gone -f icmp --json
others=$!
ns_del gone
wait_for 5 state_is gone gone
ns v1 ping -q -c 1 -W 5 10.0.0.2 >"$scratch/ping.log"
detach v3
ns v1 ping -q -c 1 -W 5 10.0.0.2 >"$scratch/ping.log"
finish "$vanish"
finish "$others"
why=$(fields vanish.pcapng frame.comment | head -n 1)
case $why in
"port gone ended: its "*) ;;
*) fail "what became of the port is not noted: $why" ;;
esac
equal "port v3 ended: it was detached" \
	"$(fields vanish.pcapng frame.comment | sed -n 5p)" "the other one"
equal 8 "$(fields vanish.pcapng frame.number | wc -l)" "frames"
equal "$why" "$(fields others.pcapng frame.comment | head -n 1)" \
	"where only some ports are recorded"

echo "a full disk ends the capture, and leaves a file that is whole"
mkdir "$scratch/disk"
# shellcheck disable=SC2016 # the inner shell's
spawn full unshare --mount sh -c '
	mount -t tmpfs -o size=64k none "$2/disk"
	code=0
	"$0" --name "$1" capture -w "$2/disk/full" 2>"$2/full.said" || code=$?
	cp "$2/disk/full" "$2/full.pcapng"
	exit $code' "$VSWCTL" "$switch" "$scratch"
full=$!
wait_for 10 captures_are 1
tcp v1 v2 10.0.0.2 2M
wait_for 10 ended "$full"
code=0
wait "$full" || code=$?
equal 1 "$code" "exit code on a full disk"
grep -q "cannot write .*/full: No space left" "$scratch/full.said" ||
	fail "it does not say why: $(cat "$scratch/full.said")"
capinfos "$scratch/full.pcapng" >"$scratch/capinfos.log" 2>&1 ||
	fail "the file is damaged: $(cat "$scratch/capinfos.log")"
! grep -q 'cut short' "$scratch/capinfos.log" || fail "its end is cut off"
[ "$(fields full.pcapng frame.number | wc -l)" -gt 0 ] || fail "it is empty"
wait_for 5 captures_are 0

# holds: what the daemon has open, and what it waits for
holds() {
	find "/proc/$switch_pid/fd" -mindepth 1 | wc -l
	cat "/proc/$switch_pid/fdinfo/"* 2>/dev/null | grep -c '^tfd:'
}
is_as_before() {
	[ "$(holds)" = "$before" ]
}

# settles: twice the same; the daemon may still have the newest vswctl's client
settles() {
	last=$before
	before=$(holds)
	[ "$before" = "$last" ]
}

echo "of a capture whose vswctl was killed nothing is left"
before=
wait_for 5 settles
record killed.pcapng
killed=$!
ns v1 ping -q -c 1 -W 5 10.0.0.2 >"$scratch/ping.log"
! is_as_before || fail "a capture costs nothing: look elsewhere"
begun=$(now_ms)
signal KILL "$killed"
wait "$killed" 2>/dev/null || true
wait_for 5 is_as_before
took=$(($(said_ms 'capture [0-9]* ended') - begun))
in_time "$took" 1000 "vswctl killed"
wait_for 5 captures_are 0
wait_for 5 is_as_before
echo "  killed: $took ms"

books_balance
switch_stop
