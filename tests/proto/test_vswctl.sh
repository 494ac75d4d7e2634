#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_vswctl.sh - vswctl finds its switch, and survives it

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"

### which switch

a client without a switch says so
start=$(now)
vswctl show-ports
exits 5
says 'vswctl: show-ports: no switch is running'
says 'hint: start one: vswd --name lab0'
silent out
[ $(($(now) - start)) -lt 3000 ] || fail "took too long"

a client is content without a run directory
rmdir "$VSW_RUNDIR"
vswctl show-ports
exits 5

a named switch that does not run is named
vswctl --name lab7 show-ports
exits 5
says "no switch named 'lab7' is running"
says 'vswd --name lab7'

a switch that is just starting is waited for
{
	# Once it has looked and found nothing: it keeps looking for 300 ms.
	sleep 0.1
	printf '%s\n' accept "$hello" 'expect switch.show' \
		'send {"jsonrpc":"2.0","id":1,"result":{"schema":1,"switch":"late"}}' \
		hang >"$scratch/late.script"
	"$MOCK_SWITCH" "$VSW_RUNDIR/late.sock" "$scratch/late.script" >"$scratch/late.pid"
} &
vswctl show-switch
wait
mocks=$(cat "$scratch/late.pid")
exits 0
prints 'SWITCH late'

a stale socket does not count
mock stale <<EOF
accept
EOF
kill -KILL "$mock_pid"
wait_for 5 dead "$mock_pid"
[ -S "$VSW_RUNDIR/stale.sock" ] || fail "there is no stale socket"
vswctl show-ports
exits 5
mock lab0 <<EOF
accept
$hello
expect "method":"switch.show"
$(answer 1 '{"schema":1,"switch":"lab0"}')
hang
EOF
vswctl show-switch
exits 0
prints 'SWITCH lab0'
vswctl --name stale show-ports
exits 5

a choice between two switches is left to the user
for name in lab0 lab1; do
	mock $name <<EOF
accept
accept
$hello
$(answer 1 "{\"schema\":1,\"switch\":\"$name\"}")
hang
EOF
done
vswctl show-switch
exits 2
says 'lab0'
says 'lab1'
says '--name'
VSWCTL_NAME=lab1 vswctl show-switch
exits 0
prints 'SWITCH lab1'

a name in the environment gives way to an option
mock lab0 <<EOF
accept
$hello
$(answer 1 '{"schema":1,"switch":"lab0"}')
hang
EOF
VSWCTL_NAME=lab1 vswctl --name=lab0 show-switch
exits 0

a bad name never becomes a path
for name in ../lab0 '' . a/b 'x y'; do
	vswctl --name "$name" show-ports
	exits 2
done
VSWCTL_NAME=../x vswctl show-ports
exits 2
says VSWCTL_NAME

### daemons that misbehave

a silent daemon costs no more than the timeout
mock lab0 <<EOF
accept
hang
EOF
start=$(now)
vswctl --timeout 200ms show-ports
exits 6
says 'does not answer'
[ $(($(now) - start)) -lt 3000 ] || fail "took too long"

a daemon that stops after its hello costs no more
mock lab0 <<EOF
accept
$hello
expect port.list
hang
EOF
VSWCTL_TIMEOUT=200ms vswctl show-ports
exits 6

a daemon that is stopped costs no more
mock lab0 <<EOF
accept
$hello
EOF
kill -STOP "$mock_pid"
vswctl --timeout 200ms show-ports
exits 6

a daemon that only chatters costs no more
{
	echo accept
	echo "$hello"
	for _ in $(seq 100); do
		echo 'send {"jsonrpc":"2.0","method":"event","params":{}}'
	done
	echo hang
} | mock lab0
vswctl --timeout 200ms show-ports
exits 6

a daemon that hangs up is named as the culprit
mock lab0 <<EOF
accept
EOF
vswctl show-ports
exits 1
says 'closed the connection before it said hello'
a daemon that hangs up midway is, too
mock lab0 <<EOF
accept
$hello
expect port.list
raw {"jsonrpc":"2.0","id":1,"resu
EOF
vswctl show-ports
exits 1
says 'closed the connection before it answered'

for line in 'SSH-2.0-OpenSSH_9.2' '[]' '{}' '"hello"' \
	'{"method":"hello"}' '{"method":"other","params":{}}' \
	'{"method":"hello","params":{}}' \
	'{"method":"hello","params":{"protocol":"1"}}'; do
	a stranger who says "$line" is recognized
	mock lab0 <<EOF
accept
send $line
hang
EOF
	vswctl show-ports
	exits 1
	says 'does not speak our protocol'
done

for number in 0 2 -1; do
	a protocol $number is refused
	mock lab0 <<EOF
accept
send {"jsonrpc":"2.0","method":"hello","params":{"protocol":$number}}
hang
EOF
	vswctl show-ports
	exits 1
	says "speaks protocol $number"
done

a goodbye is passed on
mock lab0 <<EOF
accept
send {"jsonrpc":"2.0","method":"goodbye","params":{"code":"limit","message":"64 clients are connected, which is the limit"}}
EOF
vswctl show-ports
exits 1
says '64 clients are connected'

for line in '{"id":1}' '{"id":1,"result":1}' '{"id":1,"error":{}}' \
	'{"id":1,"error":7}' 'x'; do
	a nonsense answer "$line" is refused
	mock lab0 <<EOF
accept
$hello
expect port.list
send $line
hang
EOF
	vswctl show-ports
	exits 1
	says 'does not speak our protocol'
done

a row of any shape is survived
mock lab0 <<EOF
accept
$hello
expect port.list
$(answer 1 '{"schema":"x","count":-1,"ports":[1,null,{},{"port":{}},"x",[]]}')
accept
$hello
expect fdb.show
$(answer 1 '{"fdb":[],"stations":[1,null,{},{"vlan":"x"}]}')
accept
$hello
expect port.show
$(answer 1 '{"port":[]}')
accept
$hello
expect switch.show
$(answer 1 '{"captures":[1,{}],"fdb":1,"totals":{"received":{"drops":[1]}}}')
hang
EOF
vswctl show-ports
exits 0
vswctl show-fdb
exits 0
vswctl show-port web
exits 0
vswctl show-switch
exits 0

a full backlog does not hang
mock lab0 <<EOF
hang
EOF
kill -STOP "$mock_pid"
clients=""
for _ in $(seq 140); do
	"$VSWCTL" --timeout 1s show-ports >/dev/null 2>&1 &
	clients="$clients $!"
done
for pid in $clients; do
	code=0
	wait "$pid" || code=$?
	[ $code -eq 6 ] || fail "exit code $code, not 6"
done
