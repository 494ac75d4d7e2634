# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# load.sh - the kinds of traffic that scenarios are made of
#
# Each sets $command_line to what it ran, for the record.

trial_number=$((RANDOM + 1))

# tcp SECONDS ARGUMENT...: iperf3 from a to b; 20 MB if SECONDS is 0. Sets
# tcp_gbit, both ways added up.
tcp() {
	local seconds=$1 length
	shift
	length="-t $seconds"
	[ "$seconds" -gt 0 ] || length="-n 20M"
	command_line="iperf3 $length $*"
	# shellcheck disable=SC2086 # two words
	tcp_gbit=$(in_space a timeout $((seconds + 15)) iperf3 -J \
		--connect-timeout 3000 $length "$@" 2>>"$log" | jq -r '
		if .error then error(.error) else
		(.end.sum_received.bits_per_second +
			(.end.sum_received_bidir_reverse.bits_per_second // 0))
			/ 1e9 end' 2>>"$log")
	[ -n "$tcp_gbit" ]
}

# tcp_server: what tcp talks to
tcp_server() {
	spawn_in b iperf3 iperf3 -s --forceflush
	tcp_server=$spawned
	wait_for 5 grep -q listening "$scratch/iperf3.log"
}

# tcp_look: what one stream is when nothing disturbs it, in $tcp_before
tcp_look() {
	tcp "$tcp_seconds" -c 10.0.0.2 && tcp_before=$tcp_gbit
}

# record_tcp_cost PREFIX GBIT: what disturbed a stream is over, and left it that
# much. Compared with a look before and one now, since what a stream is without
# changes as quickly as the machine's other guests do.
record_tcp_cost() {
	local before=$tcp_before

	tcp_look || return 1
	record "$1_tcp" "$system" "$2"
	record "$1_cost" "$system" "$(compute \
		'(1 - t * 2 / (before + after)) * 100' t="$2" \
		before="$before" after="$tcp_before")"
}

# sink_start SPACE NUMBER
sink_start() {
	local line
	exec {sink_fd}< <(exec ip netns exec "$id-$1" "$bin/bench_sink" \
		--interface eth0 --run "$2" 2>>"$log")
	sink=$!
	pids+=("$sink")
	read -r -t 10 -u "$sink_fd" line && [ "$line" = ready ]
}

# sink_stop: sets sink_report
sink_stop() {
	kill "$sink" 2>/dev/null
	read -r -t 10 -u "$sink_fd" sink_report || sink_report=
	exec {sink_fd}<&-
	stop "$sink"
	[ -n "$sink_report" ]
}

# trial SIZE RATE MS: frames from a to b; rate 0 is as many as possible.
# Sets offered (frames), lost, offered_rate, forwarded_rate (a second),
# busy (processor seconds), and adds up duplicates and reordered.
trial() {
	local report
	trial_number=$((trial_number + 1))
	command_line="generate --size $1 --rate $2 --duration ${3}ms"
	sink_start b "$trial_number" || return 1
	report=$(in_space a timeout 60 "$bin/bench_generate" --interface eth0 \
		--to "$mac_b" --size "$1" --rate "$2" --duration "${3}ms" \
		--run "$trial_number" 2>>"$log")
	sink_stop || return 1
	# shellcheck disable=SC2046 # one word a figure
	read -r offered lost offered_rate forwarded_rate forwarded busy \
		new_duplicates new_reordered <<<"$(jq -rn \
		--argjson g "${report:-null}" --argjson s "$sink_report" '
		($s.received + $s.missed) as $got |
		([$g.seconds, $s.seconds] | max) as $seconds |
		[$g.offered, $g.offered - $got, ($g.rate | floor),
		 ($got / $seconds | floor), $got, $g.busy_s, $s.duplicates,
		 $s.reordered] | join(" ")' 2>>"$log")"
	[ -n "${new_reordered:-}" ] || return 1
	duplicates=$((duplicates + new_duplicates))
	reordered=$((reordered + new_reordered))
}

# search_loss_free SIZE LOWEST HIGHEST MS TRIALS: the largest rate without a
# loss, as RFC 2544 section 26.1 looks for it, but by halving the ratio between
# the bounds, since systems differ by more than ten.
# A rate fails when it loses twice: the machine's other guests may have caused
# the first. Sets loss_free, 0 if there was loss at every rate.
search_loss_free() {
	local size=$1 low=$2 high=$3 ms=$4 trials=$5 rate try
	loss_free=0
	while [ "$trials" -gt 0 ]; do
		trials=$((trials - 1))
		rate=$(awk -v l="$low" -v h="$high" \
			'BEGIN { printf "%d", sqrt(l * h) }')
		for try in 1 2; do
			trial "$size" "$rate" "$ms" || return 1
			[ "$lost" -gt 0 ] || break
		done
		if [ "$lost" -gt 0 ]; then
			high=$rate
			continue
		fi
		low=$rate
		# The sender may not have kept up with what it was asked for.
		[ "$offered_rate" -le "$loss_free" ] || loss_free=$offered_rate
		[ "$offered_rate" -ge $((rate * 9 / 10)) ] || break
	done
	command_line="generate --size $size --duration ${ms}ms --rate ..."
}

# ping_echo FROM TO FROM_IP TO_IP OPTION...: the kernel answers
ping_echo() {
	local from=$1 to=$2 from_ip=$3 to_ip=$4 to_mac
	shift 4
	to_mac=$(mac "$to")
	command_line="pinger --from-ip $from_ip --to-ip $to_ip $*"
	ping_report=$(in_space "$from" timeout 60 "$bin/bench_pinger" \
		--interface eth0 --to "$to_mac" --from-ip "$from_ip" \
		--to-ip "$to_ip" "$@" 2>>"$log")
	[ -n "$ping_report" ]
}

# responder_start SPACE: sets responder
responder_start() {
	local line
	exec {responder_fd}< <(exec ip netns exec "$id-$1" \
		"$bin/bench_pinger" --interface eth0 --respond 2>>"$log")
	responder=$!
	pids+=("$responder")
	read -r -t 10 -u "$responder_fd" line && [ "$line" = ready ]
}

responder_stop() {
	exec {responder_fd}<&-
	stop "$responder"
}

# ping_user FROM TO OPTION...: a process of ours answers
ping_user() {
	local from=$1 to=$2 to_mac
	shift 2
	to_mac=$(mac "$to")
	responder_start "$to" || return 1
	command_line="pinger $*"
	ping_report=$(in_space "$from" timeout 60 "$bin/bench_pinger" \
		--interface eth0 --to "$to_mac" "$@" 2>>"$log")
	responder_stop
	[ -n "$ping_report" ]
}

# record_ping PREFIX SYSTEM: the figures of $ping_report
record_ping() {
	local key value
	while read -r key value; do
		record "$1_$key" "$2" "$value"
	done <<<"$(jq -r '"lost \(.lost)", if .samples > 0 then
		"p50 \(.p50_us)", "p99 \(.p99_us)", "p999 \(.p999_us)"
		else empty end' <<<"$ping_report")"
}

# metric_ping PREFIX TEXT: what record_ping records
metric_ping() {
	metric "$1_p50" us lower "$2, median"
	metric "$1_p99" us lower "$2, 99 %"
	metric "$1_p999" us lower "$2, 99.9 %"
	metric "$1_lost" frames lower "$2, lost"
}
