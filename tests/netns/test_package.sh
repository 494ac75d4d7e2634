#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_package.sh - the Debian package, from a fresh system and back to it
#
# Makes it, makes a minimal Debian with what it depends on, installs the
# package there, runs a switch, purges the package, and compares. The Debian is
# kept in build/, so that the next run is quick.
#
# usage: test_package.sh SOURCE_DIR BUILD_DIR

here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
need dpkg-deb dpkg-shlibdeps cpack apt-get unshare tar
source=$1
built=$2
build=$source/build
[ -c /dev/net/tun ] || skip "there is no /dev/net/tun"

# quietly COMMAND...: its output is of interest only if it fails
quietly() {
	"$@" >"$scratch/quiet.log" 2>&1
}

# make_package: $package, of what is built
make_package() {
	cpack --config "$built/CPackConfig.cmake" -B "$scratch/package" \
		>"$scratch/package.log" 2>&1 || fail "there is no package"
	package=$(ls "$scratch"/package/vsw_*.deb)
}

# fetch FOLDER: what is in every Debian and what the package needs, as files
fetch() {
	mkdir -p "$1/partial" "$scratch/apt"
	: >"$scratch/apt/status" # of a system that has nothing
	quietly apt-get -qq -y --no-install-recommends --download-only \
		-o Debug::NoLocking=1 -o Dir::Cache="$scratch/apt" \
		-o Dir::Cache::archives="$1" \
		-o Dir::State::status="$scratch/apt/status" \
		-o Dir::State::extended_states="$scratch/apt/states" \
		install '?essential' "$package"
}

# make_debian: $debian, the archive of a system that has the dependencies.
# debootstrap does the same, but spends most of its time on reading the list of
# all packages that there are, which apt has read already.
make_debian() {
	needs=$(dpkg-deb -f "$package" Depends | cksum | cut -d ' ' -f 1)
	debian=$build/debian-$needs.tar
	[ ! -e "$debian" ] || return 0
	root=$scratch/debian
	fetch "$root/debs" || skip "apt-get: $(tail -n 1 "$scratch/quiet.log")"
	for folder in bin sbin lib lib64; do
		mkdir -p "$root/usr/$folder"
		ln -s "usr/$folder" "$root/$folder"
	done
	# First all files, or nothing could run; then as it should be done.
	for deb in "$root"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$root" --keep-directory-symlink -x
	done
	: >"$root/var/lib/dpkg/status"
	# shellcheck disable=SC2016 # the shell in there expands
	in_debian 'dpkg --force-depends --force-unsafe-io -i /debs/*.deb
		test -z "$(dpkg --audit)"' >"$scratch/dpkg.log" 2>&1 ||
		fail "a Debian cannot be installed"
	rm -rf "$root/debs"
	tar -C "$root" -cf "$debian.new" .
	mv "$debian.new" "$debian"
	rm -rf "$root"
}

# in_debian COMMAND: in the new system, whose network, processes and /run are
# its own and gone with the command
in_debian() {
	# shellcheck disable=SC2016 # the inner shell expands
	unshare --mount --net --pid --fork sh -c '
		set -eu
		mount --bind "$1" "$1" # ip(8) expects a mount at /
		cd "$1"
		mount -t proc proc proc
		mount -t tmpfs -o mode=755 run run
		mkdir -p dev/net
		mount -t tmpfs -o mode=755 dev dev
		mkdir dev/net
		for node in null random urandom net/tun; do
			touch dev/$node
			mount --bind /dev/$node dev/$node
		done
		ip link set lo up
		exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			DEBIAN_FRONTEND=noninteractive LC_ALL=C sh -euc "$2"
	' - "$scratch/debian" "$1"
}

# What is there, but for what dpkg and passwd(5) keep to themselves.
cat >"$scratch/snapshot" <<'EOF'
find / -xdev \( -path /proc -o -path /run -o -path /dev -o -path /snapshot \
	-o -path /var/lib/dpkg -o -path /var/log -o -path /var/cache \
	-o -path /lists -o -path /package.deb \) -prune \
	-o -printf '%p %y %m %u:%g %l\n' | grep -v '^/etc/[a-z]*- ' | sort
find /etc /usr/lib/systemd -type f ! -name '*-' -exec md5sum {} + | sort
find /run ! -path /run/adduser | sort
EOF

