# table.jq - results as Markdown

# Three digits that matter, thousands as k.
def number: if . == null then "–"
	elif . >= 1e6 then "\(. / 1e4 | round / 100) M"
	elif . >= 1e4 then "\(. / 1e3 | round) k"
	elif fabs >= 100 then "\(round)"
	elif fabs >= 10 then "\(. * 10 | round / 10)"
	else "\(. * 100 | round / 100)" end;

def columns: {
	tcp: [
		{of: "tcp4_1", as: "IPv4, 1 stream"},
		{of: "tcp4_4", as: "4 streams"},
		{of: "tcp4_1_both", as: "1 each way"},
		{of: "tcp4_4_both", as: "4 each way"},
		{of: "tcp6_1", as: "IPv6, 1 stream"},
		{of: "tcp6_4", as: "4 streams"},
		{of: "tcp6_1_both", as: "1 each way"},
		{of: "tcp6_4_both", as: "4 each way"}],
	acceptance: [
		{of: "accept_4", as: "IPv4"}, {of: "accept_6", as: "IPv6"}],
	frames: [
		{of: "frames_64_max", as: "64 B, most"},
		{of: "frames_64_loss_free", as: "loss-free"},
		{of: "frames_512_max", as: "512 B, most"},
		{of: "frames_512_loss_free", as: "loss-free"},
		{of: "frames_1500_max", as: "1500 B, most"},
		{of: "frames_1500_loss_free", as: "loss-free"},
		{of: "frames_duplicates", as: "duplicates"},
		{of: "frames_reordered", as: "reordered"}],
	rtt: [
		{of: "rtt_p50", as: "idle p50"},
		{of: "rtt_p99", as: "p99"},
		{of: "rtt_p999", as: "p99.9"},
		{of: "rtt_paced_p50", as: "one a ms p50"},
		{of: "rtt_paced_p99", as: "p99"},
		{of: "rtt_user_p50", as: "to a process p50"},
		{of: "rtt_user_p99", as: "p99"},
		{of: "rtt_load_p50", as: "half load p50"},
		{of: "rtt_load_p99", as: "p99"},
		{of: "rtt_load_p999", as: "p99.9"}],
	cpu: [
		{of: "cpu_per_frame", as: "of the switch"},
		{of: "cpu_per_frame_gross", as: "all"},
		{of: "cpu_lost", as: "frames lost"}]
};

