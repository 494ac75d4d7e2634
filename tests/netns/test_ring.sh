#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_ring.sh - a busy port gets a ring, loses nothing by it, and gives it back

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
: "${BENCH_GENERATE:?}" "${BENCH_SINK:?}"
need taskset chrt
need_switch
case $(uname -r) in
[0-5].* | 6.[01].*) skip "rings take Linux 6.2" ;;
esac

ns_add a b c
switch_start_with --log debug
attach b --mtu 9000
attach c --mtu 9000
hear c

# sockets_are N: packet sockets, of ports and of rings, whoever has them open
sockets_are() {
	[ "$(sed 1d "/proc/$switch_pid/net/packet" | wc -l)" -eq "$1" ]
}
n_rings() {
	grep -c socket: "/proc/$switch_pid/maps" || true
}
has_rings() {
	[ "$(n_rings)" -eq "$1" ]
}
told() {
	grep -c "port: $1\$" "$scratch/vswd.log" || true
}
has_told() {
	[ "$(told "$1")" -gt "$2" ]
}

# stopped PID: by a signal, which is not at once
stopped() {
	grep -q '^State:.T' "/proc/$1/status"
}

# load SIZE OPTION...: from a to b, in the background, until unload
load() {
	size=$1
	shift
	ns_spawn a load "$BENCH_GENERATE" --interface eth0 --to "$to" \
		--size "$size" --duration 60s --run 99 "$@"
	load=$!
}
unload() {
	stop "$load"
}

# run_on PROCESSORS [POLICY]: where the switch runs, and how
run_on() {
	taskset -cp "$1" "$switch_pid" >/dev/null
	chrt "${2:---other}" -p 0 "$switch_pid"
}

# load_small: as load, with small frames. The switch and their sender share a
# processor, so that a burst is there as a whole when it is the switch's turn,
# as if it didn't keep up.
load_small() {
	run_on "$first_processor" --batch
	ns_spawn a load taskset -c "$first_processor" "$BENCH_GENERATE" --interface eth0 \
		--to "$to" --size 64 --duration 60s --run 99 --rate 60000 \
		--burst 64
	load=$!
}
unload_small() {
	unload
	run_on "$all_processors"
}

# sent: frames that have left a, whatever became of them
sent() {
	echo $(($(ns a cat /sys/class/net/eth0/statistics/tx_packets)))
}
all_have_come() {
	[ "$(come a)" -eq "$(sent)" ]
}

# arrived HEAD BYTES TIMES: how many such frames c has heard. A regular
# expression would take its time to count to 1,500.
arrived() {
	awk -v head="$1" -v bytes="$2" -v times="$3" '
		index($0, head) == 1 {
			body = substr($0, length(head) + 1)
			if (gsub(bytes, "", body) == times && body == "")
				n++
		}
		END { print n + 0 }' "$scratch/heard-c.log"
}

# heard_all WHAT: frames of every kind arrive as they were, now
heard_all() {
	kinds=$((kinds + 1))
	source=$(printf '0200000001%02x' "$kinds")
	for tags in "" 81000005 8100e005 88a800078100b005; do
		head="ffffffffffff$source${tags}88b5"
		printf '%s\n' "$head 0123456789abcdef*5" "$head fedcba98*350" \
			"$head fedcba98*1500"
	done | send_all a
	fence a c
	for tags in "" 81000005 8100e005 88a800078100b005; do
		head="ffffffffffff$source${tags}88b5"
		equal 1 "$(arrived "$head" 0123456789abcdef 5)" "$1: short"
		equal 1 "$(arrived "$head" fedcba98 350)" "$1: usual"
		equal 1 "$(arrived "$head" fedcba98 1500)" "$1: long"
	done
	bad=$(dropped a bad-offload)
	frame="ffffffffffff$source 0800 450000ac 00004000 4011 0000 00*200"
	printf '%s\n' "csum=34+3 $frame" "csum=36+0 $frame" | send_all a
	fence a c
	equal $((bad + 2)) "$(dropped a bad-offload)" "$1: bad-offload"
}

kinds=0
all_processors=$(taskset -cp $$ | sed 's/.*: //')
first_processor=${all_processors%%[-,]*}
to=$(ip netns exec "$test_id-b" cat /sys/class/net/eth0/address)
# Once the switch knows where b is, the load is heard there alone.
echo "ffffffffffff $(mac b) 88b5 00*46" | send_all b
fence b c
attach a --mtu 9000
equal 0 "$(n_rings)" "rings of quiet ports"