echo "a package can be built"
make_package
make_debian
mkdir "$scratch/debian"
tar -C "$scratch/debian" -xf "$debian"
cp "$package" "$scratch/debian/package.deb"
cp "$scratch/snapshot" "$scratch/debian/snapshot"
mkdir "$scratch/debian/lists"

echo "it installs, a switch runs, and purging it leaves nothing"
version=$(sed -n 's/^project(vsw VERSION \([0-9.]*\).*/\1/p' \
	"$source/CMakeLists.txt")
cat >"$scratch/debian/lists/commands" <<'EOF'
ip netns add web # makes /run/netns
mkdir -p /etc/systemd/system/multi-user.target.wants
sh /snapshot >/lists/before
dpkg -i /package.deb
vswd --version
vswctl version
for file in share/man/man1/vswctl.1 share/man/man5/vsw.yaml.5 \
	share/man/man8/vswd.8 \
	lib/systemd/system/vswd.service lib/systemd/system/vswd@.service \
	share/bash-completion/completions/vswctl \
	share/zsh/vendor-completions/_vswctl \
	share/doc/vsw/copyright share/doc/vsw/protocol.md; do
	test -s /usr/$file
done
test -x /usr/lib/*/wireshark/extcap/vswdump
test -s /etc/default/vswd
getent passwd vsw
getent group vsw

vswd --name lab0 --log warning &
pid=$!
vswctl --timeout 10s show-switch
ls -l /run/vsw/lab0.sock
vswctl attach web --ip 10.0.0.1/24
vswctl attach host --ip 10.0.0.2/24
ip netns exec web ip -brief addr show eth0
vswctl show-ports
kill $pid
wait $pid
echo "stopped with $?"

# A lab leaves nothing when it is taken down.
cat >/lists/lab1.yaml <<'END'
switch: {name: lab1}
namespaces: [made1]
ports: {made: {attach: made1}}
END
sed 's/1/2/g' /lists/lab1.yaml >/lists/lab2.yaml
vswctl up /lists/lab1.yaml
test -e /run/netns/made1
vswctl down lab1
test "$(ls /run/netns)" = web
test -z "$(ls /run/vsw)"

# Nor when the package is removed, whether a unit runs it or nobody: of two
# labs, one runs, as if by a unit, and of the other a signal has left the
# namespaces.
mkdir -p /run/systemd/system /lists/bin
cat >/lists/bin/systemctl <<'END'
#!/bin/sh
[ "$1" != list-units ] || echo "vswd@lab1.service loaded active running switch"
echo "$@" >>/lists/systemctl
END
chmod +x /lists/bin/systemctl
vswctl up /lists/lab1.yaml
vswctl up /lists/lab2.yaml
kill "$(cat /run/vsw/lab2.lock)"
flock /run/vsw/lab2.lock test -e /run/netns/made2

# What somebody has changed stays until it is purged.
echo 'VSWD_OPTIONS="--ageing 10m"' >/etc/default/vswd
PATH=/lists/bin:$PATH dpkg -r vsw
test "$(ls /run/netns)" = web
test -z "$(ls /run/vsw)"
grep '^stop ' /lists/systemctl
rm -r /run/systemd
test ! -e /usr/sbin/vswd
grep -q ageing /etc/default/vswd
dpkg -i /package.deb
grep -q ageing /etc/default/vswd
ln -s /usr/lib/systemd/system/vswd@.service \
	/etc/systemd/system/multi-user.target.wants/vswd@lab0.service
dpkg -P vsw
sh /snapshot >/lists/after
EOF
in_debian "$(cat "$scratch/debian/lists/commands")" \
	>"$scratch/commands.log" 2>&1 || fail "a command failed in it"

# printed TEXT
printed() {
	grep -qF -e "$1" "$scratch/commands.log" || fail "no word of: $1"
}
printed "vswd $version"
printed "vswctl $version"
printed "SWITCH lab0   2 ports, 2 up"
printed "10.0.0.1/24"
printed "stopped with 0"
grep -qE '^srw-rw---- 1 root vsw .* /run/vsw/lab0.sock' \
	"$scratch/commands.log" || fail "the socket is not the group's"
diff "$scratch/debian/lists/before" "$scratch/debian/lists/after" >&2 ||
	fail "something is left"

echo "what is not removed, a file more, would be seen"
grep -q '^/usr/bin/env f' "$scratch/debian/lists/before" ||
	fail "the list of files is no list of files"
