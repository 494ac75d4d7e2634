#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_events.sh - monitor, expect and wait-port, as a script uses them

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping jq
need_switch

ns_add web db
switch_start

# expects CODE ARGUMENT...: vswctl ends with that code; what it says is kept
expects() {
	wanted=$1
	shift
	code=0
	timeout 30 "$VSWCTL" "$@" >"$scratch/said" 2>&1 || code=$?
	equal "$wanted" "$code" "exit code of $*: $(cat "$scratch/said")"
}

says() {
	grep -qF -e "$1" "$scratch/said" ||
		fail "'$(cat "$scratch/said")' does not say: $1"
}

# later LOG CODE ARGUMENT...: vswctl in the background; ends_with awaits it
later() {
	log=$1
	shift
	spawn "$log" timeout 30 "$VSWCTL" "$@"
	later=$!
}

ends_with() {
	code=0
	wait "$later" || code=$?
	equal "$1" "$code" "exit code: $(cat "$scratch/$log.log")"
	wait_for 5 not has_subscriber
}

has_subscriber() {
	[ "$(vswctl --json show-switch | "$JSON_AT" clients.subscribers)" -eq 1 ]
}

# seen FILTER: how many such events are in the journal
seen() {
	vswctl --json monitor --since 0 --for 0s |
		jq -s "map(select($1)) | length"
}

has_seen() {
	[ "$(seen "$1")" -gt 0 ]
}

# Ports that come and go
expects 7 expect 'port web up'
says "not true: port web up: there is no port 'web'"
expects 0 expect 'port web detached'
expects 7 wait-port web --within 50ms
says "there is no port 'web'"
later waits wait-port web
wait_for 5 has_subscriber
attach web --ip 10.0.0.1/24
ends_with 0
attach db --ip 10.0.0.2/24
expects 0 expect 'port web up' 'port db attached'
expects 7 expect 'port web up' 'port db down'
says "port db down: port db is up"

later down monitor --until 'port web down' --for 20s
wait_for 5 has_subscriber
ns web ip link set eth0 down
ends_with 0
grep -q 'port web down (was up)' "$scratch/down.log" || fail "not shown"
later up wait-port web --within 20s
wait_for 5 has_subscriber
ns web ip link set eth0 up
ends_with 0
expects 7 monitor --until 'port web gone' --for 50ms

# What lasts but a moment is not missed.
later moment expect 'port db down' 'port db up' --within 20s
wait_for 5 has_subscriber
ns db ip link set eth0 down
ns db ip link set eth0 up
ends_with 0

# Stations
ping_mac=$(ns db cat /sys/class/net/eth0/address)
later heard expect "mac $ping_mac on db" --within 20s
wait_for 5 has_subscriber
ns web ping -q -c 1 -W 5 10.0.0.2 >"$scratch/ping.log" || fail "no ping"
ends_with 0
expects 7 expect "mac $ping_mac on web"
says "$ping_mac is on db"
expects 7 expect "mac $ping_mac vlan 5 on db"
says "no port has heard $ping_mac"
roamer=02:00:00:00:00:77
later moved monitor --until "station $roamer moved" --for 20s
wait_for 5 has_subscriber
echo "ffffffffffff 020000000077 88b5 00*46" | send_all web
wait_for 5 has_seen ".mac == \"$roamer\""
echo "ffffffffffff 020000000077 88b5 00*46" | send_all db
ends_with 0
grep -q "station $roamer moved from web to db (1 time so far)" \
	"$scratch/moved.log" || fail "not shown"
expects 0 expect "mac $roamer on db" "station $roamer moved"

# Drops: a frame to the port it came from
expects 0 expect 'no drops on web,db'
expects 0 expect 'no drops on web,db' --within 100ms
later none expect 'no drops on web,db' --within 20s
wait_for 5 has_subscriber
begun=$(now_ms)
echo "020000000077 020000000078 88b5 00*46" | send_all db
ends_with 7
[ $(($(now_ms) - begun)) -lt 15000 ] || fail "it waited for the end"
grep -qE 'port db has (begun to drop frames|dropped 1 frame) \(same-port\)' \
	"$scratch/none.log" ||
	fail "$(cat "$scratch/none.log")"
