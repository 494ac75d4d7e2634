#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_vswctl_up.sh - what is started and does not become a switch

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"

log=$VSW_RUNDIR/lab0.log
printf 'switch:\n  name: lab0\n' >"$scratch/lab0.yaml"
mkdir "$scratch/bin"

# program: what standard input says is run in place of vswd
program() {
	{
		echo '#!/bin/sh'
		cat
	} >"$scratch/bin/program"
	chmod 755 "$scratch/bin/program"
}

# up PROGRAM TIME: with what is said of it in $VSWD
up() {
	status=0
	VSWD=$1 "$VSWCTL" up "$scratch/lab0.yaml" --timeout "$2" \
		>"$scratch/out" 2>"$scratch/err" || status=$?
}

# nothing_is_left: neither the program, which said who it is, nor its log
nothing_is_left() {
	dead "$(cat "$VSW_RUNDIR/pid")" || fail "it still runs"
	[ ! -e "$log" ] || fail "there is a log of what is not"
}

### which program

program <<EOF
echo "vswd: this is \$0, as \$*" >&2
exit 1
EOF
cd "$scratch/bin"
for path in "$PWD/program" ./program ../bin/program; do
	a program is found from where we are: "$path"
	up "$path" 10s
	exits 1
	says "the switch did not start: this is $(pwd -P)/program, as --name lab0"
	[ ! -e "$log" ] || fail "there is a log of what is not"
done

a program without a folder is looked for in PATH
(
	PATH=$scratch/bin:$PATH
	cd /
	up program 10s
	exits 1
	says 'the switch did not start: this is'
)

a program that is not there is named
up ./nothing 10s
exits 1
says 'the switch did not start: cannot run ./nothing: No such file'

### one that does not answer

a switch that never listens is not left running
program <<EOF
echo \$\$ >"$VSW_RUNDIR/pid"
exec sleep 60
EOF
up ./program 2s
exits 6
says 'the switch does not answer'
nothing_is_left

# fails_up SAYS TIME CODE: it says that, if anything, and then nothing
fails_up() {
	a switch is not left running where it says: "${1:-nothing}"
	printf 'accept\n%s\nhang\n' "${1:-#}" >"$scratch/script"
	program <<-EOF
		echo \$\$ >"$VSW_RUNDIR/pid"
		"$MOCK_SWITCH" "$VSW_RUNDIR/lab0.sock" "$scratch/script" >"$VSW_RUNDIR/mock"
		exec sleep 60
	EOF
	up ./program "$2"
	mocks=$(cat "$VSW_RUNDIR/mock")
	exits "$3"
	nothing_is_left
}
fails_up '' 2s 6
fails_up 'send {"what":"is this"}' 20s 1

a switch that does not want to end has to
program <<EOF
trap '' TERM
echo \$\$ >"$VSW_RUNDIR/pid"
exec sleep 60
EOF
up ./program 2s
exits 6
nothing_is_left
