#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_service.sh - the switch as its systemd unit runs it
#
# As another user, with the unit's capabilities and no others, and a service
# manager that listens; then once more, watched by strace, which shows that
# what the unit forbids is not what the switch needs.
#
# usage: test_service.sh BUILD_DIR

# A machine's /run/netns has no place for our user: have another one.
if [ -z "${TEST_SERVICE_INSIDE:-}" ] && [ "$(id -u)" -eq 0 ]; then
	export TEST_SERVICE_INSIDE=1
	mkdir -p /run/netns
	exec unshare --mount --propagation private "$0" "$@"
fi
here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need cmake systemd-analyze systemd-tmpfiles setpriv strace socat ping mknod
need_switch
DESTDIR=$scratch/root cmake --install "$1" --prefix /usr \
	>"$scratch/install.log" || fail "cmake --install"
units=$scratch/root/usr/lib/systemd/system
unit=$units/vswd@.service
user=64123

# setting NAME: all values that the unit gives it
setting() {
	sed -n "s/^$1=//p" "$unit"
}

echo "systemd understands the units"
mkdir "$scratch/units"
for name in vswd.service vswd@.service; do
	sed "s|^ExecStart=[^ ]*|ExecStart=$VSWD|" "$units/$name" \
		>"$scratch/units/$name"
done
systemd-analyze verify --man=no "$scratch/units/vswd.service" \
	"$scratch/units/vswd@.service" >"$scratch/verify.log" 2>&1 ||
	fail "systemd-analyze verify"
equal "" "$(cat "$scratch/verify.log")" "systemd-analyze verify says"
systemd-analyze security --offline=yes --threshold=45 --no-pager \
	"$scratch/units/vswd@.service" >"$scratch/security" ||
	fail "the service is more exposed than it was"

echo "the service has no mount namespace of its own"
for option in Protect ReadWritePaths ReadOnlyPaths InaccessiblePaths \
	ExecPaths NoExecPaths BindPaths BindReadOnlyPaths TemporaryFileSystem \
	PrivateTmp PrivateDevices PrivateMounts PrivateIPC ProcSubset \
	RootDirectory RootImage MountFlags MountAPIVFS MountImages \
	ExtensionImages ExtensionDirectories DynamicUser LogNamespace; do
	! grep "^${option}[A-Za-z]*=" "$unit" |
		grep -vE '^Protect(Clock|Hostname)=' >&2 ||
		fail "$option: namespaces of the switch would be invisible"
done

# Where the service would run
mount -t tmpfs -o mode=755 tmpfs /run/netns
mount -t tmpfs -o mode=755,dev tmpfs /dev/net
mknod -m 666 /dev/net/tun c 10 200
sed "s/:vsw:/:$user:/" "$here/../../package/tmpfiles.conf" \
	>"$scratch/tmpfiles.conf"
for round in 1 2; do # each start does it, whatever happened meanwhile
	systemd-tmpfiles --create "$scratch/tmpfiles.conf" \
		>"$scratch/acl.log" 2>&1 ||
		skip "systemd-tmpfiles: $(cat "$scratch/acl.log")"
	[ "$round" = 2 ] || chmod 755 /run/netns
done
chown "$user:$user" "$scratch"
chmod 711 "$scratch"
cp "$VSWD" "$scratch/vswd"
caps=$(setting AmbientCapabilities | tr ' ' '\n' |
	sed 's/^CAP_\(.*\)/,+\1/' | tr -d '\n' | tr '[:upper:]' '[:lower:]')
equal "$(setting AmbientCapabilities)" "$(setting CapabilityBoundingSet)" \
	"capabilities"

# service_spawn WRAPPER...: as the unit would start it, with $options
options=""
service_spawn() {
	[ -e "/run/netns/$test_id-host" ] || ns_add host
	# shellcheck disable=SC2086 # one word per option
	(exec nsenter --net="/run/netns/$test_id-host" "$@" setpriv \
		--reuid "$user" --regid "$user" --clear-groups --no-new-privs \
		--inh-caps="-all$caps" --bounding-set="-all$caps" \
		--ambient-caps="${caps#,}" "$scratch/vswd" \
		--name "$switch" $options) >>"$scratch/vswd.log" 2>&1 &
	switch_pid=$!
}