expects 7 expect 'no drops on web,db'
says 'port db has dropped 1 frame (same-port)'
expects 0 expect 'no drops on web'
expects 0 expect 'drop on web,db'
expects 3 expect 'no drops on nobody'
wait_for 20 has_seen '.kind == "drops-stopped" and .port == "db" and .count == 1'

# Drops that go on make but one event; they are seen all the same.
keep_dropping() {
	while [ -e "$scratch/dropping" ]; do
		echo "020000000077 020000000078 88b5 00*46" | send_all db
		sleep 0.2 # a load that others can live with
	done
}

soon() {
	begun=$(now_ms)
	expects "$@"
	[ $(($(now_ms) - begun)) -lt 15000 ] || fail "it waited for the end"
}

has_begun_again() {
	[ "$(seen "$begun_drops")" -gt "$n_begun" ]
}

begun_drops='.kind == "drops-started" and .port == "db"'
n_begun=$(seen "$begun_drops")
touch "$scratch/dropping"
keep_dropping &
dropper=$!
wait_for 10 has_begun_again
soon 0 monitor --until 'drop on db' --for 20s
soon 0 expect 'drop on db' --within 20s
soon 7 expect 'no drops on db' --within 20s
says '(same-port)'
soon 0 expect 'drop on web,db' --within 20s
rm "$scratch/dropping"
wait "$dropper"
expects 7 monitor --until 'drop on web' --for 300ms
says 'no frame was dropped'

# Reaching, where the switch can be asked to send a frame
expects 0 expect 'web reaches db' 'db reaches web'
expects 7 expect 'web reaches nobody'
says "there is no port 'nobody'"
ns db ip link set eth0 down
expects 0 expect 'port db down' --within 5s
expects 7 expect 'web reaches db'
says 'a frame from web to db was dropped'
# Asking is an event itself, and no reason to ask: five times a second will do.
asked=$(seen '.method == "forward.inject"')
expects 7 expect 'web reaches db' --within 1s
asked=$(($(seen '.method == "forward.inject"') - asked))
[ "$asked" -le 12 ] || fail "asked $asked times in a second"
later reaches expect 'web reaches db' --within 20s
wait_for 5 has_subscriber
ns db ip link set eth0 up
ends_with 0

# Nothing is missed between two calls
cursor=$(vswctl --json monitor --since 0 --for 0s | jq -r .cursor | tail -n 1)
vswctl flush-fdb >/dev/null
vswctl --json monitor --since "$cursor" --for 0s >"$scratch/since"
equal '["fdb.flush"]' "$(jq -cs 'map(select(.kind == "config") | .method)' \
	"$scratch/since")" "changes since"
equal true "$(vswctl --json monitor --since 0 --for 0s |
	jq -s 'map(.seq) == [range(1; length + 1)]')" "numbers without gaps"
vswctl --json monitor --since 1@00000000 --for 0s >"$scratch/since"
equal restarted "$(jq -r .kind "$scratch/since" | head -n 1)" "another journal"

# Mistakes
expects 2 expect 'port web upp'
says "did you mean 'up'?"
expects 2 expect
expects 2 expect "station $roamer flapping"
expects 2 expect 'port web up' --within soon
expects 2 monitor --until 'web reaches db'
says "vswctl expect 'web reaches db' --within TIME"
expects 2 monitor --since yesterday
says "it looks like 42, or 42@5d1c0e2f"

# Gone
later gone wait-port db --state gone --within 20s
wait_for 5 has_subscriber
ns_del db
ends_with 0
detach db
equal 1 "$(seen '.kind == "port-detached" and .port == "db"')" "detached"
switch_stop
