#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_vswctl_capture.sh - frames through vswctl, and every way that ends

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"

### capture

summary='send {"jsonrpc":"2.0","method":"capture.end","params":{"capture":3,"frames":4,"missed":0}}'

a capture goes to standard output as pcapng
mock lab0 <<EOF
accept
$hello
expect "capture.start","params":{"ports":["web","database"],"filter":"icmp","count":4,"snaplen":65536,"bpf":[[
$(answer 1 '{"schema":1,"capture":3}')
frames 4
end
$summary
hang
EOF
vswctl capture web database -f icmp -c 4 -s 64k
exits 0
says '4 frames captured, 0 missed'
[ "$(od -An -tx1 -N4 "$scratch/out" | tr -d ' ')" = 0a0d0d0a ] ||
	fail "this is not pcapng"
cp "$scratch/out" "$scratch/reference"
played lab0

a capture goes to a file, whichever end comes first
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 4
$summary
end
hang
EOF
vswctl capture -c 4 -w "$scratch/file" --json
exits 0
cmp "$scratch/reference" "$scratch/file" || fail "the file is different"
prints '"frames": 4'

a file is left alone when the daemon refuses
mock lab0 <<EOF
accept
$hello
expect capture.start
$(refuse -32000 not-found "there is no port 'web'" '')
hang
EOF
vswctl capture web -w "$scratch/file"
exits 3
cmp "$scratch/reference" "$scratch/file" || fail "the file is gone"

a file that cannot be written is named
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 1
hang
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 1
hang
EOF
vswctl capture -w "$scratch/no/such/file"
exits 1
says 'no/such/file'
vswctl capture -w /dev/full
exits 1
says 'cannot write /dev/full'

a capture becomes a JSON object a frame
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 4
end
$summary
hang
EOF
vswctl --json capture -c 4
exits 0
says '4 frames captured'
[ "$(wc -l <"$scratch/out")" -eq 4 ] || fail "not a line a frame"
prints '{"schema":1,"time":"2023-11-14T22:13:20.000000000Z","port":"web","direction":"in","length":42,"text":"'
prints '"port":"database","direction":"out"'

a capture on a terminal is a line a frame
if command -v script >/dev/null; then
	mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 4
end
$summary
hang
EOF
	TZ=UTC on_terminal "$VSWCTL capture -c 4"
	prints '22:13:20.000000001 database out  '
	prints '22:13:20.000000002 web      in   '
	prints 'ARP'
fi

# has_frames: the capture in the background has written something; what the
# one before it wrote has to be gone before it is started
has_frames() {
	[ -s "$scratch/out" ]
}

for signal in INT TERM; do
	a capture ends properly on SIG$signal
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
$summary
hang
EOF
	# A shell has its background ignore SIGINT; env undoes that.
	: >"$scratch/out"
	env --default-signal=INT "$VSWCTL" capture >"$scratch/out" \
		2>"$scratch/err" &
	pid=$!
	wait_for 5 has_frames
	kill -s $signal $pid
	status=0
	wait $pid || status=$?
	exits 0
	says '4 frames captured, 0 missed'
	cmp "$scratch/reference" "$scratch/out" || fail "frames were lost"
	played lab0
done

a daemon that does not end the capture costs no more than the timeout
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 2
hang
EOF
: >"$scratch/out"
"$VSWCTL" --timeout 1s capture -w - >"$scratch/out" 2>"$scratch/err" &
pid=$!
wait_for 5 has_frames
kill -STOP "$mock_pid"
kill -TERM $pid
status=0
wait $pid || status=$?
exits 6
says 'does not end the capture'

a daemon that dies leaves what it recorded
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 4
EOF
vswctl capture -w "$scratch/file"
exits 1
says 'the switch went away; what it had recorded is kept'
cmp "$scratch/reference" "$scratch/file" || fail "frames were lost"

a daemon that ends the capture says so
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 4
end
$summary
hang
EOF
vswctl capture
exits 1
says 'the switch ended the capture'

a reader that has enough ends the capture quietly
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 100000
hang
EOF
{
	status=0
	timeout 20 "$VSWCTL" capture 2>"$scratch/err" || status=$?
	echo "$status" >"$scratch/status"
} | head -c 10 >/dev/null
status=$(cat "$scratch/status")
exits 0
silent err
played lab0

a reader that leaves before the first frame ends it, too
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
hang
EOF
{
	status=0
	timeout 20 "$VSWCTL" capture 2>"$scratch/err" || status=$?
	echo "$status" >"$scratch/status"
} | true
status=$(cat "$scratch/status")
exits 0
silent err

a reader that is stuck does not make us deaf
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
frames 100000
hang
EOF
mkfifo "$scratch/fifo"
# shellcheck disable=SC2217 # that it does not read is the point
sleep 60 <"$scratch/fifo" &
reader=$!
mocks="$mocks $reader"
"$VSWCTL" --timeout 300ms capture >"$scratch/fifo" 2>"$scratch/err" &
pid=$!
# From here on it takes signals as messages: SIGINT and SIGTERM are blocked.
wait_for 5 grep -q 'SigBlk:.*4002$' "/proc/$pid/status"
kill -TERM $pid
status=0
wait $pid || status=$?
exits 6
says 'nobody reads standard output'

a nonsense capture is refused where it is read
mock lab0 <<EOF
accept
$hello
expect capture.start
$(answer 1 '{"schema":1,"capture":3}')
garbage
hang
EOF
vswctl --json capture
exits 1
prints 'makes no sense'
