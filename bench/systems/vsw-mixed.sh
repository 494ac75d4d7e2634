# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=../lib/vsw.sh
. "$bench/lib/vsw.sh"

system_title="vsw, veth to TAP"

system_up() {
	vsw_mixed_type=veth
	vsw_start
}

# The first end is a veth, the second a TAP.
system_attach() {
	vsw_attach "$1" "$vsw_mixed_type" && vsw_mixed_type=tap
}

system_down() {
	vsw_stop
}
