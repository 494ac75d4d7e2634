#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_mirror.sh - copies as whoever listens at the mirror port sees them

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping iperf3 tshark tcpdump tc
need_switch

ns_add v1 v2 t1 ids tap
switch_start
attach v1 --ip 10.0.0.1/24
attach v2 --ip 10.0.0.2/24
attach t1 --ip 10.0.0.3/24 --type tap
attach ids
attach tap --type tap

# mirror NAME FILTER: what jq makes of all that is known about a mirror
mirror() {
	vswctl --json show-mirrors | jq -r ".mirrors[] |
		select(.mirror == \"$1\") | $2"
}

# mirror_is NAME CONDITION: for wait_for
mirror_is() {
	[ "$(mirror "$1" "$2")" = true ]
}

# listen NAME: record what comes to a namespace, into NAME.pcap
listen() {
	ns_spawn "$1" "listen-$1" tcpdump -i eth0 -U -Q in \
		-w "$scratch/$1.pcap"
	listener=$!
	wait_for 5 grep -q 'listening on' "$scratch/listen-$1.log"
}

# n_listened NAME: how many frames so far
n_listened() {
	tcpdump -nr "$scratch/$1.pcap" 2>/dev/null | wc -l
}

has_listened() {
	[ "$(n_listened "$1")" -ge "$2" ]
}

# dissect NAME: frame types in the order they came
dissect() {
	tshark -r "$scratch/$1.pcap" -T fields -e icmp.type 2>/dev/null |
		paste -sd' '
}

# ping_now FROM ADDRESS N
ping_now() {
	ns "$1" ping -q -c "$3" -i 0.01 -W 5 "$2" >"$scratch/ping.log" ||
		fail "$1 cannot reach $2"
}

ping_now v1 10.0.0.2 1 # who has which address is known from here on
ping_now v1 10.0.0.3 1

echo "what two ports receive is copied once, in order, and nothing else is"
vswctl add-mirror span --from v1,v2 --direction rx --filter icmp --to ids \
	>"$scratch/added"
equal "span: mirrors v1,v2 (rx) to ids" "$(cat "$scratch/added")" "answer"
listen ids
for each in 2 2 2 3; do
	ping_now v1 10.0.0.$each 1 # and wait, or the next may come before
done
wait_for 5 has_listened ids 7
equal "8 0 8 0 8 0 8" "$(dissect ids)" "ICMP types at the mirror port"
stop "$listener"
equal true "$(mirror span '.mirrored == 7 and .dropped == 0')" "counters"
equal "$(mirror span .bytes)" $((7 * 98)) "bytes"

echo "a mirror port hears no floods, and what it says is not heard"
hear ids
hear v2
echo "ffffffffffff 020000000001 88b5 00*46" | send_all v1
echo "ffffffffffff 020000000009 88b5 00*46" | send_all ids
fence v1 v2
equal 0 "$(heard ids ffffffffffff020000000001)" "floods at the mirror port"
equal 0 "$(heard v2 ffffffffffff020000000009)" "frames of the mirror port"
equal 1 "$(dropped ids mirror-port)" "dropped as mirror-port"
equal 0 "$(port ids .stations)" "stations on the mirror port"
equal span "$(port ids .mirror)" "mirror of the port"

echo "whoever is in the way is told so"
# refused CODE WORDS ARGUMENT...: by add-mirror
refused() {
	code=0
	wanted=$1
	words=$2
	shift 2
	vswctl add-mirror other "$@" 2>"$scratch/refused" || code=$?
	equal "$wanted" "$code" "exit code of add-mirror $*"
	grep -q "$words" "$scratch/refused" ||
		fail "add-mirror $*: $(cat "$scratch/refused")"
}
refused 2 'syntax error' --from v1 --to tap --filter 'icmp and and'
refused 2 'to itself' --from v1,tap --to tap
refused 1 "mirrored itself, by 'span'" --from t1 --to v1
refused 1 "mirror port of 'span'" --from v1 --to ids
refused 1 "mirror port of 'span'" --from ids --to tap
refused 1 'has the address 10.0.0.3/24' --from v1 --to t1
refused 3 "no port 'nobody'" --from nobody --to tap
equal 1 "$(vswctl --json show-mirrors | jq '.mirrors | length')" "mirrors"
vswctl del-mirror span >/dev/null
fence v1 ids
vswctl --json show-mirrors | jq -e '.mirrors == []' >/dev/null ||
	fail "the mirror is still there"

# sent_less_copies NAME PORT: in two looks, between which a frame may pass
sent_less_copies() {
	echo $(($(port "$2" .sent.frames) - $(mirror "$1" .mirrored)))
}

# sent_before NAME PORT: what that port had sent before it was a mirror's; to be
# asked after, for until then it gets what is flooded
sent_before() {
	until sent=$(sent_less_copies "$1" "$2") &&
		[ "$sent" = "$(sent_less_copies "$1" "$2")" ]; do
		:
	done
	echo "$sent"
}

# is_accounted NAME PORT: each frame seen is mirrored, filtered or dropped, and
# dropped for a reason
is_accounted() {
	[ "$(mirror "$1" '(.drops | add // 0) == .dropped')" = true ] &&
		[ "$(port "$2" '.sent | .dropped == (.drops | add // 0)')" \
			= true ] &&
		[ "$(sent_less_copies "$1" "$2")" = "$before" ]
}

accounted() {
	wait_for 5 is_accounted "$1" "$2"
}

echo "copies of all, cut, arrive at a veth and a TAP"
for each in ids tap; do
	vswctl add-mirror cut --from all --snaplen 60 --to "$each" >/dev/null
	before=$(sent_before cut "$each")
	listen "$each"
	tcp v1 v2 10.0.0.2 2M
	tcp v2 t1 10.0.0.3 2M
	wait_for 5 has_listened "$each" 10
	stop "$listener"
	tshark -r "$scratch/$each.pcap" -Y 'frame.len > 60' \
		>"$scratch/long" 2>"$scratch/tshark.log" ||
		fail "tshark cannot read it: $(cat "$scratch/tshark.log")"
	equal 0 "$(wc -l <"$scratch/long")" "$each: longer than 60 bytes"
	accounted cut "$each"
	vswctl del-mirror cut >/dev/null
done

echo "a listener that is stuck, or a port that is, costs copies only"
vswctl add-mirror all --from all --to ids >/dev/null
before=$(sent_before all ids)
listen ids
signal STOP "$listener"
tcp v1 v2 10.0.0.2 20M
accounted all ids
signal CONT "$listener"
stop "$listener"
nsenter --net="/run/netns/$room" tc qdisc add dev ids root tbf rate 8kbit \
	burst 100kb limit 1gb 2>"$scratch/tc.log" ||
	skip "no token bucket here: $(cat "$scratch/tc.log")"
tcp v1 v2 10.0.0.2 40M
mirror_is all '.drops["queue-full"] > 0' || fail "the queue was never full"
accounted all ids
pings_start v1 10.0.0.2
tcp v2 t1 10.0.0.3 20M
pings_end
accounted all ids
nsenter --net="/run/netns/$room" tc qdisc del dev ids root
before=$(sent_before all ids)
count=$(mirror all .mirrored)

# comes_back: copies are sent again, some time after the queue was full
comes_back() {
	ping_now v1 10.0.0.2 1
	[ "$(mirror all .mirrored)" -gt "$count" ]
}
wait_for 5 comes_back
accounted all ids

echo "while its port is down a mirror waits, and it goes when that is detached"
ns ids ip link set eth0 down
wait_for 5 state_is ids down
ping_now v1 10.0.0.2 3
mirror_is all '.drops["egress-down"] >= 6' || fail "nothing was dropped"
ns ids ip link set eth0 up
wait_for 5 state_is ids up
detach v1
attach v1 --ip 10.0.0.1/24 # is mirrored again
count=$(mirror all .mirrored)
ping_now v1 10.0.0.2 1
wait_for 5 mirror_is all ".mirrored >= $count + 2"
detach ids
equal 0 "$(vswctl --json show-mirrors | jq '.mirrors | length')" "mirrors"
attach ids --ip 10.0.0.4/24
ping_now v1 10.0.0.4 1

for each in v1 v2 t1; do
	equal 0 "$(port "$each" .received.missed)" "missed from $each"
done
books_balance
switch_stop
