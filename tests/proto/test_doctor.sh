#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_doctor.sh - what vswctl doctor makes of what switches say
#
# What it says of the machine is not ours to know, so only the findings about
# switches are compared, and that nothing else becomes worse by them.

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"
command -v jq >/dev/null || {
	echo "skipped: jq is not installed" >&2
	exit 77
}

# problems of the machine itself, which doctor tells without any switch
vswctl --json doctor
machine=$(jq .problems "$scratch/out")

# switch_with PORTS STATIONS: a switch that has these rows
switch_with() {
	rm -f "$VSW_RUNDIR/lab0.sock"
	mock lab0 <<EOF
accept
$(echo "$hello" | sed "s/\"0.1.0\"/\"${version:-$own}\"/")
expect "method":"port.list"
$(answer 1 "{\"schema\":1,\"switch\":\"lab0\",\"count\":2,\"up\":2,\"ports\":[$1],\"next\":null}")
expect "method":"fdb.show"
$(answer 2 "{\"schema\":1,\"switch\":\"lab0\",\"stations\":[${2:-}],\"next\":null}")
hang
EOF
}
own=$("$VSWCTL" --version | cut -d ' ' -f 2)

# port NAME TARGET STATE MTU MAC: a row
port() {
	printf '{"port":"%s","target":"%s","ifname":"eth0","state":"%s","mtu":%s,"mac":"%s"}' "$@"
}

# station MAC MOVES: a row
station() {
	printf '{"vlan":0,"mac":"%s","port":"web","moves":%s}' "$@"
}

# finds CHECK LEVEL MESSAGE [FIX]: among other things
finds() {
	# shellcheck disable=SC2016 # these are jq's
	jq -e --arg check "$1" --arg level "$2" --arg message "$3" \
		--arg fix "${4:-}" '.findings | any(.check == $check and
		.level == $level and .message == $message and
		(.fix // "") == $fix)' "$scratch/out" >"$scratch/found" ||
		fail "no $2 of $1: $3 ($4)"
}

# count CHECK LEVEL: how many such findings
count() {
	jq --arg check "$1" --arg level "$2" '[.findings[] |
		select(.check == $check and .level == $level)] | length' \
		"$scratch/out"
}

# problems N: so many that are not the machine's, and the exit code to go with
problems() {
	[ "$(jq .problems "$scratch/out")" -eq $((machine + $1)) ] ||
		fail "not $1 problems"
	if [ $((machine + $1)) -eq 0 ]; then exits 0; else exits 1; fi
	silent err
}

a=02:00:00:00:00:0a
b=02:00:00:00:00:0b
c=02:00:00:00:00:0c

a doctor finds nothing wrong with a switch that is well
switch_with "$(port web web up 1500 $a),$(port db db up 1500 $b)" \
	"$(station $a 1)"
vswctl --json --name lab0 doctor
problems 0
finds switches ok "lab0 runs, as process 1, with 2 ports"
finds ports ok "lab0: every port is up"
finds mtu ok "lab0: all ports have the same MTU"
finds mac ok "lab0: every interface has an address of its own"
finds stations ok "lab0: stations stay where they are"
finds left-overs ok "nothing is left of switches that were killed"
[ "$(jq '.schema' "$scratch/out")" = 1 ] || fail "which schema is this?"
[ "$(jq '.ok + .warnings + .problems == (.findings | length)' \
	"$scratch/out")" = true ] || fail "the numbers do not add up"
played lab0

a doctor finds nothing wrong with no switch
vswctl --json doctor
problems 0
finds switches ok "no switch is running"
vswctl doctor
prints "no switch is running"
grep -qE '^[0-9]+ ok, [0-9]+ warnings?, [0-9]+ problems?$' "$scratch/out" ||
	fail "there is no sum"

a port that is not up is a warning, with what helps
switch_with "$(port web web down 1500 $a),$(port db db gone 1500 $b)"
vswctl --json doctor
problems 0
finds ports warning "lab0: port web is down" "ip -n web link set eth0 up"
finds ports warning "lab0: port db is gone" "vswctl --name lab0 detach db"

a port that waits is told how its namespace is made
switch_with "$(port web vsw-no-such-ns waiting 9000 $a),$(port db host waiting 1500 $a)"
vswctl --json doctor
problems 0
finds ports warning "lab0: port web is waiting" "ip netns add vsw-no-such-ns"
finds ports warning "lab0: port db is waiting" "vswctl --name lab0 show-port db"

a port without an interface has nothing that could be set
finds mtu ok "lab0: all ports have the same MTU"
finds mac ok "lab0: every interface has an address of its own"

