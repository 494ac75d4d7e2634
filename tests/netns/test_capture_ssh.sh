#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_capture_ssh.sh - traffic of a machine far away, live, through ssh

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
sshd=/usr/sbin/sshd # its own path: it insists on being called by it
need ssh ssh-keygen "$sshd" tshark jq
need_switch

ns_add a b far
switch_start
attach a
attach b

echo "an ssh server in a namespace of its own"
ip -n "$test_id-far" link set lo up
for key in host user; do
	ssh-keygen -q -t ed25519 -N "" -f "$scratch/$key"
done
# Where it goes after it has given up its rights: usually made by its unit.
if [ ! -d /run/sshd ]; then
	mkdir /run/sshd
	trap 'rmdir /run/sshd; cleanup' EXIT
fi
cat >"$scratch/sshd.conf" <<-END
	Port 2222
	ListenAddress 127.0.0.1
	HostKey $scratch/host
	AuthorizedKeysFile $scratch/user.pub
	StrictModes no
	PermitRootLogin yes
	UsePAM no
	PidFile none
END
ns_spawn far sshd "$sshd" -D -e -f "$scratch/sshd.conf"
sshd_pid=$!
wait_for 10 is_listening far 2222

far() {
	ns far ssh -p 2222 -i "$scratch/user" -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o LogLevel=ERROR \
		-o UserKnownHostsFile=/dev/null root@127.0.0.1 "$@"
}
echo "vswctl capture there, tshark here, while it happens"
{
	far "VSW_RUNDIR='$scratch' '$VSWCTL' --name '$switch' capture a -w -" |
		tshark -l -i - -T fields -e frame.interface_name \
			-e eth.src -e eth.type
} >"$scratch/live.log" 2>"$scratch/tshark.log" &
live=$!
wait_for 20 captures_are 1
for n in 1 2 3; do
	echo "$(mac b | tr -d :) 02000000000$n 88b5 00*46" | send_all a
	wait_for 20 grep -q "02:00:00:00:00:0$n" "$scratch/live.log"
done
printf 'a\t02:00:00:00:00:0%s\t0x88b5\n' 1 2 3 |
	diff - "$scratch/live.log" || fail "tshark saw something else"

echo "when tshark ends there, nothing is left of the capture here"
# shellcheck disable=SC2046 # one word per process
kill $(pgrep -P "$live" tshark)
# Who writes learns that nobody reads, and dumpcap takes a moment to go, too.
ended_by_frames() {
	echo "$(mac b | tr -d :) 020000000009 88b5 00*46" | send_all a
	captures_are 0
}
wait_for 20 ended_by_frames
wait "$live" || true

stop "$sshd_pid"
switch_stop
