#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_capture.sh - traffic recorded as pcapng, for tshark and for people

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping iperf3 tshark capinfos script mkfifo od
need_switch

ns_add v1 v2 t1 late
ns_ipv6 v1 v2 t1
switch_start
attach v1 --ip 10.0.0.1/24 --ip fd00::1/64
attach v2 --ip 10.0.0.2/24 --ip fd00::2/64
attach t1 --ip 10.0.0.3/24 --ip fd00::3/64 --type tap
for address in 10.0.0.3 fd00::3 10.0.0.2; do
	ns v1 ping -q -c 1 -W 5 "$address" >"$scratch/ping.log" ||
		fail "v1 cannot reach $address"
done

# record FILE ARGUMENT...: in the background, until finish
record() {
	file=$1
	shift
	spawn capture "$VSWCTL" --name "$switch" capture -w "$scratch/$file" "$@"
	capture=$!
	wait_for 5 captures_are 1
}

# finish: have the capture come to its end
finish() {
	signal INT "$capture"
	wait_for 10 ended "$capture"
	wait "$capture" || fail "vswctl capture failed"
	wait_for 5 captures_are 0
}

# dissect FILE: what tshark sees, a line a frame, into FILE.txt
dissect() {
	tshark -r "$scratch/$1" -o ip.check_checksum:TRUE \
		-o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-T fields -E separator='|' -e frame.interface_name \
		-e frame.interface_description \
		-e frame.packet_flags_direction -e frame.len -e frame.cap_len \
		-e ip.checksum.status -e tcp.checksum.status \
		-e udp.checksum.status -e icmp.checksum.status \
		-e icmpv6.checksum.status -e icmp.type -e frame.protocols \
		>"$scratch/$1.txt" 2>"$scratch/tshark.log" ||
		fail "tshark cannot read $1: $(cat "$scratch/tshark.log")"
}

# n_frames FILE CONDITION: how many there are, of a dissected file. A checksum
# is 0 if it is bad and 1 if it is good.
n_frames() {
	awk -F'|' '{
			name = $1; len = $4; cap = $5; ip = $6; tcp = $7
			udp = $8; icmp = $9; icmp6 = $10; layers = $12
		}
		'"$2"' { n++ }
		END { print n + 0 }' "$scratch/$1.txt"
}

# statistics FILE: drops that the interface statistics blocks tell of
statistics() {
	od -An -v -tu4 -w4 "$scratch/$1" | awk '
		{ word[n++] = $1 }
		END {
			for (i = 0; i < n; i += word[i + 1] / 4) {
				if (word[i] != 5)
					continue
				blocks++
				for (o = i + 5; word[o] % 65536; ) {
					code = word[o] % 65536
					size = int(word[o] / 65536)
					if (code == 5)
						dropped += word[o + 1]
					o += 1 + int((size + 3) / 4)
				}
			}
			print blocks + 0, dropped + 0
		}'
}

# summary LOG: frames and missed, as vswctl says at the end
summary() {
	tr -d , <"$scratch/$1" |
		sed -n 's/^\([0-9]*\) frames\{0,1\} captured[ !]*\([0-9]*\) missed$/\1 \2/p'
}

# datagrams FROM TO ADDRESS
datagrams() {
	ns_spawn "$2" receiver "$UDP_SEGMENT" receive "$3" 5002
	receiver=$!
	wait_for 5 grep -q listening "$scratch/receiver.log"
	ns "$1" "$UDP_SEGMENT" send "$3" 5002 5 >"$scratch/sender.log" ||
		fail "datagrams from $1 to $2"
	wait_for 10 ended "$receiver"
}

bad='ip == "0" || tcp == "0" || udp == "0" || icmp == "0" || icmp6 == "0"'

echo "in what is recorded no checksum is bad"
record all.pcapng
for address in 10.0.0.2 10.0.0.3 fd00::2 fd00::3; do
	ns v1 ping -q -c 2 -i 0.01 "$address" >"$scratch/ping.log"