a port that failed says why
switch_with "$(port web web failed 1500 $a | sed 's/}$/,"why":"it is taken"}/')"
vswctl --json doctor
finds ports warning "lab0: port web is failed: it is taken" \
	"vswctl --name lab0 show-port web"

a MTU unlike the others is a warning
switch_with "$(port web web up 1500 $a),$(port big host up 9000 $b),$(port db db up 1500 $c)"
vswctl --json doctor
problems 0
finds mtu warning "lab0: port big has an MTU of 9000, others 1500, so longer frames from it are dropped" \
	"ip link set eth0 mtu 1500"
switch_with "$(port web web up 1500 $a),$(port small pid:7 up 1280 $b),$(port db db up 1500 $c)"
vswctl --json doctor
finds mtu warning "lab0: port small has an MTU of 1280, others 1500, so longer frames to it are dropped" \
	"nsenter --net=/proc/7/ns/net ip link set eth0 mtu 1500"

a MAC address that two have is a problem
switch_with "$(port web web up 1500 $a),$(port db /run/my\ ns up 1500 $a)"
vswctl --json doctor
problems 1
[ "$(count mac problem)" -eq 1 ] || fail "not one problem with addresses"
jq -r '.findings[] | select(.check == "mac") | .fix' "$scratch/out" |
	grep -qE "^nsenter --net='/run/my ns' ip link set eth0 address 02(:[0-9a-f]{2}){5}$" ||
	fail "the fix is another"
vswctl doctor

a station that moves all the time is a warning
switch_with "$(port web web up 1500 $a)" "$(station $a 9),$(station $b 1234)"
vswctl --json doctor
problems 0
finds stations warning "lab0: station $b has moved 1,234 times, now to port web: there is a loop, or somebody else has its address" \
	"vswctl --name lab0 show-fdb mac=$b"
[ "$(count stations warning)" -eq 1 ] || fail "more than one station"

a thousand of the same are told in a few lines
switch_with "$(for n in $(seq 1000); do
	port "p$n" "ns$n" down 1500 "02:00:00:00:$(printf '%02x:%02x' $((n / 256)) $((n % 256)))"
	[ "$n" -eq 1000 ] || printf ,
done)"
vswctl --json doctor
problems 0
[ "$(count ports warning)" -eq 6 ] || fail "not five, and how many more"
finds ports warning "lab0: the same of 995 more" "vswctl --name lab0 show-ports"

a switch of another version is a warning
version=0.0.7 switch_with ""
vswctl --json doctor
finds switches warning "lab0 runs vswd 0.0.7, while this is vswctl $own" \
	"kill 1; vswd --name lab0"

a silent switch is a problem
mock lab0 <<EOF
accept
hang
EOF
vswctl --json --timeout 200ms doctor
problems 1
finds switches problem "lab0: the switch does not answer" \
	"kill -ABRT \$(cat $VSW_RUNDIR/lab0.lock); vswd --name lab0"

a stranger on the socket is a problem
mock lab0 <<EOF
accept
send SSH-2.0-OpenSSH_9.2
hang
EOF
vswctl --json doctor
problems 1

a row of any shape is survived
mock lab0 <<EOF
accept
$hello
expect port.list
$(answer 1 '{"ports":[1,null,{},{"mtu":-1},{"mtu":70000,"mac":7},{"target":{}}],"count":[]}')
expect fdb.show
$(answer 2 '{"stations":[1,null,{},{"moves":"x"},{"moves":99}]}')
hang
EOF
vswctl --json doctor
jq . "$scratch/out" >"$scratch/found" || fail "this is no JSON"

a hostile name does not become a command
# shellcheck disable=SC2016 # nobody shall expand it
switch_with "$(port 'x;id' "a'b;reboot" down 1500 $a),$(port '$(id)' '$(id)' gone 1500 $b)"
vswctl --json doctor
finds ports warning "lab0: port x;id is down" \
	"ip -n 'a'\\''b;reboot' link set eth0 up"
finds ports warning "lab0: port \$(id) is gone" \
	"vswctl --name lab0 detach '\$(id)'"
switch_with "$(port "$(printf 'x%.0s' $(seq 400))" \
	"$(printf "'%.0s" $(seq 400))" down 1500 $a)"
vswctl --json doctor
[ "$(count ports warning)" -eq 1 ] || fail "a long name is lost"