# service_start WRAPPER...: the same, for a service manager that listens
service_start() {
	rm -f "$scratch/notify" "$scratch/told"
	spawn manager socat -u "UNIX-RECV:$scratch/notify" \
		"OPEN:$scratch/told,creat,append"
	manager=$!
	wait_for 5 test -S "$scratch/notify"
	chown "$user" "$scratch/notify"
	export NOTIFY_SOCKET="$scratch/notify" WATCHDOG_USEC=400000
	service_spawn "$@"
	unset NOTIFY_SOCKET WATCHDOG_USEC
	wait_for 20 grep -q READY=1 "$scratch/told"
}

service_stop() {
	switch_stop
	wait_for 5 grep -q STOPPING=1 "$scratch/told"
	stop "$manager"
}

# answers FROM ADDRESS
answers() {
	ns "$1" ping -q -c 1 -W 5 "$2" >"$scratch/ping.log" ||
		fail "$2 does not answer"
}

# labs NAME: applied, with a namespace of the switch's making and a port that
# comes back, and taken away again
labs() {
	ns_add "$1-back"
	namespaces="$namespaces $test_id-$1-made"
	cat >"$scratch/lab.yaml" <<END
namespaces: [$test_id-$1-made]
ports:
  made: {attach: "netns:$test_id-$1-made", ip: 10.0.1.1/24}
  back: {attach: "netns:$test_id-$1-back", type: tap, ip: 10.0.1.2/24}
stations: [{mac: "02:00:00:00:00:aa", port: made}]
END
	vswctl apply "$scratch/lab.yaml" >"$scratch/apply.log"
	answers "$1-made" 10.0.1.2
	ns_del "$1-back"
	wait_for 10 state_is back waiting
	ns_add "$1-back"
	wait_for 10 state_is back up
	answers "$1-made" 10.0.1.2
	ip -n "$test_id-$1-back" link del eth0
	wait_for 10 ns "$1-back" test -e /sys/class/net/eth0
	wait_for 10 state_is back up
	echo "ports: {}" >"$scratch/lab.yaml"
	vswctl apply --prune "$scratch/lab.yaml" >"$scratch/apply.log"
	equal 0 "$(vswctl --json show-switch | "$JSON_AT" ports.count)" "ports"
	[ ! -e "/run/netns/$test_id-$1-made" ] || fail "what was made is left"
	ns_del "$1-back"
}

# config NAME: the lab of --config, with a namespace of its own
config() {
	namespaces="$namespaces $test_id-$1"
	printf 'namespaces: [%s]\nports: {of-file: {attach: "netns:%s"}}\n' \
		"$test_id-$1" "$test_id-$1" >"$scratch/config.yaml"
}

in_config() {
	[ "$(port of-file .target)" = "$test_id-$1" ]
}

# config_again NAME: another lab, read again
config_again() {
	config "$1"
	signal HUP "$switch_pid"
	wait_for 10 in_config "$1"
	wait_for 10 ns "$1" test -e /sys/class/net/eth0
}

# everything: all that a switch does for its users
everything() {
	ns_add "$1" "$1-tap" "$1-pid"
	attach "$1" --ip 10.0.0.1/24 --gateway 10.0.0.4
	attach "$1-tap" --type tap --ip 10.0.0.2/24
	vswctl attach "/run/netns/$test_id-$1-pid" --port path >/dev/null
	vswctl detach path >/dev/null
	ns_spawn "$1-pid" sleep sleep 1000
	sleeper=$!
	wait_for 5 grep -q '^sleep' "/proc/$sleeper/comm"
	vswctl attach "pid:$sleeper" --port "$1-pid" --ip 10.0.0.3/24 >/dev/null
	vswctl attach host --ip 10.0.0.4/24 >/dev/null
	for n in 2 3 4; do
		answers "$1" "10.0.0.$n"
	done

	ip -n "$room" link show dev "$1" >"$scratch/room.log" ||
		fail "the back room is not to be seen"
	pings_start "$1" 10.0.0.2
	vswctl --timeout 20s capture -c 3 -f icmp -w "$scratch/c.pcapng" \
		>"$scratch/capture.log" 2>&1 ||
		fail "capture: $(cat "$scratch/capture.log")"
	pings_end
	vswctl add-fdb 02:00:00:00:00:01 "$1" >/dev/null
	vswctl flush-fdb >/dev/null
	vswctl --json show-fdb >"$scratch/fdb.log"
	vswctl --json show-switch >"$scratch/switch.log"
	ns_del "$1-tap"
	wait_for 5 state_is "$1-tap" gone
	detach "$1"
	attach "$1" --persist
	labs "$1"
}

