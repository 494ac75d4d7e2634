# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# machine.sh - what the figures were measured with, and on

build=${VSW_BUILD:-$PWD/build/release}
bin=${VSW_BENCH:-$build/bench}
VSWD=${VSWD:-$build/switch/vswd}
VSWCTL=${VSWCTL:-$build/ctl/vswctl}

# Package and one of its programs.
peers="openvswitch-switch:ovs-vswitchd vde2:vde_switch iperf3:iperf3
	gnuplot-nox:gnuplot jq:jq ethtool:ethtool iputils-ping:ping
	tcpdump:tcpdump procps:sysctl util-linux:chrt"

lacking() {
	local peer
	for peer in $peers; do
		command -v "${peer#*:}" >/dev/null || echo "${peer%:*}"
	done
}

# install PACKAGE...: without starting any service that comes with them
install() {
	local policy=/usr/sbin/policy-rc.d
	say "installing: $*"
	if [ ! -e "$policy" ]; then
		policy_made=$policy
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >&2
	# shellcheck disable=SC2086
	apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
		say "some peers could not be installed"
	[ -z "$policy_made" ] || rm -f "$policy_made"
	policy_made=
}

need_tools() {
	local tool packages
	if [ "$mode" = once ]; then # a test: takes what it finds
		[ "$(id -u)" -eq 0 ] || skip "needs root"
		for tool in iperf3 jq ping sysctl ip chrt; do
			command -v "$tool" >/dev/null ||
				skip "$tool is not installed"
		done
	else
		[ "$(id -u)" -eq 0 ] || die "needs root"
		packages=$(lacking)
		# shellcheck disable=SC2086 # one word a package
		[ -z "$packages" ] || install $packages
	fi
	for tool in "$VSWD" "$VSWCTL" "$bin/bench_generate"; do
		[ -x "$tool" ] || die "$tool is missing: ./dev build"
	done
}

# cached NAME: a variable of the build, as CMake has it
cached() {
	sed -n "s/^$1:[^=]*=//p" "$build/CMakeCache.txt" 2>/dev/null
}

# version COMMAND...: the first number with a dot that it prints
version() {
	"$@" 2>&1 </dev/null | grep -Eo '[0-9]+(\.[0-9]+)+' | head -n 1
}

machine_describe() {
	local dirty=false
	[ -z "$(git status --porcelain 2>/dev/null)" ] || dirty=true
	jq -n --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
		--arg commit "$(git rev-parse HEAD 2>/dev/null)" \
		--argjson dirty "$dirty" \
		--arg kernel "$(uname -sr)" \
		--arg distribution "$(. /etc/os-release && echo "$PRETTY_NAME")" \
		--arg cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo |
			head -n 1)" \
		--argjson cores "$(nproc)" \
		--arg compiler "$("$(cached CMAKE_C_COMPILER)" --version \
			2>/dev/null | head -n 1)" \
		--arg flags "$(cached CMAKE_C_FLAGS)" \
		--arg load "$(cut -d ' ' -f 1-3 /proc/loadavg)" \
		--arg vsw "$(version "$VSWD" --version)" \
		--arg ovs "$(version ovs-vswitchd --version)" \
		--arg vde "$(version vde_switch --version)" \
		--arg iperf3 "$(version iperf3 --version)" \
		'{$date, $commit, $dirty, $kernel, $distribution, $cpu, $cores,
		  $compiler, $flags, load_before: $load,
		  versions: {$vsw, $ovs, $vde, $iperf3}}'
}

# check_once: whether the smoke run has measured what it should
check_once() {
	local n
	n=$(jq '[.metrics[].results[].n] | add // 0' "$scratch/results.json")
	say "$n figures in $SECONDS s"
	"$bench/report" "$scratch/results.json" >"$scratch/report.md" ||
		die "the report failed"
	if [ -s "$troubles" ]; then
		cat "$troubles" >&2
		die "there was trouble"
	fi
	[ "$n" -gt 0 ] || die "nothing was measured"
}
