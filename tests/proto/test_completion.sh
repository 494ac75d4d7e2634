#!/bin/sh
# SPDX-License-Identifier: MIT
#
# test_completion.sh - what bash and zsh complete
#
# bash is asked what its function answers; zsh has the Tab key pressed, on a
# terminal, and is asked what stands in its line then.
#
# usage: test_completion.sh FOLDER_OF_COMPLETIONS

here=$(dirname "$0")
# shellcheck source=vswctl_lib.sh
. "$here/vswctl_lib.sh"
built=$1
for tool in bash zsh jq; do
	command -v $tool >/dev/null || {
		echo "skipped: $tool is not installed" >&2
		exit 77
	}
done
mkdir "$scratch/bin" "$scratch/zsh"
ln -s "$VSWCTL" "$scratch/bin/vswctl"
cp "$built/vswctl.zsh" "$scratch/zsh/_vswctl"
PATH=$scratch/bin:$PATH
cd "$scratch"
touch "$scratch/a file.pcapng"

# bash_offers LINE: what Tab would offer behind it, in $scratch/out
bash_offers() {
	# shellcheck disable=SC2016 # the inner shell expands
	bash --norc -uc '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}
		_vswctl vswctl "" ""
		[[ ${#COMPREPLY[@]} -eq 0 ]] ||
		printf "%s\n" "${COMPREPLY[@]}"' - "$built/vswctl.bash" \
		"$1" >"$scratch/out" 2>"$scratch/err"
	silent err
}

# offers LINE WORD...: these and no others
offers() {
	line=$1
	shift
	bash_offers "$line"
	printf '%s\n' "$@" | sort >"$scratch/expected"
	[ $# -gt 0 ] || : >"$scratch/expected"
	sort "$scratch/out" | diff "$scratch/expected" - >&2 ||
		fail "behind '$line'"
}

# ports_of NAME: a switch with three ports, for one question
ports_of() {
	rm -f "$VSW_RUNDIR/$1.sock"
	# shellcheck disable=SC2016 # nobody shall expand it
	mock "$1" <<EOF
accept
$hello
expect "method":"port.list"
$(answer 1 '{"schema":1,"switch":"lab0","ports":[{"port":"web"},{"port":"db"},{"port":"$(touch pwned)"}],"next":null}')
hang
EOF
}

a bash offers all commands, and what their names begin with
"$VSWCTL" --json help | jq -r '.commands[].verb' >"$scratch/verbs"
all=$(cat "$scratch/verbs")
some=$(grep '^sh' "$scratch/verbs")
# shellcheck disable=SC2086 # one word each
{
	offers 'vswctl ' $all
	offers 'vswctl sh' $some
	offers 'vswctl help sh' $some
}
offers 'vswctl --json det' detach
offers 'vswctl nothing '
offers 'vswctl zzz'

a bash offers each option and filter of each command
while read -r verb; do
	"$VSWCTL" --json help "$verb" | jq -r '.commands[0].args[].typed |
		match("(--[a-z-]+|^[a-z_]+=)").string' >"$scratch/expected"
	bash_offers "vswctl $verb --"
	cp "$scratch/out" "$scratch/offered"
	bash_offers "vswctl $verb "
	cat "$scratch/out" >>"$scratch/offered"
	while read -r word; do
		grep -qxF -e "$word" "$scratch/offered" ||
			fail "$verb: no $word"
	done <"$scratch/expected"
	grep -qx -e --json "$scratch/offered" || fail "$verb: no --json"
done <"$scratch/verbs"

a bash offers values
offers 'vswctl attach web --type ' veth tap
offers 'vswctl attach web --type=t' tap
offers 'vswctl show-fdb type=' dynamic static
offers 'vswctl show-fdb type=s' static
offers 'vswctl attach web --mtu '
offers 'vswctl capture -w a' 'a\ file.pcapng'

a bash offers ports of this moment, and expands nothing
for line in 'show-port ' 'capture db ' 'show-fdb port=' 'detach ' \
	'capture --count 3 '; do
	ports_of lab0
	offers "vswctl $line" web db '\$\(touch\ pwned\)'
done
ports_of lab0
offers 'vswctl show-fdb port=w' web
ports_of lab0
offers 'vswctl add-fdb 02:00:00:00:00:01 w' web
offers 'vswctl show-port web '
offers 'vswctl attach web --port '
[ ! -e "$scratch/pwned" ] || fail "a port's name was run"

a bash offers switches and files where either is meant
ports_of lab0
offers 'vswctl down l' lab0 lab0.script
offers 'vswctl down a' 'a\ file.pcapng'
offers 'vswctl down lab0 '

a bash asks the switch that is named
ports_of lab0
ports_of lab1
for line in '--name lab1 show-port w' '-n lab1 show-port w' \
	'show-port --name=lab1 w'; do
	ports_of lab1
	offers "vswctl $line" web
done
offers 'vswctl --name ' lab0 lab1
offers 'vswctl --name=lab1' lab1

a bash offers no port where no switch runs
offers 'vswctl show-port '

a bash offers namespaces, and what is no name of one
bash_offers 'vswctl attach '
prints host
prints pid:
! grep '^vsw-' "$scratch/out" >&2 || fail "a back room is offered"

# zsh_completes LINE: what stands there after Tab, in $scratch/out
zsh_completes() {
	cat >"$scratch/driver" <<'EOF'
zmodload zsh/zpty
zpty shell "TERM=dumb zsh -f -i"
press() { zpty -w -n shell "$1" }
press "PROMPT= fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $4"$'\n'
press "unsetopt zle_bracketed_paste 2>/dev/null; setopt no_beep no_auto_list"$'\n'
press 'told() { print -r -- "line is <$BUFFER>" >>'"$3"'; BUFFER= }; zle -N told; bindkey "^G" told'$'\n'
press "$2"$'\t\x07'
for ((i = 0; i < 500 && ! $(wc -l <$3 || echo 0); i++)) {
	zpty -r -t shell output; sleep 0.02
}
zpty -d shell
EOF
	: >"$scratch/told"
	zsh -f "$scratch/driver" "$scratch/zsh" "$1" "$scratch/told" \
		"$scratch/zcompdump" >"$scratch/zsh.log" 2>&1 || true
	cp "$scratch/told" "$scratch/out"
}

# completes LINE RESULT
completes() {
	zsh_completes "$1"
	prints "line is <$2>"
}

a zsh completes commands, options and values
completes 'vswctl det' 'vswctl detach '
completes 'vswctl attach --may' 'vswctl attach --may-exist '
completes 'vswctl attach web --type t' 'vswctl attach web --type tap '
completes 'vswctl attach web --type=t' 'vswctl attach web --type=tap '
completes 'vswctl show-fdb vl' 'vswctl show-fdb vlan='
completes 'vswctl show-fdb type=s' 'vswctl show-fdb type=static '
completes 'vswctl help det' 'vswctl help detach '
completes 'vswctl zzz' 'vswctl zzz'

a zsh completes ports of this moment
ports_of lab0
completes 'vswctl show-port w' 'vswctl show-port web '
ports_of lab0
completes 'vswctl show-fdb port=d' 'vswctl show-fdb port=db '
ports_of lab1
completes 'vswctl --name lab1 detach w' 'vswctl --name lab1 detach web '
ports_of lab1
rm -f "$VSW_RUNDIR/lab0.sock"
completes 'vswctl --name l' 'vswctl --name lab1 '
: >"$VSW_RUNDIR/qed.sock"
completes 'vswctl down q' 'vswctl down qed '
completes 'vswctl down a' 'vswctl down a\ file.pcapng '
rm "$VSW_RUNDIR/qed.sock"
[ ! -e "$scratch/pwned" ] || fail "a port's name was run"
