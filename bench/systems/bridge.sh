# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The kernel's bridge, as `ip link add type bridge` makes it.

system_title="kernel bridge"

system_up() {
	space_add sw && ip -n "$id-sw" link add br0 type bridge &&
		ip -n "$id-sw" link set br0 up
}

# system_attach SPACE: the port bears its name
system_attach() {
	ip link add name "$1" netns "$id-sw" type veth \
		peer name eth0 netns "$id-$1" &&
		ip -n "$id-sw" link set dev "$1" master br0 up
}

system_down() {
	space_del sw
}
