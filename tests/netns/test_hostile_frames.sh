#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_hostile_frames.sh - frames from somebody who means no good
#
# Sent from within an attached namespace. A kernel refuses many, or drops them
# on the way; those it lets through the switch has to count under their reason
# and to keep from the others.

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need ping
need_switch

ns_add evil quiet quiett friend
switch_start
attach friend --ip 10.0.0.1/24
attach quiet
attach quiett --type tap
hear quiet
hear quiett

# drops: of evil, for all reasons and for one
drops() {
	port evil ".received | \"\(.dropped) \(.drops[\"$1\"] // 0)\""
}

# counted REASON <FRAMES: those that were sent count under it and no other
counted() {
	reason=$1
	before=$(drops "$reason")
	send evil >"$scratch/hostile.log"
	n=$(grep -c '^sent$' "$scratch/hostile.log" || true)
	[ "$n" -gt 0 ] || fail "$kind: the kernel has refused all $reason"
	fence evil quiet quiett
	equal "$((${before% *} + n)) $((${before#* } + n))" \
		"$(drops "$reason")" "$kind: dropped, and $reason"
	echo "  $kind: $n times $reason," \
		"$(grep -c refused "$scratch/hostile.log" || true) refused"
}

# Nobody may get what is in these; whether the switch does is up to the kernel.
harmless() {
	send evil >"$scratch/hostile.log"
	fence evil quiet quiett
}

# strangers NAME: frames heard there that come from none of us
strangers() {
	awk -v us="$(mac evil) $(mac friend)" '
		$1 == "listening" { next }
		!index(us, substr($1, 13, 12)) { print }' \
		"$scratch/heard-$1.log"
}

all=ffffffffffff
bad=02bad0000000
ends="01020304 05060708 00010002" # addresses and ports
udp="$all $bad 0800 450000ac 00004000 4011 0000 $ends 0098 0000 11*144"
tcp="$all $bad 0800 45004e48 00004000 4006 0000 $ends
	00000000 00000000 50100000 00000000 11*20000"
tcp=$(echo "$tcp" | tr -d '\n')
huge="$all $bad 86dd 6000000000000640 fd*32 00010002
	00000000 00000000 50100000 00000000 11*200000"
huge=$(echo "$huge" | tr -d '\n')

short() {
	cat <<-END
		via=xdp 02
		via=xdp 02*13
		via=xdp ff*13
		02
		ff*13
		$all $bad 8100
		$all $bad 8100 00
		$all $bad 8100 0005 08
		$all $bad 88a8 0005 8100
		$all $bad 8100 0005 8100 0006 08
	END
}

misplaced() {
	cat <<-END
		csum=34+0 $udp
		csum=34+3 $udp
		csum=36+0 $udp
		csum=0+0 $udp
		csum=6+0 $udp
		csum=12+0 $udp
		csum=14+2 $udp
		csum=40+60000 $udp
		csum=60000+16 $udp
		csum=185+0 $udp
		hdr_len=60000 $udp
		flags=255 $udp
		gso=1:1 csum=34+16 $tcp
		gso=1:0 csum=34+16 $tcp
		gso=1:65535 csum=34+16 $tcp
		gso=9:1000 csum=34+16 $tcp
		gso=4:1000 csum=34+16 $tcp
		gso=5:1000 csum=34+16 $tcp
	END
}

# The kernel would segment these itself, or try to.
unlikely() {
	cat <<-END
		gso=1:1000 csum=34+16 $all $bad 88b5 11*20000
		gso=1:1000 csum=34+16 $all $bad 0800 11*20000
		gso=5:1000 csum=34+6 $all $bad 86dd 11*20000
		gso=1:1000 csum=34+16 hdr_len=20000 $all $bad 0800 4f*20000
		gso=1:1000 csum=50000+16 $all $bad 0800 45*60000
	END
}

# Nearly a TCP super-frame: any byte of the headers may be any other.
mutants() {
	awk 'BEGIN {
		srand(42)
		frame = "ffffffffffff02fade000000080045000bd0000040004006" \
			"000001020304050607080001000200000000000000005010" \
			"000000000000"
		for (i = 0; i < 400; i++) {
			mutant = frame
			for (n = int(rand() * 4); n >= 0; n--) {
				at = 24 + 2 * int(rand() * 42)
				mutant = substr(mutant, 1, at) \
					sprintf("%02x", rand() * 256) \
					substr(mutant, at + 3)
			}
			printf "gso=%d:%d csum=%d+%d hdr_len=%d %s 11*2968\n",
				rand() < 0.7 ? 1 : rand() * 256,
				rand() < 0.7 ? 1400 : rand() * 65536,
				rand() < 0.7 ? 34 : rand() * 100,
				rand() < 0.7 ? 16 : rand() * 100,
				rand() < 0.7 ? 54 : rand() * 3000, mutant
		}
	}'
}

for kind in veth tap; do
	mtu=65535
	[ "$kind" = veth ] || mtu=65521
	attach evil --type "$kind" --mtu "$mtu" --ip 10.0.0.2/24

	# Of a veth pair's frames the kernel looks at the tags before we do.
	if [ "$kind" = tap ]; then
		short | counted runt
	else
		short | harmless
	fi
	counted bad-length <<-END
		$all $bad 002f 00*46
		$all $bad 05dc 00*1499
		$all $bad 05dd 00*1501
		$all $bad 05ff 00*1535
		$all $bad 8100 0005 002f 00*46
	END
	counted source-group <<-END
		$all 03bad0000000 88b5 00*46
		$all ffffffffffff 88b5 00*46
		$(mac quiet) 01005e000001 88b5 00*46
	END
	echo "$all 000000000000 88b5 00*46" | counted source-zero
	misplaced | counted bad-offload
	counted too-big <<-END
		$all $bad 88b5 11*$((mtu - 16))
		$all $bad 88b5 11*1501
		$(mac quiet) $bad 88b5 11*1501
		$(mac quiet) $bad 8100 0005 88b5 11*1501
	END
	unlikely | harmless
	if [ "$kind" = veth ] && ns evil ip link set eth0 gso_max_size 262144; then
		echo "gso=4:1400 csum=54+16 $huge" | counted oversize
	fi
	for each in quiet quiett; do
		equal "" "$(strangers "$each" | head -n 3 | cut -c 1-100)" \
			"$kind: heard by $each"
	done

	# Some of these are in order, and nobody minds if they arrive.
	mutants | send evil >"$scratch/mutants.log"
	fence evil quiet quiett
	echo "  $kind: $(grep -c sent "$scratch/mutants.log") mutants sent," \
		"$(port evil .received.drops | tr -d '\n')"

	ns evil ping -q -c 1 -W 5 10.0.0.1 >"$scratch/ping.log" ||
		fail "$kind: evil cannot reach friend after all this"
	books_balance
	detach evil
	hear quiet
	hear quiett
done

equal up "$(port friend .state)" "friend"
switch_stop
