# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# settings.sh - how long everything takes, by mode

case $mode in
full)
	tcp_seconds=2 trial_ms=2000 search_trials=7 rtt_ms=2000 broadcast_ms=2000
	cpu_rate=100000 cpu_ms=3000
	scale_steps="2 10 100 1000 2000" lab_ports=1000 stations=1000000
	start_runs=20 attach_runs=20 idle_seconds=10 lab_rest=30 flood_pings=20000
	default_rounds=3
	;;
quick)
	tcp_seconds=1 trial_ms=300 search_trials=4 rtt_ms=400
	broadcast_ms=500
	cpu_rate=50000 cpu_ms=1000
	scale_steps="2 10 100" lab_ports=100 stations=100000
	start_runs=5 attach_runs=5 idle_seconds=4 lab_rest=2 flood_pings=2000
	default_rounds=1
	;;
once)
	tcp_seconds=0 trial_ms=100 search_trials=1 rtt_ms=100
	broadcast_ms=100
	cpu_rate=10000 cpu_ms=200
	scale_steps="2 4" lab_ports=4 stations=1000
	start_runs=1 attach_runs=1 idle_seconds=0.2 lab_rest=0 flood_pings=50
	default_rounds=1
	;;
esac
rounds_given=$rounds
rounds=${rounds:-$default_rounds}
