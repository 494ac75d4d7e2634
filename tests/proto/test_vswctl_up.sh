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
