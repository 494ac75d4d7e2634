#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_vswctl_answers.sh - what vswctl sends, and how it shows answers

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"

### answers

a list of ports is aligned and has totals
mock lab0 <<EOF
accept
$hello
expect {"jsonrpc":"2.0","id":1,"method":"port.list","params":{}}
$(answer 1 "{\"schema\":1,\"switch\":\"lab0\",\"count\":2,\"up\":1,\"max\":16384,\"ports\":[{$row},{$gone}],\"next\":null}")
hang
EOF
vswctl show-ports
exits 0
silent err
cat >"$scratch/expected" <<'EOF'
SWITCH lab0   2 ports, 1 up   ! 1 not up
PORT  STATE  TYPE  ATTACHED TO  MAC                 MTU     RX  TX  DROPPED
web   up     veth  web/eth0     5e:11:0c:4b:00:01  1500  1,200   9        3
db    gone   tap   db/eth0      5e:11:0c:4b:00:02  1500      0   0        0  ! gone for 3s
EOF
diff "$scratch/expected" "$scratch/out" >"$scratch/err" || fail "looks different"
played lab0

a table of stations is collected from all pages and sorted
mock lab0 <<EOF
accept
$hello
pages 1
accept
$hello
pages 1
hang
EOF
vswctl show-fdb
exits 0
cat >"$scratch/expected" <<'EOF'
SWITCH lab0   6 stations of at most 65,536 (6 dynamic, 0 static)   ageing 5m   moved 0
VLAN  MAC                PORT  OWNER  TYPE        AGE  MOVES
   0  02:00:00:00:00:18  db    db     dynamic  1m 10s      1
   0  02:00:00:00:00:19  db    db     dynamic  1m 10s      1
   0  02:00:00:00:00:20  db    db     dynamic  1m 10s      1
  20  02:00:00:00:00:07  web   web    dynamic      2s      0
  20  02:00:00:00:00:08  web   web    dynamic      2s      0
  20  02:00:00:00:00:09  web   web    dynamic      2s      0
EOF
diff "$scratch/expected" "$scratch/out" >"$scratch/err" || fail "looks different"
vswctl --json show-fdb
exits 0
[ "$(grep -c '"mac"' "$scratch/out")" -eq 6 ] || fail "pages are missing"
[ "$(grep -c '"schema": 1' "$scratch/out")" -eq 1 ] || fail "not one document"
! grep -q '"next"' "$scratch/out" || fail "pages show"
played lab0

a page that leads to itself is not followed for ever
mock lab0 <<EOF
accept
$hello
expect port.list
$(answer 1 '{"ports":[],"next":7}')
expect "cursor":7
$(answer 2 '{"ports":[],"next":7}')
hang
EOF
vswctl show-ports
exits 1
says 'leads to itself'

a filter is sent as a value of its kind
mock lab0 <<EOF
accept
$hello
expect "params":{"vlan":0,"port":"web","mac":"02:00:00:00:00:01","type":"static"}
$(answer 1 '{"stations":[]}')
hang
EOF
vswctl show-fdb vlan=0 port=web mac=02:00:00:00:00:01 type=static
exits 0
played lab0

attach='{"target":"web","port":"w","type":"tap","ip":["10.0.0.1/24","fd00::1/64"],"gateway":["10.0.0.254"],"mtu":9000,"may_exist":true}'
a command line becomes a request
mock lab0 <<EOF
accept
$hello
expect "method":"port.attach","params":$attach
$(answer 1 "{\"schema\":1,\"created\":true,\"port\":{$row}}")
hang
EOF
vswctl attach web --port w --type=tap --ip 10.0.0.1/24 --ip=fd00::1/64 \
	--gateway 10.0.0.254 --mtu 9000 --may-exist
exits 0
prints 'web: attached namespace web, eth0 5e:11:0c:4b:00:01 by veth'
played lab0

waits='"port":"web","state":"waiting","state_ms":3000,"type":"veth","target":"web","ifname":"eth0","mac":"5e:11:0c:4b:00:01","mtu":1500,"persist":true,"why":"there is no namespace web","tried_ms":2000,"retry_ms":null,"next":"made again when namespace web is there"'
failed='"port":"db","state":"failed","state_ms":3000,"type":"veth","target":"db","ifname":"eth0","mac":"5e:11:0c:4b:00:02","mtu":1500,"persist":true,"why":"namespace db has an interface eth0 already","tried_ms":2000,"retry_ms":4000,"next":"tried again when eth0 is gone from namespace db"'
a port that is to come back says why it has not
mock lab0 <<EOF
accept
$hello
expect "params":{"target":"web","persist":true}
$(answer 1 "{\"schema\":1,\"created\":true,\"port\":{$waits}}")
accept
$hello
expect port.list
$(answer 1 "{\"count\":2,\"up\":0,\"ports\":[{$waits},{$failed}],\"next\":null}")
accept
$hello
expect port.show
$(answer 1 "{\"switch\":\"lab0\",\"port\":{$failed}}")
hang
EOF
vswctl attach web --persist
exits 0
prints 'web: waits for namespace web, eth0 5e:11:0c:4b:00:01 by veth'
vswctl show-ports
prints '! waiting for 3s'
prints '! failed for 3s: namespace db has an interface eth0 already'
vswctl show-port db
prints 'namespace db has an interface eth0 already'
prints 'tried again when eth0 is gone from namespace db'
prints 'in 4s'
played lab0

