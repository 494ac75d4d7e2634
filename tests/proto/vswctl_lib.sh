# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# vswctl_lib.sh - run the client against a switch that follows a script
#
# environment: VSWCTL, MOCK_SWITCH: the programs

set -eu
: "${VSWCTL:?}" "${MOCK_SWITCH:?}"
unset VSWCTL_NAME VSWCTL_TIMEOUT NO_COLOR
scratch=$(mktemp -d)
VSW_RUNDIR=$scratch/run
export VSW_RUNDIR
mkdir "$VSW_RUNDIR"
mocks=""
status=0 # of the newest vswctl
what="before the first test"

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	result=$?
	set +e
	for pid in $mocks; do
		kill -CONT "$pid" 2>/dev/null
		kill "$pid" 2>/dev/null
	done
	rm -rf "$scratch"
	exit "$result"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
	echo "FAILED: $what: $*" >&2
	for file in "$scratch/out" "$scratch/err" "$VSW_RUNDIR"/*.log; do
		[ -s "$file" ] && sed "s|^|${file##*/}: |" "$file" >&2
	done
	exit 1
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds, but no longer
wait_for() {
	deadline=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "timed out: $*"
		sleep 0.02
	done
}

# a TEST...: a new test, with no switch left over from the one before
a() {
	what="a $*"
	for pid in $mocks; do
		kill -CONT "$pid" 2>/dev/null || true
		kill "$pid" 2>/dev/null || true
	done
	mocks=""
	rm -rf "$VSW_RUNDIR"
	mkdir "$VSW_RUNDIR"
}

# mock NAME: start a switch that plays the script on standard input
mock() {
	cat >"$scratch/$1.script"
	mock_pid=$("$MOCK_SWITCH" "$VSW_RUNDIR/$1.sock" "$scratch/$1.script")
	mocks="$mocks $mock_pid"
}

# shellcheck disable=SC2034 # what scripts of several tests have in common
hello='send {"jsonrpc":"2.0","method":"hello","params":{"protocol":1,"version":"0.1.0","switch":"lab0","pid":1,"access":"write"}}'
# shellcheck disable=SC2034
row='"port":"web","state":"up","state_ms":81234,"type":"veth","target":"web","ifname":"eth0","mac":"5e:11:0c:4b:00:01","mtu":1500,"stations":1,"received":{"frames":1200,"bytes":1090,"forwarded":1197,"dropped":3,"missed":0},"sent":{"frames":9,"bytes":830,"dropped":0}'
# shellcheck disable=SC2034
gone='"port":"db","state":"gone","state_ms":3000,"type":"tap","target":"db","ifname":"eth0","mac":"5e:11:0c:4b:00:02","mtu":1500,"stations":0,"received":{"frames":0,"bytes":0,"forwarded":0,"dropped":0,"missed":0},"sent":{"frames":0,"bytes":0,"dropped":0}'

# answer ID RESULT: line of a script
answer() {
	printf 'send {"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"
}

# refuse CODE NAME MESSAGE HINT: line of a script
refuse() {
	printf 'send {"jsonrpc":"2.0","id":1,"error":{"code":%s,"message":"%s","data":{"code":"%s","hint":"%s"}}}\n' "$1" "$3" "$2" "$4"
}

# vswctl ARGUMENT...: run it; $status, $scratch/out and $scratch/err say more
vswctl() {
	status=0
	"$VSWCTL" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
}

exits() {
	[ "$status" -eq "$1" ] || fail "exit code $status, not $1"
}

# says TEXT / prints TEXT: on stderr / on standard output
says() {
	grep -qF -e "$1" "$scratch/err" || fail "stderr does not say: $1"
}

prints() {
	grep -qF -e "$1" "$scratch/out" || fail "output has no: $1"
}

silent() {
	[ ! -s "$scratch/$1" ] || fail "$1 is not empty"
}

# It has nothing open any more; whether somebody has reaped it is not our matter.
dead() {
	! [ -e "/proc/$1" ] || grep -q ') Z ' "/proc/$1/stat"
}

# played NAME: the mock got to the end of its script and saw what it expected
played() {
	wait_for 5 dead "$mock_pid"
	[ -e "$VSW_RUNDIR/$1.sock.played" ] || fail "the switch saw otherwise"
}

# now: milliseconds since some time or other
now() {
	echo $(($(date +%s%N) / 1000000))
}

# on_terminal COMMAND: its output, with a terminal for standard output
on_terminal() {
	script -qec "$1" /dev/null </dev/null >"$scratch/out"
}
