# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=../lib/ovs.sh
. "$bench/lib/ovs.sh"

system_title="Open vSwitch, netdev"
system_note="TCP stalls until \`ethtool -K eth0 tx off\` in both namespaces"

system_up() {
	ovs_start
}

system_attach() {
	ovs_attach "$1" && ovs_no_tx_offload "$1"
}

system_down() {
	ovs_stop
}
