# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# completion of vswctl for bash; the table is made of vsw's own
#
# Nothing of other packages is used. Names of ports, namespaces and switches
# are those of this moment, and whatever is in them, they are never expanded.

@TABLE@

# _vswctl_offer WORD...: those that begin like the current word
_vswctl_offer() {
	local word
	for word; do
		[[ $word == "$_vswctl_cur"* ]] && COMPREPLY+=("$word")
	done
}

# The protocol's JSON, a line for each key: that stays as it is.
_vswctl_port_names() {
	"$_vswctl_cmd" ${_vswctl_name:+"--name=$_vswctl_name"} --timeout 1s \
		--json show-ports 2>/dev/null |
		sed -n '/\\/!s/^ *"port": "\(.*\)",\{0,1\}$/\1/p'
}

# _vswctl_value VALUE: offer what the table calls so
_vswctl_value() {
	local names name kind
	case $1 in
	=*)
		IFS=, read -ra names <<<"${1#=}"
		_vswctl_offer "${names[@]}"
		;;
	port)
		mapfile -t names < <(_vswctl_port_names)
		_vswctl_offer "${names[@]}"
		;;
	target)
		if [[ $_vswctl_cur == */* ]]; then
			_vswctl_value file
			return
		fi
		_vswctl_offer host pid:
		for name in /run/netns/*; do
			name=${name##*/}
			[[ $name == vsw-* || $name == '*' ]] ||
				_vswctl_offer "$name"
		done
		;;
	switch)
		for name in "${VSW_RUNDIR:-/run/vsw}"/*.sock; do
			name=${name##*/}
			[[ $name == '*.sock' ]] || _vswctl_offer "${name%.sock}"
		done
		;;
	lab)
		_vswctl_value switch
		_vswctl_value file
		;;
	command)
		while IFS='|' read -r kind name _; do
			[[ $kind == command ]] && _vswctl_offer "$name"
		done < <(_vswctl_table '')
		;;
	file)
		mapfile -t names < <(compgen -f -- "$_vswctl_cur")
		COMPREPLY+=("${names[@]}")
		compopt -o filenames 2>/dev/null
		;;
	esac
}

# _vswctl_find WORD KIND...: $value is the value of that row of the table
_vswctl_find() {
	local wanted=$1 kinds=" ${*:2} " kind word rest
	while IFS='|' read -r kind word value rest; do
		[[ $word == "$wanted" && $kinds == *" $kind "* ]] && return 0
	done < <(_vswctl_table "$verb"; [[ -z $verb ]] || _vswctl_table '')
	return 1
}

# What precedes the current word: $verb, $_vswctl_name, $n bare words, and
# $pending, the option that the current word is the value of.
_vswctl_read_words() {
	local word value
	for word; do
		if [[ $pending ]]; then
			[[ $pending == --name || $pending == -n ]] &&
				_vswctl_name=$word
			pending=
		elif [[ $word == --name=* ]]; then
			_vswctl_name=${word#*=}
		elif [[ $word == -* ]]; then
			_vswctl_find "$word" option && pending=$word
		elif [[ ! $verb ]]; then
			verb=$word
		elif [[ $word != *=* ]]; then
			n=$((n + 1))
		fi
	done
}

# Offer what may be typed now, where no option waits for its value.
_vswctl_words() {
	local kind word value rest at=0
	while IFS='|' read -r kind word value rest; do
		case $kind in
		option | flag)
			[[ $_vswctl_cur == -* && $word == --* ]] &&
				_vswctl_offer "$word"
			;;
		command)
			[[ $verb || $_vswctl_cur == -* ]] ||
				_vswctl_offer "$word"
			;;
		filter)
			_vswctl_offer "$word"
			;;
		word)
			((at++ == n)) && _vswctl_value "$value"
			;;
		words)
			((at <= n)) && _vswctl_value "$value"
			;;
		esac
	done < <(_vswctl_table "$verb"; [[ -z $verb ]] || _vswctl_table '')
}

_vswctl() {
	local _vswctl_cmd=$1 _vswctl_cur='' _vswctl_name='' prefix i
	local verb='' pending='' n=0 value='' words
	# By blanks alone: bash would also split at '=' and ':'.
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	if [[ ${COMP_LINE:0:COMP_POINT} != *[[:blank:]] ]]; then
		_vswctl_cur=${words[-1]}
		unset 'words[-1]'
	fi
	prefix=${_vswctl_cur%"${_vswctl_cur##*[=:]}"}
	COMPREPLY=()
	_vswctl_read_words "${words[@]:1}"

	if [[ $pending ]]; then
		_vswctl_find "$pending" option && _vswctl_value "$value"
	elif [[ $_vswctl_cur == --*=* ]]; then
		_vswctl_find "${_vswctl_cur%%=*}" option
		_vswctl_cur=${_vswctl_cur#*=} prefix=
		_vswctl_value "$value"
	elif [[ $_vswctl_cur == *=* ]]; then
		_vswctl_find "${_vswctl_cur%%=*}=" filter
		_vswctl_cur=${_vswctl_cur#*=} prefix=
		_vswctl_value "$value"
	else
		_vswctl_words
	fi

	# What is before '=' or ':' is a word of its own to bash.
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=$(printf %q "${COMPREPLY[i]#"$prefix"}")
		[[ ${COMPREPLY[i]} == *[=:] ]] &&
			compopt -o nospace 2>/dev/null
	done
	return 0
}

complete -F _vswctl vswctl
