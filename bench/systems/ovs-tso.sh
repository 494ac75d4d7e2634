# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=../lib/ovs.sh
. "$bench/lib/ovs.sh"

system_title="Open vSwitch, netdev, userspace-tso"
system_note="\`other_config:userspace-tso-enable=true\`"

system_up() {
	ovs_start other_config:userspace-tso-enable=true
}

system_attach() {
	ovs_attach "$1"
}

system_down() {
	ovs_stop
}
