# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=../lib/ovs.sh
. "$bench/lib/ovs.sh"

system_title="Open vSwitch, netdev, AF_XDP"
system_note="\`type=afxdp\`; needs \`ethtool -K eth0 tx off\`; one processor spins"

system_up() {
	ovs_start
}

system_attach() {
	ovs_attach "$1" type=afxdp options:n_rxq=1 && ovs_no_tx_offload "$1"
}

system_down() {
	ovs_stop
}