# The figures to reach: ratios of the same round where two systems are named.
def targets: [
	("4", "6") as $v |
	{text: "TCP over IPv\($v), one stream, veth, of the kernel bridge",
		metric: "accept_\($v)", of: "vsw-veth", to: "bridge",
		min: 0.75},
	{text: "... TAP", metric: "accept_\($v)", of: "vsw-tap",
		to: "bridge", min: 0.7},
	{text: "... veth to TAP", metric: "accept_\($v)", of: "vsw-mixed",
		to: "bridge", min: 0.7}] + [
	{text: "TCP 1 stream, veth, of the kernel bridge",
		metric: "tcp4_1", of: "vsw-veth", to: "bridge", min: 0.85},
	{text: "TCP 1 stream, TAP, of the kernel bridge",
		metric: "tcp4_1", of: "vsw-tap", to: "bridge", min: 0.85},
	{text: "TCP 1 stream, veth, of OVS userspace-tso",
		metric: "tcp4_1", of: "vsw-veth", to: "ovs-tso", min: 1.4},
	{text: "TCP 1 stream, TAP, of OVS userspace-tso",
		metric: "tcp4_1", of: "vsw-tap", to: "ovs-tso", min: 1.4},
	{text: "TCP 1 stream, veth, of vde_switch",
		metric: "tcp4_1", of: "vsw-veth", to: "vde", min: 7},
	{text: "TCP 1 stream, TAP, of vde_switch",
		metric: "tcp4_1", of: "vsw-tap", to: "vde", min: 7},
	{text: "TCP 4 streams, veth, of the kernel bridge",
		metric: "tcp4_4", of: "vsw-veth", to: "bridge", min: 0.8},
	{text: "TCP 4 streams, TAP, of the kernel bridge",
		metric: "tcp4_4", of: "vsw-tap", to: "bridge", min: 0.8},
	{text: "64-byte largest rate, veth, of the kernel bridge",
		metric: "frames_64_max", of: "vsw-veth", to: "bridge",
		min: 0.95},
	{text: "64-byte largest rate, veth, of OVS userspace-tso",
		metric: "frames_64_max", of: "vsw-veth", to: "ovs-tso",
		min: 1.6},
	{text: "64-byte largest rate, TAP, of vde_switch",
		metric: "frames_64_max", of: "vsw-tap", to: "vde", min: 2},
	{text: "idle round trip p50, veth, of the kernel bridge",
		metric: "rtt_p50", of: "vsw-veth", to: "bridge", max: 3},
	{text: "idle round trip p50, veth, of OVS userspace-tso",
		metric: "rtt_p50", of: "vsw-veth", to: "ovs-tso", max: 0.5},
	{text: "the same with --busy-poll, of the kernel bridge",
		metric: "rtt_p50", of: "vsw-busy-poll", to: "bridge", max: 2},
	{text: "processor time a 64-byte frame, veth, of OVS userspace-tso",
		metric: "cpu_per_frame", of: "vsw-veth", to: "ovs-tso",
		max: 0.7},
	{text: "FDB lookup, hit, 64 k stations, ns",
		metric: "fdb_hit_uniform_65536_stations", of: "vsw-veth",
		max: 20},
	{text: "FDB lookup, hit, 1 M stations, ns",
		metric: "fdb_hit_uniform_1048576_stations", of: "vsw-veth",
		max: 60},
	{text: "bytes a station",
		metric: "fdb_bytes", of: "vsw-veth", max: 48},
	{text: "p99.9 of round trips grows by show-fdb of 1 M stations, µs",
		metric: "pause_show_growth", of: "vsw-veth", max: 200},
	{text: "... by a flush, µs",
		metric: "pause_flush_growth", of: "vsw-veth", max: 200},
	{text: "... by a detach, µs",
		metric: "pause_detach_growth", of: "vsw-veth", max: 200},
	{text: "... by ageing, µs",
		metric: "pause_ageing_growth", of: "vsw-veth", max: 200},
	{text: "attach of 1,000 namespaces, time of the `ip` script",
		metric: "scale_1000_attach", of: "vsw-veth", to: "bridge",
		max: 0.25},
	{text: "the daemon's memory a port, KiB",
		metric: "scale_1000_memory", of: "vsw-veth", max: 40},
	{text: "up of a file with 1,000 ports and namespaces, s",
		metric: "lab_1000_up", of: "vsw-veth", max: 10},
	{text: "... applied again, ms",
		metric: "lab_1000_again", of: "vsw-veth", max: 300},
	{text: "full capture, whole frames, fast reader: share of TCP lost, %",
		metric: "capture_whole_cost", of: "vsw-veth", max: 35},
	{text: "full capture, stopped reader: share of TCP lost, %",
		metric: "capture_stopped_cost", of: "vsw-veth", max: 5},
	{text: "full capture that has ended: share of TCP lost, %",
		metric: "capture_ended_cost", of: "vsw-veth", max: 5},
	{text: "mirror of everything, whole frames: share of TCP lost, %",
		metric: "mirror_whole_cost", of: "vsw-veth", max: 40},
	{text: "mirror of everything, mirror port stuck: share of TCP lost, %",
		metric: "mirror_stuck_cost", of: "vsw-veth", max: 5},
	{text: "the same between TAPs: whole frames",
		metric: "mirror_whole_cost", of: "vsw-tap", max: 40},
	{text: "... mirror port stuck",
		metric: "mirror_stuck_cost", of: "vsw-tap", max: 5},
	{text: "resident memory with two ports, KiB",
		metric: "rss_2_ports", of: "vsw-veth", max: 16384},
	{text: "idle wake-ups a second (in 10 s, 11 may fall)",
		metric: "idle_wakeups", of: "vsw-veth", max: 1.1},
	{text: "flood pings lost",
		metric: "flood_ping_lost", of: "vsw-veth", max: 0},
	{text: "attach of one namespace to first ping answered, ms",
		metric: "attach_ms", of: "vsw-veth", max: 50}
];

