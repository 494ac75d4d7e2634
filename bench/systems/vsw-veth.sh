# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=../lib/vsw.sh
. "$bench/lib/vsw.sh"

system_title="vsw, veth"
system_note="as it is: its cables have a \`gso_ipv4_max_size\` of 192 KiB (BIG TCP)"

system_up() {
	vsw_start
}

system_attach() {
	vsw_attach "$1" veth
}

system_down() {
	vsw_stop
}
