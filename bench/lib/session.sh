# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# session.sh - namespaces and processes of a benchmark run, and their end
#
# All that a run makes bears its name ($id) or is a child of it, and is gone
# when it ends, however it ends. Functions here return 1 on failure and leave
# the reason in $scratch/system.log.

id="bn$$"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/vsw-bench.XXXXXX")
log="$scratch/system.log"
: >"$log"
pids=()      # processes to stop
spaces=()    # namespaces to delete
system_is_up=
policy_made= # see install

die() {
	echo "bench: $*" >&2
	exit 1
}

skip() {
	echo "skipped: $*" >&2
	exit 77
}

say() {
	printf '%s\n' "$*" >&2
}

# wait_for SECONDS COMMAND...: until it succeeds, but no longer
wait_for() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -gt "$deadline" ]; then
			echo "timed out: $*" >>"$log"
			return 1
		fi
		sleep 0.02
	done
}

# space_add NAME...: namespaces that don't greet, and take addresses at once
space_add() {
	local name
	for name; do
		ip netns add "$id-$name" 2>>"$log" || return 1
		spaces+=("$id-$name")
		ip netns exec "$id-$name" sysctl -qw \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.router_solicitations=0 \
			2>>"$log" || true
		ip -n "$id-$name" link set lo up 2>>"$log" || return 1
	done
}

# space_del NAME: with the interfaces in it, and whoever still runs there
space_del() {
	local name="$id-$1" pid kept=() space
	for pid in $(ip netns pids "$name" 2>/dev/null); do
		kill -KILL "$pid" 2>/dev/null
	done
	# Deleting a namespace takes its interfaces away some time later.
	ip -n "$name" link del eth0 2>/dev/null
	ip netns del "$name" 2>/dev/null
	for space in "${spaces[@]}"; do
		[ "$space" = "$name" ] || kept+=("$space")
	done
	spaces=("${kept[@]}")
}

# many_up COUNT: namespaces $id-s1 to $id-sCOUNT
many_up() {
	many_count=$1
	"$bin/bench_space" add "$id-s" 1 "$1" 2>>"$log"
}

many_down() {
	local count=$many_count
	many_count=
	"$bin/bench_space" del "$id-s" 1 "$count"
}

# in_space NAME COMMAND...
in_space() {
	local name=$1
	shift
	ip netns exec "$id-$name" "$@"
}

# spawn LOG COMMAND...: in the background; $spawned is its own PID
spawn() {
	local name=$1
	shift
	(exec "$@") >"$scratch/$name.log" 2>&1 </dev/null &
	spawned=$!
	pids+=("$spawned")
}

# spawn_in NAME LOG COMMAND...: the same in a namespace
spawn_in() {
	local name=$1 log_name=$2
	shift 2
	spawn "$log_name" ip netns exec "$id-$name" "$@"
}

# stop PID: asks for ten seconds, or $patience, then insists
stop() {
	local pid=$1 kept=() other tries=0
	kill "$pid" 2>/dev/null
	while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt $((${patience:-10} * 50)) ]; do
		sleep 0.02
		tries=$((tries + 1))
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	for other in "${pids[@]}"; do
		[ "$other" = "$pid" ] || kept+=("$other")
	done
	pids=("${kept[@]}")
}

# mac SPACE [IFNAME]
mac() {
	in_space "$1" cat "/sys/class/net/${2:-eth0}/address"
}

# address SPACE NUMBER: what a user would give it, both families
address() {
	ip -n "$id-$1" link set eth0 up 2>>"$log" &&
		ip -n "$id-$1" addr add "10.0.0.$2/24" dev eth0 2>>"$log" &&
		ip -n "$id-$1" addr add "fd00::$2/64" dev eth0 nodad \
			2>>"$log"
}

# load_system NAME: its functions replace those of the one before
load_system() {
	system_title=$1 system_note='' system_is_vsw=''
	# shellcheck source=/dev/null
	. "$bench/systems/$1.sh"
}

# pair_up SYSTEM: two namespaces, a (10.0.0.1) and b (10.0.0.2), joined by it
pair_up() {
	: >"$log"
	load_system "$1"
	space_add a b || return 1
	system_is_up=1
	system_up 2>>"$log" && system_attach a 2>>"$log" &&
		system_attach b 2>>"$log" || return 1
	address a 1 && address b 2 || return 1
	wait_for 10 in_space a ping -q -c 1 -W 1 10.0.0.2 || return 1
	mac_a=$(mac a) mac_b=$(mac b)
}

pair_down() {
	space_del a
	space_del b
	[ -z "$system_is_up" ] || system_down 2>>"$log"
	system_is_up=
}

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	local status=$? pid space
	trap - EXIT INT TERM HUP
	set +e
	[ -z "$system_is_up" ] || system_down >/dev/null 2>&1
	for pid in "${pids[@]}"; do
		stop "$pid"
	done
	for space in "${spaces[@]}"; do
		space_del "${space#"$id-"}"
	done
	[ -z "${many_count:-}" ] || many_down
	[ -z "$policy_made" ] || rm -f "$policy_made"
	rm -rf "$scratch"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
