# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The first issue's list: one TCP stream against the kernel bridge, five
# rounds. `--only acceptance` runs footprint as well.

# shellcheck source=tcp.sh
. "$bench/scenarios/tcp.sh"

scenario_title="One TCP stream against the kernel bridge"
scenario_systems="bridge vsw-veth vsw-tap vsw-mixed"
scenario_rounds=5

scenario_metrics() {
	metric accept_4 Gbit/s higher "TCP over IPv4, one stream"
	metric accept_6 Gbit/s higher "TCP over IPv6, one stream"
}

scenario_run() {
	tcp_server || return 1
	tcp_one accept_4 10.0.0.2 1
	tcp_one accept_6 fd00::2 1
	stop "$tcp_server"
}
