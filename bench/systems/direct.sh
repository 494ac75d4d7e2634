# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A veth pair between the two and no switch: what nothing can exceed.

system_title="direct veth pair"

system_up() {
	direct_first=
}

system_attach() {
	if [ -z "$direct_first" ]; then
		direct_first=$1
		return
	fi
	ip link add eth0 netns "$id-$direct_first" type veth \
		peer name eth0 netns "$id-$1"
}

system_down() {
	:
}