echo "small frames at a high rate: a ring of small slots"
load_small
wait_for 60 has_told "a: with a ring for small frames" 0
sockets_are 4 || fail "there are not four sockets"
heard_all "ring of small slots"
unload_small
ip -n "$test_id-a" link set eth0 down
wait_for 20 state_is a down
ip -n "$test_id-a" link set eth0 up
wait_for 20 state_is a up
heard_all "ring of small slots, the link was down"

echo "a quiet port gives its ring back"
wait_for 20 has_rings 0
wait_for 20 sockets_are 3
heard_all "no ring"

echo "long frames at a high rate: a ring of large slots"
load 9000 --rate 8000
wait_for 60 has_told "a: with a ring for large frames" 0
heard_all "ring of large slots"
unload
wait_for 20 all_have_come

# known_lost: frames of which somebody says why they did not arrive
known_lost() {
	echo $(($(port a .received.missed) + $(port b .sent.dropped) +
		$(ip netns exec "$room" \
			cat /sys/class/net/b/statistics/tx_dropped)))
}

# sink_start RUN: count what comes to b of the numbered frames of a run
sink_start() {
	ns_spawn b sink "$BENCH_SINK" --interface eth0 --run "$1"
	sink=$!
	wait_for 10 grep -q ready "$scratch/sink.log"
}

# of_counted PATH: what the sink says
of_counted() {
	echo "$counted" | "$JSON_AT" "$1"
}

# in_order: no frame came twice, or after one that was sent later
in_order() {
	stop "$sink"
	counted=$(tail -n 1 "$scratch/sink.log")
	equal 0 "$(of_counted duplicates)" "frames that came twice"
	equal 0 "$(of_counted reordered)" "frames that came late"
}

echo "a stream at full speed does not notice that it comes by a ring"
run=0
until [ "$run" -ge 5 ] &&
	[ "$(told "a: with a ring for small frames")" -ge 3 ]; do
	run=$((run + 1))
	[ "$run" -le 20 ] || fail "the way in has hardly changed"
	wait_for 30 has_rings 0
	known=$(known_lost)
	before=$(told "a: with a ring for small frames")
	sink_start "$run"
	ns a "$BENCH_GENERATE" --interface eth0 --to "$to" --rate 0 \
		--duration 800ms --run "$run" >"$scratch/numbered.log"
	wait_for 20 all_have_come
	in_order
	n_sent=$(jq .offered-.refused "$scratch/numbered.log")
	n_come=$(($(of_counted received) + $(of_counted missed)))
	known=$(($(known_lost) - known))
	[ $((n_sent - n_come)) -le "$known" ] ||
		fail "$n_sent sent, $n_come come, $known known to be lost"
	echo "  $n_sent frames, $known lost," \
		"$(($(told "a: with a ring for small frames") - before)) rings"
done

echo "before a ring of large slots is full, the queue takes what comes"
sink_start 66
until [ "${is_stopped_with_ring:-}" ]; do
	n=$(told "a: with a ring for large frames")
	load 9000 --rate 8000
	wait_for 60 has_told "a: with a ring for large frames" "$n"
	unload
	signal STOP "$switch_pid"
	wait_for 10 stopped "$switch_pid"
	if has_rings 1; then
		is_stopped_with_ring=yes
	else
		signal CONT "$switch_pid" # a second has gone by: once more
	fi
done
ns a "$BENCH_GENERATE" --interface eth0 --to "$to" --size 9000 --count 100 \
	--rate 2000 --duration 60s --run 66 >"$scratch/numbered.log"
signal CONT "$switch_pid"
wait_for 20 all_have_come
wait_for 20 has_told "a: its ring was too small" 0
in_order
equal 100 $(($(of_counted received) + $(of_counted missed))) "frames in order"

echo "what a full ring has no room for is counted"
wait_for 30 has_rings 0
n=$(told "a: with a ring for small frames")
load_small
wait_for 60 has_told "a: with a ring for small frames" "$n"
unload_small
signal STOP "$switch_pid"
ns a "$BENCH_GENERATE" --interface eth0 --to "$to" --count 20000 \
	--duration 60s >"$scratch/flood.log"
signal CONT "$switch_pid"
wait_for 20 all_have_come
[ "$(port a .received.missed)" -ge 10000 ] || fail "nothing was missed"

echo "detached with a ring, a port leaves nothing open"
load_small
wait_for 60 has_rings 1
detach a
unload_small
wait_for 20 has_rings 0
wait_for 20 sockets_are 2

echo "nor when its namespace is deleted"
attach a
load_small
wait_for 60 has_rings 1
unload_small
ns_del a
wait_for 20 state_is a gone
wait_for 20 has_rings 0
wait_for 20 sockets_are 2
books_balance
detach a

echo "a switch that has rings stops as any other"
ns_add a
attach a
load_small
wait_for 60 has_rings 1
switch_stop
unload
