#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_capture_cut.sh - what the switch cuts for a port is recorded before or
# after that, as asked for
#
# Before Linux 6.2 TAPs did not take super-frames of UDP. Today there is no port
# that the switch has to cut for, so it is made to believe in such a kernel.

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
: "${WITHOUT_USO:?}"
need tshark
need_switch

code=0
"$WITHOUT_USO" /bin/true 2>"$scratch/seccomp.log" || code=$?
[ "$code" -ne 77 ] || skip "no filter here: $(cat "$scratch/seccomp.log")"
cat >"$scratch/vswd" <<END
#!/bin/sh
exec "$WITHOUT_USO" "$VSWD" "\$@"
END
chmod +x "$scratch/vswd"
VSWD=$scratch/vswd

ns_add v1 t1
switch_start
attach v1 --ip 10.0.0.1/24
attach t1 --ip 10.0.0.2/24 --type tap
equal true "$(port v1 '.offloads | contains(["uso"])')" "USO at the veth"
equal false "$(port t1 '.offloads | contains(["uso"])')" "USO at the TAP"

# record FILE ARGUMENT...: in the background
recording=""
record() {
	file=$1
	shift
	spawn "capture-$file" "$VSWCTL" --name "$switch" capture \
		-w "$scratch/$file.pcapng" -f 'udp dst port 5002' "$@"
	recording="$recording $!"
}

# dissect FILE: length of each frame; all checksums have to be right
dissect() {
	tshark -r "$scratch/$1.pcapng" -o udp.check_checksum:TRUE -T fields \
		-e frame.len -e udp.checksum.status >"$scratch/$1.txt" \
		2>"$scratch/tshark.log" ||
		fail "tshark cannot read $1: $(cat "$scratch/tshark.log")"
	[ -s "$scratch/$1.txt" ] || fail "$1: nothing is recorded"
	equal 1 "$(cut -f 2 "$scratch/$1.txt" | sort -u)" "$1: checksums"
}

# n_longer FILE BYTES: how many frames are longer than that
n_longer() {
	awk -v most="$2" '$1 > most { n++ } END { print n + 0 }' \
		"$scratch/$1.txt"
}

# n_frames FILE: how many there are
n_frames() {
	wc -l <"$scratch/$1.txt"
}

record in v1 -d in
record sent t1 --as sent
record received t1 --as received
record default t1
wait_for 10 captures_are 4
ns_spawn t1 receiver "$UDP_SEGMENT" receive 10.0.0.2 5002
receiver=$!
wait_for 5 grep -q listening "$scratch/receiver.log"
ns v1 "$UDP_SEGMENT" send 10.0.0.2 5002 5 >"$scratch/sender.log" ||
	fail "datagrams from v1 to t1"
wait_for 10 ended "$receiver"
n_datagrams=$(sed -n 's/^\([0-9]*\) datagrams$/\1/p' "$scratch/receiver.log")
for pid in $recording; do
	signal INT "$pid"
	wait_for 20 ended "$pid"
	wait "$pid" || fail "vswctl capture failed"
done
for each in in sent received default; do
	dissect "$each"
done

echo "what came is super-frames, and what left by the TAP is cut"
equal 5 "$(n_frames in)" "frames of v1"
# That of 60 datagrams of 16 bytes is none of the long ones.
equal 4 "$(n_longer in 1514)" "... longer than a wire takes"
equal "$n_datagrams" "$(n_frames sent)" "frames as they were sent"
equal 0 "$(n_longer sent 1514)" "... longer than a wire takes"
equal 1494 "$(sort -n "$scratch/sent.txt" | tail -n 1 | cut -f 1)" "longest"

echo "before that it is what came"
equal "$(cut -f 1 "$scratch/in.txt")" "$(cut -f 1 "$scratch/received.txt")" \
	"lengths as they were received"

echo "as sent is what is recorded if nothing is said"
cmp "$scratch/sent.txt" "$scratch/default.txt" || fail "they differ"

books_balance
switch_stop
