# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# vsw.sh - our own switch, with a socket of its own

system_is_vsw=1
export VSW_RUNDIR="$scratch/vsw"
export VSWCTL_NAME="$id" VSWCTL_TIMEOUT=60s
mkdir -p "$VSW_RUNDIR"

# vsw_start OPTION...
vsw_start() {
	# shellcheck disable=SC2086 # one word an option
	spawn vswd "$VSWD" --name "$id" ${VSWD_OPTIONS:-} "$@"
	vsw_pid=$spawned
	wait_for 10 "$VSWCTL" version || {
		cat "$scratch/vswd.log" >&2
		return 1
	}
}

# vsw_attach SPACE veth|tap
vsw_attach() {
	"$VSWCTL" attach "$id-$1" --port "$1" --type "$2" >/dev/null
}

vsw_stop() {
	[ -z "${vsw_pid:-}" ] || stop "$vsw_pid"
	vsw_pid=
}

# vsw_field NAME: of /proc/PID/status, as a number
vsw_field() {
	awk -v name="$1:" '$1 == name { print $2 }' "/proc/$vsw_pid/status"
}
