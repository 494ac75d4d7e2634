#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_lab.sh - a lab from a file: applied, compared, saved, started, stopped

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping
need_switch

# exits CODE COMMAND...: with its words in $scratch/out and $scratch/err
exits() {
	wanted=$1
	shift
	code=0
	"$@" >"$scratch/out" 2>"$scratch/err" || code=$?
	equal "$wanted" "$code" "$* exits with"
}

says() {
	grep -qF -- "$1" "$scratch/out" "$scratch/err" ||
		fail "nobody says '$1', but: $(cat "$scratch/out" "$scratch/err")"
}

echo "the example of the manual works"
awk '/^## A lab in a file/ { on = 1 } on && /^    / { print substr($0, 5) }
	on && !/^    / && seen { exit } /^    switch:/ { seen = 1 }' \
	"$here/../../docs/labs.md" >"$scratch/example.yaml"
grep -q stations "$scratch/example.yaml" || fail "where is the example?"
# In a world of its own: its names may be somebody's, or another test's.
cat >"$scratch/example.sh" <<'END'
set -eux
mount --make-rprivate /
mkdir -p /run/netns
mount -t tmpfs none /run/netns
cd "$VSW_RUNDIR"
"$VSWCTL" up example.yaml
"$VSWCTL" diff example.yaml
ip netns exec web ip -brief addr show eth0 | grep 'fd00::1/64'
ip netns exec web ping -c 1 -W 5 10.0.0.254
ip netns exec db cat /sys/class/net/eth0/mtu | grep 9000
"$VSWCTL" show-fdb type=static | grep 02:00:00:00:00:aa
"$VSWCTL" save saved.yaml
"$VSWCTL" apply --prune saved.yaml | grep 'nothing to change'
"$VSWCTL" --json save | jq .lab >saved.json
"$VSWCTL" diff --prune saved.json
"$VSWCTL" up example.yaml | grep 'nothing to change'
"$VSWCTL" --json up example.yaml | jq -e '.changes == 0'
"$VSWCTL" --json down example.yaml >down.json
jq -e '.schema == 1' down.json
"$VSWCTL" --json up example.yaml | jq -e '.changes == 6'
"$VSWCTL" down example.yaml
[ -z "$(ls /run/netns)" ]
! "$VSWCTL" down lab0
END
cat >>"$scratch/example.sh" <<'END'
printf 'switch: {name: lab1}\n' >other.yaml
"$VSWCTL" up example.yaml
"$VSWCTL" up other.yaml
code=0
"$VSWCTL" down || code=$?
[ $code -eq 2 ]
code=0
"$VSWCTL" --name lab1 down example.yaml 2>for_another || code=$?
[ $code -eq 2 ]
grep "example.yaml:1:16: the lab is for switch 'lab0', and this is 'lab1'" \
	for_another
"$VSWCTL" --name lab1 down | grep -xF -e '- switch lab1'
"$VSWCTL" down | grep -xF -e '- switch lab0'
code=0
"$VSWCTL" down || code=$?
[ $code -eq 5 ]
END
unshare --net --mount sh "$scratch/example.sh" >"$scratch/example.log" 2>&1 ||
	fail "it does not"
[ "$(find "$scratch" -name 'lab0*')" = "" ] || fail "down leaves files"

ns_add a b c d
echo "switch: {name: $switch}" >"$scratch/config.yaml"
switch_start_with --log info --config "$scratch/config.yaml"
lab() {
	printf 'switch: {name: %s}\nports:\n' "$switch"
	for each; do
		printf '  %s: {attach: "netns:%s-%s"%s}\n' \
			"${each%%,*}" "$test_id" "${each%%,*}" \
			"$(printf '%s' "$each" | sed 's/^[^,]*//')"
	done
}
lab "a, ip: 10.0.0.1/24" "b, ip: 10.0.0.2/24" "c" >"$scratch/one.yaml"
lab "a, ip: 10.0.0.1/24" "b, ip: 10.0.0.2/24" "c, mtu: 4000" "d, type: tap" \
	>"$scratch/two.yaml"
lab "a, ip: 10.0.0.1/24" "b, ip: 10.0.0.2/24" >"$scratch/three.yaml"
cd "$scratch"

echo "ports that stay as they are lose no frame"
exits 0 vswctl apply one.yaml
pings_start a 10.0.0.2
exits 7 vswctl diff two.yaml
says "~ port c: mtu 1500 -> 4000"
says "+ port d: tap eth0 in namespace $test_id-d"
exits 0 vswctl apply --dry-run two.yaml
equal 1500 "$(ns c cat /sys/class/net/eth0/mtu)" "MTU after a dry run"
exits 0 vswctl apply two.yaml
equal 4000 "$(ns c cat /sys/class/net/eth0/mtu)" MTU
exits 0 vswctl diff two.yaml
exits 0 vswctl apply three.yaml # and what it does not speak of stays
says "nothing to change"
exits 7 vswctl diff --prune three.yaml
exits 0 vswctl apply --prune three.yaml
says "- port d: tap"
! ns d test -e /sys/class/net/eth0 || fail "d is left"
exits 0 vswctl apply --confirm 100ms two.yaml
wait_for 10 vswctl diff --prune three.yaml