a port that was cleared away is named
mock lab0 <<EOF
accept
$hello
expect "method":"port.gc","params":{"waiting":3600000,"dry_run":true}
$(answer 1 '{"dry_run":true,"count":2,"ports":[{"port":"db","state":"gone","state_ms":3000,"target":"db"}]}')
accept
$hello
expect "method":"port.gc","params":{}
$(answer 1 '{"dry_run":false,"count":1,"ports":[{"port":"db","state":"gone","state_ms":3000,"target":"db"}]}')
accept
$hello
expect port.gc
$(answer 1 '{"dry_run":false,"count":0,"ports":[]}')
hang
EOF
vswctl gc --waiting 1h --dry-run
prints 'db: would be removed, it was gone for 3s (db)'
prints 'and 1 more'
vswctl gc
prints 'db: removed, it was gone for 3s (db)'
vswctl gc
prints 'nothing to remove'
exits 0
played lab0

a change is confirmed in one line
mock lab0 <<EOF
accept
$hello
expect "port.detach","params":{"port":"web"}
$(answer 1 '{"schema":1,"port":"web"}')
accept
$hello
expect "fdb.add","params":{"mac":"02:00:00:00:00:01","port":"web","vlan":7}
$(answer 1 '{"station":{"mac":"02:00:00:00:00:01","port":"web","vlan":7}}')
accept
$hello
expect "fdb.del","params":{"mac":"02:00:00:00:00:01"}
$(answer 1 '{"station":{"mac":"02:00:00:00:00:01","vlan":0}}')
accept
$hello
expect "fdb.flush","params":{"port":"web"}
$(answer 1 '{"schema":1,"flushed":17}')
accept
$hello
$(answer 1 '{"schema":1,"flushed":1}')
hang
EOF
vswctl detach web
prints 'web: detached'
vswctl add-fdb 02:00:00:00:00:01 web --vlan 7
prints '02:00:00:00:00:01: pinned to port web in VLAN 7'
vswctl del-fdb 02:00:00:00:00:01
prints '02:00:00:00:00:01: no longer pinned'
vswctl flush-fdb port=web
prints '17 stations forgotten'
vswctl flush-fdb
prints '1 station forgotten'
played lab0

a port is shown with its reasons for dropping
mock lab0 <<EOF
accept
$hello
expect "port.show","params":{"port":"web"}
$(answer 1 "{\"schema\":1,\"switch\":\"lab0\",\"port\":{\"port\":\"web\",\"state\":\"up\",\"state_ms\":81234,\"target\":\"pid:7\",\"host_ifname\":\"web\",\"namespace\":\"vsw-lab0\",\"received\":{\"frames\":12,\"bytes\":1090,\"dropped\":3,\"missed\":5,\"drops\":{\"runt\":3}}}}")
hang
EOF
vswctl show-port web
exits 0
prints 'PORT web   up for 1m 21s'
prints 'namespace of process 7'
prints '12 frames, 1.1 KiB'
prints '    runt     3'
prints '! 5'

while read -r code name expected; do
	a refusal named "$name" exits with "$expected"
	mock lab0 <<EOF
accept
$hello
expect port.attach
$(refuse "$code" "$name" "there is no namespace 'web'" 'ip netns add web')
accept
$hello
expect port.attach
$(refuse "$code" "$name" "there is no namespace 'web'" 'ip netns add web')
hang
EOF
	vswctl attach web
	exits "$expected"
	silent out
	printf "%s\n" "vswctl: attach: there is no namespace 'web'" \
		'  hint: ip netns add web' >"$scratch/expected"
	cmp -s "$scratch/expected" "$scratch/err" || fail "stderr is different"
	vswctl attach web --json
	exits "$expected"
	silent err
	prints "\"code\": \"$name\""
	prints "\"message\": \"there is no namespace 'web'\""
	prints '"hint": "ip netns add web"'
	prints '"schema": 1'
done <<'EOF'
-32700 parse 1
-32600 request 1
-32601 method 1
-32602 invalid 2
-32000 not-found 3
-32000 exists 4
-32000 denied 1
-32000 limit 1
-32000 busy 1
-32000 timeout 1
-32000 failed 1
-32000 what-comes-later 1
EOF

a name from outside never reaches the terminal raw
mock lab0 <<EOF
accept
$hello
expect port.list
$(answer 1 '{"switch":"\u001b]0;x\u0007","count":1,"up":1,"ports":[{"port":"a\u001b[2Jb","state":"up","target":"\u009bm\n"}]}')
accept
$hello
expect port.list
$(answer 1 '{"switch":"\u001b]0;x\u0007","ports":[{"port":"\u009b"}]}')
accept
$hello
expect port.detach
$(refuse -32000 failed 'no\u001b[2J\nport' 'use\u001b[1m')
hang
EOF
vswctl show-ports
exits 0
! LC_ALL=C grep -q '[^ -~]' "$scratch/out" || fail "control characters"
vswctl --json show-ports
exits 0
! LC_ALL=C grep -q '[^ -~]' "$scratch/out" || fail "control characters"
vswctl detach web
exits 1
! LC_ALL=C grep -q '[^ -~]' "$scratch/err" || fail "control characters"

