# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# TCP throughput between two namespaces.

scenario_title="TCP throughput"

scenario_metrics() {
	local family streams
	for family in 4 6; do
		for streams in 1 4; do
			metric "tcp${family}_$streams" Gbit/s higher \
				"TCP over IPv$family, streams: $streams"
			metric "tcp${family}_${streams}_both" Gbit/s higher \
				"TCP over IPv$family, streams: $streams each way, sum"
		done
	done
}

# tcp_one METRIC ADDRESS STREAMS [--bidir]
tcp_one() {
	local name=$1 to=$2 streams=$3
	shift 3
	if tcp "$tcp_seconds" -c "$to" -P "$streams" "$@"; then
		record "$name" "$system" "$tcp_gbit"
	else
		trouble "$system" "$name: $(last_words)"
	fi
}

scenario_run() {
	tcp_server || return 1
	tcp_one tcp4_1 10.0.0.2 1
	if [ "$mode" != once ]; then
		tcp_one tcp4_4 10.0.0.2 4
		tcp_one tcp6_1 fd00::2 1
	fi
	if [ "$mode" = full ]; then
		tcp_one tcp4_1_both 10.0.0.2 1 --bidir
		tcp_one tcp4_4_both 10.0.0.2 4 --bidir
	fi
	if [ "$mode" = full ] && [ "$round" -eq 1 ]; then
		tcp_one tcp6_4 fd00::2 4
		tcp_one tcp6_1_both fd00::2 1 --bidir
		tcp_one tcp6_4_both fd00::2 4 --bidir
	fi
	stop "$tcp_server"
}
