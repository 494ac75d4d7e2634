# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# How many frames a second are forwarded: at most, and without a loss.

scenario_title="Frame rate"

scenario_metrics() {
	local size
	for size in 64 512 1500; do
		metric "frames_${size}_max" frames/s higher \
			"$size-byte frames, as many as can be sent"
		metric "frames_${size}_loss_free" frames/s higher \
			"$size-byte frames, largest rate without a loss"
	done
	metric frames_duplicates frames lower "frames that came more than once"
	metric frames_reordered frames lower "frames that came after a later one"
}

# frames_of SIZE
frames_of() {
	local size=$1
	trial "$size" 0 "$trial_ms" || return 1
	record "frames_${size}_max" "$system" "$forwarded_rate"
	highest=$offered_rate

	# The searches for larger frames take long and say little more.
	if [ "$size" -ne 64 ] && [ "$round" -gt 1 ]; then
		return
	fi
	search_near "$size" "${known_loss_free[$system]:-0}" ||
		search_loss_free "$size" $((highest / 32)) "$highest" \
			"$trial_ms" "$search_trials" || return 1
	record "frames_${size}_loss_free" "$system" "$loss_free"
	[ "$size" -eq 64 ] || return 0
	# shellcheck disable=SC2004 # associative arrays
	loss_free_64[$system]=$loss_free known_loss_free[$system]=$loss_free
}

# search_near SIZE RATE: around that of another size, or an earlier round, which
# takes fewer trials; fails if it is not to be found there
search_near() {
	[ "$2" -gt 0 ] && [ "$highest" -gt $(($2 / 4)) ] &&
		search_loss_free "$1" $(($2 / 4)) "$highest" "$trial_ms" \
			$((search_trials - 2)) && [ "$loss_free" -gt 0 ]
}

scenario_run() {
	local size sizes="64 512 1500"
	[ "$mode" = full ] || sizes=64
	duplicates=0 reordered=0
	for size in $sizes; do
		frames_of "$size" || return 1
	done
	record frames_duplicates "$system" "$duplicates"
	record frames_reordered "$system" "$reordered"
}
