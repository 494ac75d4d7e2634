# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# ovs.sh - Open vSwitch's userspace datapath, from a database of our own
#
# ovsdb-server and ovs-vswitchd are children of the run, in a namespace of its
# own, with their sockets, database and logs in its scratch folder. No system
# service is asked or started.

# ovs_vsctl ARGUMENT...
ovs_vsctl() {
	ovs-vsctl --timeout=10 --db="unix:$ovs_dir/db.sock" "$@"
}

# ovs_start SETTING...: of the Open_vSwitch table
ovs_start() {
	ovs_dir="$scratch/ovs"
	mkdir -p "$ovs_dir"
	export OVS_RUNDIR="$ovs_dir" OVS_LOGDIR="$ovs_dir" OVS_DBDIR="$ovs_dir"
	rm -f "$ovs_dir"/*
	space_add sw || return 1
	ovsdb-tool create "$ovs_dir/conf.db" \
		/usr/share/openvswitch/vswitch.ovsschema || return 1
	spawn_in sw ovsdb ovsdb-server "$ovs_dir/conf.db" \
		--remote="punix:$ovs_dir/db.sock" \
		--unixctl="$ovs_dir/ovsdb.ctl" --pidfile="$ovs_dir/ovsdb.pid"
	ovs_db=$spawned
	wait_for 10 test -S "$ovs_dir/db.sock" || return 1
	ovs_vsctl --no-wait init || return 1
	if [ $# -gt 0 ]; then
		ovs_vsctl --no-wait set Open_vSwitch . "$@" || return 1
	fi
	spawn_in sw vswitchd ovs-vswitchd "unix:$ovs_dir/db.sock" \
		--unixctl="$ovs_dir/vswitchd.ctl" \
		--pidfile="$ovs_dir/vswitchd.pid"
	ovs_switch=$spawned
	ovs_vsctl add-br br0 -- set bridge br0 datapath_type=netdev
}

# ovs_attach SPACE SETTING...: of its interface
ovs_attach() {
	local name=$1
	shift
	ip link add name "$name" netns "$id-sw" type veth \
		peer name eth0 netns "$id-$name" &&
		ip -n "$id-sw" link set dev "$name" up || return 1
	if [ $# -gt 0 ]; then
		ovs_vsctl add-port br0 "$name" -- set interface "$name" "$@"
	else
		ovs_vsctl add-port br0 "$name"
	fi || return 1
	ovs_is_well "$name"
}

# ovs_is_well NAME: what add-port takes for success need not be any
ovs_is_well() {
	local error
	error=$(ovs_vsctl get interface "$1" error)
	[ "$error" = "[]" ] && return
	echo "$error" >&2
	return 1
}

ovs_no_tx_offload() {
	in_space "$1" ethtool -K eth0 tx off >/dev/null
}

ovs_stop() {
	[ -z "${ovs_switch:-}" ] || stop "$ovs_switch"
	[ -z "${ovs_db:-}" ] || stop "$ovs_db"
	ovs_switch='' ovs_db=''
	space_del sw
}
