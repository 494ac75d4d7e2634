# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck source=../lib/vsw.sh
. "$bench/lib/vsw.sh"

system_title="vsw, veth, --busy-poll"
system_note="\`vswd --busy-poll\`: spins instead of sleeping"

system_up() {
	"$VSWD" --help | grep -q -e --busy-poll || {
		echo "this vswd has no --busy-poll" >&2
		return 1
	}
	vsw_start --busy-poll
}

system_attach() {
	vsw_attach "$1" veth
}

system_down() {
	vsw_stop
}
