#compdef vswctl
# SPDX-License-Identifier: MIT
#
# completion of vswctl for zsh; the table is made of vsw's own

@TABLE@

# The protocol's JSON, a line for each key: that stays as it is.
_vswctl_port_names() {
	command $cmd ${name:+--name=$name} --timeout 1s --json show-ports \
		2>/dev/null | sed -n '/\\/!s/^ *"port": "\(.*\)",\{0,1\}$/\1/p'
}

# _vswctl_value VALUE: offer what the table calls so
_vswctl_value() {
	local -a names
	case $1 in
	\=*)
		names=("${(@s:,:)${1#\=}}")
		compadd -a names
		;;
	port)
		names=(${(f)"$(_vswctl_port_names)"})
		compadd -X port -a names
		;;
	target)
		names=(/run/netns/*(N:t))
		names=(host ${names:#vsw-*})
		compadd -X namespace -a names
		compadd -S '' -- pid:
		_files
		;;
	switch)
		names=(${VSW_RUNDIR:-/run/vsw}/*.sock(N:t:r))
		compadd -X switch -a names
		;;
	lab)
		_vswctl_value switch
		_files
		;;
	command)
		_vswctl_describe command
		;;
	file)
		_files
		;;
	esac
}

# _vswctl_describe KIND...: offer rows of these kinds, with their help
_vswctl_describe() {
	local row
	local -a fields plain open
	for row in $rows; do
		fields=("${(@s:|:)row}")
		(($argv[(Ie)$fields[1]])) || continue
		# A letter is quicker typed than completed.
		[[ $fields[2] == -[a-zA-Z] ]] && continue
		if [[ $fields[2] == *= ]]; then
			open+=("${fields[2]}:${fields[4]}")
		else
			plain+=("${fields[2]}:${fields[4]}")
		fi
	done
	((!$#plain)) || _describe $1 plain
	((!$#open)) || _describe filter open -S ''
}

# _vswctl_find WORD KIND: $value is the value of that row
_vswctl_find() {
	local row
	local -a fields
	for row in $rows; do
		fields=("${(@s:|:)row}")
		if [[ $fields[1] == $2 && $fields[2] == $1 ]]; then
			value=$fields[3]
			return 0
		fi
	done
	return 1
}

_vswctl() {
	local cmd=$words[1] name verb pending word value row
	local -i n=0 at=0
	local -a rows fields globals
	globals=("${(@f)$(_vswctl_table '')}")
	rows=($globals)
	for word in "${(@)words[2,CURRENT-1]}"; do
		word=${(Q)word}
		if [[ -n $pending ]]; then
			[[ $pending == (--name|-n) ]] && name=$word
			pending=
		elif [[ $word == --name=* ]]; then
			name=${word#*=}
		elif [[ $word == -* ]]; then
			_vswctl_find $word option && pending=$word
		elif [[ -z $verb ]]; then
			verb=$word
			rows=("${(@f)$(_vswctl_table $verb)}" $globals)
		elif [[ $word != *=* ]]; then
			n+=1
		fi
	done

	word=$words[CURRENT]
	if [[ -n $pending ]]; then
		_vswctl_find $pending option && _vswctl_value $value
	elif [[ $word == --*=* ]] && compset -P '*='; then
		_vswctl_find ${word%%=*} option && _vswctl_value $value
	elif [[ $word == *=* ]] && compset -P '*='; then
		_vswctl_find "${word%%=*}=" filter && _vswctl_value $value
	elif [[ $word == -* ]]; then
		_vswctl_describe option flag
	elif [[ -z $verb ]]; then
		_vswctl_describe command
	else
		_vswctl_describe filter
		for row in $rows; do
			fields=("${(@s:|:)row}")
			case $fields[1] in
			word)
				((at++ == n)) && _vswctl_value "$fields[3]"
				;;
			words)
				((at <= n)) && _vswctl_value "$fields[3]"
				;;
			esac
		done
	fi
}

_vswctl "$@"
