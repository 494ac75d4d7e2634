#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_vswctl_capture_args.sh - what is recorded, for how long, into which files

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"

# recording FRAMES: a switch that ends a capture after so many
recording() {
	mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames $1
end
send {"jsonrpc":"2.0","method":"capture.end","params":{"capture":3,"frames":$1,"missed":0}}
hang
EOF
}

# blocks FILE: types of its blocks, in order; fails unless they are whole
blocks() {
	od -An -v -tu4 -w4 "$1" | awk '
		{ word[n++] = $1 }
		END {
			for (i = 0; i < n; i += word[i + 1] / 4) {
				if (word[i + 1] < 12 || i + word[i + 1] / 4 > n)
					exit 1
				printf "%s ", (word[i] > 9 ? "S" : word[i])
			}
		}' || fail "$1 does not end with a whole block"
}

a choice of frames is sent as it was made
mock lab0 <<EOF
accept
$hello
expect "params":{"direction":"in","drops":true,"as":"received","segment":true,"count":1}
$(answer 1 '{"schema":1,"capture":3}')
end
send {"jsonrpc":"2.0","method":"capture.end","params":{"capture":3,"frames":0,"missed":0}}
hang
EOF
vswctl capture --direction in --drops --as received --segment -c 1
played lab0

a filter that does not compile is refused before anything starts
mock lab0 <<EOF
accept
$hello
hang
EOF
printf keep >"$scratch/file"
# refuse_filter FILTER WORDS MARK
refuse_filter() {
	vswctl capture -w "$scratch/file" -f "$1"
	exits 2
	says "vswctl: capture: filter: $2"
	says "  $1"
	[ "$(tail -n 1 "$scratch/err")" = "  $3" ] ||
		fail "not marked by '$3': $1"
}
refuse_filter 'tcp prot 80' "can't parse filter expression: syntax error" \
	'    ^~~~'
refuse_filter 'tcp port' "can't parse filter expression: syntax error" \
	'        ^'
refuse_filter 'icmp or (tcp and' "can't parse filter expression" \
	'                ^'
refuse_filter 'icmp) or tcp' "can't parse filter expression" '    ^'
refuse_filter 'foo' "can't parse filter expression" '^~~'
refuse_filter 'icmp or udp == 3' "can't parse filter expression" \
	'            ^~'
refuse_filter 'arp or port 99999' 'illegal port number 99999 > 65535' \
	'            ^~~~~'
refuse_filter 'icmp or port nosuchport' "unknown port 'nosuchport'" \
	'             ^~~~~~~~~~'
refuse_filter 'udp and tcp' 'expression rejects all packets' '        ^~~'
[ "$(cat "$scratch/file")" = keep ] || fail "the file is gone"
vswctl --json capture -f 'tcp prot'
exits 2
prints '"excerpt": "tcp prot"'
prints '"column": 4'

a long filter is shown where it is wrong
long=$(printf 'host 10.0.0.%s or ' 1 2 3 4 5 6 7 8 9)
vswctl capture -f "${long}host or $long icmp"
exits 2
says '  ....0.8 or host 10.0.0.9 or host or host 10.0.0.1 or host'
[ "$(tail -n 1 "$scratch/err")" = "                                   ^~" ] ||
	fail "the mark is elsewhere"
tab=$(printf '\t')
vswctl capture -f "tcp$tab$tab$(printf '\033')[2J"
exits 2
! grep -q "$(printf '\033')" "$scratch/err" || fail "a terminal would obey"

a capture goes into several files, each by itself
recording 5
vswctl capture -c 5 -w "$scratch/part" -C 360
exits 0
says '5 frames captured'
[ "$(blocks "$scratch/part")" = "S 1 1 6 6 " ] || fail "the first file"
[ "$(blocks "$scratch/part1")" = "S 1 1 6 6 " ] || fail "the second file"
[ "$(blocks "$scratch/part2")" = "S 1 1 6 " ] || fail "the third file"
[ ! -e "$scratch/part3" ] || fail "there is another one"

a ring of files keeps the newest
recording 12
vswctl --json capture -c 12 -w "$scratch/ring" -C 1 -W 3
exits 0
prints '"frames": 12'
[ "$(cd "$scratch" && echo ring*)" = "ring0 ring1 ring2" ] ||
	fail "other files than three"
for i in 0 1 2; do
	[ "$(blocks "$scratch/ring$i")" = "S 1 1 6 " ] || fail "ring$i"
done

a set of files that makes no sense is refused
for bad in "-C 1M" "-C 1M -w -" "-W 3 -w file" "-W 3" "-C 0 -w file" \
	"-C x -w file" "-C 1M -W 0 -w file" "-C 1M -W 2000000 -w file"; do
	# shellcheck disable=SC2086 # several arguments
	vswctl capture $bad
	exits 2
done
mkfifo "$scratch/fifo"
recording 0
vswctl capture -C 1M -w "$scratch/fifo"
exits 2
says 'is no file'

a file that cannot grow ends whole
recording 1000
(
	ulimit -f 4
	# A shell counts in blocks of 512 bytes.
	trap '' XFSZ
	vswctl capture -c 1000 -w "$scratch/full"
	exits 1
	says "cannot write $scratch/full"
	says 'what is in it is whole'
)
case $(blocks "$scratch/full") in
"S 1 1 6 6 6 "*) ;;
*) fail "it has too little" ;;
esac

a capture ends when its time is over
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 2
expect "capture.stop","params":{"capture":3}
$(answer 2 '{"schema":1,"capture":3}')
frames 2
end
send {"jsonrpc":"2.0","method":"capture.end","params":{"capture":3,"frames":4,"missed":0}}
hang
EOF
vswctl capture --for 200ms -w "$scratch/file"
exits 0
says '4 frames captured'
[ "$(blocks "$scratch/file")" = "S 1 1 6 6 6 6 " ] || fail "frames are missing"
played lab0
for bad in 0 0s -1 x 1y ''; do
	vswctl capture --for "$bad"
	exits 2
	says 'for: '
done