done
tcp v1 v2 10.0.0.2 400K
tcp t1 v1 fd00::1 400K
datagrams v1 t1 10.0.0.3
datagrams t1 v2 fd00::2
attach late --ip 10.0.0.4/24 # a port that comes later is recorded too
ns late ping -q -c 1 10.0.0.1 >"$scratch/ping.log"
finish
dissect all.pcapng
equal 0 "$(n_frames all.pcapng "$bad")" "frames with a bad checksum"
for good in 'ip == 1' 'tcp == 1' 'udp == 1' 'icmp == 1' 'icmp6 == 1' \
	'tcp == 1 && layers ~ /:ip:/ && len > 1600' \
	'tcp == 1 && layers ~ /:ipv6:/ && len > 1600' \
	'udp == 1 && len > 1600'; do
	[ "$(n_frames all.pcapng "$good")" -gt 0 ] || fail "none: $good"
done
# On a machine that is busy with other things, even these may be too many.
counts=$(summary capture.log)
equal "$(n_frames all.pcapng 1)" "${counts% *}" "frames in the summary"
equal "4 ${counts#* }" "$(statistics all.pcapng)" "interface statistics"

echo "and that is not for lack of looking"
hear v2
record one.pcapng
echo "$(mac v2) 020000000001 0800 45000028 00004000 4006 26c6 0a000009 0a000002
	00010002 00000000 00000000 5010 0000 dead 0000" | tr -d '\n' |
	send_all v1
fence v1 v2
finish
dissect one.pcapng
equal 2 "$(n_frames one.pcapng 'tcp == "0"')" \
	"frames with a bad TCP checksum"
equal 0 "$(n_frames one.pcapng 'ip == "0"')" \
	"frames with a bad IP checksum"

echo "there is an interface for each port, with its name and what it is"
capinfos "$scratch/all.pcapng" >"$scratch/capinfos.log" 2>&1
grep -q 'Number of interfaces in file: 4' "$scratch/capinfos.log" ||
	fail "not one interface for each port"
for each in v1 v2 t1 late; do
	grep -q "Name = $each\$" "$scratch/capinfos.log" ||
		fail "no interface for $each"
	equal "namespace $test_id-$each, eth0" "$(awk -F'|' -v port="$each" \
		'$1 == port { print $2 }' "$scratch/all.pcapng.txt" |
		sort -u)" "description of $each"
done

# ping_once: so that captures with a count of 4 have had enough
ping_once() {
	ns v1 ping -q -c 1 -W 5 10.0.0.3 >"$scratch/ping.log"
}

echo "a frame is recorded where it comes in and where it goes out, in order"
record four.pcapng -f icmp -c 4
ping_once
wait_for 5 ended "$capture"
wait "$capture" || fail "vswctl capture failed"
dissect four.pcapng
equal "v1,0x00000001,8 t1,0x00000002,8 t1,0x00000001,0 v1,0x00000002,0" \
	"$(awk -F'|' -v OFS=, '{ print $1, $3, $11 }' \
		"$scratch/four.pcapng.txt" | paste -sd' ')" "way of a ping"
equal "4 0" "$(summary capture.log)" "summary"
equal "4 0" "$(statistics four.pcapng)" "interface statistics"
wait_for 5 captures_are 0

echo "what is recorded can be limited to ports, filters and lengths"
record v1.pcapng v1 -s 60 -f "icmp or udp port 5002"
ping_once
ns v1 ping -q -c 1 -s 1000 10.0.0.2 >"$scratch/ping.log"
ns v2 ping -q -c 1 10.0.0.3 >"$scratch/ping.log"
datagrams v1 t1 10.0.0.3
tcp v1 v2 10.0.0.2 10K
finish
dissect v1.pcapng
equal v1 "$(cut -d'|' -f 1 "$scratch/v1.pcapng.txt" | sort -u)" "ports"
equal 4 "$(n_frames v1.pcapng 'layers ~ /:icmp/')" "ICMP"
[ "$(n_frames v1.pcapng 'layers ~ /:udp/')" -gt 0 ] || fail "no UDP was recorded"
equal 0 "$(n_frames v1.pcapng 'layers !~ /:(icmp|udp)/')" "others"
equal 0 "$(n_frames v1.pcapng 'cap > 60')" "longer than 60 bytes"
equal 2 "$(n_frames v1.pcapng 'len == 1042')" "true lengths"
refused=0
vswctl capture v1 nosuch -w "$scratch/none" 2>"$scratch/none.log" || refused=$?
equal 3 "$refused" "exit code for an unknown port"
[ ! -e "$scratch/none" ] || fail "a file was made for nothing"