echo "a lab is confirmed, or is not"
wait_for 10 vswctl apply --confirm 1h two.yaml # the last may not be undone yet
exits 1 vswctl apply one.yaml
exits 0 vswctl confirm --abort
exits 0 vswctl diff --prune three.yaml
exits 0 vswctl apply --confirm 1h two.yaml
exits 0 vswctl confirm
exits 0 vswctl diff two.yaml
exits 3 vswctl confirm
exits 3 vswctl confirm --abort

echo "programs are told the same"
# told FILTER: what jq makes of what was said
told() {
	jq -e "$1" "$scratch/out" >"$scratch/jq.log" ||
		fail "not so: $1, but: $(cat "$scratch/out")"
}
exits 7 vswctl --json diff --prune three.yaml
told '.schema == 1 and .changes == 2 and (.steps | length) == 2'
exits 0 vswctl --json apply --dry-run --prune three.yaml
told '.changes == 2'
exits 0 vswctl --json apply --prune --confirm 1h three.yaml
told '.changes == 2'
exits 0 vswctl --json confirm
told '.schema == 1'
exits 0 vswctl --json diff --prune three.yaml
told '.changes == 0'

echo "nor is anybody harmed by files that are too much"
head -c 10485760 /dev/zero | tr '\0' '[' >deep.yaml
awk 'BEGIN { print "a0: &a0 [x,x,x,x,x,x,x,x,x,x]"
	for (i = 1; i < 12; i++) { printf "a%d: &a%d [", i, i
		for (k = 0; k < 10; k++) printf "*a%d,", i - 1
		print "]" } }' >laughs.yaml
head -c 4000000 deep.yaml >deeper.yaml
# in_time WHAT: since $start, which is under a second, but for the sanitizers
in_time() {
	took=$(($(now_ms) - start))
	echo "  $1: $took ms"
	[ "$took" -lt 1000 ] || { sanitized && [ "$took" -lt 10000 ]; } ||
		fail "$1 took $took ms"
}
# refused_again N: this many times the file of --config was not taken
refused_again() {
	[ "$(grep -c 'nothing was changed' "$scratch/vswd.log")" -eq "$1" ]
}
n=0
for each in deep laughs deeper; do
	start=$(now_ms)
	exits 2 vswctl apply "$each.yaml"
	in_time "to refuse $each.yaml"
	says "$each.yaml:"
	cp "$each.yaml" config.yaml
	n=$((n + 1))
	start=$(now_ms)
	signal HUP "$switch_pid"
	wait_for 10 refused_again "$n"
	in_time "to refuse it on SIGHUP"
done
exits 0 vswctl diff --prune three.yaml
pings_end

echo "a mistake is told with its place, and nothing is changed"
lab "a, ip: 10.0.0.1/24" "b, mut: 9000" >wrong.yaml
exits 2 vswctl apply --prune wrong.yaml
says "wrong.yaml:4:"
says ": ports.b: unknown key 'mut', did you mean 'mtu'?"
exits 2 vswctl apply - <wrong.yaml
says "stdin:4:"
exits 1 vswctl apply nowhere.yaml
says "cannot open nowhere.yaml"
printf 'switch: {name: other}\n' >other.yaml
exits 5 "$VSWCTL" apply other.yaml
exits 2 vswctl apply other.yaml
says "other.yaml:1:16: the lab is for switch 'other', and this is '$switch'"
exits 0 vswctl diff --prune three.yaml

echo "a step that fails undoes the others"
ns b ip link add taken type veth peer name peer
lab "a, ip: 10.0.0.9/24" "c" "b, ifname: taken, persist: false" >fails.yaml
exits 1 vswctl apply fails.yaml
says "port b: namespace $test_id-b has an interface taken already"
exits 0 vswctl diff --prune three.yaml

echo "a disk that is full costs nothing"
vswctl save saved.yaml
mkdir tiny
cat >full.sh <<'END'
mount -t tmpfs -o size=8k none tiny
echo old >tiny/saved.yaml
head -c 8192 /dev/zero >tiny/filler 2>/dev/null
"$VSWCTL" save tiny/saved.yaml && exit 99
[ "$(cat tiny/saved.yaml)" = old ] && [ "$(ls tiny | wc -l)" -eq 2 ]
END
exits 0 unshare --mount sh full.sh
says "No space left on device"
echo "something else" >saved.yaml
vswctl save saved.yaml
exits 0 vswctl diff --prune saved.yaml

cd /
switch_stop