a colour is for terminals only
{
	for _ in 1 2 3 4; do
		echo accept
		echo "$hello"
		answer 1 "{\"switch\":\"lab0\",\"count\":1,\"up\":0,\"ports\":[{$gone}]}"
		echo hang
	done
} | mock lab0
escape=$(printf '\033')
if command -v script >/dev/null; then
	TERM=xterm on_terminal "$VSWCTL show-ports"
	prints "${escape}[31mgone"
	TERM=xterm NO_COLOR=1 on_terminal "$VSWCTL show-ports"
	! grep -q "$escape" "$scratch/out" || fail "NO_COLOR is ignored"
	TERM=dumb on_terminal "$VSWCTL show-ports"
	! grep -q "$escape" "$scratch/out" || fail "a dumb terminal is coloured"
fi
TERM=xterm vswctl show-ports
! grep -q "$escape" "$scratch/out" || fail "a file is coloured"

a full disk is noticed
mock lab0 <<EOF
accept
$hello
$(answer 1 '{"schema":1,"flushed":1}')
hang
EOF
status=0
"$VSWCTL" flush-fdb >/dev/full 2>"$scratch/err" || status=$?
exits 1
says 'No space left'

### nothing is sent

a bad argument is refused before anything is sent
while IFS='|' read -r arguments expected; do
	what="vswctl $arguments"
	# shellcheck disable=SC2086 # a word per argument
	vswctl $arguments
	exits 2
	silent out
	says "$expected"
	[ "$(wc -l <"$scratch/err")" -le 2 ] || fail "more than two lines"
done <<'EOF'
|no command is given
frobnicate|unknown command 'frobnicate'
atach web|did you mean 'attach'?
show_fdb|did you mean 'show-fdb'?
fdb.show|unknown command
attach|TARGET is missing
attach web --mac 01:00:5e:00:00:01|is a group address, not a station's
attach web --mac 5e:11|is not a MAC address
attach web --ip 10.0.0.1|prefix
attach web --ip 10.0.0.300/24|not an IP address
attach web --gateway 10.0.0.1 --gateway 10.0.0.2|only one for IPv4
attach web --mtu 67|67 is not an MTU
attach web --mtu 1500x|'1500x' is not an MTU
attach web --port sixteen-letters-|too long
attach web --ifname a/b|cannot contain '/'
attach web --type vet|'vet' is not veth or tap
attach web --mac|--mac needs a value
attach web --may-exist=yes|takes no value
attach web --port a --port b|port is given twice
attach web db|what is 'db'?
attach web --prot a|did you mean --port?
attach web --zzz|unknown option '--zzz'
attach web -z|unknown option '-z'
attach pid:0|pid:
--port web attach|options of a command are given after it
show-fdb port|what is 'port'?
show-fdb prot=web|filters are port=PORT
show-fdb --port web|typed as port=PORT
show-fdb vlan=4095|4095 is not a VLAN
show-fdb --cursor 1|unknown option
show-fdb port=|empty
add-fdb 02:00:00:00:00:01|PORT is missing
capture -c 0|0 is not a number from 1 up
capture -c|-c needs a value: -c COUNT
capture --bpf x|unknown option
capture a a|there twice
capture -s 0|1 to
--timeout 0 show-ports|longer than 0
--timeout soon show-ports|'soon' is not a duration
--timeout|needs a value
--json=yes show-ports|takes no value
help frobnicate|there is no command 'frobnicate'
EOF
VSWCTL_TIMEOUT=soon vswctl show-ports
exits 2
says VSWCTL_TIMEOUT
vswctl frobnicate --json
exits 2
silent err
prints '"code": "invalid"'

a request that is too long is refused
mock lab0 <<EOF
accept
$hello
hang
EOF
vswctl capture -f "$(printf 'icmp%70000s' '')"
exits 2
says 'the request is too long'

### without a switch

a version needs no switch
vswctl version
exits 0
prints 'vswctl '
prints 'no switch is running'
vswctl version --json
exits 0
prints '"vswd": null'
vswctl --version
exits 0
prints 'vswctl '
mock lab0 <<EOF
accept
$hello
hang
EOF
vswctl version
exits 0
prints 'vswd 0.1.0 (switch lab0, protocol 1)'

a help page exists for every command
vswctl help
exits 0
verbs=$(sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' "$scratch/out")
[ "$(echo "$verbs" | wc -l)" -ge 12 ] || fail "commands are missing"
for verb in $verbs; do
	vswctl help "$verb"
	exits 0
	prints "usage: vswctl $verb"
	awk 'length > 80 { exit 1 }' "$scratch/out" || fail "$verb: too wide"
	vswctl "$verb" --help
	exits 0
	prints "usage: vswctl $verb"
done
vswctl --json help attach
exits 0
prints '"method": "port.attach"'