echo "in a pipeline it is pcapng, on a terminal a line a frame"
(exec "$VSWCTL" --name "$switch" capture -f icmp -c 4 2>"$scratch/pipe.log") |
	tshark -r - -T fields -e frame.interface_name 2>/dev/null \
		>"$scratch/piped" &
pipeline=$!
wait_for 5 captures_are 1
ping_once
wait_for 10 ended "$pipeline"
equal "v1 t1 t1 v1" "$(paste -sd' ' "$scratch/piped")" "what tshark has read"
spawn terminal script -qec "$VSWCTL --name $switch capture -f icmp -c 4" \
	/dev/null
terminal=$!
wait_for 5 captures_are 1
ping_once
wait_for 10 ended "$terminal"
tr -d '\r' <"$scratch/terminal.log" >"$scratch/lines"
equal 5 "$(wc -l <"$scratch/lines")" "lines on a terminal"
equal "v1 in 10.0.0.1 > 10.0.0.3|t1 out 10.0.0.1 > 10.0.0.3|t1 in 10.0.0.3 > 10.0.0.1|v1 out 10.0.0.3 > 10.0.0.1" \
	"$(sed -nE 's/^[0-9:]{8}\.[0-9]{9} +([^ ]+) +(in|out) .*(10.0.0.[13]) > (10.0.0.[13]).*/\1 \2 \3 > \4/p' \
		"$scratch/lines" | paste -sd'|')" "lines on a terminal"

# to_pipe: capture into a pipe that cat reads
to_pipe() {
	rm -f "$scratch/pipe"
	mkfifo "$scratch/pipe"
	(exec cat "$scratch/pipe" >"$scratch/pipe.pcapng") &
	reader=$!
	(exec "$VSWCTL" --name "$switch" capture -w - >"$scratch/pipe" \
		2>"$scratch/pipe.log") &
	capture=$!
	spawned="$spawned $reader $capture"
	wait_for 5 captures_are 1
}

echo "a reader that is stuck costs frames, and nobody else anything"
for stuck in reader capture; do
	to_pipe
	[ "$stuck" = reader ] && victim=$reader || victim=$capture
	signal STOP "$victim"
	tcp v1 v2 10.0.0.2 60M
	tcp v1 t1 10.0.0.3 20M
	missed=$(vswctl --json show-switch | jq '.captures[0].missed')
	[ "$missed" -gt 0 ] || fail "stuck $stuck: nothing was missed"
	signal CONT "$victim"
	finish
	wait_for 10 ended "$reader"
	dissect pipe.pcapng
	equal "$(n_frames pipe.pcapng 1) $(statistics pipe.pcapng |
		sed 's/.* //')" "$(summary pipe.log)" "stuck $stuck: summary"
	equal 0 "$(n_frames pipe.pcapng "$bad")" "bad checksums"
	echo "  stuck $stuck: $(cat "$scratch/pipe.log")"
done

echo "a reader that is gone ends the capture"
for gone in reader capture; do
	to_pipe
	[ "$gone" = reader ] && victim=$reader || victim=$capture
	begun=$(now_ms)
	signal KILL "$victim"
	wait_for 5 captures_are 0
	took=$(($(said_ms 'capture [0-9]* ended') - begun))
	in_time "$took" 1000 "$gone killed"
	echo "  $gone killed: $took ms"
	wait "$reader" "$capture" 2>/dev/null || true
done

for each in v1 v2 t1; do
	equal 0 "$(port "$each" .received.missed)" "missed from $each"
done
books_balance
switch_stop
