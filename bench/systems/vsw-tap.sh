# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=../lib/vsw.sh
. "$bench/lib/vsw.sh"

system_title="vsw, TAP"

system_up() {
	vsw_start
}

system_attach() {
	vsw_attach "$1" tap
}

system_down() {
	vsw_stop
}
