#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_vswctl_mirrors.sh - what vswctl sends about mirrors, and how it shows them

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"

mirror='"mirror":"span","from":["web","db"],"direction":"both","to":"ids","to_state":"up","filter":null,"snaplen":null,"mirrored":1200,"bytes":117600,"filtered":0,"dropped":0,"drops":{}'
lossy='"mirror":"all","from":["all"],"direction":"rx","to":"tap0","to_state":"up","filter":"icmp or arp","snaplen":64,"mirrored":1,"bytes":64,"filtered":7,"dropped":12,"drops":{"too-big":2,"queue-full":10}'
idle='"mirror":"idle","from":["web"],"direction":"tx","to":"x","to_state":"down","filter":null,"snaplen":null,"mirrored":0,"bytes":0,"filtered":0,"dropped":3,"drops":{"egress-down":3}'

a list of ports may be typed in one word or in several
mock lab0 <<EOF
accept
$hello
expect "method":"mirror.add","params":{"mirror":"span","from":["web","db","app"],"direction":"both","snaplen":1024,"to":"ids"}
$(answer 1 "{\"schema\":1,\"mirror\":{$mirror}}")
hang
EOF
vswctl add-mirror span --from web,db --from app --direction both \
	--snaplen 1k --to ids
exits 0
prints 'span: mirrors web,db (both) to ids'
played lab0

a filter is sent as it was typed and as a program
mock lab0 <<EOF
accept
$hello
expect "params":{"mirror":"span","from":["web"],"filter":"ip","to":"ids","bpf":[[40,0,0,12],[21,0,1,2048],[6,0,0,
$(answer 1 "{\"schema\":1,\"mirror\":{$mirror}}")
hang
EOF
vswctl add-mirror span --from web -f ip --to ids
exits 0
played lab0

a filter that does not compile is refused before anybody is asked
# refuse_filter FILTER WORDS MARK
refuse_filter() {
	vswctl add-mirror span --from web --filter "$1" --to ids
	exits 2
	says "vswctl: add-mirror: filter: $2"
	says "  $1"
	[ "$(tail -n 1 "$scratch/err")" = "  $3" ] ||
		fail "not marked by '$3': $1"
	silent out
}
refuse_filter 'icmp and and' "can't parse filter expression: syntax error" \
	'         ^~~'
refuse_filter 'arp or port 99999' 'illegal port number 99999 > 65535' \
	'            ^~~~~'
refuse_filter 'udp and tcp' 'expression rejects all packets' '        ^~~'
vswctl --json add-mirror span --from web --filter 'icmp and and' --to ids
exits 2
prints '"column": 9'

a list of ports with a hole in it is refused
for from in 'web,' ',web' 'web,,db' ''; do
	vswctl add-mirror span --from "$from" --to ids
	exits 2
	says 'from: '
done
vswctl add-mirror span --from web
exits 2
says 'PORT is missing'
vswctl add-mirror span --from web,web --to ids
exits 2
says 'twice'

a table of mirrors says what is lost and why
mock lab0 <<EOF
accept
$hello
expect {"jsonrpc":"2.0","id":1,"method":"mirror.list","params":{}}
$(answer 1 "{\"schema\":1,\"switch\":\"lab0\",\"max\":16,\"mirrors\":[{$mirror},{$lossy},{$idle}]}")
hang
EOF
vswctl show-mirrors
exits 0
silent err
cat >"$scratch/expected" <<'EOF'
SWITCH lab0   3 mirrors of at most 16
MIRROR  FROM    DIRECTION  TO    FILTER       SNAPLEN  MIRRORED      BYTES  FILTERED  DROPPED
span    web,db  both       ids   -                  -     1,200  114.8 KiB         0        0
all     all     rx         tap0  icmp or arp       64         1       64 B         7       12  ! queue-full
idle    web     tx         x     -                  -         0        0 B         0        3  ! x is down
EOF
diff "$scratch/expected" "$scratch/out" >"$scratch/err" || fail "looks different"
played lab0

a change is confirmed in one line
mock lab0 <<EOF
accept
$hello
expect "method":"mirror.del","params":{"mirror":"span"}
$(answer 1 '{"schema":1,"mirror":"span"}')
hang
EOF
vswctl del-mirror span
exits 0
prints 'span: removed'
played lab0

a switch that answers nonsense is survived
for nonsense in '{"mirrors":7}' '{"mirrors":[7,{"from":7,"drops":[]},null]}'; do
	what="a switch that answers $nonsense is survived"
	rm -rf "$VSW_RUNDIR"
	mkdir "$VSW_RUNDIR"
	mock lab0 <<EOF
accept
$hello
expect mirror.list
$(answer 1 "$nonsense")
hang
EOF
	vswctl show-mirrors
	exits 0
done
