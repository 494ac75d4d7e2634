# results.jq - the lines of record.sh as one JSON document

def lines($text): $text | split("\n") | map(select(. != "") | split("\t"));

def median: sort | if length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2] + .[length / 2 - 1]) / 2 end;

# [{round, value}] -> {"1": value of the round, ...}
def by_round: group_by(.round) | map({(.[0].round): (map(.value) | median)}) | add;

# Those that others are compared with, and in what.
def references: ["bridge", "ovs-tso", "vde", "direct"];

(lines($records) | map({scenario: .[0], metric: .[1], system: .[2],
	round: .[3], value: (.[4] | tonumber), command: .[5]})) as $records |

{
	schema: 1,
	mode: $mode,
	seconds: $seconds,
	vswd_options: $options,
	machine: $machine[0],
	systems: (lines($systems) | map({key: .[0], value: {title: .[1],
		note: (.[2] // "")}}) | from_entries),
	titles: (lines($titles) | map({key: .[0], value: .[1]}) | from_entries),
	troubles: (lines($troubles) | map({scenario: .[0], system: .[1],
		round: (.[2] | tonumber), error: .[3]})),
	metrics: [
		lines($metrics)[] |
		{scenario: .[0], metric: .[1], unit: .[2], better: .[3],
			about: .[4]} |
		. as $m |
		($records | map(select(.scenario == $m.scenario and
			.metric == $m.metric))) as $mine |
		select($mine | length > 0) |
		($mine | group_by(.system) |
			map({key: .[0].system, value: by_round}) |
			from_entries) as $rounds |
		. + {
			commands: ($mine | map(.command) | unique),
			results: ($mine | group_by(.system) | map({
				key: .[0].system,
				value: (map(.value) | {
					n: length, min: min,
					median: median, max: max, values: .
				})
			}) | from_entries),
			# of the same round, then the median of the rounds
			ratios: ($rounds | to_entries | map(
				.key as $system | .value as $own |
				{
					key: $system,
					value: [
						references[] as $reference |
						select($reference != $system) |
						$rounds[$reference] // empty |
						. as $others |
						[$own | to_entries[] |
							select(($others[.key] // 0) != 0) |
							.value / $others[.key]] |
						select(length > 0) |
						{key: $reference, value: {
							n: length, min: min,
							median: median,
							max: max
						}}
					] | from_entries
				}) | from_entries)
		}
	]
}