def row: "| " + join(" | ") + " |";
def rule($n): "|---|" + ("---|" * $n);

. as $all |
def metric($name): [$all.metrics[] | select(.metric == $name)][0];
def title($system): $all.systems[$system].title // $system;

# What a target came to: null if it was not measured.
def reached: . as $t | metric($t.metric) |
	if . == null then null
	elif $t.to then .ratios[$t.of][$t.to].median
	else .results[$t.of].median end;

def target_table:
	[targets[] | . + {is: reached} | select(.is != null)] |
	if length == 0 then empty else
		"### The figures to reach", "",
		(["figure", "target", "reached", ""] | row), rule(3),
		(.[] | [.text,
			(if .min then "≥ \(.min)" else "≤ \(.max)" end),
			(.is | number),
			(if (.min and .is >= .min) or (.max and .is <= .max)
			 then "yes" else "**no**" end)] | row), "" end;

# A row for each system: medians, and in parentheses of the kernel bridge.
def cell($system): .results[$system] as $r | .ratios[$system].bridge as $q |
	if $r == null then "–"
	else ($r.median | number) +
		(if $q then " (\($q.median | number))" else "" end) end;

def system_rows($scenario):
	[columns[$scenario][] | . + {m: metric(.of)} | select(.m)] as $columns |
	(["system"] + ($columns | map(.as + ", " + .m.unit)) | row),
	rule($columns | length),
	($all.systems | keys_unsorted[] as $s |
		select(any($columns[]; .m.results[$s])) |
		[title($s)] + ($columns | map(.m | cell($s))) | row);

# A row for each metric: medians, and the range of several values.
def metric_rows($scenario):
	[$all.metrics[] | select(.scenario == $scenario)] as $metrics |
	[$all.systems | keys_unsorted[] as $s |
		select(any($metrics[]; .results[$s])) | $s] as $systems |
	(["", "unit"] + ($systems | map(title(.))) | row),
	rule($systems | length + 1),
	($metrics[] | . as $m | [.about, .unit] + [$systems[] |
		$m.results[.] as $r |
		if $r == null then "–"
		elif $r.n == 1 then $r.median | number
		else "\($r.median | number) [\($r.min | number)–\($r.max | number)]"
		end] | row);

def rounds($scenario):
	[$all.metrics[] | select(.scenario == $scenario) | .results[].n] | max;

.machine as $m |
"Measured \($m.date), \($all.mode) run, \($all.seconds) s, `bench/results/\($file)`:",
"",
"- commit `\($m.commit[0:12])`\(if $m.dirty then " with changes" else "" end), \($m.compiler), `\($m.flags)`\(if $all.vswd_options != "" then ", vswd options `\($all.vswd_options)`" else "" end)",
"- \($m.kernel), \($m.distribution), \($m.cores) × \($m.cpu), load before \($m.load_before)",
"- Open vSwitch \($m.versions.ovs // "–"), vde2 \($m.versions.vde // "–"), iperf3 \($m.versions.iperf3 // "–")",
"",
target_table,
($all.metrics | map(.scenario) | reduce .[] as $s ([];
	if index($s) then . else . + [$s] end) | .[] |
	. as $scenario |
	"### \($all.titles[$scenario] // $scenario)", "",
	(if columns[$scenario] then
		"Median of up to \(rounds($scenario)); in parentheses: of the kernel bridge in the same round.",
		"", system_rows($scenario)
	else
		"Median [smallest–largest of up to \(rounds($scenario))].",
		"", metric_rows($scenario) end), ""),
"### Systems", "",
(["system", "what it needs"] | row), rule(1),
($all.systems[] | select(.note != "") | [.title, .note] | row), "",
(if $all.troubles == [] then empty else
	"### What could not be measured", "",
	(["system", "scenario", "round", "why"] | row), rule(3),
	($all.troubles[] | [title(.system), .scenario, "\(.round)",
		(.error | gsub("\\|"; "\\|"))] | row), "" end)