a killed switch is noticed by its socket and its lock
mock old <<EOF
accept
EOF
kill -KILL "$mock_pid"
wait_for 5 dead "$mock_pid"
echo 4711 >"$VSW_RUNDIR/old.lock"
vswctl --json doctor
problems 0
finds left-overs warning \
	"the switch old was killed, and its files are still there" \
	"rm -f $VSW_RUNDIR/old.sock $VSW_RUNDIR/old.lock"
vswctl --json --name lab7 doctor
finds left-overs ok "nothing is left of switches that were killed"
flock "$VSW_RUNDIR/old.lock" "$VSWCTL" --json --name old doctor \
	>"$scratch/out" || true
finds left-overs ok "nothing is left of switches that were killed"

a switch that does not run leaves a log, and namespaces it has made
rm -f "$VSW_RUNDIR/old.sock" "$VSW_RUNDIR/old.lock"
echo "vswd: main: stopping" >"$VSW_RUNDIR/old.log"
echo "1 vsw-no-such-ns" >"$VSW_RUNDIR/old.made"
vswctl --json doctor
problems 0
finds left-overs warning \
	"the switch old does not run, and its files are still there" \
	"rm -f $VSW_RUNDIR/old.log"
finds left-overs warning \
	"the switch old does not run, and its list of namespaces is still there" \
	"rm -f $VSW_RUNDIR/old.made"
rm "$VSW_RUNDIR/old.log"

a switch that has left many is rather started once more
# Whatever is there passes for a namespace; not every machine has six.
if [ -d /run/netns ]; then
	made=$(stat -c %.3Z /etc/passwd)
	id=$((((${made%.*}${made#*.}) & 0x7fffffff) << 32 |
		$(stat -c %i /etc/passwd)))
	yes "$id ../../etc/passwd" | head -n 6 >"$VSW_RUNDIR/old.made"
	vswctl --json doctor
	finds left-overs warning \
		"the switch old does not run, and 6 namespaces it has made are still there" \
		"vswd --name old & vswctl down old"
fi
rm -f "$VSW_RUNDIR/old.made"

a named switch that does not run is a problem
vswctl --json --name lab7 doctor
problems 1
finds switches problem "no switch named lab7 is running" "vswd --name lab7"

a folder that others may write to is a problem
chmod 777 "$VSW_RUNDIR"
vswctl --json doctor
problems 1
finds folders problem \
	"others may write to $VSW_RUNDIR, and put a false switch there" \
	"chmod 755 $VSW_RUNDIR"

a machine with few descriptors is a warning, and a problem where ports use them up
prlimit --nofile=256 "$VSWCTL" --json doctor >"$scratch/out" || true
finds descriptors warning \
	"a vswd started from here has 256 descriptors, and each port takes one, a TAP two" \
	"prlimit --pid \$\$ --nofile=40000"
sleep 100 &
sleeper=$!
mocks=$sleeper
prlimit --pid "$sleeper" --nofile=256
mock lab0 <<END
accept
$(echo "$hello" | sed "s/\"0.1.0\"/\"$own\"/; s/\"pid\":1\b/\"pid\":$sleeper/")
expect "method":"port.list"
$(answer 1 "{\"schema\":1,\"switch\":\"lab0\",\"count\":200,\"up\":0,\"ports\":[],\"next\":null}")
expect "method":"fdb.show"
$(answer 2 "{\"schema\":1,\"switch\":\"lab0\",\"stations\":[],\"next\":null}")
hang
END
vswctl --json doctor
finds descriptors problem "lab0 has 200 ports and only 256 descriptors" \
	"prlimit --pid $sleeper --nofile=40000"

if [ "$(id -u)" -eq 0 ]; then
	a capability that root lacks is a problem
	for cap in SYS_ADMIN NET_ADMIN NET_RAW NET_BROADCAST; do
		name=$(echo $cap | tr '[:upper:]' '[:lower:]')
		setpriv --bounding-set="-$name" "$VSWCTL" --json doctor \
			>"$scratch/out" 2>"$scratch/err" || true
		finds privileges problem \
			"root has no CAP_$cap here, which vswd needs; a container has to be given it" \
			"docker run --cap-add $cap ..."
	done

	a machine without room for inotify is a problem
	# In a user namespace of its own, which has limits of its own.
	# shellcheck disable=SC2016 # the inner shell expands
	unshare --user --map-root-user sh -euc '
		echo 0 >/proc/sys/user/max_inotify_instances
		exec "$0" --json doctor' "$VSWCTL" \
		>"$scratch/out" 2>"$scratch/err" || true
	finds inotify problem \
		"this user has used up its inotify instances, so nobody is told of new namespaces" \
		"sysctl -w fs.inotify.max_user_instances=1024"
fi

a word too many is refused
vswctl doctor now
exits 2