echo "it runs without root, with the capabilities of the unit alone"
config conf
options="--config $scratch/config.yaml"
service_start
in_config conf || fail "the lab of the file is not there"
config_again conf2
equal "$user $user $user $user" "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' \
	"/proc/$switch_pid/status")" "users"
equal 1 "$(awk '/^Cap(Eff|Prm|Bnd|Amb):/ { print $2 }' \
	"/proc/$switch_pid/status" | sort -u | wc -l)" "sets of capabilities"
everything web
wait_for 10 grep -q "WATCHDOG=1" "$scratch/told"
service_stop

# started_or_ended
started_or_ended() {
	ended "$switch_pid" || vswctl show-switch
}

echo "it has no privilege in vain: it names each that it lacks"
ns_add poor
all=$caps
options=""
for cap in $(setting AmbientCapabilities); do
	name=$(echo "${cap#CAP_}" | tr '[:upper:]' '[:lower:]')
	caps=$(echo "$all" | sed "s/,+$name\>//")
	: >"$scratch/vswd.log"
	service_spawn
	wait_for 20 started_or_ended
	{
		vswctl attach "$test_id-poor" --port poor || true
		vswctl attach "pid:$$" --port pid || true
	} >"$scratch/poor.log" 2>&1
	[ ! -e "$scratch/$switch.sock" ] || vswctl show-switch >/dev/null
	cat "$scratch/vswd.log" >>"$scratch/poor.log"
	grep -q "$cap" "$scratch/poor.log" ||
		fail "no word of $cap: $(cat "$scratch/poor.log")"
	signal TERM "$switch_pid"
	wait_for 10 ended "$switch_pid"
	wait "$switch_pid" || true
	switch_pid=""
done
caps=$all

# allowed: the system calls that the unit's filter lets pass
allowed() {
	setting SystemCallFilter | awk '
	function expand(name, sign,    command, word, words, n, i, line) {
		if (name !~ /^@/) { allowed[name] = sign; return }
		command = "systemd-analyze syscall-filter --no-pager " name
		while ((command | getline line) > 0)
			if (line ~ /^ +[@a-z]/) {
				gsub(/ /, "", line)
				words[++n] = line
			}
		close(command)
		for (i = 1; i <= n; i++)
			expand(words[i], sign)
	}
	BEGIN { expand("@default", 1) }
	{
		sign = sub(/^~/, "") ? 0 : 1
		for (f = 1; f <= NF; f++)
			expand($f, sign)
	}
	END { for (name in allowed) if (allowed[name]) print name }' | sort
}

echo "it does nothing that the unit forbids"
ASAN_OPTIONS=detect_leaks=0 # the leak checker is a debugger, like strace
export ASAN_OPTIONS
config conf3
options="--config $scratch/config.yaml"
service_start strace -D -f -qq -o "$scratch/trace"
config_again conf4
everything lan
service_stop
# From where the daemon begins: what setpriv does before, systemd does.
sed -n '/execve("[^"]*\/vswd"/,$p' "$scratch/trace" |
	sed 's/^[0-9]* *//' >"$scratch/calls"
sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$scratch/calls" | sort -u \
	>"$scratch/used"
allowed >"$scratch/allowed"
[ "$(wc -l <"$scratch/used")" -gt 40 ] || fail "strace saw little"
equal "" "$(comm -23 "$scratch/used" "$scratch/allowed")" \
	"system calls that are forbidden"

# none_but WHAT PATTERN ALLOWED...: of what PATTERN finds in the calls
none_but() {
	what=$1
	grep -oE "$2" "$scratch/calls" | sed 's/.*(//' | sort -u \
		>"$scratch/found"
	shift 2
	printf '%s\n' "$@" | sort -u >"$scratch/expected"
	[ -s "$scratch/found" ] || fail "no $what was seen"
	equal "" "$(comm -23 "$scratch/found" "$scratch/expected")" \
		"forbidden $what"
}
# shellcheck disable=SC2046 # one word each
none_but "address family" '^socket(pair)?\(AF_[A-Z]+' \
	$(setting RestrictAddressFamilies)
none_but "kind of namespace" '\bCLONE_NEW[A-Z]+' CLONE_NEWNET
# The unit allows these without saying so, besides /dev/net/tun.
none_but device '"/dev/[a-z/]*"' '"/dev/net/tun"' '"/dev/null"' \
	'"/dev/urandom"' '"/dev/random"'
